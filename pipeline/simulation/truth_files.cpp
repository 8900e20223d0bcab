// SPDX-License-Identifier: Apache-2.0
#include "simulation/truth_files.h"

#include "core/errors.h"
#include "simulation/render_frame.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace overflight::simulation {

namespace {

constexpr int strip_height = 256;

/// Rows of a grid, made in parallel strip by strip: row(grid row, worker, first sample of the row).
template <class Sample, class Row>
void write_rows(const std::filesystem::path& file, const Grid& grid, TiffWriter::Options options,
                const Workers& workers, Row&& row) {
    TiffWriter writer(file, grid.width, grid.height, options, &grid);
    const std::size_t row_samples = static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(options.bands);
    std::vector<Sample> strip(row_samples * strip_height);
    for (std::int64_t first = 0; first < grid.height; first += strip_height) {
        const std::int64_t rows = std::min<std::int64_t>(strip_height, grid.height - first);
        // Several rows a task, so that neighbours share what the views have cached.
        const std::int64_t chunk = 16;
        workers.run((rows + chunk - 1) / chunk, [&](std::int64_t task, int worker) {
            for (std::int64_t r = task * chunk; r < std::min(rows, (task + 1) * chunk); ++r) {
                row(first + r, worker, strip.data() + static_cast<std::size_t>(r) * row_samples);
            }
        });
        writer.write(first, static_cast<int>(rows), strip.data());
    }
    writer.close();
}

/// A grid of whole cells over an area of scene coordinates, on the map.
Grid grid_over(const Scene& scene, const std::string& wkt, const Bounds& area, double cell, double shift) {
    const SceneSettings& s = scene.settings().scene;
    const double col0 = std::floor(area.xmin / cell), col1 = std::ceil(area.xmax / cell);
    const double row0 = std::floor(area.ymin / cell), row1 = std::ceil(area.ymax / cell);
    Grid grid;
    grid.crs_wkt = wkt;
    grid.resolution = cell;
    grid.width = static_cast<std::int64_t>(col1 - col0);
    grid.height = static_cast<std::int64_t>(row1 - row0);
    grid.west = s.center_x + (col0 + shift) * cell;
    grid.north = s.center_y + (row1 + shift) * cell;
    return grid;
}

SightLine straight_down(const Scene& scene, const Grid& grid, double col, double row) {
    SightLine line;
    line.x0 = grid.x(col) - scene.settings().scene.center_x;
    line.y0 = grid.y(row) - scene.settings().scene.center_y;
    line.reference = scene.lowest();
    return line;
}

} // namespace

void write_ground(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, const Bounds& area,
                  const Workers& workers, std::vector<SceneView>& views) {
    const double post = scene.settings().terrain.post_m;
    const Grid grid = grid_over(scene, frame.wkt(), area, post, -0.5); // cell centres at the posts
    write_rows<float>(file, grid, {.sample = Sample::f32}, workers, [&](std::int64_t row, int worker, float* out) {
        SceneView& view = views[static_cast<std::size_t>(worker)];
        for (std::int64_t col = 0; col < grid.width; ++col) {
            const double x = grid.x(static_cast<double>(col)) - scene.settings().scene.center_x;
            const double y = grid.y(static_cast<double>(row)) - scene.settings().scene.center_y;
            // On the post itself, whatever the rounding of the coordinates.
            out[col] = static_cast<float>(view.ground(std::round(x / post) * post, std::round(y / post) * post).height);
        }
    });
}

void write_surface(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, const Bounds& area,
                   double resolution, const Workers& workers, std::vector<SceneView>& views) {
    const Grid grid = grid_over(scene, frame.wkt(), area, resolution, 0);
    write_rows<float>(file, grid, {.sample = Sample::f32}, workers, [&](std::int64_t row, int worker, float* out) {
        SceneView& view = views[static_cast<std::size_t>(worker)];
        for (std::int64_t col = 0; col < grid.width; ++col) {
            const SightLine line = straight_down(scene, grid, static_cast<double>(col), static_cast<double>(row));
            out[col] = static_cast<float>(view.top(line.x0, line.y0));
        }
    });
}

