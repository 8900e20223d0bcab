// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "handover/verify.h"
#include "io/atomic_file.h"
#include "io/content_hash.h"
#include "io/run_log.h"
#include "io/sample_product.h"
#include "io/sidecar.h"
#include "support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace overflight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// A product as a run leaves it: inputs, sidecar, log.
class Verify : public testing::Test {
protected:
    Verify() {
        write_text(folder / "frame.tif", "a frame");
        sample = sample_product(700, 600);
        sample.provenance = R"({"inputs":[{"kind":"frame","name":"frame.tif","sha256":")" +
                            sha256_of(std::as_bytes(std::span("a frame", 7))) + R"("}]})";
        write(Codec::deflate);
    }

    void write(Codec codec) {
        ProductWriter writer(product, sample.grid, sample.layers, codec, 1, "test mission");
        for (const LayerSpec& layer : sample.layers) write_layer(writer, sample, layer, codec);
        writer.write_band_names(sample.band_names);
        writer.write_table("frames", sample.frames);
        writer.write_provenance(sample.provenance);
        file = writer.finish();
        publish_file(file.temporary, product);
        sha256 = sha256_of_file(product);
        RunLog log(folder.path());
        log.append("start", {});
        Sidecar sidecar;
        const std::string name = product.filename().string();
        sidecar.product = name;
        sidecar.bytes = static_cast<std::int64_t>(file.bytes);
        sidecar.file_sha256 = sha256;
        sidecar.content = *file.content;
        sidecar.log =
            log.append("publish", {{"product", name}, {"sha256", sha256}, {"content_sha256", file.content->whole}});
        sidecar.inputs = {input};
        write_sidecar(product, sidecar);
        const LogEntry end = log.append("end", {});
        write_text(folder / "run.json",
                   R"({"log":{"line":)" + std::to_string(end.line) + R"(,"head":")" + end.hash + "\"}}");
    }

    /// From then on `product` is another, of which the former is an input.
    void make_change_of_the_product() {
        sample.provenance = R"({"inputs":[{"kind":"before","name":"m.nc","sha256":")" + sha256 + R"("}]})";
        input = product;
        product = folder / "c.nc";
        write(Codec::deflate);
    }

    /// Names of the checks that are not good.
    std::vector<std::string> wrong() const {
        std::vector<std::string> names;
        for (const Check& check : verify_product(product, true))
            if (!check.good) names.push_back(check.what);
        return names;
    }

    TemporaryFolder folder;
    std::filesystem::path product = folder / "m.nc", input = folder / "frame.tif";
    SampleProduct sample;
    FinishedFile file;
    std::string sha256; ///< of the file
};

TEST_F(Verify, FindsNothingWrongWithAProductAsItWasWritten) {
    EXPECT_THAT(wrong(), IsEmpty());
    EXPECT_EQ(verify_product(product, true).size(), 6u);
}

TEST_F(Verify, GoesDownToTheInputsOfProductsThatAreInputs) {
    make_change_of_the_product();
    EXPECT_THAT(wrong(), IsEmpty());
    EXPECT_EQ(verify_product(product, true).back().what, "m.nc: input frame.tif");
    write_text(folder / "frame.tif", "another");
    EXPECT_THAT(wrong(), ElementsAre("m.nc: input frame.tif"));
}

TEST_F(Verify, ChecksFilesOfOneNameForEachProductThatKnowsOne) {
    const std::string other = folder / "other.nc", hash_of_m = sha256;
    product = other;
    sample.provenance = R"({"inputs":[{"kind":"frame","name":"frame.tif","sha256":"0123"}]})"; // another frame.tif
    write(Codec::deflate);
    sample.provenance = R"({"inputs":[{"kind":"before","name":"m.nc","sha256":")" + hash_of_m +
                        R"("},{"kind":"after","name":"other.nc","sha256":")" + sha256 + R"("}]})";
    input = folder / "m.nc";
    product = folder / "c.nc";
    write(Codec::deflate);
    EXPECT_THAT(wrong(), ElementsAre("other.nc: input frame.tif"));
}

TEST_F(Verify, ReadsBackTheContentHashThatTheWriterGathered) {
    EXPECT_EQ(content_hashes(ProductReader(product)), *file.content);
}

TEST_F(Verify, ContentHashIsTheSameForEveryCodecAndFileHashIsNot) {
    const ContentHashes content = *file.content;
    const std::string deflated = sha256;
    for (const Codec codec : {Codec::none, Codec::lz4, Codec::blosc}) {
        write(codec);
        EXPECT_EQ(*file.content, content);
        EXPECT_NE(sha256, deflated);
    }
}

