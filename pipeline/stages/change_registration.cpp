// SPDX-License-Identifier: Apache-2.0
#include "stages/change_registration.h"

#include "core/quantile.h"
#include "kernels/correlation.h"
#include "kernels/sample_rows.h"
#include "stages/change_statistics.h"

#include <Eigen/Dense>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {

namespace {

constexpr int size = registration_window;
constexpr int surface_reach = 5; ///< whole-pixel shifts around the peak that the sub-pixel peak is read from
constexpr double least_similarity = 0.15;
constexpr double least_gain = 0.03;
constexpr std::size_t least_windows = 6;
constexpr double least_improvement = 0.9; ///< of the held-out residual, for a richer model
constexpr double negligible_px = 0.05;    ///< below this, resampling costs more than it mends
constexpr float lit_share = 0.4F;         ///< of the mean brightness: what is darker may be shadow or water
constexpr int window_spacing = 2 * size;
constexpr int few_windows = 64; ///< fewer cannot carry a mesh that bends within the scene

/// Gradient vectors over a window with a margin; zero where they are unknown.
struct Gradients {
    int width = 0, height = 0;
    std::vector<float> x, y;

    kernels::VectorPlane from(int col, int row) const {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row) * width + col;
        return {x.data() + at, y.data() + at, width};
    }
};

/// Mean of the bands over a window, NaN where not observed.
std::vector<float> mean_band(const MissionView& mission, const Window& window) {
    constexpr float unseen = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> out(static_cast<std::size_t>(window.pixels()), unseen);
    const std::size_t bands = std::min<std::size_t>(mission.bands.size(), change_max_bands);
    const std::int64_t left = std::max<std::int64_t>(0, mission.window.col - window.col),
                       right =
                           std::min<std::int64_t>(window.width, mission.window.col + mission.window.width - window.col);
    if (left >= right) return out;
    const auto count = static_cast<std::size_t>(right - left);
    const std::vector<std::uint8_t> all_seen(count, 1);
    std::vector<float> line(count);
    for (int r = 0; r < window.height; ++r) {
        const std::int64_t row = window.row + r - mission.window.row, col = window.col + left - mission.window.col;
        if (row < 0 || row >= mission.window.height) continue;
        const std::uint8_t* valid =
            mission.valid != nullptr ? mission.valid + row * mission.valid_stride + col : all_seen.data();
        float* sum = out.data() + static_cast<std::ptrdiff_t>(r) * window.width + left;
        for (std::size_t b = 0; b < bands; ++b) {
            const BandView& band = mission.bands[b];
            const std::ptrdiff_t from = row * band.stride + col;
            float* to = b == 0 ? sum : line.data();
            if (band.type == SampleType::u8)
                kernels::load_samples(static_cast<const std::uint8_t*>(band.samples) + from, valid, count, unseen, to);
            else if (band.type == SampleType::u16)
                kernels::load_samples(static_cast<const std::uint16_t*>(band.samples) + from, valid, count, unseen, to);
            else
                kernels::load_samples(static_cast<const float*>(band.samples) + from, valid, count, unseen, to);
            if (b == 0) continue;
            for (std::size_t i = 0; i < count; ++i) sum[i] += line[i];
        }
        for (std::size_t i = 0; i < count; ++i) sum[i] /= static_cast<float>(bands);
    }
    return out;
}