void write_ortho(const std::filesystem::path& ortho, const std::filesystem::path& shadow, const Scene& scene,
                 const MissionSettings& mission, const Grid& grid, const Workers& workers,
                 std::vector<SceneView>& views) {
    const OutputSettings& output = scene.settings().output;
    const int fine = std::clamp(static_cast<int>(std::ceil(grid.resolution / scene.detail())), 2, 4);
    const double cells = grid.resolution / fine / scene.detail();
    const int level = std::clamp(static_cast<int>(std::log2(std::max(1.0, cells))), 0, paint_levels - 1);
    const double full = output.bits == 8 ? 255 : 65535, scale = full * radiance_scale * mission.exposure;
    const auto paint = [&]<class T>(T) {
        write_rows<T>(ortho, grid, {.sample = output.bits == 8 ? Sample::u8 : Sample::u16, .bands = output.bands},
                      workers, [&](std::int64_t row, int worker, T* out) {
                          SceneView& view = views[static_cast<std::size_t>(worker)];
                          double guess = scene.lowest();
                          for (std::int64_t col = 0; col < grid.width; ++col) {
                              float sum[max_bands] = {}, part[max_bands];
                              for (int s = 0; s < fine * fine; ++s) {
                                  const double dx = (s % fine + 0.5) / fine - 0.5, dy = (s / fine + 0.5) / fine - 0.5;
                                  SurfacePoint point;
                                  view.trace(straight_down(scene, grid, static_cast<double>(col) + dx,
                                                           static_cast<double>(row) + dy),
                                             guess, point);
                                  view.radiance(point, view.sunlit(point), level, part);
                                  for (int b = 0; b < output.bands; ++b) sum[b] += part[b];
                              }
                              for (int b = 0; b < output.bands; ++b) {
                                  const double value = scale * static_cast<double>(sum[b]) / (fine * fine);
                                  out[col * output.bands + b] = static_cast<T>(std::clamp(value + 0.5, 0.0, full));
                              }
                          }
                      });
    };
    output.bits == 8 ? paint(std::uint8_t{}) : paint(std::uint16_t{});
    write_rows<std::uint8_t>(shadow, grid, {}, workers, [&](std::int64_t row, int worker, std::uint8_t* out) {
        SceneView& view = views[static_cast<std::size_t>(worker)];
        double guess = scene.lowest();
        for (std::int64_t col = 0; col < grid.width; ++col) {
            SurfacePoint point;
            view.trace(straight_down(scene, grid, static_cast<double>(col), static_cast<double>(row)), guess, point);
            out[col] = view.sunlit(point) ? 0 : 1;
        }
    });
}

void write_change_mask(const std::filesystem::path& file, const Scene& scene, const Grid& grid, const Workers& workers,
                       std::vector<SceneView>& before, std::vector<SceneView>& after) {
    write_rows<std::uint8_t>(file, grid, {}, workers, [&](std::int64_t row, int worker, std::uint8_t* out) {
        SceneView &a = before[static_cast<std::size_t>(worker)], &b = after[static_cast<std::size_t>(worker)];
        double guess = scene.lowest();
        for (std::int64_t col = 0; col < grid.width; ++col) {
            const SightLine line = straight_down(scene, grid, static_cast<double>(col), static_cast<double>(row));
            SurfacePoint point;
            a.trace(line, guess, point);
            const std::uint64_t content = a.content(point);
            b.trace(line, guess, point);
            out[col] = content != b.content(point) ? 1 : 0;
        }
    });
}

