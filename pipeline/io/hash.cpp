// SPDX-License-Identifier: Apache-2.0
#include "io/hash.h"

#include "core/cancel.h"
#include "core/errors.h"

#include <cpl_vsi.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace overflight {
namespace {

void require(bool good) {
    if (!good) throw RunError("OpenSSL offers no SHA-256 on this machine");
}

/// Looked up once: that takes as long as hashing kilobytes.
const EVP_MD* sha256_algorithm() {
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                           EVP_MD_free);
    return algorithm.get();
}

} // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    require(state_->context && sha256_algorithm() != nullptr &&
            EVP_DigestInit_ex(state_->context.get(), sha256_algorithm(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> data) {
    require(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
}

Digest Sha256::finish() {
    Digest digest;
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1 &&
            size == digest.size());
    return digest;
}

Digest digest_of(std::span<const std::byte> data) {
    Sha256 hash;
    hash.add(data);
    return hash.finish();
}

std::string hex(const Digest& digest) {
    std::string text;
    for (const std::byte byte : digest) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    return text;
}

std::string sha256_of(std::span<const std::byte> data) {
    return hex(digest_of(data));
}

namespace {

/// Files may be large, and a request to stop is to be heard.
void heed(const std::stop_token& stop) {
    throw_if_stopped();
    if (stop.stop_requested()) throw Cancelled();
}

/// A file of GDAL's file systems: in an archive, or on another machine.
std::string sha256_of_virtual_file(const std::string& name, const std::stop_token& stop) {
    const std::unique_ptr<VSILFILE, int (*)(VSILFILE*)> file(VSIFOpenL(name.c_str(), "rb"), VSIFCloseL);
    if (!file) throw RunError(fmt::format("{}: cannot be read", name));
    std::vector<std::byte> block(1 << 17); // what is read is hashed from the second-level cache
    Sha256 hash;
    while (const std::size_t count = VSIFReadL(block.data(), 1, block.size(), file.get())) {
        heed(stop);
        hash.add({block.data(), count});
    }
    if (VSIFEofL(file.get()) == 0) throw RunError(fmt::format("{}: cannot be read to its end", name));
    return hex(hash.finish());
}

RunError cannot_read(const std::filesystem::path& path) {
    return RunError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
}

} // namespace

OpenFile::OpenFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw cannot_read(path_);
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

OpenFile::~OpenFile() {
    ::close(descriptor_);
}

std::string OpenFile::sha256(const std::stop_token& stop) const {
    std::vector<std::byte> block(1 << 17); // what is read is hashed from the second-level cache
    Sha256 hash;
    for (off_t at = 0;;) {
        heed(stop);
        const ssize_t count = ::pread(descriptor_, block.data(), block.size(), at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw cannot_read(path_);
        if (count == 0) return hex(hash.finish());
        hash.add({block.data(), static_cast<std::size_t>(count)});
        at += count;
    }
}

std::string sha256_of_file(const std::filesystem::path& path, const std::stop_token& stop) {
    if (path.string().starts_with("/vsi")) return sha256_of_virtual_file(path, stop);
    return OpenFile(path).sha256(stop);
}

} // namespace overflight
