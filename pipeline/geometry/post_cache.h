// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/block_cache.h"
#include "core/raw_bytes.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

namespace overflight {

/// Posts of a part of a model as they are decoded, row by row: in metres, NaN in holes.
struct PostBlock {
    int width = 0, height = 0;
    int stride = 0; ///< posts from a row to the next: more than `width` where the file's blocks reach beyond the model
    bool holes = false;
    RawBytes samples; ///< floats

    std::size_t bytes() const { return samples.size(); }
    const float* line(int row) const {
        return reinterpret_cast<const float*>(samples.data()) + static_cast<std::ptrdiff_t>(row) * stride;
    }
};

/// Decoded posts of all models of a run, so that its steps and missions decode each post once as far as a budget goes.
/// Safe to use from several threads.
class PostCache {
public:
    /// `threads`: how many may decode side by side where a model is read as a whole.
    explicit PostCache(std::int64_t budget_bytes, int threads = 1) : blocks_(budget_bytes), threads_(threads) {}

    /// A model's number: the same each time that its file is opened. `bytes`: what is worth holding of its posts.
    std::uint64_t model(const std::filesystem::path& file, std::int64_t bytes) {
        const std::scoped_lock lock(mutex_);
        const auto [entry, fresh] = models_.try_emplace(file.lexically_normal(), models_.size());
        if (fresh) model_bytes_ += bytes;
        return entry->second;
    }
    /// Of all models.
    std::int64_t model_bytes() const {
        const std::scoped_lock lock(mutex_);
        return model_bytes_;
    }

    BlockCache<PostBlock>& blocks() { return blocks_; }
    int threads() const { return threads_; }

private:
    BlockCache<PostBlock> blocks_;
    int threads_;
    mutable std::mutex mutex_;
    std::map<std::filesystem::path, std::uint64_t> models_;
    std::int64_t model_bytes_ = 0;
};

} // namespace overflight
