// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "flow/custody.h"
#include "flow/product_state.h"
#include "flow/publications.h"
#include "io/sample_product.h"
#include "io/sidecar.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace overflight {
namespace {

class PublicationsTest : public testing::Test {
protected:
    PublicationsTest() {
        config.output.folder = folder / "out";
        std::filesystem::create_directories(config.output.folder);
        open_log(config, report);
    }

    /// A small product under its temporary name.
    FinishedProduct finished(const std::string& name) const {
        WorkFolder work = work_of(name);
        std::filesystem::create_directories(work.path());
        const SampleProduct sample = sample_product(300, 200);
        ProductWriter writer(work.product(), sample.grid, sample.layers, Codec::deflate, 1, name);
        for (const LayerSpec& layer : sample.layers) write_layer(writer, sample, layer, Codec::deflate);
        writer.write_provenance("{}");
        std::ofstream(work.tiles(false)) << "tiles of " << name;
        return {work, writer.finish(), {}, {}, {}, "key of " + name, ProductKind::change};
    }

    /// One with a quick-look and tables beside it.
    FinishedProduct accompanied(const std::string& name) const {
        const WorkFolder work = work_of(name);
        std::filesystem::create_directories(work.path());
        const SampleProduct sample = sample_product(300, 200);
        ProductWriter writer(work.product(), sample.grid, sample.layers, Codec::deflate, 1, name);
        const std::string outline = "POLYGON ((512345 1234500, 512400 1234500, 512400 1234560, 512345 1234500))";
        writer.write_table("objects", {{TableColumn::Type::text, "outline", "", "", {outline}, {}, {}}});
        writer.write_provenance("{}");
        FinishedProduct product{work, writer.finish(), {}, {}, {}, "key of " + name, ProductKind::change};
        product.quicklook = {2, 1, 4, std::vector<std::uint8_t>(8, 200)};
        product.vectors = beside(name).vectors;
        return product;
    }

    SideFiles beside(const std::string& name) const {
        return side_files(ProductKind::change, work_of(name).product(), config.output);
    }

    void publish(FinishedProduct product) {
        Publications publications(report, 2);
        publications.begin(std::move(product));
        publications.settle();
    }

    std::filesystem::path file(const std::string& name) const { return config.output.folder / name; }

    static std::string contents(const std::filesystem::path& path) {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }

    WorkFolder work_of(const std::string& name) const { return {config, name}; }

