// SPDX-License-Identifier: Apache-2.0
// The field's own programs open a product, see where it lies and read the same pixels.
#include "io/product.h"
#include "io/sample_product.h"
#include "support/temporary_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <fstream>

namespace overflight {
namespace {

struct Outcome {
    int code = -1;
    std::string output;
};

/// Debian's Python, not the first on the PATH: there the readers are installed.
Outcome run_script(const std::string& script, const std::string& arguments) {
    const std::string command =
        fmt::format("/usr/bin/python3 '{}/io/{}' {} 2>&1", OVERFLIGHT_TESTS_FOLDER, script, arguments);
    Outcome outcome;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return outcome;
    char block[4096];
    while (const std::size_t count = std::fread(block, 1, sizeof block, pipe)) outcome.output.append(block, count);
    const int status = ::pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

void write_expected(const TemporaryFolder& folder, const SampleProduct& product, int epsg) {
    nlohmann::json expected;
    expected["grid"] = {{"crs_wkt", product.grid.crs_wkt},
                        {"epsg", epsg},
                        {"west", product.grid.west},
                        {"north", product.grid.north},
                        {"width", product.grid.width},
                        {"height", product.grid.height},
                        {"resolution", product.grid.resolution}};
    const char* const types[] = {"uint8", "uint16", "int16", "uint32", "float32"};
    for (const LayerSpec& layer : product.layers) {
        const RasterShape shape = layer_shape(layer, product.grid);
        const std::vector<std::byte>& samples = product.samples.at(layer.name);
        const std::string file = (folder / (layer.name + ".raw")).string();
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(samples.data()), static_cast<std::streamsize>(samples.size()));
        nlohmann::json& entry = expected["layers"][layer.name];
        entry = {{"type", types[static_cast<int>(layer.type)]},
                 {"bands", layer.bands},
                 {"step", layer.step},
                 {"width", shape.width},
                 {"height", shape.height},
                 {"samples", file}};
        entry["fill"] = nullptr;
        if (layer.fill && std::isnan(*layer.fill))
            entry["fill"] = "nan";
        else if (layer.fill)
            entry["fill"] = *layer.fill;
    }
    expected["band_names"] = product.band_names;
    expected["provenance_bytes"] = product.provenance.size();
    std::ofstream(folder / "expected.json") << expected;
}

class Reader : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Reader,
                         testing::Values("h5py", "xarray-h5netcdf", "xarray-netcdf4", "netCDF4", "rasterio", "gdal",
                                         "gdalinfo", "ncdump", "h5dump"));

TEST_P(Reader, OpensAProduct) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "product.nc", product, Codec::deflate);
    write_expected(folder, product, 32651);
    const Outcome outcome =
        run_script("read_product.py", fmt::format("{} '{}' '{}'", GetParam(), (folder / "product.nc").string(),
                                                  (folder / "expected.json").string()));
    if (outcome.code == 77) GTEST_SKIP() << outcome.output;
    EXPECT_EQ(outcome.code, 0) << outcome.output;
}

class PluginCodec : public testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, PluginCodec, testing::Values(Codec::lz4, Codec::blosc, Codec::none));

TEST_P(PluginCodec, IsReadByH5dumpWithItsPlugins) {
    const TemporaryFolder folder;
    const SampleProduct product = sample_product();
    write_product(folder / "product.nc", product, GetParam());
    write_expected(folder, product, 32651);
    const char* const plugin = GetParam() == Codec::lz4 ? "libh5lz4.so" : "libH5Zblosc.so";
    if (GetParam() != Codec::none &&
        !std::filesystem::exists(std::filesystem::path("/usr/lib/x86_64-linux-gnu/hdf5/serial/plugins") / plugin))
        GTEST_SKIP() << plugin << " of Debian's hdf5-filter-plugin packages is not installed";
    for (const char* reader : {"h5dump", "h5py"}) {
        const Outcome outcome =
            run_script("read_product.py", fmt::format("{} '{}' '{}'", reader, (folder / "product.nc").string(),
                                                      (folder / "expected.json").string()));
        if (outcome.code == 77) GTEST_SKIP() << outcome.output;
        EXPECT_EQ(outcome.code, 0) << reader << ": " << outcome.output;
    }
}

struct Crs {
    int epsg;
    const char* cf_name; ///< empty: CF cannot say it
};

class GridMapping : public testing::TestWithParam<Crs> {};
INSTANTIATE_TEST_SUITE_P(Crs, GridMapping,
                         testing::Values(Crs{32651, "transverse_mercator"}, Crs{27700, "transverse_mercator"},
                                         Crs{2154, "lambert_conformal_conic"}, Crs{31370, "lambert_conformal_conic"},
                                         Crs{2263, "lambert_conformal_conic"}, Crs{27572, "lambert_conformal_conic"},
                                         Crs{3035, "lambert_azimuthal_equal_area"}, Crs{3031, "polar_stereographic"},
                                         Crs{3413, "polar_stereographic"}, Crs{5041, "polar_stereographic"},
                                         Crs{5070, "albers_conical_equal_area"}, Crs{3395, "mercator"},
                                         Crs{6933, "lambert_cylindrical_equal_area"}, Crs{4326, "latitude_longitude"},
                                         Crs{3857, ""}, Crs{28992, ""}),
                         [](const auto& crs) { return fmt::format("epsg{}", crs.param.epsg); });

TEST_P(GridMapping, SaysTheSameAsTheWkt) {
    const TemporaryFolder folder;
    SampleProduct product = sample_product(20, 10, GetParam().epsg);
    product.grid.west = 512345.3; // decimals that binary numbers do not hit
    product.grid.north = 1234567.7;
    product.grid.resolution = 0.3;
    write_product(folder / "product.nc", product, Codec::deflate);
    const Outcome outcome = run_script("read_crs.py", fmt::format("'{}' {} '{}'", (folder / "product.nc").string(),
                                                                  GetParam().epsg, GetParam().cf_name));
    if (outcome.code == 77) GTEST_SKIP() << outcome.output;
    EXPECT_EQ(outcome.code, 0) << outcome.output;
}

} // namespace
} // namespace overflight
