// SPDX-License-Identifier: Apache-2.0
#include "core/raw_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; older headers do not name it
#endif

namespace overflight {

RawBytes backed_bytes(std::size_t count) {
    RawBytes bytes(count);
    constexpr std::size_t worth_it = 64 * 1024; // a system call costs as much as a page fault or two
    if (count < worth_it) return bytes;
    static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto memory = reinterpret_cast<std::uintptr_t>(bytes.data());
    const std::uintptr_t first = (memory + page - 1) / page * page, end = (memory + count) / page * page;
    madvise(reinterpret_cast<void*>(first), end - first, MADV_POPULATE_WRITE);
    return bytes;
}

} // namespace overflight
