// SPDX-License-Identifier: Apache-2.0
#include "kernels/interleave.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/interleave.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample>
void pack(const Sample* source, std::size_t stride, int bands, int lanes, std::size_t count, Sample* out) {
    reference::pack_lanes(source, stride, bands, lanes, count, out);
}

template <typename Sample>
void unpack(const Sample* source, int lanes, std::size_t count, Sample* const* bands) {
    reference::unpack_lanes(source, lanes, count, bands);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

/// 16 bytes of output at a time, by one byte shuffle, as long as their source lies within 16 bytes.
template <typename Sample>
void pack(const Sample* source, std::size_t stride, int bands, int lanes, std::size_t count, Sample* out) {
    if (static_cast<int>(stride) == bands && bands == lanes) {
        std::memcpy(out, source, count * stride * sizeof(Sample));
        return;
    }
    const std::size_t pixel = lanes * sizeof(Sample), used = bands * sizeof(Sample);
    const std::size_t step = stride * sizeof(Sample);
    const std::size_t together = 16 / pixel;
    std::size_t done = 0;
    if ((together - 1) * step + used <= 16 && count * step >= 16) {
        const hn::FixedTag<std::uint8_t, 16> d;
        alignas(16) std::uint8_t order[16];
        for (std::size_t i = 0; i < 16; ++i) {
            const std::size_t byte = i % pixel;
            order[i] = static_cast<std::uint8_t>(byte < used ? i / pixel * step + byte : 128);
        }
        const auto shuffle = hn::Load(d, order);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(source);
        auto* out_bytes = reinterpret_cast<std::uint8_t*>(out);
        const std::size_t readable = (count - 1) * step + used;
        for (; done + together <= count && done * step + 16 <= readable; done += together)
            hn::StoreU(hn::TableLookupBytesOr0(hn::LoadU(d, bytes + done * step), shuffle), d,
                       out_bytes + done * pixel);
    }
    reference::pack_lanes(source + done * stride, stride, bands, lanes, count - done, out + done * lanes);
}

template <typename Sample>
void unpack(const Sample* source, int lanes, std::size_t count, Sample* const* bands) {
    const hn::ScalableTag<Sample> d;
    const std::size_t n = hn::Lanes(d);
    std::size_t i = 0;
    const auto store = [&](auto v, int lane) HWY_ATTR {
        if (bands[lane] != nullptr) hn::StoreU(v, d, bands[lane] + i);
    };
    if (lanes == 2) {
        for (; i + n <= count; i += n) {
            hn::Vec<decltype(d)> a, b;
            hn::LoadInterleaved2(d, source + 2 * i, a, b);
            store(a, 0);
            store(b, 1);
        }
    } else if (lanes == 4) {
        for (; i + n <= count; i += n) {
            hn::Vec<decltype(d)> a, b, c, e;
            hn::LoadInterleaved4(d, source + 4 * i, a, b, c, e);
            store(a, 0);
            store(b, 1);
            store(c, 2);
            store(e, 3);
        }
    }
    Sample* rest[4] = {};
    for (int lane = 0; lane < lanes; ++lane)
        if (bands[lane] != nullptr) rest[lane] = bands[lane] + i;
    reference::unpack_lanes(source + i * lanes, lanes, count - i, rest);
}

#endif

void pack_u8(const std::uint8_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
             std::uint8_t* out) {
    pack(source, stride, bands, lanes, count, out);
}
void pack_u16(const std::uint16_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
              std::uint16_t* out) {
    pack(source, stride, bands, lanes, count, out);
}
void pack_f32(const float* source, std::size_t stride, int bands, int lanes, std::size_t count, float* out) {
    pack(source, stride, bands, lanes, count, out);
}
void unpack_u8(const std::uint8_t* source, int lanes, std::size_t count, std::uint8_t* const* bands) {
    unpack(source, lanes, count, bands);
}
void unpack_u16(const std::uint16_t* source, int lanes, std::size_t count, std::uint16_t* const* bands) {
    unpack(source, lanes, count, bands);
}
void unpack_f32(const float* source, int lanes, std::size_t count, float* const* bands) {
    unpack(source, lanes, count, bands);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(pack_u8);
HWY_EXPORT(pack_u16);
HWY_EXPORT(pack_f32);
HWY_EXPORT(unpack_u8);
HWY_EXPORT(unpack_u16);
HWY_EXPORT(unpack_f32);

void pack_lanes(const std::uint8_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
                std::uint8_t* out) {
    HWY_DYNAMIC_DISPATCH(pack_u8)(source, stride, bands, lanes, count, out);
}
void pack_lanes(const std::uint16_t* source, std::size_t stride, int bands, int lanes, std::size_t count,
                std::uint16_t* out) {
    HWY_DYNAMIC_DISPATCH(pack_u16)(source, stride, bands, lanes, count, out);
}
void pack_lanes(const float* source, std::size_t stride, int bands, int lanes, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(pack_f32)(source, stride, bands, lanes, count, out);
}
void unpack_lanes(const std::uint8_t* source, int lanes, std::size_t count, std::uint8_t* const* bands) {
    HWY_DYNAMIC_DISPATCH(unpack_u8)(source, lanes, count, bands);
}
void unpack_lanes(const std::uint16_t* source, int lanes, std::size_t count, std::uint16_t* const* bands) {
    HWY_DYNAMIC_DISPATCH(unpack_u16)(source, lanes, count, bands);
}
void unpack_lanes(const float* source, int lanes, std::size_t count, float* const* bands) {
    HWY_DYNAMIC_DISPATCH(unpack_f32)(source, lanes, count, bands);
}

namespace reference {

template <typename Sample>
void pack_lanes(const Sample* source, std::size_t stride, int bands, int lanes, std::size_t count, Sample* out) {
    for (std::size_t i = 0; i < count; ++i)
        for (int lane = 0; lane < lanes; ++lane)
            out[i * lanes + lane] = lane < bands ? source[i * stride + lane] : Sample{0};
}

template <typename Sample>
void unpack_lanes(const Sample* source, int lanes, std::size_t count, Sample* const* bands) {
    for (int lane = 0; lane < lanes; ++lane)
        if (bands[lane] != nullptr)
            for (std::size_t i = 0; i < count; ++i) bands[lane][i] = source[i * lanes + lane];
}

template void pack_lanes(const std::uint8_t*, std::size_t, int, int, std::size_t, std::uint8_t*);
template void pack_lanes(const std::uint16_t*, std::size_t, int, int, std::size_t, std::uint16_t*);
template void pack_lanes(const float*, std::size_t, int, int, std::size_t, float*);
template void unpack_lanes(const std::uint8_t*, int, std::size_t, std::uint8_t* const*);
template void unpack_lanes(const std::uint16_t*, int, std::size_t, std::uint16_t* const*);
template void unpack_lanes(const float*, int, std::size_t, float* const*);

} // namespace reference
} // namespace overflight::kernels
#endif
