// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/environment.h"
#include "app/html_report.h"
#include "app/progress_display.h"
#include "app/run_arguments.h"
#include "core/report.h"
#include "core/version.h"
#include "flow/step_status.h"
#include "io/atomic_file.h"
#include "io/run_log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace overflight::app {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

RunReport begin_report(const ConfigArguments& arguments) {
    RunReport report;
    report.program_version = version;
    report.libraries = library_versions();
    report.started = utc_now();
    report.host = host_name();
    report.instruction_set = instruction_set();
    report.config_path = arguments.path;
    report.config_text = text_of(arguments.path);
    report.overrides = arguments.overrides;
    return report;
}

void write_report(RunReport& report, const std::filesystem::path& folder, double seconds) {
    report.seconds = seconds;
    report.peak_memory_mb = peak_resident_mb();
    if (report.log) {
        report.log_head =
            report.log("end", {{"outcome", report.outcome}, {"gaps", std::to_string(report.gaps.size())}});
        RunLog(folder).sync();
    } else if (std::filesystem::exists(folder / RunLog::file_name)) {
        // ended before its part of the log began: the former's end is still the end
        if (const std::vector<LogLine> lines = read_log(folder); !lines.empty())
            report.log_head = {static_cast<std::int64_t>(lines.size()), lines.back().hash};
    }
    const std::string json = report_json(report);
    write_file(folder / "run.json", std::as_bytes(std::span(json)));
}

void say(const RunReport& report, const std::string& progress_mode) {
    for (const std::string& warning : report.warnings) spdlog::warn("{}", warning);
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < std::min(shown, report.gaps.size()); ++i)
        spdlog::warn("{}: {} is missing: {}", report.gaps[i].product, report.gaps[i].what, report.gaps[i].cause);
    if (report.gaps.size() > shown) spdlog::warn("{} more gaps, all in run.json", report.gaps.size() - shown);
    for (const RunReport::Product& product : report.products) {
        if (progress_mode == "json") // whoever reads that reads nothing else
            fmt::print("{}\n", nlohmann::ordered_json{{"event", "product"}, {"path", product.path}}.dump(
                                   -1, ' ', false, nlohmann::json::error_handler_t::replace));
        else
            fmt::print("{}\n", product.path);
    }
}

using Work = std::function<RunOutcome(const Config&, Progress&, RunReport&)>;

/// Carries a run or a step out and leaves what became of it: exit code, status file and, where it makes products,
/// run.json and the page. `name`: of the status file, `part`: mission and shard.
int run(const RunArguments& arguments, const std::string& step, const std::string& name, const std::string& part,
        bool makes_products, const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const Config config = arguments.config->load();
    const auto shown = make_progress(arguments.progress);
    StepStatus status;
    status.step = step;
    status.part = part;
    StatusProgress progress(*shown, config.output.folder, name, std::move(status));
    RunReport report = begin_report(*arguments.config);
    const auto end = [&](const std::string& state, const std::string& outcome, int exit_code) {
        report.outcome = outcome;
        report.exit_code = exit_code;
        progress.close(state, exit_code == done || exit_code == incomplete ? "" : outcome, report);
        if (makes_products) write_report(report, config.output.folder, seconds());
    };
    RunOutcome result;
    try {
        result = work(config, progress, report);
        report.exit_code = result.exit_code;
    } catch (const InputError&) {
        throw; // before any work: there is nothing to report on
    } catch (const Cancelled& stop) {
        end("stopped", stop.what(), stopped);
        throw;
    } catch (const std::exception& error) {
        try {
            end("failed", error.what(), failed);
        } catch (const RunError&) {
            // the disk that ended the run is full for its report too: the error itself says so
        }
        throw;
    }
    const bool whole = report.exit_code == done;
    end(whole ? "done" : "incomplete", whole ? "done" : "done with gaps", report.exit_code);
    if (makes_products && config.output.report)
        write_html_report(config.output.folder, report.threads, result.chunks.get());
    say(report, arguments.progress);
    return report.exit_code;
}

void declare_progress(CLI::App& parser, RunArguments& arguments) {
    parser.add_option("--progress", arguments.progress, "How progress is shown")
        ->check(CLI::IsMember({"auto", "plain", "json", "off"}))
        ->capture_default_str();
    parser.add_flag("--force", arguments.options.force, "Use nothing that was finished before");
}

