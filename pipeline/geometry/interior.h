// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"
#include "geometry/lens.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// Interior orientation of one camera.
struct Interior {
    std::string id;
    int width = 0, height = 0; ///< of the frames it is given for
    std::shared_ptr<const Lens> lens;
    int reconstruction = 0; ///< of the pose file, counted from 1, that it is given for; 0: for all
};

/// Reads a camera file: orthority's YAML, or a JSON camera dictionary of OpenSfM and ODM (cameras.json, or the one
/// inside a reconstruction.json). Throws InputError with every problem found.
std::vector<Interior> read_interiors(const std::filesystem::path& file);

/// An OpenSfM camera dictionary (id -> camera). Problems are appended.
std::vector<Interior> opensfm_cameras(const nlohmann::json& cameras, const std::filesystem::path& file,
                                      std::vector<Problem>& problems);

/// Camera ids are equal when they differ only by the prefix "v2 ".
std::string camera_key(const std::string& id);

} // namespace overflight
