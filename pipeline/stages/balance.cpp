// SPDX-License-Identifier: Apache-2.0
#include "stages/balance.h"

#include "stages/sample_frame.h"

#include <Eigen/SparseCholesky>

#include <algorithm>
#include <cmath>

namespace overflight {
namespace {

constexpr int window_side = 64;
constexpr int windows_per_frame = 24; ///< aimed at; the solution hardly moves beyond
constexpr double ridge = 1e-3;        ///< pull of the gains to 1, against the drift of long strips
constexpr double huber = 0.05;        ///< relative disagreement of a pair beyond which it counts less
constexpr int reweightings = 5;
constexpr double least_count = 64; ///< fewer common pixels say nothing

/// Samples near the end of the range are clipped: they say nothing about the exposure.
template <typename Sample>
bool exposed(Sample value) {
    if constexpr (std::is_same_v<Sample, float>)
        return std::isfinite(value);
    else
        return value > std::numeric_limits<Sample>::max() / 128 &&
               value < std::numeric_limits<Sample>::max() / 100 * 99;
}

template <typename Sample>
OverlapSums compare(const LaneLayout& layout, const SampledPart& a, const SampledPart& b) {
    OverlapSums sums;
    sums.bands.resize(static_cast<std::size_t>(layout.bands));
    for (int band = 0; band < layout.bands; ++band) {
        const auto group = static_cast<std::size_t>(band / 4), lane = static_cast<std::size_t>(band % 4);
        const auto lanes = static_cast<std::size_t>(layout.lanes_in(band / 4));
        const auto* in_a = reinterpret_cast<const Sample*>(a.groups[group].data()) + lane;
        const auto* in_b = reinterpret_cast<const Sample*>(b.groups[group].data()) + lane;
        OverlapSums::Band& sum = sums.bands[static_cast<std::size_t>(band)];
        for (std::size_t i = 0; i < a.valid.size(); ++i) {
            if (a.valid[i] == 0 || b.valid[i] == 0) continue;
            const Sample va = in_a[i * lanes], vb = in_b[i * lanes];
            if (!exposed(va) || !exposed(vb)) continue;
            const double x = va, y = vb;
            ++sum.count;
            sum.a += x;
            sum.b += y;
            sum.aa += x * x;
            sum.bb += y * y;
        }
    }
    return sums;
}

OverlapStatistics statistics(const OverlapSums::Band& sum) {
    OverlapStatistics result;
    result.count = static_cast<double>(sum.count);
    if (sum.count == 0) return result;
    result.mean_a = sum.a / result.count;
    result.mean_b = sum.b / result.count;
    result.deviation_a = std::sqrt(std::max(0.0, sum.aa / result.count - result.mean_a * result.mean_a));
    result.deviation_b = std::sqrt(std::max(0.0, sum.bb / result.count - result.mean_b * result.mean_b));
    return result;
}

struct Equation {
    int a, b;
    OverlapStatistics overlap;
};

struct Solution {
    Eigen::VectorXd gains, offsets; ///< offsets in the samples' units
};

/// Of one band. The statistics are scaled to a mean of 1, so that the ridge means the same for any kind of sample.
/// Unknowns: all gains, then all offsets.
Solution solve(int frames, const std::vector<Equation>& equations, bool with_offsets) {
    double scale = 0, total = 0;
    for (const Equation& e : equations) {
        scale += e.overlap.count * (e.overlap.mean_a + e.overlap.mean_b) / 2;
        total += e.overlap.count;
    }
    const Solution as_is{Eigen::VectorXd::Ones(frames), Eigen::VectorXd::Zero(frames)};
    if (total == 0 || scale == 0) return as_is;
    scale /= total;
    const double mean_count = total / static_cast<double>(equations.size());

    Solution solution = as_is;
    const int unknowns = with_offsets ? 2 * frames : frames;
    Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> cholesky;
    for (int round = 0; round < reweightings; ++round) {
        std::vector<Eigen::Triplet<double>> entries;
        Eigen::VectorXd right = Eigen::VectorXd::Zero(unknowns);
        right.head(frames).setConstant(ridge);
        for (int i = 0; i < unknowns; ++i) entries.emplace_back(i, i, ridge);
        for (const Equation& e : equations) {
            const double ma = e.overlap.mean_a / scale, mb = e.overlap.mean_b / scale;
            const double da = e.overlap.deviation_a / scale, db = e.overlap.deviation_b / scale;
            const double residual = std::abs(solution.gains[e.a] * ma + solution.offsets[e.a] -
                                             solution.gains[e.b] * mb - solution.offsets[e.b]);
            const double weight = e.overlap.count / mean_count * (residual > huber ? huber / residual : 1.0);
            entries.emplace_back(e.a, e.a, weight * (ma * ma + da * da));
            entries.emplace_back(e.b, e.b, weight * (mb * mb + db * db));
            entries.emplace_back(e.a, e.b, -weight * (ma * mb + da * db));
            entries.emplace_back(e.b, e.a, -weight * (ma * mb + da * db));
            if (!with_offsets) continue;
            const int terms[] = {e.a, e.b, frames + e.a, frames + e.b}; // of the means, with their factors
            const double factors[] = {ma, -mb, 1, -1};
            for (int r = 0; r < 4; ++r) {
                for (int c = 0; c < 4; ++c) {
                    if (r >= 2 || c >= 2) entries.emplace_back(terms[r], terms[c], weight * factors[r] * factors[c]);
                }
            }
        }
        Eigen::SparseMatrix<double> normal(unknowns, unknowns);
        normal.setFromTriplets(entries.begin(), entries.end());
        cholesky.compute(normal);
        if (cholesky.info() != Eigen::Success) return as_is;
        const Eigen::VectorXd found = cholesky.solve(right);
        solution.gains = found.head(frames);
        if (with_offsets) solution.offsets = found.tail(frames);
    }
    const double mean_gain = solution.gains.mean();
    solution.gains /= mean_gain;
    if (with_offsets)
        solution.offsets = (solution.offsets.array() - solution.offsets.mean()).matrix() * (scale / mean_gain);
    return solution;
}

} // namespace

std::vector<std::pair<std::int64_t, Window>> survey_windows(const PlannedMission& mission) {
    const Tiling tiling(mission.grid);
    std::vector<std::int64_t> shared;
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile)
        if (mission.tile_frames.at(tile).size() > 1) shared.push_back(tile);
    std::vector<std::pair<std::int64_t, Window>> windows;
    if (shared.empty()) return windows;
    // few tiles: several windows in each; many: every n-th tile
    const std::size_t wanted = windows_per_frame * mission.frames.size();
    const int per_side = std::clamp(
        static_cast<int>(std::ceil(std::sqrt(static_cast<double>(wanted) / static_cast<double>(shared.size())))), 1, 4);
    const std::size_t stride = std::max<std::size_t>(1, shared.size() / wanted);
    for (std::size_t i = 0; i < shared.size(); i += stride) {
        const Window tile = tiling.window(shared[i]);
        for (int r = 0; r < per_side; ++r) {
            for (int c = 0; c < per_side; ++c) {
                const int side_x = tile.width / per_side, side_y = tile.height / per_side;
                const int width = std::min(window_side, side_x), height = std::min(window_side, side_y);
                if (width == 0 || height == 0) continue;
                windows.emplace_back(shared[i], Window{tile.col + c * side_x + (side_x - width) / 2,
                                                       tile.row + r * side_y + (side_y - height) / 2, width, height});
            }
        }
    }
    return windows;
}

