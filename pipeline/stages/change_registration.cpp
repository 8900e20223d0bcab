// SPDX-License-Identifier: Apache-2.0
#include "stages/change_registration.h"

#include "stages/change_features.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {

namespace {

constexpr int size = registration_window;
constexpr int surface_reach = 5; ///< whole-pixel shifts around the peak that the sub-pixel peak is read from
constexpr double least_similarity = 0.15;
constexpr double least_gain = 0.03;
constexpr double least_improvement = 0.9; ///< of the held-out residual, for a richer model
constexpr double negligible_px = 0.05;    ///< below this, resampling costs more than it mends
constexpr int most_windows = 400;

/// Gradient vectors over a window with a margin; zero where they are unknown.
struct Gradients {
    int width = 0, height = 0;
    std::vector<float> x, y;
};

/// Mean of the bands over a window, NaN where not observed.
std::vector<float> mean_band(const MissionView& mission, const Window& window) {
    std::vector<float> out(static_cast<std::size_t>(window.pixels()), std::numeric_limits<float>::quiet_NaN());
    const std::size_t bands = std::min<std::size_t>(mission.bands.size(), change_max_bands);
    for (int r = 0; r < window.height; ++r) {
        const std::int64_t row = window.row + r - mission.window.row;
        if (row < 0 || row >= mission.window.height) continue;
        for (int c = 0; c < window.width; ++c) {
            const std::int64_t col = window.col + c - mission.window.col;
            if (col < 0 || col >= mission.window.width) continue;
            if (mission.valid != nullptr && mission.valid[row * mission.valid_stride + col] == 0) continue;
            float sum = 0;
            for (std::size_t b = 0; b < bands; ++b)
                sum += sample_at(mission.bands[b], row * mission.bands[b].stride + col);
            out[static_cast<std::size_t>(r) * window.width + c] = sum / static_cast<float>(bands);
        }
    }
    return out;
}

/// Central differences, compressed by their mean magnitude: g / (|g| + mean |g|).
Gradients gradients(const std::vector<float>& image, int width, int height) {
    Gradients out{width, height, std::vector<float>(image.size()), std::vector<float>(image.size())};
    std::vector<float> magnitude(image.size());
    double sum = 0, count = 0;
    for (int r = 1; r + 1 < height; ++r) {
        for (int c = 1; c + 1 < width; ++c) {
            const std::size_t i = static_cast<std::size_t>(r) * width + c;
            const float dx = image[i + 1] - image[i - 1], dy = image[i + width] - image[i - width];
            if (!(dx - dx == 0) || !(dy - dy == 0)) continue;
            out.x[i] = dx;
            out.y[i] = dy;
            magnitude[i] = std::sqrt(dx * dx + dy * dy);
            sum += magnitude[i];
            count += 1;
        }
    }
    const auto mean = static_cast<float>(count > 0 ? sum / count : 0);
    if (!(mean > 0)) return out;
    for (std::size_t i = 0; i < image.size(); ++i) {
        const float scale = 1 / (magnitude[i] + mean);
        out.x[i] *= scale;
        out.y[i] *= scale;
    }
    return out;
}

/// Correlation of the gradients of `a` within [border, side - border) with those of `b` moved by (dx, dy).
double correlation(const Gradients& a, const Gradients& b, int border, int dx, int dy) {
    std::array<float, 8> cross{}, aa{}, bb{};
    double total = 0, total_a = 0, total_b = 0;
    for (int r = border; r < a.height - border; ++r) {
        const std::size_t i = static_cast<std::size_t>(r) * a.width + border;
        const std::size_t j = static_cast<std::size_t>(r + dy) * b.width + border + dx;
        const float *ax = a.x.data() + i, *ay = a.y.data() + i, *bx = b.x.data() + j, *by = b.y.data() + j;
        cross.fill(0);
        aa.fill(0);
        bb.fill(0);
        const int count = a.width - 2 * border;
        for (int c = 0; c + 8 <= count; c += 8) {
            for (int k = 0; k < 8; ++k) {
                cross[k] += ax[c + k] * bx[c + k] + ay[c + k] * by[c + k];
                aa[k] += ax[c + k] * ax[c + k] + ay[c + k] * ay[c + k];
                bb[k] += bx[c + k] * bx[c + k] + by[c + k] * by[c + k];
            }
        }
        const auto fold = [](const std::array<float, 8>& v) {
            return double{((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))};
        };
        total += fold(cross);
        total_a += fold(aa);
        total_b += fold(bb);
    }
    return total_a > 0 && total_b > 0 ? total / std::sqrt(total_a * total_b) : 0;
}

std::vector<float> halve(const std::vector<float>& in, int width, int height) {
    std::vector<float> out(static_cast<std::size_t>(width / 2) * (height / 2));
    for (int r = 0; r < height / 2; ++r) {
        for (int c = 0; c < width / 2; ++c) {
            const std::size_t i = static_cast<std::size_t>(2 * r) * width + 2 * c;
            out[static_cast<std::size_t>(r) * (width / 2) + c] =
                ((in[i] + in[i + 1]) + (in[i + width] + in[i + width + 1])) * 0.25F;
        }
    }
    return out;
}

/// Lanczos-windowed sinc with five lobes. The correlation of band-limited images is band-limited: this reads it
/// between whole pixels, as an upsampled Fourier transform would (Guizar-Sicairos 2008).
double lanczos5(double x) {
    if (std::abs(x) < 1e-9) return 1;
    if (std::abs(x) >= 5) return 0;
    const double p = x * 3.14159265358979323846;
    // sin by its series: the C library's may differ between processors in the last bit
    const auto sine = [](double v) {
        constexpr double pi = 3.14159265358979323846;
        v -= 2 * pi * std::floor(v / (2 * pi) + 0.5);
        double term = v, sum = v;
        for (int k = 1; k < 14; ++k) {
            term *= -v * v / (2 * k * (2 * k + 1));
            sum += term;
        }
        return sum;
    };
    return sine(p) / p * sine(p / 5) / (p / 5);
}

struct Peak {
    double dx = 0, dy = 0;
};

/// Highest point of a surface of (2 reach + 1)^2 values around its centre, within one pixel of it.
Peak refine(const std::vector<double>& surface) {
    constexpr int side = 2 * surface_reach + 1;
    const auto value = [&](double x, double y) {
        std::array<double, side> wx{}, wy{};
        double sx = 0, sy = 0;
        for (int k = 0; k < side; ++k) {
            wx[k] = lanczos5(x - (k - surface_reach));
            wy[k] = lanczos5(y - (k - surface_reach));
            sx += wx[k];
            sy += wy[k];
        }
        double sum = 0;
        for (int r = 0; r < side; ++r) {
            double line = 0;
            for (int c = 0; c < side; ++c) line += wx[c] * surface[r * side + c];
            sum += wy[r] * line;
        }
        return sum / (sx * sy);
    };
    Peak best;
    double top = value(0, 0);
    for (double step = 0.5; step > 0.04; step *= 0.5) {
        const Peak from = best;
        for (int y = -1; y <= 1; ++y) {
            for (int x = -1; x <= 1; ++x) {
                const double v = value(from.dx + x * step, from.dy + y * step);
                if (v > top) {
                    top = v;
                    best = {from.dx + x * step, from.dy + y * step};
                }
            }
        }
    }
    constexpr double h = 0.125;
    const auto vertex = [&](double left, double right) {
        const double bend = left - 2 * top + right;
        return bend < 0 ? std::clamp(0.5 * (left - right) / bend, -1.0, 1.0) * h : 0;
    };
    const Peak at = best;
    best.dx += vertex(value(at.dx - h, at.dy), value(at.dx + h, at.dy));
    best.dy += vertex(value(at.dx, at.dy - h), value(at.dx, at.dy + h));
    return best;
}

double median_of(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

using Windows = std::vector<const WindowShift*>;

/// A shift that varies over the grid: an affine part and, if wanted, smoothed residuals around it.
struct Surface {
    Eigen::Vector3d x = Eigen::Vector3d::Zero(), y = Eigen::Vector3d::Zero();
    double centre_col = 0, centre_row = 0, extent = 1;
    Windows anchors; ///< of the mesh; empty: none
    std::vector<double> anchor_x, anchor_y;
    double bandwidth = 1;

    Eigen::Vector3d basis(double col, double row) const {
        return {1, (col - centre_col) / extent, (row - centre_row) / extent};
    }
    std::pair<double, double> plain(double col, double row) const {
        const Eigen::Vector3d b = basis(col, row);
        return {b.dot(x), b.dot(y)};
    }
    std::pair<double, double> at(double col, double row) const {
        auto [dx, dy] = plain(col, row);
        double weight = 0.05, sx = 0, sy = 0; // the prior: no departure from the affine part
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            const double dc = anchors[i]->col - col, dr = anchors[i]->row - row;
            const double u = (dc * dc + dr * dr) / (bandwidth * bandwidth);
            if (u >= 4) continue;
            const double k = (1 - u / 4) * (1 - u / 4) * (1 - u / 4);
            weight += k;
            sx += k * anchor_x[i];
            sy += k * anchor_y[i];
        }
        return {dx + sx / weight, dy + sy / weight};
    }

    /// Takes departures at the anchors; twice, as smoothing alone flattens bends (twicing, Tukey 1977).
    void settle() {
        anchor_x.assign(anchors.size(), 0);
        anchor_y.assign(anchors.size(), 0);
        for (int round = 0; round < 2; ++round) {
            std::vector<double> next_x = anchor_x, next_y = anchor_y;
            for (std::size_t i = 0; i < anchors.size(); ++i) {
                const auto [px, py] = at(anchors[i]->col, anchors[i]->row);
                next_x[i] += anchors[i]->dx - px;
                next_y[i] += anchors[i]->dy - py;
            }
            anchor_x.swap(next_x);
            anchor_y.swap(next_y);
        }
    }
};

/// Least squares with Tukey weights around a scale from the median residual; `terms` 1 (translation) or 3 (affine).
void fit_surface(Surface& s, const Windows& windows, int terms) {
    std::vector<double> dx, dy;
    for (const WindowShift* w : windows) {
        dx.push_back(w->dx);
        dy.push_back(w->dy);
    }
    s.x = {median_of(dx), 0, 0};
    s.y = {median_of(dy), 0, 0};
    for (int iteration = 0; iteration < 20; ++iteration) {
        std::vector<double> residuals;
        for (const WindowShift* w : windows) {
            const auto [px, py] = s.plain(w->col, w->row);
            residuals.push_back(std::sqrt((w->dx - px) * (w->dx - px) + (w->dy - py) * (w->dy - py)));
        }
        const double cut = 4 * std::max(median_of(residuals), 0.02);
        Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(terms, terms);
        Eigen::VectorXd rx = Eigen::VectorXd::Zero(terms), ry = Eigen::VectorXd::Zero(terms);
        for (std::size_t i = 0; i < windows.size(); ++i) {
            const double u = residuals[i] / cut;
            if (u >= 1) continue;
            const double weight = (1 - u * u) * (1 - u * u) * windows[i]->similarity;
            const Eigen::VectorXd b = s.basis(windows[i]->col, windows[i]->row).head(terms);
            for (int r = 0; r < terms; ++r) {
                for (int c = 0; c < terms; ++c) normal(r, c) += weight * b[r] * b[c];
                rx[r] += weight * b[r] * windows[i]->dx;
                ry[r] += weight * b[r] * windows[i]->dy;
            }
        }
        normal.diagonal().array() += 1e-9;
        const Eigen::LDLT<Eigen::MatrixXd> solver(normal);
        s.x.head(terms) = solver.solve(rx);
        s.y.head(terms) = solver.solve(ry);
    }
}

Surface fit(const Windows& windows, ShiftField::Model model, std::int64_t width, std::int64_t height, double spacing) {
    Surface s;
    s.centre_col = 0.5 * static_cast<double>(width);
    s.centre_row = 0.5 * static_cast<double>(height);
    s.extent = 0.5 * static_cast<double>(std::max(width, height));
    if (model == ShiftField::Model::none) return s;
    fit_surface(s, windows, model == ShiftField::Model::translation ? 1 : 3);
    if (model != ShiftField::Model::mesh) return s;
    // An anchor must agree with the median of its neighbours: a bend is shared with them, a gross error is not.
    s.bandwidth = spacing;
    std::vector<double> departures;
    for (const WindowShift* w : windows) {
        std::vector<double> near_x, near_y;
        const auto [px, py] = s.plain(w->col, w->row);
        for (const WindowShift* n : windows) {
            const double dc = n->col - w->col, dr = n->row - w->row;
            if (n == w || dc * dc + dr * dr > 6 * spacing * spacing) continue;
            const auto [nx, ny] = s.plain(n->col, n->row);
            near_x.push_back(n->dx - nx);
            near_y.push_back(n->dy - ny);
        }
        departures.push_back(
            std::max(std::abs(w->dx - px - median_of(near_x)), std::abs(w->dy - py - median_of(near_y))));
    }
    const double cut = 4 * std::max(median_of(departures), 0.05);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        if (departures[i] < cut) s.anchors.push_back(windows[i]);
    }
    s.settle();
    return s;
}

