// SPDX-License-Identifier: Apache-2.0
#include "geometry/terrain_posts.h"

#include "core/errors.h"
#include "geometry/crs.h"
#include "geometry/gdal_errors.h"
#include "geometry/height_unit.h"
#include "geometry/terrain_reduction.h"
#include "raster/raster_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace overflight {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr int block_side = 256;                            // of blocks in the cache, about,
constexpr std::int64_t block_posts = 1 << 16;              // and how many posts they hold
constexpr std::int64_t in_passing = std::int64_t{2} << 20; // bytes of posts around the tiles that a thread works on

/// False of NaN.
bool is_height(float value) {
    return (value >= lowest_height) & (value <= highest_height);
}

int rounded_up(int size, int unit) {
    return (size + unit - 1) / unit * unit;
}

/// What is asked before any work: a broken file is the user's to mend then.
template <typename Work>
auto before_work(const Work& work) {
    try {
        return work();
    } catch (const RunError& error) {
        throw InputError(Problem{.key = "terrain.file", .message = error.what()});
    }
}

} // namespace

TerrainPosts::TerrainPosts(const std::filesystem::path& file, std::shared_ptr<PostCache> cache)
    : file_(file), cache_(std::move(cache)) {
    Dataset dataset = open_local_raster(file, "terrain.file");
    const auto fail = [&](const std::string& message) {
        return InputError(Problem{.file = file.string(), .key = "terrain.file", .message = message});
    };
    const OGRSpatialReference* crs = dataset->GetSpatialRef();
    if (!crs || crs->IsEmpty())
        throw fail("the terrain names no coordinate reference system; assign one with gdal_edit.py -a_srs");
    crs_ = to_wkt(*crs);
    if (dataset->GetGeoTransform(geotransform_.data()) != CE_None ||
        geotransform_[1] * geotransform_[5] - geotransform_[2] * geotransform_[4] == 0)
        throw fail("the terrain has no geotransform, so its place is unknown");
    width_ = dataset->GetRasterXSize();
    height_ = dataset->GetRasterYSize();
    for (int other = 2; other <= dataset->GetRasterCount(); ++other) {
        if (dataset->GetRasterBand(other)->GetColorInterpretation() != GCI_AlphaBand)
            throw fail(fmt::format("the raster has {} bands, heights have one; is it an image? Pick a band with "
                                   "gdal_translate -b",
                                   dataset->GetRasterCount()));
        alpha_band_ = other;
    }
    GDALRasterBand* band = dataset->GetRasterBand(1);
    const std::string name = band->GetUnitType();
    // a band without one: that of the vertical CRS, or metres
    const std::optional<double> unit =
        name.empty() ? crs->GetTargetLinearUnits("VERT_CS") : metres_per_height_unit(name);
    if (!unit)
        throw fail(fmt::format("found heights in '{}'; allowed are {}; say which with gdal_edit.py -units", name,
                               known_height_units()));
    scale_ = band->GetScale() * *unit;
    offset_ = band->GetOffset() * *unit;
    int has_nodata = 0;
    const double nodata = band->GetNoDataValue(&has_nodata);
    nodata_ = static_cast<float>(nodata);
    in_metres_ = scale_ == 1 && offset_ == 0;
    has_nodata_ = has_nodata != 0 && (!in_metres_ || is_height(nodata_)); // else it is a hole anyway
    masked_ = (band->GetMaskFlags() & (GMF_PER_DATASET | GMF_ALPHA)) == GMF_PER_DATASET;
    has_overviews_ = band->GetOverviewCount() > 0;
    files_ = files_of(*dataset, Overviews::listed);
    const bool leads_on = std::string(dataset->GetDriverName()) == "VRT";
    const auto others = std::ranges::stable_partition(files_, [&](const std::filesystem::path& each) {
        return !leads_on || each.string().starts_with(file.string()); // masks and overviews of its own
    });
    own_files_ = files_.size() - others.size();
    band->GetBlockSize(&file_block_width_, &file_block_height_);
    const auto whole_blocks = [](std::int64_t size, std::int64_t about, int most) {
        return static_cast<int>(std::min<std::int64_t>(most, std::max<std::int64_t>(1, about / size) * size));
    };
    block_width_ = whole_blocks(file_block_width_, block_side, width_);
    block_height_ = whole_blocks(file_block_height_, block_posts / block_width_, height_);
    as_stored_ = band->GetRasterDataType() == GDT_Float32 && dataset->GetRasterCount() == 1 && !masked_ &&
                 block_width_ == std::min(file_block_width_, width_);
    at_hand_ = as_stored_ && std::string_view(dataset->GetDriverName()) == "GTiff" &&
               dataset->GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == nullptr;
    block_cols_ = (width_ + block_width_ - 1) / block_width_;
    const std::int64_t bytes = std::int64_t{sizeof(float)} * held_width(width_) * held_height(height_);
    const std::int64_t around_tiles = in_passing * std::max(2, cache_->threads());
    model_ = cache_->model(file, at_hand_ ? std::min(bytes, around_tiles) : bytes);
    give_back(std::move(dataset));
}