/// Central differences, compressed by their mean magnitude: g / (|g| + mean |g|), and the less the darker the darkest
/// sample that they are taken of is: shadows move with the sun, and water mirrors. Even sides.
Gradients gradients(const std::vector<float>& image, int width, int height) {
    Gradients out{width, height, std::vector<float>(image.size()), std::vector<float>(image.size())};
    std::vector<float> magnitude(image.size() + 8), darkest(image.size());
    double sum = 0, count = 0, brightness = 0;
    for (int r = 1; r + 1 < height; ++r) {
        const std::size_t row = static_cast<std::size_t>(r) * static_cast<std::size_t>(width);
        const float *here = image.data() + row, *above = here - width, *below = here + width;
        float *x = out.x.data() + row, *y = out.y.data() + row, *size_of = magnitude.data() + row,
              *dark = darkest.data() + row;
        for (int c = 1; c + 1 < width; ++c) {
            x[c] = here[c + 1] - here[c - 1];
            y[c] = below[c] - above[c];
            const float square = x[c] * x[c] + y[c] * y[c];
            size_of[c] = square;
            dark[c] = std::min(std::min(here[c + 1], here[c - 1]), std::min(below[c], above[c]));
        }
        for (int c = 1; c + 1 < width; ++c) {
            if (!(size_of[c] - size_of[c] == 0)) { // unknown
                x[c] = y[c] = size_of[c] = dark[c] = 0;
                continue;
            }
            size_of[c] = std::sqrt(size_of[c]);
            sum += double{size_of[c]};
            brightness += double{0.5F * (here[c + 1] + here[c - 1])}; // known, which here[c] need not be
            count += 1;
        }
    }
    const auto mean = static_cast<float>(count > 0 ? sum / count : 0);
    if (!(mean > 0)) return out;
    const float lit = lit_share * static_cast<float>(brightness / count);
    for (std::size_t i = 0; i < image.size(); ++i) {
        const float light = lit > 0 ? std::clamp(darkest[i] / lit, 0.0F, 1.0F) : 1.0F,
                    scale = light / (magnitude[i] + mean);
        out.x[i] *= scale;
        out.y[i] *= scale;
    }
    return out;
}

/// Correlation of the gradients of `a`, but for a border, with those of `b` moved by whole pixels.
class Correlation {
public:
    Correlation(const Gradients& a, const Gradients& b, int border) : a_(a), b_(b), border_(border) {
        double energy = 0;
        kernels::correlate_vectors(a_.from(border, border), a_.from(border, border), rows(), cols(), 1, &energy_a_,
                                   &energy);
    }

    /// For shifts (dx, dy), (dx + 1, dy), ...: at most 64.
    void along(int dx, int dy, int count, double* out) const {
        std::array<double, 64> energy{};
        kernels::correlate_vectors(a_.from(border_, border_), b_.from(border_ + dx, border_ + dy), rows(), cols(),
                                   count, out, energy.data());
        for (int k = 0; k < count; ++k) {
            const double e = energy[static_cast<std::size_t>(k)];
            out[k] = energy_a_ > 0 && e > 0 ? out[k] / std::sqrt(energy_a_ * e) : 0;
        }
    }

private:
    int rows() const { return a_.height - 2 * border_; }
    int cols() const { return (a_.width - 2 * border_) / 8 * 8; }

    const Gradients &a_, &b_;
    int border_;
    double energy_a_ = 0;
};

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

/// sin(v) by its series: the C library's may differ between processors in the last bit.
double sine(double v) {
    constexpr double pi = 3.14159265358979323846;
    v -= 2 * pi * std::floor(v / (2 * pi) + 0.5);
    static constexpr std::array<double, 13> terms = [] {
        std::array<double, 13> out{};
        double factorial = 1;
        for (int k = 0; k < 13; ++k) {
            out[static_cast<std::size_t>(k)] = (k % 2 == 0 ? 1 : -1) / factorial;
            factorial *= (2 * k + 2) * (2 * k + 3);
        }
        return out;
    }();
    const double square = v * v;
    double sum = terms.back();
    for (std::size_t k = terms.size() - 1; k-- > 0;) sum = sum * square + terms[k];
    return sum * v;
}

/// Lanczos-windowed sinc with five lobes. The correlation of band-limited images is band-limited: this reads it
/// between whole pixels, as an upsampled Fourier transform would (Guizar-Sicairos 2008).
double lanczos5(double x) {
    if (std::abs(x) < 1e-9) return 1;
    if (std::abs(x) >= 5) return 0;
    const double p = x * 3.14159265358979323846;
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
    return values.empty() ? 0 : median(values);
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

} // namespace

int registration_margin(double max_shift_px) {
    return (static_cast<int>(std::ceil(max_shift_px)) + 3) / 2 * 2 + surface_reach + 3;
}

