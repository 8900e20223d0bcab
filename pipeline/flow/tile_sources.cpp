// SPDX-License-Identifier: Apache-2.0
#include "flow/tile_sources.h"

#include "flow/step_status.h"
#include "flow/tile_key.h"
#include "io/atomic_file.h"
#include "io/shard_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace overflight {
namespace {

namespace fs = std::filesystem;

/// Numbers of what was put aside, ascending.
std::vector<int> left_numbers(const WorkFolder& work) {
    std::vector<int> numbers;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(work.path(), error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("left-") && name.ends_with(".tiles"))
            numbers.push_back(std::atoi(name.c_str() + std::string("left-").size()));
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

void remove_left(const WorkFolder& work, int number) {
    std::error_code ignored;
    for (const char* kind : {"chunks", "tiles"}) fs::remove(work.left(number, kind), ignored);
}

TileStore left_store(const WorkFolder& work, int number) {
    return {work.left(number, "chunks"), work.left(number, "tiles")};
}

/// "2of4".
std::string shard_name(const fs::path& stem) {
    const std::string name = stem.filename().string().substr(std::string(WorkFolder::shard_prefix).size());
    return name.substr(0, name.find('.'));
}

/// Whether every tile of `a` is in `b`, made from the same things.
bool within(const TileStore& a, const TileStore& b) {
    if (a.count() > b.count()) return false;
    const std::vector<std::int64_t> tiles = a.tiles();
    return std::all_of(tiles.begin(), tiles.end(), [&](std::int64_t tile) {
        if (!b.has(tile)) return false;
        const auto mine = a.record(tile), other = b.record(tile);
        return mine && other && mine->key == other->key;
    });
}

} // namespace

TileSources::TileSources(const WorkFolder& work, bool merging, const Execution& execution) {
    look(work, find_shards(work.path(), WorkFolder::shard_prefix), merging, execution);
}

TileSources::TileSources(const WorkFolder& work, const Shard& own, const Execution& execution) {
    std::vector<fs::path> stems = find_shards(work.path(), WorkFolder::shard_prefix);
    const std::string division = own.name().substr(own.name().find("of"));
    std::erase_if(stems, [&](const fs::path& stem) {
        const std::string name = shard_name(stem);
        return name != own.name() && name.ends_with(division);
    });
    look(work, stems, false, execution);
}

void TileSources::look(const WorkFolder& work, const std::vector<fs::path>& stems, bool merging,
                       const Execution& execution) {
    std::vector<std::string> wrong(stems.size());
    const auto published = [&](std::size_t i) { return fs::exists(shard_manifest(stems[i])); };
    for_each_in_order(
        static_cast<std::int64_t>(stems.size()), slots_for(execution), execution,
        [&](std::int64_t index, int) {
            const auto i = static_cast<std::size_t>(index);
            if (published(i)) wrong[i] = check_shard(stems[i]);
        },
        [](std::int64_t, int) {});
    const auto add = [&](TileStore store, bool whole, bool trusted) {
        std::set<std::string> damaged;
        for (const JournalGap& gap : store.gaps()) damaged.insert(gap.input);
        // a shard that something is missing in is one to take whole tiles from, not one to be content with
        const bool lasting = whole && (trusted || damaged.empty() || store.data() == work.product());
        stores_.push_back({std::move(store), lasting, trusted, std::move(damaged)});
    };
    for (std::size_t i = 0; i < stems.size(); ++i) {
        if (!wrong[i].empty()) {
            broken_.push_back(wrong[i]);
        } else if (published(i)) {
            add({shard_chunks(stems[i], true), shard_tiles(stems[i], true)}, true, merging);
            shards_.push_back(shard_name(stems[i]));
        } else if (!merging) {
            add({shard_chunks(stems[i], false), shard_tiles(stems[i], false)}, false, false);
        }
    }
    for (const int number : left_numbers(work)) add(left_store(work, number), false, false);
    add({work.product(), work.tiles(true)}, true, merging);
}

bool TileSources::Store::lacks(const std::vector<std::string>& inputs) const {
    return !damaged.empty() &&
           std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) { return damaged.contains(input); });
}

