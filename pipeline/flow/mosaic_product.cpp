// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_product.h"

#include "core/quality.h"
#include "core/version.h"
#include "flow/custody.h"
#include "flow/lattice_chunks.h"
#include "flow/stage_timer.h"
#include "io/frame_cache.h"
#include "io/hash.h"
#include "io/product.h"
#include "stages/balance.h"
#include "stages/compose.h"
#include "stages/ground_resolution.h"
#include "stages/preview.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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
    flags.flag_masks = {
        {quality::valid, "valid"}, {quality::seam, "seam"}, {quality::extrapolated_terrain, "extrapolated_terrain"}};
    LayerSpec sampling;
    sampling.name = "ground_sampling_distance";
    sampling.type = LayerType::f32;
    sampling.step = sampling_step;
    sampling.long_name = "estimated ground sampling distance of the frame that a place is from";
    sampling.units = "m";
    sampling.fill = std::numeric_limits<double>::quiet_NaN();
    return {image, source, flags, sampling};
}

/// SHA-256 of files, in their order; empty, with the cause, for one of the first `frames` that cannot be read any more:
/// a frame that is gone is a gap like one that is broken.
struct FileHash {
    std::string sha256, trouble;
};

std::vector<FileHash> hash_files(const std::vector<std::filesystem::path>& files, std::size_t frames,
                                 const Execution& execution, Progress& progress) {
    std::vector<FileHash> hashes(files.size()), in_flight(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        static_cast<std::int64_t>(files.size()), slots_for(execution), execution,
        [&](std::int64_t index, int slot) {
            const auto file = static_cast<std::size_t>(index);
            FileHash& hash = in_flight[static_cast<std::size_t>(slot)];
            try {
                hash = {sha256_of_file(files[file]), ""};
            } catch (const RunError& error) {
                if (file >= frames) throw;
                hash = {"", error.what()};
            }
        },
        [&](std::int64_t index, int slot) {
            hashes[static_cast<std::size_t>(index)] = in_flight[static_cast<std::size_t>(slot)];
            progress.advance(1);
        });
    return hashes;
}

FrameBalance balance_frames(const PlannedMission& mission, Balance kind, FrameCache& cache, const Execution& execution,
                            Progress& progress) {
    const auto windows = survey_windows(mission);
    progress.begin("survey " + mission.config.name, static_cast<double>(windows.size()), "windows");
    Overlaps overlaps;
    std::vector<Overlaps> in_flight(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        static_cast<std::int64_t>(windows.size()), slots_for(execution), execution,
        [&](std::int64_t index, int slot) {
            const auto& [tile, window] = windows[static_cast<std::size_t>(index)];
            in_flight[static_cast<std::size_t>(slot)] = survey_window(mission, cache, tile, window);
        },
        [&](std::int64_t, int slot) {
            merge(in_flight[static_cast<std::size_t>(slot)], overlaps);
            progress.advance(1);
        });
    progress.end();
    return solve_balance(mission, overlaps, kind);
}

double metres_per_map_unit(const Plan& plan, const PlannedMission& mission) {
    return plan.config.output.resolution_m / mission.grid.resolution;
}

std::string outline_text(const Footprint& footprint) {
    std::string text = "POLYGON ((";
    for (const auto& [x, y] : footprint.outline) text += fmt::format("{:.2f} {:.2f}, ", x, y);
    return text + fmt::format("{:.2f} {:.2f}))", footprint.outline.front().first, footprint.outline.front().second);
}