Overlaps survey_window(const PlannedMission& mission, FrameCache& cache, std::int64_t tile, const Window& window) {
    TileHeights heights;
    mission.terrain->heights(mission.grid, window, heights);
    const TileGround ground(mission.grid, window, *mission.space, heights);
    const std::vector<kernels::LaneRadiometry> as_is(static_cast<std::size_t>(mission.layout.groups()));
    kernels::PhaseTable table;

    std::vector<std::pair<std::size_t, SampledPart>> shown;
    for (const std::size_t frame : mission.tile_frames.at(tile)) {
        const PlannedFrame& planned = mission.frames[frame];
        const FrameLocator locator(mission.grid, *mission.space, ground, heights, *planned.camera);
        SampledPart part;
        if (!locate_part(locator, planned.header, {0, 0, window.width, window.height}, part)) continue;
        kernels::make_phase_table(kernels::Interpolation::bilinear, planned.widening, table);
        sample_part(cache, frame, table, as_is, part);
        shown.emplace_back(frame, std::move(part));
    }
    Overlaps overlaps;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        for (std::size_t j = i + 1; j < shown.size(); ++j) {
            const SampledPart &a = shown[i].second, &b = shown[j].second;
            OverlapSums& sums = overlaps[{shown[i].first, shown[j].first}];
            switch (mission.type) {
            case SampleType::u8:
                sums = compare<std::uint8_t>(mission.layout, a, b);
                break;
            case SampleType::u16:
                sums = compare<std::uint16_t>(mission.layout, a, b);
                break;
            case SampleType::f32:
                sums = compare<float>(mission.layout, a, b);
                break;
            }
        }
    }
    return overlaps;
}

void merge(const Overlaps& part, Overlaps& into) {
    for (const auto& [pair, sums] : part) {
        auto& bands = into[pair].bands;
        bands.resize(sums.bands.size());
        for (std::size_t band = 0; band < bands.size(); ++band) {
            bands[band].count += sums.bands[band].count;
            bands[band].a += sums.bands[band].a;
            bands[band].b += sums.bands[band].b;
            bands[band].aa += sums.bands[band].aa;
            bands[band].bb += sums.bands[band].bb;
        }
    }
}

FrameBalance solve_balance(const PlannedMission& mission, const Overlaps& overlaps, Balance kind) {
    FrameBalance balance(mission.frames.size(), mission.layout.bands);
    for (int band = 0; band < mission.layout.bands; ++band) {
        std::vector<Equation> equations;
        for (const auto& [pair, sums] : overlaps) {
            const OverlapStatistics overlap = statistics(sums.bands[static_cast<std::size_t>(band)]);
            if (overlap.count >= least_count)
                equations.push_back({static_cast<int>(pair.first), static_cast<int>(pair.second), overlap});
        }
        if (equations.empty()) continue;
        const Solution solution =
            solve(static_cast<int>(mission.frames.size()), equations, kind == Balance::gain_offset);
        for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
            const auto k = static_cast<Eigen::Index>(frame);
            balance.set(frame, band, static_cast<float>(solution.gains[k]), static_cast<float>(solution.offsets[k]));
        }
    }
    return balance;
}

} // namespace overflight
