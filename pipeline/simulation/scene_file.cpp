// SPDX-License-Identifier: Apache-2.0
#include "simulation/scene_file.h"

#include "core/config_source.h"
#include "core/config_values.h"
#include "simulation/simulate.h"

#include <algorithm>
#include <set>

namespace overflight::config_keys {

using namespace overflight::simulation;

template <>
const std::vector<Choice<Relief>>& choices() {
    static const std::vector<Choice<Relief>> all = {{Relief::flat, "flat", "level_m everywhere"},
                                                    {Relief::fractal, "fractal", "hills made of octaves of noise"},
                                                    {Relief::file, "file", "a terrain model of your own"}};
    return all;
}

template <>
const std::vector<Choice<Model>>& choices() {
    static const std::vector<Choice<Model>> all = {
        {Model::pinhole, "pinhole", "no distortion"},
        {Model::brown, "brown", "k1 k2 p1 p2 k3"},
        {Model::opencv, "opencv", "k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 tx ty"},
        {Model::fisheye, "fisheye", "k1 k2 k3 k4, equidistant"}};
    return all;
}

template <>
const std::vector<Choice<View>>& choices() {
    static const std::vector<Choice<View>> all = {{View::vertical, "vertical", "straight down"},
                                                  {View::left, "left", "tilted to the left of the flight"},
                                                  {View::right, "right", "tilted to the right"},
                                                  {View::forward, "forward", "tilted ahead"},
                                                  {View::backward, "backward", "tilted back"}};
    return all;
}

template <>
const std::vector<Choice<Compression>>& choices() {
    static const std::vector<Choice<Compression>> all = {
        {Compression::none, "none", "plain tiles"},
        {Compression::deflate, "deflate", "lossless"},
        {Compression::jpeg, "jpeg", "JPEG in TIFF; 8 bits, 1 or 3 bands"}};
    return all;
}

template <>
const std::vector<Choice<ChangeKind>>& choices() {
    static const std::vector<Choice<ChangeKind>> all = {
        {ChangeKind::building_new, "building_new", "a building where none was"},
        {ChangeKind::building_gone, "building_gone", "a building is pulled down"},
        {ChangeKind::vehicles_moved, "vehicles_moved", "a vehicle stands elsewhere"},
        {ChangeKind::ground_works, "ground_works", "bare ground, dug up"},
        {ChangeKind::field_ploughed, "field_ploughed", "a whole field is turned over"},
        {ChangeKind::water_level, "water_level", "the shore of a pond moves"}};
    return all;
}

} // namespace overflight::config_keys