std::vector<Window> registration_windows(std::int64_t width, std::int64_t height) {
    std::vector<Window> out;
    const std::int64_t spaced = (width / window_spacing) * (height / window_spacing);
    if (std::min(width, height) < 3 * window_spacing || spaced < few_windows) {
        for (std::int64_t r = 0; r + size <= height; r += size) {
            for (std::int64_t c = 0; c + size <= width; c += size) out.push_back({c, r, size, size});
        }
        return out;
    }
    const Tiling tiling(width, height);
    for (const std::int64_t index : change_sample_tiles(tiling)) {
        const Window tile = tiling.window(index);
        for (int r = size / 2; r + size <= tile.height; r += window_spacing) {
            for (int c = size / 2; c + size <= tile.width; c += window_spacing)
                out.push_back({tile.col + c, tile.row + r, size, size});
        }
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
    const Correlation coarse(half_a, half_b, even / 2);
    const int half_count = 2 * half_reach + 1;
    std::vector<double> values(static_cast<std::size_t>(half_count * half_count));
    for (int y = 0; y < half_count; ++y)
        coarse.along(-half_reach, y - half_reach, half_count, values.data() + y * half_count);
    const auto highest = std::max_element(values.begin(), values.end());
    const auto at = static_cast<int>(highest - values.begin());
    const int best_x = at % half_count - half_reach, best_y = at / half_count - half_reach;
    double rival = -1;
    for (int y = -half_reach, i = 0; y <= half_reach; ++y) {
        for (int x = -half_reach; x <= half_reach; ++x, ++i) {
            if (std::max(std::abs(x - best_x), std::abs(y - best_y)) > 2)
                rival = std::max(rival, values[static_cast<std::size_t>(i)]);
        }
    }
    out.gain = *highest - rival;
    if (!(out.gain >= least_gain)) return out;

    const Gradients full_a = gradients(a, side, side), full_b = gradients(b, side, side);
    const Correlation full(full_a, full_b, even);
    const int cap = static_cast<int>(std::ceil(max_shift_px)) + 1;
    int px = std::clamp(2 * best_x, -cap, cap), py = std::clamp(2 * best_y, -cap, cap);
    double top = -2;
    for (bool moved = true; moved;) {
        moved = false;
        const int from_y = py, left = std::max(px - 1, -cap), right = std::min(px + 1, cap);
        for (int y = std::max(from_y - 1, -cap); y <= std::min(from_y + 1, cap); ++y) {
            std::array<double, 3> line{};
            full.along(left, y, right - left + 1, line.data());
            for (int x = left; x <= right; ++x) {
                const double v = line[static_cast<std::size_t>(x - left)];
                if (v > top) {
                    top = v;
                    moved = moved || x != px || y != py;
                    px = x;
                    py = y;
                }
            }
        }
    }
    out.similarity = top;
    if (!(out.similarity >= least_similarity)) return out;
    constexpr int surface_side = 2 * surface_reach + 1;
    std::vector<double> surface(surface_side * surface_side);
    for (int y = 0; y < surface_side; ++y)
        full.along(px - surface_reach, py - surface_reach + y, surface_side, surface.data() + y * surface_side);
    const Peak peak = refine(surface);
    out.dx = px + peak.dx;
    out.dy = py + peak.dy;
    out.usable = std::abs(out.dx) <= max_shift_px && std::abs(out.dy) <= max_shift_px;
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
    if (all.size() < least_windows) return out;
    const double spacing =
        std::sqrt(static_cast<double>(width) * static_cast<double>(height) / static_cast<double>(windows.size()));
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

std::vector<std::string> registration_warnings(const ShiftField& field, double max_shift_px) {
    constexpr double uncertain_px = 1; // a road's edge off by that much shows as a change
    if (field.windows < static_cast<int>(least_windows))
        return {fmt::format("not registered: the ground that both missions show holds {} windows of {} pixels, {} have "
                            "to agree",
                            field.windows, registration_window, least_windows)};
    if (!field.registered())
        return {fmt::format("not registered: what the missions show agrees in too few of {} windows, so that they are "
                            "compared as they lie; they may be off by more than change.max_shift_px = {}",
                            field.windows, max_shift_px)};
    if (field.residual_px > uncertain_px)
        return {
            fmt::format("registered to no better than {:.1f} pixels: {} of {} windows agree; the missions may be off "
                        "by more than change.max_shift_px = {}, or lean differently",
                        field.residual_px, field.accepted, field.windows, max_shift_px)};
    return {};
}

} // namespace overflight
