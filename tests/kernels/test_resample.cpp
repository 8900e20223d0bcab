// SPDX-License-Identifier: Apache-2.0
#include "for_each_target.h"
#include "kernels/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace overflight::kernels {
namespace {

const PhaseTable& phase_table(Interpolation interpolation, double widening = 1) {
    static const auto table = std::make_unique<PhaseTable>();
    make_phase_table(interpolation, widening, *table);
    return *table;
}

const PhaseTable& phase_table(Interpolation interpolation, double along, double down) {
    static const auto table = std::make_unique<PhaseTable>();
    make_phase_table(interpolation, along, down, *table);
    return *table;
}

template <typename Sample>
struct Image {
    int width, height, lanes;
    std::vector<Sample> samples;
    std::vector<std::uint8_t> valid;

    Image(int columns, int rows, int lane_count, unsigned seed, int invalid_percent = 0)
        : width(columns), height(rows), lanes(lane_count) {
        std::mt19937 random(seed);
        for (int i = 0; i < width * height * lanes; ++i) {
            const auto bits = random();
            if constexpr (std::is_same_v<Sample, float>)
                samples.push_back(static_cast<float>(bits) / 1e6f - 1000);
            else // extremes, for overshoot
                samples.push_back(static_cast<Sample>(bits % 3 == 0 ? 0 : bits % 3 == 1 ? ~0u : bits >> 8));
        }
        samples.resize(samples.size() + 64);
        for (int i = 0; invalid_percent != 0 && i < width * height; ++i) {
            valid.push_back(random() % 100 < static_cast<unsigned>(invalid_percent)
                                ? 0
                                : static_cast<std::uint8_t>(1 + random() % 255));
            if constexpr (std::is_same_v<Sample, float>)
                if (valid.back() == 0)
                    std::fill_n(samples.begin() + i * lanes, lanes, std::numeric_limits<float>::quiet_NaN());
        }
    }

    SourceWindow<Sample> window() const {
        return {samples.data(), width * lanes, width, height, lanes, valid.empty() ? nullptr : valid.data(), width};
    }
};

struct Positions {
    std::vector<std::int32_t> col, row;

    /// From beyond the left and upper border to beyond the right and lower one, with gaps.
    Positions(int width, int height, std::size_t count, unsigned seed) {
        std::mt19937 random(seed);
        const auto along = [&](int size) {
            return static_cast<std::int32_t>(random() % ((size + 4) * phases)) - 2 * phases;
        };
        for (std::size_t i = 0; i < count; ++i) {
            col.push_back(random() % 32 == 0 ? no_position : along(width));
            row.push_back(col.back() == no_position ? no_position : along(height));
        }
    }
};

template <typename Sample>
void expect_reference_on_every_target(const Image<Sample>& image, const PhaseTable& table,
                                      const LaneRadiometry& radiometry, const Positions& positions,
                                      std::size_t skip = 0) {
    const std::size_t count = positions.col.size() - skip;
    const Sample untouched = 77;
    std::vector<Sample> expected(count * image.lanes + 8, untouched);
    std::vector<std::uint8_t> expected_valid(count + 8, 13);
    reference::resample(image.window(), table, radiometry, &positions.col[skip], &positions.row[skip], count,
                        expected.data(), expected_valid.data());
    for_each_target([&] {
        std::vector<Sample> found(count * image.lanes + 8, untouched);
        std::vector<std::uint8_t> found_valid(count + 8, 13);
        resample(image.window(), table, radiometry, &positions.col[skip], &positions.row[skip], count, found.data(),
                 found_valid.data());
        EXPECT_EQ(found_valid, expected_valid);
        EXPECT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(Sample)), 0)
            << "lanes " << image.lanes << " taps " << table.taps << " count " << count;
    });
}

template <typename Sample>
class ResampleOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(ResampleOf, SampleTypes);

