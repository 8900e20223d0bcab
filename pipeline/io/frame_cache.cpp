// SPDX-License-Identifier: Apache-2.0
#include "io/frame_cache.h"

#include "core/block_cache.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>

namespace overflight {
namespace {

using BlockPointer = std::shared_ptr<const FrameBlock>;

/// Handles that stay open; more would run into the limit of open files on flights of thousands of frames.
constexpr std::size_t open_handles = 64;

} // namespace

struct FrameCache::State {
    struct Handle {
        std::size_t frame;
        std::unique_ptr<FrameDecoder> decoder;
    };

    std::vector<FrameHeader> frames;
    bool allow_remote;
    std::function<void(const Gap&)> on_gap;
    BlockCache<FrameBlock> blocks;
    std::vector<std::mutex> sequential; ///< a frame without random access is decoded by one thread at a time
    std::atomic<std::int64_t> decodes = 0;
    std::mutex idle_mutex;
    std::list<Handle> idle; ///< least recently used first

    State(std::vector<FrameHeader> headers, std::int64_t budget, bool remote, std::function<void(const Gap&)> gap)
        : frames(std::move(headers)), allow_remote(remote), on_gap(std::move(gap)), blocks(budget),
          sequential(frames.size()) {}

    int blocks_across(const FrameHeader& frame) const {
        return (frame.width + frame.block.width - 1) / frame.block.width;
    }

    int block_count(const FrameHeader& frame) const {
        return blocks_across(frame) * ((frame.height + frame.block.height - 1) / frame.block.height);
    }

    static std::uint64_t key(std::size_t frame, int index) {
        return (std::uint64_t{frame} << 32) | static_cast<std::uint32_t>(index);
    }

    Window block_window(const FrameHeader& frame, int index) const {
        const int across = blocks_across(frame);
        const int col = index % across * frame.block.width, row = index / across * frame.block.height;
        return {col, row, std::min(frame.block.width, frame.width - col),
                std::min(frame.block.height, frame.height - row)};
    }

    std::unique_ptr<FrameDecoder> take_decoder(std::size_t frame) {
        {
            std::scoped_lock lock(idle_mutex);
            const auto found =
                std::find_if(idle.begin(), idle.end(), [&](const Handle& h) { return h.frame == frame; });
            if (found != idle.end()) {
                auto decoder = std::move(found->decoder);
                idle.erase(found);
                return decoder;
            }
        }
        return std::make_unique<FrameDecoder>(frames[frame], allow_remote);
    }

    void give_back(std::size_t frame, std::unique_ptr<FrameDecoder> decoder) {
        std::scoped_lock lock(idle_mutex);
        idle.push_back({frame, std::move(decoder)});
        if (idle.size() > open_handles) idle.pop_front();
    }

    /// A damaged block is data: all invalid, and reported.
    BlockPointer decode(std::size_t frame, int index) {
        const Window window = block_window(frames[frame], index);
        ++decodes;
        try {
            auto decoder = take_decoder(frame);
            auto block = std::make_shared<const FrameBlock>(decoder->read(window));
            give_back(frame, std::move(decoder));
            return block;
        } catch (const std::runtime_error& error) {
            if (on_gap) on_gap({frame, window, error.what()});
            auto block = std::make_shared<FrameBlock>();
            block->window = window;
            block->layout = LaneLayout{frames[frame].bands};
            block->type = frames[frame].type;
            block->broken = true;
            return block;
        }
    }

    /// Formats that are read from their beginning only: all blocks in one go, so that none is decoded twice.
    BlockPointer decode_all(std::size_t frame, int wanted) {
        std::scoped_lock lock(sequential[frame]);
        if (auto found = blocks.find(key(frame, wanted))) return found;
        const FrameHeader& header = frames[frame];
        BlockPointer result;
        for (int index = 0; index < block_count(header); ++index) {
            auto block = decode(frame, index);
            if (index == wanted)
                result = std::move(block);
            else
                blocks.offer(key(frame, index), std::move(block));
        }
        return result;
    }

