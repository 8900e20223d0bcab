// SPDX-License-Identifier: Apache-2.0
#include "handover/report.h"

#include "handover/report/html.h"
#include "handover/report/page.h"
#include "handover/report/sections.h"
#include "io/atomic_file.h"

#include <span>

namespace overflight {

std::filesystem::path write_report(const std::filesystem::path& folder, const ForEach& for_each) {
    const ReportSheets sheets = gather_sheets(folder, for_each);
    const std::string name = std::filesystem::absolute(folder).lexically_normal().filename().string();
    const std::string html = filled(report_page, {{"title", escaped(name)},
                                                  {"style", report_style},
                                                  {"script", report_script},
                                                  {"problems", problems_section(sheets)},
                                                  {"changes", changes_section(sheets)},
                                                  {"missions", missions_section(sheets)},
                                                  {"run", run_section(sheets)}});
    const std::filesystem::path path = folder / "report.html";
    write_file(path, std::as_bytes(std::span(html)));
    return path;
}

} // namespace overflight
