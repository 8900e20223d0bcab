// SPDX-License-Identifier: Apache-2.0
#include "simulation/score.h"

#include "core/errors.h"
#include "simulation/known_changes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

namespace overflight {

namespace {

using simulation::KnownObject;

/// Counts patches from runs of flagged pixels, row by row: memory goes with the number of runs, not of pixels.
class PatchCounter {
public:
    void row(std::span<const std::uint8_t> flagged, std::span<const std::uint8_t> known) {
        std::vector<Run> runs;
        const std::size_t width = flagged.size();
        std::size_t next = 0; // of the runs above: those before end left of all that come
        for (std::size_t c = 0; c < width; ++c) {
            if (!flagged[c]) continue;
            Run run{c, c, parent_.size()};
            bool right = false;
            for (; c < width && flagged[c]; ++c) right = right || known[c];
            run.end = c;
            parent_.push_back(run.label);
            right_.push_back(right);
            extents_.push_back({run.begin, run.end, row_, row_ + 1});
            while (next < above_.size() && above_[next].end < run.begin) ++next;
            for (std::size_t k = next; k < above_.size() && above_[k].begin <= run.end; ++k) {
                join(above_[k].label, run.label);
            }
            runs.push_back(run);
        }
        above_ = std::move(runs);
        ++row_;
    }

    void count(ChangeScore& score) {
        for (std::size_t k = 0; k < parent_.size(); ++k) {
            if (find(k) != k) continue;
            ++score.patches;
            score.right_patches += right_[k] ? 1 : 0;
            if (extents_[k].across() < wide_patch_px) continue;
            ++score.wide_patches;
            score.right_wide_patches += right_[k] ? 1 : 0;
        }
    }

private:
    struct Run {
        std::size_t begin, end, label; ///< columns, half open
    };
    struct Extent {
        std::size_t left, right, top, bottom; ///< half open

        std::size_t across() const { return std::max(right - left, bottom - top); }
    };

    std::size_t find(std::size_t k) {
        while (parent_[k] != k) k = parent_[k] = parent_[parent_[k]];
        return k;
    }
    void join(std::size_t a, std::size_t b) {
        a = find(a), b = find(b);
        parent_[std::max(a, b)] = std::min(a, b);
        right_[std::min(a, b)] = right_[a] || right_[b];
        const Extent &x = extents_[a], &y = extents_[b];
        extents_[std::min(a, b)] = {std::min(x.left, y.left), std::max(x.right, y.right), std::min(x.top, y.top),
                                    std::max(x.bottom, y.bottom)};
    }

    std::vector<Run> above_;
    std::vector<std::size_t> parent_;
    std::vector<bool> right_;
    std::vector<Extent> extents_;
    std::size_t row_ = 0;
};

/// Marks in `out` what lies within `reach` samples of a 1 in a line of samples `stride` apart.
void widen(const std::uint8_t* in, std::uint8_t* out, std::int64_t count, std::int64_t stride, std::int64_t reach) {
    std::int64_t ahead = reach + 1, behind = reach + 1; // distance of the last 1 on either way
    for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t first = k * stride, last = (count - 1 - k) * stride;
        ahead = in[first] == 1 ? 0 : ahead + 1;
        behind = in[last] == 1 ? 0 : behind + 1;
        if (ahead <= reach) out[first] = 1;
        if (behind <= reach) out[last] = 1;
    }
}

/// Pixels of an object so far.
struct Tally {
    std::int64_t pixels = 0, observed = 0, flagged = 0;
};

class Scorer {
public:
    Scorer(const ScoredMask& mask, const std::filesystem::path& truth, const std::filesystem::path& objects)
        : mask_(mask) {
        if (!truth.empty()) truth_.emplace(truth, mask.grid);
        if (!objects.empty()) objects_ = simulation::read_known_objects(objects, mask.grid);
        tallies_.resize(objects_.size());
    }

    ChangeScore run() {
        const Grid& grid = mask_.grid;
        constexpr std::int64_t strip = Tiling::size; // whole chunks are read once
        for (std::int64_t row = 0; row < grid.height; row += strip) {
            window_ = {0, row, static_cast<int>(grid.width), static_cast<int>(std::min(strip, grid.height - row))};
            take_strip();
        }
        patches_.count(score_);
        count_objects();
        return score_;
    }

private:
    void take_strip() {
        const auto pixels = static_cast<std::size_t>(window_.pixels());
        for (auto* plane : {&values_, &known_, &near_}) plane->assign(pixels, 0);
        mask_.read(window_, values_);
        if (truth_) take_truth();
        for (std::size_t k = 0; k < objects_.size(); ++k) draw(objects_[k], tallies_[k]);
        for (std::size_t k = 0; k < pixels; ++k) {
            const bool scored = values_[k] != 255 && known_[k] != 255, flagged = values_[k] == 1;
            known_[k] = known_[k] == 1;
            values_[k] = scored && flagged;
            if (!scored) continue;
            ++score_.scored;
            score_.flagged += flagged;
            score_.known += known_[k];
            score_.hit += flagged && known_[k];
            score_.outside += !near_[k];
            score_.flagged_outside += flagged && !near_[k];
        }
        const auto width = static_cast<std::size_t>(window_.width);
        for (std::size_t first = 0; first < pixels; first += width) {
            patches_.row(std::span(values_).subspan(first, width), std::span(known_).subspan(first, width));
        }
    }

