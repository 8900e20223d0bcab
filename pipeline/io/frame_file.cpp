// SPDX-License-Identifier: Apache-2.0
#include "io/frame_file.h"

#include "core/lower_case.h"
#include "io/gdal_messages.h"
#include "kernels/interleave.h"
#include "raster/raster_files.h"

#include <gdal_priv.h>

#include <algorithm>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace overflight {
namespace {

constexpr std::size_t vector_slack = 64;

/// Formats that raw frames come in, all read from local files by GDAL itself.
const char* const local_drivers[] = {"GTiff", "COG",  "JPEG", "PNG",  "JP2OpenJPEG", "HFA",  "ENVI",
                                     "BMP",   "NITF", "PNM",  "EHdr", "netCDF",      nullptr};

struct DatasetCloser {
    void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, DatasetCloser>;

bool leaves_the_machine(const std::string& name) {
    return name.starts_with("/vsi") || name.find("://") != std::string::npos || name.starts_with("<");
}

Dataset open(const std::filesystem::path& path, bool allow_remote, const std::vector<std::string>* beside = nullptr) {
    return Dataset(open_raster(path, GDAL_OF_VERBOSE_ERROR, allow_remote ? nullptr : local_drivers, beside));
}

/// One that GDAL knows, but not of local_drivers.
bool of_another_format(const std::filesystem::path& path) {
    GDALDriverH driver = GDALIdentifyDriverEx(path.c_str(), GDAL_OF_RASTER, nullptr, nullptr);
    return driver != nullptr &&
           std::none_of(std::begin(local_drivers), std::end(local_drivers) - 1,
                        [&](const char* name) { return std::string_view(GDALGetDriverShortName(driver)) == name; });
}

bool is_alpha(GDALRasterBand* band) {
    return band->GetColorInterpretation() == GCI_AlphaBand;
}

SampleType sample_type(GDALDataType type, const std::filesystem::path& path) {
    if (type == GDT_Byte) return SampleType::u8;
    if (type == GDT_UInt16) return SampleType::u16;
    if (type == GDT_Float32) return SampleType::f32;
    throw InputError(Problem{path.string(), 0, 0, "",
                             std::string("samples are ") + GDALGetDataTypeName(type) +
                                 "; frames are Byte, UInt16 or Float32 (convert with gdal_translate -ot)"});
}

GDALDataType gdal_type(SampleType type) {
    return type == SampleType::u8 ? GDT_Byte : type == SampleType::u16 ? GDT_UInt16 : GDT_Float32;
}

/// Bytes of decoded samples a block of the cache should hold: large enough to pay for the bookkeeping, small enough
/// that a budget holds many.
constexpr int block_side = 512;
constexpr std::int64_t block_pixels = std::int64_t{block_side} * block_side;

Window cache_block(GDALRasterBand* band, int width, int height) {
    int natural_width = 0, natural_height = 0;
    band->GetBlockSize(&natural_width, &natural_height);
    const auto up_to = [](int unit, std::int64_t wanted) {
        return static_cast<int>(std::max<std::int64_t>(1, wanted / unit) * unit);
    };
    const bool strips = natural_width >= width;
    const int block_width = strips ? width : std::min(width, up_to(natural_width, block_side));
    const std::int64_t rows = std::max<std::int64_t>(1, strips ? block_pixels / width : block_side);
    return {0, 0, block_width, std::min(height, up_to(natural_height, rows))};
}

template <typename Sample>
void pack(const RawBytes& interleaved, FrameBlock& block) {
    const auto pixels = static_cast<std::size_t>(block.window.pixels());
    for (int group = 0; group < block.layout.groups(); ++group) {
        const auto lanes = static_cast<std::size_t>(block.layout.lanes_in(group));
        auto& samples = block.groups[static_cast<std::size_t>(group)];
        samples = backed_bytes(pixels * lanes * sizeof(Sample) + vector_slack);
        std::fill(samples.end() - vector_slack, samples.end(), std::byte{0});
        kernels::pack_lanes(reinterpret_cast<const Sample*>(interleaved.data()) + 4 * group,
                            static_cast<std::size_t>(block.layout.bands), block.layout.bands_in(group),
                            static_cast<int>(lanes), pixels, reinterpret_cast<Sample*>(samples.data()));
    }
}

/// Pixels with NaN or an infinity in any band are no data, whether the file says so or not.
void drop_what_is_no_number(const RawBytes& interleaved, std::size_t bands, std::size_t pixels,
                            std::vector<std::uint8_t>& valid) {
    const std::span samples(reinterpret_cast<const std::uint32_t*>(interleaved.data()), pixels * bands);
    constexpr std::uint32_t exponent = 0x7F800000;
    const auto is_none = [](std::uint32_t bits) { return (bits & exponent) == exponent; };
    std::uint32_t any = 0;
    for (const std::uint32_t bits : samples) any |= is_none(bits) ? 1U : 0U;
    if (any == 0) return;
    if (valid.empty()) valid.assign(pixels, 255);
    for (std::size_t i = 0; i < pixels; ++i)
        if (std::ranges::any_of(samples.subspan(i * bands, bands), is_none)) valid[i] = 0;
}

/// Says nothing of samples, and where a frame lies to those alone who ask for its RPC: see read_rpc().
bool holds_rpc(const std::filesystem::path& file) {
    const std::string name = lower_case(file.filename().string());
    return name.ends_with("_rpc.txt") || name.ends_with(".rpb");
}

} // namespace

std::size_t FrameBlock::bytes() const {
    std::size_t total = sizeof(FrameBlock) + valid.size();
    for (const auto& group : groups) total += group.size();
    return total;
}

FrameHeader read_frame_header(const std::filesystem::path& path, bool allow_remote,
                              const std::vector<std::string>* beside) {
    const auto fail = [&](const std::string& what) { return InputError(Problem{path.string(), 0, 0, "", what}); };
    if (!allow_remote) {
        if (leaves_the_machine(path.string()))
            throw fail("is not a local file (run.allow_remote = true lets frames come from elsewhere)");
        std::error_code error;
        if (std::filesystem::is_directory(path, error))
            throw fail("is a folder; frames are files: give a pattern, for example \"" + (path / "*.tif").string() +
                       "\"");
        if (!std::filesystem::is_regular_file(path, error)) throw fail("there is no such file");
    }
    const GdalMessages messages;
    const Dataset dataset = open(path, allow_remote, beside);
    if (!dataset && !allow_remote && of_another_format(path))
        throw fail("is of a format that may lead to other places, as virtual rasters do: run.allow_remote = true lets "
                   "it be read");
    if (!dataset) throw fail("cannot be read as an image: " + messages.last());

    FrameHeader header;
    header.path = path;
    header.width = dataset->GetRasterXSize();
    header.height = dataset->GetRasterYSize();
    if (dataset->GetRasterCount() == 0) throw fail("holds no raster band");
    GDALRasterBand* first = dataset->GetRasterBand(1);
    header.type = sample_type(first->GetRasterDataType(), path);
    for (int index = 1; index <= dataset->GetRasterCount(); ++index) {
        GDALRasterBand* band = dataset->GetRasterBand(index);
        if (is_alpha(band)) {
            header.masked = true;
            continue;
        }
        if (band->GetColorTable() != nullptr)
            throw fail("its samples are numbers of a colour table; make colours of them, for example with "
                       "gdal_translate -expand rgb");
        if (band->GetRasterDataType() != first->GetRasterDataType())
            throw fail("bands are of different sample types; all must be of one");
        header.masked = header.masked || (band->GetMaskFlags() & GMF_ALL_VALID) == 0;
        ++header.bands;
        header.band_names.emplace_back(band->GetDescription());
        if (header.band_names.back().empty() && band->GetColorInterpretation() != GCI_Undefined)
            header.band_names.back() =
                CPLString(GDALGetColorInterpretationName(band->GetColorInterpretation())).tolower();
        if (header.band_names.back().empty()) header.band_names.back() = "band " + std::to_string(header.bands);
    }
    if (header.bands == 0) throw fail("holds an alpha band only");
    header.beside = files_of(*dataset, Overviews::left_out); // frames are read at full resolution only
    std::erase_if(header.beside, [&](const std::filesystem::path& file) { return file == path || holds_rpc(file); });
    header.block = cache_block(first, header.width, header.height);
    const char* codec = dataset->GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE");
    const std::string driver = dataset->GetDriverName();
    header.codec = codec ? codec : driver == "JPEG" || driver == "PNG" ? driver : "none";
    header.random_access = driver != "JPEG" && driver != "PNG";
    header.taken = read_capture_tags(*dataset);
    std::error_code error;
    header.file_bytes = std::filesystem::file_size(path, error);
    return header;
}

struct FrameDecoder::State {
    FrameHeader header;
    Dataset dataset;
    std::vector<int> bands; ///< GDAL's numbers of the bands without alpha
    std::vector<int> alpha; ///< of those with it
    RawBytes scratch;

