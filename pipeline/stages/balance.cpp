// SPDX-License-Identifier: Apache-2.0
#include "stages/balance.h"

#include "core/quantile.h"

#include <Eigen/Cholesky>
#include <Eigen/SparseCholesky>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace overflight {
namespace {

constexpr double gain_ridge = 1e-3; ///< pull to 1, against the drift of long strips
constexpr double offset_ridge = 1e-3;
constexpr double vignetting_ridge = 1e-2;
constexpr double huber = 1.345; ///< scatters of the residuals beyond which a window counts less
constexpr double least_huber = 1e-3, most_huber = 0.05;
constexpr int most_rounds = 12;
constexpr double small_step = 2e-5;           ///< a twelfth of what the results are rounded to
constexpr float least_count = 64;             ///< fewer common pixels say nothing
constexpr double least_falloff = 0.005;       ///< less is not seen
constexpr double most_falloff = 0.6;          ///< more is none of a lens
constexpr double least_gain_in_fit = 0.15;    ///< share of the misfit that vignetting has to explain
constexpr double least_f = 20;                ///< F of the ramp of gains against their scatter
constexpr std::size_t least_frames_of_f = 12; ///< of fewer frames a ramp has to be
constexpr double least_share = 0.8;           ///< this share of the gains' squares
constexpr double least_ramp = 0.12;           ///< and larger, RMS, than exposures usually differ
constexpr double steps = 4096;                ///< of the results

/// One window and pair of frames, in one band.
struct Row {
    std::size_t a = 0, b = 0, link = 0; ///< frames and the number of their pair
    double weight = 0;
    double mean_a = 0, mean_b = 0, deviation_a = 0, deviation_b = 0; ///< over the mean level of all windows
    double radius2_a = 0, radius2_b = 0;
};

struct BandSolution {
    Eigen::VectorXd log_gain, offset; ///< offset over the level
    Eigen::MatrixXd vignetting;       ///< cameras x 3
    double level = 1;
};

class BandSolver {
public:
    BandSolver(const BalanceTask& task, const Overlaps& overlaps, int band)
        : task_(task), frames_(task.frames.size()), per_frame_(task.offsets ? 2 : 1) {
        collect(overlaps, band);
        solution_ = fresh();
    }

    bool usable() const { return !rows_.empty(); }
    const BandSolution& solution() const { return solution_; }

    /// Gains, and offsets where they are asked for.
    void solve() { iterate(false); }

    struct Vignetted {
        BandSolution solution;
        double before = 0, after = 0; ///< misfit
        double largest = 0;           ///< |V - 1|
    };

    /// Vignetting beside them, from solve() on; solution() stays as it is.
    Vignetted with_vignetting() {
        Vignetted result;
        const BandSolution plain = solution_;
        const double scale = scatter();
        result.before = misfit(scale);
        iterate(true);
        result.after = misfit(scale);
        result.largest = largest_falloff();
        result.solution = solution_;
        solution_ = plain;
        return result;
    }

private:
    static constexpr int terms = 3;

    BandSolution fresh() const {
        BandSolution s;
        s.log_gain = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(frames_));
        s.offset = s.log_gain;
        s.vignetting = Eigen::MatrixXd::Zero(task_.cameras, terms);
        s.level = level_;
        return s;
    }

