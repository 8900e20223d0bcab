// SPDX-License-Identifier: Apache-2.0
#include "core/raw_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; older headers do not name it
#endif

namespace overflight {

void back_with_memory(void* memory, std::size_t bytes) {
    constexpr std::size_t worth_it = 64 * 1024; // a system call costs as much as a page fault or two
    if (bytes < worth_it) return;
    static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page,
                         end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
    madvise(reinterpret_cast<void*>(first), end - first, MADV_POPULATE_WRITE);
}

} // namespace overflight
