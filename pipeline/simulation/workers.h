// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace overflight::simulation {

/// Runs independent tasks on threads of its own: the simulator's only place for threads.
class Workers {
public:
    explicit Workers(int threads); ///< 0: as many as the machine has
    int count() const { return threads_; }

    /// task(index, worker) for index 0 .. tasks - 1; worker 0 .. count() - 1 names the thread. The first exception is
    /// thrown on after all have stopped.
    void run(std::int64_t tasks, const std::function<void(std::int64_t, int)>& task) const;

private:
    int threads_;
};

} // namespace overflight::simulation
