// SPDX-License-Identifier: Apache-2.0
#include "flow/timeline_product.h"

#include "core/change_series.h"
#include "core/version.h"
#include "flow/object_table.h"
#include "flow/product_state.h"
#include "flow/stage_timer.h"
#include "flow/tile_key.h"
#include "io/product.h"
#include "io/product_cache.h"
#include "io/sidecar.h"
#include "stages/timeline.h"
#include "stages/united.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <deque>

namespace overflight {
namespace {

constexpr std::int64_t cache_bytes = std::int64_t{64} << 20; ///< of decoded masks

std::vector<LayerSpec> timeline_layers(const std::vector<std::string>& intervals) {
    LayerSpec last;
    last.name = "last_change";
    last.type = LayerType::u8;
    last.long_name = "interval between flights in which the place changed last";
    last.fill = Timeline::not_observed;
    last.flag_values = {{0, "unchanged"}};
    for (std::size_t i = 0; i < intervals.size(); ++i)
        last.flag_values.emplace_back(static_cast<std::int64_t>(i + 1), intervals[i]);
    last.flag_values.emplace_back(Timeline::not_observed, "not_observed");
    LayerSpec changes;
    changes.name = "changes";
    changes.type = LayerType::u8;
    changes.long_name = "number of intervals in which the place changed";
    changes.units = "1";
    changes.fill = Timeline::not_observed;
    return {last, changes};
}

/// The mask of one interval on the grid of the series.
class IntervalMask {
public:
    IntervalMask(const std::filesystem::path& path, const Grid& series, ChunkedLayer::Cache& cache, int number)
        : reader_(path), own_(reader_.grid()), col_offset_(std::llround((series.west - own_.west) / own_.resolution)),
          row_offset_(std::llround((own_.north - series.north) / own_.resolution)),
          mask_(cache, number, *reader_.find("mask"), own_,
                [this](int band, std::int64_t row, std::int64_t col, std::span<std::byte> samples) {
                    reader_.read_chunk("mask", band, row, col, samples);
                }) {}

    const ProductReader& product() const { return reader_; }

    /// A window of the series' grid; 255 beyond the interval's own.
    void read(const Window& window, std::vector<std::uint8_t>& out) const {
        out.assign(static_cast<std::size_t>(window.pixels()), 255);
        const std::int64_t col = window.col + col_offset_, row = window.row + row_offset_;
        const std::int64_t left = std::max<std::int64_t>(0, col), top = std::max<std::int64_t>(0, row),
                           right = std::min(own_.width, col + window.width),
                           bottom = std::min(own_.height, row + window.height);
        if (left >= right || top >= bottom) return;
        mask_.read(0, {left, top, static_cast<int>(right - left), static_cast<int>(bottom - top)},
                   reinterpret_cast<std::byte*>(out.data() + (top - row) * window.width + (left - col)),
                   static_cast<std::size_t>(window.width));
    }

private:
    ProductReader reader_;
    Grid own_;
    std::int64_t col_offset_, row_offset_;
    ChunkedLayer mask_;
};

/// What holds all grids, which lie on one lattice.
Grid united(const Plan& plan, const std::vector<std::size_t>& series) {
    Grid grid = plan.changes[series.front()].grid;
    Bounds all = grid.bounds();
    for (const std::size_t change : series) all = united(all, plan.changes[change].grid.bounds());
    grid.west = all.xmin;
    grid.north = all.ymax;
    grid.width = std::llround((all.xmax - all.xmin) / grid.resolution);
    grid.height = std::llround((all.ymax - all.ymin) / grid.resolution);
    return grid;
}

class TimelineRun {
public:
    TimelineRun(const Step& step, const std::vector<std::size_t>& series)
        : step_(step), config_(step.plan.config), grid_(united(step.plan, series)), tiling_(grid_),
          name_(timeline_name(step.plan.changes[series.front()].config, step.plan.changes[series.back()].config)),
          work_(config_, name_), cache_(cache_bytes) {
        for (const std::size_t change : series) {
            const ChangeConfig& pair = step.plan.changes[change].config;
            intervals_.push_back(change_name(pair));
            paths_.push_back(product_path(config_, intervals_.back()));
            masks_.emplace_back(paths_.back(), grid_, cache_, static_cast<int>(masks_.size()));
        }
    }

    void make() {
        step_.publications.settle(); // the changes' sidecars are part of the provenance
        const std::string key = hex_of(KeyHash().add(provenance()).finish());
        const SideFiles beside = side_files(ProductKind::timeline, work_.product(), config_.output);
        if (!step_.force && keep_product(work_, key, beside, step_.report)) return;
        const double megapixels = static_cast<double>(grid_.width) * static_cast<double>(grid_.height) / 1e6;
        StageTimer timer("timeline " + name_, megapixels, step_.report);
        ProductWriter writer(work_.product(), grid_, timeline_layers(intervals_), config_.output.compression,
                             config_.output.level, "Changes between missions, one after another");
        write_layers(writer);
        writer.write_table("objects", objects());
        writer.write_provenance(provenance());
        std::filesystem::create_directories(work_.path());
        FinishedFile file = writer.finish();
        timer.stop();
        step_.publications.begin({work_, std::move(file), paths_, {}, beside.vectors, key, ProductKind::timeline});
    }

private:
    Timeline timeline_over(const Window& window) const {
        Timeline timeline(static_cast<std::size_t>(window.pixels()));
        std::vector<std::uint8_t> mask;
        for (std::size_t i = 0; i < masks_.size(); ++i) {
            masks_[i].read(window, mask);
            timeline.add(mask, static_cast<int>(i + 1));
        }
        return timeline;
    }