namespace overflight::simulation {

namespace {

using namespace config_keys;

template <class S>
Key<S> ids_key(const char* name, std::vector<std::string> S::*member, const char* help) {
    auto key = make_key<S>(
        name, ValueKind::list, member, help, {},
        [](const toml::node& node, std::vector<std::string>& out, const auto&) { return read_list(node, out); });
    key.value = [](const S&) -> nlohmann::json { return nullptr; };
    return key;
}

const Keys<OutputSettings>& output_keys() {
    using S = OutputSettings;
    static const Keys<S> keys = {
        file_key<S>("folder", &S::folder, "Where everything is written; relative to the scene file.",
                    {.example = "\"out/scene\"", .required = true}),
        number_key<S>("resolution_m", &S::resolution_m,
                      "Pixel of the truth rasters and of the run config; 0: the ground sampling distance of the first "
                      "camera, rounded to 0.05 m.",
                      at_least(0)),
        number_key<S>("surface_m", &S::surface_m, "Cell of the surface models; 0: twice the resolution.", at_least(0)),
        integer_key<S>("bands", &S::bands,
                       "1 panchromatic; else the first of red, green, blue, near infrared, red edge, two of short-wave "
                       "infrared, coastal blue.",
                       between(1, 8)),
        integer_key<S>("bits", &S::bits, "Of a sample: 8 or 16.", between(8, 16)),
        choice_key<S>("compression", &S::compression, "Of the frames."),
        integer_key<S>("jpeg_quality", &S::jpeg_quality, "With compression = \"jpeg\".", between(1, 100)),
        flag_key<S>("rpc", &S::rpc, "Write rational polynomial coefficients beside each frame."),
        flag_key<S>("truth", &S::truth, "Write true orthos, masks and surface models."),
        integer_key<S>("check_points", &S::check_points,
                       "Number of places whose ground and frame coordinates are listed.", between(0, 100000)),
    };
    return keys;
}

const Keys<SceneSettings>& scene_keys() {
    using S = SceneSettings;
    static const Keys<S> keys = {
        integer_key<S>("seed", &S::seed, "Another seed, another scene.", at_least(0)),
        reference_key<S>("crs", &S::crs, "A projected CRS in metres.", {}),
        number_key<S>("center_x", &S::center_x, "Middle of the scene in that CRS.", Range{}),
        number_key<S>("center_y", &S::center_y, "Middle of the scene in that CRS.", Range{}),
        number_key<S>("width_m", &S::width_m, "What the flight lines cover, from west to east.", inside(0, 1e6)),
        number_key<S>("height_m", &S::height_m, "What the flight lines cover, from south to north.", inside(0, 1e6)),
        number_key<S>("detail_m", &S::detail_m,
                      "Cell of the painted ground; 0: 0.75 of the finest ground sampling distance.", at_least(0)),
        number_key<S>("marks_m", &S::marks_m, "Diameter of the signals painted at the check points; 0: none.",
                      at_least(0)),
    };
    return keys;
}

const Keys<TerrainSettings>& terrain_keys() {
    using S = TerrainSettings;
    static const Keys<S> keys = {
        choice_key<S>("relief", &S::relief, "Shape of the ground."),
        file_key<S>("file", &S::file, "With relief = \"file\": any GDAL raster.", {.example = "\"dem.tif\""}),
        number_key<S>("level_m", &S::level_m, "Mean height; with a file: the height of its holes.",
                      between(-400, 8000)),
        number_key<S>("relief_m", &S::relief_m, "Lowest to highest, about, of fractal relief.", at_least(0)),
        number_key<S>("wavelength_m", &S::wavelength_m, "Of its largest hills.", above(0)),
        number_key<S>("roughness", &S::roughness, "Height of an octave over that of one twice as long.", between(0, 1)),
        number_key<S>("post_m", &S::post_m, "Distance of the posts; the ground is bilinear between them.", above(0)),
    };
    return keys;
}

const Keys<LandSettings>& land_keys() {
    using S = LandSettings;
    static const Keys<S> keys = {
        file_key<S>("orthophoto", &S::orthophoto,
                    "Draped over the ground instead of painted land; objects stand on it as the shares below say.",
                    {.example = "\"ortho.tif\""}),
        number_key<S>("block_m", &S::block_m, "Distance of the roads, about.", between(60, 1000)),
        number_key<S>("heading_deg", &S::heading_deg, "Of the roads.", between(-180, 180)),
        number_key<S>("town", &S::town,
                      "Share of the blocks with houses, gardens and trees; what no share takes is fields.",
                      between(0, 1)),
        number_key<S>("forest", &S::forest, "Share of woods.", between(0, 1)),
        number_key<S>("water", &S::water, "Share of blocks with a pond.", between(0, 1)),
        number_key<S>("parking", &S::parking, "Share of car parks.", between(0, 1)),
        number_key<S>("meadow", &S::meadow, "Share of meadows.", between(0, 1)),
        number_key<S>("tallest_m", &S::tallest_m, "Eaves of the tallest buildings.", between(4, 150)),
        flag_key<S>("objects", &S::objects, "Buildings, trees and vehicles; without them, painted ground."),
    };
    return keys;
}

const Keys<CameraSettings>& camera_keys() {
    using S = CameraSettings;
    const auto coefficient = [](const char* name, double S::*member, const char* help) {
        return number_key<S>(name, member, help, between(-10, 10));
    };
    static const Keys<S> keys = {
        text_key<S>("id", &S::id, "Name of the camera.", {.example = "\"vertical\"", .required = true}),
        choice_key<S>("model", &S::model, "As in the interior orientation's YAML."),
        choice_key<S>("view", &S::view, "How it hangs in the aircraft."),
        number_key<S>("tilt_deg", &S::tilt_deg, "From the vertical, for views that are not.", between(0, 75)),
        integer_key<S>("width", &S::width, "Pixels across the flight.", between(16, 100000)),
        integer_key<S>("height", &S::height, "Pixels along the flight.", between(16, 100000)),
        number_key<S>("focal_mm", &S::focal_mm, "Focal length.", above(0)),
        number_key<S>("pixel_um", &S::pixel_um, "Side of a pixel on the sensor.", above(0)),
        coefficient("cx", &S::cx, "Principal point from the middle, over the longer side."),
        coefficient("cy", &S::cy, "Principal point from the middle, over the longer side."),
        coefficient("k1", &S::k1, "Radial distortion."),
        coefficient("k2", &S::k2, "Radial distortion."),
        coefficient("k3", &S::k3, "Radial distortion."),
        coefficient("k4", &S::k4, "Radial distortion (fisheye; opencv: denominator)."),
        coefficient("k5", &S::k5, "Radial distortion (opencv: denominator)."),
        coefficient("k6", &S::k6, "Radial distortion (opencv: denominator)."),
        coefficient("p1", &S::p1, "Tangential distortion."),
        coefficient("p2", &S::p2, "Tangential distortion."),
        coefficient("s1", &S::s1, "Thin prism (opencv)."),
        coefficient("s2", &S::s2, "Thin prism (opencv)."),
        coefficient("s3", &S::s3, "Thin prism (opencv)."),
        coefficient("s4", &S::s4, "Thin prism (opencv)."),
        coefficient("tx", &S::tx, "Tilt of the sensor, radians (opencv)."),
        coefficient("ty", &S::ty, "Tilt of the sensor, radians (opencv)."),
    };
    return keys;
}

const Keys<MissionSettings>& mission_keys() {
    using S = MissionSettings;
    static const Keys<S> keys = {
        text_key<S>("name", &S::name, "Of the mission, its folder and its frames.",
                    {.example = "\"2024\"", .required = true}),
        ids_key<S>("cameras", &S::cameras, "Ids of the cameras it carries; default: all."),
        choice_key<S>("pose_space", &S::pose_space, "The space in which central projection holds."),
        integer_key<S>("seed", &S::seed, "Another seed, other jitter, errors and noise.", at_least(0)),
        number_key<S>("flying_height_m", &S::flying_height_m, "Above the mean ground.", above(0)),
        number_key<S>("heading_deg", &S::heading_deg,
                      "Of the first strip, clockwise from grid north; the next comes back.", between(-360, 360)),
        number_key<S>("overlap", &S::overlap, "Of successive frames.", Range{.min = 0, .max = 0.95}),
        number_key<S>("sidelap", &S::sidelap, "Of neighbouring strips.", Range{.min = 0, .max = 0.95}),
        number_key<S>("shift", &S::shift, "Moves the strips sideways, in strip distances.", between(-1, 1)),
        number_key<S>("crab_deg", &S::crab_deg, "Between the aircraft's axis and its track.", between(-45, 45)),
        number_key<S>("attitude_jitter_deg", &S::attitude_jitter_deg,
                      "Standard deviation of roll, pitch and yaw from frame to frame.", between(0, 10)),
        number_key<S>("position_jitter_m", &S::position_jitter_m,
                      "Standard deviation of the place from the planned one.", at_least(0)),
        number_key<S>("position_error_m", &S::position_error_m,
                      "Standard deviation of the navigation's error in exterior.csv, each axis.", at_least(0)),
        number_key<S>("attitude_error_deg", &S::attitude_error_deg,
                      "Standard deviation of its error in angle, each axis.", between(0, 10)),
        number_key<S>("error_east_m", &S::error_east_m,
                      "Of all its positions alike: the mission is off the others by so much.", Range{}),
        number_key<S>("error_north_m", &S::error_north_m, "Likewise, to the north.", Range{}),
        number_key<S>("sun_azimuth_deg", &S::sun_azimuth_deg, "Clockwise from grid north.", between(0, 360)),
        number_key<S>("sun_elevation_deg", &S::sun_elevation_deg, "Above the horizon.", between(5, 90)),
        number_key<S>("season", &S::season, "Colour of the plants: 0 summer to 1 autumn.", between(0, 1)),
        number_key<S>("exposure", &S::exposure, "1: a reflectance of 0.45 in full sun is white.", above(0)),
        number_key<S>("offset", &S::offset, "Black level, in digital numbers of 8 bits.", between(-50, 50)),
        number_key<S>("gain_spread", &S::gain_spread, "Standard deviation of the exposure from frame to frame.",
                      between(0, 0.3)),
        number_key<S>("offset_spread", &S::offset_spread,
                      "Standard deviation of the black level, in digital numbers of 8 bits.", between(0, 50)),
        number_key<S>("vignetting", &S::vignetting, "Share of the light that is lost in the corners.", between(0, 0.9)),
        number_key<S>("haze", &S::haze, "Share of the light that is lost on the way straight up.", between(0, 0.9)),
        number_key<S>("noise", &S::noise, "Standard deviation, in digital numbers of 8 bits.", between(0, 50)),
    };
    return keys;
}

const Keys<ChangeSettings>& change_keys() {
    using S = ChangeSettings;
    static const Keys<S> keys = {
        choice_key<S>("kind", &S::kind, "What changes."),
        integer_key<S>("count", &S::count, "How many of them.", between(1, 100000)),
        number_key<S>("smallest_m", &S::smallest_m,
                      "Sizes are spread evenly in their logarithm (not of vehicles and fields).", between(0.5, 80)),
        number_key<S>("largest_m", &S::largest_m, "Longest side of the largest.", between(0.5, 80)),
        text_key<S>("mission", &S::mission, "From which on it is so; default: the second.", {.example = "\"2025\""}),
    };
    return keys;
}

const std::vector<std::string> tables = {"output", "scene", "terrain", "land"};
const std::vector<std::string> lists = {"camera", "mission", "change"};

class Reader {
public:
    Reader(const std::filesystem::path& file)
        : source_(file, {}), folder_(std::filesystem::absolute(file).parent_path()), problems_(source_.problems()) {
        std::vector<std::string> sections = tables;
        sections.insert(sections.end(), lists.begin(), lists.end());
        for (const auto& [name, node] : source_.root()) {
            const std::string section(name.str());
            if (std::find(sections.begin(), sections.end(), section) != sections.end()) continue;
            problems_.push_back(
                source_.problem(section, name.source(), "unknown section" + did_you_mean(section, sections)));
        }
    }