/// RMSE per axis over windows, without the worst tenth: held-out windows may be wrong themselves.
double residual_of(const Surface& s, const Windows& windows) {
    std::vector<double> squares;
    for (const WindowShift* w : windows) {
        const auto [px, py] = s.at(w->col, w->row);
        squares.push_back(((w->dx - px) * (w->dx - px) + (w->dy - py) * (w->dy - py)) / 2);
    }
    if (squares.empty()) return 0;
    std::sort(squares.begin(), squares.end());
    const std::size_t kept = std::max<std::size_t>(1, squares.size() * 9 / 10);
    double sum = 0;
    for (std::size_t i = 0; i < kept; ++i) sum += squares[i];
    return std::sqrt(sum / static_cast<double>(kept));
}

int window_spacing(std::int64_t width, std::int64_t height) {
    int spacing = 2 * size;
    while ((width / spacing + 1) * (height / spacing + 1) > most_windows) spacing += size;
    if (std::min(width, height) < 3 * spacing) spacing = size;
    return spacing;
}

} // namespace

int registration_margin(double max_shift_px) {
    return (static_cast<int>(std::ceil(max_shift_px)) + 3) / 2 * 2 + surface_reach + 3;
}

std::vector<Window> registration_windows(std::int64_t width, std::int64_t height) {
    std::vector<Window> out;
    const int spacing = window_spacing(width, height);
    for (std::int64_t r = 0; r + size <= height; r += spacing) {
        for (std::int64_t c = 0; c + size <= width; c += spacing) out.push_back({c, r, size, size});
    }
    return out;
}

