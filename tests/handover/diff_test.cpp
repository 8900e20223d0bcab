// SPDX-License-Identifier: Apache-2.0
#include "handover/diff.h"
#include "io/sample_product.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace overflight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Diff : public testing::Test {
protected:
    std::vector<std::string> diff(Codec codec = Codec::deflate) {
        write_product(folder / "a.nc", a, Codec::deflate);
        write_product(folder / "b.nc", b, codec);
        return diff_products(ProductReader(folder / "a.nc"), ProductReader(folder / "b.nc"));
    }

    TemporaryFolder folder;
    SampleProduct a = sample_product(700, 600), b = a;
};

TEST_F(Diff, FindsNothingBetweenCodecs) {
    EXPECT_THAT(diff(Codec::none), IsEmpty());
}

TEST_F(Diff, CountsSamplesAndTilesAndTellsTheLargestDifferenceAndTheFirstPlace) {
    std::vector<std::byte>& score = b.samples["score"];
    const auto change = [&](std::size_t col, std::size_t row, std::uint16_t by) {
        std::uint16_t sample;
        std::byte* at = score.data() + (row * 700 + col) * 2;
        std::memcpy(&sample, at, 2);
        sample = static_cast<std::uint16_t>(sample > 1000 ? sample - by : sample + by);
        std::memcpy(at, &sample, 2);
    };
    change(10, 20, 3);
    change(600, 20, 500); // another tile
    change(11, 20, 7);
    EXPECT_THAT(diff(), ElementsAre("layer score: 3 samples in 2 of 4 tiles differ, by at most 0.5; the first is band "
                                    "1, column 10, row 20"));
}

TEST_F(Diff, TellsNumbersFromNone) {
    std::vector<std::byte>& ratio = b.samples["ratio"];
    const float none = std::numeric_limits<float>::quiet_NaN(), one = 1;
    std::memcpy(a.samples["ratio"].data() + 8, &one, 4);
    std::memcpy(ratio.data() + 8, &none, 4);
    EXPECT_THAT(diff(), ElementsAre(HasSubstr("layer ratio: 1 samples in 1 of 4 tiles differ, by at most 0 or by being "
                                              "no number; the first is band 1, column 2, row 0")));
}

TEST_F(Diff, TellsLayersTablesBandsAndProvenanceApart) {
    b.layers[0].long_name = "another";
    std::erase_if(b.layers, [](const LayerSpec& layer) { return layer.name == "ratio"; });
    b.band_names[1] = "blue";
    b.frames[1].real[2] = 0.5;
    b.frames.pop_back();
    a.provenance = R"({"settings":{"x":1,"y":2}})";
    b.provenance = R"({"settings":{"x":1,"y":3}})";
    EXPECT_THAT(diff(),
                ElementsAre("layer image: long_name differ", "layer ratio: only in the first",
                            "bands: red, green, near infrared and red, blue, near infrared",
                            "table frames, column ground_resolution: 1 rows differ, the first is 2, by at most "
                            "0.5",
                            "table frames, column outline: only in the first", "provenance /settings/y: 2 and 3"));
}

TEST_F(Diff, DoesNotCompareSamplesOfOtherGrids) {
    b = sample_product(701, 600);
    EXPECT_THAT(diff(), ElementsAre(HasSubstr("701 x 600 pixels of 0.25")));
}

} // namespace
} // namespace overflight
