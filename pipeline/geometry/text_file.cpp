// SPDX-License-Identifier: Apache-2.0
#include "geometry/text_file.h"

#include "core/errors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

namespace overflight {

std::string read_text(const std::filesystem::path& file, const std::string& key) {
    std::error_code error;
    std::ifstream in(file, std::ios::binary);
    if (!std::filesystem::is_regular_file(file, error) || !in) {
        throw InputError(
            Problem{.file = file.string(),
                    .key = key,
                    .message = std::filesystem::exists(file, error)
                                   ? "the file cannot be read; check its permissions"
                                   : "the file does not exist; relative paths are relative to the config"});
    }
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        throw InputError(Problem{.file = file.string(), .key = key, .message = "is in UTF-16; save it as UTF-8"});
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    return text;
}

bool looks_like_json(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

nlohmann::json parse_json(const std::string& text, const std::filesystem::path& file, std::string_view skip) {
    using nlohmann::json;
    const auto keep = [skip](int, json::parse_event_t event, json& value) {
        return skip.empty() || event != json::parse_event_t::key || value.get_ref<const std::string&>() != skip;
    };
    try {
        return json::parse(text, keep);
    } catch (const json::parse_error& error) {
        const std::size_t end = std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0);
        const std::string_view before(text.data(), end);
        const std::size_t line_start = before.rfind('\n');
        throw InputError(
            Problem{.file = file.string(),
                    .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                    .column = static_cast<int>(line_start == std::string_view::npos ? end : end - line_start - 1) + 1,
                    .message = "not valid JSON here; the file may be cut short"});
    }
}

std::optional<double> parse_number(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || !std::isfinite(value)) return {};
    return value;
}

std::vector<std::string> split_cells(std::string_view line, char delimiter) {
    std::vector<std::string> cells;
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        while (at < line.size() && (line[at] == ' ' || (line[at] == '\t' && delimiter != '\t'))) ++at;
    };
    while (true) {
        skip_blanks();
        std::string cell;
        if (at < line.size() && (line[at] == '"' || line[at] == '\'')) {
            const char quote = line[at++];
            while (at < line.size() && line[at] != quote) cell += line[at++];
            if (at < line.size()) ++at;
            while (at < line.size() && line[at] != delimiter) ++at;
        } else {
            while (at < line.size() && line[at] != delimiter) cell += line[at++];
            while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.pop_back();
        }
        if (delimiter == ' ') {
            skip_blanks();
            if (!cell.empty() || at < line.size()) cells.push_back(std::move(cell));
            if (at >= line.size()) return cells;
        } else {
            cells.push_back(std::move(cell));
            if (at >= line.size()) return cells;
            ++at;
        }
    }
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view stem_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

} // namespace overflight
