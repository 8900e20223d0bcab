// SPDX-License-Identifier: Apache-2.0
#include "simulation/simulate.h"

#include "core/angle.h"
#include "core/errors.h"
#include "simulation/render_frame.h"
#include "simulation/rpc_fit.h"
#include "simulation/scene_file.h"
#include "simulation/truth_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace overflight {

namespace {

using namespace simulation;
namespace fs = std::filesystem;

void write_text(const fs::path& file, const std::string& text) {
    std::ofstream out(file);
    out << text;
    out.close();
    if (!out) throw RunError(fmt::format("cannot write {}", file.string()));
}

std::string interior_yaml(const std::vector<CameraSettings>& cameras) {
    std::string text;
    for (const CameraSettings& c : cameras) {
        const double mm = c.pixel_um / 1000;
        text += fmt::format(
            "{}:\n    type: {}\n    im_size: [{}, {}]\n    focal_len: {}\n    sensor_size: [{:.17g}, {:.17g}]\n", c.id,
            name_of(c.model), c.width, c.height, c.focal_mm, mm * static_cast<double>(c.width),
            mm * static_cast<double>(c.height));
        std::vector<std::pair<const char*, double>> terms = {{"cx", c.cx}, {"cy", c.cy}};
        switch (c.model) {
        case Model::pinhole:
            break;
        case Model::brown:
            terms.insert(terms.end(), {{"k1", c.k1}, {"k2", c.k2}, {"p1", c.p1}, {"p2", c.p2}, {"k3", c.k3}});
            break;
        case Model::fisheye:
            terms.insert(terms.end(), {{"k1", c.k1}, {"k2", c.k2}, {"k3", c.k3}, {"k4", c.k4}});
            break;
        case Model::opencv:
            terms.insert(terms.end(), {{"k1", c.k1},
                                       {"k2", c.k2},
                                       {"p1", c.p1},
                                       {"p2", c.p2},
                                       {"k3", c.k3},
                                       {"k4", c.k4},
                                       {"k5", c.k5},
                                       {"k6", c.k6},
                                       {"s1", c.s1},
                                       {"s2", c.s2},
                                       {"s3", c.s3},
                                       {"s4", c.s4},
                                       {"tx", c.tx},
                                       {"ty", c.ty}});
            break;
        }
        for (const auto& [name, value] : terms) text += fmt::format("    {}: {}\n", name, value);
    }
    return text;
}

std::string exterior_csv(const std::vector<Exposure>& exposures, const Settings& settings, Pose Exposure::*which) {
    std::string text = "filename,x,y,z,omega,phi,kappa,camera\n";
    for (const Exposure& e : exposures) {
        const Pose& pose = e.*which;
        text += fmt::format("{},{:.5f},{:.5f},{:.5f},{:.10f},{:.10f},{:.10f},{}\n", e.name, pose.position.x(),
                            pose.position.y(), pose.position.z(), pose.angles.x() / degree, pose.angles.y() / degree,
                            pose.angles.z() / degree, settings.cameras[e.camera].id);
    }
    return text;
}

std::string run_config(const Settings& settings, const Grid& grid) {
    const Bounds b = grid.bounds();
    std::string text = fmt::format(
        "# Runs the missions of {}.\n[output]\nfolder = \"products\"\ncrs = \"{}/exterior.prj\"\n"
        "resolution_m = {}\nbounds = [{:.3f}, {:.3f}, {:.3f}, {:.3f}]\n\n[terrain]\nfile = \"terrain/dtm.tif\"\n"
        "heights = \"same_as_poses\"\n",
        settings.file.filename().string(), settings.missions.front().name, grid.resolution, b.xmin, b.ymin, b.xmax,
        b.ymax);
    for (const MissionSettings& m : settings.missions) {
        text += fmt::format(
            "\n[[mission]]\nname = \"{0}\"\nframes = [\"{0}/frames/*.tif\"]\ncamera = \"frame\"\ninterior = "
            "\"{0}/interior.yaml\"\nexterior = \"{0}/exterior.csv\"\npose_space = \"{1}\"\n",
            m.name, m.pose_space == PoseSpace::map ? "map" : "cartesian");
    }
    for (std::size_t k = 1; k < settings.missions.size(); ++k) {
        text += fmt::format("\n[[change]]\nbefore = \"{}\"\nafter = \"{}\"\n", settings.missions[k - 1].name,
                            settings.missions[k].name);
    }
    return text;
}

double mean_ground(const Scene& scene) {
    SceneView view(scene, 0);
    const SceneSettings& s = scene.settings().scene;
    double sum = 0;
    constexpr int side = 32;
    for (int k = 0; k < side * side; ++k) {
        sum += view.ground((k % side + 0.5) / side * s.width_m - s.width_m / 2,
                           (k / side + 0.5) / side * s.height_m - s.height_m / 2)
                   .height;
    }
    return sum / (side * side);
}

Bounds unite(const Bounds& a, const Bounds& b) {
    return {std::min(a.xmin, b.xmin), std::min(a.ymin, b.ymin), std::max(a.xmax, b.xmax), std::max(a.ymax, b.ymax)};
}

Bounds grow(const Bounds& b, double by) {
    return {b.xmin - by, b.ymin - by, b.xmax + by, b.ymax + by};
}

double truth_resolution(const Settings& settings) {
    if (settings.output.resolution_m > 0) return settings.output.resolution_m;
    const CameraSettings& c = settings.cameras.front();
    const double gsd = c.pixel_um / 1000 / c.focal_mm * settings.missions.front().flying_height_m;
    return std::max(0.05, 0.05 * std::round(gsd / 0.05));
}

Grid truth_grid(const Settings& settings, const PoseFrame& frame) {
    Grid grid;
    grid.crs_wkt = frame.wkt();
    grid.resolution = truth_resolution(settings);
    grid.width = static_cast<std::int64_t>(std::ceil(settings.scene.width_m / grid.resolution));
    grid.height = static_cast<std::int64_t>(std::ceil(settings.scene.height_m / grid.resolution));
    grid.west = settings.scene.center_x - 0.5 * static_cast<double>(grid.width) * grid.resolution;
    grid.north = settings.scene.center_y + 0.5 * static_cast<double>(grid.height) * grid.resolution;
    return grid;
}

/// Views of one date, one a worker.
std::vector<SceneView> views_of(const Scene& scene, int mission, const Workers& workers) {
    std::vector<SceneView> views;
    for (int k = 0; k < workers.count(); ++k) views.emplace_back(scene, mission);
    return views;
}

class Simulation {
public:
    Simulation(const Settings& settings, Progress& progress, int threads)
        : settings_(settings), progress_(progress), workers_(threads), frame_(settings.scene.crs), scene_(settings),
          grid_(truth_grid(settings, frame_)) {}

