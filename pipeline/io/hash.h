// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace overflight {

/// A SHA-256 as its 32 bytes.
using Digest = std::array<std::byte, 32>;

/// A hash in the making. Not for sharing between threads.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(std::span<const std::byte> data);
    Digest finish(); ///< ends it

private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest digest_of(std::span<const std::byte> data);

/// 64 lower-case hexadecimal digits.
std::string hex(const Digest& digest);

std::string sha256_of(std::span<const std::byte> data);

/// Of a file's content, read once in blocks. Throws RunError where it cannot be read, Cancelled on request.
std::string sha256_of_file(const std::filesystem::path& path);

} // namespace overflight