    BlockPointer block(std::size_t frame, int index) {
        return blocks.get(key(frame, index), [&] {
            return frames[frame].random_access ? decode(frame, index) : decode_all(frame, index);
        });
    }
};

FrameCache::FrameCache(std::vector<FrameHeader> frames, std::int64_t budget_bytes, bool allow_remote,
                       std::function<void(const Gap&)> on_gap)
    : state_(std::make_unique<State>(std::move(frames), budget_bytes, allow_remote, std::move(on_gap))) {}

FrameCache::~FrameCache() = default;

const FrameHeader& FrameCache::header(std::size_t frame) const {
    return state_->frames[frame];
}

void FrameCache::read(std::size_t frame, const Window& wanted, FrameWindow& out) {
    const FrameHeader& header = state_->frames[frame];
    const auto col0 = std::max<std::int64_t>(0, wanted.col), row0 = std::max<std::int64_t>(0, wanted.row);
    const auto col1 = std::min<std::int64_t>(header.width, wanted.col + wanted.width);
    const auto row1 = std::min<std::int64_t>(header.height, wanted.row + wanted.height);
    out.window = {col0, row0, static_cast<int>(std::max<std::int64_t>(0, col1 - col0)),
                  static_cast<int>(std::max<std::int64_t>(0, row1 - row0))};
    out.valid.clear();
    const LaneLayout layout{header.bands};
    const std::size_t sample = sample_size(header.type);
    out.groups.resize(static_cast<std::size_t>(layout.groups()));
    const auto pixels = static_cast<std::size_t>(out.window.empty() ? 0 : out.window.pixels());
    for (int group = 0; group < layout.groups(); ++group) {
        RawBytes& samples = out.groups[static_cast<std::size_t>(group)];
        const std::size_t bytes = pixels * static_cast<std::size_t>(layout.lanes_in(group)) * sample + 64;
        if (samples.capacity() < bytes)
            samples = backed_bytes(bytes);
        else
            samples.resize(bytes);
    }
    if (out.window.empty()) return;

    const int across = state_->blocks_across(header);
    const auto first_col = static_cast<int>(col0 / header.block.width),
               last_col = static_cast<int>((col1 - 1) / header.block.width);
    const auto first_row = static_cast<int>(row0 / header.block.height),
               last_row = static_cast<int>((row1 - 1) / header.block.height);
    for (int block_row = first_row; block_row <= last_row; ++block_row) {
        for (int block_col = first_col; block_col <= last_col; ++block_col) {
            const BlockPointer block = state_->block(frame, block_row * across + block_col);
            const Window& have = block->window;
            const std::int64_t c0 = std::max(col0, have.col), c1 = std::min(col1, have.col + have.width);
            const std::int64_t r0 = std::max(row0, have.row), r1 = std::min(row1, have.row + have.height);
            const auto run = static_cast<std::size_t>(c1 - c0);
            for (int group = 0; group < layout.groups() && !block->broken; ++group) {
                const std::size_t pixel = static_cast<std::size_t>(layout.lanes_in(group)) * sample;
                const std::byte* from = block->groups[static_cast<std::size_t>(group)].data();
                std::byte* to = out.groups[static_cast<std::size_t>(group)].data();
                for (std::int64_t r = r0; r < r1; ++r)
                    std::memcpy(to + static_cast<std::size_t>((r - row0) * out.window.width + (c0 - col0)) * pixel,
                                from + static_cast<std::size_t>((r - have.row) * have.width + (c0 - have.col)) * pixel,
                                run * pixel);
            }
            if (block->broken || !block->valid.empty()) {
                if (out.valid.empty()) out.valid.assign(pixels, 255);
                for (std::int64_t r = r0; r < r1; ++r) {
                    std::uint8_t* to = out.valid.data() + (r - row0) * out.window.width + (c0 - col0);
                    if (block->broken)
                        std::memset(to, 0, run);
                    else
                        std::memcpy(to, block->valid.data() + (r - have.row) * have.width + (c0 - have.col), run);
                }
            }
        }
    }
}

void FrameCache::release(std::size_t frame) {
    for (int index = 0; index < state_->block_count(state_->frames[frame]); ++index)
        state_->blocks.drop(State::key(frame, index));
    const std::scoped_lock lock(state_->idle_mutex);
    state_->idle.remove_if([&](const State::Handle& handle) { return handle.frame == frame; });
}

std::int64_t FrameCache::bytes_held() const {
    return state_->blocks.bytes_held();
}

std::int64_t FrameCache::blocks_decoded() const {
    return state_->decodes;
}

} // namespace overflight