    void run() {
        plan();
        const fs::path& folder = settings_.output.folder;
        std::error_code error;
        for (const char* part : {"terrain", "truth"}) fs::create_directories(folder / part, error);
        for (const MissionSettings& m : settings_.missions) {
            fs::create_directories(folder / m.name / "frames", error);
            if (settings_.output.truth) fs::create_directories(folder / "truth" / ("occlusion_" + m.name), error);
        }
        if (error) throw RunError(fmt::format("cannot write {}: {}", folder.string(), error.message()));
        write_text(folder / "overflight.toml", run_config(settings_, grid_));
        std::vector<SceneView> before;
        for (std::size_t k = 0; k < settings_.missions.size(); ++k) {
            std::vector<SceneView> views = views_of(scene_, static_cast<int>(k), workers_);
            if (k == 0) write_ground(folder / "terrain" / "dtm.tif", scene_, frame_, area_, workers_, views);
            orientation_files(k, views.front());
            frames(k, views);
            if (settings_.output.truth) truth(k, views, before);
            before = std::move(views);
        }
    }

private:
    /// Flight lines, what the frames see, and the range of heights there.
    void plan() {
        const double half_w = 0.5 * settings_.scene.width_m, half_h = 0.5 * settings_.scene.height_m;
        area_ = grow({-half_w, -half_h, half_w, half_h}, 50);
        scene_.survey(area_);
        const double ground = mean_ground(scene_);
        for (std::size_t k = 0; k < settings_.missions.size(); ++k) {
            flights_.push_back(plan_flight(scene_, frame_, static_cast<int>(k), ground));
            for (const Exposure& e : flights_.back()) {
                area_ = unite(
                    area_, grow(lines_of(e, settings_.missions[k]).footprint(scene_.lowest(), scene_.highest()), 50));
            }
        }
        scene_.survey(area_);
    }

    SightLines lines_of(const Exposure& exposure, const MissionSettings& mission) const {
        const double middle = 0.5 * (scene_.lowest() + scene_.highest());
        return {exposure, mission,
                frame_,   {settings_.scene.center_x, settings_.scene.center_y},
                middle,   std::max(50.0, scene_.highest() - middle + scene_.tallest())};
    }

