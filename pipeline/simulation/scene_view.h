// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/ground_patch.h"
#include "simulation/raster_files.h"
#include "simulation/scene.h"
#include "simulation/tile_cache.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace overflight::simulation {

/// Texture can be taken at cells of 1, 2, 4 .. 2^(paint_levels - 1) times the scene's detail.
inline constexpr int paint_levels = 7;

/// A line of sight by height: x = x0 + tx d + cx d^2, y likewise, with d = height - reference. Straight in map space,
/// very slightly bent where the true space is Cartesian and the map is not.
struct SightLine {
    double x0 = 0, y0 = 0, tx = 0, ty = 0, cx = 0, cy = 0, reference = 0;
};

/// A place on the surface that someone looks at.
struct SurfacePoint {
    double x = 0, y = 0, h = 0;
    double nx = 0, ny = 0, nz = 1;       ///< normal, unit length
    const SceneObject* object = nullptr; ///< null on the ground; lives until the view is asked for another place
    std::uint64_t key = 0;               ///< of the object; 0 on the ground
    int face = 0;                        ///< which side of the object
};

/// The scene at the date of one mission, for one thread: caches what it makes.
class SceneView {
public:
    /// A line meets the ground just once where its squared tangent times that of the steepest slope is below this.
    static constexpr double single_meeting = 0.81;

    SceneView(const Scene& scene, int mission);
    ~SceneView();
    SceneView(SceneView&&) noexcept;

    /// The ground, bilinear between posts, as the terrain model written beside the frames has it.
    GroundPoint ground(double x, double y);

    /// All posts below an area; false where they are too many to be held side by side.
    bool ground_below(const Bounds& area, GroundPatch& out);

    /// Adds all that stands at least partly within an area.
    void objects_within(const Bounds& area, std::vector<SceneObject>& out);

    /// Ground, or the top of what stands on it.
    double top(double x, double y);

    /// Where a line of sight from above first meets the surface. `guess` is a height near the ground's there, for
    /// speed; it is updated. False where it meets none.
    bool trace(const SightLine& line, double& guess, SurfacePoint& out);

    /// The ground's part of that, whatever stands on it: where the line meets it and how it rises there.
    bool meet_ground(const SightLine& line, double& guess, SurfacePoint& out, double& tx, double& ty);

    /// Whether the sun reaches a place.
    bool sunlit(const SurfacePoint& point);

    /// Light on a surface with that normal, from the sun, where it is lit, and the sky.
    float light(float nx, float ny, float nz, bool lit) const {
        const float cosine = nx * sun_f_[0] + ny * sun_f_[1] + nz * sun_f_[2];
        // Sky light from above, a little from all around.
        return (lit ? 0.85f * cosine : 0.0f) + 0.16f * (0.6f + 0.4f * nz);
    }
    /// Change of x, y with height on the way to the sun, and the direction itself.
    double sun_tx() const { return sun_tx_; }
    double sun_ty() const { return sun_ty_; }
    const std::array<double, 3>& sun() const { return sun_; }

    /// Whether something stands between a place and one who looks along a line with that change of x, y with height.
    bool hidden(const SurfacePoint& point, double tx, double ty);

    /// Reflected light by band (1 = what a white, level, fully lit plane reflects under an overhead sun), texture
    /// taken at cells of 2^level times the scene's detail.
    void radiance(const SurfacePoint& point, bool lit, int level, float* bands);

    /// Its parts. Of the ground at `count` places: lanes() floats each, the bands under full light, then the texture.
    void paint(int level, int count, const double* x, const double* y, float* out);
    /// Of an object under a light, with the texture at its place.
    void object_radiance(const SurfacePoint& point, float light, float texture, float* bands) const;

    /// Names what is at a place, seen from above: equal keys at two dates mean that no known change touches it.
    std::uint64_t content(const SurfacePoint& point);

    /// Objects that belong to a block, at this date, with the height of the ground below them.
    const std::vector<SceneObject>& objects(std::int64_t i, std::int64_t j);

    /// Whether a part of a wall is a window: a look of its own, so that its edges are smoothed.
    static bool is_window(const SurfacePoint& point);

