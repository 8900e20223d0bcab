// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace overflight {

/// Leaves new elements as they are: for buffers that are filled right away, where zeroes first would cost as much as
/// the samples. Under the address sanitizer they hold what would show in a product.
template <typename Element>
struct UninitializedAllocator : std::allocator<Element> {
    template <typename Other>
    struct rebind {
        using other = UninitializedAllocator<Other>;
    };
    template <typename Other>
    void construct(Other* at) {
        ::new (static_cast<void*>(at)) Other;
#ifdef __SANITIZE_ADDRESS__
        std::memset(static_cast<void*>(at), 0xA5, sizeof(Other));
#endif
    }
    template <typename Other, typename... Arguments>
    void construct(Other* at, Arguments&&... arguments) {
        ::new (static_cast<void*>(at)) Other(std::forward<Arguments>(arguments)...);
    }
};

/// Bytes whose content after resize() is unspecified where they are new.
using RawBytes = std::vector<std::byte, UninitializedAllocator<std::byte>>;

/// So many bytes, about to be written in full. Their pages are asked for in one go: the kernel takes a third less time
/// for them than for as many page faults. Where it can not (Linux before 5.14), or has none, the faults come as ever.
RawBytes backed_bytes(std::size_t count);

} // namespace overflight
