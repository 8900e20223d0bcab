// SPDX-License-Identifier: Apache-2.0
#include "flow/sealed_file.h"

#include "io/atomic_file.h"
#include "io/hash.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace overflight {

void write_sealed(const std::filesystem::path& path, std::span<const std::byte> content) {
    const Digest hash = digest_of(content);
    std::vector<std::byte> file(hash.begin(), hash.end());
    file.insert(file.end(), content.begin(), content.end());
    write_file(path, file);
}

std::optional<std::vector<std::byte>> read_sealed(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    const std::vector<char> text(std::istreambuf_iterator<char>(stream), {});
    const auto bytes = std::as_bytes(std::span(text));
    constexpr std::size_t hash_bytes = std::tuple_size_v<Digest>;
    if (bytes.size() < hash_bytes) return std::nullopt;
    const auto content = bytes.subspan(hash_bytes);
    if (!std::ranges::equal(digest_of(content), bytes.first(hash_bytes))) return std::nullopt;
    return std::vector<std::byte>(content.begin(), content.end());
}

} // namespace overflight