std::vector<TableColumn> frames_table(const PlannedMission& mission, const std::vector<FileHash>& hashes,
                                      const FrameBalance& balance, double to_metres,
                                      const ResolutionConfig& resolution) {
    using Type = TableColumn::Type;
    const auto column = [&](Type type, const char* name, const char* units, const char* description) {
        TableColumn result;
        result.type = type;
        result.name = name;
        result.units = units;
        result.description = description;
        return result;
    };
    TableColumn name = column(Type::text, "name", "", "file name"),
                sha256 = column(Type::text, "sha256", "", "SHA-256 of the file");
    TableColumn footprint = column(Type::text, "footprint", "", "outline on the terrain, WKT in the product's CRS");
    TableColumn gsd = column(Type::real, "sampling_distance", "m", "ground sampling distance at the frame's centre");
    const char* position = "projection centre in the CRS of the poses";
    const char* angle = "camera to world, R = Rx(omega) Ry(phi) Rz(kappa)";
    std::vector<TableColumn> pose = {
        column(Type::real, "x", "", position),      column(Type::real, "y", "", position),
        column(Type::real, "z", "m", position),     column(Type::real, "omega", "degree", angle),
        column(Type::real, "phi", "degree", angle), column(Type::real, "kappa", "degree", angle)};
    std::vector<TableColumn> gains, offsets;
    for (int band = 0; band < mission.layout.bands; ++band) {
        gains.push_back(column(Type::real, fmt::format("gain_{}", band + 1).c_str(), "1", "factor on the samples"));
        offsets.push_back(
            column(Type::real, fmt::format("offset_{}", band + 1).c_str(), "", "added to the samples after the gain"));
    }
    for (std::size_t i = 0; i < mission.frames.size(); ++i) {
        const PlannedFrame& frame = mission.frames[i];
        name.text.push_back(frame.header.path.filename().string());
        sha256.text.push_back(hashes[i].sha256);
        footprint.text.push_back(outline_text(frame.footprint));
        gsd.real.push_back(frame.footprint.sampling_distance * to_metres);
        const double values[] = {frame.pose.x,     frame.pose.y,   frame.pose.z,
                                 frame.pose.omega, frame.pose.phi, frame.pose.kappa};
        for (std::size_t k = 0; k < pose.size(); ++k) pose[k].real.push_back(values[k]);
        for (int band = 0; band < mission.layout.bands; ++band) {
            gains[static_cast<std::size_t>(band)].real.push_back(balance.gain(i, band));
            offsets[static_cast<std::size_t>(band)].real.push_back(balance.offset(i, band));
        }
    }
    std::vector<TableColumn> columns = {name, sha256};
    columns.insert(columns.end(), pose.begin(), pose.end());
    columns.push_back(gsd);
    const auto resolved = resolution_columns(mission.frames, resolution);
    columns.insert(columns.end(), resolved.begin(), resolved.end());
    columns.insert(columns.end(), gains.begin(), gains.end());
    columns.insert(columns.end(), offsets.begin(), offsets.end());
    columns.push_back(footprint);
    return columns;
}

std::string provenance(const Plan& plan, const PlannedMission& mission, const std::vector<FileHash>& hashes) {
    nlohmann::json inputs = nlohmann::json::array();
    for (std::size_t i = 0; i < mission.frames.size(); ++i)
        inputs.push_back({{"kind", "frame"},
                          {"name", mission.frames[i].header.path.filename().string()},
                          {"sha256", hashes[i].sha256}});
    for (std::size_t i = 0; i < mission.inputs.size(); ++i)
        inputs.push_back({{"kind", "geometry"},
                          {"name", mission.inputs[i].filename().string()},
                          {"sha256", hashes[mission.frames.size() + i].sha256}});
    nlohmann::json left_out = nlohmann::json::array();
    for (const Gap& gap : mission.gaps) left_out.push_back({{"name", gap.what}, {"cause", gap.cause}});
    return nlohmann::json{{"program", "overflight"},
                          {"version", version},
                          {"settings", nlohmann::json::parse(content_keys(plan.config, mission.config))},
                          {"inputs", inputs},
                          {"left_out", left_out}}
        .dump();
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
    const Composer composer(mission, plan.config.mosaic, cache, balance);
    const Tiling tiling(mission.grid);
    const OutputConfig& output = plan.config.output;
    const std::size_t sample = sample_size(mission.type);
    const double units = metres_per_map_unit(plan, mission);
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
    writer.write_table(
        "frames", frames_table(mission, hashes, balance, metres_per_map_unit(plan, mission), plan.config.resolution));
    writer.write_provenance(provenance(plan, mission, hashes));
    publish_product(writer, path, inputs, plan.config.output.quicklooks ? preview.picture(mission.type) : Picture{},
                    report);
    composing.stop();
    for (const auto& [what, cause] : damage) report.gaps.push_back({path.filename().string(), what, cause});
}

} // namespace overflight