TEST_F(Verify, ContentHashChangesWithOneSampleInTheLayerAlone) {
    const ContentHashes before = *file.content;
    sample.samples["ratio"].back() ^= std::byte{1};
    write(Codec::deflate);
    for (std::size_t i = 0; i < before.parts.size(); ++i)
        EXPECT_EQ(before.parts[i] != file.content->parts[i], before.parts[i].first == "layer ratio");
    EXPECT_NE(before.whole, file.content->whole);
}

TEST_F(Verify, ContentHashTakesUnwrittenChunksForChunksOfFill) {
    const ContentHashes before = *file.content;
    ProductWriter writer(product, sample.grid, sample.layers, Codec::deflate, 1, "test mission");
    for (const LayerSpec& layer : sample.layers) write_layer(writer, sample, layer, Codec::deflate);
    const LayerSpec& never = *std::ranges::find(sample.layers, "never_written", &LayerSpec::name);
    const RasterShape chunk = chunk_shape(never, sample.grid);
    std::vector<std::byte> fill(static_cast<std::size_t>(chunk.width * chunk.height) * layer_type_size(never.type));
    fill_samples(never, fill);
    writer.write_chunk(never.name, 0, 0, 0, encode_chunk(fill, layer_type_size(never.type), Codec::deflate, 1));
    writer.write_band_names(sample.band_names);
    writer.write_table("frames", sample.frames);
    writer.write_provenance(sample.provenance);
    EXPECT_EQ(*writer.finish().content, before);
}

TEST_F(Verify, CatchesAFlippedBitAnywhereInTheFile) {
    const std::string sound = text_of(product);
    for (std::size_t i = 0; i < 40; ++i) {
        std::string damaged = sound;
        const std::size_t at = i == 0 ? sound.size() - 1 : (sound.size() - 1) / 39 * (i - 1);
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << i % 8));
        write_text(product, damaged);
        EXPECT_THAT(wrong(), testing::Contains("file")) << "byte " << at;
    }
    write_text(product, sound.substr(0, sound.size() - 1));
    EXPECT_THAT(wrong(), testing::Contains("file"));
    write_text(product, sound);
    EXPECT_THAT(wrong(), IsEmpty());
}

TEST_F(Verify, SaysWhichPartOfTheContentDiffers) {
    const std::string sidecar = text_of(sidecar_path(product));
    sample.samples["mask"][0] = std::byte{0};
    write(Codec::deflate);
    write_text(sidecar_path(product), sidecar);
    for (const Check& check : verify_product(product, false)) {
        if (check.what == "content") {
            EXPECT_EQ(check.finding, "layer mask differs");
        }
    }
    EXPECT_THAT(wrong(), ElementsAre("file", "content"));
}

TEST_F(Verify, CatchesAReplacedAndAMissingInput) {
    write_text(folder / "frame.tif", "a Frame");
    EXPECT_THAT(wrong(), ElementsAre("input frame.tif"));
    std::filesystem::remove(folder / "frame.tif");
    EXPECT_THAT(wrong(), ElementsAre("input frame.tif"));
}

TEST_F(Verify, CatchesAnEditedADroppedAndACutOffLogLine) {
    const std::filesystem::path log = folder / "run.log";
    const std::string sound = text_of(log);
    std::vector<std::string> lines;
    std::istringstream stream(sound);
    for (std::string line; std::getline(stream, line);) lines.push_back(line + "\n");
    ASSERT_EQ(lines.size(), 3u);

    std::string edited = sound;
    edited.replace(edited.find("start"), 5, "begin");
    write_text(log, edited);
    EXPECT_THAT(wrong(), ElementsAre("log"));

    write_text(log, lines[0] + lines[2]);
    EXPECT_THAT(wrong(), ElementsAre("log", "log entry", "log end"));

    write_text(log, lines[0] + lines[1]);
    EXPECT_THAT(wrong(), ElementsAre("log end"));

    // A whole chain of its own, but not the one that the sidecar knows.
    std::filesystem::remove(log);
    RunLog forged(folder.path());
    for (int i = 0; i < 3; ++i) forged.append("start", {});
    EXPECT_THAT(wrong(), ElementsAre("log entry", "log end"));

    std::filesystem::remove(log);
    EXPECT_THAT(wrong(), ElementsAre("log"));
}

TEST_F(Verify, CatchesASidecarThatSaysOtherwiseThanTheLog) {
    Sidecar sidecar = read_sidecar(product);
    sidecar.file_sha256[0] = sidecar.file_sha256[0] == '0' ? '1' : '0';
    write_sidecar(product, sidecar);
    EXPECT_THAT(wrong(), ElementsAre("file", "log entry"));
}

