// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report/sheets.h"

// Private to handover: each a piece of HTML.
namespace overflight {

std::string problems_section(const ReportSheets& sheets);
std::string run_section(const ReportSheets& sheets);
std::string missions_section(const ReportSheets& sheets);
std::string changes_section(const ReportSheets& sheets);

} // namespace overflight
