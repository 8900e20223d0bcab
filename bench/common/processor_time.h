// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace overflight {

/// Processor time of the calling thread: steadier than the clock on a machine that others use too.
inline double processor_seconds() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

} // namespace overflight
