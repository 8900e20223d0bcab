// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "handover/report.h"
#include "io/atomic_file.h"
#include "io/product.h"
#include "io/sample_product.h"
#include "support/program.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <fstream>
#include <set>

namespace overflight {
namespace {

using testing::HasSubstr;
using testing::Not;

void in_order(std::int64_t count, const std::function<void(std::int64_t)>& work) {
    for (std::int64_t i = 0; i < count; ++i) work(i);
}

void backwards(std::int64_t count, const std::function<void(std::int64_t)>& work) {
    for (std::int64_t i = count; i-- > 0;) work(i);
}

TableColumn texts(const char* name, std::vector<std::string> values) {
    return {TableColumn::Type::text, name, "", "", std::move(values), {}, {}};
}
TableColumn reals(const char* name, std::vector<double> values, const char* units = "") {
    return {TableColumn::Type::real, name, units, "", {}, std::move(values), {}};
}

/// Two missions in strips of frames, one with a hole, and their pair, in a folder of their own.
class Report : public testing::Test {
protected:
    static constexpr int frames = 5000, objects = 2000, width = 2100, height = 1300;

    void SetUp() override {
        grid.crs_wkt = epsg_wkt(32633);
        grid.west = 500000;
        grid.north = 5400000;
        grid.resolution = 0.5;
        grid.width = width;
        grid.height = height;
        write_mission("m1", 100);
        write_mission("m2", 140);
        write_pair();
        write_run();
    }

    LayerSpec layer(const char* name, LayerType type, int bands = 1, int step = 1) const {
        LayerSpec spec;
        spec.name = name;
        spec.type = type;
        spec.bands = bands;
        spec.step = step;
        return spec;
    }

    /// Rectangle on the map, in pixels of the grid.
    std::string rectangle(double col, double row, double w, double h) const {
        const double x = grid.west + col * grid.resolution, y = grid.north - row * grid.resolution;
        return fmt::format("POLYGON (({0} {1}, {0} {3}, {2} {3}, {2} {1}, {0} {1}))", x, y, x + w * grid.resolution,
                           y - h * grid.resolution);
    }

    template <typename Sample, typename Value>
    void write(ProductWriter& writer, const LayerSpec& spec, const Value& value) const {
        const RasterShape shape = chunk_shape(spec, grid), whole = layer_shape(spec, grid);
        for (int band = 0; band < spec.bands; ++band)
            for (std::int64_t row = 0; row * shape.height < whole.height; ++row)
                for (std::int64_t col = 0; col * shape.width < whole.width; ++col) {
                    std::vector<Sample> samples;
                    for (std::int64_t y = 0; y < shape.height; ++y)
                        for (std::int64_t x = 0; x < shape.width; ++x)
                            samples.push_back(
                                static_cast<Sample>(value(band, col * shape.width + x, row * shape.height + y)));
                    writer.write_chunk(
                        spec.name, band, row, col,
                        encode_chunk(std::as_bytes(std::span(samples)), sizeof(Sample), Codec::deflate, 1));
                }
    }

    static bool hole(std::int64_t x, std::int64_t y) { return x >= 900 && x < 1000 && y >= 600 && y < 700; }

