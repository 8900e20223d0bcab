// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/hash.h"
#include "io/product.h"
#include "io/sample_product.h"
#include "io/summary.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

namespace overflight {
namespace {

using testing::HasSubstr;

std::vector<std::byte> content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> read_layer(const ProductReader& reader, const LayerSpec& layer) {
    const RasterShape shape = layer_shape(layer, reader.grid());
    const std::size_t band_bytes = static_cast<std::size_t>(shape.width * shape.height) * layer_type_size(layer.type);
    std::vector<std::byte> samples(band_bytes * static_cast<std::size_t>(layer.bands));
    const Window whole{0, 0, static_cast<int>(shape.width), static_cast<int>(shape.height)};
    for (int band = 0; band < layer.bands; ++band)
        reader.read_window(layer.name, band, whole,
                           std::span(samples).subspan(band_bytes * static_cast<std::size_t>(band), band_bytes));
    return samples;
}

std::string error_of(auto&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "(no error)";
}

void expect_same_columns(const std::vector<TableColumn>& found, const std::vector<TableColumn>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].name, expected[i].name);
        EXPECT_EQ(found[i].type, expected[i].type);
        EXPECT_EQ(found[i].units, expected[i].units);
        EXPECT_EQ(found[i].description, expected[i].description);
        EXPECT_EQ(found[i].text, expected[i].text);
        EXPECT_EQ(found[i].real, expected[i].real);
        EXPECT_EQ(found[i].integer, expected[i].integer);
    }
}

class ProductOfCodec : public testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, ProductOfCodec,
                         testing::Values(Codec::none, Codec::deflate, Codec::lz4, Codec::blosc));

TEST_P(ProductOfCodec, ReadsBackAsWritten) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, GetParam());
    const ProductReader reader(folder / "a.nc");
    EXPECT_EQ(reader.grid(), product.grid);
    ASSERT_EQ(reader.layers().size(), product.layers.size());
    for (std::size_t i = 0; i < product.layers.size(); ++i) {
        const LayerSpec& found = reader.layers()[i];
        const LayerSpec& expected = product.layers[i];
        EXPECT_EQ(found.name, expected.name);
        EXPECT_EQ(found.type, expected.type);
        EXPECT_EQ(found.bands, expected.bands);
        EXPECT_EQ(found.step, expected.step);
        EXPECT_EQ(found.long_name, expected.long_name);
        EXPECT_EQ(found.units, expected.units);
        EXPECT_EQ(found.fill.has_value(), expected.fill.has_value());
        if (found.fill && !std::isnan(*expected.fill)) {
            EXPECT_EQ(found.fill, expected.fill);
        }
        EXPECT_EQ(found.valid_range, expected.valid_range);
        EXPECT_EQ(found.scale_factor, expected.scale_factor);
        EXPECT_EQ(found.flag_values, expected.flag_values);
        EXPECT_EQ(found.flag_masks, expected.flag_masks);
        EXPECT_EQ(reader.codec(found.name), GetParam());
        EXPECT_EQ(read_layer(reader, found), product.samples.at(found.name)) << found.name;
    }
    EXPECT_EQ(reader.band_names(), product.band_names);
    EXPECT_EQ(reader.provenance(), product.provenance);
    EXPECT_EQ(reader.tables(), (std::vector<std::string>{"frames", "objects"}));
    expect_same_columns(reader.table("frames"), product.frames);
    expect_same_columns(reader.table("objects"), product.objects);
    EXPECT_TRUE(reader.table("nothing").empty());
    EXPECT_EQ(reader.find("nothing"), nullptr);
}

