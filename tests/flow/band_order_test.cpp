// SPDX-License-Identifier: Apache-2.0
// Bands of two missions are the same by their names, wherever they lie.
#include "flow/small_pair.h"
#include "io/product.h"

#include <fmt/format.h>

namespace overflight {
namespace {

using BandOrder = SmallPair;

std::vector<std::uint8_t> mask_of(const std::filesystem::path& path) {
    const ProductReader product(path);
    const Grid grid = product.grid();
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(grid.width * grid.height));
    product.read_window("mask", 0, {0, 0, static_cast<int>(grid.width), static_cast<int>(grid.height)},
                        std::as_writable_bytes(std::span(mask)));
    return mask;
}

TEST_F(BandOrder, LaterFramesWithTheirBandsTheOtherWayRoundMakeTheSameChange) {
    std::filesystem::create_directory(*this / "frames");
    for (const auto& entry : std::filesystem::directory_iterator(data() / "two" / "frames")) {
        if (entry.path().extension() != ".tif") continue;
        const Outcome made = shell(fmt::format("gdal_translate -q -b 3 -b 2 -b 1 '{}' '{}'", entry.path().string(),
                                               (*this / "frames" / entry.path().filename()).string()));
        ASSERT_EQ(made.exit_code, 0) << made.text;
    }
    const std::string settings = "--set mosaic.balance=none --set mosaic.seams=nadir";
    const Outcome plain = run("plain", settings);
    ASSERT_EQ(plain.exit_code, 0) << plain.text;
    const Outcome turned =
        run("turned", settings + fmt::format(" --set 'mission.1.frames={}'", (*this / "frames" / "*.tif").string()));
    ASSERT_EQ(turned.exit_code, 0) << turned.text;

    const std::vector<std::uint8_t> mask = mask_of(*this / "plain" / "one__two.nc");
    EXPECT_GT(std::count(mask.begin(), mask.end(), std::uint8_t{1}), 100);
    EXPECT_EQ(mask_of(*this / "turned" / "one__two.nc"), mask);

    const auto objects = [&](const char* folder) {
        return nlohmann::json::parse(contents(*this / folder / "one__two.geojson")).at("features");
    };
    const nlohmann::json first = objects("plain"), second = objects("turned");
    ASSERT_EQ(first.size(), second.size());
    ASSERT_GT(first.size(), 0U);
    for (std::size_t i = 0; i < first.size(); ++i) {
        const nlohmann::json &a = first[i].at("properties"), &b = second[i].at("properties");
        EXPECT_EQ(a.at("before_1"), b.at("before_1"));
        EXPECT_EQ(a.at("after_1"), b.at("after_3"));
        EXPECT_EQ(a.at("after_3"), b.at("after_1"));
    }
    const nlohmann::json bands =
        nlohmann::json::parse(ProductReader(*this / "turned" / "one__two.nc").provenance()).at("normalisation");
    ASSERT_EQ(bands.size(), 3U);
    EXPECT_EQ(bands[0].at("band_before"), 1);
    EXPECT_EQ(bands[0].at("band_after"), 3);
}

} // namespace
} // namespace overflight