WindowShift measure_shift(const MissionView& before, const MissionView& after, const Window& window,
                          double max_shift_px) {
    WindowShift out;
    out.col = static_cast<double>(window.col) + 0.5 * (window.width - 1);
    out.row = static_cast<double>(window.row) + 0.5 * (window.height - 1);
    const int margin = registration_margin(max_shift_px);
    const int even = (margin + 1) / 2 * 2, side = size + 2 * even;
    const Window wide{window.col - even, window.row - even, side, side};
    const std::vector<float> a = mean_band(before, wide), b = mean_band(after, wide);
    int seen = 0;
    for (int r = even; r < even + size; ++r) {
        for (int c = even; c < even + size; ++c) {
            const std::size_t i = static_cast<std::size_t>(r) * side + c;
            if (a[i] == a[i] && b[i] == b[i]) ++seen;
        }
    }
    if (seen < size * size / 2) return out;

    const int half_side = side / 2, half_reach = static_cast<int>(std::ceil(max_shift_px / 2)) + 1;
    const Gradients half_a = gradients(halve(a, side, side), half_side, half_side);
    const Gradients half_b = gradients(halve(b, side, side), half_side, half_side);
    double best = -2, rival = -1;
    int best_x = 0, best_y = 0;
    std::vector<double> coarse;
    for (int y = -half_reach; y <= half_reach; ++y) {
        for (int x = -half_reach; x <= half_reach; ++x) {
            coarse.push_back(correlation(half_a, half_b, even / 2, x, y));
            if (coarse.back() > best) {
                best = coarse.back();
                best_x = x;
                best_y = y;
            }
        }
    }
    for (int y = -half_reach, i = 0; y <= half_reach; ++y) {
        for (int x = -half_reach; x <= half_reach; ++x, ++i) {
            if (std::max(std::abs(x - best_x), std::abs(y - best_y)) > 2) rival = std::max(rival, coarse[i]);
        }
    }
    out.gain = best - rival;

    const Gradients full_a = gradients(a, side, side), full_b = gradients(b, side, side);
    const int cap = static_cast<int>(std::ceil(max_shift_px)) + 1;
    int px = std::clamp(2 * best_x, -cap, cap), py = std::clamp(2 * best_y, -cap, cap);
    double top = correlation(full_a, full_b, even, px, py);
    for (bool moved = true; moved;) {
        moved = false;
        const int from_x = px, from_y = py;
        for (int y = std::max(from_y - 1, -cap); y <= std::min(from_y + 1, cap); ++y) {
            for (int x = std::max(from_x - 1, -cap); x <= std::min(from_x + 1, cap); ++x) {
                const double v = correlation(full_a, full_b, even, x, y);
                if (v > top) {
                    top = v;
                    px = x;
                    py = y;
                    moved = true;
                }
            }
        }
    }
    out.similarity = top;
    std::vector<double> surface;
    for (int y = py - surface_reach; y <= py + surface_reach; ++y) {
        for (int x = px - surface_reach; x <= px + surface_reach; ++x)
            surface.push_back(correlation(full_a, full_b, even, x, y));
    }
    const Peak peak = refine(surface);
    out.dx = px + peak.dx;
    out.dy = py + peak.dy;
    out.usable = out.similarity >= least_similarity && out.gain >= least_gain && std::abs(out.dx) <= max_shift_px &&
                 std::abs(out.dy) <= max_shift_px;
    return out;
}

