// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace overflight {

/// Brings open files to the disk at an interval, in a thread of its own, so that a crash of the machine costs no more
/// than the work since. A killed process loses nothing of what it has written either way.
class Checkpoint {
public:
    /// Descriptors of files open for writing; they are duplicated.
    Checkpoint(const std::vector<int>& descriptors, double seconds);
    ~Checkpoint();
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Waits for what it is at, and ends. errno of the first file that could not be brought to the disk; 0 where all
    /// could. The system says it once, and whoever is told must not go on as if all were well.
    int stop();

private:
    void run(double seconds);

    std::vector<int> descriptors_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    int failure_ = 0;
    std::thread thread_;
};

} // namespace overflight
