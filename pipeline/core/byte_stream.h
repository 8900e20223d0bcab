// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace overflight {

/// Values one after another in bytes of this machine's order.
class ByteWriter {
public:
    template <typename Value>
    void add(const Value& value) {
        static_assert(std::is_trivially_copyable_v<Value>);
        const auto* from = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), from, from + sizeof value);
    }
    /// With its length in front.
    template <typename Value>
    void add(const std::vector<Value>& values) {
        static_assert(std::is_trivially_copyable_v<Value>);
        add(static_cast<std::uint64_t>(values.size()));
        const auto bytes = std::as_bytes(std::span(values));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    void add(const std::string& text) { add(std::vector<char>(text.begin(), text.end())); }

    /// Room for so many bytes more: their pages are asked for once.
    void reserve(std::size_t bytes) { bytes_.reserve(bytes_.size() + bytes); }

    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

/// The way back. Beyond the end all reads give nothing, and good() says so.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    bool good() const { return good_; }
    bool at_end() const { return bytes_.empty(); }

    template <typename Value>
    void take(Value& value) {
        static_assert(std::is_trivially_copyable_v<Value>);
        copy(&value, sizeof value);
    }
    template <typename Value>
    void take(std::vector<Value>& values) {
        static_assert(std::is_trivially_copyable_v<Value>);
        std::uint64_t count = 0;
        take(count);
        good_ = good_ && count <= bytes_.size() / sizeof(Value);
        values.resize(good_ ? count : 0);
        if (!values.empty()) copy(values.data(), values.size() * sizeof(Value));
    }
    void take(std::string& text) {
        std::vector<char> characters;
        take(characters);
        text.assign(characters.begin(), characters.end());
    }

private:
    void copy(void* out, std::size_t size) {
        good_ = good_ && size <= bytes_.size();
        if (!good_) return;
        std::memcpy(out, bytes_.data(), size);
        bytes_ = bytes_.subspan(size);
    }

    std::span<const std::byte> bytes_;
    bool good_ = true;
};

} // namespace overflight