    template <class Section>
    void read_table(const std::string& name, const Keys<Section>& keys, Section& section) {
        static const toml::table empty;
        const toml::node* node = source_.root().get(name);
        if (node && !node->is_table()) return fault(name, fmt::format("expects one table, [{}]", name));
        read_keys(name, node ? *node->as_table() : empty, keys, section);
    }

    template <class Section, class Each>
    void read_tables(const std::string& name, const Keys<Section>& keys, std::vector<Section>& sections, Each each) {
        const toml::node* node = source_.root().get(name);
        if (!node) return;
        if (!node->is_array_of_tables()) return fault(name, fmt::format("expects a table for each, [[{}]]", name));
        for (const toml::node& item : *node->as_array()) {
            const std::string key = fmt::format("{}.{}", name, sections.size());
            Section& section = sections.emplace_back();
            read_keys(key, *item.as_table(), keys, section);
            each(section, source_.problem(key, item.source(), {}));
        }
    }

    void fault(const std::string& key, std::string message) {
        problems_.push_back(source_.problem(key, std::move(message)));
    }

    void finish() {
        std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
            return std::tie(a.line, a.column) < std::tie(b.line, b.column);
        });
        if (!problems_.empty()) throw InputError(problems_);
    }

private:
    template <class Section>
    void read_keys(const std::string& path, const toml::table& table, const Keys<Section>& keys, Section& section) {
        std::vector<std::string> names;
        for (const auto& key : keys) names.push_back(key.name);
        for (const auto& [name, node] : table) {
            const std::string key(name.str());
            if (std::find(names.begin(), names.end(), key) != names.end()) continue;
            problems_.push_back(
                source_.problem(path + "." + key, name.source(), "unknown key" + did_you_mean(key, names)));
        }
        for (const auto& key : keys) {
            const std::string full = path + "." + key.name;
            const toml::node* node = table.get(key.name);
            if (!node && key.required) {
                fault(full, fmt::format("missing; give it, for example {} = {}", key.name, key.example));
            }
            if (!node) continue;
            if (std::string wrong = key.read(section, *node, folder_); !wrong.empty()) {
                problems_.push_back(source_.problem(full, node->source(), std::move(wrong)));
            }
        }
    }

