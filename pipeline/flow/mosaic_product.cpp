// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_product.h"

#include "core/byte_stream.h"
#include "core/errors.h"
#include "core/quality.h"
#include "core/workspaces.h"
#include "flow/lattice_chunks.h"
#include "flow/mosaic_tables.h"
#include "flow/product_state.h"
#include "flow/stage_timer.h"
#include "flow/tile_key.h"
#include "flow/tile_sources.h"
#include "flow/tile_target.h"
#include "io/product.h"
#include "stages/compose.h"
#include "stages/ground_resolution.h"
#include "stages/preview.h"
#include "stages/seam_areas.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace overflight {
namespace {

LayerType layer_type(SampleType type) {
    return type == SampleType::u8 ? LayerType::u8 : type == SampleType::u16 ? LayerType::u16 : LayerType::f32;
}

bool numbers_fit_16_bits(const PlannedMission& mission) {
    return mission.frames.size() <= 0xFFFF; // the last value says no frame
}

/// Those that tiles have chunks of come in the order of a tile's chunks.
std::vector<LayerSpec> mosaic_layers(const PlannedMission& mission, const MosaicConfig& config) {
    LayerSpec image;
    image.name = "image";
    image.type = layer_type(mission.type);
    image.bands = mission.layout.bands;
    image.long_name = "orthorectified mosaic";
    image.units = "1";
    image.fill = mission.type == SampleType::f32 ? std::numeric_limits<double>::quiet_NaN() : 0.0;
    LayerSpec source;
    source.name = "source_frame";
    source.type = numbers_fit_16_bits(mission) ? LayerType::u16 : LayerType::u32;
    source.long_name = "frame that a pixel is from, or mostly from where frames are blended: row of the table frames";
    source.fill = numbers_fit_16_bits(mission) ? 0xFFFF : quality::no_frame;
    LayerSpec flags;
    flags.name = "quality";
    flags.type = LayerType::u8;
    flags.long_name = "quality flags of the mosaic";
    flags.flag_masks = {
        {quality::valid, "valid"}, {quality::seam, "seam"}, {quality::extrapolated_terrain, "extrapolated_terrain"}};
    if (mission.surface) {
        flags.flag_masks.emplace_back(quality::occluded, "occluded");
        flags.flag_masks.emplace_back(quality::uncertain, "uncertain");
        flags.flag_masks.emplace_back(quality::shadow, "shadow");
    }
    LayerSpec sampling;
    sampling.name = "ground_sampling_distance";
    sampling.type = LayerType::f32;
    sampling.step = sampling_step;
    sampling.long_name = "estimated ground sampling distance of the frame that a place is from";
    sampling.units = "m";
    sampling.fill = std::numeric_limits<double>::quiet_NaN();
    std::vector<LayerSpec> layers = {image, source, flags};
    if (config.analysis_layer) {
        image.name = hard_seams_layer;
        image.long_name = "orthorectified mosaic, every pixel of the frame source_frame alone";
        layers.push_back(image);
    }
    layers.push_back(sampling);
    return layers;
}

/// What a tile gives beside its chunks.
struct TileNotes {
    std::vector<float> sampling;
    std::vector<std::byte> preview;

    std::vector<std::byte> bytes() const {
        ByteWriter out;
        out.add(sampling);
        out.add(preview);
        return out.take();
    }
    static TileNotes from(std::span<const std::byte> bytes) {
        TileNotes notes;
        ByteReader in(bytes);
        in.take(notes.sampling);
        in.take(notes.preview);
        return notes;
    }
};

struct Slot {
    ComposedTile tile;
    std::vector<std::uint16_t> short_source;
    TileRecord record;
    TileNotes notes;
    std::vector<EncodedChunk> chunks;
    std::vector<JournalGap> gaps; ///< of a tile that was taken
    bool reused = false;
    std::string reason; ///< why a tile that was there is made anew
};

/// Makes the tiles of a mosaic or takes them from where they are finished, and hands them on in order.
class MosaicTiles {
public:
    MosaicTiles(const Step& step, std::size_t number, const Survey& survey, MissionFrames& frames,
                const TileSources& sources, MosaicChunks* kept)
        : step_(step), number_(number), mission_(step.plan.missions[number]), survey_(survey), frames_(frames),
          sources_(sources), kept_(kept != nullptr && kept->wants(number) ? kept : nullptr), tiling_(mission_.grid),
          layers_(mosaic_layers(mission_, step.plan.config.mosaic)), keys_(step.plan, mission_, survey),
          composer_(mission_, step.plan.config.mosaic, frames.cache(), survey.balance, survey.seams,
                    step.plan.config.terrain_of(mission_.config).surface_error_m),
          preview_(make_preview(mission_)), last_tiles_(mission_.frames.size()) {
        for (std::int64_t tile = 0; tile < tiling_.count(); ++tile)
            for (const std::size_t frame : mission_.tile_frames.at(tile)) last_tiles_[frame] = tile;
    }