bool take_number(std::string_view text, int& value) {
    const char* end = text.data() + text.size();
    return std::from_chars(text.data(), end, value) == std::from_chars_result{end, std::errc{}};
}

/// "2/4" or "1-3/4".
std::optional<ShardRange> parse_shards(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view parts = text.substr(0, slash);
    const auto dash = std::min(parts.find('-'), parts.size());
    ShardRange range;
    if (!take_number(parts.substr(0, dash), range.first) || !take_number(text.substr(slash + 1), range.count))
        return std::nullopt;
    range.last = range.first;
    if (dash < parts.size() && !take_number(parts.substr(dash + 1), range.last)) return std::nullopt;
    if (range.first < 1 || range.last < range.first || range.last > range.count) return std::nullopt;
    return range;
}

void declare_shards(CLI::App& parser, RunArguments& arguments) {
    parser
        .add_option_function<std::string>(
            "--shard",
            [&shards = arguments.options.shards](const std::string& text) {
                const auto range = parse_shards(text);
                if (!range)
                    throw CLI::ValidationError(
                        "--shard",
                        "found \"" + text + "\"; expects I/N with I from 1 to N, or I-J/N, for example 2/4 or 1-3/4");
                shards = *range;
            },
            "Which part of the tiles, I/N with I from 1 to N, or parts I-J/N in one process; default: all")
        ->type_name("I/N");
}

Command step_command(StepKind kind, const std::string& summary, const std::string& example, bool has_mission,
                     bool has_shard) {
    const std::string name = name_of(kind);
    return {name, summary, example, [=](CLI::App& parser) {
                const auto arguments = declare_run_arguments(parser);
                declare_progress(parser, *arguments);
                if (has_mission)
                    parser.add_option("--mission", arguments->options.mission, "Only this mission; default: all");
                if (has_shard) declare_shards(parser, *arguments);
                return [=] {
                    const RunOptions& options = arguments->options;
                    std::string file = name, part = options.mission;
                    if (!options.mission.empty()) file += "-" + options.mission;
                    if (has_shard) {
                        const ShardRange& shards = options.shards;
                        file += fmt::format("-{}of{}", shards.numbers(), shards.count);
                        part += fmt::format("{}{}/{}", part.empty() ? "" : " ", shards.numbers(), shards.count);
                    }
                    return run(*arguments, name, file, part, kind == StepKind::finish,
                               [&](const Config& config, Progress& progress, RunReport& report) {
                                   return run_step(kind, config, options, progress, report);
                               });
                };
            }};
}

} // namespace

Command run_command() {
    return {"run", "Make the mosaics and the change products that a config asks for",
            "overflight run configs/ngi.toml --set output.resolution_m=2 --threads 8", [](CLI::App& parser) {
                const auto arguments = declare_run_arguments(parser);
                declare_progress(parser, *arguments);
                parser.add_flag("--serial", arguments->options.serial,
                                "Work in a plain loop instead of the tile graph (same bytes, for checking)");
                parser.add_flag("--shuffle-tiles", arguments->options.shuffle_tiles,
                                "Start tiles in another order (same bytes, for checking)");
                return [arguments] {
                    return run(*arguments, "run", "run", "", true,
                               [&](const Config& config, Progress& progress, RunReport& report) {
                                   return run_missions(config, arguments->options, progress, report);
                               });
                };
            }};
}

Command survey_command() {
    return step_command(StepKind::survey, "Step 1 of a run in parts: hash the inputs, balance each mission",
                        "overflight survey configs/ngi.toml", true, false);
}

Command compose_command() {
    return step_command(StepKind::compose, "Step 2 of a run in parts: compose a shard of each mosaic",
                        "overflight compose configs/ngi.toml --shard 2/4", true, true);
}

Command merge_command() {
    return step_command(StepKind::merge,
                        "Step 3 of a run in parts: mosaics from their shards, registration of the changes",
                        "overflight merge configs/ngi.toml", true, false);
}

Command detect_command() {
    return step_command(StepKind::detect, "Step 4 of a run in parts: score a shard of each change",
                        "overflight detect configs/ngi.toml --shard 2/4", false, true);
}

Command finish_command() {
    return step_command(StepKind::finish, "Step 5 of a run in parts: change products from their shards, report",
                        "overflight finish configs/ngi.toml", false, false);
}

} // namespace overflight::app
