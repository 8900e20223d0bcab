// SPDX-License-Identifier: Apache-2.0
#include "core/config_values.h"

#include <cmath>
#include <sstream>

namespace overflight::config_keys {
namespace {

std::string quoted(const std::string& text) {
    return fmt::format("\"{}\"", text);
}

bool reads_as_number(const std::string& text) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + quoted(word);
    return text;
}

} // namespace

std::string Range::text() const {
    if (open && std::isinf(max)) return fmt::format("above {}", min);
    if (open) return fmt::format("above {} and below {}", min, max);
    // Ranges of integers end at what the type holds: that is no limit worth a word.
    if (max >= std::numeric_limits<int>::max()) return fmt::format("of at least {}", min);
    return fmt::format("from {} to {}", min, max);
}

std::string found(const toml::node& node) {
    if (const auto* text = node.as_string()) return "found the string " + quoted(text->get());
    if (const auto* flag = node.as_boolean()) return fmt::format("found {}", flag->get());
    if (node.is_array()) return "found a list";
    if (node.is_table()) return "found a table";
    std::ostringstream text; // dates and times too
    node.visit([&](const auto& concrete) {
        if constexpr (toml::is_value<decltype(concrete)>) text << concrete.get();
    });
    return "found " + text.str();
}

std::string read_text(const toml::node& node, std::string& out) {
    const auto* text = node.as_string();
    if (!text) {
        const char* fix = node.is_value() ? ": put it in quotes" : "";
        return fmt::format("{}; expects a string{}", found(node), fix);
    }
    if (text->get().empty()) return "found an empty string; expects text";
    out = text->get();
    return {};
}

std::string read_flag(const toml::node& node, bool& out) {
    const auto* flag = node.as_boolean();
    if (!flag) return fmt::format("{}; expects true or false, without quotes", found(node));
    out = flag->get();
    return {};
}

std::string read_number(const toml::node& node, const Range& range, double& out) {
    if (!node.is_number()) {
        const auto* text = node.as_string();
        const char* fix = text && reads_as_number(text->get()) ? ": remove the quotes" : "";
        return fmt::format("{}; expects a number {}{}", found(node), range.text(), fix);
    }
    const double value = node.value<double>().value_or(0);
    if (!std::isfinite(value) || !range.holds(value)) {
        return fmt::format("found {}; expects a number {}", value, range.text());
    }
    out = value;
    return {};
}

std::string read_integer(const toml::node& node, const Range& range, std::int64_t& out) {
    const auto* integer = node.as_integer();
    if (!integer) {
        const auto* text = node.as_string();
        const char* fix = text && reads_as_number(text->get()) ? ": remove the quotes" : "";
        return fmt::format("{}; expects a whole number {}{}", found(node), range.text(), fix);
    }
    if (!range.holds(static_cast<double>(integer->get()))) {
        return fmt::format("found {}; expects a whole number {}", integer->get(), range.text());
    }
    out = integer->get();
    return {};
}

std::string read_list(const toml::node& node, std::vector<std::string>& out) {
    const auto* list = node.as_array();
    if (!list) {
        const char* fix = node.is_string() ? ": put it in brackets" : "";
        return fmt::format("{}; expects a list of strings{}", found(node), fix);
    }
    if (list->empty()) return "found an empty list; name at least one";
    std::vector<std::string> items;
    for (std::size_t i = 0; i < list->size(); ++i) {
        std::string item;
        if (std::string wrong = read_text((*list)[i], item); !wrong.empty()) {
            return fmt::format("item {}: {}", i + 1, wrong);
        }
        items.push_back(item);
    }
    out = items;
    return {};
}

std::string read_bounds(const toml::node& node, std::optional<Bounds>& out) {
    const char* form = "expects four numbers, [xmin, ymin, xmax, ymax]";
    const auto* list = node.as_array();
    if (!list) return fmt::format("{}; {}", found(node), form);
    if (list->size() != 4) return fmt::format("found a list of {}; {}", list->size(), form);
    double values[4] = {};
    for (std::size_t i = 0; i < 4; ++i) {
        const toml::node& item = (*list)[i];
        if (!item.is_number()) return fmt::format("item {}: {}; {}", i + 1, found(item), form);
        values[i] = item.value<double>().value_or(0);
        if (!std::isfinite(values[i])) return fmt::format("item {}: found {}; {}", i + 1, values[i], form);
    }
    const Bounds bounds{values[0], values[1], values[2], values[3]};
    if (bounds.xmin >= bounds.xmax) {
        return fmt::format("found xmin {} and xmax {}; xmax must be the larger, the order is [xmin, ymin, xmax, ymax]",
                           bounds.xmin, bounds.xmax);
    }
    if (bounds.ymin >= bounds.ymax) {
        return fmt::format("found ymin {} and ymax {}; ymax must be the larger, the order is [xmin, ymin, xmax, ymax]",
                           bounds.ymin, bounds.ymax);
    }
    out = bounds;
    return {};
}

std::string read_word(const toml::node& node, const std::vector<std::string>& allowed, std::string& out) {
    const auto* text = node.as_string();
    if (!text) return fmt::format("{}; allowed are {}", found(node), listed(allowed));
    if (std::find(allowed.begin(), allowed.end(), text->get()) == allowed.end()) {
        return fmt::format("found {}; allowed are {}{}", quoted(text->get()), listed(allowed),
                           did_you_mean(text->get(), allowed));
    }
    out = text->get();
    return {};
}

std::filesystem::path absolute_from(const std::filesystem::path& folder, const std::string& text) {
    // names of GDAL's file systems may hold what only looks like a step in a path: /vsizip//data/frames.zip/a.tif
    if (text.find("://") != std::string::npos || text.starts_with("/vsi")) return text;
    return (folder / text).lexically_normal();
}

std::string text_or_file(const std::filesystem::path& folder, const std::string& text) {
    std::error_code ignored;
    const std::filesystem::path path = folder / text;
    return std::filesystem::is_regular_file(path, ignored) ? path.lexically_normal().string() : text;
}

} // namespace overflight::config_keys
