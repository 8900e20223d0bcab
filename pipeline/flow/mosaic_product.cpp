// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_product.h"

#include "core/quality.h"
#include "flow/custody.h"
#include "flow/input_hashes.h"
#include "flow/lattice_chunks.h"
#include "flow/mosaic_tables.h"
#include "flow/stage_timer.h"
#include "flow/survey.h"
#include "io/frame_cache.h"
#include "io/product.h"
#include "stages/compose.h"
#include "stages/ground_resolution.h"
#include "stages/preview.h"

#include <fmt/format.h>

#include <limits>
#include <mutex>
#include <set>

namespace overflight {
namespace {

LayerType layer_type(SampleType type) {
    return type == SampleType::u8 ? LayerType::u8 : type == SampleType::u16 ? LayerType::u16 : LayerType::f32;
}

bool numbers_fit_16_bits(const PlannedMission& mission) {
    return mission.frames.size() <= 0xFFFF; // the last value says no frame
}

std::vector<LayerSpec> mosaic_layers(const PlannedMission& mission) {
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
    flags.flag_masks = {{quality::valid, "valid"},
                        {quality::seam, "seam"},
                        {quality::extrapolated_terrain, "extrapolated_terrain"}};
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
    return {image, source, flags, sampling};
}

struct Slot {
    ComposeScratch scratch;
    ComposedTile tile;
    std::vector<EncodedChunk> image;
    EncodedChunk source, quality;
    std::vector<float> sampling;
    std::vector<std::uint16_t> short_source;
};

/// The product's tiles, in order, by one writer; a tile without data is not written and reads as fill.
void compose_tiles(const Plan& plan, std::size_t mission_number, const FrameBalance& balance, FrameCache& cache,
                   MosaicChunks& chunks, const Execution& execution, ProductWriter& writer, Preview& preview,
                   Progress& progress) {
    const PlannedMission& mission = plan.missions[mission_number];
    const std::vector<LayerSpec> layers = mosaic_layers(mission);
    const LayerSpec &image = layers[0], &quality = layers[2];
    const bool keeps = chunks.wants(mission_number);
    const Composer composer(mission, plan.config.mosaic, cache, balance,
                            plan.config.terrain_of(mission.config).surface_error_m);
    const Tiling tiling(mission.grid);
    const OutputConfig& output = plan.config.output;
    const std::size_t sample = sample_size(mission.type);
    const double units = plan.metres_per_map_unit(mission.grid);
    LatticeChunks sampling(layers.back(), mission.grid);
    std::vector<Slot> slots(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        tiling.count(), slots_for(execution), execution,
        [&](std::int64_t index, int number) {
            Slot& slot = slots[static_cast<std::size_t>(number)];
            slot.image.clear();
            if (mission.tile_frames.at(index).empty()) return; // by far the most tiles of a wide output
            composer.compose(index, slot.scratch, slot.tile);
            if (slot.tile.valid_pixels == 0) return;
            sampling_distances(mission, units, tiling.window(index), slot.tile, slot.sampling);
            for (const auto& band : slot.tile.bands)
                slot.image.push_back(encode_chunk(band, sample, output.compression, output.level));
            const std::vector<std::uint32_t>& source = slot.tile.source_frame;
            if (numbers_fit_16_bits(mission)) {
                slot.short_source.assign(source.begin(), source.end());
                slot.source =
                    encode_chunk(std::as_bytes(std::span(slot.short_source)), 2, output.compression, output.level);
            } else {
                slot.source = encode_chunk(std::as_bytes(std::span(source)), 4, output.compression, output.level);
            }
            slot.quality =
                encode_chunk(std::as_bytes(std::span(slot.tile.quality)), 1, output.compression, output.level);
            if (!keeps) return;
            const std::int64_t row = index / tiling.cols(), col = index % tiling.cols();
            for (int band = 0; band < image.bands; ++band)
                chunks.keep(mission_number, image, band, row, col, slot.tile.bands[static_cast<std::size_t>(band)]);
            chunks.keep(mission_number, quality, 0, row, col, std::as_bytes(std::span(slot.tile.quality)));
        },
        [&](std::int64_t index, int number) {
            Slot& slot = slots[static_cast<std::size_t>(number)];
            const std::int64_t row = index / tiling.cols(), col = index % tiling.cols();
            progress.advance(static_cast<double>(tiling.window(index).pixels()) / 1e6);
            if (slot.image.empty()) return;
            for (std::size_t band = 0; band < slot.image.size(); ++band)
                writer.write_chunk("image", static_cast<int>(band), row, col, slot.image[band]);
            writer.write_chunk("source_frame", 0, row, col, slot.source);
            writer.write_chunk("quality", 0, row, col, slot.quality);
            sampling.add(tiling.window(index), slot.sampling);
            std::vector<const std::byte*> planes;
            for (const auto& band : slot.tile.bands) planes.push_back(band.data());
            planes.resize(planes.size() >= 3 ? 3 : 1);
            preview.add(tiling.window(index), mission.type, planes, slot.tile.quality.data(), slot.tile.chunk_width);
        });
    sampling.write(writer, output.compression, output.level);
}

} // namespace

std::filesystem::path product_path(const Config& config, const std::string& name) {
    return config.output.folder / (name + "." + config.output.extension);
}

void make_mosaic(const Plan& plan, std::size_t mission_number, MosaicChunks& chunks, const Execution& execution,
                 Progress& progress, RunReport& report) {
    const PlannedMission& mission = plan.missions[mission_number];
    const std::filesystem::path path = product_path(plan.config, mission.config.name);
    const double megapixels = static_cast<double>(mission.grid.width) * static_cast<double>(mission.grid.height) / 1e6;
    for (const Gap& gap : mission.gaps)
        report.gaps.push_back({path.filename().string(), "frame " + gap.what, gap.cause});

    report.resolutions.push_back(resolution_summary(mission.config.name, mission.frames, plan.config.resolution));

    ProductWriter writer(path, mission.grid, mosaic_layers(mission), plan.config.output.compression,
                         plan.config.output.level, "Orthorectified mosaic of mission " + mission.config.name);

    std::vector<std::filesystem::path> inputs;
    for (const PlannedFrame& frame : mission.frames) inputs.push_back(frame.header.path);
    inputs.insert(inputs.end(), mission.inputs.begin(), mission.inputs.end());
    StageTimer hashing("hash " + mission.config.name, 0, report);
    progress.begin("hash " + mission.config.name, static_cast<double>(inputs.size()), "files");
    const std::vector<FileHash> hashes = hash_files(inputs, mission.frames.size(), execution, progress);
    progress.end();
    hashing.stop();

    // gaps come in any order of threads; the report has them sorted
    std::mutex mutex;
    std::set<std::pair<std::string, std::string>> damage;
    for (std::size_t i = 0; i < mission.frames.size(); ++i)
        if (!hashes[i].trouble.empty())
            damage.emplace(fmt::format("SHA-256 of frame {}", inputs[i].filename().string()), hashes[i].trouble);
    std::vector<FrameHeader> headers;
    for (const PlannedFrame& frame : mission.frames) headers.push_back(frame.header);
    FrameCache cache(headers, plan.memory.frame_cache, plan.config.run.allow_remote, [&](const FrameCache::Gap& gap) {
        std::scoped_lock lock(mutex);
        damage.emplace(fmt::format("frame {}, columns {} to {}, rows {} to {}",
                                   headers[gap.frame].path.filename().string(), gap.window.col,
                                   gap.window.col + gap.window.width - 1, gap.window.row,
                                   gap.window.row + gap.window.height - 1),
                       gap.cause);
    });

    FrameBalance balance;
    const Balance kind = plan.config.mosaic.balance;
    if (kind != Balance::none && mission.frames.size() > 1) {
        StageTimer surveying("survey " + mission.config.name, 0, report);
        balance = balance_frames(mission, kind, cache, execution, progress);
        surveying.stop();
    }

    Preview preview(mission.grid, mission.layout.bands >= 3 ? 3 : 1);
    StageTimer composing("compose " + mission.config.name, megapixels, report);
    progress.begin("compose " + mission.config.name, megapixels, "Mpx");
    compose_tiles(plan, mission_number, balance, cache, chunks, execution, writer, preview, progress);
    progress.end();

    writer.write_band_names(mission.band_names);
    writer.write_table("frames", frames_table(plan, mission, hashes, balance));
    writer.write_provenance(provenance(plan, mission, hashes));
    publish_product(writer, path, inputs, plan.config.output.quicklooks ? preview.picture(mission.type) : Picture{},
                    report);
    composing.stop();
    for (const auto& [what, cause] : damage) report.gaps.push_back({path.filename().string(), what, cause});
}

} // namespace overflight
