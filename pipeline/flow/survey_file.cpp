// SPDX-License-Identifier: Apache-2.0
#include "flow/survey_file.h"

#include "flow/sealed_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

namespace overflight {
namespace {

std::size_t cameras_of(const PlannedMission& mission) {
    int cameras = 1;
    for (const PlannedFrame& frame : mission.frames) cameras = std::max(cameras, frame.camera_number + 1);
    return static_cast<std::size_t>(cameras);
}

void add(ByteWriter& out, const Survey& survey, const PlannedMission& mission) {
    for (const FileHash& hash : survey.hashes) {
        out.add(hash.sha256);
        out.add(hash.trouble);
    }
    out.add(survey.geometry);
    out.add(survey.terrain);
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame)
        for (int band = 0; band < mission.layout.bands; ++band) {
            out.add(survey.balance.gain(frame, band));
            out.add(survey.balance.offset(frame, band));
        }
    for (std::size_t camera = 0; camera < cameras_of(mission); ++camera)
        for (int band = 0; band < mission.layout.bands; ++band) out.add(survey.balance.vignetting(camera, band));
    for (int band = 0; band < mission.layout.bands; ++band) out.add(survey.balance.slope(band));
    out.add(survey.agreement);
    out.add(survey.seams.to_text());
    out.add(static_cast<std::uint64_t>(survey.damage.size()));
    for (const auto& [what, cause] : survey.damage) {
        out.add(what);
        out.add(cause);
    }
}

void take(ByteReader& in, Survey& survey, std::size_t files, const PlannedMission& mission) {
    survey.hashes.resize(files);
    for (FileHash& hash : survey.hashes) {
        in.take(hash.sha256);
        in.take(hash.trouble);
    }
    in.take(survey.geometry);
    in.take(survey.terrain);
    survey.balance = FrameBalance(mission.frames.size(), mission.layout.bands, cameras_of(mission));
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame)
        for (int band = 0; band < mission.layout.bands; ++band) {
            float gain = 1, offset = 0;
            in.take(gain);
            in.take(offset);
            survey.balance.set(frame, band, gain, offset);
        }
    for (std::size_t camera = 0; camera < cameras_of(mission); ++camera)
        for (int band = 0; band < mission.layout.bands; ++band) {
            FrameBalance::Vignetting vignetting{};
            in.take(vignetting);
            survey.balance.set_vignetting(camera, band, vignetting);
        }
    for (int band = 0; band < mission.layout.bands; ++band) {
        FrameBalance::Slope slope;
        in.take(slope);
        survey.balance.set_slope(band, slope);
    }
    in.take(survey.agreement);
    std::string seams;
    in.take(seams);
    if (in.good()) survey.seams = SeamMap::from_text(mission.grid, seams);
    std::uint64_t count = 0;
    in.take(count);
    for (std::uint64_t i = 0; i < count && in.good(); ++i) {
        auto& [what, cause] = survey.damage.emplace_back();
        in.take(what);
        in.take(cause);
    }
}

} // namespace

std::vector<FileState> states_of(const std::vector<std::filesystem::path>& files) {
    std::vector<FileState> states;
    for (const auto& file : files) {
        FileState state;
        const bool virtual_file = file.string().starts_with("/vsi"); // GDAL's: slashes count
        state.path = virtual_file ? file.string() : std::filesystem::absolute(file).lexically_normal().string();
        struct stat status = {};
        if (::stat(file.c_str(), &status) == 0) {
            state.bytes = status.st_size;
            const auto nanoseconds = [](const timespec& time) {
                return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
            };
            state.modified_ns = nanoseconds(status.st_mtim);
            state.changed_ns = nanoseconds(status.st_ctim);
        }
        states.push_back(std::move(state));
    }
    return states;
}

void add(ByteWriter& out, const FileState& file) {
    out.add(file.path);
    out.add(file.bytes);
    out.add(file.modified_ns);
    out.add(file.changed_ns);
    out.add(file.sha256);
}

void take(ByteReader& in, FileState& file) {
    in.take(file.path);
    in.take(file.bytes);
    in.take(file.modified_ns);
    in.take(file.changed_ns);
    in.take(file.sha256);
}

void write_survey(const std::filesystem::path& path, const StoredSurvey& stored, const PlannedMission& mission) {
    ByteWriter out;
    out.add(stored.settings);
    out.add(static_cast<std::uint64_t>(mission.frames.size()));
    out.add(static_cast<std::int64_t>(mission.layout.bands));
    out.add(static_cast<std::uint64_t>(stored.files.size()));
    for (const FileState& file : stored.files) add(out, file);
    add(out, stored.survey, mission);
    write_sealed(path, out.take());
}

std::optional<StoredSurvey> read_survey(const std::filesystem::path& path, const PlannedMission& mission) {
    const auto content = read_sealed(path);
    if (!content) return std::nullopt;
    ByteReader in(*content);
    StoredSurvey stored;
    std::uint64_t frames = 0, files = 0;
    std::int64_t bands = 0;
    in.take(stored.settings);
    in.take(frames);
    in.take(bands);
    in.take(files);
    for (std::uint64_t i = 0; i < files && in.good(); ++i) take(in, stored.files.emplace_back());
    if (!in.good()) return std::nullopt;
    if (frames != mission.frames.size() || bands != mission.layout.bands) {
        stored.settings = {}; // the files' hashes are still of use
        return stored;
    }
    try {
        take(in, stored.survey, files, mission);
    } catch (const std::runtime_error&) { // seams of another grid: other settings
        stored.survey = {};
        stored.settings = {};
        return stored;
    }
    return in.good() ? std::optional(std::move(stored)) : std::nullopt;
}

} // namespace overflight
