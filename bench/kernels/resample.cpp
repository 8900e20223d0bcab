// SPDX-License-Identifier: Apache-2.0
// One thread against cv::remap with equal taps, which gets its maps in both formats, converted outside the timing, for
// the whole tile at once (ratio) and in the same parts as ours (ratio_parts).
// Rates are by processor time, of the fastest runs, which alternate by threes: the machine may be shared, and caches
// are warm for all.
#include "kernels/resample.h"

#include "parted_tile.h"
#include "processor_time.h"

#include <benchmark/benchmark.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace overflight::kernels;
using overflight::processor_seconds;

constexpr int source_size = 1400;
constexpr int tile = overflight::PartedTile::side;

/// Positions as maps of cv::remap(): of a square turned about the middle of its source, and equally fine.
struct Maps {
    cv::Mat x, y, fixed_xy, fixed_fraction;

    Maps(int side, int source_side, double degrees) : x(side, side, CV_32F), y(side, side, CV_32F) {
        const double angle = degrees * CV_PI / 180;
        for (int row = 0; row < side; ++row)
            for (int col = 0; col < side; ++col) {
                const double dx = col - side / 2 + 0.3, dy = row - side / 2 + 0.4;
                x.at<float>(row, col) =
                    static_cast<float>(source_side / 2 + std::cos(angle) * dx - std::sin(angle) * dy);
                y.at<float>(row, col) =
                    static_cast<float>(source_side / 2 + std::sin(angle) * dx + std::cos(angle) * dy);
            }
        cv::convertMaps(x, y, fixed_xy, fixed_fraction, CV_16SC2, false);
    }
};

template <typename Function>
double seconds(const Function& function) {
    const double begin = processor_seconds();
    function();
    return processor_seconds() - begin;
}

template <typename Sample>
void run(benchmark::State& state, int bands, Interpolation interpolation, double degrees, bool masked, bool balanced) {
    cv::setNumThreads(1);
    const int lanes = bands == 3 ? 4 : bands;
    std::vector<Sample> samples(static_cast<std::size_t>(source_size) * source_size * lanes + 64);
    std::mt19937 random(7);
    for (Sample& sample : samples) sample = static_cast<Sample>(random() % 256);
    std::vector<std::uint8_t> valid(masked ? source_size * source_size : 0, 1);
    const SourceWindow<Sample> source{
        samples.data(), source_size * lanes, source_size, source_size, lanes, masked ? valid.data() : nullptr,
        source_size};
    const auto table = std::make_unique<PhaseTable>();
    make_phase_table(interpolation, 1, *table);
    LaneRadiometry radiometry;
    if (balanced) radiometry.scale.fill(1.1f);
    const overflight::PartedTile parted(source_size, degrees, table->taps);
    std::vector<Sample> window, out(static_cast<std::size_t>(tile) * tile * lanes);
    std::vector<std::uint8_t> window_valid, out_valid(tile * tile);
    const auto ours = [&] {
        parted.resample(source, *table, radiometry, window, window_valid, out.data(), out_valid.data());
    };

    const int depth = sizeof(Sample) == 1 ? CV_8U : sizeof(Sample) == 2 ? CV_16U : CV_32F;
    cv::Mat cv_source(source_size, source_size, CV_MAKETYPE(depth, bands)), cv_window, cv_out;
    cv::randu(cv_source, 0, 256);
    const int cv_interpolation = interpolation == Interpolation::nearest    ? cv::INTER_NEAREST
                                 : interpolation == Interpolation::bilinear ? cv::INTER_LINEAR
                                 : interpolation == Interpolation::cubic    ? cv::INTER_CUBIC
                                                                            : cv::INTER_LANCZOS4;
    const Maps maps(tile, source_size, degrees), part_maps(parted.part, parted.cut_side(), degrees);
    const auto cv_remap = [&](const cv::Mat& from, const cv::Mat& xy, const cv::Mat& fraction) {
        cv::remap(from, cv_out, xy, fraction, cv_interpolation, cv::BORDER_REFLECT_101);
    };
    const auto cv_fixed = [&] { cv_remap(cv_source, maps.fixed_xy, maps.fixed_fraction); };
    const auto cv_float = [&] { cv_remap(cv_source, maps.x, maps.y); };
    const auto cv_parts = [&] {
        parted.each_part([&](int col, int row) {
            cv_source(cv::Rect(col, row, parted.cut_side(), parted.cut_side())).copyTo(cv_window);
            cv_remap(cv_window, part_maps.fixed_xy, part_maps.fixed_fraction);
        });
    };

    double best = 1e9, best_fixed = 1e9, best_float = 1e9, best_parts = 1e9;
    for (auto _ : state) {
        const auto fastest = [](double& all, const auto& function) {
            double time = 1e9;
            for (int i = 0; i < 3; ++i) time = std::min(time, seconds(function));
            all = std::min(all, time);
            return time;
        };
        state.SetIterationTime(fastest(best, ours));
        fastest(best_fixed, cv_fixed);
        fastest(best_float, cv_float);
        fastest(best_parts, cv_parts);
    }
    constexpr double mpx = tile * tile / 1e6;
    state.counters["Mpx/s"] = mpx / best;
    state.counters["cv_16SC2"] = mpx / best_fixed;
    state.counters["cv_float"] = mpx / best_float;
    state.counters["cv_parts"] = mpx / best_parts;
    state.counters["ratio"] = std::min(best_fixed, best_float) / best;
    state.counters["ratio_parts"] = best_parts / best;
}

template <typename Sample>
void add(const std::string& type, int bands) {
    const std::pair<const char*, Interpolation> kinds[] = {{"nearest", Interpolation::nearest},
                                                           {"bilinear", Interpolation::bilinear},
                                                           {"cubic", Interpolation::cubic},
                                                           {"lanczos3", Interpolation::lanczos3}};
    for (const auto& [name, interpolation] : kinds)
        for (const int degrees : {3, 90}) {
            const std::string label = "resample/" + type + "/" + name + "/" + std::to_string(degrees);
            const auto with = [&](const std::string& suffix, bool masked, bool balanced) {
                benchmark::RegisterBenchmark((label + suffix).c_str(),
                                             [=, kind = interpolation](benchmark::State& state) {
                                                 run<Sample>(state, bands, kind, degrees, masked, balanced);
                                             })
                    ->UseManualTime()
                    ->Iterations(8)
                    ->Unit(benchmark::kMillisecond);
            };
            with("", false, false);
            if (degrees != 3) continue;
            with("/valid_mask", true, false);
            with("/balanced", false, true);
        }
}

} // namespace

int main(int argc, char** argv) {
    add<std::uint8_t>("u8x3", 3);
    add<std::uint8_t>("u8x4", 4);
    add<std::uint8_t>("u8x1", 1);
    add<std::uint16_t>("u16x4", 4);
    add<std::uint16_t>("u16x1", 1);
    add<float>("f32x1", 1);
    add<float>("f32x4", 4);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
