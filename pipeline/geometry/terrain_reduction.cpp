// SPDX-License-Identifier: Apache-2.0
#include "geometry/terrain_reduction.h"

#include "core/errors.h"
#include "geometry/hole_fill.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <future>
#include <limits>
#include <utility>

namespace overflight {
namespace {

constexpr int reduced_side = 1024;
constexpr double most_posts_read = 64e6;
constexpr int posts_at_once = 1 << 18;      // by GDAL
constexpr std::int64_t few_posts = 1 << 20; // of a model: not worth a second thread
constexpr int block_rows_a_part = 4;        // at least, as those that the borders run through are decoded twice

int divided_up(int size, int unit) {
    return (size + unit - 1) / unit;
}

} // namespace

/// Columns and rows are counted among those that are taken.
struct TerrainPosts::Reduction::Piece {
    int col, row, width, height;
    const float* posts;
    std::ptrdiff_t stride; ///< from a row to the next
    bool holes;            ///< false where there are none
};

/// Rows of cells from `first` to before `end`, and the ranges of blocks as far as they lie in these.
class TerrainPosts::Reduction::Cells {
public:
    Cells(const Reduction& reduction, int first, int end, std::span<float> means)
        : per_cell_(reduction.per_cell_), width_(static_cast<std::size_t>(reduction.width_)),
          across_(range_blocks(reduction.cols_)), first_row_(first * per_cell_),
          end_row_(std::min(reduction.rows_, end * per_cell_)), means_(means), open_row_(first_row_),
          ranges_(across_ * range_blocks(end_row_ - first_row_ / range_block * range_block)) {}

    int first_row() const { return first_row_; }
    int end_row() const { return end_row_; }

    void add(const Piece& piece) {
        columns_.begin(piece.width);
        for (int row = piece.row, stop = piece.row + piece.height; row < stop;) {
            const int end = std::min({stop, (row / range_block + 1) * range_block, (row / per_cell_ + 1) * per_cell_});
            columns_.add(piece.posts + (row - piece.row) * piece.stride, end - row, piece.stride, piece.holes);
            if (end % per_cell_ == 0 || end == stop) add_sums(piece, row);
            if (end % range_block == 0 || end == stop) join_ranges(piece, row);
            row = end;
        }
    }

    /// All above `row` was added.
    void close(int row) {
        const int whole = row == end_row_ ? divided_up(row, per_cell_) : row / per_cell_;
        const auto count = static_cast<std::size_t>(whole - open_row_ / per_cell_) * width_;
        if (count == 0) return;
        const std::size_t at = static_cast<std::size_t>((open_row_ - first_row_) / per_cell_) * width_;
        for (std::size_t i = 0; i < count; ++i)
            means_[at + i] = open_[i].posts > 0 ? static_cast<float>(open_[i].sum / open_[i].posts)
                                                : std::numeric_limits<float>::quiet_NaN();
        open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(count));
        open_row_ = whole * per_cell_;
    }

    /// Row by row from the blocks that the first post is in.
    const std::vector<PostRange>& ranges() const { return ranges_; }

private:
    struct Cell {
        double sum = 0, posts = 0;
    };

    void add_sums(const Piece& piece, int row) {
        const std::size_t at = static_cast<std::size_t>((row - open_row_) / per_cell_) * width_;
        if (open_.size() < at + width_) open_.resize(at + width_);
        for (int col = 0; col < piece.width;) {
            const int cell = (piece.col + col) / per_cell_;
            const int end = std::min(piece.width, (cell + 1) * per_cell_ - piece.col);
            Cell& to = open_[at + static_cast<std::size_t>(cell)];
            for (; col < end; ++col) {
                to.sum += columns_.sum(col);
                to.posts += static_cast<double>(columns_.count(col));
            }
        }
        columns_.clear_sums();
    }

    void join_ranges(const Piece& piece, int row) {
        PostRange* line =
            ranges_.data() + static_cast<std::size_t>(row / range_block - first_row_ / range_block) * across_;
        for (int col = 0; col < piece.width;) {
            const int block = (piece.col + col) / range_block;
            const int end = std::min(piece.width, (block + 1) * range_block - piece.col);
            line[block].join(columns_.range(col, end));
            col = end;
        }
        columns_.clear_ranges();
    }

    const int per_cell_;
    const std::size_t width_, across_; ///< in cells, in blocks
    const int first_row_, end_row_;    ///< of posts
    const std::span<float> means_;
    PostColumns columns_;
    int open_row_;           ///< of posts: the first of those
    std::vector<Cell> open_; ///< that may have more to come
    std::vector<PostRange> ranges_;
};

TerrainPosts::Reduction::Reduction(const TerrainPosts& posts) : posts_(posts) {
    const double all = static_cast<double>(posts.width_) * posts.height_;
    stride_ = std::clamp(static_cast<int>(std::ceil(std::sqrt(all / most_posts_read))), 1,
                         std::min(posts.width_, posts.height_));
    cols_ = std::max(1, posts.width_ / stride_);
    rows_ = std::max(1, posts.height_ / stride_);
    per_cell_ = divided_up(std::max(cols_, rows_), reduced_side);
    width_ = divided_up(cols_, per_cell_);
    height_ = divided_up(rows_, per_cell_);
    by_gdal_ = stride_ > 1 && (posts.has_overviews_ || posts.file_block_height_ < stride_);
}

