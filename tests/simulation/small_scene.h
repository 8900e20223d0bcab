// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace overflight {

/// Parts of a scene file small enough to be rendered in a test.
struct SmallScene {
    std::string output = "truth = false\nrpc = false\ncheck_points = 30";
    std::string scene = "seed = 6\nwidth_m = 300\nheight_m = 240\ncenter_x = 512000.25\ncenter_y = 5424000.5";
    std::string terrain = "relief = \"fractal\"\nrelief_m = 30\nwavelength_m = 500";
    std::string land = "block_m = 85";
    std::string cameras =
        "[[camera]]\nid = \"v\"\nmodel = \"brown\"\nwidth = 400\nheight = 320\nfocal_mm = 10\npixel_um = 10\n"
        "k1 = -0.05\np1 = 0.0005\ncx = 0.002\n";
    std::string first = "flying_height_m = 500\nsun_elevation_deg = 40";
    std::string second; ///< none: one mission
    std::string changes;

    std::string text(const std::filesystem::path& folder) const {
        std::string all = fmt::format("[output]\nfolder = \"{}\"\n{}\n[scene]\n{}\n[terrain]\n{}\n[land]\n{}\n{}\n"
                                      "[[mission]]\nname = \"one\"\n{}\n",
                                      folder.string(), output, scene, terrain, land, cameras, first);
        if (!second.empty()) all += fmt::format("[[mission]]\nname = \"two\"\n{}\n", second);
        return all + changes;
    }

    /// Writes the scene file; what it describes goes to `folder`.
    std::filesystem::path write(const std::filesystem::path& file, const std::filesystem::path& folder) const {
        std::ofstream(file) << text(folder);
        return file;
    }
};

} // namespace overflight
