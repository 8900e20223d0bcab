// SPDX-License-Identifier: Apache-2.0
#include "io/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace overflight {

Checkpoint::Checkpoint(const std::vector<int>& descriptors, double seconds) {
    for (const int descriptor : descriptors) {
        const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        if (own >= 0)
            descriptors_.push_back(own);
        else
            failure_ = errno;
    }
    thread_ = std::thread([this, seconds] { run(seconds); });
}

Checkpoint::~Checkpoint() {
    stop();
    for (const int descriptor : descriptors_) ::close(descriptor);
}

int Checkpoint::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    return failure_;
}

void Checkpoint::run(double seconds) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return stop_; })) {
        lock.unlock();
        int error = 0;
        for (const int descriptor : descriptors_)
            if (::fdatasync(descriptor) != 0 && errno != EINVAL && error == 0) error = errno;
        lock.lock();
        if (failure_ == 0) failure_ = error;
    }
}

} // namespace overflight
