// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
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

/// A file that is open to be hashed, whatever becomes of its name. Throws RunError where it cannot be read.
class OpenFile {
public:
    explicit OpenFile(std::filesystem::path path);
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    /// Of its content, read once in blocks. Throws RunError; Cancelled on request, everyone's or by `stop`.
    std::string sha256(const std::stop_token& stop = {}) const;

private:
    std::filesystem::path path_;
    int descriptor_;
};

/// The same of a file by its name, which may be one of GDAL's file systems.
std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop = {});

} // namespace overflight
