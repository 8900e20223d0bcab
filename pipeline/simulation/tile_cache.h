// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace overflight::simulation {

/// Tiles of a function of the plane, made when asked for, for one thread. Direct-mapped: a square of 2^bits x 2^bits
/// tiles never evicts itself, and memory is bounded by that square whatever is asked.
template <class Tile>
class TileCache {
public:
    explicit TileCache(int bits) : bits_(bits), slots_(std::size_t{1} << (2 * bits)) {}

    template <class Make>
    Tile& get(std::int64_t col, std::int64_t row, Make&& make) {
        const std::int64_t mask = (std::int64_t{1} << bits_) - 1;
        Slot& slot = slots_[static_cast<std::size_t>((row & mask) << bits_ | (col & mask))];
        if (!slot.tile || slot.col != col || slot.row != row) {
            if (!slot.tile) slot.tile = std::make_unique<Tile>();
            slot.col = col, slot.row = row;
            make(*slot.tile);
        }
        return *slot.tile;
    }

private:
    struct Slot {
        std::int64_t col = 0, row = 0;
        std::unique_ptr<Tile> tile;
    };

    int bits_;
    std::vector<Slot> slots_;
};

} // namespace overflight::simulation