    static Preview make_preview(const PlannedMission& mission) {
        return {mission.grid, mission.layout.bands >= 3 ? 3 : 1};
    }

    /// Tiles that some frame may touch; the others hold nothing.
    std::vector<std::int64_t> touched() const {
        std::vector<std::int64_t> tiles;
        for (std::int64_t tile = 0; tile < tiling_.count(); ++tile)
            if (!mission_.tile_frames.at(tile).empty()) tiles.push_back(tile);
        return tiles;
    }

    const MosaicKeys& keys() const { return keys_; }

    /// What is missing in tiles that were taken so far.
    const std::set<JournalGap>& taken_gaps() const { return taken_gaps_; }

    std::vector<std::string> inputs_of(std::int64_t tile) const {
        std::vector<std::string> inputs;
        for (const std::size_t frame : mission_.tile_frames.at(tile)) inputs.push_back(survey_.hashes[frame].sha256);
        return inputs;
    }

    /// `skip(tile, key)`: it needs nothing done. `taken(tile, notes)` sees every other, in order.
    template <typename Skip, typename Taken>
    void carry_out(std::span<const std::int64_t> tiles, TileTarget& target, const Skip& skip, const Taken& taken,
                   RunReport::Tiles& counts) {
        std::vector<Slot> slots(static_cast<std::size_t>(slots_for(step_.execution)));
        const Workspaces<ComposeScratch> scratches;
        std::map<std::string, std::int64_t> reasons;
        std::size_t known_damage = 0;
        for_each_in_order(
            static_cast<std::int64_t>(tiles.size()), slots_for(step_.execution), step_.execution,
            [&](std::int64_t index, int number) {
                make(tiles[static_cast<std::size_t>(index)], slots[static_cast<std::size_t>(number)], scratches, skip);
            },
            [&](std::int64_t index, int number) {
                Slot& slot = slots[static_cast<std::size_t>(number)];
                const std::int64_t tile = tiles[static_cast<std::size_t>(index)];
                ++(slot.reused ? counts.reused : counts.computed);
                if (!slot.reason.empty()) ++reasons[slot.reason];
                step_.progress.advance(static_cast<double>(tiling_.window(tile).pixels()) / 1e6);
                release_frames(tile);
                note_damage(target, known_damage);
                for (const JournalGap& gap : slot.gaps) // the next to take from here has to know
                    if (taken_gaps_.insert(gap).second) target.write(gap);
                if (slot.record.tile < 0) return;
                target.write(slot.record, places(tile, slot.chunks.size()), slot.chunks);
                if (!slot.chunks.empty()) taken(tile, slot.notes);
            });
        counts.reasons.assign(reasons.begin(), reasons.end());
    }

private:
    template <typename Skip>
    void make(std::int64_t tile, Slot& slot, const Workspaces<ComposeScratch>& scratches, const Skip& skip) const {
        const TileKey key = keys_.of(tile);
        slot.chunks.clear();
        slot.gaps.clear();
        slot.reason.clear();
        slot.reused = true;
        slot.record.tile = -1;
        if (skip(tile, key)) return;
        if (sources_.take(tile, key, inputs_of(tile), slot.record, slot.chunks, slot.gaps)) {
            slot.notes = TileNotes::from(slot.record.notes);
            return;
        }
        slot.reused = false;
        slot.reason = sources_.why_anew(tile, key, MosaicKeys::parts());
        slot.record = {tile, key, {}, {}};
        composer_.compose(tile, *scratches.take(), slot.tile);
        if (slot.tile.valid_pixels == 0) return;
        encode(tile, slot);
        slot.record.notes = slot.notes.bytes();
        if (kept_ != nullptr) keep(tile, slot);
    }

