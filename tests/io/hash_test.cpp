// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "io/hash.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace overflight {
namespace {

std::string of_text(const std::string& text) {
    return sha256_of(std::as_bytes(std::span(text)));
}

// The examples of FIPS 180-2.
TEST(Sha256, MatchesTheStandardsExamples) {
    EXPECT_EQ(of_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(of_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(of_text(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsContent) {
    const TemporaryFolder folder;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20, (std::size_t{3} << 20) + 17}) {
        const std::string text(size, 'x');
        std::ofstream(folder / "a", std::ios::binary) << text;
        EXPECT_EQ(sha256_of_file(folder / "a"), of_text(text)) << size;
    }
    EXPECT_THROW(sha256_of_file(folder / "none"), RunError);
    EXPECT_THROW(sha256_of_file(folder.path()), RunError);
}

} // namespace
} // namespace overflight
