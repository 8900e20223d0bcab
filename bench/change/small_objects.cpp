// SPDX-License-Identifier: Apache-2.0
// Things of 3 x 3 pixels that one mission has and the other has not: the share that the default settings find, by their
// contrast in standard deviations of the difference of the two images' noise, and by how far apart things 10 m above
// the terrain lie in the two. bench_small_objects [PAIRS]
#include "stages/unchanged_pair.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace {

using namespace overflight;

constexpr int side = 3, spacing = 32;
constexpr double noise = 3;

struct Count {
    int found = 0, known = 0;
};

Count find(unsigned seed, double contrast, float parallax) {
    SceneOptions options;
    options.width = options.height = 256;
    options.seed = seed;
    options.noise = noise;
    ScenePair pair = make_scene(options);
    const auto added = static_cast<float>(contrast * std::sqrt(2.0) * noise);
    const auto each = [&](const auto& act) {
        for (int row = spacing / 2; row + side < options.height; row += spacing)
            for (int col = spacing / 2; col + side < options.width; col += spacing) act(row, col);
    };
    each([&](int row, int col) {
        SceneImage& image = (row + col) / spacing % 2 == 0 ? pair.before : pair.after;
        for (int band = 0; band < image.bands; ++band)
            for (int r = row; r < row + side; ++r)
                for (int c = col; c < col + side; ++c) image.at(band, r, c) += added;
    });
    const Window all{0, 0, options.width, options.height};
    const MissionView before = pair.before.view(), after = pair.after.view();
    const ChangeModel model =
        fit_change_model(gather_change_sample(all, before, after, {}, change_lattice_step(all.pixels())));
    PairViews views;
    views.parallax.blocks = {-ParallaxField::block, -ParallaxField::block, ParallaxField::block, 18, 18};
    views.parallax.dx.assign(static_cast<std::size_t>(views.parallax.blocks.count()), parallax * 0.8F);
    views.parallax.dy.assign(views.parallax.dx.size(), parallax * 0.6F);
    std::vector<std::uint8_t> scores(static_cast<std::size_t>(all.pixels()));
    ChangeScorer().score(all, before, after, {}, views, model, scores);
    const std::vector<std::uint8_t> mask = SceneObjects(scores, before, after, {}, model).mask;
    Count count;
    each([&](int row, int col) {
        int flagged = 0;
        for (int r = row; r < row + side; ++r)
            for (int c = col; c < col + side; ++c)
                flagged += mask[static_cast<std::size_t>(r * all.width + c)] == 1 ? 1 : 0;
        ++count.known;
        count.found += 2 * flagged >= side * side ? 1 : 0;
    });
    return count;
}

} // namespace

int main(int argc, char** argv) {
    const int pairs = argc > 1 ? std::stoi(argv[1]) : 4;
    fmt::print("found of things of {0} x {0} pixels, by contrast and by parallax in pixels\n", side);
    fmt::print("contrast{:>8}{:>8}{:>8}{:>8}{:>8}\n", 0, 1, 2, 4, 8);
    for (const double contrast : {3, 5, 8, 12}) {
        fmt::print("{:8}", contrast);
        for (const float parallax : {0.0F, 1.0F, 2.0F, 4.0F, 8.0F}) {
            Count all;
            for (int seed = 1; seed <= pairs; ++seed) {
                const Count count = find(static_cast<unsigned>(seed), contrast, parallax);
                all.found += count.found;
                all.known += count.known;
            }
            fmt::print("{:8.2f}", static_cast<double>(all.found) / all.known);
        }
        fmt::print("\n");
    }
}