TEST_P(ProductOfCodec, HasTheSameBytesWhenWrittenAgain) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product(700, 300);
    write_product(folder / "a.nc", product, GetParam());
    // Once more from a heap full of rubbish: whatever is not initialised would differ.
    const pid_t child = ::fork();
    if (child == 0) {
        ::mallopt(M_PERTURB, 165);
        const bool done = error_of([&] { write_product(folder / "b.nc", product, GetParam()); }) == "(no error)";
        ::_exit(done ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_TRUE(content_of(folder / "a.nc") == content_of(folder / "b.nc"));
}

TEST(Product, OfTinyGridsReadsBack) {
    const TemporaryFolder folder;
    for (const auto& [width, height] : {std::pair{1, 1}, {5, 3}, {512, 512}, {513, 1}, {1, 600}}) {
        const SampleProduct product = sample_product(width, height);
        write_product(folder / "a.nc", product, Codec::deflate);
        const ProductReader reader(folder / "a.nc");
        EXPECT_EQ(reader.grid(), product.grid);
        for (const LayerSpec& layer : product.layers)
            if (layer.name != "never_written") {
                EXPECT_EQ(read_layer(reader, layer), product.samples.at(layer.name)) << width << " " << layer.name;
            }
    }
}

TEST(Product, ChunksReadBackWhileItIsBeingWritten) {
    const TemporaryFolder folder;
    LayerSpec score;
    score.name = "score";
    score.type = LayerType::u16;
    score.fill = 7;
    ProductWriter writer(folder / "a.nc", {epsg_wkt(32651), 0, 0, 1, 1024, 512}, {score}, Codec::deflate, 1, "");
    std::vector<std::uint16_t> written(512 * 512, 3), back(written.size());
    writer.write_chunk("score", 0, 0, 1, encode_chunk(std::as_bytes(std::span(written)), 2, Codec::deflate, 1));
    writer.read_back("score", 0, 0, 1, std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back, written);
    writer.read_back("score", 0, 0, 0, std::as_writable_bytes(std::span(back))); // never written: the fill
    EXPECT_EQ(back, std::vector<std::uint16_t>(back.size(), 7));
    publish_file(writer.finish().temporary, folder / "a.nc");
    EXPECT_EQ(ProductReader(folder / "a.nc").grid().width, 1024);
}

TEST(Product, WindowsMayLieAcrossChunksAndOutside) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, Codec::deflate);
    const ProductReader reader(folder / "a.nc");
    const std::vector<std::byte>& whole = product.samples.at("source_frame");
    for (const Window& window :
         {Window{500, 500, 30, 20}, {-10, -5, 600, 100}, {1000, 650, 300, 100}, {-20, -20, 10, 10}, {2000, 0, 3, 3}}) {
        std::vector<std::uint16_t> samples(static_cast<std::size_t>(window.pixels()));
        reader.read_window("source_frame", 0, window, std::as_writable_bytes(std::span(samples)));
        for (int row = 0; row < window.height; ++row) {
            for (int col = 0; col < window.width; ++col) {
                const std::int64_t y = window.row + row, x = window.col + col;
                std::uint16_t expected = 65535;
                if (x >= 0 && y >= 0 && x < 1100 && y < 700)
                    std::memcpy(&expected, whole.data() + 2 * (y * 1100 + x), 2);
                ASSERT_EQ(samples[static_cast<std::size_t>(row * window.width + col)], expected) << x << " " << y;
            }
        }
    }
}

TEST(Product, ChunksCopyIntoAnotherFileWithoutRecompression) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, Codec::deflate);
    {
        const ProductReader reader(folder / "a.nc");
        ProductWriter writer(folder / "b.nc", product.grid, product.layers, Codec::deflate, 1, "test mission");
        for (const LayerSpec& layer : product.layers) {
            const RasterShape whole = layer_shape(layer, product.grid), chunk = chunk_shape(layer, product.grid);
            for (int band = 0; band < layer.bands; ++band)
                for (std::int64_t row = 0; row * chunk.height < whole.height; ++row)
                    for (std::int64_t col = 0; col * chunk.width < whole.width; ++col)
                        if (const auto found = reader.read_encoded_chunk(layer.name, band, row, col))
                            writer.write_chunk(layer.name, band, row, col, *found);
        }
        writer.write_band_names(reader.band_names());
        for (const std::string& table : reader.tables()) writer.write_table(table, reader.table(table));
        writer.write_provenance(reader.provenance());
        publish_file(writer.finish().temporary, folder / "b.nc");
    }
    EXPECT_EQ(sha256_of_file(folder / "a.nc"), sha256_of_file(folder / "b.nc"));
}