TYPED_TEST(ResampleOf, EqualsReferenceOnEveryTarget) {
    const LaneRadiometry identity;
    const LaneRadiometry balanced{{1.25f, 0.8f, 1.0f, 2.5f}, {-3.25f, 10.5f, 0.0f, -0.0f}};
    struct Kernel {
        Interpolation interpolation;
        double along, down;
    };
    for (const auto [interpolation, along, down] : {Kernel{Interpolation::nearest, 1, 1},
                                                    {Interpolation::bilinear, 1, 1},
                                                    {Interpolation::cubic, 1, 1},
                                                    {Interpolation::lanczos3, 1, 1},
                                                    {Interpolation::bilinear, 2.7, 2.7},
                                                    {Interpolation::bilinear, 1, 1.5},
                                                    {Interpolation::cubic, 1.2, 1.2},
                                                    {Interpolation::cubic, 1, 1.4},
                                                    {Interpolation::cubic, 1.4, 1},
                                                    {Interpolation::cubic, 2, 2},
                                                    {Interpolation::cubic, 3.3, 1.6},
                                                    {Interpolation::lanczos3, 3.1, 3.1}}) {
        const PhaseTable& table = phase_table(interpolation, along, down);
        for (const int lanes : {1, 2, 4})
            for (const int invalid_percent : {0, 1, 30}) {
                const Image<TypeParam> image(67, 41, lanes, 5, invalid_percent);
                const Positions positions(image.width, image.height, 1000, 6);
                expect_reference_on_every_target(image, table, identity, positions);
                expect_reference_on_every_target(image, table, balanced, positions);
            }
    }
}

/// Rows of a rotated tile, whose neighbouring pixels share taps and validity, in and out of the window.
TYPED_TEST(ResampleOf, RotatedRowsEqualReferenceOnEveryTarget) {
    for (const auto interpolation : {Interpolation::nearest, Interpolation::cubic, Interpolation::lanczos3})
        for (const int lanes : {1, 4})
            for (const int invalid : {0, 1, 40}) { // pixels of 120 x 100
                Image<TypeParam> image(120, 100, lanes, 7);
                image.valid.assign(image.width * image.height, 1);
                for (int i = 0; i < invalid; ++i) {
                    const std::size_t at = (i * 7919 + 4444) % image.valid.size();
                    image.valid[at] = 0;
                    if constexpr (std::is_same_v<TypeParam, float>)
                        std::fill_n(image.samples.begin() + at * lanes, lanes, std::numeric_limits<float>::quiet_NaN());
                }
                for (const double degrees : {0.0, 3.0, 45.0, 87.5, 90.0, 178.0, 200.0, 268.0, 356.0})
                    for (const double scale : {1.0, 0.93, 1.04}) { // source pixels a pixel
                        Positions positions(1, 1, 0, 0);
                        const double x = scale * std::cos(degrees * M_PI / 180),
                                     y = scale * std::sin(degrees * M_PI / 180);
                        for (int i = -100; i < 77; ++i) {
                            positions.col.push_back(static_cast<std::int32_t>(std::lround((60.3 + x * i) * phases)));
                            const double relief = i % 40 == 7 ? 6 : 0;
                            positions.row.push_back(
                                static_cast<std::int32_t>(std::lround((40.7 + y * i + relief) * phases)));
                        }
                        expect_reference_on_every_target(image, phase_table(interpolation), {}, positions);
                    }
            }
}

/// Weights may be computed where neighbours share taps: every phase, along rows and along columns.
TYPED_TEST(ResampleOf, EveryPhaseEqualsReferenceOnEveryTarget) {
    const Image<TypeParam> image(290, 290, 1, 10);
    Positions positions(1, 1, 0, 0);
    for (int i = 0; i < phases; ++i) {
        positions.col.push_back(10 * phases + i * (phases + 1));
        positions.row.push_back(20 * phases + i);
    }
    expect_reference_on_every_target(image, phase_table(Interpolation::cubic), {}, positions);
    std::swap(positions.col, positions.row);
    expect_reference_on_every_target(image, phase_table(Interpolation::cubic), {}, positions);
}

