// SPDX-License-Identifier: Apache-2.0
#include "handover/report/html.h"

#include "core/errors.h"
#include "handover/gdal_support.h"

#include <cpl_string.h>
#include <fmt/format.h>

#include <atomic>
#include <span>

namespace overflight {
namespace {

constexpr std::uint8_t no_data_grey = 128; // neither lost on white paper nor on a dark screen

std::string data_uri(const char* mime, std::span<const std::byte> content) {
    const std::unique_ptr<char, decltype(&VSIFree)> text(
        CPLBase64Encode(static_cast<int>(content.size()), reinterpret_cast<const GByte*>(content.data())), VSIFree);
    return fmt::format("data:{};base64,{}", mime, text.get());
}

std::vector<std::byte> encode_jpeg(const Picture& picture) {
    const ReproducibleGdal gdal;
    const auto fail = [&] { return RunError(gdal_failure("report.html")); };
    const Dataset memory(gdal_driver("MEM").Create("", picture.width, picture.height, 0, GDT_Byte, nullptr));
    if (!memory) throw fail();
    // The samples stay where they are: one description of a band each.
    for (int channel = 0; channel < picture.channels; ++channel) {
        CPLStringList band;
        band.SetNameValue("DATAPOINTER",
                          fmt::format("{}", static_cast<const void*>(picture.samples.data() + channel)).c_str());
        band.SetNameValue("PIXELOFFSET", std::to_string(picture.channels).c_str());
        band.SetNameValue("LINEOFFSET", std::to_string(picture.channels * picture.width).c_str());
        if (memory->AddBand(GDT_Byte, band.List()) != CE_None) throw fail();
    }
    static std::atomic<unsigned> serial{0};
    const std::string name = fmt::format("/vsimem/overflight_report_{}", serial++);
    CPLStringList options;
    options.SetNameValue("QUALITY", "82");
    Dataset file(gdal_driver("JPEG").CreateCopy(name.c_str(), memory.get(), FALSE, options.List(), nullptr, nullptr));
    if (!file) throw fail();
    file.reset();
    vsi_l_offset size = 0;
    const std::unique_ptr<GByte, decltype(&VSIFree)> bytes(VSIGetMemFileBuffer(name.c_str(), &size, TRUE), VSIFree);
    if (!bytes) throw fail();
    const auto* first = reinterpret_cast<const std::byte*>(bytes.get());
    return {first, first + size};
}

} // namespace

std::string escaped(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        default:
            safe += c;
        }
    }
    return safe;
}

std::string filled(std::string_view page, const std::vector<std::pair<std::string, std::string>>& values) {
    // In one pass over the page: braces in a value are text.
    std::string text;
    std::size_t from = 0;
    while (true) {
        const std::size_t open = page.find("{{", from);
        text += page.substr(from, open == std::string_view::npos ? open : open - from);
        if (open == std::string_view::npos) return text;
        const std::size_t close = page.find("}}", open);
        const std::string_view name = page.substr(open + 2, close - open - 2);
        for (const auto& [key, value] : values)
            if (key == name) text += value;
        from = close + 2;
    }
}

std::string jpeg_uri(const Picture& picture) {
    Picture opaque;
    opaque.width = picture.width;
    opaque.height = picture.height;
    opaque.channels = 3;
    const auto pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
    opaque.samples.resize(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            opaque.samples[3 * i + c] = picture.samples[4 * i + 3] != 0 ? picture.samples[4 * i + c] : no_data_grey;
    return data_uri("image/jpeg", encode_jpeg(opaque));
}

std::string png_uri(const Picture& picture) {
    return data_uri("image/png", encode_png(picture));
}

} // namespace overflight
