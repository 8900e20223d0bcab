// SPDX-License-Identifier: Apache-2.0
#include "flow/sealed_file.h"

#include "io/atomic_file.h"
#include "io/hash.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

namespace overflight {

void write_sealed(const std::filesystem::path& path, std::span<const std::byte> content) {
    const Digest hash = digest_of(content);
    write_file(path, {hash, content});
}

std::optional<std::vector<std::byte>> read_sealed(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    std::array<std::byte, std::tuple_size_v<Digest>> hash;
    if (error || bytes < hash.size()) return std::nullopt;
    std::vector<std::byte> content(bytes - hash.size());
    const auto take = [&](std::span<std::byte> to) {
        stream.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    };
    take(hash);
    take(content);
    if (!stream || !std::ranges::equal(digest_of(content), hash)) return std::nullopt;
    return content;
}

} // namespace overflight
