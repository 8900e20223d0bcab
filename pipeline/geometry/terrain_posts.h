// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/raw_bytes.h"
#include "geometry/post_cache.h"
#include "geometry/raster_file.h"
#include "geometry/terrain.h"
#include "geometry/terrain_overview.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace overflight {

// Internal to the geometry layer.

/// A window of posts in memory; holes hold a fill value.
struct PostWindow {
    int col = 0, row = 0, width = 0, height = 0;
    std::vector<float, UninitializedAllocator<float>> post;
    std::vector<std::uint8_t> hole; ///< 1 where the post was filled; empty where none was
};

/// The posts of a terrain raster: its first band in metres (by the band's unit, else that of the vertical CRS), a post
/// at each cell's centre, counted from 0. Holes are nodata, masked, transparent, NaN and absurd values (outside -500 ..
/// 9000 m). They are filled from a reduced level of at most 1024 x 1024 cells that is read and hole-filled once: a fill
/// value does not depend on the window it is read with. Safe to use from several threads.
class TerrainPosts {
public:
    /// Reads the header. Decoded posts are kept in `cache`, of uncompressed files few. Throws InputError that names
    /// terrain.file.
    TerrainPosts(const std::filesystem::path& file, std::shared_ptr<PostCache> cache);

    /// Reads all posts, unless an overview of them is known: asked for before all that follows. Null: none is. Throws
    /// InputError.
    void overlook(TerrainOverviews* known);

    /// That the posts come from: the model's own first, then those that it leads to as a VRT, which may be many.
    const std::vector<std::filesystem::path>& files() const { return files_; }
    std::span<const std::filesystem::path> own_files() const { return std::span(files_).first(own_files_); }
    int width() const { return width_; }
    int height() const { return height_; }
    const std::string& crs() const { return crs_; } ///< WKT as in the file, with a vertical part if there is one
    const std::array<double, 6>& geotransform() const { return geotransform_; }
    float lowest() const { return overview_->heights.min; }
    float highest() const { return overview_->heights.max; }
    double reduced_cell() const { return overview_->cell; }

    /// A window may reach beyond the model: posts there repeat those of the border. Rows that are not `wanted` (none
    /// given: all are) may hold anything.
    void read(int col, int row, int width, int height, PostWindow& window,
              std::span<const std::uint8_t> wanted = {}) const;

    /// One as it is in the file; NaN in a hole. Asks for no overview; each costs GDAL a block of the file. Throws
    /// InputError: it is asked for before any work.
    float post(int col, int row) const;

    /// Lowest and highest of the blocks of posts that hold those from (col0, row0) to (col1, row1), all within the
    /// model; a block's are read once.
    HeightRange range(int col0, int row0, int col1, int row1) const;

    /// Of the reduced level, bilinear at a position counted in posts; constant beyond the border.
    float reduced(double col, double row) const;

private:
    using BlockPointer = BlockCache<PostBlock>::Pointer;

    Dataset borrow() const;
    void give_back(Dataset dataset) const;
    /// NaN in holes; true where there are any.
    bool read_raw(GDALDataset& dataset, int col, int row, int width, int height, int buffer_width, int buffer_height,
                  std::span<float> values) const;
    /// The same of whole blocks of the file, one below the other from `row`: past GDAL's cache. For as_stored_.
    bool read_blocks(GDALDataset& dataset, int col, int row, PostBlock& block) const;
    /// Scale, offset and holes of values as they are in the file; true where there are holes.
    bool to_metres(std::span<float> values) const;
    /// Whether an overview says that posts are heights in metres as they are in the file.
    bool known_whole(int col, int row, int width, int height) const;
    /// Of a block of the cache, or of the whole model, in memory.
    int held_width(int width) const;
    int held_height(int height) const;
    std::uint64_t block_key(int number) const;
    BlockPointer decode(int number) const;
    bool fits(const TerrainOverview& overview) const;

    class Reduction; ///< makes an overview

    std::filesystem::path file_;
    std::shared_ptr<PostCache> cache_;
    std::uint64_t model_ = 0;
    int block_width_ = 0, block_height_ = 0, block_cols_ = 0; ///< of blocks in the cache: whole ones of the file
    int file_block_width_ = 0, file_block_height_ = 0;
    bool as_stored_ = false; ///< a block of the cache is a column of the file's, of floats
    bool at_hand_ = false;   ///< in the file as they are: read sooner than held, as the system keeps what was read
    bool has_overviews_ = false;
    std::vector<std::filesystem::path> files_;
    std::size_t own_files_ = 0;
    mutable std::mutex mutex_;
    mutable std::vector<Dataset> idle_;
    int width_ = 0, height_ = 0;
    std::string crs_;
    std::array<double, 6> geotransform_{};
    double scale_ = 1, offset_ = 0;
    bool in_metres_ = true; ///< as in the file
    bool masked_ = false;
    bool has_nodata_ = false; ///< one that could be a height
    int alpha_band_ = 0;      ///< 0: none
    float nodata_ = 0;
    std::shared_ptr<const TerrainOverview> overview_;
    mutable std::mutex ranges_mutex_;
    mutable std::vector<HeightRange> ranges_; ///< as in the overview; what it leaves open is filled in when asked for
};

} // namespace overflight
