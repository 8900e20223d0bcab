// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace overflight {

/// Least number of insertions, deletions, replacements of a character and swaps of neighbours that turn one word into
/// the other, no place edited twice (Damerau-Levenshtein, optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);

/// The known word that was probably meant, or nothing where none is near: at most one edit in three letters.
/// The first of equals.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// ` did you mean "..."?` with a leading `;`, or nothing: to append to a message.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

} // namespace overflight