    void orientation_files(std::size_t k, SceneView& view) {
        const MissionSettings& mission = settings_.missions[k];
        const fs::path folder = settings_.output.folder / mission.name;
        std::vector<CameraSettings> cameras;
        for (const CameraSettings& c : settings_.cameras) {
            if (mission.cameras.empty() ||
                std::find(mission.cameras.begin(), mission.cameras.end(), c.id) != mission.cameras.end())
                cameras.push_back(c);
        }
        write_text(folder / "interior.yaml", interior_yaml(cameras));
        write_text(folder / "exterior.csv", exterior_csv(flights_[k], settings_, &Exposure::as_flown));
        write_text(folder / "exterior_true.csv", exterior_csv(flights_[k], settings_, &Exposure::truth));
        for (const char* name : {"exterior.prj", "exterior_true.prj"}) write_text(folder / name, frame_.wkt() + "\n");
        write_check_points(settings_.output.folder / "truth" / ("check_points_" + mission.name + ".csv"), scene_,
                           frame_, flights_[k], mission, view);
    }

    void frames(std::size_t k, std::vector<SceneView>& views) {
        const MissionSettings& mission = settings_.missions[k];
        double total = 0;
        for (const Exposure& e : flights_[k])
            total += static_cast<double>(e.exact.interior.width * e.exact.interior.height) / 1e6;
        progress_.begin("render " + mission.name, total, "Mpx");
        TiffWriter::Options options;
        options.sample = settings_.output.bits == 8 ? Sample::u8 : Sample::u16;
        options.bands = settings_.output.bands;
        options.compression = settings_.output.compression;
        options.jpeg_quality = settings_.output.jpeg_quality;
        for (const Exposure& e : flights_[k]) {
            const fs::path file = settings_.output.folder / mission.name / "frames" / (e.name + ".tif");
            const SightLines lines = lines_of(e, mission);
            TiffWriter writer(file, e.exact.interior.width, e.exact.interior.height, options, nullptr);
            render_frame(e, mission, lines, settings_.output, scene_, workers_, views,
                         [&](std::int64_t row, int rows, const void* samples) {
                             writer.write(row, rows, samples);
                             progress_.advance(static_cast<double>(rows * e.exact.interior.width) / 1e6);
                         });
            writer.close();
            if (settings_.output.rpc) {
                write_rpc(file.parent_path() / (e.name + "_RPC.TXT"), e, mission, frame_, scene_.lowest() - 20,
                          scene_.highest() + scene_.tallest());
            }
        }
        progress_.end();
    }

    void truth(std::size_t k, std::vector<SceneView>& views, std::vector<SceneView>& before) {
        const MissionSettings& mission = settings_.missions[k];
        const fs::path folder = settings_.output.folder, truth = folder / "truth";
        progress_.begin("truth of " + mission.name, static_cast<double>(flights_[k].size() + 3), "files");
        write_ortho(truth / ("ortho_" + mission.name + ".tif"), truth / ("shadow_" + mission.name + ".tif"), scene_,
                    mission, grid_, workers_, views);
        progress_.advance(1);
        write_surface(folder / "terrain" / ("dsm_" + mission.name + ".tif"), scene_, frame_, area_,
                      settings_.output.surface_m > 0 ? settings_.output.surface_m : 2 * grid_.resolution, workers_,
                      views);
        progress_.advance(1);
        if (k > 0) {
            const std::string pair = settings_.missions[k - 1].name + "_" + mission.name;
            write_change_mask(truth / ("change_" + pair + ".tif"), scene_, grid_, workers_, before, views);
            write_change_objects(truth / ("changes_" + pair + ".geojson"), scene_, frame_, static_cast<int>(k) - 1,
                                 static_cast<int>(k));
        }
        progress_.advance(1);
        for (const Exposure& e : flights_[k]) {
            write_occlusion(truth / ("occlusion_" + mission.name) / (e.name + ".tif"), scene_, frame_, e, mission,
                            lines_of(e, mission).footprint(scene_.lowest(), scene_.highest() + scene_.tallest()), grid_,
                            workers_, views);
            progress_.advance(1);
        }
        progress_.end();
    }

    const Settings& settings_;
    Progress& progress_;
    Workers workers_;
    PoseFrame frame_;
    Scene scene_;
    Grid grid_;
    Bounds area_;
    std::vector<std::vector<Exposure>> flights_;
};

} // namespace

void simulate(const std::filesystem::path& scene_toml, Progress& progress, int threads) {
    const Settings settings = load_scene(scene_toml);
    Simulation(settings, progress, threads).run();
}

} // namespace overflight
