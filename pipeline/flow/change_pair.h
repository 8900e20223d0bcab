// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/change_keys.h"
#include "flow/mosaic_view.h"
#include "flow/stage_timer.h"
#include "flow/step.h"
#include "flow/work_folder.h"
#include "graph.h"
#include "io/chunk_codec.h"
#include "stages/bands.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// One pair of missions, by its number in the plan, as the passes over it see it; see stages/change.h for what each
/// pass needs. The mosaics are open.
struct ChangePair {
    /// Throws RunError where a mosaic is missing. What is referred to has to outlive the pair.
    ChangePair(const Step& of_step, std::size_t number_in_plan, MosaicChunks& decoded);

    const Step& step;
    const Plan& plan;
    const PlannedChange& change;
    const std::size_t number;
    MosaicChunks& chunks;
    const std::string name;
    const WorkFolder work;
    const Tiling tiling;
    const std::filesystem::path before_path, after_path;
    const BandPairing bands;
    const MosaicView before, after;
    ChangeKeys keys;

    double megapixels() const;

    /// Windows of both mosaics.
    struct Pixels {
        MosaicView::Pixels before, after;
        bool observed = false; ///< something of both
    };
    void read(const Window& window_before, const Window& window_after, Pixels& out) const;

    /// A stage of the report, with its progress.
    template <typename Work>
    void pass(const std::string& what, double pixels, const Work& carry_out) const {
        StageTimer timer(what, pixels, step.report);
        step.progress.begin(what, pixels, "Mpx");
        carry_out();
        step.progress.end();
        timer.stop();
    }

    /// make(tile, slot) for tiles [first, end) side by side, write(tile, slot) in their order.
    template <typename Slot, typename Make, typename Write>
    void for_each_tile(std::int64_t first, std::int64_t end, std::vector<Slot>& slots, const Make& make,
                       const Write& write) const {
        slots.resize(static_cast<std::size_t>(slots_for(step.execution)));
        for_each_in_order(
            end - first, static_cast<int>(slots.size()), step.execution,
            [&](std::int64_t index, int slot) { make(first + index, slots[static_cast<std::size_t>(slot)]); },
            [&](std::int64_t index, int slot) {
                write(first + index, slots[static_cast<std::size_t>(slot)]);
                step.progress.advance(static_cast<double>(tiling.window(first + index).pixels()) / 1e6);
            });
    }

    /// Of the product's layers that have a sample a pixel.
    std::pair<int, int> chunk_size() const;
    /// A tile's samples as a whole chunk; `chunk` then holds them.
    EncodedChunk encode_tile(const Window& tile, const std::vector<std::uint8_t>& samples,
                             std::vector<std::uint8_t>& chunk, std::uint8_t fill) const;
    EncodedChunk encode(std::span<const std::byte> samples, std::size_t sample_bytes) const;

private:
    ChangePair(const Step& of_step, std::size_t number_in_plan, MosaicChunks& decoded, const HeldNames& names);
};

} // namespace overflight
