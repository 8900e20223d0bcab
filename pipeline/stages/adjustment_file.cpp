// SPDX-License-Identifier: Apache-2.0
#include "stages/adjustment_file.h"

#include "core/errors.h"
#include "io/atomic_file.h"
#include "stages/frame_names.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <system_error>
#include <unordered_map>

namespace overflight {

void write_adjustment(const std::filesystem::path& path, const PlannedMission& mission, const FrameBalance& balance) {
    nlohmann::ordered_json json = {{"mission", mission.config.name}, {"bands", mission.layout.bands}};
    const std::vector<std::string> names = frame_names(mission);
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
        std::vector<float> gains, offsets;
        std::vector<FrameBalance::Vignetting> vignetting;
        for (int band = 0; band < mission.layout.bands; ++band) {
            gains.push_back(balance.gain(frame, band));
            offsets.push_back(balance.offset(frame, band));
            vignetting.push_back(
                balance.vignetting(static_cast<std::size_t>(mission.frames[frame].camera_number), band));
        }
        json["frames"].push_back(
            {{"name", names[frame]}, {"gain", gains}, {"offset", offsets}, {"vignetting", vignetting}});
    }
    for (int band = 0; band < mission.layout.bands; ++band)
        json["slope"].push_back({balance.slope(band).east, balance.slope(band).north});
    const std::string text = json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) {
        std::ifstream file(path);
        if (text == std::string(std::istreambuf_iterator<char>(file), {})) return;
    }
    write_file(path, std::as_bytes(std::span(text)));
}

FrameBalance read_adjustment(const std::filesystem::path& path, const PlannedMission& mission) {
    const auto problem = [&](const std::string& message) {
        return InputError(Problem{.file = path.string(), .key = "mosaic.adjustment", .message = message});
    };
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    int cameras = 1;
    for (const PlannedFrame& frame : mission.frames) cameras = std::max(cameras, frame.camera_number + 1);
    FrameBalance balance(mission.frames.size(), mission.layout.bands, static_cast<std::size_t>(cameras));
    const std::vector<std::string> names = frame_names(mission);
    std::vector<std::string> missing;
    try {
        if (const int bands = json.at("bands"); bands != mission.layout.bands)
            throw problem(fmt::format("is of {} bands, the frames have {}", bands, mission.layout.bands));
        std::unordered_map<std::string, const nlohmann::json*> of_name;
        for (const nlohmann::json& entry : json.at("frames")) of_name.emplace(entry.at("name"), &entry);
        for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
            const auto known = of_name.find(names[frame]);
            if (known == of_name.end()) {
                missing.push_back(names[frame]);
                continue;
            }
            const nlohmann::json* found = known->second;
            for (int band = 0; band < mission.layout.bands; ++band) {
                const auto b = static_cast<std::size_t>(band);
                balance.set(frame, band, found->at("gain").at(b), found->at("offset").at(b));
                balance.set_vignetting(static_cast<std::size_t>(mission.frames[frame].camera_number), band,
                                       found->at("vignetting").at(b).get<FrameBalance::Vignetting>());
            }
        }
        for (int band = 0; band < mission.layout.bands; ++band) {
            const auto& slope = json.at("slope").at(static_cast<std::size_t>(band));
            balance.set_slope(band, {slope.at(0), slope.at(1)});
        }
    } catch (const nlohmann::json::exception&) {
        throw problem("is no adjustment as a run with a balance writes it");
    }
    if (!missing.empty())
        throw problem(fmt::format("lacks {}{}; run once without mosaic.adjustment to balance all frames anew",
                                  missing.front(),
                                  missing.size() > 1 ? fmt::format(" and {} more frames", missing.size() - 1) : ""));
    return balance;
}

} // namespace overflight