    void collect(const Overlaps& overlaps, int band) {
        double counts = 0, sum = 0;
        for (std::size_t i = 0; i < overlaps.pairs.size(); ++i) {
            const OverlapStatistics& s = statistics(overlaps, i, band);
            if (!usable(s)) continue;
            counts += static_cast<double>(s.count);
            sum += static_cast<double>(s.count) * static_cast<double>(s.mean_a + s.mean_b) / 2;
        }
        if (counts == 0) return;
        level_ = sum / counts;
        for (std::size_t i = 0; i < overlaps.pairs.size(); ++i) {
            const OverlapStatistics& s = statistics(overlaps, i, band);
            if (!usable(s)) continue;
            const Overlaps::Pair& pair = overlaps.pairs[i];
            Row row;
            row.a = pair.a, row.b = pair.b;
            row.mean_a = static_cast<double>(s.mean_a) / level_, row.mean_b = static_cast<double>(s.mean_b) / level_;
            row.deviation_a = static_cast<double>(s.deviation_a) / level_;
            row.deviation_b = static_cast<double>(s.deviation_b) / level_;
            // what differs is seen in the samples' own terms: dark windows, where a little haze is a large share of
            // all light, say the less
            const double mean = (row.mean_a + row.mean_b) / 2;
            row.weight = static_cast<double>(s.count) * mean * mean;
            row.radius2_a = static_cast<double>(pair.radius2_a), row.radius2_b = static_cast<double>(pair.radius2_b);
            rows_.push_back(row);
        }
        double weights = 0;
        for (const Row& row : rows_) weights += row.weight;
        for (Row& row : rows_) row.weight *= static_cast<double>(rows_.size()) / weights;
        for (const Row& row : rows_) links_.emplace_back(row.a, row.b);
        std::sort(links_.begin(), links_.end());
        links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
        for (Row& row : rows_)
            row.link = static_cast<std::size_t>(
                std::lower_bound(links_.begin(), links_.end(), std::pair(row.a, row.b)) - links_.begin());
    }

    static const OverlapStatistics& statistics(const Overlaps& overlaps, std::size_t pair, int band) {
        return overlaps.statistics[pair * static_cast<std::size_t>(overlaps.bands) + static_cast<std::size_t>(band)];
    }
    static bool usable(const OverlapStatistics& s) { return s.count >= least_count && s.mean_a > 0 && s.mean_b > 0; }

    int camera(std::size_t frame) const { return task_.frames[frame].camera; }

    double falloff(int camera, double radius2) const {
        const auto a = solution_.vignetting.row(camera);
        return std::max(0.1, 1 + radius2 * (a[0] + radius2 * (a[1] + radius2 * a[2])));
    }

    double balanced(std::size_t frame, double mean) const {
        return gains_[frame] * mean + solution_.offset[static_cast<Eigen::Index>(frame)];
    }

    /// What a difference of balanced means is measured in: the gains' part of them. So neither small gains nor gains
    /// that offsets make up for look like agreement.
    double unit(const Row& row) const {
        return std::sqrt(gains_[row.a] * gains_[row.b]) * (row.mean_a + row.mean_b) / 2;
    }

    void update() {
        gains_.resize(frames_);
        for (std::size_t frame = 0; frame < frames_; ++frame)
            gains_[frame] = std::exp(solution_.log_gain[static_cast<Eigen::Index>(frame)]);
        residuals_.resize(rows_.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) residuals_[i] = residual(rows_[i]);
    }

    double residual(const Row& row) const {
        return (balanced(row.a, row.mean_a) / falloff(camera(row.a), row.radius2_a) -
                balanced(row.b, row.mean_b) / falloff(camera(row.b), row.radius2_b)) /
               unit(row);
    }

    double scatter() const {
        std::vector<double> sizes;
        sizes.reserve(rows_.size());
        for (const double r : residuals_) sizes.push_back(std::abs(r));
        return 1.4826 * median(sizes);
    }

    /// Squared residuals, cut off where they are out of the question; the same `scale` makes two models comparable.
    double misfit(double scale) const {
        const double most = std::max(9 * scale * scale, 1e-8);
        double sum = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            sum += rows_[i].weight * std::min(residuals_[i] * residuals_[i], most);
        return sum;
    }

    double largest_falloff() const {
        double largest = 0;
        for (int camera = 0; camera < task_.cameras; ++camera)
            for (int step = 1; step <= 20; ++step)
                largest = std::max(largest, std::abs(falloff(camera, step / 20.0) - 1));
        return largest;
    }

