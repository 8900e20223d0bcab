// SPDX-License-Identifier: Apache-2.0
#include "flow/change_keys.h"

#include "core/version.h"
#include "flow/pair_views.h"
#include "flow/product_state.h"
#include "flow/tile_sources.h"
#include "stages/alike_views.h"
#include "stages/bands.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace overflight {
namespace {

/// Settings that decisions on scores depend on, and scores do not.
constexpr const char* decision_settings[] = {"false_discovery", "minimum_area_px"};

/// Of the scores.
ShortDigest settings_of(const Plan& plan, const PlannedChange& change) {
    auto settings = nlohmann::json::parse(content_keys(plan.config, change.config)).at("change");
    for (const char* name : decision_settings) settings.erase(name);
    const Grid& grid = change.grid;
    const BandPairing bands = paired_bands(plan, change);
    return KeyHash()
        .add(score_version)
        .add(std::string(version))
        .add(settings.dump())
        .add(grid.crs_wkt)
        .add(std::vector<double>{grid.west, grid.north, grid.resolution})
        .add(bands.before)
        .add(bands.after)
        .add(bands.common)
        .add(std::vector<std::int64_t>{grid.width, grid.height, static_cast<int>(plan.config.output.compression),
                                       plan.config.output.level})
        .finish();
}

} // namespace

const std::vector<std::string>& ChangeKeys::score_parts() {
    static const std::vector<std::string> names = {"settings", "registration and statistics", "mosaics", "frames"};
    return names;
}

ChangeKeys::Mosaic::Mosaic(const ProductFiles& files, const PlannedMission& mission, const Grid& pair)
    : contents(static_cast<std::size_t>(Tiling(mission.grid).count())), origins(contents.size()), grid(mission.grid),
      col(std::llround((pair.west - grid.west) / pair.resolution)),
      row(std::llround((grid.north - pair.north) / pair.resolution)) {
    const TileStore store(files.product, files.tiles);
    for (const std::int64_t tile : store.tiles()) {
        const auto record = store.record(tile);
        if (!record || record->chunks.empty() || tile >= static_cast<std::int64_t>(contents.size())) continue;
        KeyHash content, origin;
        for (const StoredChunk& chunk : record->chunks) content.add(chunk.samples);
        for (const ShortDigest& part : record->key) origin.add(part);
        contents[static_cast<std::size_t>(tile)] = content.finish();
        origins[static_cast<std::size_t>(tile)] = origin.finish();
    }
}

void ChangeKeys::Mosaic::add(const std::vector<ShortDigest>& digests, const Window& window, KeyHash& hash) const {
    const Tiling tiling(grid);
    const std::int64_t first_col = (window.col + col) / Tiling::size, first_row = (window.row + row) / Tiling::size;
    for (std::int64_t r = first_row; r * Tiling::size < window.row + row + window.height; ++r)
        for (std::int64_t c = first_col; c * Tiling::size < window.col + col + window.width; ++c)
            hash.add(digests[static_cast<std::size_t>(r * tiling.cols() + c)]);
}

ChangeKeys::ChangeKeys(const Plan& plan, const PlannedChange& change, const ProductFiles& before,
                       const ProductFiles& after)
    : plan_(plan), change_(change), settings_(settings_of(plan, change)),
      before_(before, plan.missions[change.before], change.grid),
      after_(after, plan.missions[change.after], change.grid) {}

ShortDigest ChangeKeys::model() const {
    return KeyHash().add(settings_).add(before_.contents).add(after_.contents).finish();
}

void ChangeKeys::set_model(const PairModel& model) {
    model_ = KeyHash().add(model_bytes(model)).finish();
}

TileKey ChangeKeys::score(std::int64_t tile) const {
    KeyHash mosaics, frames;
    const Window window = Tiling(change_.grid).window(tile),
                 around = grown(window, PairViewsFinder::halo, change_.grid);
    before_.add(before_.contents, around, mosaics);
    after_.add(after_.contents, around, mosaics);
    if (has_second_look(plan_, change_)) {
        before_.add(before_.origins, window, frames);
        after_.add(after_.origins, window, frames);
    }
    return {settings_, model_, mosaics.finish(), frames.finish()};
}

std::string ChangeKeys::product(const std::string& sha256_before, const std::string& sha256_after) const {
    KeyHash hash;
    hash.add(change_version).add(content_keys(plan_.config, change_.config)).add(sha256_before).add(sha256_after);
    for (std::int64_t tile = 0; tile < Tiling(change_.grid).count(); ++tile)
        for (const ShortDigest& part : score(tile)) hash.add(part);
    return hex_of(hash.finish());
}

} // namespace overflight