/// All pixels have the same phase then, and may be computed together: up to the borders, and around what is invalid.
TYPED_TEST(ResampleOf, WholeStepsEqualReferenceOnEveryTarget) {
    constexpr int size = 90, count = 71;
    Image<TypeParam> image(size, size, 1, 11);
    const auto invalidate = [&](int at) {
        image.valid.assign(size * size, 1);
        image.valid[at] = 0;
        if constexpr (std::is_same_v<TypeParam, float>) image.samples[at] = std::numeric_limits<float>::quiet_NaN();
    };
    const auto expect = [&](Interpolation interpolation, int start, int across) {
        for (const int step : {phases, -phases, 2 * phases, 0}) {
            Positions positions(1, 1, 0, 0);
            for (int i = 0; i < count; ++i) {
                positions.col.push_back(start * phases + 77 + i * step);
                positions.row.push_back(across * phases + 200);
            }
            expect_reference_on_every_target(image, phase_table(interpolation), {}, positions);
            std::swap(positions.col, positions.row);
            expect_reference_on_every_target(image, phase_table(interpolation), {}, positions);
            positions.col[count - 20] += 1;
            expect_reference_on_every_target(image, phase_table(interpolation), {}, positions);
        }
    };
    for (const auto interpolation : {Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3}) {
        image.valid.clear();
        for (int start = -4; start < size - count + 4; ++start) expect(interpolation, start, 40);
        for (const int across : {0, 1, 2, 3, size - 6, size - 5, size - 4, size - 3}) expect(interpolation, 8, across);
        for (const int beside : {36, 37, 38, 39, 41, 42, 43, 44, 45})
            for (const int at : {beside * size + 40, 40 * size + beside}) {
                const TypeParam before = image.samples[at];
                invalidate(at);
                expect(interpolation, 8, 40);
                image.samples[at] = before;
            }
    }
}

TYPED_TEST(ResampleOf, LengthsAndOffsetsAroundTheVectorWidth) {
    const PhaseTable& table = phase_table(Interpolation::cubic);
    for (const int lanes : {1, 2, 4}) {
        const Image<TypeParam> image(30, 30, lanes, 1);
        for (std::size_t count = 1; count < 40; ++count)
            expect_reference_on_every_target(image, table, {}, Positions(30, 30, count, 2),
                                             count % 3 < count ? count % 3 : 0);
    }
}

TYPED_TEST(ResampleOf, WindowsSmallerThanTheKernel) {
    for (const int size : {1, 2, 3, 5, 6, 7})
        for (const auto interpolation :
             {Interpolation::nearest, Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3})
            for (const int lanes : {1, 2, 4}) {
                const Image<TypeParam> image(size, 8 - size, lanes, 3);
                expect_reference_on_every_target(image, phase_table(interpolation), {},
                                                 Positions(image.width, image.height, 300, 4));
            }
}

TYPED_TEST(ResampleOf, WholePositionsGiveTheSamplesBack) {
    const Image<TypeParam> image(24, 9, 4, 8);
    for (const auto interpolation :
         {Interpolation::nearest, Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3})
        for_each_target([&] {
            for (int y = 0; y < image.height; ++y) {
                std::vector<std::int32_t> col(image.width), row(image.width, y * phases);
                for (int x = 0; x < image.width; ++x) col[x] = x * phases;
                std::vector<TypeParam> out(image.width * 4);
                std::vector<std::uint8_t> valid(image.width);
                resample(image.window(), phase_table(interpolation), {}, col.data(), row.data(), col.size(), out.data(),
                         valid.data());
                EXPECT_TRUE(std::equal(out.begin(), out.end(), image.samples.begin() + y * image.width * 4));
            }
        });
}

TEST(Resample, FootprintIsHalfAPixelAroundTheOuterCentres) {
    Image<std::uint8_t> image(5, 4, 1, 1);
    const std::vector<std::int32_t> col = {-129, -128, 5 * 256 - 129, 5 * 256 - 128, no_position};
    const std::vector<std::int32_t> row(col.size(), 256);
    for (const auto interpolation : {Interpolation::nearest, Interpolation::bilinear, Interpolation::cubic})
        for_each_target([&] {
            std::vector<std::uint8_t> out(col.size()), valid(col.size());
            resample(image.window(), phase_table(interpolation), {}, col.data(), row.data(), col.size(), out.data(),
                     valid.data());
            EXPECT_EQ(valid, (std::vector<std::uint8_t>{0, 255, 255, 0, 0}));
            EXPECT_EQ(out[0], 0);
            EXPECT_EQ(out[1], image.samples[5]);
            EXPECT_EQ(out[2], image.samples[9]);
            EXPECT_EQ(out[3], 0);
        });
}

