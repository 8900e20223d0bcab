// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/program.h"

#include <pty.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace overflight {

/// Runs a program on a terminal of its own. Once it has written `cue`, `keys` are typed.
inline Outcome on_a_terminal(const std::vector<std::string>& words, const std::string& cue = "",
                             const std::string& keys = "") {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        std::vector<char*> arguments;
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }
    Outcome outcome;
    if (child < 0) return outcome;
    bool typed = cue.empty();
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = ::read(terminal, buffer.data(), buffer.size())) > 0;) {
        outcome.text.append(buffer.data(), static_cast<std::size_t>(count));
        if (!typed && outcome.text.find(cue) != std::string::npos)
            typed = ::write(terminal, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(terminal);
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
}

} // namespace overflight
