// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/html_report.h"
#include "core/limits.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace overflight::app {

Command report_command() {
    return {"report", "Write a page to look at: coverage, before and after, changes, plots",
            "overflight report out/ngi", [](CLI::App& parser) {
                const auto folder = std::make_shared<std::string>();
                parser.add_option("FOLDER", *folder, "A folder of products, as a run leaves it")->required();
                return [folder] {
                    const WrittenReport report = write_html_report(*folder, find_limits().threads, nullptr);
                    fmt::print("{}\n", report.path.string());
                    for (const std::string& problem : report.problems) spdlog::warn("{}", problem);
                    return report.problems.empty() ? done : incomplete;
                };
            }};
}

} // namespace overflight::app