    void iterate(bool vignetting) {
        const auto unknowns = static_cast<Eigen::Index>(frames_) * per_frame_;
        const Eigen::Index borders = vignetting ? Eigen::Index{task_.cameras} * terms : 0;
        Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> cholesky;
        for (int round = 0; round < most_rounds; ++round) {
            update();
            const double limit = std::clamp(huber * scatter(), least_huber, most_huber);
            assemble(limit, unknowns, borders);
            Eigen::SparseMatrix<double> normal = frames_matrix(unknowns);
            if (round == 0) cholesky.analyzePattern(normal);
            cholesky.factorize(normal);
            if (cholesky.info() != Eigen::Success) {
                solution_ = fresh();
                break;
            }
            Eigen::VectorXd frame_step = cholesky.solve(frame_side_);
            Eigen::VectorXd border_step = Eigen::VectorXd::Zero(borders);
            if (borders > 0) {
                const Eigen::MatrixXd carried = cholesky.solve(across_);
                const Eigen::MatrixXd schur = border_ - across_.transpose() * carried;
                border_step = schur.ldlt().solve(border_side_ - across_.transpose() * frame_step);
                frame_step -= carried * border_step;
            }
            for (Eigen::Index frame = 0; frame < solution_.log_gain.size(); ++frame) {
                solution_.log_gain[frame] += frame_step[frame * per_frame_];
                if (task_.offsets) solution_.offset[frame] += frame_step[frame * per_frame_ + 1];
            }
            for (Eigen::Index k = 0; k < borders; ++k) solution_.vignetting(k / terms, k % terms) += border_step[k];
            const double step = std::max(frame_step.lpNorm<Eigen::Infinity>(),
                                         borders > 0 ? border_step.lpNorm<Eigen::Infinity>() : 0.0);
            if (step < small_step) break;
        }
        update();
    }

    /// Derivatives of a row's residual by what it depends on: the frame's unknowns and its camera's terms.
    struct Side {
        std::size_t frame = 0;
        double frame_part[2] = {};
        Eigen::Index border = 0;
        double border_part[terms] = {};
    };

    /// Of the means; `sign` is 1 for the first frame of a pair, -1 for the second.
    Side mean_side(std::size_t frame, double mean, double radius2, double unit, double residual, double sign) const {
        const double v = falloff(camera(frame), radius2);
        Side side{frame,
                  {sign * gains_[frame] * mean / (v * unit) - residual / 2, sign / (v * unit)},
                  Eigen::Index{camera(frame)} * terms,
                  {}};
        double power = -sign * balanced(frame, mean) / (v * v * unit);
        for (double& part : side.border_part) part = power *= radius2;
        return side;
    }

    /// Of the logarithms of the deviations.
    Side contrast_side(std::size_t frame, double radius2, double sign) const {
        Side side{frame, {sign, 0}, Eigen::Index{camera(frame)} * terms, {}};
        double power = -sign / falloff(camera(frame), radius2);
        for (double& part : side.border_part) part = power *= radius2;
        return side;
    }

