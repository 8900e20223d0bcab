// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/sample_frame.h"

namespace overflight {
namespace {

double ground(int band, double x, double y) {
    return std::floor(std::fmod(30 + 3 * (x + 500) + 7 * (y + 500) + 60 * band, 251));
}

/// A tile of 300 x 260 pixels over one frame of 200 x 160, and the frame's own resampling of it.
class SampleFrame : public testing::Test {
protected:
    SampleFrame() { flown_.add("a", 0, 0, ground, 3); }

    void open(double resolution) {
        plan_ = flown_.plan({fmt::format("output.resolution_m={}", resolution), "mosaic.widen=false"},
                            Bounds{-150 * resolution, -130 * resolution, 150 * resolution, 130 * resolution});
        const PlannedMission& mission = plan_.missions.front();
        header_ = mission.frames.front().header;
        cache_ = std::make_unique<FrameCache>(std::vector{header_}, 64 << 20, false,
                                              [](const FrameCache::Gap& gap) { ADD_FAILURE() << gap.cause; });
        const Window tile{0, 0, 300, 260};
        heights_ = {};
        mission.terrain->heights(mission.grid, tile, heights_);
        tile_ground_ = std::make_unique<TileGround>(mission.grid, tile, *mission.space, heights_);
        locator_ = std::make_unique<FrameLocator>(*tile_ground_, *mission.frames.front().camera);
    }

    static std::unique_ptr<const kernels::PhaseTable> table_of(Resampling resampling, double widening) {
        auto table = std::make_unique<kernels::PhaseTable>();
        kernels::make_phase_table(kernel_of(resampling), widening, *table);
        return table;
    }

