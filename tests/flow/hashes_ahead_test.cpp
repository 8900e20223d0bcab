// SPDX-License-Identifier: Apache-2.0
#include "flow/hashes_ahead.h"
#include "io/hash.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace overflight {
namespace {

class HashesAheadTest : public testing::Test {
protected:
    FileState file(const std::string& name, const std::string& text) const {
        std::ofstream(folder / name) << text;
        return state(name);
    }
    FileState state(const std::string& name) const { return states_of({folder / name}).front(); }

    TemporaryFolder folder;
};

TEST_F(HashesAheadTest, AreThoseOfTheFilesAsTheyWere) {
    HashesAhead hashes;
    const FileState a = file("a", "one"), b = file("b", "another"), none = state("none");
    for (const FileState& each : {a, b, a, none}) hashes.begin(each);
    EXPECT_EQ(hashes.sha256(b), sha256_of_file(b.path));
    EXPECT_EQ(hashes.sha256(a), sha256_of_file(a.path));
    EXPECT_EQ(hashes.sha256(file("a", "one more")), "") << "another file by now";
    EXPECT_EQ(hashes.sha256(file("c", "never begun")), "");
    EXPECT_EQ(hashes.sha256(none), "");
}

TEST_F(HashesAheadTest, AreEmptyOfWhatCannotBeRead) {
    HashesAhead hashes;
    std::filesystem::create_directory(folder / "not a file");
    const FileState state{(folder / "not a file").string(), 1, 1, 1, {}};
    hashes.begin(state);
    EXPECT_EQ(hashes.sha256(state), "");
}

TEST_F(HashesAheadTest, AreGivenUpWhereNobodyWantsThem) {
    const FileState small = file("small", "text");
    file("large", "");
    std::filesystem::resize_file(folder / "large", std::uintmax_t{1} << 40); // an hour of hashing, in no blocks
    HashesAhead hashes;
    hashes.begin(state("large"));
    hashes.begin(small);
}

} // namespace
} // namespace overflight