    ConfigSource source_;
    std::filesystem::path folder_;
    std::vector<Problem> problems_;
};

void check_together(const Settings& s, Reader& reader) {
    if (s.output.bits != 8 && s.output.bits != 16)
        reader.fault("output.bits", fmt::format("found {}, allowed are 8 and 16", s.output.bits));
    if (s.output.compression == Compression::jpeg &&
        (s.output.bits != 8 || (s.output.bands != 1 && s.output.bands != 3))) {
        reader.fault("output.compression",
                     "JPEG holds 8 bits and 1 or 3 bands; take deflate, or bits = 8 and bands = 3");
    }
    if (s.terrain.relief == Relief::file && s.terrain.file.empty()) {
        reader.fault("terrain.file", "missing; relief = \"file\" needs a terrain model");
    }
    if (s.land.town + s.land.forest + s.land.water + s.land.parking + s.land.meadow > 1 + 1e-9) {
        reader.fault("land", "the shares of town, forest, water, parking and meadow sum to more than 1");
    }
    if (s.cameras.empty()) reader.fault("camera", "missing; give at least one [[camera]]");
    if (s.missions.empty()) reader.fault("mission", "missing; give at least one [[mission]]");
    std::vector<std::string> ids, names;
    for (std::size_t k = 0; k < s.cameras.size(); ++k) {
        const std::string& id = s.cameras[k].id;
        if (std::find(ids.begin(), ids.end(), id) != ids.end())
            reader.fault(fmt::format("camera.{}.id", k), fmt::format("found \"{}\" twice", id));
        ids.push_back(id);
    }
    for (std::size_t k = 0; k < s.missions.size(); ++k) {
        const MissionSettings& m = s.missions[k];
        if (std::find(names.begin(), names.end(), m.name) != names.end())
            reader.fault(fmt::format("mission.{}.name", k), fmt::format("found \"{}\" twice", m.name));
        if (m.name.find_first_of("/\\\" ") != std::string::npos) {
            reader.fault(fmt::format("mission.{}.name", k),
                         fmt::format("found \"{}\"; it names a folder: no blanks, quotes and slashes", m.name));
        }
        names.push_back(m.name);
        for (const std::string& id : m.cameras) {
            if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
            reader.fault(fmt::format("mission.{}.cameras", k),
                         fmt::format("found \"{}\", which is no id of a [[camera]]{}", id, did_you_mean(id, ids)));
        }
    }
    for (std::size_t k = 0; k < s.changes.size(); ++k) {
        const ChangeSettings& c = s.changes[k];
        if (c.smallest_m > c.largest_m) reader.fault(fmt::format("change.{}.largest_m", k), "is less than smallest_m");
        if (names.size() < 2) reader.fault(fmt::format("change.{}", k), "needs a second mission");
        if (!c.mission.empty() && std::find(names.begin(), names.end(), c.mission) == names.end()) {
            reader.fault(fmt::format("change.{}.mission", k), fmt::format("found \"{}\", which is no mission's name{}",
                                                                          c.mission, did_you_mean(c.mission, names)));
        }
    }
}