    void write_mission(const std::string& name, int brightness) const {
        const bool wide = name == "m2"; // frames numbered in 32 bits, as where there are many
        LayerSpec source = layer("source_frame", wide ? LayerType::u32 : LayerType::u16);
        source.fill = wide ? 0xFFFFFFFF : 65535;
        const LayerSpec image = layer("image", LayerType::u8, 3), flags = layer("quality", LayerType::u8);
        ProductWriter writer(folder / (name + ".nc"), grid, {image, source, flags}, Codec::deflate, 1, name);
        write<std::uint8_t>(writer, image, [&](int band, std::int64_t x, std::int64_t y) {
            return static_cast<std::uint8_t>(brightness + 10 * band + (x / 50 + y / 50) % 2 * 40);
        });
        const auto frame = [&](int, std::int64_t x, std::int64_t y) {
            return hole(x, y) ? static_cast<std::int64_t>(*source.fill) : x / 300;
        };
        wide ? write<std::uint32_t>(writer, source, frame) : write<std::uint16_t>(writer, source, frame);
        write<std::uint8_t>(writer, flags, [&](int, std::int64_t x, std::int64_t y) { return hole(x, y) ? 0 : 1; });
        std::vector<std::string> names, outlines;
        std::vector<double> finest, median, coarsest;
        std::vector<std::int64_t> low;
        for (int i = 0; i < frames; ++i) {
            names.push_back(fmt::format("frame <{}>.tif", i));
            outlines.push_back(rectangle(i % 100 * 20, i / 100 * 25, 60, 50));
            median.push_back(0.2 + 0.01 * std::sin(i * 0.01));
            finest.push_back(0.9 * median.back());
            coarsest.push_back(1.2 * median.back());
            low.push_back(i % 1000 == 0 ? 1 : 0);
        }
        writer.write_table("frames", {texts("name", names),
                                      texts("footprint", outlines),
                                      reals("sampling_distance_min", finest),
                                      reals("sampling_distance_median", median),
                                      reals("sampling_distance_max", coarsest),
                                      {TableColumn::Type::integer, "too_low", "", "", {}, {}, low},
                                      reals("gain_1", std::vector<double>(frames, 1.01))});
        writer.write_provenance(R"({"settings": {"resolution": {"limit_m": 0.19}}})");
        publish_file(writer.finish().temporary, folder / (name + ".nc"));
    }

    void write_pair(const std::string& registration =
                        R"({"windows": 40, "accepted": 35, "residual_px": 0.1, "residual_before_px": 0.8})") const {
        LayerSpec mask = layer("mask", LayerType::u8);
        mask.fill = 255;
        mask.flag_values = {{0, "unchanged"}, {1, "changed"}, {255, "not_observed"}};
        const LayerSpec dx = layer("shift_x", LayerType::f32, 1, 256), dy = layer("shift_y", LayerType::f32, 1, 256);
        ProductWriter writer(folder / "m1__m2.nc", grid, {mask, dx, dy}, Codec::deflate, 1, "pair");
        write<std::uint8_t>(writer, mask,
                            [](int, std::int64_t x, std::int64_t y) { return x % 200 < 20 && y % 200 < 20 ? 1 : 0; });
        write<float>(writer, dx, [](int, std::int64_t x, std::int64_t) { return 0.1F * static_cast<float>(x); });
        write<float>(writer, dy, [](int, std::int64_t, std::int64_t y) { return 0.1F * static_cast<float>(y); });
        std::vector<std::string> outlines;
        std::vector<double> scores, areas;
        for (int i = 0; i < objects; ++i) {
            outlines.push_back(rectangle(i % 50 * 40 + 5, i / 50 * 30 + 5, 20, 20));
            scores.push_back(3 + 0.001 * i); // the last is the strongest
            areas.push_back(100 + i);
        }
        writer.write_table("objects", {texts("outline", outlines), reals("score", scores), reals("area", areas, "m2"),
                                       texts("kind", std::vector<std::string>(objects, "a & b")),
                                       texts("tone", std::vector<std::string>(objects, "darker")),
                                       texts("context", std::vector<std::string>(objects, ""))});
        writer.write_provenance(R"({"inputs": [{"kind": "before", "name": "m1.nc"}, {"kind": "after", "name": "m2.nc"}],
            "registration": )" + registration +
                                "}");
        publish_file(writer.finish().temporary, folder / "m1__m2.nc");
    }

    void write_run() const {
        nlohmann::json run = {{"outcome", "done with gaps"}, {"seconds", 12.5}, {"threads", 2}, {"version", "1"}};
        run["products"] = {{{"path", "/x/m1.nc"}, {"bytes", 1000}}, {{"path", "/x/m2.nc"}}, {{"path", "/x/m1__m2.nc"}}};
        run["gaps"] = {{{"product", "m1.nc"}, {"what", "frame <b>.tif"}, {"cause", "is \"damaged\""}}};
        run["warnings"] = {"mind {{script}}"};
        run["frame_agreement"] = {{{"mission", "m1"}, {"places", 20}, {"fitting", 18}, {"shift_m", 0.123}},
                                  {{"mission", "m2"}, {"places", 2}, {"fitting", 0}, {"shift_m", nullptr}}};
        run["stages"] = {{{"name", "compose m1"}, {"seconds", 5.5}, {"megapixels_per_second", 20}}};
        std::ofstream(folder / "run.json") << run;
    }