TEST(Product, IsReadFromSeveralThreadsWhileAnotherIsWritten) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, Codec::deflate);
    const ProductReader reader(folder / "a.nc");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            const ProductReader own(folder / "a.nc");
            for (const LayerSpec& layer : product.layers)
                for (const ProductReader* each : {&reader, &own})
                    wrong += read_layer(*each, layer) != product.samples.at(layer.name);
        });
    threads.emplace_back([&] { write_product(folder / "b.nc", product, Codec::lz4); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(Product, AFlippedBitInAChunkIsNamed) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, Codec::deflate);
    const auto chunk = ProductReader(folder / "a.nc").read_encoded_chunk("image", 1, 1, 2);
    ASSERT_TRUE(chunk);
    std::vector<std::byte> file = content_of(folder / "a.nc");
    const auto at = std::ranges::search(file, chunk->bytes);
    ASSERT_FALSE(at.empty());
    at[at.size() / 2] ^= std::byte{4};
    std::ofstream(folder / "a.nc", std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
    const ProductReader reader(folder / "a.nc");
    std::vector<std::byte> samples(512 * 512);
    const std::string message = error_of([&] { reader.read_chunk("image", 1, 1, 2, samples); });
    EXPECT_THAT(message, HasSubstr((folder / "a.nc").string()));
    EXPECT_THAT(message, HasSubstr("layer image, band 2, chunk row 1, column 2: the checksum does not match"));
    EXPECT_NO_THROW(reader.read_chunk("image", 1, 1, 1, samples));
}

TEST(Product, RefusesWhatIsNoProduct) {
    const TemporaryFolder folder;
    EXPECT_THAT(error_of([&] { ProductReader(folder / "none.nc"); }), HasSubstr("there is no such file"));
    std::ofstream(folder / "text.nc") << "no HDF5";
    EXPECT_THAT(error_of([&] { ProductReader(folder / "text.nc"); }), HasSubstr("is not an HDF5 file"));
    EXPECT_THROW(ProductReader(folder / "text.nc"), InputError);
    write_product(folder / "a.nc", sample_product(300, 200), Codec::deflate);
    std::vector<std::byte> file = content_of(folder / "a.nc");
    std::ofstream(folder / "cut.nc", std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size() / 2));
    EXPECT_THROW(ProductReader(folder / "cut.nc"), InputError);
}

TEST(Product, WrongChunksAreRefused) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product(600, 300);
    ProductWriter writer(folder / "a.nc", product.grid, product.layers, Codec::none, 1, "test");
    const EncodedChunk chunk = encode_chunk(std::vector<std::byte>(512 * 300), 1, Codec::none, 1);
    EXPECT_NO_THROW(writer.write_chunk("image", 2, 0, 1, chunk));
    EXPECT_THROW(writer.write_chunk("image", 3, 0, 0, chunk), std::invalid_argument);
    EXPECT_THROW(writer.write_chunk("image", 0, 1, 0, chunk), std::invalid_argument);
    EXPECT_THROW(writer.write_chunk("image", 0, 0, 2, chunk), std::invalid_argument);
    EXPECT_THROW(writer.write_chunk("nothing", 0, 0, 0, chunk), std::invalid_argument);
}

