// SPDX-License-Identifier: Apache-2.0
#include "io/key_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace overflight {
namespace {

std::string hex_of(const ShortDigest& digest) {
    std::string text;
    for (const std::byte each : digest) {
        const auto value = std::to_integer<unsigned>(each);
        text += "0123456789abcdef"[value / 16];
        text += "0123456789abcdef"[value % 16];
    }
    return text;
}

TEST(KeyHash, IsXxh3InItsCanonicalForm) {
    EXPECT_EQ(hex_of(KeyHash().finish()), "99aa06d3014798d86001c324468d497f"); // as `xxhsum -H2` says of nothing
}

TEST(KeyHash, IsThatOfAllSoFar) {
    KeyHash hash;
    const ShortDigest nothing = hash.finish();
    EXPECT_EQ(hash.finish(), nothing);
    const std::string text(1000, 'a');
    EXPECT_EQ(hex_of(hash.add_bytes(std::as_bytes(std::span(text))).finish()), "b01da365eddaa29cb3e7af627147db7c");
}

TEST(KeyHash, DependsOnWhatWasAddedNotOnThePieces) {
    const std::vector<int> values(1000, 7);
    const auto bytes = std::as_bytes(std::span(values));
    const ShortDigest whole = KeyHash().add_bytes(bytes).finish();
    EXPECT_EQ(KeyHash().add_bytes(bytes.first(13)).add_bytes(bytes.subspan(13)).finish(), whole);
    EXPECT_NE(KeyHash().add_bytes(bytes.first(3999)).finish(), whole);
}

TEST(KeyHash, TellsApartWhereOneValueEndsAndTheNextBegins) {
    EXPECT_NE(KeyHash().add(std::string("ab")).add(std::string("c")).finish(),
              KeyHash().add(std::string("a")).add(std::string("bc")).finish());
    EXPECT_NE(KeyHash().add(std::vector<int>{1, 2}).add(std::vector<int>{3}).finish(),
              KeyHash().add(std::vector<int>{1}).add(std::vector<int>{2, 3}).finish());
}

} // namespace
} // namespace overflight