    void encode(std::int64_t tile, Slot& slot) const {
        const OutputConfig& output = step_.plan.config.output;
        const auto add = [&](std::span<const std::byte> samples, std::size_t sample_bytes) {
            slot.chunks.push_back(encode_chunk(samples, sample_bytes, output.compression, output.level));
        };
        for (const auto& band : slot.tile.bands) add(band, sample_size(mission_.type));
        const std::vector<std::uint32_t>& source = slot.tile.source_frame;
        if (numbers_fit_16_bits(mission_)) slot.short_source.assign(source.begin(), source.end());
        add(stored_source(slot), numbers_fit_16_bits(mission_) ? 2 : 4);
        add(std::as_bytes(std::span(slot.tile.quality)), 1);
        if (analysis_layer()) {
            for (std::size_t band = 0; band < slot.tile.bands.size(); ++band) {
                if (slot.tile.hard_bands.empty()) // no seam: the same chunk once more
                    slot.chunks.emplace_back(slot.chunks[band]);
                else
                    add(slot.tile.hard_bands[band], sample_size(mission_.type));
            }
        }
        const Window window = tiling_.window(tile);
        sampling_distances(mission_, window, slot.tile, slot.notes.sampling);
        std::vector<const std::byte*> planes;
        for (const auto& band : slot.tile.bands) planes.push_back(band.data());
        planes.resize(planes.size() >= 3 ? 3 : 1);
        slot.notes.preview =
            preview_.pick(window, mission_.type, planes, slot.tile.quality.data(), slot.tile.chunk_width);
    }

    /// The frame numbers of an encoded tile, as its layer holds them.
    std::span<const std::byte> stored_source(const Slot& slot) const {
        return numbers_fit_16_bits(mission_) ? std::as_bytes(std::span(slot.short_source))
                                             : std::as_bytes(std::span(slot.tile.source_frame));
    }

    void keep(std::int64_t tile, const Slot& slot) const {
        const ComposedTile& composed = slot.tile;
        const std::int64_t row = tile / tiling_.cols(), col = tile % tiling_.cols();
        const LayerSpec& image = layers_[analysis_layer() ? 3 : 0];
        const auto& bands = composed.hard_bands.empty() ? composed.bands : composed.hard_bands;
        for (int band = 0; band < image.bands; ++band)
            kept_->keep(number_, image, band, row, col, bands[static_cast<std::size_t>(band)]);
        kept_->keep(number_, layers_[1], 0, row, col, stored_source(slot));
        kept_->keep(number_, layers_[2], 0, row, col, std::as_bytes(std::span(composed.quality)));
    }

    /// In the order of encode().
    std::vector<ChunkPlace> places(std::int64_t tile, std::size_t count) const {
        std::vector<ChunkPlace> out;
        const std::int64_t row = tile / tiling_.cols(), col = tile % tiling_.cols();
        for (std::size_t layer = 0; layer < layers_.size() && out.size() < count; ++layer)
            for (int band = 0; band < layers_[layer].bands && out.size() < count; ++band)
                out.push_back({layers_[layer].name, band, row, col});
        return out;
    }

    /// Those that no later tile needs: what follows takes their memory, not more of it.
    void release_frames(std::int64_t tile) const {
        for (const std::size_t frame : mission_.tile_frames.at(tile))
            if (last_tiles_[frame] == tile) frames_.cache().release(frame);
    }

    bool analysis_layer() const { return step_.plan.config.mosaic.analysis_layer; }

    /// Before the tile that it shows in.
    void note_damage(TileTarget& target, std::size_t& known) const {
        const auto damage = frames_.damage();
        if (damage.size() == known) return;
        for (const auto& [what, cause, frame] : damage) target.write({what, cause, survey_.hashes[frame].sha256});
        known = damage.size();
    }

