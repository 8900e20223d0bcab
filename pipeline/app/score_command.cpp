// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "core/errors.h"
#include "io/product.h"
#include "simulation/score.h"

#include <fmt/core.h>

#include <memory>

namespace overflight::app {
namespace {

struct ScoreArguments {
    std::string product, truth, objects;
};

void print(const ChangeScore& score) {
    const auto percent = [](std::int64_t part, std::int64_t whole) { return 100 * ChangeScore::share(part, whole); };
    fmt::print("per pixel   precision {:.3f}  recall {:.3f}  F1 {:.3f}\n", score.precision(), score.recall(),
               score.f1());
    fmt::print("            flagged {:.2f} %, changed {:.2f} % of {} pixels\n", percent(score.flagged, score.scored),
               percent(score.known, score.scored), score.scored);
    fmt::print("outside     flagged {:.3f} % of the pixels more than {:g} m from every known change\n",
               percent(score.flagged_outside, score.outside), outside_margin_m);
    fmt::print("patches     {} of {} flagged patches meet a known change\n", score.right_patches, score.patches);
    fmt::print("            of those at least {} pixels across {} of {}\n", wide_patch_px, score.right_wide_patches,
               score.wide_patches);
    if (score.objects.empty()) return;
    const ChangeScore::Objects all = score.all_objects();
    fmt::print("objects     found {} of {} (half of the area flagged)\n", all.found, all.known);
    for (const auto& kind : score.objects)
        fmt::print("            {:<15} {} of {}\n", kind.kind, kind.found, kind.known);
}

} // namespace

Command score_command() {
    return {"score", "Compare a change product with what is known to have changed",
            "overflight score out/demo/products/before__after.nc out/demo/truth/change_before_after.tif",
            [](CLI::App& parser) {
                const auto arguments = std::make_shared<ScoreArguments>();
                parser.add_option("PRODUCT", arguments->product, "Change product")->required();
                parser.add_option("TRUTH", arguments->truth, "Raster of the product's resolution, not 0 where changed");
                parser.add_option("--objects", arguments->objects,
                                  "Known changes: polygons (GeoJSON, ...), or CSV xmin,ymin,xmax,ymax");
                return [arguments] {
                    const ProductReader product(arguments->product);
                    if (!product.find("mask")) {
                        throw InputError(Problem{.file = arguments->product,
                                                 .message = "holds no layer \"mask\"; give a change product"});
                    }
                    const ScoredMask mask{product.grid(), [&](const Window& window, std::span<std::uint8_t> out) {
                                              product.read_window("mask", 0, window, std::as_writable_bytes(out));
                                          }};
                    print(score_change(mask, arguments->truth, arguments->objects));
                    return done;
                };
            }};
}

} // namespace overflight::app
