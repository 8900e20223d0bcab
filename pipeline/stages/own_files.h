// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// The files in output.folder that runs and exports of a config make there: products, their quick-looks, tables and
/// sidecars, and layers exported under their plain names (`<product>.<layer>.tif`). A frame that has a product's name
/// and an extension of its own (`<product>.tif`) is none.
class OwnFiles {
public:
    explicit OwnFiles(const Config& config);

    bool hold(const std::filesystem::path& file) const;

private:
    std::filesystem::path folder_;
    std::vector<std::string> beginnings_; ///< names of products, each with a dot behind
};

} // namespace overflight
