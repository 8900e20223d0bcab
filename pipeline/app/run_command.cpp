// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/environment.h"
#include "app/html_report.h"
#include "app/progress_display.h"
#include "app/run_arguments.h"
#include "core/report.h"
#include "core/version.h"
#include "io/atomic_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <span>

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
    if (report.log)
        report.log_head =
            report.log("end", {{"outcome", report.outcome}, {"gaps", std::to_string(report.gaps.size())}});
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

int run(const RunArguments& arguments, const std::string& progress_mode) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const Config config = arguments.config->load();
    const auto progress = make_progress(progress_mode);
    RunReport report = begin_report(*arguments.config);
    try {
        report.exit_code = run_missions(config, arguments.options, *progress, report);
    } catch (const InputError&) {
        throw; // before any work: there is nothing to report on
    } catch (const Cancelled& stop) {
        report.outcome = stop.what();
        report.exit_code = stopped;
        write_report(report, config.output.folder, seconds());
        throw;
    } catch (const std::exception& error) {
        report.outcome = error.what();
        report.exit_code = failed;
        try {
            write_report(report, config.output.folder, seconds());
        } catch (const RunError&) {
            // the disk that ended the run is full for its report too: the error itself says so
        }
        throw;
    }
    report.outcome = report.exit_code == done ? "done" : "done with gaps";
    write_report(report, config.output.folder, seconds());
    if (config.output.report) write_html_report(config.output.folder, report.threads);
    say(report, progress_mode);
    return report.exit_code;
}

} // namespace

Command run_command() {
    return {"run", "Make the mosaics and the change products that a config asks for",
            "overflight run configs/ngi.toml --set output.resolution_m=2 --threads 8", [](CLI::App& parser) {
                const auto arguments = declare_run_arguments(parser);
                const auto progress = std::make_shared<std::string>("auto");
                parser.add_option("--progress", *progress, "How progress is shown")
                    ->check(CLI::IsMember({"auto", "plain", "json", "off"}))
                    ->capture_default_str();
                parser.add_flag("--serial", arguments->options.serial,
                                "Work in a plain loop instead of the tile graph (same bytes, for checking)");
                parser.add_flag("--shuffle-tiles", arguments->options.shuffle_tiles,
                                "Start tiles in another order (same bytes, for checking)");
                return [arguments, progress] { return run(*arguments, *progress); };
            }};
}

} // namespace overflight::app