void write_change_objects(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame, int before,
                          int after) {
    using nlohmann::json;
    const SceneSettings& s = scene.settings().scene;
    json features = json::array();
    const auto add = [&](const Edit& edit, const std::string& part, const std::vector<Point2>& outline, double height) {
        json ring = json::array();
        for (const Point2& p : outline) ring.push_back({s.center_x + p.x, s.center_y + p.y});
        ring.push_back(ring.front());
        double area = 0;
        for (std::size_t k = 0; k < outline.size(); ++k) {
            const Point2 &p = outline[k], &q = outline[(k + 1) % outline.size()];
            area += 0.5 * (p.x * q.y - q.x * p.y);
        }
        features.push_back({{"type", "Feature"},
                            {"properties",
                             {{"id", features.size() + 1},
                              {"kind", name_of(edit.kind)},
                              {"part", part},
                              {"area_m2", std::abs(area)},
                              {"height_m", height}}},
                            {"geometry", {{"type", "Polygon"}, {"coordinates", json::array({ring})}}}});
    };
    const auto box = [](double x, double y, double cos, double sin, double half_a, double half_b) {
        const auto corner = [&](double a, double b) { return Point2{x + cos * a - sin * b, y + sin * a + cos * b}; };
        return std::vector<Point2>{corner(-half_a, -half_b), corner(half_a, -half_b), corner(half_a, half_b),
                                   corner(-half_a, half_b)};
    };
    const auto footprint = [&](const SceneObject& o) { return box(o.x, o.y, o.cos, o.sin, o.half_a, o.half_b); };
    for (const Edit& edit : scene.changes().edits()) {
        if (edit.from <= before || edit.from > after) continue;
        const Block block = scene.layout().block(edit.i, edit.j);
        if (edit.removed) add(edit, "gone", footprint(*edit.removed), -(edit.removed->height + edit.removed->rise));
        if (edit.added) add(edit, "new", footprint(*edit.added), edit.added->height + edit.added->rise);
        if (edit.kind == ChangeKind::ground_works)
            add(edit, "new", box(edit.x, edit.y, edit.cos, edit.sin, edit.half_a, edit.half_b), 0);
        if (edit.kind == ChangeKind::field_ploughed) {
            const double u0 = block.u0 + block.road_u0 + verge_m, u1 = block.u1 - block.road_u1 - verge_m;
            const double v0 = block.v0 + block.road_v0 + verge_m, v1 = block.v1 - block.road_v1 - verge_m;
            const Layout& l = scene.layout();
            add(edit, "new", {l.to_xy(u0, v0), l.to_xy(u1, v0), l.to_xy(u1, v1), l.to_xy(u0, v1)}, 0);
        }
        if (edit.kind == ChangeKind::water_level) { // the strip between the two shores, as one ring there and back
            std::vector<Point2> ring;
            const auto go = [&](double scale, bool back) {
                for (int k = 0; k <= 72; ++k) {
                    const double angle = 2 * 3.14159265358979323846 * (back ? 72 - k : k) / 72;
                    ring.push_back(scene.layout().to_xy(block.pond_u + scale * block.pond_ru * std::cos(angle),
                                                        block.pond_v + scale * block.pond_rv * std::sin(angle)));
                }
            };
            const double later = std::sqrt(edit.shore2);
            const double beach = beach_m / std::min(block.pond_ru, block.pond_rv); // moves with the shore
            go(std::max(1.0, later) + beach, false);
            go(std::min(1.0, later), true);
            add(edit, later > 1 ? "new" : "gone", ring, 0);
        }
    }
    json collection = {{"type", "FeatureCollection"}, {"name", "changes"}, {"features", features}};
    collection["crs"] = {{"type", "name"}, {"properties", {{"name", frame.name()}}}};
    std::ofstream out(file);
    out << collection.dump(1) << "\n";
    out.close();
    if (!out) throw RunError(fmt::format("cannot write {}", file.string()));
}

