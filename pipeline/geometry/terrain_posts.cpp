// SPDX-License-Identifier: Apache-2.0
#include "geometry/terrain_posts.h"

#include "core/errors.h"
#include "geometry/crs.h"
#include "geometry/gdal_errors.h"
#include "geometry/height_unit.h"
#include "geometry/hole_fill.h"
#include "raster/raster_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <future>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace overflight {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float lowest_height = -500, highest_height = 9000;
constexpr int reduced_side = 1024;
constexpr double most_posts_read = 64e6;
constexpr std::int64_t posts_at_once = 1 << 18; // in the second-level cache
constexpr int range_block = 256;
constexpr HeightRange unknown_range{highest_height, lowest_height};
constexpr int block_side = 256;                            // of blocks in the cache, about,
constexpr std::int64_t block_posts = 1 << 16;              // and how many posts they hold
constexpr std::int64_t few_posts = 1 << 20;                // of a model: its decoding is not worth a thread
constexpr std::int64_t in_passing = std::int64_t{8} << 20; // bytes of posts around the tiles in work

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

/// Lowest and highest posts of the blocks in a row of them, and sums down the columns, gathered row by row.
class PostColumns {
public:
    struct Range {
        float low = 0, high = 0;
        bool whole = false; ///< without holes
    };

    explicit PostColumns(int cols)
        : low_(static_cast<std::size_t>(cols)), high_(low_.size()), holes_(low_.size()), sum_(low_.size()),
          count_(low_.size()) {
        clear_ranges();
    }

    void clear_ranges() {
        std::fill(low_.begin(), low_.end(), highest_height);
        std::fill(high_.begin(), high_.end(), lowest_height);
        std::fill(holes_.begin(), holes_.end(), 0);
    }
    void clear_sums() {
        std::fill(sum_.begin(), sum_.end(), 0.0);
        std::fill(count_.begin(), count_.end(), 0.0F);
    }

    /// Rows one below the other. So many columns at a time that what is gathered of them stays in the first-level
    /// cache.
    void add(const float* lines, int rows, bool holes) {
        constexpr std::size_t at_once = 512;
        for (std::size_t first = 0; first < low_.size(); first += at_once) {
            const std::size_t end = std::min(low_.size(), first + at_once);
            for (int row = 0; row < rows; ++row) {
                const float* line = lines + static_cast<std::size_t>(row) * low_.size();
                if (holes)
                    add_row<true>(line, first, end);
                else
                    add_row<false>(line, first, end);
            }
            if (holes) continue;
            for (std::size_t col = first; col < end; ++col) count_[col] += static_cast<float>(rows);
        }
    }

    Range range(int block) const {
        Range range{highest_height, lowest_height, true};
        const auto first = static_cast<std::size_t>(block) * range_block;
        for (std::size_t col = first; col < std::min(low_.size(), first + range_block); ++col) {
            range.low = std::min(range.low, low_[col]);
            range.high = std::max(range.high, high_[col]);
            range.whole = range.whole && holes_[col] == 0;
        }
        return range;
    }

    /// Of some columns; NaN where all is holes.
    float mean(std::size_t first, std::size_t end) const {
        double total = 0, posts = 0;
        for (std::size_t col = first; col < std::min(low_.size(), end); ++col) {
            total += sum_[col];
            posts += static_cast<double>(count_[col]);
        }
        return posts > 0 ? static_cast<float>(total / posts) : nan;
    }

private:
    template <bool holes>
    void add_row(const float* line, std::size_t first, std::size_t end) {
        float *low = low_.data(), *high = high_.data(), *count = count_.data();
        std::int32_t* hole = holes_.data();
        double* sum = sum_.data();
        for (std::size_t col = first; col < end; ++col) {
            const float value = line[col]; // comparisons with holes are false
            low[col] = value < low[col] ? value : low[col];
            high[col] = value > high[col] ? value : high[col];
        }
        for (std::size_t col = first; col < end; ++col) {
            const bool known = !holes || line[col] == line[col];
            sum[col] += static_cast<double>(known ? line[col] : 0.0F);
            if constexpr (holes) {
                count[col] += known ? 1.0F : 0.0F;
                hole[col] |= known ? 0 : 1;
            }
        }
    }

    std::vector<float> low_, high_;
    std::vector<std::int32_t> holes_;
    std::vector<double> sum_;
    std::vector<float> count_;
};

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
    has_nodata_ = has_nodata != 0;
    nodata_ = static_cast<float>(nodata);
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
    model_ = cache_->model(file, at_hand_ ? std::min(bytes, in_passing) : bytes);
    give_back(std::move(dataset));
}

