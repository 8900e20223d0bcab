// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overflight {

/// The whole file, without a byte order mark. Throws InputError that names the config key if it cannot be read or is in
/// UTF-16.
std::string read_text(const std::filesystem::path& file, const std::string& key);

/// Whether the text starts like JSON.
bool looks_like_json(std::string_view text);

/// Parses JSON; members of the name `skip` (bulky and not needed) are dropped unread. Throws InputError with line and
/// column.
nlohmann::json parse_json(const std::string& text, const std::filesystem::path& file, std::string_view skip = {});

/// A number, as in a table: surrounding blanks and a leading plus are allowed. None for anything else, NaN and infinity
/// included.
std::optional<double> parse_number(std::string_view text);

/// Cells of a line; quotes (either kind) may hold delimiters. Runs of blanks count as one delimiter.
std::vector<std::string> split_cells(std::string_view line, char delimiter);

/// A frame's name without folders (either slash).
std::string_view base_name(std::string_view path);

/// A name without its extension.
std::string_view stem_of(std::string_view name);

} // namespace overflight
