// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/exterior.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace overflight {

/// Finds the poses of frames by their names, with or without extension on either side. Cameras number anew in each
/// folder: of several poses of one name that is taken whose folders agree with the frame's the furthest, counted from
/// the file upwards. Pose files are often made elsewhere, so a name that occurs once is enough where the pose file does
/// not know the frame's folder. Where no pose has the frame's name, that is its which differs in upper and lower case
/// only, if there is just one.
class PoseIndex {
public:
    struct Match {
        enum class Kind : std::uint8_t {
            none,      ///< no pose has the frame's name
            found,     ///< `pose` is the frame's
            elsewhere, ///< `pose` has the frame's name, but the frame's folder is known to hold other poses
            ambiguous, ///< `pose` and `rival` agree equally far with the frame
        };
        Kind kind = Kind::none;
        std::size_t pose = 0, rival = 0; ///< numbers in Exterior::poses
    };

    /// Warns of poses that have the same name and folders as one before; the first is used.
    PoseIndex(const Exterior& exterior, std::vector<std::string>& warnings);

    /// Relative paths of frames are relative to the working folder.
    Match find(const std::filesystem::path& frame) const;

private:
    struct Entry {
        std::string folders; ///< from the innermost outwards, each with a slash behind
        std::size_t pose = 0;

        auto operator<=>(const Entry&) const = default;
    };
    using Entries = std::unordered_map<std::string, std::vector<Entry>>;

    /// Those that agree the furthest with folders.
    struct Agreement {
        std::string_view folders; ///< the part in common
        const Entry *first = nullptr, *last = nullptr;
    };
    static Agreement furthest(const std::vector<Entry>& entries, std::string_view folders);

    Entries by_name_, by_stem_, by_lower_case_;
    std::vector<Entry> folders_; ///< of all poses
};

} // namespace overflight