void TerrainPosts::overlook(TerrainOverviews* known) {
    if (known) overview_ = known->find(files_);
    if (overview_ && !fits(*overview_)) overview_.reset();
    if (!overview_) {
        overview_ = before_work([&] { return std::make_shared<const TerrainOverview>(Reduction(*this).overview()); });
        if (known) known->keep(overview_);
    }
    ranges_ = overview_->ranges;
}

bool TerrainPosts::fits(const TerrainOverview& overview) const {
    return overview.width > 0 && overview.height > 0 &&
           overview.ranges.size() == range_blocks(width_) * range_blocks(height_) &&
           overview.reduced.size() == static_cast<std::size_t>(overview.width) * overview.height;
}

Dataset TerrainPosts::borrow() const {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            Dataset dataset = std::move(idle_.back());
            idle_.pop_back();
            return dataset;
        }
    }
    return open_local_raster(file_, "terrain.file");
}

void TerrainPosts::give_back(Dataset dataset) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(dataset));
}

float TerrainPosts::post(int col, int row) const {
    Dataset dataset = borrow();
    float value = nan;
    before_work([&] { return read_raw(*dataset, col, row, 1, 1, 1, 1, {&value, 1}); });
    give_back(std::move(dataset));
    return value;
}

bool TerrainPosts::read_raw(GDALDataset& dataset, int col, int row, int width, int height, int buffer_width,
                            int buffer_height, std::span<float> values) const {
    const QuietGdal quiet;
    GDALRasterBand* band = dataset.GetRasterBand(1);
    if (band->RasterIO(GF_Read, col, row, width, height, values.data(), buffer_width, buffer_height, GDT_Float32, 0, 0,
                       nullptr) != CE_None)
        throw RunError(fmt::format("{}: the terrain cannot be read: {}", file_.string(), quiet.last_error()));
    // GDAL makes a mask of alpha beside integers only: where there is such a band, it is read itself
    for (GDALRasterBand* cover :
         {masked_ ? band->GetMaskBand() : nullptr, alpha_band_ > 0 ? dataset.GetRasterBand(alpha_band_) : nullptr}) {
        if (!cover) continue;
        std::vector<float> covered(values.size());
        if (cover->RasterIO(GF_Read, col, row, width, height, covered.data(), buffer_width, buffer_height, GDT_Float32,
                            0, 0, nullptr) != CE_None)
            throw RunError(
                fmt::format("{}: the terrain's mask cannot be read: {}", file_.string(), quiet.last_error()));
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!(covered[i] > 0)) values[i] = nan;
    }
    return to_metres(values);
}

