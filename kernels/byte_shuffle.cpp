// SPDX-License-Identifier: Apache-2.0
#include "kernels/byte_shuffle.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/byte_shuffle.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

void shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    reference::byte_shuffle(in, size, element_size, out);
}
void unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    reference::byte_unshuffle(in, size, element_size, out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<std::uint8_t>;
using V = hn::Vec<D>;

void shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    const D d;
    const std::size_t n = hn::Lanes(d), count = size / element_size;
    std::size_t i = 0;
    if (element_size == 2) {
        for (; i + n <= count; i += n) {
            V a, b;
            hn::LoadInterleaved2(d, in + 2 * i, a, b);
            hn::StoreU(a, d, out + i);
            hn::StoreU(b, d, out + count + i);
        }
    } else if (element_size == 4) {
        for (; i + n <= count; i += n) {
            V a, b, c, e;
            hn::LoadInterleaved4(d, in + 4 * i, a, b, c, e);
            hn::StoreU(a, d, out + i);
            hn::StoreU(b, d, out + count + i);
            hn::StoreU(c, d, out + 2 * count + i);
            hn::StoreU(e, d, out + 3 * count + i);
        }
    } else {
        return reference::byte_shuffle(in, size, element_size, out);
    }
    for (; i < count; ++i)
        for (std::size_t byte = 0; byte < element_size; ++byte) out[byte * count + i] = in[i * element_size + byte];
    std::memcpy(out + count * element_size, in + count * element_size, size - count * element_size);
}

void unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    const D d;
    const std::size_t n = hn::Lanes(d), count = size / element_size;
    std::size_t i = 0;
    if (element_size == 2) {
        for (; i + n <= count; i += n)
            hn::StoreInterleaved2(hn::LoadU(d, in + i), hn::LoadU(d, in + count + i), d, out + 2 * i);
    } else if (element_size == 4) {
        for (; i + n <= count; i += n)
            hn::StoreInterleaved4(hn::LoadU(d, in + i), hn::LoadU(d, in + count + i), hn::LoadU(d, in + 2 * count + i),
                                  hn::LoadU(d, in + 3 * count + i), d, out + 4 * i);
    } else {
        return reference::byte_unshuffle(in, size, element_size, out);
    }
    for (; i < count; ++i)
        for (std::size_t byte = 0; byte < element_size; ++byte) out[i * element_size + byte] = in[byte * count + i];
    std::memcpy(out + count * element_size, in + count * element_size, size - count * element_size);
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(shuffle);
HWY_EXPORT(unshuffle);

void byte_shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    HWY_DYNAMIC_DISPATCH(shuffle)(in, size, element_size, out);
}
void byte_unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    HWY_DYNAMIC_DISPATCH(unshuffle)(in, size, element_size, out);
}

namespace reference {

void byte_shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    const std::size_t count = size / element_size;
    for (std::size_t byte = 0; byte < element_size; ++byte)
        for (std::size_t i = 0; i < count; ++i) *out++ = in[i * element_size + byte];
    for (std::size_t i = count * element_size; i < size; ++i) *out++ = in[i];
}

void byte_unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out) {
    const std::size_t count = size / element_size;
    for (std::size_t byte = 0; byte < element_size; ++byte)
        for (std::size_t i = 0; i < count; ++i) out[i * element_size + byte] = *in++;
    for (std::size_t i = count * element_size; i < size; ++i) out[i] = *in++;
}

} // namespace reference
} // namespace overflight::kernels
#endif