    const std::vector<kernels::LaneRadiometry> as_it_is_{kernels::LaneRadiometry{}};
    Flown flown_;
    Plan plan_;
    FrameHeader header_;
    TileHeights heights_;
    std::unique_ptr<FrameCache> cache_;
    std::unique_ptr<TileGround> tile_ground_;
    std::unique_ptr<FrameLocator> locator_;
};

int lane(const SampledPart& part, std::size_t pixel, int band) {
    return static_cast<int>(part.groups[0][4 * pixel + static_cast<std::size_t>(band)]);
}

TEST_F(SampleFrame, ShowsWhatTheFrameShowsAndNothingBesideIt) {
    open(1);
    const auto table = table_of(Resampling::nearest, 1);
    SampledPart out; // used again for each part
    for (const Window& part : {Window{0, 0, 300, 260}, Window{100, 80, 64, 64}, Window{40, 40, 20, 20},
                               Window{249, 209, 51, 51}, Window{137, 0, 1, 260}}) {
        ASSERT_TRUE(locate_part(*locator_, header_, part, out));
        sample_part(*cache_, 0, *table, as_it_is_, out);
        for (int row = 0; row < part.height; ++row)
            for (int col = 0; col < part.width; ++col) {
                const auto i = static_cast<std::size_t>(row * part.width + col);
                const double x = static_cast<double>(part.col) + col + 0.5 - 150,
                             y = 130 - static_cast<double>(part.row) - row - 0.5;
                const bool seen = std::abs(x) < 100 && std::abs(y) < 80;
                ASSERT_EQ(out.valid[i], seen ? 255 : 0) << x << ' ' << y;
                for (int band = 0; band < 3; ++band)
                    ASSERT_EQ(lane(out, i, band), seen ? ground(band, x, y) : 0) << x << ' ' << y;
            }
    }
}

TEST_F(SampleFrame, LocatesSomePixelsAsItDoesAllOfAPart) {
    open(0.37);
    const Window part{97, 61, 61, 50};
    SampledPart all, some;
    ASSERT_TRUE(locate_part(*locator_, header_, part, all));
    std::vector<std::uint32_t> pixels;
    for (std::uint32_t i = 0; i < 61 * 50; i += 1 + i * i % 17 / (1 + i % 5)) pixels.push_back(i);
    ASSERT_TRUE(locate_pixels(*locator_, header_, part, pixels, some));
    ASSERT_EQ(some.col.size(), pixels.size());
    for (std::size_t k = 0; k < pixels.size(); ++k) {
        EXPECT_EQ(some.col[k], all.col[pixels[k]]) << pixels[k];
        EXPECT_EQ(some.row[k], all.row[pixels[k]]) << pixels[k];
    }
}

TEST_F(SampleFrame, SaysWhereNothingComesNearTheFrame) {
    open(1);
    SampledPart out;
    EXPECT_FALSE(locate_part(*locator_, header_, {0, 0, 49, 260}, out));
    EXPECT_FALSE(locate_part(*locator_, header_, {0, 0, 300, 49}, out));
    EXPECT_TRUE(locate_part(*locator_, header_, {0, 0, 51, 51}, out));
    const std::vector<std::uint32_t> beside = {0, 17}, within = {0, 200 * 300 + 150};
    EXPECT_FALSE(locate_pixels(*locator_, header_, {0, 0, 300, 260}, beside, out));
    EXPECT_TRUE(locate_pixels(*locator_, header_, {0, 0, 300, 260}, within, out));
    EXPECT_TRUE(shows(header_, 0, 0));
    EXPECT_TRUE(shows(header_, -128, 159 * 256 + 127));
    EXPECT_FALSE(shows(header_, -129, 0));
    EXPECT_FALSE(shows(header_, 0, 159 * 256 + 128));
    EXPECT_FALSE(shows(header_, kernels::no_position, kernels::no_position));
}

TEST_F(SampleFrame, IsTheSameInPartsAsInOne) {
    open(0.7);
    for (const Resampling resampling : {Resampling::bilinear, Resampling::cubic, Resampling::lanczos}) {
        const auto table = table_of(resampling, 1.5);
        SampledPart whole, part;
        ASSERT_TRUE(locate_part(*locator_, header_, {0, 0, 300, 260}, whole));
        sample_part(*cache_, 0, *table, as_it_is_, whole);
        for (int top = 0; top < 260; top += 65) {
            for (int left = 0; left < 300; left += 60) {
                const Window window{left, top, 60, 65};
                if (!locate_part(*locator_, header_, window, part)) continue;
                sample_part(*cache_, 0, *table, as_it_is_, part);
                for (int i = 0; i < 60 * 65; ++i) {
                    const auto to = static_cast<std::size_t>(i),
                               from = static_cast<std::size_t>((top + i / 60) * 300 + left + i % 60);
                    ASSERT_EQ(part.valid[to], whole.valid[from]);
                    for (int band = 0; band < 3; ++band) ASSERT_EQ(lane(part, to, band), lane(whole, from, band));
                }
            }
        }
    }
}

/// A frame of 2400 x 1800 pixels and an output five times coarser: one part's source window would be all of it, which
/// is more than is read at once.
TEST(SampleLargeFrame, IsTheSameInManyWindows) {
    Flown flown(2400, 1800);
    flown.add("a", 0, 0,
              [](int, double x, double y) { return 1 + std::floor(std::fmod(7 * (x + 1500) + 3 * (y + 900), 251)); });
    const Mosaic mosaic(
        flown.plan({"output.resolution_m=5", "mosaic.resampling=nearest"}, Bounds{-1250, -900, 1250, 900}));
    ASSERT_EQ(mosaic.width, 500);
    for (int row = 0; row < mosaic.height; ++row)
        for (int col = 0; col < mosaic.width; ++col) {
            const double x = 5 * col + 2.5 - 1250, y = 900 - 5 * row - 2.5;
            const std::size_t i = mosaic.at(col, row);
            ASSERT_EQ(mosaic.quality[i], std::abs(x) < 1200 ? quality::valid : 0) << x << ' ' << y;
            if (mosaic.quality[i] == 0) continue;
            ASSERT_EQ(mosaic.bands[0][i], 1 + std::fmod(std::floor(7 * (x + 1500) + 3 * (y + 900)), 251))
                << x << ' ' << y;
        }
}

} // namespace
} // namespace overflight
