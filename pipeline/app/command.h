// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace overflight::app {

/// What the shell gets back.
enum ExitCode : int { done = 0, incomplete = 1, bad_input = 2, failed = 3, stopped = 130 };

/// One subcommand, in a file of its own.
struct Command {
    std::string name, summary, example;
    /// Declares the options on its parser and returns what to do once they are read; that returns the exit code.
    std::function<std::function<int()>(CLI::App&)> declare;
};

Command compose_command();
Command config_command();
Command detect_command();
Command diff_command();
Command export_command();
Command finish_command();
Command info_command();
Command inspect_command();
Command merge_command();
Command plan_command();
Command report_command();
Command run_command();
Command score_command();
Command simulate_command();
Command status_command();
Command submit_command();
Command survey_command();
Command validate_command();
Command verify_command();

} // namespace overflight::app