    TemporaryFolder folder;
    Config config;
    RunReport report;
};

TEST_F(PublicationsTest, ProductsCanBeOpenedWhileTheyAreBroughtToTheDisk) {
    for (const int threads : {1, 2}) {
        Publications publications(report, threads);
        for (int k = 0; k < 20; ++k) {
            FinishedProduct product = finished("a");
            const std::filesystem::path own = product.work.product(), temporary = product.file.temporary;
            publications.begin(std::move(product));
            {
                const HeldNames names = publications.hold_names();
                const ProductFiles files = names.files_of(work_of("a")), other = names.files_of(work_of("b"));
                EXPECT_TRUE(files.product == own || (threads > 1 && files.product == temporary));
                EXPECT_EQ(ProductReader(files.product).grid().width, 300);
                EXPECT_TRUE(std::filesystem::exists(files.tiles)) << files.tiles;
                EXPECT_EQ(other.product, work_of("b").product());
                EXPECT_EQ(other.tiles, work_of("b").tiles(true));
            }
            publications.settle();
            const ProductFiles files = publications.hold_names().files_of(work_of("a"));
            EXPECT_EQ(files.product, own);
            EXPECT_TRUE(std::filesystem::exists(own));
            EXPECT_TRUE(std::filesystem::exists(files.tiles));
            EXPECT_FALSE(std::filesystem::exists(temporary));
            EXPECT_EQ(read_sidecar(own).file_sha256.size(), 64U);
            EXPECT_TRUE(keep_product(work_of("a"), "key of a", {}, report));
        }
    }
}

TEST_F(PublicationsTest, WhatCannotGetItsNameSaysSo) {
    for (const int threads : {1, 2}) {
        RunReport own;
        Publications publications(own, threads);
        FinishedProduct product = finished("b");
        std::filesystem::create_directories(product.work.product() / "in the way");
        EXPECT_THROW(
            {
                publications.begin(std::move(product));
                publications.settle();
            },
            RunError);
        EXPECT_FALSE(keep_product(work_of("b"), "key of b", {}, report));
        std::filesystem::remove_all(work_of("b").product());
    }
}

TEST_F(PublicationsTest, TheKeyOfAFormerProductIsForgottenBeforeAnotherHasTheName) {
    Publications publications(report, 2);
    publications.begin(finished("a"));
    publications.settle();
    ASSERT_TRUE(keep_product(work_of("a"), "key of a", {}, report));
    FinishedProduct another = finished("a");
    another.key = "another";
    const std::filesystem::path temporary = another.file.temporary;
    publications.begin(std::move(another));
    while (std::filesystem::exists(temporary)) {
    }
    EXPECT_FALSE(keep_product(work_of("a"), "key of a", {}, report)) << "as a run that is killed here leaves it";
    publications.settle();
    EXPECT_TRUE(keep_product(work_of("a"), "another", {}, report));
}

TEST_F(PublicationsTest, WhatLiesBesideAFormerProductGoesWithIt) {
    publish(accompanied("a"));
    for (const char* name : {"a.png", "a.gpkg", "a.geojson"}) EXPECT_TRUE(std::filesystem::exists(file(name))) << name;
    EXPECT_EQ(read_sidecar(file("a.nc")).beside.size(), 3U);
    for (const char* name : {"a.seams.gpkg", "a.mask.png", "ab.png"}) std::ofstream(file(name)) << "of others";
    publish(finished("a"));
    for (const char* name : {"a.png", "a.gpkg", "a.geojson"}) EXPECT_FALSE(std::filesystem::exists(file(name))) << name;
    EXPECT_TRUE(read_sidecar(file("a.nc")).beside.empty());
    for (const char* name : {"a.seams.gpkg", "a.mask.png", "ab.png"})
        EXPECT_TRUE(std::filesystem::exists(file(name))) << name;
}

TEST_F(PublicationsTest, AnInputThatLiesBesideAFormerProductStays) {
    publish(accompanied("a"));
    FinishedProduct another = finished("a");
    another.inputs = {file("a.geojson")};
    publish(std::move(another));
    EXPECT_TRUE(std::filesystem::exists(file("a.geojson")));
    EXPECT_FALSE(std::filesystem::exists(file("a.gpkg")));
}

TEST_F(PublicationsTest, AProductIsKeptWithWhatLiesBesideItAsItWasMade) {
    publish(accompanied("a"));
    RunReport again;
    ASSERT_TRUE(keep_product(work_of("a"), "key of a", beside("a"), again));
    ASSERT_EQ(again.products.size(), 4U);
    for (const RunReport::Product& product : again.products) EXPECT_EQ(product.sha256.size(), 64U) << product.path;
    const std::string picture = contents(file("a.png"));
    std::string other = picture;
    other.back() = static_cast<char>(other.back() ^ 1);
    for (const std::string& damaged : {std::string(), other}) {
        std::ofstream(file("a.png"), std::ios::binary) << damaged;
        EXPECT_FALSE(keep_product(work_of("a"), "key of a", beside("a"), again));
        EXPECT_TRUE(keep_product(work_of("a"), "key of a", {}, again)) << "where none is wanted";
    }
    std::filesystem::remove(file("a.png"));
    EXPECT_FALSE(keep_product(work_of("a"), "key of a", beside("a"), again));
    std::ofstream(file("a.png"), std::ios::binary) << picture;
    EXPECT_TRUE(keep_product(work_of("a"), "key of a", beside("a"), again));
}

TEST_F(PublicationsTest, TablesBesideAKeptProductAreExportedAnewWhereTheyAreNotAsTheyWere) {
    publish(accompanied("a"));
    const std::string objects = contents(file("a.geojson")), package = contents(file("a.gpkg"));
    std::ofstream(file("a.geojson")) << "";
    std::filesystem::remove(file("a.gpkg"));
    ASSERT_TRUE(keep_product(work_of("a"), "key of a", beside("a"), report));
    EXPECT_EQ(contents(file("a.geojson")), objects);
    EXPECT_EQ(contents(file("a.gpkg")), package);

    publish(finished("b")); // nothing beside it was asked for
    EXPECT_FALSE(keep_product(work_of("b"), "key of b", beside("b"), report)) << "has no quick-look";
    FinishedProduct plain = accompanied("c");
    plain.vectors.clear();
    publish(std::move(plain));
    ASSERT_TRUE(keep_product(work_of("c"), "key of c", beside("c"), report));
    EXPECT_TRUE(is_as_published(file("c.gpkg"), read_sidecar(file("c.nc"))));
}

} // namespace
} // namespace overflight
