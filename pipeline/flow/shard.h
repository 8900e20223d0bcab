// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace overflight {

/// A part of a product's tiles: number 1 .. count.
struct Shard {
    int number = 1, count = 1;

    /// Its part of `total` items, [first, second): parts differ by one item at most.
    std::pair<std::size_t, std::size_t> range(std::size_t total) const {
        const auto cut = [&](int part) {
            return total * static_cast<std::size_t>(part) / static_cast<std::size_t>(count);
        };
        return {cut(number - 1), cut(number)};
    }
    /// As part of a file's name.
    std::string name() const { return std::to_string(number) + "of" + std::to_string(count); }
};

/// Shards first .. last, made by one process one after another: what all of them need is then read once.
struct ShardRange {
    int first = 1, last = 1, count = 1;

    std::string numbers() const {
        return first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last);
    }
};

} // namespace overflight
