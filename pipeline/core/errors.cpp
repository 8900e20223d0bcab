// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"

#include <fmt/format.h>

namespace overflight {
namespace {

std::string joined(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        if (!text.empty()) text += '\n';
        text += problem.text();
    }
    return text;
}

} // namespace

std::string Problem::text() const {
    std::string place = file;
    if (line > 0) place += fmt::format(":{}", line);
    if (line > 0 && column > 0) place += fmt::format(":{}", column);
    if (!place.empty()) place += ": ";
    if (!key.empty()) place += key + ": ";
    return place + message;
}

InputError::InputError(std::vector<Problem> problems)
    : std::runtime_error(joined(problems)), problems_(std::move(problems)) {}

InputError::InputError(Problem problem) : InputError(std::vector<Problem>{std::move(problem)}) {}

} // namespace overflight
