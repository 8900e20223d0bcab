// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/environment.h"
#include "core/cancel.h"
#include "core/errors.h"

#include <fmt/core.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <new>

namespace overflight::app {
namespace {

const std::vector<Command> commands = {run_command(),    plan_command(),    validate_command(), config_command(),
                                       submit_command(), survey_command(),  compose_command(),  merge_command(),
                                       detect_command(), finish_command(),  status_command(),   simulate_command(),
                                       score_command(),  inspect_command(), verify_command(),   diff_command(),
                                       export_command(), report_command(),  info_command()};

void set_up_log(const std::string& level) {
    auto log = spdlog::stderr_color_mt("overflight");
    log->set_pattern("%^%l%$: %v");
    log->set_level(spdlog::level::from_str(level));
    spdlog::set_default_logger(log);
}

/// The only place that catches.
int run_guarded(const std::function<int()>& action) {
    try {
        take_forced_instruction_set();
        return action();
    } catch (const InputError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return bad_input;
    } catch (const Cancelled& error) {
        spdlog::warn("{}; what was finished stays", error.what());
        return stopped;
    } catch (const std::bad_alloc&) {
        spdlog::error("out of memory; give the run less with --memory-mb or --threads");
        return failed;
    } catch (const std::exception& error) {
        spdlog::error("{}", error.what());
        return failed;
    }
}

int main(int count, char** arguments) {
    CLI::App parser("From raw frames of observation flights to orthomosaics and change maps", "overflight");
    parser.set_version_flag("--version", "overflight " OVERFLIGHT_VERSION);
    parser.require_subcommand(1);
    parser.fallthrough();
    parser.footer("overflight COMMAND --help tells more, with an example.");
    std::string log_level = "info";
    parser.add_option("--log-level", log_level, "How much is said on stderr")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->capture_default_str();

    int exit_code = done;
    for (const Command& command : commands) {
        CLI::App* subcommand = parser.add_subcommand(command.name, command.summary);
        subcommand->footer("Example:\n  " + command.example);
        subcommand->callback([&exit_code, &log_level, action = command.declare(*subcommand)] {
            set_up_log(log_level);
            exit_code = run_guarded(action);
        });
    }
    try {
        parser.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return parser.exit(error) == 0 ? done : bad_input;
    }
    return exit_code;
}

} // namespace
} // namespace overflight::app

int main(int count, char** arguments) {
    overflight::catch_stop_signals();
    std::signal(SIGXFSZ, SIG_IGN); // a write beyond a limit on file sizes fails as on a full disk, and is said so
    return overflight::app::main(count, arguments);
}
