// SPDX-License-Identifier: Apache-2.0
#pragma once

// Private to handover: page.html, style.css and script.js, put into the program by CMake.
namespace overflight {

extern const char* const report_page;
extern const char* const report_style;
extern const char* const report_script;

} // namespace overflight