template <class Section>
void describe(std::string& text, const std::string& head, const Keys<Section>& keys, const Section& defaults) {
    text += "\n" + head + "\n";
    for (const auto& key : keys) {
        std::string help = "# " + key.help;
        for (std::size_t at = help.find('\n'); at != std::string::npos; at = help.find('\n', at + 1))
            help.insert(at + 1, "#");
        const nlohmann::json value = key.value(defaults);
        text += help + "\n";
        text += value.is_null() ? fmt::format("# {} = {}\n", key.name, key.example.empty() ? "[]" : key.example)
                                : fmt::format("{} = {}\n", key.name, value.dump());
    }
}

} // namespace

const char* name_of(Model model) {
    for (const auto& choice : choices<Model>()) {
        if (choice.value == model) return choice.name.c_str();
    }
    return "";
}

const char* name_of(ChangeKind kind) {
    for (const auto& choice : choices<ChangeKind>()) {
        if (choice.value == kind) return choice.name.c_str();
    }
    return "";
}

Settings load_scene(const std::filesystem::path& file) {
    Reader reader(file);
    Settings settings;
    settings.file = std::filesystem::absolute(file).lexically_normal();
    reader.read_table("output", output_keys(), settings.output);
    reader.read_table("scene", scene_keys(), settings.scene);
    reader.read_table("terrain", terrain_keys(), settings.terrain);
    reader.read_table("land", land_keys(), settings.land);
    reader.read_tables("camera", camera_keys(), settings.cameras, [](CameraSettings&, const Problem&) {});
    reader.read_tables("mission", mission_keys(), settings.missions,
                       [](MissionSettings& m, const Problem& where) { m.where = where; });
    reader.read_tables("change", change_keys(), settings.changes,
                       [](ChangeSettings& c, const Problem& where) { c.where = where; });
    check_together(settings, reader);
    reader.finish();
    return settings;
}

} // namespace overflight::simulation

std::string overflight::scene_reference() {
    using namespace simulation;
    std::string text =
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# Every key of a scene file for `overflight simulate`, with its default. Relative paths start at the file.\n";
    describe(text, "[output]", output_keys(), OutputSettings{});
    describe(text, "[scene]", scene_keys(), SceneSettings{});
    describe(text, "[terrain]", terrain_keys(), TerrainSettings{});
    describe(text, "[land]", land_keys(), LandSettings{});
    describe(text, "[[camera]] # one for each camera", camera_keys(), CameraSettings{});
    describe(text, "[[mission]] # one for each date, in order", mission_keys(), MissionSettings{});
    describe(text, "[[change]] # one for each kind of known change", change_keys(), ChangeSettings{});
    return text;
}
