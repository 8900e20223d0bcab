// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/progress_display.h"
#include "core/errors.h"
#include "flow/step_status.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>

namespace overflight::app {
namespace {

/// What a step's file says, with what has become of those that can say nothing any more.
std::string state_of(const StepStatus& status) {
    return status.state == "running" && !seems_alive(status) ? "lost" : status.state;
}

double rate(const StepStatus& status) {
    return status.seconds > 0 ? status.done / status.seconds : 0;
}

std::string line_of(const StepStatus& status) {
    const std::string state = state_of(status);
    std::string text =
        fmt::format("{:<8} {:<14} {:<10} ", status.step, status.part.empty() ? "all" : status.part, state);
    if (state == "running" || state == "lost") {
        text += fmt::format("{}: {:.1f} of {:.1f} {}, {:.1f} {}/s", status.stage, status.done, status.total,
                            status.unit, rate(status), status.unit);
        if (state == "running" && rate(status) > 0)
            text += fmt::format(", left {}", clock_text((status.total - status.done) / rate(status)));
    } else {
        double seconds = 0, megapixels = 0;
        for (const auto& stage : status.stages) seconds += stage.seconds, megapixels += stage.megapixels;
        text += fmt::format("{}", clock_text(seconds));
        if (megapixels > 0 && seconds > 0) text += fmt::format(", {:.1f} Mpx/s", megapixels / seconds);
        if (status.computed + status.reused > 0)
            text += fmt::format(", {} tiles made, {} taken", status.computed, status.reused);
    }
    text += fmt::format("  ({} {})", status.host, status.process);
    if (!status.cause.empty()) text += fmt::format("\n         {}", status.cause);
    for (const auto& gap : status.gaps)
        text += fmt::format("\n         {}: {} is missing: {}", gap.product, gap.what, gap.cause);
    return text + "\n";
}

nlohmann::ordered_json json_of(const StepStatus& status) {
    nlohmann::ordered_json json = {
        {"step", status.step},
        {"part", status.part},
        {"state", state_of(status)},
        {"cause", status.cause},
        {"stage", status.stage},
        {"done", status.done},
        {"total", status.total},
        {"unit", status.unit},
        {"rate", rate(status)},
        {"seconds_left", rate(status) > 0 ? (status.total - status.done) / rate(status) : -1.0},
        {"tiles_made", status.computed},
        {"tiles_taken", status.reused},
        {"gaps", status.gaps.size()},
        {"host", status.host},
        {"process", status.process},
        {"started", status.started}};
    return json;
}

} // namespace

Command status_command() {
    return {"status", "Say how the steps of runs into a folder go or went", "overflight status out",
            [](CLI::App& parser) {
                const auto folder = std::make_shared<std::string>();
                const auto as_json = std::make_shared<bool>(false);
                parser.add_option("FOLDER", *folder, "output.folder of the config")->required();
                parser.add_flag("--json", *as_json, "As JSON, one object in an array for each step");
                return [folder, as_json] {
                    if (!std::filesystem::is_directory(*folder))
                        throw InputError(Problem{.file = *folder, .message = "there is no such folder"});
                    const std::vector<StepStatus> statuses = read_statuses(*folder);
                    if (*as_json) {
                        auto all = nlohmann::ordered_json::array();
                        for (const StepStatus& status : statuses) all.push_back(json_of(status));
                        fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
                    } else {
                        for (const StepStatus& status : statuses) fmt::print("{}", line_of(status));
                        if (statuses.empty()) fmt::print("no step has worked in {} yet\n", *folder);
                    }
                    return done;
                };
            }};
}

} // namespace overflight::app
