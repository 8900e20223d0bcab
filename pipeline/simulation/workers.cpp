// SPDX-License-Identifier: Apache-2.0
#include "simulation/workers.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace overflight::simulation {

Workers::Workers(int threads)
    : threads_(threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {}

void Workers::run(std::int64_t tasks, const std::function<void(std::int64_t, int)>& task) const {
    std::atomic<std::int64_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&](int worker) {
        try {
            for (std::int64_t index = next++; index < tasks; index = next++) task(index, worker);
        } catch (...) {
            next = tasks;
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    };
    std::vector<std::jthread> threads;
    const int extra = static_cast<int>(std::min<std::int64_t>(threads_, tasks)) - 1;
    for (int worker = 1; worker <= extra; ++worker) threads.emplace_back(work, worker);
    work(0);
    threads.clear();
    if (failure) std::rethrow_exception(failure);
}

} // namespace overflight::simulation
