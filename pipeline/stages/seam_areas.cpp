// SPDX-License-Identifier: Apache-2.0
#include "stages/seam_areas.h"

#include "stages/frame_names.h"
#include "stages/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace overflight {
namespace {

/// Runs of one frame whose cells touch by side or corner.
struct Area {
    std::uint32_t frame = 0;
    std::vector<PixelRun> runs;
};

std::vector<Area> connected_areas(const SeamMap& map) {
    struct LabelledRun {
        PixelRun run;
        std::uint32_t frame = 0;
    };
    std::vector<LabelledRun> runs;
    std::vector<std::size_t> parent;
    const auto root = [&](std::size_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    };
    std::size_t above = 0, above_end = 0;
    for (std::int64_t row = 0; row < map.rows(); ++row) {
        const std::size_t first = runs.size();
        std::uint32_t col = 0;
        for (const SeamMap::Run& run : map.row(row)) {
            if (run.frame != SeamMap::nobody) {
                runs.push_back({{static_cast<std::int32_t>(row), static_cast<std::int32_t>(col),
                                 static_cast<std::int32_t>(run.end)},
                                run.frame});
                parent.push_back(parent.size());
            }
            col = run.end;
        }
        std::size_t from = above;
        for (std::size_t i = first; i < runs.size(); ++i) {
            while (from < above_end && runs[from].run.end < runs[i].run.col) ++from;
            for (std::size_t j = from; j < above_end && runs[j].run.col <= runs[i].run.end; ++j) {
                if (runs[j].frame != runs[i].frame) continue;
                const std::size_t a = root(i), b = root(j);
                parent[std::max(a, b)] = std::min(a, b);
            }
        }
        above = first, above_end = runs.size();
    }
    std::vector<std::size_t> number(runs.size());
    std::vector<Area> areas; // by their first run
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::size_t first = root(i);
        if (first == i) {
            number[i] = areas.size();
            areas.push_back({runs[i].frame, {}});
        }
        areas[number[first]].runs.push_back(runs[i].run);
    }
    std::stable_sort(areas.begin(), areas.end(), [](const Area& a, const Area& b) { return a.frame < b.frame; });
    return areas;
}

std::string polygon(const std::vector<Ring>& rings, const Grid& grid, int cell) {
    std::string text = "POLYGON (";
    for (const Ring& ring : rings) {
        text += &ring == rings.data() ? "(" : ", (";
        for (std::size_t i = 0; i <= ring.size(); ++i) {
            const GridPoint& point = ring[i % ring.size()];
            const double col = std::min(point.col * cell, static_cast<double>(grid.width));
            const double row = std::min(point.row * cell, static_cast<double>(grid.height));
            text += fmt::format("{}{:.3f} {:.3f}", i == 0 ? "" : ", ", grid.west + col * grid.resolution,
                                grid.north - row * grid.resolution);
        }
        text += ")";
    }
    return text + ")";
}

} // namespace

std::vector<TableColumn> seams_table(const PlannedMission& mission, const SeamMap& map, double metres_a_pixel) {
    using Type = TableColumn::Type;
    TableColumn number{Type::integer, "frame_number", "1", "row of the table frames"};
    TableColumn frame{Type::text, "frame", "", "file name of the frame that the area is from"};
    TableColumn area{Type::real, "area", "m2", "area"};
    TableColumn outline{Type::text, "outline", "", "outline, WKT in the product's CRS"};
    const std::vector<std::string> names = frame_names(mission);
    for (const Area& each : connected_areas(map)) {
        std::int64_t pixels = 0; // cells go beyond the mosaic's right and lower border
        const std::int64_t cell = map.cell();
        for (const PixelRun& run : each.runs)
            pixels += (std::min(run.end * cell, mission.grid.width) - run.col * cell) *
                      (std::min((run.row + 1) * cell, mission.grid.height) - run.row * cell);
        number.integer.push_back(each.frame);
        frame.text.push_back(names[each.frame]);
        area.real.push_back(static_cast<double>(pixels) * metres_a_pixel * metres_a_pixel);
        outline.text.push_back(polygon(trace_outline(each.runs), mission.grid, map.cell()));
    }
    return {number, frame, area, outline};
}

} // namespace overflight
