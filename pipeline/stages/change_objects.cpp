// SPDX-License-Identifier: Apache-2.0
#include "stages/change_objects.h"

#include "stages/change_evidence.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <tuple>

namespace overflight {
namespace {

constexpr int inner_step = 2, outer_step = 3; ///< pixels from the border to the pixels that tell the contrast
constexpr double clear_contrast = 2;          ///< times the other mission's, to say that something came or went
constexpr double clear_tone = 0.03;           ///< of the brightness
constexpr double shadow_ratio = 2.0 / 3;
constexpr double shadow_spread = 1.25; ///< of the bands' ratios
constexpr double doubt = 0.5;          ///< that context throws on a change
constexpr double excess_green_change = 0.03, ndvi_change = 0.1;

/// A mission's values at pixels of the grid.
class Values {
public:
    explicit Values(const MissionView& view)
        : view_(view), bands_(std::min<std::size_t>(view.bands.size(), change_max_bands)) {}

    std::size_t bands() const { return bands_; }
    bool seen(std::int64_t col, std::int64_t row) const { return view_.seen(col, row); }
    double at(std::size_t band, std::int64_t col, std::int64_t row) const {
        return static_cast<double>(view_.at(band, col, row));
    }
    double brightness(std::int64_t col, std::int64_t row) const {
        double sum = 0;
        for (std::size_t b = 0; b < bands_; ++b) sum += at(b, col, row);
        return sum / static_cast<double>(bands_);
    }

private:
    const MissionView& view_;
    std::size_t bands_;
};

/// Runs of flagged pixels of a tile, rows after each other, and for each the number of the component it belongs to.
struct TileRuns {
    std::vector<PixelRun> runs;
    std::vector<std::size_t> parent;

    std::size_t root(std::size_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    }

