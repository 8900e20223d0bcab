// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

// Private to core.
namespace overflight {

/// The TOML of a config with the command line's settings put into it, and where each of its values stands.
class ConfigSource {
public:
    /// Throws InputError with toml++'s own words where the syntax is wrong.
    ConfigSource(const std::filesystem::path& file, const std::vector<std::string>& overrides);

    const toml::table& root() const { return root_; }

    /// A problem with the value of a key ("mission.0.frames"); where there is none, its table is to blame.
    Problem problem(const std::string& key, std::string message) const;
    /// A problem with the key itself.
    Problem problem(const std::string& key, const toml::source_region& where, std::string message) const;

    /// Of the command line's settings; the rest can be read nevertheless.
    const std::vector<Problem>& problems() const { return problems_; }

private:
    void set(const std::string& setting);

    std::string file_;
    toml::table root_;
    std::vector<Problem> problems_;
};

} // namespace overflight