    void write_layers(ProductWriter& writer) const {
        const RasterShape chunk = chunk_shape(timeline_layers(intervals_).front(), grid_);
        std::vector<std::vector<EncodedChunk>> slots(static_cast<std::size_t>(slots_for(step_.execution)));
        const auto chunk_of = [&](std::int64_t tile) {
            const Window part = tiling_.window(tile);
            return Window{part.col, part.row, static_cast<int>(chunk.width), static_cast<int>(chunk.height)};
        };
        for_each_in_order(
            tiling_.count(), static_cast<int>(slots.size()), step_.execution,
            [&](std::int64_t tile, int slot) {
                auto& chunks = slots[static_cast<std::size_t>(slot)];
                chunks.clear();
                const Timeline timeline = timeline_over(chunk_of(tile));
                if (std::count(timeline.last.begin(), timeline.last.end(), Timeline::not_observed) ==
                    static_cast<std::ptrdiff_t>(timeline.last.size()))
                    return;
                for (const auto* samples : {&timeline.last, &timeline.changes})
                    chunks.push_back(encode_chunk(std::as_bytes(std::span(*samples)), 1, config_.output.compression,
                                                  config_.output.level));
            },
            [&](std::int64_t tile, int slot) {
                const auto& chunks = slots[static_cast<std::size_t>(slot)];
                if (chunks.empty()) return;
                writer.write_chunk("last_change", 0, tile / tiling_.cols(), tile % tiling_.cols(), chunks[0]);
                writer.write_chunk("changes", 0, tile / tiling_.cols(), tile % tiling_.cols(), chunks[1]);
            });
    }

    /// The objects of all intervals, with what became of their ground.
    std::vector<TableColumn> objects() const {
        std::vector<TableColumn> all = {
            {TableColumn::Type::integer, "interval", "1", "in which it is an object, counted from 1"},
            {TableColumn::Type::integer, "last_change", "1", "interval in which any of its pixels changed last"},
            {TableColumn::Type::integer, "changes", "1", "intervals in which one of its pixels changed, at most"}};
        for (std::size_t i = 0; i < masks_.size(); ++i) {
            const std::vector<TableColumn> table = masks_[i].product().table("objects");
            const auto column = [&](const std::string& name) -> const TableColumn& {
                return *std::find_if(table.begin(), table.end(), [&](const TableColumn& c) { return c.name == name; });
            };
            const std::size_t count = column("pixels").integer.size();
            for (std::size_t k = 0; k < count; ++k) {
                const Window box = box_of(column("xmin").real[k], column("ymin").real[k], column("xmax").real[k],
                                          column("ymax").real[k]);
                std::vector<std::uint8_t> mask;
                masks_[i].read(box, mask);
                const auto history = object_history(mask, timeline_over(box), box.width, column("pixels").integer[k]);
                all[0].integer.push_back(static_cast<std::int64_t>(i + 1));
                all[1].integer.push_back(history ? history->last : static_cast<std::int64_t>(i + 1));
                all[2].integer.push_back(history ? history->changes : 1);
            }
            std::size_t at = 3;
            for (const TableColumn& from : table) {
                if (from.name.starts_with("before_"))
                    break; // means of bands, whose number may differ between intervals
                if (i == 0) all.push_back({from.type, from.name, from.units, from.description});
                TableColumn& to = all[at++];
                to.text.insert(to.text.end(), from.text.begin(), from.text.end());
                to.real.insert(to.real.end(), from.real.begin(), from.real.end());
                to.integer.insert(to.integer.end(), from.integer.begin(), from.integer.end());
            }
        }
        return all;
    }

    Window box_of(double xmin, double ymin, double xmax, double ymax) const {
        const auto cells = [&](double distance) { return std::llround(distance / grid_.resolution); };
        return {cells(xmin - grid_.west), cells(grid_.north - ymax), static_cast<int>(cells(xmax - xmin)),
                static_cast<int>(cells(ymax - ymin))};
    }

    std::string provenance() const {
        nlohmann::json inputs = nlohmann::json::array();
        for (std::size_t i = 0; i < paths_.size(); ++i)
            inputs.push_back({{"kind", "interval"},
                              {"name", paths_[i].filename().string()},
                              {"sha256", read_sidecar(paths_[i]).file_sha256}});
        return nlohmann::json{{"program", "overflight"}, {"version", version}, {"inputs", inputs}}.dump();
    }

    const Step& step_;
    const Config& config_;
    Grid grid_;
    Tiling tiling_;
    std::string name_;
    WorkFolder work_;
    ChunkedLayer::Cache cache_;
    std::vector<std::string> intervals_;
    std::vector<std::filesystem::path> paths_;
    std::deque<IntervalMask> masks_; ///< do not move
};

} // namespace

void make_timelines(const Step& step) {
    step.publications.settle(); // changes are opened
    for (const auto& series : find_series(step.plan.config.changes)) TimelineRun(step, series).make();
}

} // namespace overflight