    std::string report(const ForEach& for_each = in_order) const {
        std::ifstream file(write_report(folder.path(), for_each).path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    TemporaryFolder folder;
    Grid grid;
};

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos; // HasSubstr would print the report
}

TEST_F(Report, ShowsAllThatThereIs) {
    const std::string html = report();
    EXPECT_LT(html.find("id=\"problems\""), html.find("id=\"changes\""));
    EXPECT_TRUE(has(html, "m1.nc: frame &lt;b&gt;.tif is missing: is &quot;damaged&quot;"));
    EXPECT_TRUE(has(html, "mind {{script}}"));
    EXPECT_TRUE(has(html, "m1: 0.38")); // the hole: 100 x 100 of 2100 x 1300 pixels, seen every third pixel
    EXPECT_TRUE(has(html, "m2: 0.38"));
    EXPECT_EQ(count_of(html, "<tr tabindex"), std::size_t{objects});
    EXPECT_EQ(count_of(html, "alt=\"before\""), 48U);
    EXPECT_EQ(count_of(html, "alt=\"after\""), 48U);
    EXPECT_TRUE(has(html, "Pictures of the strongest 48 of 2000."));
    EXPECT_LT(html.find("<td class=\"number\">5.00</td>"), html.find("<td class=\"number\">4.99</td>")); // ranked
    EXPECT_TRUE(has(html, "Area, m2"));
    EXPECT_TRUE(has(html, "<td>a &amp; b, darker</td>"));
    EXPECT_TRUE(has(html, "35 of 40 windows agree"));
    EXPECT_TRUE(has(html, "limit, 0.19 m"));
    EXPECT_TRUE(has(html, "Overlapping frames show the same in 18 of 20 places, 0.12 m apart in the median."));
    EXPECT_TRUE(has(html, "Overlapping frames show the same in 0 of 2 places."));
    EXPECT_TRUE(has(html, "Mission m1"));
    EXPECT_LT(html.find("Mission m1"), html.find("Mission m2"));
    EXPECT_LT(html.size(), 6U << 20);
    for (const char* outward : {"http:", "https:", "src=\"//", "@import", "url(http"})
        EXPECT_FALSE(has(html, outward)) << "needs a network";
}

TEST_F(Report, IsTheSameWhateverTheOrderOfWork) {
    EXPECT_TRUE(report(in_order) == report(backwards));
}

TEST_F(Report, DoesNotSayThatMissionsFitThatCouldNotBeRegistered) {
    write_pair(R"({"windows": 40, "accepted": 0, "residual_px": null, "residual_before_px": null})");
    const std::string html = report();
    EXPECT_TRUE(has(html, "Not registered: the missions are compared as they lie; none of 40 windows agree."));
    EXPECT_FALSE(has(html, "pixels apart"));
}

TEST_F(Report, SaysWhatCannotBeRead) {
    std::ofstream(folder / "broken.nc") << "not HDF5";
    EXPECT_TRUE(has(report(), "<li>broken.nc: "));
    EXPECT_THAT(write_report(folder.path(), in_order).problems,
                testing::ElementsAre(testing::StartsWith("broken.nc: ")));
    std::filesystem::remove(folder / "run.json");
    EXPECT_TRUE(has(report(), "There is no run.json"));
    const TemporaryFolder empty;
    EXPECT_THROW(write_report(empty.path(), in_order), InputError);
}

TEST_F(Report, NeedsNoObjectsNorMissions) {
    for (const char* name : {"m1.nc", "m2.nc"}) std::filesystem::remove(folder / name);
    const std::string html = report();
    EXPECT_TRUE(has(html, "Change m1__m2"));
    EXPECT_FALSE(has(html, "Mission m1"));
}

/// In a browser, as a person with a keyboard would use it.
class ReportInBrowser : public Report {
protected:
    void SetUp() override {
        if (shell("command -v chromium").exit_code != 0) GTEST_SKIP() << "chromium is not installed";
        Report::SetUp();
    }