ShiftField fit_shift_field(std::span<const WindowShift> windows, std::int64_t width, std::int64_t height,
                           double max_shift_px) {
    using Model = ShiftField::Model;
    ShiftField out;
    Windows all, fitted, held;
    for (const WindowShift& w : windows) {
        if (w.usable) all.push_back(&w);
    }
    out.windows = static_cast<int>(windows.size());
    for (std::size_t i = 0; i < all.size(); ++i) (i % 3 == 2 ? held : fitted).push_back(all[i]);
    if (all.size() < 6) return out;
    const double spacing = window_spacing(width, height);
    out.residual_before_px = residual_of(fit(fitted, Model::none, width, height, spacing), held);
    out.residual_px = out.residual_before_px;
    for (const Model model : {Model::translation, Model::affine, Model::mesh}) {
        if (model == Model::affine && all.size() < 9) break;
        if (model == Model::mesh && all.size() < 24) break;
        const double residual = residual_of(fit(fitted, model, width, height, spacing), held);
        if (residual <= least_improvement * out.residual_px) {
            out.model = model;
            out.residual_px = residual;
        }
    }
    const Surface surface = fit(all, out.model, width, height, spacing);
    const double cut = 4 * std::max(out.residual_px, 0.05);
    for (const WindowShift* w : all) {
        const auto [px, py] = surface.at(w->col, w->row);
        out.accepted += std::max(std::abs(w->dx - px), std::abs(w->dy - py)) <= cut ? 1 : 0;
    }
    if (out.model == Model::none) return out;
    out.cols = static_cast<int>((width + out.step - 1) / out.step) + 1;
    out.rows = static_cast<int>((height + out.step - 1) / out.step) + 1;
    for (int j = 0; j < out.rows; ++j) {
        for (int i = 0; i < out.cols; ++i) {
            const auto [px, py] = surface.at(static_cast<double>(i) * out.step, static_cast<double>(j) * out.step);
            out.dx.push_back(static_cast<float>(std::clamp(px, -max_shift_px, max_shift_px)));
            out.dy.push_back(static_cast<float>(std::clamp(py, -max_shift_px, max_shift_px)));
        }
    }
    if (out.largest() < negligible_px) {
        out.cols = out.rows = 0;
        out.dx.clear();
        out.dy.clear();
        out.model = Model::none;
        out.residual_px = out.residual_before_px;
    }
    return out;
}

} // namespace overflight