void TerrainPosts::overlook(TerrainOverviews* known) {
    if (known) overview_ = known->find(files_);
    if (!overview_ || !fits(*overview_)) {
        overview_ = before_work([&] { return std::make_shared<const TerrainOverview>(reduce()); });
        if (known) known->keep(overview_);
    }
    ranges_ = overview_->ranges;
}

std::size_t TerrainPosts::range_blocks() const {
    const auto blocks = [](int posts) { return static_cast<std::size_t>((posts + range_block - 1) / range_block); };
    return blocks(width_) * blocks(height_);
}

bool TerrainPosts::fits(const TerrainOverview& overview) const {
    return overview.width > 0 && overview.height > 0 && overview.ranges.size() == range_blocks() &&
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
    const auto width = static_cast<std::size_t>(block.width);
    if (block.width == block.stride) return to_metres({values, width * static_cast<std::size_t>(block.height)});
    bool holes = false;
    for (int line = 0; line < block.height; ++line)
        holes = to_metres({values + static_cast<std::ptrdiff_t>(line) * block.stride, width}) || holes;
    return holes;
}

bool TerrainPosts::to_metres(std::span<float> values) const {
    if (scale_ != 1 || offset_ != 0) {
        for (float& value : values)
            value = has_nodata_ && value == nodata_ ? nan : static_cast<float>(value * scale_ + offset_);
    } else if (has_nodata_) {
        for (float& value : values) value = value == nodata_ ? nan : value;
    }
    unsigned holes = 0;
    for (float& value : values) {
        const bool sound = (value >= lowest_height) & (value <= highest_height);
        value = sound ? value : nan;
        holes |= sound ? 0U : 1U;
    }
    return holes != 0;
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

/// Blocks are decoded in their order, as many side by side as the cache says, and stay in it while there is room. Where
/// most lines can be left out GDAL reads the others.
class TerrainPosts::Lines {
public:
    Lines(const TerrainPosts& posts, int stride, int cols)
        : posts_(posts), stride_(stride), cols_(cols),
          by_gdal_(stride > 1 && (posts.has_overviews_ || posts.file_block_height_ < stride)),
          end_(posts.block_cols_ * ((posts.height_ + posts.block_height_ - 1) / posts.block_height_)),
          threads_(std::int64_t{posts.width_} * posts.height_ < few_posts ? 1 : posts.cache_->threads()) {}

    /// The next lines in their order, `most` at most.
    std::span<const float> next(int most) {
        const int first = std::exchange(line_, line_ + most);
        if (by_gdal_) {
            values_.resize(static_cast<std::size_t>(cols_) * static_cast<std::size_t>(most));
            Dataset dataset = posts_.borrow();
            holes_ = posts_.read_raw(*dataset, 0, first * stride_, std::min(posts_.width_, cols_ * stride_),
                                     std::min(posts_.height_ - first * stride_, most * stride_), cols_, most, values_);
            posts_.give_back(std::move(dataset));
            return values_;
        }
        const auto row = [this](int line) { return line * stride_ + stride_ / 2; }; // as GDAL's nearest neighbour
        while (row(first) / posts_.block_height_ != block_row_) next_blocks();
        const int top = block_row_ * posts_.block_height_, end = top + blocks_.front()->height;
        const int count = std::min(most, (end - row(first) + stride_ - 1) / stride_);
        line_ = first + count;
        const auto values = static_cast<std::size_t>(cols_) * static_cast<std::size_t>(count);
        if (stride_ == 1 && blocks_.size() == 1 && blocks_.front()->stride == cols_)
            return {blocks_.front()->line(first - top), values};
        values_.resize(values);
        for (int line = 0; line < count; ++line)
            take_line(row(first + line) - top, values_.data() + static_cast<std::ptrdiff_t>(line) * cols_);
        return values_;
    }
    /// Of those given last; false where there are none.
    bool holes() const { return holes_; }

private:
    void take_line(int row, float* to) const {
        const float* const end = to + cols_;
        int col = stride_ / 2, left = 0;
        for (const BlockPointer& block : blocks_) {
            const float* from = block->line(row);
            if (stride_ == 1) {
                to = std::copy_n(from, block->width, to);
            } else {
                for (; col < left + block->width && to != end; col += stride_) *to++ = from[col - left];
                left += block->width;
            }
        }
    }

    void next_blocks() {
        ++block_row_;
        blocks_.clear();
        holes_ = false;
        for (int col = 0; col < posts_.block_cols_; ++col) {
            blocks_.push_back(next_block());
            holes_ = holes_ || blocks_.back()->holes;
        }
    }

    BlockPointer next_block() {
        for (; next_ < end_ && std::cmp_less(ahead_.size(), threads_); ++next_)
            ahead_.push_back(
                std::async(threads_ > 1 ? std::launch::async : std::launch::deferred, [this, next = next_] {
                    BlockCache<PostBlock>& cache = posts_.cache_->blocks();
                    BlockPointer block = cache.find(posts_.block_key(next));
                    if (block) return block;
                    block = posts_.decode(next);
                    if (!posts_.at_hand_) cache.offer_beside(posts_.block_key(next), block);
                    return block;
                }));
        BlockPointer block = ahead_.front().get();
        ahead_.pop_front();
        return block;
    }

    const TerrainPosts& posts_;
    const int stride_, cols_;
    const bool by_gdal_;
    const int end_; ///< number of blocks
    const int threads_;
    int line_ = 0, next_ = 0, block_row_ = -1;
    std::deque<std::future<BlockPointer>> ahead_;
    std::vector<BlockPointer> blocks_; ///< of block_row_
    bool holes_ = false;
    std::vector<float> values_;
};

TerrainOverview TerrainPosts::reduce() const {
    // Models of more posts than can be read in a second are sampled at every stride-th post.
    const double posts = static_cast<double>(width_) * height_;
    const int stride = std::max(1, static_cast<int>(std::ceil(std::sqrt(posts / most_posts_read))));
    const int cols = std::max(1, width_ / stride), rows = std::max(1, height_ / stride);
    const int per_cell = (std::max(cols, rows) + reduced_side - 1) / reduced_side;
    TerrainOverview out;
    out.heights = unknown_range;
    out.cell = static_cast<double>(stride) * per_cell;
    out.width = (cols + per_cell - 1) / per_cell;
    out.height = (rows + per_cell - 1) / per_cell;
    out.reduced.assign(static_cast<std::size_t>(out.width) * out.height, nan);
    out.ranges.assign(range_blocks(), unknown_range);
    PostColumns columns(cols);
    const int range_cols = (width_ + range_block - 1) / range_block;
    Lines lines(*this, stride, cols);
    const int step = static_cast<int>(std::max<std::int64_t>(1, posts_at_once / cols));
    for (int first = 0, n = 0; first < rows; first += n) {
        const std::span<const float> values = lines.next(std::min(step, rows - first));
        n = static_cast<int>(values.size() / static_cast<std::size_t>(cols));
        for (int row = first; row < first + n;) {
            const int end =
                std::min({first + n, (row / range_block + 1) * range_block, (row / per_cell + 1) * per_cell});
            columns.add(values.data() + static_cast<std::size_t>(row - first) * cols, end - row, lines.holes());
            const int last = end - 1;
            row = end;
            if (end % range_block == 0 || end == rows) {
                for (int block = 0; block < (cols + range_block - 1) / range_block; ++block) {
                    const PostColumns::Range range = columns.range(block);
                    out.heights = {std::min(out.heights.min, range.low), std::max(out.heights.max, range.high)};
                    if (stride == 1 && range.whole)
                        out.ranges[static_cast<std::size_t>(last / range_block) * range_cols + block] =
                            HeightRange{range.low, range.high};
                }
                columns.clear_ranges();
            }
            if (end % per_cell != 0 && end != rows) continue;
            float* cells = out.reduced.data() + static_cast<std::size_t>(last / per_cell) * out.width;
            for (int cell = 0; cell < out.width; ++cell)
                cells[cell] = columns.mean(static_cast<std::size_t>(cell) * per_cell,
                                           static_cast<std::size_t>(cell + 1) * per_cell);
            columns.clear_sums();
        }
    }
    if (!fill_holes(out.reduced, out.width, out.height))
        throw InputError(Problem{.file = file_.string(),
                                 .key = "terrain.file",
                                 .message = "the terrain holds no height between -500 and 9000 m"});
    return out;
}

void TerrainPosts::read(int col, int row, int width, int height, PostWindow& window,
                        std::span<const std::uint8_t> wanted) const {
    const int c0 = std::clamp(col, 0, width_ - 1), c1 = std::clamp(col + width - 1, 0, width_ - 1);
    const int r0 = std::clamp(row, 0, height_ - 1), r1 = std::clamp(row + height - 1, 0, height_ - 1);
    const int inner_width = c1 - c0 + 1, inner_height = r1 - r0 + 1;
    const bool within = inner_width == width && inner_height == height;
    std::vector<float> clipped;
    std::vector<float>& inner = within ? window.post : clipped;
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
    const int cols = (width_ + range_block - 1) / range_block;
    HeightRange range{highest_height, lowest_height};
    for (int row = row0 / range_block; row <= row1 / range_block; ++row) {
        for (int col = col0 / range_block; col <= col1 / range_block; ++col) {
            const auto block = static_cast<std::size_t>(row) * cols + col;
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