TEST_F(Verify, CatchesARunReportThatDoesNotSayHowTheLogEnds) {
    const std::string log = text_of(folder / "run.log");
    write_text(folder / "run.log", log.substr(0, log.rfind('\n', log.size() - 2) + 1));
    for (const char* report : {"{}", "{\"log\":3}", "{\"log\":[]}", "{\"log\":{\"line\":2}}", "[]", "", "{\"log\"",
                               "{\"log\":{\"line\":\"a\",\"head\":\"b\"}}", "{\"log\":{\"line\":1.5,\"head\":\"b\"}}",
                               "{\"log\":{\"line\":1,\"head\":2}}"}) {
        write_text(folder / "run.json", report);
        EXPECT_THAT(wrong(), ElementsAre("log end")) << report;
    }
    std::filesystem::remove(folder / "run.json");
    EXPECT_THAT(wrong(), ElementsAre("log end"));
}

TEST_F(Verify, TakesLogLinesAndInputsOfOtherTypesForWrong) {
    RunLog log(folder.path());
    Sidecar sidecar = read_sidecar(product);
    const std::string json = R"({"product":3,"sha256":[],"content_sha256":null})";
    const std::string hash = chain_hash(read_log(folder.path()).back().hash, json);
    std::ofstream(folder / "run.log", std::ios::app) << hash << ' ' << json << '\n';
    sidecar.log = {static_cast<std::int64_t>(read_log(folder.path()).size()), hash};
    write_sidecar(product, sidecar);
    EXPECT_THAT(wrong(), ElementsAre("log entry"));

    sample.provenance = R"({"inputs":[{"kind":1,"name":"frame.tif","sha256":7}, 5]})";
    write(Codec::deflate);
    EXPECT_THAT(wrong(), testing::Contains("input frame.tif"));
}

TEST_F(Verify, SaysThatAProductThatIsAnInputLacksItsSidecar) {
    make_change_of_the_product();
    std::filesystem::remove(sidecar_path(folder / "m.nc"));
    write_text(folder / "frame.tif", "another");
    EXPECT_THAT(wrong(), ElementsAre("m.nc: inputs"));
    EXPECT_THAT(verify_product(product, true).back().finding, HasSubstr("m.nc.sha256.json: there is no such file"));
}

TEST_F(Verify, HoldsAProductBesideTheOneThatWasMadeOfItAgainstItsHash) {
    make_change_of_the_product();
    const TemporaryFolder copy;
    std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
    product = copy / "c.nc";
    EXPECT_THAT(wrong(), IsEmpty());
    write_text(copy / "m.nc", text_of(copy / "m.nc") + "x");
    EXPECT_THAT(wrong(), ElementsAre("input m.nc")) << "the one that was copied is whole";
    std::filesystem::remove(copy / "m.nc");
    EXPECT_THAT(wrong(), IsEmpty()) << "where there is none beside it";
}

TEST_F(Verify, LooksAtWhatWasMadeBesideTheProduct) {
    write_text(folder / "m.png", "a picture");
    Sidecar sidecar = read_sidecar(product);
    sidecar.beside = {describe_side_file(folder / "m.png")};
    write_sidecar(product, sidecar);
    EXPECT_THAT(wrong(), IsEmpty());
    EXPECT_EQ(verify_product(product, true).size(), 7u);
    for (const char* other : {"", "A picture"}) {
        write_text(folder / "m.png", other);
        EXPECT_THAT(wrong(), ElementsAre("m.png"));
    }
    std::filesystem::remove(folder / "m.png");
    EXPECT_THAT(wrong(), IsEmpty());
}

TEST_F(Verify, ReadsSidecarsThatSayNothingOfFilesBesideTheProduct) {
    std::string text = text_of(sidecar_path(product));
    const std::size_t at = text.find("\"beside\"");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 8, "\"other\"");
    write_text(sidecar_path(product), text);
    EXPECT_THAT(wrong(), IsEmpty());
}

TEST_F(Verify, RefusesAProductWithoutSidecar) {
    std::filesystem::remove(sidecar_path(product));
    EXPECT_THROW(verify_product(product, false), InputError);
    write_text(sidecar_path(product), "{}");
    EXPECT_THROW(verify_product(product, false), InputError);
    EXPECT_THROW(verify_product(folder / "absent.nc", false), InputError);
}

TEST(RunLog, GoesOnAfterALineThatAKilledProcessLeftUnfinished) {
    const TemporaryFolder folder;
    RunLog(folder.path()).append("start", {{"note", "\xff is no UTF-8"}});
    std::ofstream(folder / "run.log", std::ios::app) << "0123 {\"half";
    EXPECT_FALSE(read_log(folder.path()).back().sound);
    EXPECT_EQ(RunLog(folder.path()).append("end", {}).line, 2);
    const std::vector<LogLine> lines = read_log(folder.path());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_TRUE(lines[0].sound && lines[1].sound);
    EXPECT_EQ(lines[1].hash, chain_hash(lines[0].hash, lines[1].json));
}

} // namespace
} // namespace overflight