int TerrainPosts::Reduction::parts() const {
    if (by_gdal_ || std::int64_t{posts_.width_} * posts_.height_ < few_posts) return 1;
    const int block_rows = divided_up(posts_.height_, posts_.block_height_);
    return std::min(std::max(1, block_rows / block_rows_a_part), posts_.cache_->threads());
}

TerrainOverview TerrainPosts::Reduction::overview() const {
    TerrainOverview out;
    out.heights = {highest_height, lowest_height};
    out.cell = static_cast<double>(stride_) * per_cell_;
    out.width = width_;
    out.height = height_;
    const auto width = static_cast<std::size_t>(width_);
    out.reduced.resize(width * static_cast<std::size_t>(height_));

    const int count = parts();
    std::vector<Cells> cells;
    for (int part = 0; part < count; ++part) {
        const auto border = [&](int number) { return static_cast<int>(std::int64_t{height_} * number / count); };
        const int first = border(part), end = border(part + 1);
        cells.emplace_back(
            *this, first, end,
            std::span(out.reduced)
                .subspan(static_cast<std::size_t>(first) * width, static_cast<std::size_t>(end - first) * width));
    }
    std::vector<std::future<void>> work;
    for (Cells& each : cells)
        work.push_back(std::async(count > 1 ? std::launch::async : std::launch::deferred, [&] { take(each); }));
    for (std::future<void>& each : work) each.get();

    const std::size_t across = range_blocks(cols_);
    std::vector<PostRange> ranges(across * range_blocks(rows_));
    for (const Cells& each : cells) { // a block that a border runs through is in two of them
        PostRange* to = ranges.data() + static_cast<std::size_t>(each.first_row() / range_block) * across;
        for (const PostRange& range : each.ranges()) (to++)->join(range);
    }
    out.ranges.assign(range_blocks(posts_.width_) * range_blocks(posts_.height_), out.heights);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (stride_ == 1 && ranges[i].whole) out.ranges[i] = {ranges[i].low, ranges[i].high};
        out.heights = {std::min(out.heights.min, ranges[i].low), std::max(out.heights.max, ranges[i].high)};
    }
    if (!fill_holes(out.reduced, out.width, out.height))
        throw InputError(Problem{.file = posts_.file_.string(),
                                 .key = "terrain.file",
                                 .message = "the terrain holds no height between -500 and 9000 m"});
    return out;
}

void TerrainPosts::Reduction::take(Cells& cells) const {
    std::vector<float> values;
    for (int row = cells.first_row(); row < cells.end_row();) {
        const int end = std::min(cells.end_row(), end_of_pieces(row));
        for_each_piece(row, end, values, [&](const Piece& piece) { cells.add(piece); });
        cells.close(end);
        row = end;
    }
}

/// How many columns or rows of those that are taken lie before one: in the middle of each stride, as GDAL's nearest
/// neighbour.
int TerrainPosts::Reduction::taken_before(int post) const {
    return std::max(0, divided_up(post - stride_ / 2, stride_));
}

/// The row after those that lie in the same pieces.
int TerrainPosts::Reduction::end_of_pieces(int row) const {
    if (by_gdal_) return row + std::max(1, posts_at_once / cols_);
    const int block_row = (row * stride_ + stride_ / 2) / posts_.block_height_;
    return taken_before((block_row + 1) * posts_.block_height_);
}

/// Hands out rows of the same pieces, from the left.
template <typename Use>
void TerrainPosts::Reduction::for_each_piece(int row, int end_row, std::vector<float>& values, const Use& use) const {
    const int rows = end_row - row;
    if (by_gdal_) {
        values.resize(static_cast<std::size_t>(cols_) * static_cast<std::size_t>(rows));
        Dataset dataset = posts_.borrow();
        const bool holes =
            posts_.read_raw(*dataset, 0, row * stride_, std::min(posts_.width_, cols_ * stride_),
                            std::min(posts_.height_ - row * stride_, rows * stride_), cols_, rows, values);
        posts_.give_back(std::move(dataset));
        use(Piece{0, row, cols_, rows, values.data(), cols_, holes});
        return;
    }
    const int block_row = (row * stride_ + stride_ / 2) / posts_.block_height_;
    const int top = block_row * posts_.block_height_;
    for (int block_col = 0; block_col < posts_.block_cols_; ++block_col) {
        const int left = block_col * posts_.block_width_;
        const int col = taken_before(left), cols = std::min(cols_, taken_before(left + posts_.block_width_)) - col;
        if (cols <= 0) continue;
        const BlockPointer posts = block(block_row * posts_.block_cols_ + block_col);
        if (stride_ == 1) {
            use(Piece{col, row, cols, rows, posts->line(row - top), posts->stride, posts->holes});
            continue;
        }
        values.clear();
        for (int i = 0; i < rows; ++i) {
            const float* line = posts->line((row + i) * stride_ + stride_ / 2 - top) - left;
            for (int k = 0; k < cols; ++k) values.push_back(line[(col + k) * stride_ + stride_ / 2]);
        }
        use(Piece{col, row, cols, rows, values.data(), cols, posts->holes});
    }
}

/// One of the cache's, which keeps it while there is room.
TerrainPosts::BlockPointer TerrainPosts::Reduction::block(int number) const {
    BlockCache<PostBlock>& cache = posts_.cache_->blocks();
    BlockPointer block = cache.find(posts_.block_key(number));
    if (block) return block;
    block = posts_.decode(number);
    if (!posts_.at_hand_) cache.offer_beside(posts_.block_key(number), block);
    return block;
}

} // namespace overflight
