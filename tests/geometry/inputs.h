// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "geometry/mission_cameras.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace overflight::test {

/// Folder of the real inputs; empty where they are not there.
inline std::filesystem::path real_data() {
    const char* folder = std::getenv("OVERFLIGHT_DATA");
    const std::filesystem::path data =
        folder ? std::filesystem::path(folder) : std::filesystem::path(OVERFLIGHT_DATA_FOLDER);
    return std::filesystem::is_directory(data) ? data : std::filesystem::path();
}

#define REQUIRE_REAL_DATA()                                                                                            \
    if (overflight::test::real_data().empty()) GTEST_SKIP() << "real inputs are not here; set OVERFLIGHT_DATA"

class InputFolder : public TemporaryFolder {
public:
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name, std::ios::binary) << text;
        return path() / name;
    }
};

/// The text of what a call throws, or a note that it threw nothing.
template <typename Call>
std::string input_error(Call&& call) {
    try {
        call();
    } catch (const InputError& error) {
        return error.what();
    }
    return "(no InputError)";
}

} // namespace overflight::test
