// SPDX-License-Identifier: Apache-2.0
#include "handover/report/html.h"
#include "handover/report/sections.h"

#include <fmt/format.h>

#include <algorithm>

namespace overflight {
namespace {

using nlohmann::json;

constexpr std::size_t most_problems = 200;

std::string text_of(const json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

json list_of(const json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_array() ? object[key] : json::array();
}

double number_of(const json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_number() ? object[key].get<double>() : 0;
}

} // namespace

std::string problems_section(const ReportSheets& sheets) {
    std::vector<std::string> problems;
    const std::string outcome = text_of(sheets.run, "outcome");
    if (sheets.run.is_null()) problems.emplace_back("There is no run.json: nothing is known of the run.");
    if (!outcome.empty() && outcome != "done" && outcome != "done with gaps")
        problems.push_back("The run did not end well: " + outcome);
    for (const std::string& problem : sheets.problems) problems.push_back(problem);
    for (const json& gap : list_of(sheets.run, "gaps"))
        problems.push_back(
            fmt::format("{}: {} is missing: {}", text_of(gap, "product"), text_of(gap, "what"), text_of(gap, "cause")));
    for (const json& warning : list_of(sheets.run, "warnings"))
        if (warning.is_string()) problems.push_back(warning.get<std::string>());
    for (const MissionSheet& mission : sheets.missions)
        if (mission.gap_area > 0)
            problems.push_back(fmt::format("{}: {:.4g} % of the mosaic, enclosed by it, has no data", mission.name,
                                           100 * mission.gap_area / (mission.covered_area + mission.gap_area)));
    if (problems.empty()) return "<p class=\"good\">No problems.</p>";
    std::string text = "<ul class=\"problems\">";
    for (std::size_t i = 0; i < std::min(problems.size(), most_problems); ++i)
        text += fmt::format("<li>{}</li>", escaped(problems[i]));
    if (problems.size() > most_problems)
        text += fmt::format("<li>{} more, all in run.json</li>", problems.size() - most_problems);
    return text + "</ul>";
}

std::string run_section(const ReportSheets& sheets) {
    const json& run = sheets.run;
    if (!run.is_object()) return "<p>No run.json.</p>";
    std::string text = "<dl class=\"facts\">";
    const auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value));
    };
    fact("Outcome", text_of(run, "outcome"));
    fact("Started", text_of(run, "started"));
    fact("Took", fmt::format("{:.1f} s", number_of(run, "seconds")));
    fact("Threads", fmt::format("{:.0f}", number_of(run, "threads")));
    fact("Peak memory",
         fmt::format("{:.0f} of {:.0f} MiB", number_of(run, "peak_memory_mb"), number_of(run, "memory_mb")));
    fact("Host", text_of(run, "host"));
    fact("Instruction set", text_of(run, "instruction_set"));
    fact("Program", "overflight " + text_of(run, "version"));
    text += "</dl><table><thead><tr><th scope=\"col\">Stage</th><th scope=\"col\" class=\"number\">Seconds</th><th "
            "scope=\"col\" class=\"number\">Mpx/s</th><th scope=\"col\">Share</th></tr></thead><tbody>";
    const double seconds = std::max(1e-9, number_of(run, "seconds"));
    for (const json& stage : list_of(run, "stages")) {
        const double took = number_of(stage, "seconds"), rate = number_of(stage, "megapixels_per_second");
        text += fmt::format("<tr><td>{}</td><td class=\"number\">{:.2f}</td><td class=\"number\">{}</td><td><svg "
                            "class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                            "<rect width=\"{:.1f}\" height=\"8\"/></svg></td></tr>",
                            escaped(text_of(stage, "name")), took, rate > 0 ? fmt::format("{:.1f}", rate) : "",
                            100 * std::min(1.0, took / seconds));
    }
    text += "</tbody></table><h3>Products</h3><table class=\"hashes\"><thead><tr><th scope=\"col\">File</th><th "
            "scope=\"col\" class=\"number\">MB</th><th scope=\"col\">SHA-256</th></tr></thead><tbody>";
    for (const json& product : list_of(run, "products"))
        text += fmt::format("<tr><td>{}</td><td class=\"number\">{:.1f}</td><td><code>{}</code></td></tr>",
                            escaped(std::filesystem::path(text_of(product, "path")).filename().string()),
                            number_of(product, "bytes") / 1e6, escaped(text_of(product, "sha256")));
    text += "</tbody></table>";
    const std::string config = run.contains("config") ? text_of(run["config"], "text") : "";
    if (!config.empty())
        text += fmt::format("<details><summary>Config as given</summary><pre>{}</pre></details>", escaped(config));
    return text;
}

} // namespace overflight
