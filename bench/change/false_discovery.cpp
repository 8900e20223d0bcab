// SPDX-License-Identifier: Apache-2.0
// False alarms where nothing changed: the share of simulated pairs (noise, exposure, registration) in which the default
// settings find any object, against change.false_discovery. bench_false_discovery [PAIRS]
#include "stages/unchanged_pair.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

int main(int argc, char** argv) {
    using namespace overflight;
    const int pairs = argc > 1 ? std::stoi(argv[1]) : 200;
    bool good = true;
    for (const double false_discovery : {0.01, 0.05, 0.2}) {
        int alarms = 0;
        for (int seed = 1; seed <= pairs; ++seed)
            alarms += find_changes(unchanged_pair(static_cast<unsigned>(seed)), false_discovery).empty() ? 0 : 1;
        const double share = static_cast<double>(alarms) / pairs,
                     bound = false_discovery + 2 * std::sqrt(false_discovery * (1 - false_discovery) / pairs);
        fmt::print("false_discovery {:4.2f}: {} of {} pairs with an object, {:.3f} (bound {:.3f})\n", false_discovery,
                   alarms, pairs, share, bound);
        good = good && share <= bound;
    }
    return good ? 0 : 1;
}
