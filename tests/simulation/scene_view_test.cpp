// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "simulation/hash.h"
#include "simulation/object_shapes.h"
#include "simulation/scene_file.h"
#include "simulation/scene_view.h"
#include "simulation/small_scene.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>

namespace overflight::simulation {
namespace {

std::unique_ptr<Scene> scene_of(const SmallScene& small) {
    const TemporaryFolder folder;
    auto scene = std::make_unique<Scene>(load_scene(small.write(folder / "scene.toml", folder / "out")));
    scene->survey({-300, -300, 300, 300});
    return scene;
}

/// Heights of ground and objects straight from the list of objects: no bins, no caches in between.
class PlainSurface {
public:
    explicit PlainSurface(SceneView& view) : view_(view) {
        for (std::int64_t j = -5; j <= 5; ++j) {
            for (std::int64_t i = -5; i <= 5; ++i) {
                for (const SceneObject& o : view.objects(i, j)) objects_.push_back(o);
            }
        }
    }
    double top(double x, double y) const {
        double height = view_.get().ground(x, y).height, over = 0;
        for (const SceneObject& o : objects_) {
            if (std::hypot(o.x - x, o.y - y) < o.radius() && height_over(o, x, y, over))
                height = std::max(height, over);
        }
        return height;
    }
    /// The first height from above at which a line is at or below the surface, in small steps.
    double march(const SightLine& line, double from, double step) const {
        for (double h = from;; h -= step) {
            const double d = h - line.reference;
            if (h <= top(line.x0 + d * line.tx, line.y0 + d * line.ty)) return h;
        }
    }
    /// The same with fewer objects: those within 90 m of a place.
    PlainSurface near(double x, double y) const {
        PlainSurface part = *this;
        std::erase_if(part.objects_, [&](const SceneObject& o) { return std::hypot(o.x - x, o.y - y) > 90; });
        return part;
    }
    const std::vector<SceneObject>& objects() const { return objects_; }

private:
    std::reference_wrapper<SceneView> view_;
    std::vector<SceneObject> objects_;
};

TEST(SceneView, trace_finds_what_small_steps_find) {
    for (const char* relief : {"relief_m = 20", "relief_m = 160\nwavelength_m = 300"}) {
        SmallScene small;
        small.terrain = relief;
        const auto scene = scene_of(small);
        SceneView view(*scene, 0);
        const PlainSurface plain(view);
        Random random(5);
        int on_objects = 0, clipped = 0;
        for (int k = 0; k < 150; ++k) {
            SightLine line;
            line.x0 = random.uniform(-120, 120), line.y0 = random.uniform(-100, 100);
            line.tx = random.uniform(-0.9, 0.9), line.ty = random.uniform(-0.9, 0.9);
            line.reference = view.ground(line.x0, line.y0).height;
            double guess = line.reference;
            SurfacePoint point;
            ASSERT_TRUE(view.trace(line, guess, point));
            const double expected = plain.near(line.x0, line.y0).march(line, line.reference + 60, 0.02);
            EXPECT_GT(point.h, expected - 0.03) << "line " << k;
            clipped += point.h > expected + 0.03; // an edge thinner than the steps
            EXPECT_NEAR(plain.top(point.x, point.y), point.h, std::abs(point.nz) > 0.2 ? 0.05 : 40);
            on_objects += point.object != nullptr;
        }
        EXPECT_GT(on_objects, 15);
        EXPECT_LE(clipped, 2);
    }
}

TEST(SceneView, shadows_fall_away_from_the_sun_where_small_steps_say) {
    SmallScene small;
    small.first = "flying_height_m = 500\nsun_azimuth_deg = 130\nsun_elevation_deg = 20";
    const auto scene = scene_of(small);
    SceneView view(*scene, 0);
    const PlainSurface plain(view);
    const double east = std::sin(130 * degree), north = std::cos(130 * degree), rise = std::tan(20 * degree);
    PlainSurface around = plain;
    const auto steps_say = [&](double x, double y, double h) {
        for (double way = 0.05; way < 88; way += 0.05) {
            if (around.top(x + east * way, y + north * way) > h + rise * way) return false;
        }
        return true;
    };
    int shaded = 0;
    Random random(9);
    for (int k = 0; k < 400; ++k) {
        const double x = random.uniform(-130, 130), y = random.uniform(-110, 110);
        SightLine down;
        down.x0 = x, down.y0 = y, down.reference = 200;
        double guess = 200;
        SurfacePoint point;
        ASSERT_TRUE(view.trace(down, guess, point));
        around = plain.near(x, y);
        if (point.object) continue; // roofs and crowns shade themselves by their own slope
        const bool lit = view.sunlit(point);
        // Right at an edge, steps of 5 cm cannot tell.
        const bool near_edge = steps_say(x + 0.1, y, point.h) != steps_say(x - 0.1, y, point.h) ||
                               steps_say(x, y + 0.1, point.h) != steps_say(x, y - 0.1, point.h);
        if (!near_edge) {
            EXPECT_EQ(lit, steps_say(x, y, point.h)) << x << " " << y;
        }
        shaded += !lit;
    }
    EXPECT_GT(shaded, 20);

    // Behind each building, seen from the sun, it is dark.
    int buildings = 0;
    for (const SceneObject& o : plain.objects()) {
        const double off = o.radius() + 0.3;
        if (o.kind != ObjectKind::building || off * rise > 0.8 * o.height || std::hypot(o.x, o.y) > 250) continue;
        SurfacePoint point;
        point.x = o.x - east * off, point.y = o.y - north * off;
        point.h = view.ground(point.x, point.y).height;
        EXPECT_FALSE(view.sunlit(point));
        ++buildings;
    }
    EXPECT_GT(buildings, 3);
}

TEST(SceneView, does_not_depend_on_what_was_asked_before) {
    const auto scene = scene_of({});
    SceneView near(*scene, 0), far(*scene, 0);
    float a[max_bands], b[max_bands];
    for (int k = 0; k < 3000; ++k) far.top(1e5 + 37.0 * k, -2e5 + 11.0 * k); // fills and evicts the caches
    for (int k = 0; k < 200; ++k) {
        SightLine line;
        line.x0 = -100 + k, line.y0 = 50 - 0.7 * k, line.reference = 200;
        SurfacePoint p, q;
        double guess_p = 200, guess_q = 200;
        near.trace(line, guess_p, p);
        far.trace(line, guess_q, q);
        near.radiance(p, near.sunlit(p), 0, a);
        far.radiance(q, far.sunlit(q), 0, b);
        ASSERT_EQ(p.h, q.h);
        ASSERT_EQ(a[0], b[0]);
    }
}

TEST(FractalNoise, windows_agree_and_the_spectrum_falls_as_one_over_f) {
    const FractalNoise noise(3, 1, 7, 1.0);
    std::vector<float> large, part;
    noise.evaluate(-300, -200, 512, 512, 0, large);
    noise.evaluate(-77, 13, 65, 40, 0, part);
    for (int r = 0; r < 40; ++r) {
        for (int c = 0; c < 65; ++c) {
            ASSERT_EQ(part[static_cast<std::size_t>(r * 65 + c)],
                      large[static_cast<std::size_t>((r + 213) * 512 + c + 223)]);
        }
    }
    // Mean squared difference over d cells grows slowly: for 1/f amplitude about as log d, not as d^2.
    const auto difference = [&](int d) {
        double sum = 0;
        for (int r = 0; r < 512; ++r) {
            for (int c = 0; c + d < 512; ++c) {
                const double e = static_cast<double>(large[static_cast<std::size_t>(r * 512 + c)] -
                                                     large[static_cast<std::size_t>(r * 512 + c + d)]);
                sum += e * e;
            }
        }
        return sum / (512.0 * (512 - d));
    };
    EXPECT_LT(difference(32) / difference(8), 2.2);
    EXPECT_GT(difference(32) / difference(8), 1.2);
    EXPECT_NEAR(difference(200) / 2, 1, 0.5); // the variance
}

} // namespace
} // namespace overflight::simulation
