// SPDX-License-Identifier: Apache-2.0
#include "stages/flown.h"
#include "stages/frame_sampler.h"

#include <random>

namespace overflight {
namespace {

/// Looks from (Flown::east, Flown::north), 1000 m up, east and down by `tilt`; the frame's lines run towards the east.
class Slanted : public FrameCamera {
public:
    Slanted(int columns, int rows, double tilt_deg)
        : sin_(std::sin(tilt_deg * M_PI / 180)), cos_(std::cos(tilt_deg * M_PI / 180)) {
        width = columns;
        height = rows;
    }
    ImagePoint project(const Eigen::Vector3d& ground) const override {
        const double dx = ground.x() - Flown::east, dy = ground.y() - Flown::north, down = 1000 - ground.z();
        const double right = cos_ * dx - sin_ * down, depth = sin_ * dx + cos_ * down;
        if (depth <= 0) return {NAN, NAN, NAN};
        return {1000 * right + 0.5 * (width - 1) * depth, -1000 * dy + 0.5 * (height - 1) * depth, depth};
    }
    Ray ray(double, double) const override { return {}; }
    double off_nadir_tangent(const Eigen::Vector3d&) const override { return 1; }

private:
    double sin_, cos_;
};

/// A frame of noise under a slant of 45 degrees: what is left of the noise tells how many pixels were taken together.
class FrameSampling : public testing::Test {
protected:
    static constexpr int columns = 900, rows = 700;
    static constexpr double noise = 30;

    FrameSampling() : flown_(columns, rows) {}

    /// `alike`: which differ from each other in nothing, the frame's lines or its columns; else all pixels do.
    enum class Alike { none, lines, columns };
    void fly(Alike alike = Alike::none) {
        std::mt19937 random(4);
        std::normal_distribution<double> around(120, noise);
        std::vector<double> values(alike == Alike::none ? std::size_t{columns} * rows : std::size_t{columns});
        for (double& value : values) value = around(random);
        flown_.add(
            "a", 0, 0,
            [&](int, double x, double y) { // from the frame's middle
                const auto col = static_cast<std::size_t>(x + columns / 2.0),
                           row = static_cast<std::size_t>(rows / 2.0 - y);
                return values[alike == Alike::none ? row * columns + col : alike == Alike::lines ? col : row];
            },
            1, GDT_Float32);
        plan_ = flown_.plan({fmt::format("output.resolution_m={}", resolution)}, Bounds{0, -512, 2048, 512});
        PlannedFrame& frame = plan_.missions.front().frames.front();
        frame.camera = std::make_shared<Slanted>(columns, rows, 45);
        frame.widening = 1.5;
        frame.uneven = true;
    }

    struct Found {
        double deviation;
        Eigen::Array2d spacing;
    };

    /// In a part of 128 x 128 pixels from this distance on, to the east.
    Found sample(double distance, Resampling resampling) const {
        const PlannedMission& mission = plan_.missions.front();
        FrameCache cache(headers_of(mission), 64 << 20, false,
                         [](const FrameCache::Gap& gap) { ADD_FAILURE() << gap.cause; });
        const FrameSampler sampler(mission, resampling, cache, {});
        const Window tile{static_cast<std::int64_t>(distance / resolution), 192, 128, 128}, part{0, 0, 128, 128};
        TileHeights heights;
        mission.terrain->heights(mission.grid, tile, heights);
        const TileGround ground(mission.grid, tile, *mission.space, heights);
        const FrameLocator locator(ground, *mission.frames.front().camera);
        SampledPart out;
        EXPECT_TRUE(locate_part(locator, mission.frames.front().header, part, out));
        sampler.sample(0, tile, locator, out);
        const auto* samples = reinterpret_cast<const float*>(out.groups[0].data());
        double square = 0;
        for (std::size_t i = 0; i < out.valid.size(); ++i) {
            EXPECT_EQ(out.valid[i], 255);
            square += std::pow(static_cast<double>(samples[i]) - 120, 2);
        }
        return {std::sqrt(square / static_cast<double>(out.valid.size())), locator.spacing(part)};
    }

    static constexpr double resolution = 2;
    Flown flown_;
    Plan plan_;
};

/// What a kernel widened so leaves of the noise of independent samples, over all phases.
double left_of_noise(Resampling resampling, double along, double down) {
    const auto table = std::make_unique<kernels::PhaseTable>();
    const auto squares = [&](double widening) {
        kernels::make_phase_table(kernel_of(resampling), widening, *table);
        double sum = 0;
        for (int i = 0; i < kernels::phases * table->stride; ++i)
            sum += std::pow(static_cast<double>(table->real[static_cast<std::size_t>(i)]), 2);
        return sum / kernels::phases;
    };
    return std::sqrt(squares(along) * squares(down));
}

TEST_F(FrameSampling, PartsOfASlantedFrameAreSmoothedAsTheyAreSampled) {
    fly();
    for (const Resampling resampling : {Resampling::bilinear, Resampling::cubic, Resampling::lanczos}) {
        for (const double distance : {500.0, 800.0, 1400.0}) {
            const Found found = sample(distance, resampling);
            const double expected =
                noise * left_of_noise(resampling, std::max(1.0, found.spacing.x()), std::max(1.0, found.spacing.y()));
            EXPECT_NEAR(found.deviation, expected, 0.05 * expected) << distance << ' ' << found.spacing.transpose();
        }
    }
    EXPECT_GT(sample(1400, Resampling::cubic).deviation, 1.5 * sample(500, Resampling::cubic).deviation);
}

TEST_F(FrameSampling, AlongLinesByItself) {
    fly(Alike::lines);
    const Found along = sample(800, Resampling::cubic);
    EXPECT_NEAR(along.deviation,
                noise * std::sqrt(left_of_noise(Resampling::cubic, along.spacing.x(), along.spacing.x())), 1.5);
}

TEST_F(FrameSampling, DownColumnsByItself) {
    fly(Alike::columns);
    const Found down = sample(800, Resampling::cubic);
    EXPECT_GT(down.spacing.y(), 1.2 * down.spacing.x());
    EXPECT_NEAR(down.deviation, noise * std::sqrt(left_of_noise(Resampling::cubic, down.spacing.y(), down.spacing.y())),
                1.5);
}

TEST_F(FrameSampling, EvenFramesHaveOneKernel) {
    fly();
    plan_.missions.front().frames.front().uneven = false;
    for (const double distance : {500.0, 1400.0})
        EXPECT_NEAR(sample(distance, Resampling::cubic).deviation, noise * left_of_noise(Resampling::cubic, 1.5, 1.5),
                    0.6);
}

} // namespace
} // namespace overflight
