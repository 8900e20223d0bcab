// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/frame_file.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace overflight {

/// A cut-out of a frame in lanes, contiguous per group; the buffers are reused from call to call.
struct FrameWindow {
    Window window;                   ///< which pixels of the frame; cut to the frame
    std::vector<RawBytes> groups;    ///< as in FrameBlock
    std::vector<std::uint8_t> valid; ///< empty: all valid
};

/// Decoded blocks of a mission's frames under a budget of bytes: each block is decoded once, by the thread that first
/// asks, while others that need it wait; the least recently used go first. Safe to use from several threads.
///
/// A block that cannot be decoded becomes all invalid and is reported when that is tried, through `on_gap`.
class FrameCache {
public:
    struct Gap {
        std::size_t frame = 0;
        Window window;
        std::string cause;
    };

    FrameCache(std::vector<FrameHeader> frames, std::int64_t budget_bytes, bool allow_remote,
               std::function<void(const Gap&)> on_gap);
    ~FrameCache();
    FrameCache(const FrameCache&) = delete;
    FrameCache& operator=(const FrameCache&) = delete;

    const FrameHeader& header(std::size_t frame) const;

    /// Copies the part of `wanted` that lies in the frame. Samples of invalid pixels may hold anything; 64 bytes that
    /// may be read follow those of each group.
    void read(std::size_t frame, const Window& wanted, FrameWindow& out);

    /// Forgets the frame's blocks and closes it, as it is not read any more; if it is, they are decoded again.
    void release(std::size_t frame);

    /// Bytes of decoded blocks held now, and blocks decoded so far: for the report and the tests.
    std::int64_t bytes_held() const;
    std::int64_t blocks_decoded() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
