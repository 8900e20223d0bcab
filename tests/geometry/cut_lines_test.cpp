// SPDX-License-Identifier: Apache-2.0
#include "core/errors.h"
#include "geometry/cut_lines.h"
#include "support/temporary_folder.h"

#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogr_spatialref.h>

#include <fstream>

namespace overflight {
namespace {

class CutLinesFile : public testing::Test {
protected:
    CutLinesFile() {
        GDALAllRegister();
        OGRSpatialReference crs;
        crs.importFromEPSG(32633);
        char* wkt = nullptr;
        crs.exportToWkt(&wkt);
        crs_ = wkt;
        CPLFree(wkt);
        grid_.crs_wkt = crs_;
        grid_.west = 500000, grid_.north = 5400100, grid_.resolution = 10;
        grid_.width = 10, grid_.height = 10;
    }

    /// Features in the map's CRS, as GeoJSON.
    std::filesystem::path file(const std::string& features) const {
        const std::filesystem::path path = folder_ / "cut.geojson";
        std::ofstream(path) << R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":)"
                            << R"("urn:ogc:def:crs:EPSG::32633"}},"features":[)" << features << "]}";
        return path;
    }
    static std::string square(double x0, double y0, double x1, double y1, const std::string& properties) {
        const auto point = [](double x, double y) {
            return "[" + std::to_string(500000 + x) + "," + std::to_string(5400000 + y) + "]";
        };
        return R"({"type":"Feature","properties":{)" + properties +
               R"(},"geometry":{"type":"Polygon","coordinates":[[)" + point(x0, y0) + "," + point(x1, y0) + "," +
               point(x1, y1) + "," + point(x0, y1) + "," + point(x0, y0) + "]]}}";
    }
    std::string refusal(const std::filesystem::path& path) const {
        try {
            const CutLines lines(path, crs_, frames_);
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    }

    TemporaryFolder folder_;
    std::string crs_;
    Grid grid_;
    const std::vector<std::string> frames_ = {"a.tif", "b.tif"};
};

TEST_F(CutLinesFile, GiveTheirGroundToTheirFramesTheFirstBeforeTheOthers) {
    const CutLines lines(
        file(square(0, 0, 50, 100, R"("frame":"b")") + "," + square(30, 0, 80, 50, R"("frame":"a.tif")")), crs_,
        frames_);
    const std::vector<std::int32_t> frames = lines.frames_on(grid_, {0, 0, 10, 10}),
                                    part = lines.frames_on(grid_, {3, 4, 6, 5});
    for (int row = 0; row < 5; ++row)
        for (int col = 0; col < 6; ++col)
            EXPECT_EQ(part[static_cast<std::size_t>(row * 6 + col)],
                      frames[static_cast<std::size_t>((row + 4) * 10 + col + 3)]);
    for (int row = 0; row < 10; ++row)
        for (int col = 0; col < 10; ++col)
            EXPECT_EQ(frames[static_cast<std::size_t>(row * 10 + col)], col < 5               ? 1
                                                                        : col < 8 && row >= 5 ? 0
                                                                                              : -1)
                << col << ' ' << row;
}

TEST_F(CutLinesFile, AreRefusedWithTheCause) {
    using testing::HasSubstr;
    EXPECT_THAT(refusal(folder_ / "none.gpkg"), HasSubstr("there is no such file"));
    EXPECT_THAT(refusal(file(square(0, 0, 50, 50, R"("image":"a")"))), HasSubstr("has no field \"frame\""));
    EXPECT_THAT(refusal(file(square(0, 0, 50, 50, R"("frame":"a.tiff")"))),
                HasSubstr("names the frame \"a.tiff\", which the mission does not have; did you mean \"a.tif\"?"));
    EXPECT_THAT(refusal(file(R"({"type":"Feature","properties":{"frame":"a"},"geometry":{"type":"Point",)"
                             R"("coordinates":[500000,5400000]}})")),
                HasSubstr("is no polygon"));
    std::ofstream(folder_ / "text.gpkg") << "no database";
    EXPECT_THAT(refusal(folder_ / "text.gpkg"), HasSubstr("cannot be read as GeoPackage or GeoJSON"));
}

} // namespace
} // namespace overflight
