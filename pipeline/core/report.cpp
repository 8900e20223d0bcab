// SPDX-License-Identifier: Apache-2.0
#include "core/report.h"

#include "core/utc_time.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace overflight {

std::string report_json(const RunReport& report) {
    using json = nlohmann::ordered_json;
    json root = {
        {"program", "overflight"},
        {"version", report.program_version},
        {"started", report.started},
        {"outcome", report.outcome},
        {"exit_code", report.exit_code},
        {"seconds", report.seconds},
        {"host", report.host},
        {"instruction_set", report.instruction_set},
        {"threads", report.threads},
        {"memory_mb", report.memory_mb},
        {"peak_memory_mb", report.peak_memory_mb},
        {"stages", json::array()},
        {"ground_resolution", json::array()},
        {"frame_agreement", json::array()},
        {"products", json::array()},
        {"gaps", json::array()},
        {"warnings", report.warnings},
        {"libraries", json::object()},
        {"config", {{"path", report.config_path}, {"set", report.overrides}, {"text", report.config_text}}},
    };
    for (const RunReport::Stage& stage : report.stages) {
        json entry = {{"name", stage.name}, {"seconds", stage.seconds}};
        if (stage.megapixels > 0) {
            entry["megapixels"] = stage.megapixels;
            if (stage.seconds > 0) entry["megapixels_per_second"] = stage.megapixels / stage.seconds;
        }
        root["stages"].push_back(std::move(entry));
    }
    for (const RunReport::Agreement& agreement : report.agreements)
        root["frame_agreement"].push_back({{"mission", agreement.mission},
                                           {"places", agreement.places},
                                           {"fitting", agreement.fitting},
                                           {"shift_m", agreement.shift_m}}); // NaN becomes null
    for (const RunReport::Resolution& resolution : report.resolutions) {
        json entry = {{"mission", resolution.mission},
                      {"sampling_distance_m",
                       {{"min", resolution.finest}, {"median", resolution.median}, {"max", resolution.coarsest}}},
                      {"frames", resolution.frames}};
        if (resolution.limit_m > 0) {
            entry["frames_too_low"] = resolution.too_low;
            entry["category"] = resolution.category;
            entry["limit_m"] = resolution.limit_m;
            entry["hmin_m"] = resolution.hmin_m;
        }
        entry["note"] = "an estimate from the geometry and the config's figures";
        root["ground_resolution"].push_back(std::move(entry));
    }
    for (const RunReport::Product& product : report.products) {
        json entry = {{"path", product.path}, {"bytes", product.bytes}};
        if (!product.sha256.empty()) entry["sha256"] = product.sha256;
        root["products"].push_back(std::move(entry));
    }
    for (const RunReport::Tiles& tiles : report.tiles) {
        json entry = {
            {"product", tiles.product}, {"kind", tiles.kind}, {"computed", tiles.computed}, {"reused", tiles.reused}};
        for (const auto& [reason, count] : tiles.reasons) entry["reasons"][reason] = count;
        root["tiles"].push_back(std::move(entry));
    }
    for (const RunReport::Gap& gap : report.gaps) {
        root["gaps"].push_back({{"product", gap.product}, {"what", gap.what}, {"cause", gap.cause}});
    }
    for (const auto& [name, version] : report.libraries) root["libraries"][name] = version;
    if (report.log_head.line > 0) root["log"] = {{"line", report.log_head.line}, {"head", report.log_head.hash}};
    // Causes may quote file names that are not UTF-8: replaced, not thrown at.
    return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::int64_t peak_resident_mb() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024; // Linux counts in KiB
}

std::string host_name() {
    std::array<char, 256> name = {};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string utc_now() {
    return utc_text(std::time(nullptr));
}

} // namespace overflight