void write_occlusion(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame,
                     const Exposure& exposure, const MissionSettings& mission, const Bounds& footprint,
                     const Grid& grid, const Workers& workers, std::vector<SceneView>& views) {
    const SceneSettings& s = scene.settings().scene;
    const auto clip = [](double v, std::int64_t size) {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(v), 0, size);
    };
    const std::int64_t col0 = clip(std::floor(grid.col(footprint.xmin + s.center_x)), grid.width);
    const std::int64_t col1 = clip(std::ceil(grid.col(footprint.xmax + s.center_x)) + 1, grid.width);
    const std::int64_t row0 = clip(std::floor(grid.row(footprint.ymax + s.center_y)), grid.height);
    const std::int64_t row1 = clip(std::ceil(grid.row(footprint.ymin + s.center_y)) + 1, grid.height);
    if (col0 >= col1 || row0 >= row1) return;
    Grid part = grid;
    part.west += static_cast<double>(col0) * grid.resolution;
    part.north -= static_cast<double>(row0) * grid.resolution;
    part.width = col1 - col0, part.height = row1 - row0;
    const Eigen::Vector3d eye = exposure.truth.position;
    const auto w = static_cast<double>(exposure.exact.interior.width),
               h = static_cast<double>(exposure.exact.interior.height);
    // PROJ's transformations belong to one thread: the places of a row are projected under one lock where needed.
    std::vector<PoseFrame> frames;
    const bool curved = mission.pose_space == PoseSpace::cartesian;
    for (int k = 0; curved && k < workers.count(); ++k) frames.emplace_back(s.crs);
    TiffWriter::Options options;
    options.nodata = 255, options.has_nodata = true;
    write_rows<std::uint8_t>(file, part, options, workers, [&](std::int64_t row, int worker, std::uint8_t* out) {
        SceneView& view = views[static_cast<std::size_t>(worker)];
        std::vector<SurfacePoint> points(static_cast<std::size_t>(part.width));
        std::vector<Eigen::Vector3d> places(points.size());
        double guess = scene.lowest();
        for (std::size_t k = 0; k < points.size(); ++k) {
            view.trace(straight_down(scene, part, static_cast<double>(k), static_cast<double>(row)), guess, points[k]);
            places[k] = {points[k].x + s.center_x, points[k].y + s.center_y, points[k].h};
        }
        const auto pixels =
            project(exposure, mission, curved ? frames[static_cast<std::size_t>(worker)] : frame, places);
        for (std::size_t k = 0; k < points.size(); ++k) {
            const auto& p = pixels[k];
            out[k] = 255;
            if (!p || p->x() < -0.5 || p->y() < -0.5 || p->x() >= w - 0.5 || p->y() >= h - 0.5) continue;
            const Eigen::Vector3d way = eye - places[k];
            out[k] = view.hidden(points[k], way.x() / way.z(), way.y() / way.z()) ? 1 : 0;
        }
    });
}

void write_check_points(const std::filesystem::path& file, const Scene& scene, const PoseFrame& frame,
                        const std::vector<Exposure>& exposures, const MissionSettings& mission, SceneView& view) {
    const SceneSettings& s = scene.settings().scene;
    std::vector<SurfacePoint> points;
    std::vector<Eigen::Vector3d> places;
    for (const Point2& p : scene.check_points()) {
        SurfacePoint point;
        point.x = p.x, point.y = p.y, point.h = view.ground(p.x, p.y).height;
        points.push_back(point);
        places.emplace_back(p.x + s.center_x, p.y + s.center_y, point.h);
    }
    std::ofstream out(file);
    out << "id,x,y,z,frame,col,row,visible\n";
    for (const Exposure& exposure : exposures) {
        const auto pixels = project(exposure, mission, frame, places);
        const auto w = static_cast<double>(exposure.exact.interior.width),
                   h = static_cast<double>(exposure.exact.interior.height);
        for (std::size_t k = 0; k < places.size(); ++k) {
            const auto& p = pixels[k];
            if (!p || p->x() < -0.5 || p->y() < -0.5 || p->x() >= w - 0.5 || p->y() >= h - 0.5) continue;
            const Eigen::Vector3d way = exposure.truth.position - places[k];
            const bool hidden = view.hidden(points[k], way.x() / way.z(), way.y() / way.z());
            out << fmt::format("{},{:.4f},{:.4f},{:.4f},{},{:.5f},{:.5f},{}\n", k + 1, places[k].x(), places[k].y(),
                               places[k].z(), exposure.name, p->x(), p->y(), hidden ? 0 : 1);
        }
    }
    out.close();
    if (!out) throw RunError(fmt::format("cannot write {}", file.string()));
}

} // namespace overflight::simulation