    /// Normal equations of a Gauss-Newton step at the solution as it stands.
    void assemble(double limit, Eigen::Index unknowns, Eigen::Index borders) {
        own_.assign(frames_ * 4, 0.0);
        shared_.assign(links_.size() * 4, 0.0);
        frame_side_ = Eigen::VectorXd::Zero(unknowns);
        across_ = Eigen::MatrixXd::Zero(unknowns, borders);
        border_ = Eigen::MatrixXd::Identity(borders, borders) * vignetting_ridge;
        border_side_ = Eigen::VectorXd::Zero(borders);
        for (std::size_t frame = 0; frame < frames_; ++frame) {
            const auto f = static_cast<Eigen::Index>(frame);
            own_[4 * frame] += gain_ridge, own_[4 * frame + 3] += offset_ridge;
            frame_side_[f * per_frame_] -= gain_ridge * solution_.log_gain[f];
            if (task_.offsets) frame_side_[f * per_frame_ + 1] -= offset_ridge * solution_.offset[f];
        }
        for (Eigen::Index k = 0; k < borders; ++k)
            border_side_[k] -= vignetting_ridge * solution_.vignetting(k / terms, k % terms);
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Row& row = rows_[i];
            const double r = residuals_[i];
            const double weight = row.weight * (std::abs(r) > limit ? limit / std::abs(r) : 1.0);
            const double u = unit(row);
            add(mean_side(row.a, row.mean_a, row.radius2_a, u, r, 1),
                mean_side(row.b, row.mean_b, row.radius2_b, u, r, -1), row.link, weight, r, borders);
            if (!(row.deviation_a > 0 && row.deviation_b > 0)) continue;
            // contrast, as much as it counts beside the mean in the samples' own terms
            const double relative = (row.deviation_a + row.deviation_b) / (row.mean_a + row.mean_b);
            const double gains = solution_.log_gain[static_cast<Eigen::Index>(row.a)] -
                                 solution_.log_gain[static_cast<Eigen::Index>(row.b)];
            const double c =
                gains + std::log(row.deviation_a / row.deviation_b * falloff(camera(row.b), row.radius2_b) /
                                 falloff(camera(row.a), row.radius2_a));
            const double wide = limit / std::max(relative, 1e-3); // the same in the samples' own terms
            const double contrast_weight =
                row.weight * relative * relative * (std::abs(c) > wide ? wide / std::abs(c) : 1.0);
            add(contrast_side(row.a, row.radius2_a, 1), contrast_side(row.b, row.radius2_b, -1), row.link,
                contrast_weight, c, borders);
        }
    }

    void add(const Side& a, const Side& b, std::size_t link, double weight, double residual, Eigen::Index borders) {
        for (const Side* side : {&a, &b}) {
            for (int i = 0; i < per_frame_; ++i) {
                for (int j = 0; j < per_frame_; ++j)
                    own_[4 * side->frame + static_cast<std::size_t>(2 * i + j)] +=
                        weight * side->frame_part[i] * side->frame_part[j];
                frame_side_[static_cast<Eigen::Index>(side->frame) * per_frame_ + i] -=
                    weight * side->frame_part[i] * residual;
            }
        }
        for (int i = 0; i < per_frame_; ++i)
            for (int j = 0; j < per_frame_; ++j)
                shared_[4 * link + static_cast<std::size_t>(2 * i + j)] += weight * a.frame_part[i] * b.frame_part[j];
        if (borders == 0) return;
        for (const Side* side : {&a, &b}) {
            for (int k = 0; k < terms; ++k) {
                border_side_[side->border + k] -= weight * side->border_part[k] * residual;
                for (const Side* other : {&a, &b}) {
                    for (int i = 0; i < per_frame_; ++i)
                        across_(static_cast<Eigen::Index>(other->frame) * per_frame_ + i, side->border + k) +=
                            weight * other->frame_part[i] * side->border_part[k];
                    for (int m = 0; m < terms; ++m)
                        border_(side->border + k, other->border + m) +=
                            weight * side->border_part[k] * other->border_part[m];
                }
            }
        }
    }

    Eigen::SparseMatrix<double> frames_matrix(Eigen::Index unknowns) const {
        std::vector<Eigen::Triplet<double>> entries;
        const auto put = [&](std::size_t row, std::size_t col, const double* block, bool transposed) {
            for (int i = 0; i < per_frame_; ++i)
                for (int j = 0; j < per_frame_; ++j)
                    entries.emplace_back(static_cast<int>(row) * per_frame_ + i, static_cast<int>(col) * per_frame_ + j,
                                         transposed ? block[2 * j + i] : block[2 * i + j]);
        };
        for (std::size_t frame = 0; frame < frames_; ++frame) put(frame, frame, &own_[4 * frame], false);
        for (std::size_t link = 0; link < links_.size(); ++link) {
            put(links_[link].first, links_[link].second, &shared_[4 * link], false);
            put(links_[link].second, links_[link].first, &shared_[4 * link], true);
        }
        Eigen::SparseMatrix<double> matrix(unknowns, unknowns);
        matrix.setFromTriplets(entries.begin(), entries.end());
        return matrix;
    }

    const BalanceTask& task_;
    std::size_t frames_;
    int per_frame_;
    double level_ = 1;
    std::vector<Row> rows_;
    std::vector<std::pair<std::size_t, std::size_t>> links_;
    BandSolution solution_;
    std::vector<double> gains_, residuals_; ///< at the solution
    std::vector<double> own_, shared_;      ///< blocks of 2 x 2: a frame's, a pair's
    Eigen::VectorXd frame_side_, border_side_;
    Eigen::MatrixXd across_, border_;
};