    TileRuns(const Window& tile, std::span<const std::uint8_t> mask) {
        std::size_t above = 0; // first run of the row before
        for (int r = 0; r < tile.height; ++r) {
            const std::size_t first = runs.size();
            const std::uint8_t* line = mask.data() + static_cast<std::ptrdiff_t>(r) * tile.width;
            const std::uint8_t* end = line + tile.width;
            const auto row = static_cast<std::int32_t>(tile.row + r);
            for (const std::uint8_t* at = line; at < end;) {
                const void* found = std::memchr(at, 1, static_cast<std::size_t>(end - at));
                if (found == nullptr) break;
                const auto* start = static_cast<const std::uint8_t*>(found);
                at = std::find_if(start, end, [](std::uint8_t v) { return v != 1; });
                runs.push_back({row, static_cast<std::int32_t>(tile.col + (start - line)),
                                static_cast<std::int32_t>(tile.col + (at - line))});
                parent.push_back(runs.size() - 1);
            }
            std::size_t j = above;
            for (std::size_t i = first; i < runs.size(); ++i) {
                while (j < first && runs[j].end < runs[i].col) ++j;
                for (std::size_t k = j; k < first && runs[k].col <= runs[i].end; ++k) {
                    if (runs[k].row + 1 != row) continue;
                    const std::size_t a = root(k), b = root(i);
                    parent[std::max(a, b)] = std::min(a, b);
                }
            }
            above = first;
        }
    }
};

void sum_run(const PixelRun& run, const Window& tile, std::span<const std::uint8_t> mask, const Values& before,
             const Values& after, const ShiftField& field, ObjectPart& part) {
    const auto shift = field.nearest(0.5 * (run.col + run.end - 1), run.row);
    const std::int64_t shift_col = shift.first, shift_row = shift.second;
    for (std::int64_t col = run.col; col < run.end; ++col) {
        for (std::size_t b = 0; b < before.bands(); ++b) part.before[b] += before.at(b, col, run.row);
        if (!after.seen(col + shift_col, run.row + shift_row)) continue;
        ++part.seen_after;
        for (std::size_t b = 0; b < after.bands(); ++b)
            part.after[b] += after.at(b, col + shift_col, run.row + shift_row);
    }
    const auto pair = [&](std::int64_t in, std::int64_t out) {
        if (out < tile.col || out >= tile.col + tile.width) return;
        if (mask[static_cast<std::size_t>((run.row - tile.row) * tile.width + (out - tile.col))] != 0) return;
        for (const std::int64_t col : {in, out})
            if (!before.seen(col, run.row) || !after.seen(col + shift_col, run.row + shift_row)) return;
        ++part.pairs;
        part.inside_before += before.brightness(in, run.row);
        part.outside_before += before.brightness(out, run.row);
        part.inside_after += after.brightness(in + shift_col, run.row + shift_row);
        part.outside_after += after.brightness(out + shift_col, run.row + shift_row);
    };
    pair(std::min(run.col + inner_step, run.end - 1), std::int64_t{run.col} - outer_step);
    pair(std::max(run.end - 1 - inner_step, run.col), std::int64_t{run.end} - 1 + outer_step);
}

void count_context(const PixelRun& run, const Window& tile, std::span<const std::uint8_t> context, ObjectPart& part) {
    const auto first = static_cast<std::size_t>((run.row - tile.row) * tile.width + (run.col - tile.col));
    for (const std::uint8_t flags : context.subspan(first, static_cast<std::size_t>(run.end - run.col))) {
        const bool seam = (flags & change_context::seam) != 0, uncertain = (flags & change_context::uncertain) != 0,
                   shadow =
                       ((flags & change_context::shadow_before) != 0) != ((flags & change_context::shadow_after) != 0),
                   vegetation = (flags & change_context::vegetation) != 0, water = (flags & change_context::water) != 0;
        part.seam += seam ? 1 : 0;
        part.uncertain += uncertain ? 1 : 0;
        part.shadow += shadow ? 1 : 0;
        part.vegetation += vegetation ? 1 : 0;
        part.water += water ? 1 : 0;
        part.doubtful += seam || uncertain || shadow || vegetation || water ? 1 : 0;
    }
}

void explain(const ObjectPart& part, const ChangeModel& model, const BandRoles& roles, ChangeObject& out) {
    const std::size_t bands = model.normalisation.size();
    if (bands == 0) return;
    std::array<double, change_max_bands> expected{};
    double gain = 0, sum_expected = 0, sum_after = 0, least = 1e300, most = 0;
    for (std::size_t b = 0; b < bands; ++b) {
        const BandNormalisation& n = model.normalisation[b];
        expected[b] = n.gain * out.before[b] + n.offset;
        gain += n.gain / static_cast<double>(bands);
        sum_expected += expected[b];
        sum_after += out.after[b];
        const double ratio = out.after[b] / std::max(expected[b], 1e-6);
        least = std::min(least, ratio);
        most = std::max(most, ratio);
    }
    const double before = std::abs(part.inside_before - part.outside_before) * std::abs(gain),
                 after = std::abs(part.inside_after - part.outside_after);
    if (part.pairs > 0 && after >= clear_contrast * before)
        out.kind = "appeared";
    else if (part.pairs > 0 && before >= clear_contrast * after)
        out.kind = "disappeared";
    if (sum_expected <= 0) return;
    const double ratio = sum_after / sum_expected;
    out.tone = ratio > 1 + clear_tone ? "brighter" : ratio < 1 - clear_tone ? "darker" : "similar";
    const auto greenness = [&](const std::array<double, change_max_bands>& values) {
        return Greenness<double>(roles, [&](int band) { return values[static_cast<std::size_t>(band)]; });
    };
    const Greenness<double> green_before = greenness(expected), green_after = greenness(out.after);
    if (bands > 1 && (ratio < shadow_ratio || ratio > 1 / shadow_ratio) && most < shadow_spread * least)
        out.context = "shadow";
    else if (std::max(green_before.index, green_after.index) > green_before.least &&
             std::abs(green_after.index - green_before.index) >
                 (green_before.near_infrared ? ndvi_change : excess_green_change))
        out.context = "vegetation";
}

ChangeObject describe(ObjectPart& part, const ChangeModel& model, const BandRoles& roles) {
    std::sort(part.runs.begin(), part.runs.end(),
              [](const PixelRun& a, const PixelRun& b) { return std::tie(a.row, a.col) < std::tie(b.row, b.col); });
    ChangeObject out;
    out.pixels = part.pixels;
    out.row = part.runs.front().row;
    out.row_end = std::int64_t{part.runs.back().row} + 1;
    out.col = part.runs.front().col;
    for (const PixelRun& run : part.runs) {
        out.col = std::min<std::int64_t>(out.col, run.col);
        out.col_end = std::max<std::int64_t>(out.col_end, run.end);
    }
    const auto n = static_cast<double>(part.pixels);
    out.score = change_score_value(static_cast<double>(part.score_sum) / n);
    out.score_max = change_score_value(part.score_max);
    for (std::size_t b = 0; b < change_max_bands; ++b) {
        out.before[b] = part.before[b] / n;
        out.after[b] = part.after[b] / static_cast<double>(std::max<std::int64_t>(1, part.seen_after));
    }
    out.outline = trace_outline(part.runs);
    for (const Ring& ring : out.outline) out.perimeter_px += ring_length(ring);
    explain(part, model, roles, out);
    out.runs = std::move(part.runs);
    out.seam = static_cast<double>(part.seam) / n;
    out.uncertain = static_cast<double>(part.uncertain) / n;
    out.shadow = static_cast<double>(part.shadow) / n;
    out.vegetation = static_cast<double>(part.vegetation) / n;
    out.water = static_cast<double>(part.water) / n;
    for (std::size_t layer = 0; layer < part.evidence.size(); ++layer)
        out.evidence[layer] = static_cast<double>(part.evidence[layer]) / n;
    out.confidence = (1 - doubt * static_cast<double>(part.doubtful) / n) * (*out.context != 0 ? 1 - doubt : 1);
    return out;
}

} // namespace

void ObjectPart::add(const ObjectPart& other) {
    pixels += other.pixels;
    seen_after += other.seen_after;
    score_sum += other.score_sum;
    score_max = std::max(score_max, other.score_max);
    for (std::size_t b = 0; b < change_max_bands; ++b) {
        before[b] += other.before[b];
        after[b] += other.after[b];
    }
    pairs += other.pairs;
    inside_before += other.inside_before;
    outside_before += other.outside_before;
    inside_after += other.inside_after;
    outside_after += other.outside_after;
    seam += other.seam;
    uncertain += other.uncertain;
    shadow += other.shadow;
    vegetation += other.vegetation;
    water += other.water;
    doubtful += other.doubtful;
    for (std::size_t layer = 0; layer < evidence.size(); ++layer) evidence[layer] += other.evidence[layer];
    runs.insert(runs.end(), other.runs.begin(), other.runs.end());
}

std::vector<ObjectPart> find_object_parts(const Window& tile, const Window& window, std::span<const std::uint8_t> mask,
                                          std::span<const std::uint8_t> scores, const MissionView& before,
                                          const MissionView& after, const ShiftField& field,
                                          std::span<const std::uint8_t> context) {
    TileRuns labelled(tile, mask);
    std::vector<ObjectPart> parts;
    std::vector<std::size_t> part_of(labelled.runs.size());
    const Values values_before(before), values_after(after);
    for (std::size_t i = 0; i < labelled.runs.size(); ++i) {
        const std::size_t root = labelled.root(i);
        if (root == i) {
            part_of[i] = parts.size();
            parts.emplace_back();
        }
        ObjectPart& part = parts[part_of[i] = part_of[root]];
        const PixelRun& run = labelled.runs[i];
        const std::uint8_t* score = scores.data() + (run.row - window.row) * window.width + (run.col - window.col);
        const std::size_t length = static_cast<std::size_t>(run.end - run.col);
        part.pixels += run.end - run.col;
        part.score_sum = std::accumulate(score, score + length, part.score_sum);
        part.score_max = std::max(part.score_max, *std::max_element(score, score + length));
        part.runs.push_back(run);
        sum_run(run, tile, mask, values_before, values_after, field, part);
        count_context(run, tile, context, part);
    }
    return parts;
}

void add_evidence(const Window& tile, std::size_t layer, std::span<const std::uint8_t> samples,
                  std::vector<ObjectPart>& parts) {
    for (ObjectPart& part : parts)
        for (const PixelRun& run : part.runs) {
            const auto first = samples.begin() + (run.row - tile.row) * tile.width + (run.col - tile.col);
            part.evidence[layer] = std::accumulate(first, first + (run.end - run.col), part.evidence[layer]);
        }
}

ObjectCollector::ObjectCollector(const Tiling& tiling, const ChangeModel& model, const BandRoles& roles)
    : tiling_(tiling), model_(&model), roles_(roles) {
    const Window last = tiling.window(tiling.count() - 1);
    above_.assign(static_cast<std::size_t>(last.col + last.width), -1);
    below_ = above_;
    left_.assign(Tiling::size, -1);
    right_ = left_;
}

ObjectCollector::Label ObjectCollector::root(Label label) {
    auto i = static_cast<std::size_t>(label);
    while (parent_[i] != static_cast<Label>(i)) i = static_cast<std::size_t>(parent_[i]);
    return static_cast<Label>(i);
}

/// The older of two objects takes the younger in.
void ObjectCollector::join(Label a, Label b) {
    a = root(a);
    b = root(b);
    if (a == b) return;
    if (a > b) std::swap(a, b);
    parent_[static_cast<std::size_t>(b)] = a;
    open_[static_cast<std::size_t>(a)].add(open_[static_cast<std::size_t>(b)]);
    open_[static_cast<std::size_t>(b)] = {};
}

void ObjectCollector::add(std::int64_t tile, std::vector<ObjectPart> parts) {
    const Window w = tiling_.window(tile);
    const std::int64_t last_row = w.row + w.height - 1, last_col = w.col + w.width - 1;
    const auto width = static_cast<std::int64_t>(above_.size());
    std::fill(right_.begin(), right_.end(), -1);
    for (ObjectPart& part : parts) {
        const auto label = static_cast<Label>(open_.size());
        open_.push_back(std::move(part));
        parent_.push_back(label);
        // Joining moves runs into other objects, so the neighbours are noted first.
        std::vector<Label> neighbours;
        for (const PixelRun& run : open_.back().runs) {
            if (run.row == w.row) {
                for (std::int64_t c = std::max<std::int64_t>(0, run.col - 1);
                     c < std::min<std::int64_t>(width, run.end + 1); ++c)
                    if (above_[static_cast<std::size_t>(c)] >= 0)
                        neighbours.push_back(above_[static_cast<std::size_t>(c)]);
            }
            if (run.col == w.col) {
                for (std::int64_t r = std::max(w.row, std::int64_t{run.row} - 1);
                     r <= std::min(last_row, std::int64_t{run.row} + 1); ++r)
                    if (const Label found = left_[static_cast<std::size_t>(r - w.row)]; found >= 0)
                        neighbours.push_back(found);
            }
            if (run.row == last_row) std::fill(below_.begin() + run.col, below_.begin() + run.end, label);
            if (run.end - 1 == last_col) right_[static_cast<std::size_t>(run.row - w.row)] = label;
        }
        for (const Label neighbour : neighbours) join(neighbour, label);
    }
    left_.swap(right_);
    if (last_col + 1 == width) finish_row();
}

/// What does not reach the last row of these tiles is complete; the rest is numbered anew.
void ObjectCollector::finish_row() {
    std::vector<Label> renumbered(open_.size(), -1);
    std::vector<ObjectPart> reaching;
    for (Label& label : below_) {
        if (label < 0) continue;
        const auto at = static_cast<std::size_t>(root(label));
        if (renumbered[at] < 0) {
            renumbered[at] = static_cast<Label>(reaching.size());
            reaching.push_back(std::move(open_[at]));
            open_[at] = {};
        }
        label = renumbered[at];
    }
    for (ObjectPart& part : open_)
        if (part.pixels > 0) done_.push_back(describe(part, *model_, roles_));
    open_ = std::move(reaching);
    parent_.resize(open_.size());
    std::iota(parent_.begin(), parent_.end(), 0);
    above_.swap(below_);
    std::fill(below_.begin(), below_.end(), -1);
    std::fill(left_.begin(), left_.end(), -1);
}

std::vector<ChangeObject> ObjectCollector::take() {
    for (ObjectPart& part : open_)
        if (part.pixels > 0) done_.push_back(describe(part, *model_, roles_));
    open_.clear();
    std::sort(done_.begin(), done_.end(), [](const ChangeObject& a, const ChangeObject& b) {
        const double rank_a = a.score * a.confidence, rank_b = b.score * b.confidence;
        return std::tie(rank_b, a.row, a.col, a.row_end, a.col_end) <
               std::tie(rank_a, b.row, b.col, b.row_end, b.col_end);
    });
    return std::move(done_);
}

void keep_discoveries(const ScoreNull& null, double most, std::vector<ChangeObject>& candidates) {
    std::vector<double> largest;
    for (const ChangeObject& candidate : candidates) largest.push_back(candidate.score_max);
    const std::vector<double> rates = false_discovery_rates(null, largest);
    for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].false_discovery = rates[i];
    std::erase_if(candidates, [&](const ChangeObject& candidate) { return candidate.false_discovery > most; });
}

} // namespace overflight
