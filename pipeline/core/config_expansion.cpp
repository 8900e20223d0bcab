// SPDX-License-Identifier: Apache-2.0
#include "core/config_expansion.h"

#include "core/file_pattern.h"

#include <fmt/format.h>

#include <optional>
#include <regex>
#include <set>
#include <system_error>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using Report = std::function<void(const std::string& key, std::string message)>;

/// "{flight}" of "f_{flight}"; none where there is no placeholder.
std::optional<std::string> placeholder_of(const std::string& text) {
    const auto open = text.find('{'), close = text.find('}');
    if (open == std::string::npos || close == std::string::npos || close < open + 2) return std::nullopt;
    return text.substr(open, close - open + 1);
}

std::string replaced(std::string text, const std::string& token, const std::string& value) {
    for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at + value.size()))
        text.replace(at, token.size(), value);
    return text;
}

void substitute(toml::node& node, const std::string& token, const std::string& value) {
    if (auto* table = node.as_table()) {
        for (auto&& [key, inner] : *table) substitute(inner, token, value);
    } else if (auto* array = node.as_array()) {
        for (toml::node& inner : *array) substitute(inner, token, value);
    } else if (auto* text = node.as_string()) {
        text->get() = replaced(text->get(), token, value);
    }
}

/// A component of a path with the placeholder as an expression that captures what stands in its place. `sets`: brackets
/// are sets of characters; else they stand for themselves.
std::regex expression_of(const std::string& component, const std::string& token, bool sets) {
    std::string out;
    bool captured = false;
    for (std::size_t i = 0; i < component.size(); ++i) {
        if (component.compare(i, token.size(), token) == 0) {
            out += captured ? "\\1" : "([^/]+?)";
            captured = true;
            i += token.size() - 1;
        } else if (component[i] == '*') {
            out += ".*";
        } else if (component[i] == '?') {
            out += ".";
        } else if (const auto close = component.find(']', i + 2);
                   sets && component[i] == '[' && close != std::string::npos) {
            const bool not_these = component[i + 1] == '!' || component[i + 1] == '^';
            out += not_these ? "[^" : "[";
            for (i += not_these ? 2 : 1; i < close; ++i) {
                if (component[i] == '\\' || component[i] == '[') out += '\\';
                out += component[i];
            }
            out += ']';
        } else {
            if (std::string_view("\\^$.|+()[]{}").find(component[i]) != std::string_view::npos) out += '\\';
            out += component[i];
        }
    }
    return std::regex(out);
}

/// What may stand in the placeholder's place so that the pattern matches something.
std::set<std::string> values_of(const fs::path& pattern, const std::string& token) {
    fs::path before;
    for (const fs::path& component : pattern) {
        if (component.string().find(token) == std::string::npos) {
            before /= component;
            continue;
        }
        const std::regex expressions[] = {expression_of(component.string(), token, true),
                                          expression_of(component.string(), token, false)};
        std::set<std::string> values;
        for (const fs::path& folder : matching_files(before.string())) {
            std::error_code error;
            for (const auto& entry : fs::directory_iterator(folder, error)) {
                std::smatch match;
                const std::string name = entry.path().filename().string();
                for (const std::regex& expression : expressions)
                    if (name[0] != '.' && std::regex_match(name, match, expression)) values.insert(match[1]);
            }
        }
        std::erase_if(values, [&](const std::string& value) {
            return matching_files(replaced(pattern.string(), token, value)).empty();
        });
        return values;
    }
    return {};
}

/// The first text of `frames` that holds the placeholder.
std::string pattern_of(const toml::table& mission, const std::string& token) {
    std::string found;
    const auto look = [&](const toml::node& node) {
        if (const auto* text = node.as_string(); text && found.empty() && text->get().find(token) != std::string::npos)
            found = text->get();
    };
    const toml::node* frames = mission.get("frames");
    if (frames && frames->as_array())
        for (const toml::node& node : *frames->as_array()) look(node);
    else if (frames)
        look(*frames);
    return found;
}

void expand_missions(toml::array& missions, const fs::path& folder, const Report& report) {
    toml::array out;
    for (std::size_t i = 0; i < missions.size(); ++i) {
        toml::table* mission = missions.get(i)->as_table();
        const auto name = mission ? mission->get_as<std::string>("name") : nullptr;
        const auto token = name ? placeholder_of(name->get()) : std::nullopt;
        if (!token) {
            missions.get(i)->visit([&](auto& node) { out.push_back(std::move(node)); });
            continue;
        }
        const std::string at = fmt::format("mission.{}.frames", i), pattern = pattern_of(*mission, *token);
        std::set<std::string> values;
        if (pattern.empty())
            report(at, fmt::format("does not hold {}, which name does; expects it where the missions differ, for "
                                   "example frames = [\"archive/{}/*.tif\"]",
                                   *token, *token));
        else if (values = values_of(folder / pattern, *token); values.empty())
            report(at, fmt::format("nothing is there for {} in \"{}\" (relative paths are relative to the config)",
                                   *token, pattern));
        std::vector<toml::table> copies(values.empty() ? 0 : values.size() - 1, *mission);
        bool first = true; // it keeps the place in the file
        for (const std::string& value : values) {
            toml::table& table = first ? *mission : copies[copies.size() - 1];
            substitute(table, *token, value);
            out.push_back(std::move(table));
            if (!first) copies.pop_back();
            first = false;
        }
        if (values.empty()) { // said already; the rest of it is still to be checked
            substitute(*mission, *token, token->substr(1, token->size() - 2));
            out.push_back(std::move(*mission));
        }
    }
    missions = std::move(out);
}

void expand_changes(toml::array& changes, const toml::array* missions, const Report& report) {
    std::vector<std::string> names;
    for (std::size_t i = 0; missions && i < missions->size(); ++i) {
        const auto* mission = missions->get(i)->as_table();
        const auto* name = mission ? mission->get_as<std::string>("name") : nullptr;
        if (name) names.push_back(name->get());
    }
    toml::array out;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        toml::table* change = changes.get(i)->as_table();
        const auto* successive = change ? change->get_as<bool>("successive") : nullptr;
        if (!successive || !successive->get()) {
            changes.get(i)->visit([&](auto& node) { out.push_back(std::move(node)); });
            continue;
        }
        for (const char* key : {"before", "after"})
            if (change->contains(key))
                report(fmt::format("change.{}.{}", i, key),
                       "has no meaning with successive = true, which takes all missions one after another; remove one");
        if (names.size() < 2)
            report(fmt::format("change.{}.successive", i),
                   fmt::format("expects at least two missions, found {}", names.size()));
        for (std::size_t pair = 0; pair + 1 < names.size(); ++pair) {
            toml::table table(*change);
            table.erase("successive");
            table.insert_or_assign("before", names[pair]);
            table.insert_or_assign("after", names[pair + 1]);
            out.push_back(std::move(table));
        }
    }
    changes = std::move(out);
}

} // namespace

void expand_config(toml::table& root, const fs::path& folder, const Report& report) {
    toml::array* missions = root.get_as<toml::array>("mission");
    if (missions && missions->is_array_of_tables()) expand_missions(*missions, folder, report);
    toml::array* changes = root.get_as<toml::array>("change");
    if (!changes || !changes->is_array_of_tables()) return;
    expand_changes(*changes, missions, report);
    if (changes->empty()) root.erase("change"); // said already
}

} // namespace overflight
