// SPDX-License-Identifier: Apache-2.0
#include "core/config_keys.h"

#include <fmt/format.h>

#include <sstream>

namespace overflight {
namespace {

constexpr std::size_t line_width = 100;

void write_comment(std::string& text, const std::string& help) {
    std::istringstream paragraphs(help);
    for (std::string paragraph; std::getline(paragraphs, paragraph);) {
        const std::string indent(paragraph.find_first_not_of(' '), ' ');
        std::istringstream words(paragraph);
        std::string line = "#" + indent;
        for (std::string word; words >> word;) {
            if (line.size() + 1 + word.size() > line_width) {
                text += line + "\n";
                line = "#" + indent + (indent.empty() ? "" : "  ");
            }
            line += " " + word;
        }
        text += line + "\n";
    }
}

template <class Section>
void write_keys(std::string& text, const config_keys::Keys<Section>& keys) {
    const Section defaults{};
    for (const auto& key : keys) {
        write_comment(text, key.help + (key.required ? " Required." : ""));
        const nlohmann::json value = key.value(defaults);
        const bool by_example = !key.example.empty();
        text += fmt::format("{}{} = {}\n\n", by_example && !key.required && !key.usual ? "# " : "", key.name,
                            by_example ? key.example : value.dump());
    }
}

} // namespace

std::string config_reference() {
    std::string text =
        "# Every key of a config, with its default or, where it has none, an example.\n"
        "# What stands behind a # may be left out. Relative paths start at the folder of the config.\n\n";
    text += "[output]\n";
    write_keys(text, config_keys::output());
    text += "[terrain]\n";
    write_keys(text, config_keys::terrain());
    text += "[mosaic]\n";
    write_keys(text, config_keys::mosaic());
    text += "[resolution]\n";
    write_keys(text, config_keys::resolution());
    text += "[run]\n";
    write_keys(text, config_keys::run());
    text += "# One table a mission: a flight whose frames make one mosaic, <folder>/<name>.nc.\n[[mission]]\n";
    write_keys(text, config_keys::mission());
    text += "# Any key of [terrain], for this mission alone; the others stay as they are there.\n"
            "# [mission.terrain]\n# offset_m = 0.0\n\n"
            "[[mission]]\nname = \"2016\"\nframes = [\"orthos/*.tif\"]\ncamera = \"ortho\"\n\n";
    text += "# One table a pair of missions to compare: <folder>/<before>__<after>.nc.\n[[change]]\n";
    write_keys(text, config_keys::change());
    text.pop_back();
    return text;
}

} // namespace overflight