    const Step& step_;
    const std::size_t number_;
    const PlannedMission& mission_;
    const Survey& survey_;
    MissionFrames& frames_;
    const TileSources& sources_;
    MosaicChunks* const kept_;
    const Tiling tiling_;
    const std::vector<LayerSpec> layers_;
    const MosaicKeys keys_;
    const Composer composer_;
    const Preview preview_;                ///< for its geometry
    std::vector<std::int64_t> last_tiles_; ///< that a frame may touch
    std::set<JournalGap> taken_gaps_;
};

double megapixels(const PlannedMission& mission, std::span<const std::int64_t> tiles) {
    const Tiling tiling(mission.grid);
    return std::accumulate(tiles.begin(), tiles.end(), 0.0, [&](double sum, std::int64_t tile) {
        return sum + static_cast<double>(tiling.window(tile).pixels()) / 1e6;
    });
}

/// What the product says beside its tiles.
struct Texts {
    std::vector<TableColumn> frames;
    std::string provenance;
};

std::string key_of(const MosaicTiles& tiles, std::span<const std::int64_t> touched, const Texts& texts) {
    KeyHash hash;
    hash.add(texts.provenance);
    for (const TableColumn& column : texts.frames) {
        hash.add(column.name).add(column.real.size());
        for (const double value : column.real) hash.add(value);
        for (const std::string& value : column.text) hash.add(value);
        for (const std::int64_t value : column.integer) hash.add(value);
    }
    for (const std::int64_t tile : touched) {
        hash.add(tile);
        for (const ShortDigest& part : tiles.keys().of(tile)) hash.add(part);
    }
    return hex_of(hash.finish());
}

/// Says what a merge lacks.
void refuse_missing(const std::string& name, const std::vector<std::int64_t>& missing, const TileSources& sources) {
    if (missing.empty()) return;
    std::string text = fmt::format("mission {}: {} tiles are in no shard (the first is tile {})", name, missing.size(),
                                   missing.front());
    for (const std::string& broken : sources.broken()) text += "; " + broken;
    if (!sources.shards().empty()) text += fmt::format("; whole are the shards {}", fmt::join(sources.shards(), ", "));
    throw RunError(text +
                   fmt::format("; run overflight compose with the --shard that is missing and --mission {}", name));
}

void compose_shard(const Step& step, std::size_t number, const Survey& survey, MissionFrames& frames,
                   const Shard& shard, RunReport::Tiles& counts) {
    const PlannedMission& mission = step.plan.missions[number];
    const WorkFolder work(step.plan.config, mission.config.name);
    const TileSources sources = step.force ? TileSources() : TileSources(work, shard, step.execution);
    MosaicTiles tiles(step, number, survey, frames, sources, nullptr);
    const std::vector<std::int64_t> touched = tiles.touched();
    const auto [first, end] = shard.range(touched.size());
    const std::span<const std::int64_t> own(touched.data() + first, end - first);

    const std::string what = fmt::format("compose {} {}/{}", mission.config.name, shard.number, shard.count);
    StageTimer composing(what, megapixels(mission, own), step.report);
    step.progress.begin(what, megapixels(mission, own), "Mpx");
    ShardWriter writer(work.shard(shard, process_name()), step.plan.config.run.checkpoint_s);
    ShardTarget target(writer);
    tiles.carry_out(
        own, target,
        [&](std::int64_t tile, const TileKey& key) { return sources.has(tile, key, tiles.inputs_of(tile)); },
        [](std::int64_t, const TileNotes&) {}, counts);
    step.progress.end();
    finish_shard(work, shard, writer, target, step.force);
    composing.stop();
}

} // namespace

void compose_shards(const Step& step, std::size_t number, const ShardRange& shards) {
    const PlannedMission& mission = step.plan.missions[number];
    const WorkFolder work(step.plan.config, mission.config.name);
    const Survey survey = stored_survey(step.plan, number);
    MissionFrames frames(step.plan, number);
    RunReport::Tiles counts{work.product().filename().string(), "mosaic", 0, 0, {}};
    for (int part = shards.first; part <= shards.last; ++part)
        compose_shard(step, number, survey, frames, {part, shards.count}, counts);
    step.report.tiles.push_back(counts);
    for (const auto& [found, cause, frame] : frames.damage())
        step.report.gaps.push_back({work.product().filename().string(), found, cause});
}

MosaicOutlook mosaic_outlook(const Step& step, std::size_t number) {
    const PlannedMission& mission = step.plan.missions[number];
    MosaicOutlook outlook;
    const Survey survey = expected_survey(step, number, outlook.balance_known);
    const TileSources sources(WorkFolder(step.plan.config, mission.config.name), false, step.execution);
    const MosaicKeys keys(step.plan, mission, survey);
    for (std::int64_t tile = 0; tile < Tiling(mission.grid).count(); ++tile) {
        if (mission.tile_frames.at(tile).empty()) continue;
        ++outlook.tiles;
        std::vector<std::string> inputs;
        for (const std::size_t frame : mission.tile_frames.at(tile)) inputs.push_back(survey.hashes[frame].sha256);
        const TileKey key = keys.of(tile);
        if (sources.finished(tile, key, inputs)) continue;
        ++outlook.to_make;
        const std::string reason = sources.why_anew(tile, key, MosaicKeys::parts());
        ++outlook.reasons[reason.empty() ? "not there yet" : reason];
    }
    return outlook;
}

std::string MosaicOutlook::sentence() const {
    std::string text =
        to_make == 0 ? fmt::format("{} tiles are there", tiles) : fmt::format("{} of {} tiles to make", to_make, tiles);
    for (const auto& [reason, count] : reasons) text += fmt::format(", {} for {}", count, reason);
    return text + (balance_known ? "" : "; more where the balance comes out another");
}

