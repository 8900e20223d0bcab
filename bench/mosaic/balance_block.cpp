// SPDX-License-Identifier: Apache-2.0
// Seconds on one core to solve for gains and vignetting of a simulated block (statistics of the overlaps as a survey
// leaves them, three bands), with the errors of what was put in. bench_balance [STRIPS] [FRAMES A STRIP]
#include "processor_time.h"
#include "stages/simulated_block.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

int main(int argc, char** argv) {
    using namespace overflight;
    const int strips = argc > 1 ? std::stoi(argv[1]) : 50, frames = argc > 2 ? std::stoi(argv[2]) : 100;
    for (const bool offsets : {false, true}) {
        SimulatedBlock block;
        block.task.offsets = offsets;
        block.task.slope = true;
        block.simulate(strips, frames, argc > 3 ? std::stoi(argv[3]) : 3);
        const double begin = processor_seconds();
        const FrameBalance balance = solve_balance(block.task, block.overlaps);
        const double seconds = processor_seconds() - begin;
        double mean = 0, square = 0;
        const auto n = static_cast<double>(block.gains.size());
        for (std::size_t i = 0; i < block.gains.size(); ++i) {
            const double error = std::log(block.gains[i] * static_cast<double>(balance.gain(i, 0)));
            mean += error / n, square += error * error / n;
        }
        const auto a = balance.vignetting(0, 0);
        fmt::print(
            "{}: {} frames, {} windows and pairs, {:.2f} s; gains {:.2f} % RMS, corners {:.2f} % (20 % put in)\n",
            offsets ? "gain_offset" : "gain", block.gains.size(), block.overlaps.pairs.size(), seconds,
            100 * std::sqrt(square - mean * mean), -100 * (a[0] + a[1] + a[2]));
    }
}
