// SPDX-License-Identifier: Apache-2.0
#include "core/config_source.h"

#include "core/config_expansion.h"
#include "core/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace overflight {
namespace {

constexpr std::string_view set_option = "--set ";

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    std::error_code ignored;
    if (!stream || std::filesystem::is_directory(file, ignored)) {
        throw InputError(Problem{.file = file.string(), .message = "cannot be read; is it the path of a config file?"});
    }
    return text.str();
}

std::vector<std::string> split(const std::string& key) {
    std::vector<std::string> parts;
    std::istringstream stream(key);
    for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
    return parts;
}

std::optional<std::size_t> index_of(const std::string& text) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return index;
}

const toml::node* child(const toml::node& parent, const std::string& part) {
    if (const auto* table = parent.as_table()) return table->get(part);
    const auto* array = parent.as_array();
    const auto index = index_of(part);
    return array && index ? array->get(*index) : nullptr;
}

toml::node* child(toml::node& parent, const std::string& part) {
    return const_cast<toml::node*>(child(std::as_const(parent), part));
}

template <class Section>
std::optional<config_keys::ValueKind> kind_in(const config_keys::Keys<Section>& keys, const std::string& name) {
    for (const auto& key : keys) {
        if (key.name == name) return key.kind;
    }
    return std::nullopt;
}

std::optional<config_keys::ValueKind> kind_of(const std::vector<std::string>& parts) {
    const std::string& name = parts.back();
    if (parts[0] == "output") return kind_in(config_keys::output(), name);
    if (parts[0] == "mosaic") return kind_in(config_keys::mosaic(), name);
    if (parts[0] == "resolution") return kind_in(config_keys::resolution(), name);
    if (parts[0] == "run") return kind_in(config_keys::run(), name);
    if (parts[0] == "change") return kind_in(config_keys::change(), name);
    if (parts[parts.size() - 2] == "terrain") return kind_in(config_keys::terrain(), name);
    if (parts[0] == "mission") return kind_in(config_keys::mission(), name);
    return std::nullopt;
}

bool is_quoted(const std::string& text) {
    return !text.empty() && (text[0] == '"' || text[0] == '\'');
}

/// The value as TOML. Where the key takes text, quotes may be left out; where it takes a list, the brackets too.
std::string as_toml(const std::vector<std::string>& parts, const std::string& text) {
    const auto kind = kind_of(parts);
    std::ostringstream quoted;
    quoted << toml::value<std::string>(text);
    if (kind == config_keys::ValueKind::text && !is_quoted(text)) return quoted.str();
    if (kind == config_keys::ValueKind::list && !text.starts_with('[')) {
        return fmt::format("[{}]", is_quoted(text) ? text : quoted.str());
    }
    return text.empty() ? "\"\"" : text;
}

} // namespace

ConfigSource::ConfigSource(const std::filesystem::path& file, const std::vector<std::string>& overrides)
    : file_(file.string()) {
    const std::string text = read_file(file);
    try {
        root_ = toml::parse(text, file_);
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        throw InputError(Problem{.file = file_,
                                 .line = static_cast<int>(at.line),
                                 .column = static_cast<int>(at.column),
                                 .message = std::string(error.description())});
    }
    for (const std::string& setting : overrides) set(setting);
    expand_config(
        root_, std::filesystem::absolute(file).parent_path(),
        [this](const std::string& key, std::string message) { problems_.push_back(problem(key, std::move(message))); });
}

void ConfigSource::set(const std::string& setting) {
    const auto refuse = [&](std::string message) {
        problems_.push_back({.file = std::string(set_option) + setting, .message = std::move(message)});
    };
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) return refuse("expects key=value, for example output.resolution_m=2");
    const std::string key = setting.substr(0, equals);
    const std::vector<std::string> parts = split(key);
    if (parts.size() < 2 || std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); })) {
        return refuse(
            fmt::format("expects section.key=value, for example output.resolution_m=2, found the key \"{}\"", key));
    }

    toml::node* parent = &root_;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (toml::table* table = parent->as_table(); table && !table->contains(parts[i])) {
            table->insert(parts[i], toml::table{});
        }
        toml::node* next = child(*parent, parts[i]);
        if (const auto* array = parent->as_array(); array && !next) {
            return refuse(fmt::format("there is no {} {}; the config has {}, counted from 0", parts[i - 1], parts[i],
                                      array->size()));
        }
        if (!next) return refuse(fmt::format("\"{}\" is not a table", parts[i - 1]));
        parent = next;
    }
    toml::table* table = parent->as_table();
    if (!table && !parent->is_array()) return refuse(fmt::format("\"{}\" is not a table", parts[parts.size() - 2]));
    if (!table) {
        return refuse(fmt::format("say which one, counted from 0, for example {}.0.{}", parts[0], parts.back()));
    }

    const std::string value = as_toml(parts, setting.substr(equals + 1));
    try {
        toml::table parsed = toml::parse("value = " + value, std::string(set_option) + setting);
        if (parsed.size() != 1) return refuse("expects one value");
        parsed.begin()->second.visit(
            [&]<class Node>(Node& node) { table->insert_or_assign(parts.back(), std::move(node)); });
    } catch (const toml::parse_error& error) {
        refuse(std::string(error.description()));
    }
}

Problem ConfigSource::problem(const std::string& key, std::string message) const {
    const toml::node* node = &root_;
    for (const std::string& part : split(key)) {
        const toml::node* next = child(*node, part);
        if (!next) break;
        node = next;
    }
    return problem(key, node == &root_ ? toml::source_region{} : node->source(), std::move(message));
}

Problem ConfigSource::problem(const std::string& key, const toml::source_region& where, std::string message) const {
    const std::string place = where.path ? *where.path : file_;
    if (place.starts_with(set_option)) return {.file = place, .key = key, .message = std::move(message)};
    return {.file = place,
            .line = static_cast<int>(where.begin.line),
            .column = static_cast<int>(where.begin.column),
            .key = key,
            .message = std::move(message)};
}

} // namespace overflight
