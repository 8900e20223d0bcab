// SPDX-License-Identifier: Apache-2.0
// Byte shuffle and fletcher32 against HDF5's own filters.
#include "for_each_target.h"
#include "kernels/byte_shuffle.h"
#include "kernels/fletcher32.h"

#include <hdf5.h>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

/// Exported by the library, declared in its private headers only.
extern "C" std::uint32_t H5_checksum_fletcher32(const void* data, std::size_t size);

namespace overflight::kernels {
namespace {

std::vector<std::uint8_t> random_bytes(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

TEST(Fletcher32, EqualsHdf5ForEveryLength) {
    for (std::size_t size = 1; size < 400; ++size) {
        const auto bytes = random_bytes(size, static_cast<unsigned>(size));
        EXPECT_EQ(reference::fletcher32(bytes.data(), size), H5_checksum_fletcher32(bytes.data(), size));
        for_each_target(
            [&] { EXPECT_EQ(fletcher32(bytes.data(), size), H5_checksum_fletcher32(bytes.data(), size)) << size; });
    }
}

TEST(Fletcher32, EqualsHdf5ForLongAndExtremeData) {
    for (const std::size_t size : {11519u, 11520u, 11521u, 23040u, 100003u, 1u << 20}) {
        for (const int pattern : {-1, 0, 0xFF, 0x80}) {
            auto bytes = random_bytes(size);
            if (pattern >= 0) std::fill(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(pattern));
            const std::uint32_t expected = H5_checksum_fletcher32(bytes.data(), size);
            EXPECT_EQ(reference::fletcher32(bytes.data(), size), expected);
            for_each_target([&] { EXPECT_EQ(fletcher32(bytes.data(), size), expected) << size << " " << pattern; });
        }
    }
}

TEST(Fletcher32, OfNothingIsZero) {
    for_each_target([] { EXPECT_EQ(fletcher32(nullptr, 0), 0u); });
}

TEST(ByteShuffle, EqualsReferenceAndComesBack) {
    for (const std::size_t element : {1u, 2u, 3u, 4u, 8u})
        for (std::size_t size = 1; size < 700; size += size < 150 ? 1 : 37) {
            const auto bytes = random_bytes(size);
            std::vector<std::uint8_t> expected(size), back(size);
            reference::byte_shuffle(bytes.data(), size, element, expected.data());
            reference::byte_unshuffle(expected.data(), size, element, back.data());
            EXPECT_EQ(back, bytes);
            for_each_target([&] {
                std::vector<std::uint8_t> found(size + 1, 7);
                byte_shuffle(bytes.data(), size, element, found.data());
                EXPECT_EQ(found.back(), 7);
                found.pop_back();
                EXPECT_EQ(found, expected) << element << " " << size;
                byte_unshuffle(expected.data(), size, element, back.data());
                EXPECT_EQ(back, bytes) << element << " " << size;
            });
        }
}

/// A chunk that went through our filters, handed to HDF5 as it is, must be read back.
TEST(Filters, Hdf5ReadsOurChunk) {
    const hsize_t count = 1001;
    std::vector<std::uint16_t> values(count);
    std::iota(values.begin(), values.end(), std::uint16_t{40000});
    std::vector<std::uint8_t> chunk(count * 2 + 4);
    byte_shuffle(reinterpret_cast<const std::uint8_t*>(values.data()), count * 2, 2, chunk.data());
    const std::uint32_t sum = fletcher32(chunk.data(), count * 2);
    for (int byte = 0; byte < 4; ++byte) chunk[count * 2 + byte] = static_cast<std::uint8_t>(sum >> (8 * byte));

    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    ASSERT_GE(H5Pset_fapl_core(access, 1 << 16, false), 0);
    const hid_t file = H5Fcreate("in_memory.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, &count);
    H5Pset_shuffle(creation);
    H5Pset_fletcher32(creation);
    const hid_t dataset = H5Dcreate2(file, "values", H5T_STD_U16LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const hsize_t offset = 0;
    ASSERT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &offset, chunk.size(), chunk.data()), 0);
    std::vector<std::uint16_t> read(count);
    EXPECT_GE(H5Dread(dataset, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data()), 0);
    EXPECT_EQ(read, values);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
    H5Pclose(access);
}

} // namespace
} // namespace overflight::kernels