std::optional<TileRecord> TileSources::find(const Store& store, std::int64_t tile, const TileKey& key,
                                            const std::vector<std::string>& inputs) const {
    if (!store.tiles.has(tile)) return std::nullopt;
    if (!store.trusted && store.lacks(inputs)) return std::nullopt;
    std::optional<TileRecord> found = store.tiles.record(tile);
    return found && found->key == key ? std::move(found) : std::nullopt;
}

bool TileSources::take(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs,
                       TileRecord& record, std::vector<EncodedChunk>& chunks, std::vector<JournalGap>& gaps) const {
    gaps.clear();
    for (const bool lacking : {false, true}) {
        for (const Store& store : stores_) {
            if (store.lacks(inputs) != lacking) continue;
            std::optional<TileRecord> found = find(store, tile, key, inputs);
            if (!found || !store.tiles.load(*found, chunks)) continue;
            record = std::move(*found);
            std::ranges::copy_if(store.tiles.gaps(), std::back_inserter(gaps), [&](const JournalGap& gap) {
                return std::ranges::find(inputs, gap.input) != inputs.end();
            });
            return true;
        }
    }
    return false;
}

bool TileSources::has(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs) const {
    return std::any_of(stores_.begin(), stores_.end(),
                       [&](const Store& store) { return store.published && find(store, tile, key, inputs); });
}

bool TileSources::finished(std::int64_t tile, const TileKey& key, const std::vector<std::string>& inputs) const {
    return std::any_of(stores_.begin(), stores_.end(),
                       [&](const Store& store) { return find(store, tile, key, inputs).has_value(); });
}

std::string TileSources::why_anew(std::int64_t tile, const TileKey& key, const std::vector<std::string>& parts) const {
    for (const Store& store : stores_) {
        if (!store.tiles.has(tile)) continue;
        const auto found = store.tiles.record(tile);
        if (!found) continue;
        const std::string difference = first_difference(key, found->key, parts);
        return difference.empty() ? "damage" : difference;
    }
    return "";
}

void put_aside(const WorkFolder& work) {
    const fs::path partial = temporary_name(work.product());
    std::vector<int> numbers = left_numbers(work);
    if (fs::exists(work.tiles(false))) {
        const int number = numbers.empty() ? 1 : numbers.back() + 1;
        if (fs::exists(partial))
            fs::rename(partial, work.left(number, "chunks"));
        else if (!fs::exists(work.left(number, "chunks")) && fs::exists(work.product()))
            // killed between the two renames of its end: a whole product and the list under its first name
            return fs::rename(work.tiles(false), work.tiles(true));
        fs::rename(work.tiles(false), work.left(number, "tiles"));
        numbers.push_back(number);
    }
    for (std::size_t i = 0; i < numbers.size();) {
        const TileStore mine = left_store(work, numbers[i]);
        const bool spare = std::any_of(numbers.begin(), numbers.end(), [&](int other) {
            return other != numbers[i] && within(mine, left_store(work, other));
        });
        if (!spare && mine.count() > 0) {
            ++i;
            continue;
        }
        remove_left(work, numbers[i]);
        numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void remove_leftovers(const WorkFolder& work, const Shard& shard, const fs::path& own, bool all) {
    std::vector<fs::path> others = find_shards(work.path(), WorkFolder::shard_prefix + shard.name() + ".");
    std::erase(others, own);
    if (others.empty()) return;
    const std::vector<StepStatus> statuses = read_statuses(work.output());
    const auto being_made = [&](const fs::path& stem) { // by a process that a scheduler took for dead, say
        if (fs::exists(shard_manifest(stem))) return false;
        if (is_being_written(stem)) return true;
        return std::any_of(statuses.begin(), statuses.end(), [&](const StepStatus& status) { // on another machine
            const std::string by = fmt::format(".{}-{}-", status.host, status.process);
            return stem.filename().string().find(by) != std::string::npos && seems_alive(status);
        });
    };
    for (const fs::path& stem : others) {
        if (being_made(stem)) continue;
        if (all || !fs::exists(shard_manifest(stem)) || !check_shard(stem).empty() ||
            !TileStore(shard_chunks(stem, true), shard_tiles(stem, true)).gaps().empty())
            remove_shard(stem);
    }
}

void clean_up(const WorkFolder& work) {
    for (const int number : left_numbers(work)) remove_left(work, number);
    for (const fs::path& stem : find_shards(work.path(), WorkFolder::shard_prefix)) remove_shard(stem);
}

} // namespace overflight