/// The ramp over the mission in the logarithms of the gains, cameras levelled out, per map unit.
struct Ramp {
    Eigen::Vector2d slope = Eigen::Vector2d::Zero();
    bool certain = false; ///< it stands out of what is left, and could be seen within a frame
};

Ramp find_ramp(const BalanceTask& task, const Eigen::VectorXd& log_gain) {
    const std::size_t n = task.frames.size();
    const auto cameras = static_cast<std::size_t>(task.cameras);
    std::vector<Eigen::Vector3d> means(cameras, Eigen::Vector3d::Zero());
    std::vector<double> counts(cameras, 0);
    double half_width = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const BalanceTask::Frame& frame = task.frames[i];
        const auto camera = static_cast<std::size_t>(frame.camera);
        means[camera] += Eigen::Vector3d(frame.x, frame.y, log_gain[static_cast<Eigen::Index>(i)]);
        counts[camera] += 1;
        half_width += frame.half_width / static_cast<double>(n);
    }
    Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
    Eigen::Vector2d side = Eigen::Vector2d::Zero();
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const BalanceTask::Frame& frame = task.frames[i];
        const auto camera = static_cast<std::size_t>(frame.camera);
        const Eigen::Vector3d d =
            Eigen::Vector3d(frame.x, frame.y, log_gain[static_cast<Eigen::Index>(i)]) - means[camera] / counts[camera];
        normal += d.head<2>() * d.head<2>().transpose();
        side += d.head<2>() * d.z();
        squares += d.z() * d.z();
    }
    // a single strip says nothing across itself
    normal += Eigen::Matrix2d::Identity() * (half_width * half_width * 0.02 * static_cast<double>(n));
    Ramp ramp;
    ramp.slope = normal.ldlt().solve(side);
    const double left = std::max(squares - 2 * ramp.slope.dot(side) + ramp.slope.dot(normal * ramp.slope), 1e-12);
    const double explained = squares - left;
    const bool stands_out = n >= least_frames_of_f ? explained / 2 / (left / (static_cast<double>(n) - 3)) >= least_f
                                                   : explained >= least_share * squares &&
                                                         explained >= least_ramp * least_ramp * static_cast<double>(n);
    ramp.certain = n > 2 && stands_out && ramp.slope.norm() * half_width >= least_falloff;
    return ramp;
}

/// Bands look alike: they have vignetting all or none.
std::vector<BandSolution> solve_bands(const BalanceTask& task, const Overlaps& overlaps) {
    std::vector<BandSolver> solvers;
    for (int band = 0; band < task.bands; ++band) solvers.emplace_back(task, overlaps, band);
    std::vector<BandSolution> plain, vignetted;
    double before = 0, after = 0, largest = 0;
    for (BandSolver& solver : solvers) {
        if (solver.usable()) solver.solve();
        plain.push_back(solver.solution());
        vignetted.push_back(solver.solution());
        if (!solver.usable() || !task.vignetting) continue;
        const BandSolver::Vignetted more = solver.with_vignetting();
        vignetted.back() = more.solution;
        before += more.before, after += more.after;
        largest = std::max(largest, more.largest);
    }
    return largest >= least_falloff && largest <= most_falloff && after < (1 - least_gain_in_fit) * before ? vignetted
                                                                                                           : plain;
}

