// SPDX-License-Identifier: Apache-2.0
#include "io/quicklook.h"

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/gdal_messages.h"

#include <cpl_conv.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace overflight {
namespace {

using Dataset = std::unique_ptr<void, decltype(&GDALClose)>;

GDALDriverH driver(const char* name) {
    static std::once_flag registered;
    std::call_once(registered, GDALAllRegister);
    GDALDriverH found = GDALGetDriverByName(name);
    if (!found) throw RunError(fmt::format("GDAL was built without its {} driver", name));
    return found;
}

} // namespace

ReducedSize reduced_size(std::int64_t width, std::int64_t height, int longest_side) {
    const std::int64_t every = (std::max(width, height) + longest_side - 1) / longest_side;
    return {static_cast<int>(every), static_cast<int>((width + every - 1) / every),
            static_cast<int>((height + every - 1) / every)};
}

ReducedSize quicklook_size(const Grid& grid) {
    return reduced_size(grid.width, grid.height, 1024);
}

std::vector<std::byte> encode_png(const Picture& picture) {
    const GdalMessages messages;
    const auto fail = [&] { return RunError(fmt::format("cannot make a PNG: {}", messages.last())); };
    const Dataset memory(
        GDALCreate(driver("MEM"), "", picture.width, picture.height, picture.channels, GDT_Byte, nullptr), GDALClose);
    if (!memory) throw fail();
    const auto row_bytes = static_cast<GSpacing>(picture.channels) * picture.width;
    if (GDALDatasetRasterIOEx(memory.get(), GF_Write, 0, 0, picture.width, picture.height,
                              const_cast<std::uint8_t*>(picture.samples.data()), picture.width, picture.height,
                              GDT_Byte, picture.channels, nullptr, picture.channels, row_bytes, 1, nullptr) != CE_None)
        throw fail();
    if (picture.channels == 2 || picture.channels == 4)
        GDALSetRasterColorInterpretation(GDALGetRasterBand(memory.get(), picture.channels), GCI_AlphaBand);

    // Made in memory: the one writer below tells a full disk from other failures, GDAL's drivers do not.
    static std::atomic<unsigned> serial{0};
    const std::string name = fmt::format("/vsimem/overflight_quicklook_{}.png", serial++);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
    char fast[] = "ZLEVEL=1"; // a tenth larger, a third of the time
    char* options[] = {fast, nullptr};
    Dataset png(GDALCreateCopy(driver("PNG"), name.c_str(), memory.get(), FALSE, options, nullptr, nullptr), GDALClose);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nullptr);
    if (!png) throw fail();
    png.reset();
    vsi_l_offset size = 0;
    const std::unique_ptr<GByte, decltype(&VSIFree)> content(VSIGetMemFileBuffer(name.c_str(), &size, TRUE), VSIFree);
    if (!content) throw fail();
    const auto* first = reinterpret_cast<const std::byte*>(content.get());
    return {first, first + size};
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
    write_file(path, encode_png(picture));
}

} // namespace overflight
