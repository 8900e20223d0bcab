// SPDX-License-Identifier: Apache-2.0
#include "flow/mosaic_tables.h"

#include "core/utc_time.h"
#include "core/version.h"
#include "stages/frame_names.h"
#include "stages/ground_resolution.h"
#include "stages/sunlight.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace overflight {
namespace {

std::string outline_text(const Footprint& footprint) {
    std::string text = "POLYGON ((";
    for (const auto& [x, y] : footprint.outline) text += fmt::format("{:.2f} {:.2f}, ", x, y);
    return text + fmt::format("{:.2f} {:.2f}))", footprint.outline.front().first, footprint.outline.front().second);
}

/// Vignetting and slope, by which every sample is multiplied after gain and offset (see FrameBalance).
std::vector<TableColumn> falloff_columns(const PlannedMission& mission, const FrameBalance& balance) {
    std::vector<TableColumn> columns;
    for (int band = 0; band < mission.layout.bands; ++band) {
        const char* const terms[] = {"a2", "a4", "a6", "slope_east", "slope_north"};
        for (std::size_t term = 0; term < 5; ++term) {
            TableColumn column{TableColumn::Type::real, fmt::format("{}_{}", terms[term], band + 1), "1",
                               "samples are divided by 1 + a2 r2 + a4 r4 + a6 r6, r being 1 in the frame's corners"};
            if (term >= 3)
                column.description = "samples are multiplied by exp(slope * distance from the middle of the footprint)";
            for (const PlannedFrame& frame : mission.frames) {
                const auto a = balance.vignetting(static_cast<std::size_t>(frame.camera_number), band);
                const auto slope = balance.slope(band);
                column.real.push_back(static_cast<double>(term < 3 ? a[term] : term == 3 ? slope.east : slope.north));
            }
            columns.push_back(std::move(column));
        }
    }
    return columns;
}

} // namespace

std::vector<TableColumn> frames_table(const Plan& plan, const PlannedMission& mission,
                                      const std::vector<FileHash>& hashes, const FrameBalance& balance) {
    using Type = TableColumn::Type;
    TableColumn name{Type::text, "name", "", "file name"}, sha256{Type::text, "sha256", "", "SHA-256 of the file"};
    TableColumn captured{Type::text, "captured", "", "when it was taken, UTC"};
    TableColumn footprint{Type::text, "footprint", "", "outline on the terrain, WKT in the product's CRS"};
    TableColumn gsd{Type::real, "sampling_distance", "m", "ground sampling distance at the frame's centre"};
    const char* position = "projection centre in the CRS of the poses";
    const char* angle = "camera to world, R = Rx(omega) Ry(phi) Rz(kappa)";
    std::vector<TableColumn> pose = {{Type::real, "x", "", position},      {Type::real, "y", "", position},
                                     {Type::real, "z", "m", position},     {Type::real, "omega", "degree", angle},
                                     {Type::real, "phi", "degree", angle}, {Type::real, "kappa", "degree", angle}};
    std::vector<TableColumn> gains, offsets;
    for (int band = 0; band < mission.layout.bands; ++band) {
        gains.push_back({Type::real, fmt::format("gain_{}", band + 1), "1", "factor on the samples"});
        offsets.push_back({Type::real, fmt::format("offset_{}", band + 1), "", "added to the samples after the gain"});
    }
    std::vector<TableColumn> falloff;
    for (std::size_t camera = 0; camera < balance.cameras() && falloff.empty(); ++camera)
        if (balance.has_falloff(camera)) falloff = falloff_columns(mission, balance);
    name.text = frame_names(mission);
    for (std::size_t i = 0; i < mission.frames.size(); ++i) {
        const PlannedFrame& frame = mission.frames[i];
        sha256.text.push_back(hashes[i].sha256);
        const auto time = time_taken(mission.config, frame);
        captured.text.push_back(time ? utc_text(*time) : "");
        footprint.text.push_back(outline_text(frame.footprint));
        gsd.real.push_back(frame.footprint.sampling_distance * mission.unit_m);
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
    const auto resolved = resolution_columns(mission.frames, plan.config.resolution);
    columns.insert(columns.end(), resolved.begin(), resolved.end());
    columns.insert(columns.end(), gains.begin(), gains.end());
    columns.insert(columns.end(), offsets.begin(), offsets.end());
    columns.insert(columns.end(), falloff.begin(), falloff.end());
    if (std::ranges::any_of(captured.text, [](const std::string& time) { return !time.empty(); }))
        columns.push_back(captured);
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

} // namespace overflight
