// SPDX-License-Identifier: Apache-2.0
#include "core/config_keys.h"

#include "core/config_values.h"

namespace overflight::config_keys {

template <>
const std::vector<Choice<Codec>>& choices() {
    static const std::vector<Choice<Codec>> all = {
        {Codec::none, "none", "no filter"},
        {Codec::deflate, "deflate", "every reader opens it"},
        {Codec::lz4, "lz4", "faster, larger; readers need hdf5-filter-plugin"},
        {Codec::blosc, "blosc", "zstd in blosc; readers need hdf5-filter-plugin-blosc-serial"},
    };
    return all;
}

template <>
const std::vector<Choice<Resampling>>& choices() {
    static const std::vector<Choice<Resampling>> all = {
        {Resampling::nearest, "nearest", "the nearest pixel, values unchanged"},
        {Resampling::bilinear, "bilinear", "2 x 2 pixels"},
        {Resampling::cubic, "cubic", "Keys' cubic convolution, a = -0.5, 4 x 4 pixels"},
        {Resampling::lanczos, "lanczos", "Lanczos with three lobes, 6 x 6 pixels"},
    };
    return all;
}

template <>
const std::vector<Choice<CameraKind>>& choices() {
    static const std::vector<Choice<CameraKind>> all = {
        {CameraKind::frame, "frame", "a frame camera with interior and exterior orientation"},
        {CameraKind::rpc, "rpc", "rational polynomials in the frame's tags or in a file beside it"},
        {CameraKind::ortho, "ortho", "images that are orthorectified already"},
    };
    return all;
}

template <>
const std::vector<Choice<PoseSpace>>& choices() {
    static const std::vector<Choice<PoseSpace>> all = {
        {PoseSpace::map, "map",
         "poses of an aerial triangulation done in the projected CRS, taken as they are, with no step for earth "
         "curvature"},
        {PoseSpace::cartesian, "cartesian",
         "positions and angles in a true three-dimensional frame, as GNSS/INS and most drone software give them"},
    };
    return all;
}

template <>
const std::vector<Choice<PoseWorld>>& choices() {
    static const std::vector<Choice<PoseWorld>> all = {
        {PoseWorld::enu, "enu", "topocentric east, north, up at reference_lla, as OpenSfM writes it"},
        {PoseWorld::grid, "grid", "pose_crs minus an offset, as ODM leaves it after its export"},
    };
    return all;
}

template <>
const std::vector<Choice<Balance>>& choices() {
    static const std::vector<Choice<Balance>> all = {
        {Balance::none, "none", "values as they are in the frames"},
        {Balance::gain, "gain", "one factor a frame and band, from the overlaps"},
        {Balance::gain_offset, "gain_offset", "a factor and a summand, where the black level differs too"},
    };
    return all;
}

template <>
const std::vector<Choice<Seams>>& choices() {
    static const std::vector<Choice<Seams>> all = {
        {Seams::optimal, "optimal",
         "from the nadir-most frames' borders to where the frames agree, off what stands out"},
        {Seams::nadir, "nadir", "each place from the frame that looks at it most from above"},
    };
    return all;
}

template <>
const std::vector<Choice<OutsideTerrain>>& choices() {
    static const std::vector<Choice<OutsideTerrain>> all = {
        {OutsideTerrain::refuse, "refuse", "stop before any work where the terrain does not cover what is asked"},
        {OutsideTerrain::constant, "constant", "take outside_height_m there and flag it"},
        {OutsideTerrain::gap, "gap", "leave those pixels empty"},
    };
    return all;
}

template std::string explained_choices<PoseSpace>();

const Keys<OutputConfig>& output() {
    using S = OutputConfig;
    static const Keys<S> keys = {
        file_key("folder", &S::folder, "Folder of the products; made where it is missing.",
                 {.example = "\"out\"", .required = true}),
        reference_key("crs", &S::crs,
                      "CRS of the products: \"EPSG:n\", WKT, a PROJ string, or a file that holds one. "
                      "Without it, that of the poses.",
                      {.example = "\"EPSG:32615\"", .content = false}),
        number_key("resolution_m", &S::resolution_m, "Metres a pixel.", above(0), {.example = "0.5", .required = true}),
        bounds_key("bounds", &S::bounds,
                   "[xmin, ymin, xmax, ymax] in the output CRS. Without it, all that the frames see.",
                   {.example = "[500000.0, 5200000.0, 501000.0, 5201000.0]"}),
        word_key("extension", &S::extension,
                 "Ending of the products' names. They are HDF5 either way; GDAL and QGIS see the georeferencing of "
                 "\"nc\" by themselves.",
                 {"nc", "h5"}, {.content = false}),
        choice_key("compression", &S::compression, "Filter of the chunks.", {.content = false}),
        integer_key("level", &S::level,
                    "Effort of the compression: deflate 1 to 12, blosc 0 to 9; the others have none.", at_least(0),
                    {.content = false}),
        flag_key("quicklooks", &S::quicklooks, "Write a PNG beside each product.", {.content = false}),
        flag_key("vectors", &S::vectors,
                 "Write the objects of each change product as GeoPackage and GeoJSON beside it.", {.content = false}),
        flag_key("report", &S::report, "Write report.html beside the products: a page to look at.", {.content = false}),
    };
    return keys;
}

const Keys<TerrainConfig>& terrain() {
    using S = TerrainConfig;
    static const Keys<S> keys = {
        file_key("file", &S::file,
                 "Terrain or surface model: any raster that GDAL reads. Without it, flat ground at offset_m.",
                 {.example = "\"dem.tif\"", .usual = true}),
        reference_key("heights", &S::heights,
                      "What the model's heights are above: \"same_as_poses\", \"ellipsoidal\", or a geoid grid. Needed "
                      "where the files do not settle it.",
                      {.example = "\"same_as_poses\"", .usual = true}, {"same_as_poses", "ellipsoidal"}),
        file_key(
            "surface", &S::surface,
            "Surface model, with buildings and trees; heights above the same as the terrain's. With it mosaics are "
            "true orthos, and shadows are known.",
            {.example = "\"dsm.tif\""}),
        number_key("surface_error_m", &S::surface_error_m,
                   "How far edges of the surface model may be off: pixels within this of an edge that hides or moves "
                   "something are flagged uncertain. 0: half a post.",
                   between(0, 100)),
        number_key("offset_m", &S::offset_m, "Added to every height.", between(-10000, 10000)),
        choice_key("outside", &S::outside,
                   "What to do where the model does not reach. Holes within it are filled in from around and flagged."),
        number_key("outside_height_m", &S::outside_height_m, "The height there, with outside = \"constant\".",
                   between(-500, 9000)),
    };
    return keys;
}

const Keys<MosaicConfig>& mosaic() {
    using S = MosaicConfig;
    static const Keys<S> keys = {
        choice_key("resampling", &S::resampling, "How frames are interpolated."),
        flag_key(
            "widen", &S::widen,
            "Widen the kernel where the output is coarser than the frame, against aliasing: up to 16 times for cubic, "
            "10 for lanczos and 32 for bilinear. Where a frame is sampled unevenly, as under a slant, each part "
            "by what it asks for."),
        flag_key("true_ortho", &S::true_ortho,
                 "With terrain.surface: put pixels on the surface, and take what a frame cannot see from the next that "
                 "does. Else the surface serves shadows only."),
        integer_key("feather_px", &S::feather_px, "Half width of the transition across a seam; 0 leaves hard seams.",
                    between(0, 256)),
        flag_key("analysis_layer", &S::analysis_layer,
                 "Beside the blended image a layer image_hard_seams, in which every pixel is of one frame alone, that "
                 "of source_frame: what changes are found in, as a blended pixel mixes two views."),
        choice_key("seams", &S::seams, "Where a mosaic goes from one frame to the next."),
        choice_key("balance", &S::balance, "Colour balance between frames."),
        flag_key("vignetting", &S::vignetting,
                 "Beside the balance: one fall of light towards the corners for each camera, where the overlaps show "
                 "it."),
        flag_key("view_angle", &S::view_angle,
                 "Beside the balance: one slope of brightness for all frames of a mission, as they look towards the "
                 "sun or away from it, where the gains would else rise or fall over the mission."),
        file_key(
            "adjustment", &S::adjustment,
            "Folder of adjustments stored by an earlier run, <mission>.adjustment.json: their gains and offsets are "
            "taken in place of a balance, so that one frame replaced changes no other's values.",
            {.example = "\"out\"", .content = false}),
    };
    return keys;
}

const Keys<ResolutionConfig>& resolution() {
    using S = ResolutionConfig;
    static const Keys<S> keys = {
        text_key("category", &S::category, "Category of the sensor, for the words of warnings and report.",
                 {.example = "\"optical\""}),
        number_key("limit_m", &S::limit_m,
                   "Finest ground resolution allowed, in metres; 0: none. Frames are held against it by estimate.",
                   at_least(0)),
        number_key("hmin_m", &S::hmin_m,
                   "Certified height above ground at which the sensor reaches limit_m; 0: none. Frames from lower are "
                   "flagged.",
                   at_least(0)),
        flag_key("enforce", &S::enforce,
                 "Refuse an output.resolution_m finer than limit_m, as it stands or on the ground.",
                 {.content = false}),
    };
    return keys;
}

const Keys<RunConfig>& run() {
    using S = RunConfig;
    static const Keys<S> keys = {
        integer_key("threads", &S::threads, "0: as many as machine, cgroup and Slurm allow.", between(0, 1024),
                    {.content = false}),
        integer_key("memory_mb", &S::memory_mb,
                    "Budget in MiB. 0: a quarter of what machine, cgroup and Slurm allow; else at least 128.",
                    at_least(0), {.content = false}),
        number_key(
            "checkpoint_s", &S::checkpoint_s,
            "Seconds between the times that finished work is brought to the disk: no more is lost by a crash of the "
            "machine. A killed process loses only what it was at.",
            between(0.1, 3600), {.content = false}),
        flag_key("allow_remote", &S::allow_remote,
                 "Let frames be URLs, or virtual rasters that point out of the folders named here.",
                 {.content = false}),
    };
    return keys;
}

const Keys<MissionConfig>& mission() {
    using S = MissionConfig;
    static const Keys<S> keys = {
        text_key(
            "name", &S::name,
            "Names the product: letters, digits, '.', '_' and '-'. With a placeholder, as in \"{flight}\", the table "
            "stands for a mission for each file or folder that frames finds in its place.",
            {.example = "\"2015\"", .required = true}),
        list_key("frames", &S::frames, "Files or patterns; * and ? match within a folder.",
                 {.example = "[\"frames/*.tif\"]", .required = true, .content = false}),
        choice_key("camera", &S::camera, "What projects the ground into the frames."),
        file_key("interior", &S::interior,
                 "Interior orientation: orthority's YAML or ODM's cameras.json. With camera = \"rpc\", orthority's "
                 "YAML of RPCs, where the frames bring none.",
                 {.example = "\"interior.yaml\"", .usual = true}),
        file_key(
            "exterior", &S::exterior,
            "Exterior orientation: a table (CSV, or as Metashape, Pix4D, Match-AT and Applanix write it), GeoJSON, "
            "OpenSfM's reconstruction.json or ODM's shots.geojson.",
            {.example = "\"exterior.csv\"", .usual = true}),
        choice_key("pose_space", &S::pose_space,
                   "The space in which the poses hold; needed with camera = \"frame\", never guessed.",
                   {.example = "\"map\"", .usual = true}),
        reference_key("pose_crs", &S::pose_crs, "CRS of the poses, where their file does not say.",
                      {.example = "\"EPSG:32651\""}),
        choice_key("pose_world", &S::pose_world,
                   "The world of an OpenSfM reconstruction.json, which the file itself does not say.",
                   {.example = "\"grid\""}),
        reference_key("pose_heights", &S::pose_heights,
                      "What the poses' heights are above, where it is not said elsewhere: \"ellipsoidal\" or a geoid "
                      "grid.",
                      {.example = "\"ellipsoidal\""}, {"ellipsoidal"}),
        text_key("camera_id", &S::camera_id,
                 "Which camera of the interior file. Without it, the one that the pose file names, or the only one.",
                 {.example = "\"DMC\""}),
        words_key("prefer", &S::prefer,
                  "File names (* and ? match; with folders, where several have one name) of frames that are "
                  "taken wherever they show the ground.",
                  {.example = "[\"*_0253_*.tif\"]"}),
        words_key("avoid", &S::avoid, "File names of frames that are taken only where no other shows the ground.",
                  {.example = "[\"*_0251_*.tif\"]"}),
        file_key("cut_lines", &S::cut_lines,
                 "Polygons (GeoPackage or GeoJSON) whose field \"frame\" names the frame to take within. "
                 "<mission>.seams.gpkg of an earlier run, edited, is such a file.",
                 {.example = "\"2015.cut.gpkg\""}),
        file_key("reference_frame", &S::reference_frame,
                 "The frame that the balance leaves as it is. Without it, gains are 1 on average.",
                 {.example = "\"2015/0182.tif\""}),
        file_key(
            "reference_mosaic", &S::reference_mosaic,
            "A georeferenced image with the bands of the frames, such as an exported mosaic of an earlier mission: "
            "the frames are balanced to its colours.",
            {.example = "\"2010.tif\""}),
        text_key(
            "match_view_of", &S::match_view_of,
            "Another mission: of the frames that see a place, take the one that looks at it most as that mission's "
            "mosaic shows it, so that what leans leans alike in both. Without it, the most vertical.",
            {.example = "\"2015\""}),
        text_key("captured", &S::captured,
                 "Time of the flight, for the sun; without it, that of each frame's EXIF tags.",
                 {.example = "\"2015-06-30T10:15:00Z\""}),
        text_key("utc_offset", &S::utc_offset,
                 "Of EXIF times that do not say it themselves; without it those are not used.",
                 {.example = "\"+02:00\""}),
        number_key("sun_elevation_deg", &S::sun_elevation_deg,
                   "Of the sun above the horizon, in place of a time; 0: not known.", between(0, 90)),
        number_key("sun_azimuth_deg", &S::sun_azimuth_deg, "Of the sun, clockwise from grid north.", between(0, 360)),
    };
    return keys;
}

const Keys<ChangeConfig>& change() {
    using S = ChangeConfig;
    static const Keys<S> keys = {
        text_key("before", &S::before, "Name of the earlier mission.", {.example = "\"2015\"", .required = true}),
        text_key("after", &S::after, "Name of the later mission.", {.example = "\"2016\"", .required = true}),
        flag_key("successive", &S::successive,
                 "In place of before and after: a change for each two missions that follow each other in the config.",
                 {.content = false}),
        number_key("false_discovery", &S::false_discovery,
                   "Share of false ones to expect among the objects that are kept.", inside(0, 1)),
        integer_key("minimum_area_px", &S::minimum_area_px, "Smaller connected changes are dropped from the mask.",
                    between(1, 1'000'000'000)),
        number_key("max_shift_px", &S::max_shift_px, "Largest registration shift looked for between the missions.",
                   between(0, 64)),
        number_key("relief_m", &S::relief_m,
                   "Height of what stands above the terrain (with a true ortho: of what the surface lacks), in metres: "
                   "what leans differently in the two missions by no more than that is no change. Finished orthos do "
                   "not say how they lean. 0: nothing is tolerated.",
                   at_least(0)),
        flag_key("details", &S::details,
                 "Evidence to be used: what differs pixel by pixel, for small things and the outlines of large ones."),
        flag_key("surroundings", &S::surroundings,
                 "The same: what differs in the smoothed bands and the texture around a pixel."),
        flag_key("structure", &S::structure,
                 "The same: what differs around counts less where the structure stayed the same, or there is none."),
        flag_key("shadows", &S::shadows, "The same: what may be a shadow that moved counts less."),
        flag_key("drift", &S::drift,
                 "The same: how much brighter or darker than expected each two frames are around is taken out."),
        flag_key("second_look", &S::second_look,
                 "The same: what differs where the two mosaics' frames look from different sides is looked at again by "
                 "frames that look more alike, and counts no more than it does there."),
        flag_key("evidence", &S::evidence,
                 "Beside the score the layers it is made of, score_fine, score_unexplained, score_coarse, structure, "
                 "score_first_look and shadow_weight, and context: seams, edges, shadows, vegetation, water."),
    };
    return keys;
}

} // namespace overflight::config_keys
