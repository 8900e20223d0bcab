// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/program.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// Two missions of six small frames each, rendered once a test program, and the built program to run on them.
class SmallPair : public testing::Test {
protected:
    static void SetUpTestSuite();
    static void TearDownTestSuite() { data_.reset(); }

    static const std::filesystem::path& data() { return data_->path(); }
    std::filesystem::path operator/(const std::string& name) const { return scratch_ / name; }

    /// Runs the scene's config at 0.5 m into the folder `to` with more arguments; `before` goes before the program.
    Outcome run(const std::string& to, const std::string& more = "", const std::string& before = "") const;

    nlohmann::json report(const std::string& to) const;

    /// A folder with the frames of the first mission, to be damaged; and the argument that makes the mission of it.
    std::filesystem::path copy_of_frames() const;
    static std::string frames(const std::filesystem::path& folder);

    static std::string contents(const std::filesystem::path& file);

private:
    static std::unique_ptr<TemporaryFolder> data_;
    TemporaryFolder scratch_;
};

} // namespace overflight