TEST(Resample, NodataTapsLeaveARenormalisedBilinearMean) {
    Image<std::uint8_t> image(8, 8, 1, 1);
    image.valid.assign(64, 1);
    image.samples[3 * 8 + 3] = 100;
    image.samples[3 * 8 + 4] = 200;
    image.samples[4 * 8 + 3] = 50;
    image.valid[4 * 8 + 4] = 0;
    const std::int32_t col = 3 * 256 + 64, row = 3 * 256 + 64; // weights 9, 3, 3 and 1 of 16
    std::uint8_t out, valid;
    resample(image.window(), phase_table(Interpolation::cubic), {}, &col, &row, 1, &out, &valid);
    EXPECT_EQ(valid, 255);
    EXPECT_EQ(out, (9 * 100 + 3 * 200 + 3 * 50) / 15);
}

TYPED_TEST(ResampleOf, WidenedKernelsGoOverWhatIsThere) {
    // a level with noise, thinned by nodata, to beyond its borders: the noise shrinks as where nothing is missing
    std::mt19937 random(8);
    for (const auto interpolation : {Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3}) {
        const PhaseTable& table = phase_table(interpolation, 8);
        Image<TypeParam> image(160, 160, 1, 4, 2);
        for (std::size_t i = 0; i < image.valid.size(); ++i)
            image.samples[i] = static_cast<TypeParam>(image.valid[i] == 0 ? 255 : 80 + random() % 41); // 12 rms
        double square = 0;
        int count = 0;
        for (int row = 0; row < 160; row += 4) {
            for (int col = 0; col < 160; col += 4) {
                const std::int32_t x = col * phases + 77, y = row * phases + 130;
                TypeParam out;
                std::uint8_t valid;
                resample(image.window(), table, {}, &x, &y, 1, &out, &valid);
                if (valid == 0) continue;
                square += std::pow(static_cast<double>(out) - 100, 2);
                ++count;
            }
        }
        ASSERT_GT(count, 1500);
        EXPECT_LT(std::sqrt(square / count), 3);
    }
}

TEST(PhaseTable, HoldsAKernelForEachDirection) {
    for (const auto interpolation : {Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3}) {
        for (const auto& [along, down] : {std::pair(2.3, 1.0), {1.0, 2.3}, {1.5, 3.0}}) {
            const PhaseTable both = phase_table(interpolation, along, down);
            EXPECT_NE(both.down, 0);
            EXPECT_FALSE(both.keys);
            EXPECT_TRUE(both.widened);
            for (const auto& [first_row, widening] : {std::pair(0, along), {both.down, down}}) {
                const PhaseTable& one = phase_table(interpolation, widening);
                const int before = one.first - both.first; // taps of the wider kernel
                EXPECT_EQ(one.down, 0);
                for (int phase = 0; phase < phases; ++phase)
                    for (int k = 0; k < both.stride; ++k) {
                        const bool reached = k >= before && k < before + one.taps;
                        const int from = phase * one.stride + k - before, at = first_row + phase * both.stride + k;
                        EXPECT_NEAR(both.real[at], reached ? one.real[from] : 0, 1e-7);
                        EXPECT_NEAR(both.integer[at], reached ? one.integer[from] : 0, 1);
                    }
            }
        }
    }
}

/// Straight from the definition, in double.
template <typename Sample>
double exact(const Image<Sample>& image, const PhaseTable& table, std::int32_t col, std::int32_t row, int lane) {
    double sum = 0;
    for (int r = 0; r < table.taps; ++r)
        for (int k = 0; k < table.taps; ++k)
            sum += static_cast<double>(table.real[(col & 255) * table.stride + k]) *
                   table.real[table.down + (row & 255) * table.stride + r] *
                   image.samples[(((row >> 8) + table.first + r) * image.width + (col >> 8) + table.first + k) *
                                     image.lanes +
                                 lane];
    return sum;
}