    Outcome browse(const std::string& page, const std::string& arguments) const {
        return shell(fmt::format("HOME='{0}' timeout 100 chromium --headless --no-sandbox --disable-gpu "
                                 "--enable-logging=stderr --user-data-dir='{0}/profile' {1} 'file://{0}/{2}'",
                                 folder.path().string(), arguments, page));
    }
};

TEST_F(ReportInBrowser, AnswersToSliderRowsAndHeaders) {
    std::string html = report();
    const std::string people = R"(<script>
        const pair = document.getElementById('pair0'), slider = document.querySelector('[data-split]');
        slider.value = 25;
        slider.dispatchEvent(new Event('input'));
        const rows = () => [...document.querySelectorAll('table.objects tbody tr')];
        rows()[0].focus();
        rows()[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true}));
        const second = document.activeElement === rows()[1];
        const marked = !pair.querySelector('.marker').hasAttribute('hidden');
        document.querySelectorAll('table.objects th button')[2].click(); // area, largest first
        const largest = rows()[0].cells[4].textContent;
        document.querySelectorAll('table.objects th button')[2].click();
        const smallest = rows()[0].cells[4].textContent;
        const change = pair.querySelector('.change'), box = document.querySelector('[data-layer=change]');
        const before = getComputedStyle(change).display;
        box.click();
        const overflows = document.documentElement.scrollWidth > document.documentElement.clientWidth;
        document.title = JSON.stringify({split: pair.querySelector('.split').getAttribute('x'), second, marked, largest,
            smallest, before, after: getComputedStyle(change).display, overflows,
            seconds: performance.now() / 1000, sources: performance.getEntriesByType('resource')
                .filter((entry) => !entry.name.startsWith('data:')).length});
    </script></body>)";
    html.replace(html.rfind("</body>"), 7, people);
    std::ofstream(folder / "used.html") << html;
    const Outcome outcome = browse("used.html", "--window-size=1000,800 --dump-dom");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.text.substr(0, 2000);
    EXPECT_THAT(outcome.text, Not(HasSubstr("Uncaught")));
    const std::size_t from = outcome.text.find("<title>{") + 7, to = outcome.text.find("</title>", from);
    ASSERT_NE(to, std::string::npos);
    const auto seen = nlohmann::json::parse(outcome.text.substr(from, to - from));
    EXPECT_EQ(seen["split"], "175"); // a quarter of 700 pixels
    EXPECT_EQ(seen["second"], true);
    EXPECT_EQ(seen["marked"], true);
    EXPECT_EQ(seen["largest"], "2099.0");
    EXPECT_EQ(seen["smallest"], "100.0");
    EXPECT_EQ(seen["before"], "none");
    EXPECT_NE(seen["after"], "none");
    EXPECT_EQ(seen["overflows"], false);
    EXPECT_LT(seen["seconds"], 15) << "5,000 frames and 2,000 objects";
    EXPECT_EQ(seen["sources"], 0);
}

TEST_F(ReportInBrowser, IsSeenOnLightAndDarkScreens) {
    report();
    std::vector<double> paper;
    for (const int scheme : {1, 0}) { // light, dark
        const std::string picture = (folder / fmt::format("{}.png", scheme)).string();
        const Outcome outcome =
            browse("report.html",
                   fmt::format("--window-size=1000,3000 --hide-scrollbars --blink-settings=preferredColorScheme="
                               "{} --screenshot='{}'",
                               scheme, picture));
        GDALAllRegister();
        const std::unique_ptr<GDALDataset> shot(GDALDataset::Open(picture.c_str(), GDAL_OF_RASTER));
        ASSERT_NE(shot, nullptr) << outcome.text.substr(0, 2000);
        std::vector<std::uint8_t> green(1000 * 3000);
        ASSERT_EQ(shot->GetRasterBand(2)->RasterIO(GF_Read, 0, 0, 1000, 3000, green.data(), 1000, 3000, GDT_Byte, 0, 0,
                                                   nullptr),
                  CE_None);
        paper.push_back(green[5 * 1000 + 990]);
        EXPECT_GT(std::set<int>(green.begin(), green.end()).size(), 50U);
    }
    EXPECT_GT(paper[0], 240);
    EXPECT_LT(paper[1], 40);
}

} // namespace
} // namespace overflight
