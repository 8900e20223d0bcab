// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// One thing wrong with what the user gave, in the words the user sees.
/// `message` says what was found, what is allowed and the likely fix.
struct Problem {
    std::string file{}; ///< path of the config or data file; empty where none is to blame
    int line = 0;     ///< 1-based; 0 where unknown
    int column = 0;   ///< 1-based; 0 where unknown
    std::string key{}; ///< config key, dotted ("output.resolution_m"), or empty
    std::string message{};

    /// "file:line:column: key: message" with the unknown parts left out.
    std::string text() const;
};

/// Bad config or input, found before any work starts. Exit code 2. Carries every problem at once.
class InputError : public std::runtime_error {
public:
    explicit InputError(std::vector<Problem> problems);
    explicit InputError(Problem problem);
    const std::vector<Problem>& problems() const { return problems_; }

private:
    std::vector<Problem> problems_;
};

/// The run cannot go on (full disk, broken product). Exit code 3.
class RunError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The user asked to stop (Ctrl-C, SIGTERM). What was finished stays.
class Cancelled : public std::runtime_error {
public:
    Cancelled() : std::runtime_error("stopped on request") {}
};

} // namespace overflight
