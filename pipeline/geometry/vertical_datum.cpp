// SPDX-License-Identifier: Apache-2.0
#include "geometry/vertical_datum.h"

#include "core/errors.h"
#include "geometry/raster_file.h"
#include "raster/raster_files.h"

#include <fmt/format.h>
#include <ogr_srs_api.h>

#include <cmath>
#include <limits>
#include <mutex>
#include <vector>

namespace overflight {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* key = "terrain.heights";

std::optional<std::filesystem::path> in_proj_folders(const std::filesystem::path& name) {
    std::vector<std::filesystem::path> folders;
    char** paths = OSRGetPROJSearchPaths();
    for (char** path = paths; path && *path; ++path) folders.emplace_back(*path);
    CSLDestroy(paths);
    folders.emplace_back("/usr/share/proj");
    for (const std::filesystem::path& folder : folders) {
        std::error_code error;
        if (std::filesystem::is_regular_file(folder / name, error)) return folder / name;
    }
    return {};
}

/// Grids of the vertical CRSs that global models use.
std::vector<const char*> known_grids(const std::string& vertical_crs) {
    if (vertical_crs == "EGM96 height") return {"us_nga_egm96_15.tif", "egm96_15.gtx"};
    if (vertical_crs == "EGM2008 height") return {"us_nga_egm08_25.tif", "egm08_25.gtx"};
    if (vertical_crs == "EGM84 height") return {"us_nga_egm84_30.tif"};
    return {};
}

/// The grid of a statement that is neither empty nor "ellipsoidal".
std::filesystem::path grid_of(const std::string& statement) {
    if (auto found = find_geoid_grid(statement)) return *std::move(found);
    const std::vector<const char*> names = known_grids(statement);
    if (std::filesystem::path(statement).has_extension() && names.empty()) {
        throw InputError(Problem{.file = statement,
                                 .key = key,
                                 .message =
                                     "this geoid grid does not exist, neither here nor in PROJ's folders; allowed "
                                     "are \"same_as_poses\", \"ellipsoidal\", or the path of a grid that GDAL "
                                     "reads (.gtx, .tif)"});
    }
    throw InputError(
        Problem{.key = key,
                .message = fmt::format("heights are stated as '{}', and its geoid grid{} is not on this machine; set "
                                       "terrain.heights to the path of the grid, or to \"same_as_poses\"",
                                       statement, names.empty() ? "" : fmt::format(" ({})", names.front()))});
}

std::shared_ptr<const GeoidGrid> undulation_of(const std::string& statement) {
    if (statement == "ellipsoidal") return {};
    return std::make_shared<GeoidGrid>(grid_of(statement), key);
}

} // namespace

struct GeoidGrid::State {
    Dataset dataset;
    mutable std::mutex mutex;                    // GDAL's datasets are not thread safe
    double west = 0, north = 0, dx = 1, dy = -1; ///< of the first node
    int cols = 0, rows = 0;
    bool wraps = false;
    double nodata = nan;
};

GeoidGrid::GeoidGrid(const std::filesystem::path& file, const std::string& config_key)
    : file_(file), state_(std::make_unique<State>()) {
    State& s = *state_;
    s.dataset = open_local_raster(file, config_key);
    double g[6];
    if (s.dataset->GetGeoTransform(g) != CE_None || g[1] <= 0 || g[5] == 0 || g[2] != 0 || g[4] != 0) {
        throw InputError(Problem{.file = file.string(),
                                 .key = config_key,
                                 .message = "is no geoid grid: its nodes must lie on longitudes and latitudes"});
    }
    s.dx = g[1];
    s.dy = g[5];
    s.west = g[0] + 0.5 * g[1];
    s.north = g[3] + 0.5 * g[5];
    s.cols = s.dataset->GetRasterXSize();
    s.rows = s.dataset->GetRasterYSize();
    s.wraps = std::abs(s.cols * s.dx - 360) < 0.5 * s.dx;
    int has_nodata = 0;
    const double nodata = s.dataset->GetRasterBand(1)->GetNoDataValue(&has_nodata);
    if (has_nodata) s.nodata = nodata;
    files_ = files_of(*s.dataset, Overviews::left_out);
}

GeoidGrid::~GeoidGrid() = default;

double GeoidGrid::undulation(double lon, double lat) const {
    const State& s = *state_;
    double col = (lon - s.west) / s.dx;
    const double row = (lat - s.north) / s.dy;
    col -= std::floor(col * s.dx / 360) * 360 / s.dx; // 0 .. 360 degrees east of the first node
    const double last_col = s.wraps ? s.cols : s.cols - 1;
    // Half a cell beyond the outer nodes belongs to them.
    if (!s.wraps && col > 360 / s.dx - 0.5) col = 0;
    if (!(col <= last_col + 0.5 && row >= -0.5 && row <= s.rows - 0.5)) return nan;
    const double c = std::min(col, last_col), r = std::clamp(row, 0.0, s.rows - 1.0);
    const int c0 = std::min(static_cast<int>(c), s.cols - 1), r0 = std::min(static_cast<int>(r), s.rows - 1);
    const int c1 = s.wraps ? (c0 + 1) % s.cols : std::min(c0 + 1, s.cols - 1), r1 = std::min(r0 + 1, s.rows - 1);
    double node[4];
    {
        const std::lock_guard lock(s.mutex);
        GDALRasterBand* band = s.dataset->GetRasterBand(1);
        const int at[4][2] = {{c0, r0}, {c1, r0}, {c0, r1}, {c1, r1}};
        for (int i = 0; i < 4; ++i) {
            if (band->RasterIO(GF_Read, at[i][0], at[i][1], 1, 1, &node[i], 1, 1, GDT_Float64, 0, 0, nullptr) !=
                CE_None)
                return nan;
        }
    }
    for (const double value : node)
        if (value == s.nodata || std::abs(value) > 200) return nan;
    const double fc = c - c0, fr = r - r0;
    return (node[0] * (1 - fc) + node[1] * fc) * (1 - fr) + (node[2] * (1 - fc) + node[3] * fc) * fr;
}

std::optional<std::filesystem::path> find_geoid_grid(const std::string& statement) {
    std::error_code error;
    if (std::filesystem::is_regular_file(statement, error)) return statement;
    if (auto found = in_proj_folders(std::filesystem::path(statement).filename())) return found;
    for (const char* name : known_grids(statement))
        if (auto found = in_proj_folders(name)) return found;
    return {};
}

VerticalShift settle_heights(const TerrainConfig& config, const std::string& terrain_states,
                             const std::string& pose_heights) {
    if (config.heights == "same_as_poses" || (config.file.empty() && config.heights.empty())) return {};
    const std::string terrain = config.heights.empty() ? terrain_states : config.heights;
    const std::string poses = pose_heights.empty() && !config.heights.empty() ? "ellipsoidal" : pose_heights;
    const auto missing = [&](const std::string& what) {
        return InputError(Problem{.file = config.file.string(),
                                  .key = key,
                                  .message = what +
                                             "; set terrain.heights to \"same_as_poses\", \"ellipsoidal\", or the "
                                             "path of a geoid grid"});
    };
    if (terrain.empty()) throw missing("the terrain does not state its vertical datum");
    if (poses.empty())
        throw missing(fmt::format("the terrain states its heights as '{}', the poses do not state theirs", terrain));
    if (terrain == poses) return {};
    VerticalShift shift{undulation_of(terrain), undulation_of(poses)};
    if (shift.plus && shift.minus && shift.plus->file() == shift.minus->file()) return {};
    return shift;
}

} // namespace overflight