double rounded(double value, double unit) {
    return std::round(value / unit) * unit;
}

} // namespace

FrameBalance::FrameBalance(std::size_t frames, int bands, std::size_t cameras)
    : bands_(bands), gains_(frames * static_cast<std::size_t>(bands), 1.0F), offsets_(gains_.size()),
      vignetting_(cameras * static_cast<std::size_t>(bands)), slopes_(static_cast<std::size_t>(bands)) {}

bool FrameBalance::has_falloff(std::size_t camera) const {
    for (int band = 0; band < bands_; ++band)
        if (vignetting(camera, band) != Vignetting{} || slope(band).east != 0 || slope(band).north != 0) return true;
    return false;
}

void Overlaps::append(const Overlaps& part) {
    if (part.pairs.empty()) return;
    bands = part.bands;
    pairs.insert(pairs.end(), part.pairs.begin(), part.pairs.end());
    statistics.insert(statistics.end(), part.statistics.begin(), part.statistics.end());
}

FrameBalance solve_balance(const BalanceTask& task, const Overlaps& overlaps) {
    const std::size_t frames = task.frames.size();
    FrameBalance balance(frames, task.bands, static_cast<std::size_t>(task.cameras));
    double half_width = 0;
    for (const BalanceTask::Frame& frame : task.frames) half_width = std::max(half_width, frame.half_width);
    const std::vector<BandSolution> bands = solve_bands(task, overlaps);
    bool sloping = false;
    if (task.slope) {
        Eigen::VectorXd mean = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(frames));
        for (const BandSolution& s : bands) mean += s.log_gain / task.bands;
        sloping = find_ramp(task, mean).certain;
    }
    for (int band = 0; band < task.bands; ++band) {
        const BandSolution& s = bands[static_cast<std::size_t>(band)];
        Eigen::VectorXd gains = s.log_gain.array().exp(), offsets = s.offset * s.level;
        if (sloping) {
            const Ramp ramp = find_ramp(task, s.log_gain);
            const double unit = 1 / (steps * half_width);
            const Eigen::Vector2d slope(rounded(-ramp.slope.x(), unit), rounded(-ramp.slope.y(), unit));
            for (std::size_t i = 0; i < frames; ++i) {
                const double factor = std::exp(slope.x() * (task.frames[i].x - task.frames[0].x) +
                                               slope.y() * (task.frames[i].y - task.frames[0].y));
                gains[static_cast<Eigen::Index>(i)] *= factor;
                offsets[static_cast<Eigen::Index>(i)] *= factor;
            }
            balance.set_slope(band, {static_cast<float>(slope.x()), static_cast<float>(slope.y())});
        }
        const double gain = task.reference < 0 ? gains.mean() : gains[task.reference];
        const double offset = task.reference < 0 ? offsets.mean() : offsets[task.reference];
        const double offset_unit = std::exp2(std::floor(std::log2(s.level))) / steps / 16;
        for (std::size_t frame = 0; frame < frames; ++frame) {
            const auto f = static_cast<Eigen::Index>(frame);
            balance.set(frame, band, static_cast<float>(rounded(gains[f] / gain, 1 / steps)),
                        static_cast<float>(rounded((offsets[f] - offset) / gain, offset_unit)));
        }
        for (int camera = 0; camera < task.cameras; ++camera)
            balance.set_vignetting(static_cast<std::size_t>(camera), band,
                                   {static_cast<float>(rounded(s.vignetting(camera, 0), 1 / steps)),
                                    static_cast<float>(rounded(s.vignetting(camera, 1), 1 / steps)),
                                    static_cast<float>(rounded(s.vignetting(camera, 2), 1 / steps))});
    }
    return balance;
}

} // namespace overflight
