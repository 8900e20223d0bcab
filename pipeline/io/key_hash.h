// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace overflight {

/// By which to tell whether something is what it was: see KeyHash.
using ShortDigest = std::array<std::byte, 16>;

/// A digest of values given one after another: the 128 bits of XXH3, as fast as memory, no proof against those who mean
/// to deceive (for that, Sha256). Not for sharing between threads.
class KeyHash {
public:
    KeyHash();
    ~KeyHash();

    template <typename Value>
    KeyHash& add(const Value& value) {
        static_assert(std::has_unique_object_representations_v<Value> || std::is_floating_point_v<Value>);
        return add_bytes(std::as_bytes(std::span(&value, 1)));
    }
    template <typename Value>
    KeyHash& add(const std::vector<Value>& values) {
        static_assert(std::has_unique_object_representations_v<Value> || std::is_floating_point_v<Value>);
        return add(values.size()).add_bytes(std::as_bytes(std::span(values)));
    }
    KeyHash& add(const std::string& text) { return add(text.size()).add_bytes(std::as_bytes(std::span(text))); }
    KeyHash& add_bytes(std::span<const std::byte> bytes);

    /// Of all so far; more may follow.
    ShortDigest finish() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
