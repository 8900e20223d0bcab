// SPDX-License-Identifier: Apache-2.0
#include "io/key_hash.h"

#include <xxhash.h>

#include <bit>
#include <new>

namespace overflight {

struct KeyHash::State {
    XXH3_state_t* xxh3 = XXH3_createState(); // aligned as it has to be

    State() {
        if (xxh3 == nullptr) throw std::bad_alloc();
        XXH3_128bits_reset(xxh3);
    }
    ~State() { XXH3_freeState(xxh3); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

KeyHash::KeyHash() : state_(std::make_unique<State>()) {}
KeyHash::~KeyHash() = default;

KeyHash& KeyHash::add_bytes(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_->xxh3, bytes.data(), bytes.size());
    return *this;
}

ShortDigest KeyHash::finish() const {
    XXH128_canonical_t digest; // the same bytes on every machine
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state_->xxh3));
    return std::bit_cast<ShortDigest>(digest);
}

} // namespace overflight
