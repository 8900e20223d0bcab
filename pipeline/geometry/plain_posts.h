// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

class GDALDataset;

namespace overflight {

/// Posts of a TIFF that holds them as they are (32 bit floating point, not compressed, in strips): a part of a row is
/// read by one call of the system and nothing else. GDAL moves through such files by two calls and reads blocks of 4096
/// bytes, which is most of what windows of a large surface model cost. Safe to use from several threads at once.
class PlainPosts {
public:
    /// Null where the file is not one of these.
    static std::unique_ptr<PlainPosts> open(GDALDataset& dataset);
    ~PlainPosts();
    PlainPosts(const PlainPosts&) = delete;
    PlainPosts& operator=(const PlainPosts&) = delete;

    /// A window within the file, row-major. Throws RunError where the file ends early or cannot be read.
    void read(int col, int row, int width, int height, float* posts) const;

private:
    PlainPosts(std::filesystem::path path, int descriptor);

    std::filesystem::path path_;
    int descriptor_;
    std::int64_t row_bytes_ = 0;
    int strip_rows_ = 1;
    std::vector<std::int64_t> strips_; ///< where they begin
};

} // namespace overflight
