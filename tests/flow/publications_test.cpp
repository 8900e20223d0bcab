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
        return {work, writer.finish(), {}, {}, {}, "key of " + name};
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

} // namespace
} // namespace overflight
