// SPDX-License-Identifier: Apache-2.0
#include "core/file_pattern.h"

#include <fnmatch.h>
#include <glob.h>

namespace overflight {
namespace {

std::string without_sets(const std::string& pattern) {
    std::string out;
    for (const char c : pattern) {
        if (c == '[' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::vector<std::filesystem::path> matches(const std::string& pattern) {
    glob_t found{};
    std::vector<std::filesystem::path> paths;
    if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    return paths;
}

} // namespace

bool is_file_pattern(const std::string& text) {
    return text.find_first_of("*?") != std::string::npos;
}

std::vector<std::filesystem::path> matching_files(const std::string& pattern) {
    std::filesystem::path resolved;
    for (const std::filesystem::path& part : std::filesystem::path(pattern)) {
        const std::string sets = part.string(), literal = without_sets(sets);
        if (literal == sets) { // most parts: one way to read them, nothing to look for
            resolved /= sets;
            continue;
        }
        const bool exact = !is_file_pattern(sets) && !matches((resolved / literal).string()).empty();
        resolved /= exact || matches((resolved / sets).string()).empty() ? literal : sets;
    }
    return matches(resolved.string());
}

bool matches_end(const std::filesystem::path& path, const std::string& pattern) {
    const std::filesystem::path wanted(pattern);
    auto part = path.end();
    for (auto each = wanted.end(); each != wanted.begin();) {
        if (part == path.begin()) return false;
        const std::string name = (--part)->string(), sets = (--each)->string();
        if (fnmatch(sets.c_str(), name.c_str(), 0) != 0 && fnmatch(without_sets(sets).c_str(), name.c_str(), 0) != 0)
            return false;
    }
    return true;
}

} // namespace overflight
