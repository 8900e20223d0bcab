// SPDX-License-Identifier: Apache-2.0
#include "io/frame_cache.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

namespace overflight {
namespace {

using BlockPointer = std::shared_ptr<const FrameBlock>;

/// Handles that stay open; more would run into the limit of open files on flights of thousands of frames.
constexpr std::size_t open_handles = 64;

} // namespace

struct FrameCache::State {
    struct Entry {
        BlockPointer block;                  ///< null while being decoded
        std::list<std::uint64_t>::iterator age;
    };
    struct Handle {
        std::size_t frame;
        std::unique_ptr<FrameDecoder> decoder;
    };

    std::vector<FrameHeader> frames;
    std::int64_t budget;
    bool allow_remote;
    std::function<void(const Gap&)> on_gap;

    mutable std::mutex mutex;
    std::condition_variable decoded;
    std::unordered_map<std::uint64_t, Entry> entries;
    std::list<std::uint64_t> ages;           ///< least recently used first
    std::int64_t held = 0, decodes = 0;
    std::list<Handle> idle;                  ///< least recently used first

    int blocks_across(const FrameHeader& frame) const { return (frame.width + frame.block.width - 1) / frame.block.width; }

    static std::uint64_t key(std::size_t frame, int index) { return (std::uint64_t{frame} << 32) | static_cast<std::uint32_t>(index); }

    Window block_window(const FrameHeader& frame, int index) const {
        const int across = blocks_across(frame);
        const int col = index % across * frame.block.width, row = index / across * frame.block.height;
        return {col, row, std::min(frame.block.width, frame.width - col), std::min(frame.block.height, frame.height - row)};
    }

    std::unique_ptr<FrameDecoder> take_decoder(std::size_t frame, std::unique_lock<std::mutex>& lock) {
        const auto found = std::find_if(idle.rbegin(), idle.rend(), [&](const Handle& h) { return h.frame == frame; });
        if (found != idle.rend()) {
            auto decoder = std::move(found->decoder);
            idle.erase(std::next(found).base());
            return decoder;
        }
        lock.unlock();
        auto decoder = std::make_unique<FrameDecoder>(frames[frame], allow_remote);
        lock.lock();
        return decoder;
    }

    void give_back(std::size_t frame, std::unique_ptr<FrameDecoder> decoder) {
        idle.push_back({frame, std::move(decoder)});
        if (idle.size() > open_handles) idle.pop_front();
    }

    void keep(std::uint64_t block_key, BlockPointer block) {
        held += static_cast<std::int64_t>(block->bytes());
        Entry& entry = entries[block_key];
        entry.block = std::move(block);
        entry.age = ages.insert(ages.end(), block_key);
        // blocks in use elsewhere live on through their pointers, but no longer count: copies out of them are short
        while (held > budget && ages.size() > 1) {
            const auto oldest = entries.find(ages.front());
            held -= static_cast<std::int64_t>(oldest->second.block->bytes());
            entries.erase(oldest);
            ages.pop_front();
        }
    }

    FrameBlock decode(FrameDecoder* decoder, std::size_t frame, const Window& window, std::string& failure) {
        try {
            if (decoder) return decoder->read(window);
        } catch (const std::runtime_error& error) {
            failure = error.what();
        }
        FrameBlock block;
        block.window = window;
        block.layout = LaneLayout{frames[frame].bands};
        block.type = frames[frame].type;
        block.broken = true;
        return block;
    }

    /// All blocks of a frame that can only be decoded from its beginning, in one go, so that none is decoded twice.
    BlockPointer decode_sequentially(std::size_t frame, int wanted, FrameDecoder* decoder,
                                     std::unique_lock<std::mutex>& lock, std::string failure) {
        const FrameHeader& header = frames[frame];
        const int count = blocks_across(header) * ((header.height + header.block.height - 1) / header.block.height);
        BlockPointer result;
        for (int index = 0; index < count; ++index) {
            std::string cause = failure;
            lock.unlock();
            auto block = std::make_shared<const FrameBlock>(decode(decoder, frame, block_window(header, index), cause));
            lock.lock();
            ++decodes;
            if (index == wanted) result = block;
            if (block->broken && on_gap) on_gap({frame, block->window, cause});
            const auto known = entries.find(key(frame, index));
            if (known == entries.end() || !known->second.block) keep(key(frame, index), block);
        }
        return result;
    }

    BlockPointer block(std::size_t frame, int index) {
        const FrameHeader& header = frames[frame];
        // a sequential frame has one gate for all its blocks: block 0's neighbours come with it
        const std::uint64_t gate = header.random_access ? key(frame, index) : key(frame, -1);
        std::unique_lock lock(mutex);
        for (;;) {
            const auto found = entries.find(key(frame, index));
            if (found != entries.end() && found->second.block) {
                ages.splice(ages.end(), ages, found->second.age);
                return found->second.block;
            }
            if (!entries.contains(gate)) break;
            decoded.wait(lock);
        }
        entries.emplace(gate, Entry{});

        std::unique_ptr<FrameDecoder> decoder;
        std::string failure;
        try {
            decoder = take_decoder(frame, lock);
        } catch (const std::runtime_error& error) {
            if (!lock.owns_lock()) lock.lock();
            failure = error.what();
        }
        BlockPointer result;
        if (header.random_access) {
            lock.unlock();
            result = std::make_shared<const FrameBlock>(decode(decoder.get(), frame, block_window(header, index), failure));
            lock.lock();
            ++decodes;
            if (result->broken && on_gap) on_gap({frame, result->window, failure});
            entries.erase(gate);
            keep(gate, result);
        } else {
            result = decode_sequentially(frame, index, decoder.get(), lock, failure);
            entries.erase(gate);
        }
        if (decoder) give_back(frame, std::move(decoder));
        decoded.notify_all();
        return result;
    }
};

FrameCache::FrameCache(std::vector<FrameHeader> frames, std::int64_t budget_bytes, bool allow_remote,
                       std::function<void(const Gap&)> on_gap)
    : state_(std::make_unique<State>()) {
    state_->frames = std::move(frames);
    state_->budget = budget_bytes;
    state_->allow_remote = allow_remote;
    state_->on_gap = std::move(on_gap);
}

FrameCache::~FrameCache() = default;

const FrameHeader& FrameCache::header(std::size_t frame) const { return state_->frames[frame]; }

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
    for (int group = 0; group < layout.groups(); ++group)
        out.groups[static_cast<std::size_t>(group)].resize(pixels * static_cast<std::size_t>(layout.lanes_in(group)) * sample + 64);
    if (out.window.empty()) return;

    const int across = state_->blocks_across(header);
    const auto first_col = static_cast<int>(col0 / header.block.width), last_col = static_cast<int>((col1 - 1) / header.block.width);
    const auto first_row = static_cast<int>(row0 / header.block.height), last_row = static_cast<int>((row1 - 1) / header.block.height);
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
                                from + static_cast<std::size_t>((r - have.row) * have.width + (c0 - have.col)) * pixel, run * pixel);
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

std::int64_t FrameCache::bytes_held() const {
    std::scoped_lock lock(state_->mutex);
    return state_->held;
}

std::int64_t FrameCache::blocks_decoded() const {
    std::scoped_lock lock(state_->mutex);
    return state_->decodes;
}

} // namespace overflight
