// SPDX-License-Identifier: Apache-2.0
#include "stages/gap_filler.h"

#include "core/quality.h"
#include "stages/tile_parts.h"
#include "stages/united.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace overflight {

template <typename Sample>
void GapFiller<Sample>::fill(std::vector<TileGap>& gaps) {
    Scratch& b = scratch_;
    const std::vector<std::size_t>& candidates = seams_.candidates;
    for (TileGap& gap : gaps) {
        if (!gap.hidden_from) find_gaps(gap.part, out_, gap.missing);
        if (gap.missing.empty()) continue;
        gap.order = by_angle(gap.part);
        const GroundBox ground = locators_.ground().box(box_of(gap.missing, gap.part));
        for (const std::size_t frame : candidates)
            gap.near.push_back(ground.may_lie_in(*mission_.frames[frame].camera) ? 1 : 0);
    }
    // A frame at a time in all parts, so that what is asked of it is known and looked at in one piece.
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
        std::erase_if(gaps, [](const TileGap& gap) { return gap.missing.empty(); });
        b.asked.assign(candidates.size(), {});
        for (TileGap& gap : gaps) {
            const std::size_t candidate = gap.order[rank];
            if (gap.near[candidate] == 0 || candidates[candidate] == gap.hidden_from) {
                gap.shown.clear();
                continue;
            }
            find_shown(gap, candidates[candidate]);
            if (gap.shown.empty() || !visibility_) continue;
            if (!visibility_->expects(candidates[candidate], gap.shown_box))
                b.asked[candidate] = united(b.asked[candidate], gap.shown_box);
        }
        for (std::size_t candidate = 0; candidate < b.asked.size(); ++candidate)
            if (!b.asked[candidate].empty()) visibility_->expect_elsewhere(candidates[candidate], b.asked[candidate]);
        for (TileGap& gap : gaps)
            if (!gap.shown.empty()) take(gap, candidates[gap.order[rank]]);
    }
    for (const TileGap& gap : gaps) {
        b.places.clear();
        for (const std::uint32_t pixel : gap.missing) b.places.push_back(place_of(pixel, gap.part, out_));
        for (int band = 0; band < mission_.layout.bands; ++band)
            put<Sample>(band, b.places, out_, [](std::size_t) { return no_value<Sample>; });
    }
}

/// By their rank and their angle at the middle of the part.
template <typename Sample>
std::vector<std::size_t> GapFiller<Sample>::by_angle(const Window& part) const {
    std::vector<std::size_t> order(seams_.candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (seams_.angles.empty()) return order;
    const auto number = static_cast<std::size_t>(part.row / part_side * ((tile_.width + part_side - 1) / part_side) +
                                                 part.col / part_side);
    const auto key = [&](std::size_t k) {
        return std::pair(mission_.frames[seams_.candidates[k]].rank, seams_.angles[k][number]);
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return order;
}

template <typename Sample>
void GapFiller<Sample>::find_shown(TileGap& gap, std::size_t frame) {
    Scratch& b = scratch_;
    const FrameHeader& header = mission_.frames[frame].header;
    gap.shown.clear();
    if (!locate_pixels(locators_.of(frame), header, gap.part, gap.missing, b.sampled)) return;
    b.wanted.clear(); // of the missing
    for (std::size_t i = 0; i < gap.missing.size(); ++i)
        if (shows(header, b.sampled.col[i], b.sampled.row[i])) b.wanted.push_back(static_cast<std::uint32_t>(i));
    gather_part(b.sampled, header, b.wanted, gap.located);
    for (const std::uint32_t wanted : b.wanted) gap.shown.push_back(gap.missing[wanted]);
    if (!gap.shown.empty()) gap.shown_box = box_of(gap.shown, gap.part);
}

template <typename Sample>
void GapFiller<Sample>::take(TileGap& gap, std::size_t frame) {
    Scratch& b = scratch_;
    const Window& part = gap.part;
    const FrameHeader& header = mission_.frames[frame].header;
    const Window& box = gap.shown_box;
    const PartSight sight = visibility_ ? visibility_->look(frame, box) : PartSight();
    const auto sees = [&](std::uint32_t pixel) {
        const auto [row, col] = split(pixel, part);
        return sight.at(static_cast<int>(part.col + col - box.col), static_cast<int>(part.row + row - box.row));
    };
    b.wanted.clear(); // of the shown
    for (std::size_t i = 0; i < gap.shown.size(); ++i) {
        if (sees(gap.shown[i]) == sight::hidden)
            out_.quality[place_of(gap.shown[i], part, out_)] |= quality::occluded;
        else
            b.wanted.push_back(static_cast<std::uint32_t>(i));
    }
    if (b.wanted.empty()) return;
    gather_part(gap.located, header, b.wanted, b.gathered);
    for (std::uint32_t& wanted : b.wanted) wanted = gap.shown[wanted];
    sampler_.sample_gathered(frame, tile_, locators_.of(frame), part, b.wanted, b.gathered);
    b.places.clear();
    for (std::size_t k = 0; k < b.wanted.size(); ++k) {
        if (b.gathered.valid[k] == 0) continue;
        const std::uint32_t to = place_of(b.wanted[k], part, out_);
        const bool uncertain = sees(b.wanted[k]) == sight::uncertain;
        out_.source_frame[to] = static_cast<std::uint32_t>(frame);
        out_.quality[to] = static_cast<std::uint8_t>(quality::valid | (uncertain ? quality::uncertain : 0));
        b.wanted[b.places.size()] = static_cast<std::uint32_t>(k);
        b.places.push_back(to);
    }
    out_.valid_pixels += static_cast<std::int64_t>(b.places.size());
    for (int band = 0; band < mission_.layout.bands; ++band) {
        const auto lanes = static_cast<std::size_t>(mission_.layout.lanes_in(band / 4));
        const auto* from =
            reinterpret_cast<const Sample*>(b.gathered.groups[static_cast<std::size_t>(band / 4)].data()) + band % 4;
        put<Sample>(band, b.places, out_, [&](std::size_t k) { return from[b.wanted[k] * lanes]; });
    }
    std::erase_if(gap.missing, [&](std::uint32_t pixel) {
        return out_.source_frame[place_of(pixel, part, out_)] != quality::no_frame;
    });
}

template class GapFiller<std::uint8_t>;
template class GapFiller<std::uint16_t>;
template class GapFiller<float>;

} // namespace overflight
