// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/obstacle_cells.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace overflight::simulation {

/// Renders blocks of one frame, row by row: all of a row is brought to the ground, then past the objects, then to the
/// sun, then painted; a pixel whose neighbours show something else is taken four times finer. For one thread.
class BlockRenderer {
public:
    static constexpr int block_width = 128;

    BlockRenderer(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                  const OutputSettings& output, const Scene& scene, SceneView& view);

    /// At most block_width columns. `out`: samples of output.bits, pixel-interleaved, rows `row_stride` samples apart.
    template <class Sample>
    void render(const Window& block, Sample* out, std::ptrdiff_t row_stride);

private:
    /// What tells two pixels apart whose border must be smoothed.
    using Look = std::uint64_t;

    /// Places of a frame side by side: lines of sight go in, what they see comes out.
    struct Sights {
        explicit Sights(int lanes);
        SightLines::Row lines;
        std::vector<int> cell;      ///< of cells_
        std::vector<double> ground; ///< height of the ground there: a guess, then the truth
        std::vector<Look> looks;
        std::vector<float> light; ///< at the camera, lanes_ values each, the bands first
    };

    void see(Sights& sights, std::size_t count);
    template <bool straight>
    void meet_ground(Sights& sights, std::size_t count);
    void meet_objects(const Sights& sights, std::size_t count);
    void look_for_sun(const Sights& sights, std::size_t count);
    bool in_shadow(ObstacleCells::List list, int cell, const SurfacePoint& point);
    void see_alone(Sights& sights, std::size_t k);
    /// `col`, `row`: pixel of the frame that stands first.
    void smooth_edges(const Sights& above, Sights& here, const Sights& below, int col, int row, std::size_t count);
    template <class Sample>
    void expose(const Sights& sights, int col, int row, std::size_t count, Sample* out) const;

    const Exposure& exposure_;
    const MissionSettings& mission_;
    const SightLines& lines_;
    const OutputSettings& output_;
    const Scene& scene_;
    SceneView& view_;
    int bands_, lanes_;
    int level_ = 0;           ///< of the texture
    bool by_cells_ = false;   ///< whether cells_ hold what is in the way
    bool simple_sun_ = false; ///< whether only objects can shade the ground
    ObstacleCells cells_;
    ObstacleCells::Obstacle last_blocker_; ///< what shaded the place before: most often it shades the next one too
    std::array<Sights, 3> rows_;
    Sights fine_;
    // Of the sights being seen.
    std::vector<double> x_, y_, tx_, ty_;
    std::vector<float> nx_, ny_, nz_, lit_, shade_; ///< lit_: 1 in the sun, 0 in shadow
    std::vector<int> hit_;                          ///< index of hits_, -1 on the ground
    std::vector<SurfacePoint> hits_;                ///< on objects
    std::vector<std::size_t> strays_;               ///< what left the cells' ground
    std::vector<std::size_t> edges_;                ///< what must be taken finely
};

} // namespace overflight::simulation
