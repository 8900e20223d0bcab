// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>

namespace overflight {

/// What a process here may use, and what says so: the smallest of machine, scheduling affinity, cgroup (v1 or v2) and
/// Slurm allocation.
struct Limits {
    int threads = 1;
    std::string threads_from;
    std::int64_t memory_mb = 0; ///< MiB
    std::string memory_from;

    /// The budget of a run that does not name one: a quarter, as other jobs and the page cache live here too.
    std::int64_t default_memory_mb() const { return memory_mb / 4; }
};

/// Where the limits are looked for; other than the defaults only in tests.
struct LimitSources {
    std::filesystem::path root = "/"; ///< of /proc/self/cgroup, /sys/fs/cgroup
    std::function<std::optional<std::string>(const char* name)> environment;
    int machine_threads = 0;            ///< 0: ask the system
    std::int64_t machine_memory_mb = 0; ///< 0: ask the system
};

Limits find_limits(const LimitSources& sources = {});

/// From now on memory that was freed stays with the process for what it allocates next, up to return_free_memory(): a
/// page that the system gives costs more than most of what is done with it. It is held in as many pools as threads
/// work, as each pool keeps what the others could use.
void keep_free_memory(int threads);

/// Gives memory that was freed back to the system if the process holds more than `resident_bytes`: between the parts
/// of a run, so that what one has freed does not stand in the process beside what the next allocates.
void return_free_memory(std::int64_t resident_bytes);

/// The calling thread from now on takes what cores the rest of the process leaves idle, and little where it leaves
/// none.
void give_way();

/// Does work in a thread that gives way to the rest of the process; not `beside`: when the future is asked for.
template <typename Work>
auto start_work(bool beside, Work work) {
    return std::async(beside ? std::launch::async : std::launch::deferred, [beside, work = std::move(work)] {
        if (beside) give_way();
        return work();
    });
}

} // namespace overflight
