// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace overflight {

/// Parts of a run, in their order. Each can be a process of its own, on any machine that sees the folder; they know of
/// each other by files only. Any of them can be repeated.
enum class StepKind : std::uint8_t {
    survey,  ///< a mission: hashes of the inputs, balance
    compose, ///< a mission, a shard: tiles of the mosaic
    merge,   ///< a mission: the mosaic from its shards; then registration and statistics of the changes
    detect,  ///< a change, a shard: scores
    finish,  ///< a change: thresholds, decisions, objects, the product
};

/// As its command is called.
constexpr const char* name_of(StepKind kind) {
    switch (kind) {
    case StepKind::survey:
        return "survey";
    case StepKind::compose:
        return "compose";
    case StepKind::merge:
        return "merge";
    case StepKind::detect:
        return "detect";
    case StepKind::finish:
        break;
    }
    return "finish";
}

} // namespace overflight