void make_mosaic(const Step& step, std::size_t number, const Survey& survey, MissionFrames& frames, Gathering gathering,
                 MosaicChunks* chunks) {
    const Plan& plan = step.plan;
    RunReport& report = step.report;
    const PlannedMission& mission = plan.missions[number];
    const WorkFolder work(plan.config, mission.config.name);
    const std::filesystem::path path = work.product();
    const std::string file_name = path.filename().string();
    step.publications.settle(); // before this product's turn in the report
    for (const Gap& gap : mission.gaps) report.gaps.push_back({file_name, "frame " + gap.what, gap.cause});
    report.resolutions.push_back(resolution_summary(mission.config.name, mission.frames, plan.config.resolution));

    put_aside(work);
    const bool merging = gathering == Gathering::merge;
    const TileSources sources = step.force && !merging ? TileSources() : TileSources(work, merging, step.execution);
    MosaicTiles tiles(step, number, survey, frames, sources, chunks);
    const std::vector<std::int64_t> touched = tiles.touched();
    const Texts texts{frames_table(plan, mission, survey.hashes, survey.balance),
                      provenance(plan, mission, survey.hashes)};
    const std::string key = key_of(tiles, touched, texts);
    RunReport::Tiles counts{file_name, "mosaic", 0, 0, {}};
    const SideFiles beside = side_files(ProductKind::mosaic, path, plan.config.output);
    if (!step.force && survey.damage.empty() && keep_product(work, key, beside, report)) {
        counts.reused = static_cast<std::int64_t>(touched.size());
        report.tiles.push_back(counts);
        return clean_up(work);
    }
    for (const std::string& broken : sources.broken())
        if (!merging)
            report.warnings.push_back(
                fmt::format("mission {}: {}; its tiles are made anew", mission.config.name, broken));
    if (merging) {
        std::vector<std::int64_t> missing;
        for (const std::int64_t tile : touched)
            if (!sources.has(tile, tiles.keys().of(tile), tiles.inputs_of(tile))) missing.push_back(tile);
        refuse_missing(mission.config.name, missing, sources);
    }

    const std::string what = (merging ? "merge " : "compose ") + mission.config.name;
    ProductWriter writer(path, mission.grid, mosaic_layers(mission, plan.config.mosaic), plan.config.output.compression,
                         plan.config.output.level, "Orthorectified mosaic of mission " + mission.config.name);
    ProductTarget target(writer, work, plan.config.run.checkpoint_s);
    Preview preview = MosaicTiles::make_preview(mission);
    LatticeChunks sampling(mosaic_layers(mission, plan.config.mosaic).back(), mission.grid);
    const Tiling tiling(mission.grid);
    StageTimer composing(what, megapixels(mission, touched), report);
    step.progress.begin(what, megapixels(mission, touched), "Mpx");
    bool empty = true;
    tiles.carry_out(
        touched, target, [](std::int64_t, const TileKey&) { return false; },
        [&](std::int64_t tile, const TileNotes& notes) {
            empty = false;
            sampling.add(tiling.window(tile), notes.sampling);
            preview.place(tiling.window(tile), mission.type, notes.preview);
        },
        counts);
    step.progress.end();
    sampling.write(writer, plan.config.output.compression, plan.config.output.level);

    writer.write_band_names(mission.band_names);
    writer.write_table("frames", texts.frames);
    writer.write_table("seams", seams_table(mission, survey.seams, plan.config.output.resolution_m));
    writer.write_provenance(texts.provenance);
    std::vector<std::filesystem::path> inputs;
    for (const PlannedFrame& frame : mission.frames) inputs.push_back(frame.header.path);
    inputs.insert(inputs.end(), mission.inputs.begin(), mission.inputs.end());
    target.settle();
    FinishedFile file = writer.finish();
    composing.stop();

    if (empty)
        report.gaps.push_back({file_name, "every pixel",
                               "no frame shows any of the ground; are the sizes of the cameras' sensors, the poses and "
                               "the heights in the units that they should be in?"});
    // gaps come in any order of threads; the report has them sorted
    std::set<std::pair<std::string, std::string>> damage(survey.damage.begin(), survey.damage.end());
    for (const auto& [found, cause, frame] : frames.damage()) damage.emplace(found, cause);
    for (const JournalGap& gap : tiles.taken_gaps()) damage.emplace(gap.what, gap.cause);
    for (const auto& [found, cause] : damage) report.gaps.push_back({file_name, found, cause});
    report.tiles.push_back(counts);
    FinishedProduct product{work, std::move(file), std::move(inputs), {}, beside.vectors, {}, ProductKind::mosaic};
    if (damage.empty()) product.key = key;
    if (beside.quicklook) product.quicklook = preview.picture(mission.type);
    step.publications.begin(std::move(product));
}

} // namespace overflight