bool TerrainPosts::read_blocks(GDALDataset& dataset, int col, int row, PostBlock& block) const {
    const QuietGdal quiet;
    GDALRasterBand* band = dataset.GetRasterBand(1);
    const auto posts_a_block =
        static_cast<std::size_t>(file_block_width_) * static_cast<std::size_t>(file_block_height_);
    auto* values = reinterpret_cast<float*>(block.samples.data());
    for (int done = 0; done < block.height; done += file_block_height_) {
        float* const part = values + static_cast<std::size_t>(done / file_block_height_) * posts_a_block;
        if (band->ReadBlock(col / file_block_width_, (row + done) / file_block_height_, part) != CE_None)
            throw RunError(fmt::format("{}: the terrain cannot be read: {}", file_.string(), quiet.last_error()));
    }
    if (known_whole(col, row, block.width, block.height)) return false;
    const auto width = static_cast<std::size_t>(block.width);
    if (block.width == block.stride) return to_metres({values, width * static_cast<std::size_t>(block.height)});
    bool holes = false;
    for (int line = 0; line < block.height; ++line)
        holes = to_metres({values + static_cast<std::ptrdiff_t>(line) * block.stride, width}) || holes;
    return holes;
}

bool TerrainPosts::to_metres(std::span<float> values) const {
    if (in_metres_ && !has_nodata_) { // mostly nothing is to be mended, and to read takes less than to write
        unsigned holes = 0;
        for (const float value : values) holes |= is_height(value) ? 0U : 1U;
        if (holes == 0) return false;
    }
    for (float& value : values)
        value = has_nodata_ && value == nodata_ ? nan : static_cast<float>(value * scale_ + offset_);
    unsigned holes = 0;
    for (float& value : values) {
        const bool sound = is_height(value);
        value = sound ? value : nan;
        holes |= sound ? 0U : 1U;
    }
    return holes != 0;
}

bool TerrainPosts::known_whole(int col, int row, int width, int height) const {
    if (!in_metres_ || !overview_) return false;
    const std::size_t across = range_blocks(width_);
    for (int r = row / range_block; r <= (row + height - 1) / range_block; ++r) {
        const auto line = overview_->ranges.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(r) * across);
        const auto known = [](const HeightRange& range) { return range.min <= range.max; };
        if (!std::all_of(line + col / range_block, line + (col + width - 1) / range_block + 1, known)) return false;
    }
    return true;
}

int TerrainPosts::held_width(int width) const {
    return as_stored_ ? rounded_up(width, file_block_width_) : width;
}

int TerrainPosts::held_height(int height) const {
    return as_stored_ ? rounded_up(height, file_block_height_) : height;
}

std::uint64_t TerrainPosts::block_key(int number) const {
    constexpr int number_bits = 32;
    return model_ << number_bits | static_cast<std::uint64_t>(number);
}

TerrainPosts::BlockPointer TerrainPosts::decode(int number) const {
    const int col = number % block_cols_ * block_width_, row = number / block_cols_ * block_height_;
    auto block = std::make_shared<PostBlock>();
    block->width = std::min(block_width_, width_ - col);
    block->height = std::min(block_height_, height_ - row);
    block->stride = held_width(block->width);
    const auto posts = static_cast<std::size_t>(block->stride) * static_cast<std::size_t>(held_height(block->height));
    const std::size_t bytes = posts * sizeof(float);
    block->samples = at_hand_ ? RawBytes(bytes) : backed_bytes(bytes); // those that do not stay leave pages to the next
    Dataset dataset = borrow();
    block->holes = as_stored_ ? read_blocks(*dataset, col, row, *block)
                              : read_raw(*dataset, col, row, block->width, block->height, block->width, block->height,
                                         {reinterpret_cast<float*>(block->samples.data()), posts});
    give_back(std::move(dataset));
    return block;
}

