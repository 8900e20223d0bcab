// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// Names of what lies beside frames, from one listing of each folder. Without it GDAL looks for some fifty names beside
/// each frame it opens (masks, world files, metadata of satellites); on a parallel file system each is a question to a
/// server. With GDAL's own listing it compares each of those names with each file of the folder.
class FrameNeighbours {
public:
    explicit FrameNeighbours(const std::vector<std::filesystem::path>& frames);
    ~FrameNeighbours();

    /// The frame itself, files whose names begin with its own up to the extension, and those that begin with no
    /// frame's and end otherwise than frames. None where these can not be told, as in a folder that cannot be listed or
    /// holds many of the latter: GDAL has to look itself then.
    std::optional<std::vector<std::string>> of(const std::filesystem::path& frame) const;

private:
    struct Folder;
    std::map<std::filesystem::path, std::unique_ptr<Folder>> folders_;
};

} // namespace overflight
