// SPDX-License-Identifier: Apache-2.0
#include "io/hash.h"

#include "core/errors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace overflight {
namespace {

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(std::span<const std::byte> data) {
        require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
        std::string text;
        for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
        return text;
    }

private:
    static void require(bool good) {
        if (!good) throw RunError("OpenSSL offers no SHA-256 on this machine");
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

} // namespace

std::string sha256_of(std::span<const std::byte> data) {
    Sha256 hash;
    hash.add(data);
    return hash.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
    const auto fail = [&]() -> RunError {
        return RunError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
    };
    struct Descriptor {
        int value;
        ~Descriptor() {
            if (value >= 0) ::close(value);
        }
    } const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.value < 0) throw fail();
    ::posix_fadvise(file.value, 0, 0, POSIX_FADV_SEQUENTIAL);
    std::vector<std::byte> block(1 << 20);
    Sha256 hash;
    for (;;) {
        const ssize_t count = ::read(file.value, block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw fail();
        if (count == 0) return hash.hex();
        hash.add({block.data(), static_cast<std::size_t>(count)});
    }
}

} // namespace overflight
