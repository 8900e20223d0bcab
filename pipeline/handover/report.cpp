// SPDX-License-Identifier: Apache-2.0
#include "handover/report.h"

#include "handover/report/html.h"
#include "handover/report/page.h"
#include "handover/report/sections.h"
#include "io/atomic_file.h"

#include <span>

namespace overflight {
namespace {

/// The config's name; the folder's where it is not known.
std::string title(const ReportSheets& sheets, const std::filesystem::path& folder) {
    if (sheets.run.is_object() && sheets.run.contains("config")) {
        const std::string config = sheets.run["config"].value("path", "");
        if (!config.empty()) return std::filesystem::path(config).stem().string();
    }
    return (std::filesystem::absolute(folder) / "").lexically_normal().parent_path().filename().string();
}

} // namespace

WrittenReport write_report(const std::filesystem::path& folder, const ForEach& for_each, const HeldChunks& held) {
    const ReportSheets sheets = gather_sheets(folder, for_each, held);
    const std::string name = title(sheets, folder);
    const std::string html = filled(report_page, {{"title", escaped(name)},
                                                  {"style", report_style},
                                                  {"script", report_script},
                                                  {"problems", problems_section(sheets)},
                                                  {"changes", changes_section(sheets)},
                                                  {"missions", missions_section(sheets)},
                                                  {"run", run_section(sheets)}});
    const std::filesystem::path path = folder / "report.html";
    write_file(path, std::as_bytes(std::span(html)));
    return {path, sheets.problems};
}

} // namespace overflight
