// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace overflight {

/// Tells when something that is done now and then is due again.
class RepeatTimer {
public:
    explicit RepeatTimer(double seconds) : length_(seconds) {}

    bool due() const { return std::chrono::steady_clock::now() - start_ >= length_; }
    void restart() { start_ = std::chrono::steady_clock::now(); }

private:
    std::chrono::duration<double> length_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace overflight
