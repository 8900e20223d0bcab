// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "handover/export.h"

#include <fmt/core.h>

#include <memory>

namespace overflight::app {

Command export_command() {
    return {
        "export", "Write a product in another program's format", "overflight export out/ngi/2015.nc --to cog",
        [](CLI::App& parser) {
            const auto request = std::make_shared<ExportRequest>();
            parser.add_option("PRODUCT", request->product, "A product; for stac also a folder of products")->required();
            parser
                .add_option("--to", request->format,
                            "cog: cloud-optimised GeoTIFF of a layer; png: a layer in colours, with a world file; "
                            "gpkg, geojson, kml: footprints of frames, outlines of changes; stac: a static "
                            "catalogue")
                ->check(CLI::IsMember(export_formats()))
                ->required();
            parser.add_option("--layer", request->layer,
                              "Layer or table; by default image, mask or the first; all tables for gpkg");
            parser.add_option("--output", request->output, "File to write (stac: folder); by default beside it");
            parser.add_option("--datetime", request->datetime,
                              "When the frames were taken, RFC 3339, for stac; by default when the product was made");
            return [request] {
                for (const auto& path : export_product(*request)) fmt::print("{}\n", path.string());
                return done;
            };
        }};
}

} // namespace overflight::app