void TerrainPosts::read(int col, int row, int width, int height, PostWindow& window,
                        std::span<const std::uint8_t> wanted) const {
    const int c0 = std::clamp(col, 0, width_ - 1), c1 = std::clamp(col + width - 1, 0, width_ - 1);
    const int r0 = std::clamp(row, 0, height_ - 1), r1 = std::clamp(row + height - 1, 0, height_ - 1);
    const int inner_width = c1 - c0 + 1, inner_height = r1 - r0 + 1;
    const bool within = inner_width == width && inner_height == height;
    decltype(window.post) clipped;
    auto& inner = within ? window.post : clipped;
    inner.resize(static_cast<std::size_t>(inner_width) * inner_height);
    bool holes = false;
    for (int block_row = r0 / block_height_; block_row <= r1 / block_height_; ++block_row) {
        for (int block_col = c0 / block_width_; block_col <= c1 / block_width_; ++block_col) {
            const int number = block_row * block_cols_ + block_col;
            const BlockPointer block = cache_->blocks().get(block_key(number), [&] { return decode(number); });
            holes = holes || block->holes;
            const int left = block_col * block_width_, top = block_row * block_height_;
            const int first_col = std::max(c0, left), end_col = std::min(c1 + 1, left + block->width);
            for (int r = std::max(r0, top); r < std::min(r1 + 1, top + block->height); ++r) {
                if (within && !wanted.empty() && wanted[static_cast<std::size_t>(r - r0)] == 0) continue;
                std::copy_n(block->line(r - top) + first_col - left, end_col - first_col,
                            inner.data() + static_cast<std::ptrdiff_t>(r - r0) * inner_width + first_col - c0);
            }
        }
    }
    window.col = col;
    window.row = row;
    window.width = width;
    window.height = height;
    window.hole.clear();
    if (!within) {
        window.post.resize(static_cast<std::size_t>(width) * height);
        for (int r = 0; r < height; ++r) {
            const float* from = inner.data() + static_cast<std::size_t>(std::clamp(row + r, r0, r1) - r0) * inner_width;
            float* to = window.post.data() + static_cast<std::size_t>(r) * width;
            for (int c = 0; c < width; ++c) to[c] = from[std::clamp(col + c, c0, c1) - c0];
        }
    }
    for (std::size_t i = 0; holes && i < window.post.size(); ++i) {
        if (!std::isnan(window.post[i])) continue;
        if (window.hole.empty()) window.hole.assign(window.post.size(), 0);
        window.hole[i] = 1;
        const int at = static_cast<int>(i);
        window.post[i] = reduced(std::clamp(col + at % width, c0, c1), std::clamp(row + at / width, r0, r1));
    }
}

HeightRange TerrainPosts::range(int col0, int row0, int col1, int row1) const {
    const std::size_t cols = range_blocks(width_);
    HeightRange range{highest_height, lowest_height};
    for (int row = row0 / range_block; row <= row1 / range_block; ++row) {
        for (int col = col0 / range_block; col <= col1 / range_block; ++col) {
            const auto block = static_cast<std::size_t>(row) * cols + static_cast<std::size_t>(col);
            HeightRange known;
            {
                const std::lock_guard lock(ranges_mutex_);
                known = ranges_[block];
            }
            if (known.min > known.max) {
                PostWindow window;
                read(col * range_block, row * range_block, std::min(range_block, width_ - col * range_block),
                     std::min(range_block, height_ - row * range_block), window);
                const auto [low, high] = std::minmax_element(window.post.begin(), window.post.end());
                known = {*low, *high};
                const std::lock_guard lock(ranges_mutex_);
                ranges_[block] = known;
            }
            range.min = std::min(range.min, known.min);
            range.max = std::max(range.max, known.max);
        }
    }
    return range;
}

float TerrainPosts::reduced(double col, double row) const {
    if (std::isnan(col) || std::isnan(row)) return nan;
    const TerrainOverview& o = *overview_;
    const double x = std::clamp((col + 0.5) / o.cell - 0.5, 0.0, o.width - 1.0);
    const double y = std::clamp((row + 0.5) / o.cell - 0.5, 0.0, o.height - 1.0);
    const int c0 = static_cast<int>(x), r0 = static_cast<int>(y);
    const int c1 = std::min(c0 + 1, o.width - 1), r1 = std::min(r0 + 1, o.height - 1);
    const double fx = x - c0, fy = y - r0;
    const auto at = [&](int r, int c) { return o.reduced[static_cast<std::size_t>(r) * o.width + c]; };
    return static_cast<float>((at(r0, c0) * (1 - fx) + at(r0, c1) * fx) * (1 - fy) +
                              (at(r1, c0) * (1 - fx) + at(r1, c1) * fx) * fy);
}

} // namespace overflight
