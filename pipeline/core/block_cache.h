// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace overflight {

/// Decoded blocks under a budget of bytes: each is made once, by the thread that first asks, while others that need it
/// wait; the least recently used go first. `Block` has `std::size_t bytes() const`. Safe to use from several threads.
/// A block in use elsewhere lives on after it was dropped, but no longer counts.
template <typename Block>
class BlockCache {
public:
    using Pointer = std::shared_ptr<const Block>;

    explicit BlockCache(std::int64_t budget_bytes) : budget_(budget_bytes) {}

    /// Exceptions of `make` go to the thread that made; the others try again.
    Pointer get(std::uint64_t key, const std::function<Pointer()>& make) {
        {
            std::unique_lock lock(mutex_);
            for (;;) {
                const auto found = entries_.find(key);
                if (found == entries_.end()) break;
                if (found->second.block) return touch(found->second);
                ready_.wait(lock);
            }
            entries_.emplace(key, Entry{});
        }
        Pointer block;
        try {
            block = make();
        } catch (...) {
            std::scoped_lock lock(mutex_);
            entries_.erase(key);
            ready_.notify_all();
            throw;
        }
        offer(key, block);
        return block;
    }

    /// The block if it is held now, else null; does not wait.
    Pointer find(std::uint64_t key) {
        std::scoped_lock lock(mutex_);
        const auto found = entries_.find(key);
        return found != entries_.end() && found->second.block ? touch(found->second) : nullptr;
    }

    /// Adds a block, as when it came by with another; one that is held already stays.
    void offer(std::uint64_t key, Pointer block) {
        std::scoped_lock lock(mutex_);
        Entry& entry = entries_[key];
        if (entry.block) return;
        held_ += static_cast<std::int64_t>(block->bytes());
        entry.block = std::move(block);
        entry.age = ages_.insert(ages_.end(), key);
        drop_oldest();
        ready_.notify_all();
    }

    /// As offer(), but only where nothing has to go for it: of what is read once, the first is kept.
    void offer_beside(std::uint64_t key, Pointer block) {
        {
            std::scoped_lock lock(mutex_);
            if (held_ + static_cast<std::int64_t>(block->bytes()) > budget_) return;
        }
        offer(key, std::move(block));
    }

    /// Forgets a block, if it is held.
    void drop(std::uint64_t key) {
        std::scoped_lock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end() || !found->second.block) return;
        ages_.erase(found->second.age);
        forget(found);
    }

    /// Another budget from now on.
    void limit(std::int64_t budget_bytes) {
        std::scoped_lock lock(mutex_);
        budget_ = budget_bytes;
        drop_oldest();
    }

    std::int64_t bytes_held() const {
        std::scoped_lock lock(mutex_);
        return held_;
    }

private:
    struct Entry {
        Pointer block; ///< null while being made
        std::list<std::uint64_t>::iterator age;
    };

    void drop_oldest() {
        while (held_ > budget_ && ages_.size() > 1) {
            forget(entries_.find(ages_.front()));
            ages_.pop_front();
        }
    }

    void forget(std::unordered_map<std::uint64_t, Entry>::iterator entry) {
        held_ -= static_cast<std::int64_t>(entry->second.block->bytes());
        entries_.erase(entry);
    }

    Pointer touch(Entry& entry) {
        ages_.splice(ages_.end(), ages_, entry.age);
        return entry.block;
    }

    std::int64_t budget_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::unordered_map<std::uint64_t, Entry> entries_;
    std::list<std::uint64_t> ages_; ///< least recently used first
    std::int64_t held_ = 0;
};

} // namespace overflight