    void drop_nodata(const Window& window, std::vector<std::uint8_t>& valid) const;
    void drop_transparent(const Window& window, std::vector<std::uint8_t>& valid) const;
    template <typename Sample>
    void read_band(GDALRasterBand* band, const Window& window, GDALDataType type, std::vector<Sample>& samples) const;
};

template <typename Sample>
void FrameDecoder::State::read_band(GDALRasterBand* band, const Window& window, GDALDataType type,
                                    std::vector<Sample>& samples) const {
    samples.resize(static_cast<std::size_t>(window.pixels()));
    if (band->RasterIO(GF_Read, static_cast<int>(window.col), static_cast<int>(window.row), window.width, window.height,
                       samples.data(), window.width, window.height, type, 0, 0, nullptr) != CE_None)
        throw std::runtime_error(GdalMessages::last());
}

/// By nodata values and masks: what a mask of any band leaves out is left out. A nodata value of integers is one that
/// samples may have, too (a red roof is 0 in blue): there a pixel is none where all bands have it, as to GDAL's warper.
void FrameDecoder::State::drop_nodata(const Window& window, std::vector<std::uint8_t>& valid) const {
    std::vector<std::uint8_t> mask, any;
    for (const int index : bands) {
        GDALRasterBand* band = dataset->GetRasterBand(index);
        const int flags = band->GetMaskFlags();
        if ((flags & (GMF_ALL_VALID | GMF_ALPHA)) != 0) continue;
        read_band(band->GetMaskBand(), window, GDT_Byte, mask);
        if ((flags & GMF_NODATA) != 0 && header.type != SampleType::f32) {
            any.resize(valid.size(), 0);
            for (std::size_t i = 0; i < valid.size(); ++i) any[i] |= mask[i];
            continue;
        }
        for (std::size_t i = 0; i < valid.size(); ++i) valid[i] = mask[i] != 0 ? valid[i] : 0;
        if ((flags & GMF_PER_DATASET) != 0) break;
    }
    for (std::size_t i = 0; i < any.size(); ++i) valid[i] = any[i] != 0 ? valid[i] : 0;
}

/// GDAL makes a mask of alpha for frames of two or four bands of integers only, and for none with a nodata value:
/// where a band is alpha, it is read itself.
void FrameDecoder::State::drop_transparent(const Window& window, std::vector<std::uint8_t>& valid) const {
    std::vector<float> opacity;
    for (const int index : alpha) {
        read_band(dataset->GetRasterBand(index), window, GDT_Float32, opacity);
        for (std::size_t i = 0; i < valid.size(); ++i) valid[i] = opacity[i] > 0 ? valid[i] : 0;
    }
}

FrameDecoder::FrameDecoder(const FrameHeader& header, bool allow_remote) : state_(std::make_unique<State>()) {
    const GdalMessages messages;
    state_->header = header;
    state_->dataset = open(header.path, allow_remote);
    if (!state_->dataset) throw std::runtime_error("cannot be opened: " + messages.last());
    for (int index = 1; index <= state_->dataset->GetRasterCount(); ++index)
        (is_alpha(state_->dataset->GetRasterBand(index)) ? state_->alpha : state_->bands).push_back(index);
    if (header.order.empty()) return;
    std::vector<int> ordered;
    for (const int place : header.order) ordered.push_back(state_->bands.at(static_cast<std::size_t>(place)));
    state_->bands = std::move(ordered);
}

FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;

FrameBlock FrameDecoder::read(const Window& window) {
    const GdalMessages messages;
    const FrameHeader& header = state_->header;
    FrameBlock block;
    block.window = window;
    block.layout = LaneLayout{header.bands};
    block.type = header.type;
    block.groups.resize(static_cast<std::size_t>(block.layout.groups()));

    const auto pixels = static_cast<std::size_t>(window.pixels());
    const std::size_t sample = sample_size(header.type);
    const auto bands = static_cast<std::size_t>(header.bands);
    state_->scratch.resize(pixels * bands * sample);
    const auto col = static_cast<int>(window.col), row = static_cast<int>(window.row);
    const auto pixel_space = static_cast<GSpacing>(bands * sample);
    if (state_->dataset->RasterIO(GF_Read, col, row, window.width, window.height, state_->scratch.data(), window.width,
                                  window.height, gdal_type(header.type), header.bands, state_->bands.data(),
                                  pixel_space, pixel_space * window.width, static_cast<GSpacing>(sample),
                                  nullptr) != CE_None)
        throw std::runtime_error(messages.last());
    switch (header.type) {
    case SampleType::u8:
        pack<std::uint8_t>(state_->scratch, block);
        break;
    case SampleType::u16:
        pack<std::uint16_t>(state_->scratch, block);
        break;
    case SampleType::f32:
        pack<float>(state_->scratch, block);
        break;
    }

    if (header.masked) {
        block.valid.assign(pixels, 255);
        state_->drop_nodata(window, block.valid);
        state_->drop_transparent(window, block.valid);
    }
    if (header.type == SampleType::f32) drop_what_is_no_number(state_->scratch, bands, pixels, block.valid);
    if (std::all_of(block.valid.begin(), block.valid.end(), [](std::uint8_t v) { return v != 0; })) block.valid.clear();
    return block;
}

void set_up_gdal(std::int64_t cache_bytes) {
    static std::once_flag once;
    std::call_once(once, [] {
        CPLSetConfigOption("GDAL_NUM_THREADS", "1");
        CPLSetConfigOption("GDAL_PAM_ENABLED", "NO"); // nothing writes .aux.xml; inputs are read with theirs
        // a folder of 100,000 frames is not listed each time: see FrameNeighbours
        CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
        CPLSetConfigOption("GTIFF_DIRECT_IO", "YES"); // plain TIFFs go past the block cache, which copies them twice
        CPLSetConfigOption("GTIFF_REPORT_COMPD_CS", "YES");
        CPLSetConfigOption("GDAL_ERROR_ON_LIBJPEG_WARNING", "TRUE"); // else a cut file reads as grey
        CPLSetErrorHandler(CPLQuietErrorHandler);                    // what is worth saying is said in our own words
        GDALAllRegister();
    });
    GDALSetCacheMax64(cache_bytes);
}

} // namespace overflight