TYPED_TEST(ResampleOf, StaysCloseToExactArithmetic) {
    std::mt19937 random(3);
    for (const auto interpolation : {Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3})
        for (const auto& [along, down] : {std::pair(1.0, 1.0), {2.5, 2.5}, {10.0, 10.0}, {3.0, 1.25}}) {
            const PhaseTable& table = phase_table(interpolation, along, down);
            const int size = table.taps + 20;
            const Image<TypeParam> image(size, size, 2, 9);
            double worst = 0;
            for (int i = 0; i < 3000; ++i) {
                const auto position = [&] {
                    return static_cast<std::int32_t>(random() % (20 * phases)) - table.first * phases;
                };
                const std::int32_t col = position(), row = position();
                TypeParam out[2];
                std::uint8_t valid;
                resample(image.window(), table, {}, &col, &row, 1, out, &valid);
                ASSERT_EQ(valid, 255);
                for (int lane = 0; lane < 2; ++lane) {
                    double wanted = exact(image, table, col, row, lane);
                    if constexpr (!std::is_same_v<TypeParam, float>)
                        wanted = std::clamp(wanted, 0.0, static_cast<double>(std::numeric_limits<TypeParam>::max()));
                    worst = std::max(worst, std::abs(out[lane] - wanted));
                }
            }
            const double rounding = std::is_same_v<TypeParam, float> ? 0 : 0.5;
            const double allowed = sizeof(TypeParam) == 1   ? 0.04 + 0.005 * table.taps
                                   : sizeof(TypeParam) == 2 ? 0.03
                                                            : 2e-3;
            EXPECT_LT(worst, rounding + allowed) << "taps " << table.taps;
        }
}

TEST(PhaseTable, IntegerRowsSumToOneExactly) {
    for (const auto interpolation :
         {Interpolation::nearest, Interpolation::bilinear, Interpolation::cubic, Interpolation::lanczos3})
        for (const double widening : {0.5, 1.0, 1.7, 4.0, 1000.0}) {
            const PhaseTable& table = phase_table(interpolation, widening);
            ASSERT_LE(table.taps, max_taps);
            ASSERT_EQ(table.stride % 4, 0);
            for (int phase = 0; phase < phases; ++phase) {
                const auto* integer = &table.integer[phase * table.stride];
                const auto* real = &table.real[phase * table.stride];
                EXPECT_EQ(std::accumulate(integer, integer + table.stride, 0), 1 << 14);
                EXPECT_NEAR(std::accumulate(real, real + table.stride, 0.0), 1, 1e-6);
                for (int k = 0; k < table.stride; ++k) EXPECT_NEAR(integer[k] / 16384.0, real[k], 1 / 16384.0);
                for (int k = table.taps; k < table.stride; ++k) EXPECT_EQ(real[k], 0);
            }
        }
}

TEST(PhaseTable, WeightsFollowTheKernels) {
    const PhaseTable& bilinear = phase_table(Interpolation::bilinear);
    EXPECT_EQ(bilinear.taps, 2);
    EXPECT_EQ(bilinear.first, 0);
    for (int phase = 0; phase < phases; ++phase) EXPECT_EQ(bilinear.integer[phase * bilinear.stride + 1], phase * 64);
    const PhaseTable& cubic = phase_table(Interpolation::cubic); // Keys at 1/2: -1/16, 9/16, 9/16, -1/16
    EXPECT_EQ(cubic.first, -1);
    EXPECT_EQ(cubic.integer[128 * 4], -1024);
    EXPECT_EQ(cubic.integer[128 * 4 + 1], 9216);
    const PhaseTable& lanczos = phase_table(Interpolation::lanczos3);
    EXPECT_EQ(lanczos.taps, 6);
    EXPECT_EQ(lanczos.first, -2);
    const auto sinc = [](double x) { return x == 0 ? 1 : std::sin(M_PI * x) / (M_PI * x); };
    double sum = 0;
    for (int k = 0; k < 6; ++k) sum += sinc(k - 2 - 0.25) * sinc((k - 2 - 0.25) / 3);
    for (int k = 0; k < 6; ++k)
        EXPECT_NEAR(lanczos.real[64 * 8 + k], sinc(k - 2 - 0.25) * sinc((k - 2 - 0.25) / 3) / sum, 1e-7);
    EXPECT_EQ(phase_table(Interpolation::cubic, 2).taps, 8);
    EXPECT_EQ(phase_table(Interpolation::lanczos3, 100).taps, max_taps);
}

} // namespace
} // namespace overflight::kernels
