// SPDX-License-Identifier: Apache-2.0
#include "geometry/plain_posts.h"

#include "core/errors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gdal_priv.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace overflight {
namespace {

/// A TIFF in the byte order of the machine.
bool has_our_order(int descriptor) {
    std::array<char, 2> order{};
    constexpr std::string_view ours = std::endian::native == std::endian::little ? "II" : "MM";
    return ::pread(descriptor, order.data(), order.size(), 0) == static_cast<ssize_t>(order.size()) &&
           std::string_view(order.data(), order.size()) == ours;
}

} // namespace

PlainPosts::PlainPosts(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

PlainPosts::~PlainPosts() {
    ::close(descriptor_);
}

std::unique_ptr<PlainPosts> PlainPosts::open(GDALDataset& dataset) {
    GDALDriver* driver = dataset.GetDriver();
    if (!driver || std::string_view(driver->GetDescription()) != "GTiff" || dataset.GetRasterCount() != 1)
        return nullptr;
    GDALRasterBand& band = *dataset.GetRasterBand(1);
    int block_width = 0, block_height = 0;
    band.GetBlockSize(&block_width, &block_height);
    if (band.GetRasterDataType() != GDT_Float32 || block_width != dataset.GetRasterXSize() || block_height < 1 ||
        dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") || band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE"))
        return nullptr;
    const std::filesystem::path path = dataset.GetDescription();
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return nullptr; // a name that only GDAL knows
    std::unique_ptr<PlainPosts> posts(new PlainPosts(path, descriptor));
    if (!has_our_order(descriptor)) return nullptr;
    posts->row_bytes_ = static_cast<std::int64_t>(block_width) * static_cast<std::int64_t>(sizeof(float));
    posts->strip_rows_ = block_height;
    for (int strip = 0; strip < (dataset.GetRasterYSize() + block_height - 1) / block_height; ++strip) {
        const char* text = band.GetMetadataItem(fmt::format("BLOCK_OFFSET_0_{}", strip).c_str(), "TIFF");
        std::int64_t offset = 0;
        if (!text || std::from_chars(text, text + std::strlen(text), offset).ec != std::errc() || offset <= 0)
            return nullptr; // a strip that was left out
        posts->strips_.push_back(offset);
    }
    return posts;
}

void PlainPosts::read(int col, int row, int width, int height, float* posts) const {
    const auto fail = [&](std::string_view why) {
        return RunError(fmt::format("{}: the terrain cannot be read: {}", path_.string(), why));
    };
    for (int r = row; r < row + height; ++r, posts += width) {
        std::int64_t from = strips_[static_cast<std::size_t>(r / strip_rows_)] + (r % strip_rows_) * row_bytes_ +
                            col * static_cast<std::int64_t>(sizeof(float));
        auto* to = reinterpret_cast<char*>(posts);
        for (std::size_t left = static_cast<std::size_t>(width) * sizeof(float); left > 0;) {
            const ssize_t got = ::pread(descriptor_, to, left, from);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw fail(std::strerror(errno));
            if (got == 0) throw fail("it ends early");
            to += got, from += got, left -= static_cast<std::size_t>(got);
        }
    }
}

} // namespace overflight