    int bands() const { return bands_; }
    int lanes() const { return lanes_; } ///< more than the bands, a multiple of four

private:
    /// Posts, with one more row and column that belong to the neighbours.
    struct GroundTile {
        static constexpr int bits = 5, cells = 1 << bits, side = cells + 1;
        std::int64_t col = 0, row = 0;
        std::array<float, side * side> height;
    };
    /// Bands and, after them, the texture itself, for what stands there; padded to a multiple of four lanes.
    struct PaintTile {
        static constexpr int bits = 6, cells = 1 << bits, side = cells + 1;
        int level = 0;
        std::int64_t col = 0, row = 0;
        std::vector<float> values;
    };
    struct BinTile {
        static constexpr int bits = 3, bins = 1 << bits;
        static constexpr double bin_m = 16;
        struct Bin {
            std::uint32_t first = 0, end = 0; ///< of items
            double highest = 0;               ///< top of what stands in it
        };
        std::int64_t col = 0, row = 0;
        double highest = 0;                ///< top of what stands in it
        mutable bool surveyed = false;     ///< whether highest_around is known
        mutable double highest_around = 0; ///< the same, of its neighbours too
        std::vector<SceneObject> objects;
        /// What is asked of most objects, side by side: whether a line passes near the axis at all.
        struct Item {
            double x = 0, y = 0, radius2 = 0, top = 0;
            std::size_t object = 0;

            bool near(double px, double py, double tx, double ty, double tangent2) const {
                const double dx = px - x, dy = py - y, aside = dx * ty - dy * tx;
                return tangent2 > 0 ? aside * aside <= radius2 * tangent2 : dx * dx + dy * dy <= radius2;
            }
        };
        std::vector<Item> items;
        std::array<Bin, bins * bins> bin;
    };
    struct LandBlock {
        Block block;
        const Edit* ploughed = nullptr;
        const Edit* water = nullptr;
        std::vector<const Edit*> works;
        std::vector<SceneObject> objects; ///< at this date, once asked for
        bool peopled = false;

        /// Distance from the shore, about, positive over the water.
        double water_edge(double u, double v) const {
            const double shore = water ? std::sqrt(water->shore2) : 1.0;
            return (shore - std::sqrt(block.pond_distance2(u, v))) * std::min(block.pond_ru, block.pond_rv);
        }
    };

    const GroundTile& ground_tile(std::int64_t col, std::int64_t row);
    const PaintTile& paint_tile(int level, std::int64_t col, std::int64_t row);
    const BinTile& bin_tile(std::int64_t col, std::int64_t row);
    LandBlock& land_block(std::int64_t i, std::int64_t j);
    const LandBlock& land_at(double u, double v);
    void make_ground(std::int64_t col, std::int64_t row, GroundTile& tile);
    void make_paint(int level, std::int64_t col, std::int64_t row, PaintTile& tile);
    void make_bins(std::int64_t col, std::int64_t row, BinTile& tile);
    template <class Visit>
    void walk_bins(double x, double y, double tx, double ty, double from, double to, Visit&& visit);
    template <int lanes>
    void paint_lanes(int level, int count, const double* x, const double* y, float* out);
    template <class Visit>
    void visit_land(const Bounds& area, Visit&& visit);
    template <class Visit>
    void visit_objects(const Bounds& area, Visit&& visit);
    double rise_to_search(double x, double y, double h, double tangent2);
    bool blocked(const SurfacePoint& point, double tx, double ty);

    const Scene& scene_;
    int mission_;
    int bands_, lanes_;
    std::array<double, 3> sun_; ///< towards it, unit length
    std::array<float, 3> sun_f_;
    double sun_tx_, sun_ty_; ///< change of x, y with height on the way to it
    double gentle2_;         ///< squared tangent below which objects beyond the neighbouring tiles never matter
    double posts_per_m_;
    std::array<double, paint_levels> cells_per_m_;
    std::vector<Spectrum> spectra_; ///< by material, season applied
    TileCache<GroundTile> ground_;
    std::vector<TileCache<PaintTile>> paint_;
    TileCache<BinTile> bins_;
    TileCache<LandBlock> land_;
    std::unique_ptr<GroundSource> ground_source_;
    std::unique_ptr<PaintSource> paint_source_;
    const GroundTile* last_ground_ = nullptr;
    const BinTile* last_bins_ = nullptr;
    const LandBlock* last_land_ = nullptr;
    std::vector<float> noise_, hue_noise_;
};

} // namespace overflight::simulation