    /// The truth of the strip, and what is around its changes, for which it is read with the rows above and below.
    void take_truth() {
        const auto reach = static_cast<std::int64_t>(outside_margin_m / mask_.grid.resolution);
        Window wide = window_;
        wide.row -= reach, wide.height += static_cast<int>(2 * reach);
        std::vector<std::uint8_t> truth(static_cast<std::size_t>(wide.pixels())), rows(truth.size());
        truth_->read(wide, truth);
        for (std::int64_t r = 0; r < wide.height; ++r) {
            widen(truth.data() + r * wide.width, rows.data() + r * wide.width, wide.width, 1, reach);
        }
        std::vector<std::uint8_t> around(truth.size());
        for (std::int64_t c = 0; c < wide.width; ++c) {
            widen(rows.data() + c, around.data() + c, wide.height, wide.width, reach);
        }
        const auto cut = [&](const std::vector<std::uint8_t>& from, std::vector<std::uint8_t>& to) {
            const auto first = from.begin() + static_cast<std::ptrdiff_t>(reach * wide.width);
            std::copy(first, first + static_cast<std::ptrdiff_t>(to.size()), to.begin());
        };
        cut(truth, known_), cut(around, near_);
    }

    /// Counts the object's pixels in the strip and marks them and what is around them.
    void draw(const KnownObject& object, Tally& tally) {
        const Grid& grid = mask_.grid;
        const Bounds& b = object.bounds;
        const auto clip = [](double v, std::int64_t low, std::int64_t high) {
            return static_cast<std::int64_t>(std::clamp(v, static_cast<double>(low), static_cast<double>(high)));
        };
        const std::int64_t end_row = window_.row + window_.height;
        const std::int64_t col0 = clip(std::floor(grid.col(b.xmin - outside_margin_m)), 0, grid.width);
        const std::int64_t col1 = clip(std::ceil(grid.col(b.xmax + outside_margin_m)) + 1, 0, grid.width);
        const std::int64_t row0 = clip(std::floor(grid.row(b.ymax + outside_margin_m)), window_.row, end_row);
        const std::int64_t row1 = clip(std::ceil(grid.row(b.ymin - outside_margin_m)) + 1, window_.row, end_row);
        for (std::int64_t row = row0; row < row1; ++row) {
            for (std::int64_t col = col0; col < col1; ++col) {
                const double x = grid.x(static_cast<double>(col)), y = grid.y(static_cast<double>(row));
                const auto at = static_cast<std::size_t>((row - window_.row) * window_.width + col);
                if (object.contains(x, y)) {
                    ++tally.pixels;
                    tally.observed += values_[at] != 255;
                    tally.flagged += values_[at] == 1;
                    near_[at] = 1;
                    if (!truth_) known_[at] = 1;
                } else if (!near_[at] && object.distance2(x, y) <= outside_margin_m * outside_margin_m) {
                    near_[at] = 1;
                }
            }
        }
    }

    void count_objects() {
        const Bounds all = mask_.grid.bounds();
        std::map<std::string, ChangeScore::Objects> kinds;
        for (std::size_t k = 0; k < objects_.size(); ++k) {
            const Bounds& b = objects_[k].bounds;
            const bool inside = b.xmin >= all.xmin && b.ymin >= all.ymin && b.xmax <= all.xmax && b.ymax <= all.ymax;
            if (!inside || tallies_[k].observed == 0) continue;
            ChangeScore::Objects& kind = kinds[objects_[k].kind];
            ++kind.known;
            kind.found += 2 * tallies_[k].flagged >= tallies_[k].pixels;
        }
        for (auto& [name, kind] : kinds) {
            kind.kind = name;
            score_.objects.push_back(kind);
        }
    }

    const ScoredMask& mask_;
    std::optional<simulation::TruthRaster> truth_;
    std::vector<KnownObject> objects_;
    std::vector<Tally> tallies_;
    Window window_;
    std::vector<std::uint8_t> values_, known_, near_;
    PatchCounter patches_;
    ChangeScore score_;
};

} // namespace

ChangeScore::Objects ChangeScore::all_objects() const {
    Objects all{"all"};
    for (const Objects& kind : objects) all.found += kind.found, all.known += kind.known;
    return all;
}

ChangeScore score_change(const ScoredMask& mask, const std::filesystem::path& truth,
                         const std::filesystem::path& objects) {
    if (truth.empty() && objects.empty()) {
        throw InputError(Problem{.message = "nothing to score against; give a truth raster, or objects"});
    }
    return Scorer(mask, truth, objects).run();
}

} // namespace overflight
