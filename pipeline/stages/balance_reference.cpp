// SPDX-License-Identifier: Apache-2.0
#include "stages/balance_reference.h"

#include "geometry/footprint.h"
#include "geometry/mission_cameras.h"
#include "stages/bands.h"
#include "stages/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace overflight {
namespace {

constexpr const char* key = "mission.reference_mosaic";

} // namespace

BalanceReference::BalanceReference(const PlannedMission& mission, const std::string& map_crs) {
    const std::filesystem::path& file = mission.config.reference_mosaic;
    const auto fail = [&](const std::string& message) {
        return InputError(Problem{.file = file.string(), .key = key, .message = message});
    };
    if (file.extension() == ".nc" || file.extension() == ".h5")
        throw fail(fmt::format("is a product of several layers; export its image first: overflight export {} --to cog",
                               file.string()));
    try {
        header_ = read_frame_header(file, false);
        MissionConfig as_ortho;
        as_ortho.name = mission.config.name;
        as_ortho.camera = CameraKind::ortho;
        MissionCameras cameras = load_mission_cameras(as_ortho, {{file, header_.width, header_.height}}, map_crs);
        if (!cameras.problems.empty()) throw InputError(cameras.problems);
        camera_ = cameras.cameras.front();
        space_ = cameras.space;
    } catch (const InputError& error) {
        throw fail(error.problems().front().message);
    }
    if (header_.bands != mission.layout.bands || header_.type != mission.type)
        throw fail(fmt::format("has {} bands of {}, the mission's frames have {} of {}", header_.bands,
                               sample_name(header_.type), mission.layout.bands, sample_name(mission.type)));
    header_.order = order_of_bands(mission.band_names, header_.band_names);
    const std::optional<Footprint> shown = find_footprint(*camera_, *space_, *mission.terrain);
    if (shown && std::ranges::none_of(mission.frames, [&](const PlannedFrame& frame) {
            return frame.footprint.bounds.overlaps(shown->bounds);
        }))
        throw fail(fmt::format("shows none of the ground that mission \"{}\" sees", mission.config.name));
}

FrameCache& BalanceReference::cache(std::int64_t budget_bytes) {
    if (!cache_)
        cache_ = std::make_unique<FrameCache>(std::vector{header_}, budget_bytes, false, [](const FrameCache::Gap&) {
            // ground without a reference has none to be balanced to
        });
    return *cache_;
}

} // namespace overflight
