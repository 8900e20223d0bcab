// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace overflight {

/// How a stage's tiles are carried out.
struct Execution {
    int threads = 1;
    bool serial = false;        ///< the plain loop that the graph is held against in tests
    bool shuffle_tiles = false; ///< starts tiles in another order (within what is in flight): results must not change
};

/// Does `work(index, slot)` for every index in 0 .. count - 1, in parallel, and `write(index, slot)` in index order,
/// one at a time. `slots` bounds what is in flight: a slot is a set of buffers, taken before work and given back after
/// write, so that the memory needed is known beforehand. Exceptions of either end the run and are rethrown; a request
/// to stop becomes Cancelled.
void for_each_in_order(std::int64_t count, int slots, const Execution& execution,
                       const std::function<void(std::int64_t index, int slot)>& work,
                       const std::function<void(std::int64_t index, int slot)>& write);

/// The number of slots that keeps `threads` busy while the writer is ahead or behind.
constexpr int slots_for(const Execution& execution) {
    return execution.serial ? 1 : 2 * execution.threads + 1;
}

} // namespace overflight
