// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"
#include "core/grid.h"
#include "core/raw_bytes.h"
#include "core/sample.h"
#include "io/capture_time.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// What a frame file says of itself; read without decoding anything.
struct FrameHeader {
    std::filesystem::path path;
    int width = 0, height = 0;
    int bands = 0;          ///< without alpha
    std::vector<int> order; ///< where each of them lies in the file, counted from 0; empty: as they come
    SampleType type = SampleType::u8;
    bool masked = false;       ///< has nodata, an alpha or a mask band; floats that are no numbers are nodata anyhow
    bool random_access = true; ///< false where a block costs the decoding of all before it (plain JPEG, PNG)
    Window block;              ///< decode unit: width and height, the cache's blocks are made of whole ones
    std::string codec;         ///< compression as GDAL names it, for the cost table of the plan
    std::vector<std::string> band_names;
    CaptureTags taken;
    std::uintmax_t file_bytes = 0;
    std::vector<std::filesystem::path>
        beside; ///< other files that it is made of: header, mask, world file and the like
};

/// Reads the header with local raster drivers only: no network, no VRT, unless `allow_remote`.
/// `beside`: see open_raster() and FrameNeighbours.
/// Throws InputError: not there, not an image, sample type other than 8 or 16 bit unsigned or 32 bit float.
FrameHeader read_frame_header(const std::filesystem::path& path, bool allow_remote,
                              const std::vector<std::string>* beside = nullptr);

/// Decoded samples of a part of a frame: per lane group (see LaneLayout) one pixel-interleaved array.
struct FrameBlock {
    Window window; ///< which pixels of the frame
    LaneLayout layout;
    SampleType type = SampleType::u8;
    std::vector<RawBytes> groups;    ///< each with 64 spare bytes at the end, for vector loads
    std::vector<std::uint8_t> valid; ///< one byte a pixel, 0 where nodata; empty: all valid
    bool broken = false;             ///< could not be decoded: every pixel is invalid

    std::size_t bytes() const;
};

/// One open frame. Not for sharing between threads: see FrameCache.
class FrameDecoder {
public:
    FrameDecoder(const FrameHeader& header, bool allow_remote);
    ~FrameDecoder();
    FrameDecoder(FrameDecoder&&) noexcept;

    /// Decodes a window into lanes. Throws std::runtime_error with the decoder's message where the file is damaged.
    FrameBlock read(const Window& window);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Sets up GDAL for the process: drivers registered, its own threads off, its errors to exceptions' texts instead of
/// stderr, its block cache to `cache_bytes`.
void set_up_gdal(std::int64_t cache_bytes);

} // namespace overflight