TEST(Publishing, LeavesNothingWhenItDoesNotHappen) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product(600, 300);
    {
        ProductWriter writer(folder / "a.nc", product.grid, product.layers, Codec::deflate, 1, "test");
        write_layer(writer, product, product.layers.front(), Codec::deflate);
        EXPECT_FALSE(std::filesystem::exists(folder / "a.nc"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Publishing, OfAKilledWriterLeavesTheFormerProductAndIsOverwrittenByTheNext) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product(600, 300);
    write_product(folder / "a.nc", product, Codec::deflate);
    const std::string before = sha256_of_file(folder / "a.nc");
    const pid_t child = ::fork();
    if (child == 0) {
        ProductWriter writer(folder / "a.nc", product.grid, product.layers, Codec::deflate, 1, "other");
        write_layer(writer, product, product.layers.front(), Codec::deflate);
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(sha256_of_file(folder / "a.nc"), before);
    write_product(folder / "a.nc", product, Codec::deflate);
    EXPECT_EQ(sha256_of_file(folder / "a.nc"), before);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Publishing, IntoAMissingOrReadOnlyFolderSaysSo) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product(600, 300);
    const auto error = [&](const std::filesystem::path& path) {
        return error_of([&] { write_product(path, product, Codec::deflate); });
    };
    EXPECT_THAT(error(folder / "none/a.nc"), HasSubstr("No such file or directory; create the folder"));
    EXPECT_THROW(write_product("/proc/a.nc", product, Codec::deflate), RunError);
    if (::geteuid() != 0) {
        std::filesystem::permissions(folder.path(),
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
        EXPECT_THAT(error(folder / "a.nc"), HasSubstr("Permission denied; check the permissions"));
        std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
        return;
    }
    if (::mount("none", folder.path().c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0)
        GTEST_SKIP() << "no mounts allowed here: the read-only file system was not tried";
    EXPECT_THAT(error(folder / "a.nc"), HasSubstr("Read-only file system; choose an output folder"));
    ::umount(folder.path().c_str());
}

TEST(Publishing, OnAFullDiskSaysSoAtAnyInstantAndLeavesNothing) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount a small file system";
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "whole.nc", product, Codec::none);
    const auto size = static_cast<long>(std::filesystem::file_size(folder / "whole.nc"));
    std::filesystem::remove(folder / "whole.nc");
    const long page = ::sysconf(_SC_PAGESIZE);
    // Full at the start, in the chunks, in the tables, in the last flush.
    std::vector<long> sizes{page, size / 4, size / 2};
    for (long bytes = size - (5 << 18); bytes < size; bytes += 64 * page) sizes.push_back(bytes);
    for (long bytes = size - 12 * page; bytes < size; bytes += page) sizes.push_back(bytes);
    for (const long bytes : sizes) {
        if (::mount("none", folder.path().c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) != 0)
            GTEST_SKIP() << "no mounts allowed here: the full disk was not tried";
        const std::string message = error_of([&] { write_product(folder / "a.nc", product, Codec::none); });
        EXPECT_THAT(message, HasSubstr("a.nc: No space left on device (")) << bytes << " of " << size;
        EXPECT_THAT(message, HasSubstr(" free); free some space or choose another output folder")) << bytes;
        EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << bytes;
        ::umount(folder.path().c_str());
    }
    EXPECT_NO_THROW(write_product(folder / "a.nc", product, Codec::none)); // the library is still of use
}

TEST(Summary, ShowsWhatIsInside) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "a.nc", product, Codec::deflate);
    const std::string text = describe_product(ProductReader(folder / "a.nc"));
    EXPECT_THAT(text, HasSubstr("WGS 84 / UTM zone 51N (EPSG:32651)\n1100 x 700 pixels of 0.25, x 512345.5 to "));
    EXPECT_THAT(text, HasSubstr("image: the layer image\n  3 bands of 1100 x 700, uint8, chunks 512 x 512, deflate, "));
    EXPECT_THAT(text, HasSubstr("band 3 near infrared: min "));
    EXPECT_THAT(text, HasSubstr("shift_x: the layer shift_x [m]\n  1 band of 18 x 11, float32, chunks 18 x 11"));
    EXPECT_THAT(text, HasSubstr("one node every 64 pixels"));
    EXPECT_THAT(text, HasSubstr("objects: table of 0 rows"));
    EXPECT_THAT(text, HasSubstr("frames: table of 3 rows\n  name          ground_resolution [m] count"));
    // Statistics by an independent sum.
    const std::vector<std::byte>& samples = product.samples.at("mask");
    std::int64_t valid = 0, sum = 0;
    for (const std::byte sample : samples)
        if (sample != std::byte{255}) ++valid, sum += std::to_integer<int>(sample);
    char line[100];
    std::snprintf(line, sizeof line, "mean %.6g, valid %.2f %%", double(sum) / double(valid),
                  100.0 * double(valid) / double(samples.size()));
    EXPECT_THAT(text, HasSubstr(line));
}

} // namespace
} // namespace overflight
