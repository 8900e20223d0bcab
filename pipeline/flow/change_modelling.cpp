// SPDX-License-Identifier: Apache-2.0
#include "flow/change_modelling.h"

#include "core/errors.h"
#include "stages/change.h"
#include "stages/change_registration.h"
#include "stages/change_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace overflight {
namespace {

ShiftField register_missions(const ChangePair& pair) {
    struct Slot {
        ChangePair::Pixels pixels;
        WindowShift shift;
    };
    const Grid& grid = pair.change.grid;
    const double max_shift_px = pair.change.config.max_shift_px;
    const std::vector<Window> windows = registration_windows(grid.width, grid.height);
    const int margin = registration_margin(max_shift_px);
    std::vector<Slot> slots(static_cast<std::size_t>(slots_for(pair.step.execution)));
    std::vector<WindowShift> shifts;
    for_each_in_order(
        static_cast<std::int64_t>(windows.size()), static_cast<int>(slots.size()), pair.step.execution,
        [&](std::int64_t index, int number) {
            Slot& slot = slots[static_cast<std::size_t>(number)];
            const Window& window = windows[static_cast<std::size_t>(index)];
            const Window around = grown(window, margin, grid);
            pair.read(around, around, slot.pixels);
            slot.shift = measure_shift(slot.pixels.before.view, slot.pixels.after.view, window, max_shift_px);
        },
        [&](std::int64_t, int number) {
            shifts.push_back(slots[static_cast<std::size_t>(number)].shift);
            pair.step.progress.advance(pair.megapixels() / static_cast<double>(windows.size()));
        });
    return fit_shift_field(shifts, grid.width, grid.height, max_shift_px);
}

/// From the last tile to the first: what registration has read last is still in the cache.
ChangeModel gather_statistics(const ChangePair& pair, const ShiftField& field) {
    struct Slot {
        ChangePair::Pixels pixels;
        ChangeSample sample;
    };
    std::vector<std::int64_t> tiles = change_sample_tiles(pair.tiling);
    std::reverse(tiles.begin(), tiles.end());
    std::int64_t sampled = 0;
    for (const std::int64_t tile : tiles) sampled += pair.tiling.window(tile).pixels();
    const int step = change_lattice_step(sampled);
    std::vector<Slot> slots(static_cast<std::size_t>(slots_for(pair.step.execution)));
    ChangeSample sample;
    for_each_in_order(
        static_cast<std::int64_t>(tiles.size()), static_cast<int>(slots.size()), pair.step.execution,
        [&](std::int64_t index, int number) {
            auto& [pixels, part] = slots[static_cast<std::size_t>(number)];
            const Window tile = pair.tiling.window(tiles[static_cast<std::size_t>(index)]);
            pair.read(tile, tile, pixels);
            part = pixels.observed ? gather_change_sample(tile, pixels.before.view, pixels.after.view, field, step)
                                   : ChangeSample{};
        },
        [&](std::int64_t, int number) {
            sample.append(slots[static_cast<std::size_t>(number)].sample);
            pair.step.progress.advance(pair.megapixels() / static_cast<double>(tiles.size()));
        });
    return fit_change_model(sample, pair.bands.common);
}

} // namespace

PairModel find_model(ChangePair& pair) {
    if (!pair.step.force)
        if (std::optional<PairModel> stored = stored_model(pair)) return std::move(*stored);
    PairModel made;
    pair.pass("register " + pair.name, pair.megapixels(), [&] { made.field = register_missions(pair); });
    pair.pass("statistics " + pair.name, pair.megapixels(), [&] { made.model = gather_statistics(pair, made.field); });
    std::filesystem::create_directories(pair.work.path());
    write_model(pair.work.model(), made, pair.keys.model());
    pair.keys.set_model(made);
    return made;
}

std::optional<PairModel> stored_model(ChangePair& pair) {
    std::optional<PairModel> stored = read_model(pair.work.model(), pair.keys.model());
    if (stored) pair.keys.set_model(*stored);
    return stored;
}

PairModel need_model(ChangePair& pair) {
    std::optional<PairModel> stored = stored_model(pair);
    if (!stored)
        throw RunError(fmt::format("change {}: there is no registration of these mosaics with these settings in {}; "
                                   "run overflight merge with this config first",
                                   pair.name, pair.work.model().string()));
    return std::move(*stored);
}

} // namespace overflight
