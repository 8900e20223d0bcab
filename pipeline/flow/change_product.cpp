// SPDX-License-Identifier: Apache-2.0
#include "flow/change_product.h"

#include "core/byte_stream.h"
#include "core/errors.h"
#include "core/version.h"
#include "flow/change_facts.h"
#include "flow/change_keys.h"
#include "flow/change_layers.h"
#include "flow/change_model_file.h"
#include "flow/custody.h"
#include "flow/mosaic_view.h"
#include "flow/object_table.h"
#include "flow/pair_views.h"
#include "flow/product_state.h"
#include "flow/second_look.h"
#include "flow/stage_timer.h"
#include "flow/tile_key.h"
#include "flow/tile_sources.h"
#include "flow/tile_target.h"
#include "io/product.h"
#include "io/sidecar.h"
#include "stages/alike_views.h"
#include "stages/bands.h"
#include "stages/change.h"
#include "stages/change_decision.h"
#include "stages/change_evidence.h"
#include "stages/change_mask.h"
#include "stages/change_objects.h"
#include "stages/change_preview.h"
#include "stages/change_registration.h"
#include "stages/change_score.h"
#include "stages/change_statistics.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

namespace overflight {
namespace {

struct Slot {
    MosaicView::Pixels before, after;
    WindowShift shift;
    ChangeSample sample;
    ChangeScorer scorer;
    ScoreEvidence evidence;
    std::vector<std::uint8_t> score, mask, chunk, flags_before, flags_after, context;
    ScoreStatistics statistics;
    std::vector<ObjectPart> parts;
    EncodedChunk encoded;
    TileRecord record;
    std::vector<EncodedChunk> chunks;
    std::string reason;
    bool observed = false, reused = false;
};

bool any_of(const std::vector<std::uint8_t>& samples) {
    return std::any_of(samples.begin(), samples.end(), [](std::uint8_t v) { return v != 0; });
}

/// Rows of a tile from the first with a candidate to the last; of height 0 where there is none.
Window rows_with_candidates(const Window& tile, std::span<const std::uint8_t> mask) {
    const auto first = std::find(mask.begin(), mask.end(), std::uint8_t{1});
    if (first == mask.end()) return {tile.col, tile.row, tile.width, 0};
    const auto last = std::find(mask.rbegin(), mask.rend(), std::uint8_t{1}).base() - 1;
    const auto top = (first - mask.begin()) / tile.width, bottom = (last - mask.begin()) / tile.width;
    return {tile.col, tile.row + top, tile.width, static_cast<int>(bottom - top) + 1};
}

/// One pair's work, pass by pass; see stages/change.h for what each pass needs.
class ChangeRun {
public:
    ChangeRun(const Step& step, std::size_t number, MosaicChunks& chunks)
        : ChangeRun(step, number, chunks, step.publications.hold_names()) {}

    /// Registration and statistics: the stored ones where they are of the same mosaics and settings.
    void find_model() {
        const ShortDigest key = keys_.model();
        std::optional<PairModel> stored;
        if (!step_.force) stored = read_model(work_.model(), key);
        if (stored) return take_model(std::move(*stored));
        pass("register", megapixels(), [&] { register_missions(); });
        pass("statistics", megapixels(), [&] { gather_statistics(); });
        std::filesystem::create_directories(work_.path());
        const PairModel made{field_, model_};
        write_model(work_.model(), made, key);
        take_model(made);
    }

    void need_model() {
        std::optional<PairModel> stored = read_model(work_.model(), keys_.model());
        if (!stored)
            throw RunError(
                fmt::format("change {}: there is no registration of these mosaics with these settings in {}; "
                            "run overflight merge with this config first",
                            name_, work_.model().string()));
        take_model(std::move(*stored));
    }

    void score(const Shard& shard) {
        const TileSources sources = step_.force ? TileSources() : TileSources(work_, shard, execution_);
        const auto [first, end] = shard.range(static_cast<std::size_t>(model_.usable ? tiling_.count() : 0));
        ShardWriter writer(work_.shard(shard, process_name()), plan_.config.run.checkpoint_s);
        ShardTarget target(writer);
        RunReport::Tiles counts{path_.filename().string(), "score", 0, 0, {}};
        const double share = static_cast<double>(end - first) / static_cast<double>(tiling_.count());
        const std::string what = fmt::format("score {} {}/{}", name_, shard.number, shard.count);
        StageTimer timer(what, share * megapixels(), report_);
        progress_.begin(what, share * megapixels(), "Mpx");
        score_tiles(
            first, end, sources, target,
            [&](std::int64_t tile, const TileKey& key) { return sources.has(tile, key, {}); }, counts);
        progress_.end();
        finish_shard(work_, shard, writer, target, step_.force);
        timer.stop();
        report_.tiles.push_back(counts);
    }

    void make(Gathering gathering) {
        step_.publications.settle(); // the mosaics' sidecars are needed from here on
        const bool merging = gathering == Gathering::merge;
        put_aside(work_);
        const TileSources sources = step_.force && !merging ? TileSources() : TileSources(work_, merging, execution_);
        RunReport::Tiles counts{path_.filename().string(), "score", 0, 0, {}};
        const std::string key = keys_.product(hash_of(before_path_), hash_of(after_path_));
        for (const std::string& warning : registration_warnings(field_, change_.config.max_shift_px))
            report_.warnings.push_back(name_ + ": " + warning);
        for (const std::string& warning : model_.warnings) report_.warnings.push_back(name_ + ": " + warning);
        if (!step_.force && keep_product(work_, key, wanted(), report_)) {
            counts.reused = tiling_.count();
            report_.tiles.push_back(counts);
            return clean_up(work_);
        }
        if (merging)
            refuse_missing(sources);
        else
            for (const std::string& broken : sources.broken())
                report_.warnings.push_back(fmt::format("change {}: {}; its tiles are made anew", name_, broken));

        writer_.emplace(path_, change_.grid, change_layers(change_.config.evidence), plan_.config.output.compression,
                        plan_.config.output.level,
                        "Change from mission " + change_.config.before + " to mission " + change_.config.after);
        ProductTarget target(*writer_, work_, plan_.config.run.checkpoint_s);
        if (model_.usable) {
            pass("score", megapixels(), [&] {
                score_tiles(
                    0, static_cast<std::size_t>(tiling_.count()), sources, target,
                    [](std::int64_t, const TileKey&) { return false; }, counts);
            });
            thresholds_ = candidate_thresholds(statistics_);
            null_ = fit_score_null(statistics_);
            pass("decide", megapixels(), [&] { find_objects(); });
            pass("mask", megapixels(), [&] { write_mask(); });
        } else {
            report_.gaps.push_back(
                {path_.filename().string(), "score and mask", "the two missions show too little ground in common"});
        }
        write_shifts();
        writer_->write_table("objects", object_table(objects_, change_.grid, plan_.config.output.resolution_m,
                                                     before_.bands(), after_.bands(), change_.config.evidence));
        writer_->write_provenance(provenance());
        target.settle();
        FinishedFile file = writer_->finish();
        report_.tiles.push_back(counts);
        FinishedProduct product{work_, std::move(file), {before_path_, after_path_}, {}, {}, model_.usable ? key : ""};
        if (plan_.config.output.quicklooks) product.quicklook = preview_.picture();
        if (plan_.config.output.vectors) product.vectors = object_exports(path_);
        step_.publications.begin(std::move(product));
    }

    std::string outlook() {
        std::optional<PairModel> stored = read_model(work_.model(), keys_.model());
        if (!stored) return "registration, statistics and scores to make";
        take_model(std::move(*stored));
        const TileSources sources(work_, false, execution_);
        std::int64_t make = 0;
        for (std::int64_t tile = 0; tile < tiling_.count(); ++tile)
            make += model_.usable && !sources.finished(tile, keys_.score(tile), {});
        return make == 0 ? fmt::format("{} tiles of scores are there", tiling_.count())
                         : fmt::format("{} of {} tiles of scores to make", make, tiling_.count());
    }

private:
    ChangeRun(const Step& step, std::size_t number, MosaicChunks& chunks, const HeldNames& names)
        : step_(step), plan_(step.plan), number_(number), change_(step.plan.changes[number]), chunks_(chunks),
          execution_(step.execution), progress_(step.progress), report_(step.report),
          name_(change_.config.before + "__" + change_.config.after), work_(plan_.config, name_),
          path_(work_.product()), tiling_(change_.grid),
          before_path_(product_path(plan_.config, change_.config.before)),
          after_path_(product_path(plan_.config, change_.config.after)), bands_(paired_bands(plan_, change_)),
          before_(files_of(change_.config.before, names).product, change_.grid, chunks, change_.before, bands_.before),
          after_(files_of(change_.config.after, names).product, change_.grid, chunks, change_.after, bands_.after),
          keys_(plan_, change_, files_of(change_.config.before, names), files_of(change_.config.after, names)),
          slots_(static_cast<std::size_t>(slots_for(execution_))), preview_(change_.grid) {
        const ChangeConfig& config = change_.config;
        for (Slot& slot : slots_)
            slot.scorer = ChangeScorer({config.details, config.surroundings, config.structure, config.shadows});
    }

    ProductFiles files_of(const std::string& mission, const HeldNames& names) const {
        ProductFiles files = names.files_of(WorkFolder(plan_.config, mission));
        if (!std::filesystem::exists(files.product))
            throw RunError(fmt::format("change {}: there is no mosaic {}; run overflight merge with this config first",
                                       name_, files.product.string()));
        return files;
    }

    void take_model(PairModel stored) {
        keys_.set_model(stored);
        field_ = std::move(stored.field);
        model_ = std::move(stored.model);
    }

    std::vector<std::string> wanted() const {
        std::vector<std::string> endings;
        if (plan_.config.output.quicklooks) endings.emplace_back(".png");
        if (plan_.config.output.vectors) endings.insert(endings.end(), {".gpkg", ".geojson"});
        return endings;
    }

    void refuse_missing(const TileSources& sources) const {
        std::int64_t missing = 0;
        for (std::int64_t tile = 0; tile < tiling_.count() && model_.usable; ++tile)
            missing += !sources.has(tile, keys_.score(tile), {});
        if (missing == 0) return;
        std::string text = fmt::format("change {}: {} tiles are in no shard", name_, missing);
        for (const std::string& broken : sources.broken()) text += "; " + broken;
        if (!sources.shards().empty())
            text += fmt::format("; whole are the shards {}", fmt::join(sources.shards(), ", "));
        throw RunError(text + "; run overflight detect with the --shard that is missing");
    }

    double megapixels() const {
        return static_cast<double>(change_.grid.width) * static_cast<double>(change_.grid.height) / 1e6;
    }

    template <typename Work>
    void pass(const std::string& what, double pixels, const Work& work) {
        StageTimer timer(what + " " + name_, pixels, report_);
        progress_.begin(what + " " + name_, pixels, "Mpx");
        work();
        progress_.end();
        timer.stop();
    }

    /// Tiles [first, end).
    template <typename Work, typename Write>
    void for_each_tile(std::int64_t first, std::int64_t end, const Work& work, const Write& write) {
        for_each_in_order(
            end - first, static_cast<int>(slots_.size()), execution_,
            [&](std::int64_t index, int slot) { work(first + index, slots_[static_cast<std::size_t>(slot)]); },
            [&](std::int64_t index, int slot) {
                write(first + index, slots_[static_cast<std::size_t>(slot)]);
                progress_.advance(static_cast<double>(tiling_.window(first + index).pixels()) / 1e6);
            });
    }

    void read(const Window& window_before, const Window& window_after, Slot& slot) const {
        before_.read(window_before, slot.before);
        after_.read(window_after, slot.after);
        slot.observed = any_of(slot.before.valid) && any_of(slot.after.valid);
    }

    void register_missions() {
        const std::vector<Window> windows = registration_windows(change_.grid.width, change_.grid.height);
        const int margin = registration_margin(change_.config.max_shift_px);
        std::vector<WindowShift> shifts;
        for_each_in_order(
            static_cast<std::int64_t>(windows.size()), static_cast<int>(slots_.size()), execution_,
            [&](std::int64_t index, int number) {
                Slot& slot = slots_[static_cast<std::size_t>(number)];
                const Window& window = windows[static_cast<std::size_t>(index)];
                before_.read(grown(window, margin, change_.grid), slot.before);
                after_.read(grown(window, margin, change_.grid), slot.after);
                slot.shift = measure_shift(slot.before.view, slot.after.view, window, change_.config.max_shift_px);
            },
            [&](std::int64_t, int number) {
                shifts.push_back(slots_[static_cast<std::size_t>(number)].shift);
                progress_.advance(megapixels() / static_cast<double>(windows.size()));
            });
        field_ = fit_shift_field(shifts, change_.grid.width, change_.grid.height, change_.config.max_shift_px);
    }

    /// From the last tile to the first: what registration has read last is still in the cache.
    void gather_statistics() {
        std::vector<std::int64_t> tiles = change_sample_tiles(tiling_);
        std::reverse(tiles.begin(), tiles.end());
        std::int64_t pixels = 0;
        for (const std::int64_t tile : tiles) pixels += tiling_.window(tile).pixels();
        const int step = change_lattice_step(pixels);
        ChangeSample sample;
        for_each_in_order(
            static_cast<std::int64_t>(tiles.size()), static_cast<int>(slots_.size()), execution_,
            [&](std::int64_t index, int number) {
                Slot& slot = slots_[static_cast<std::size_t>(number)];
                const Window tile = tiling_.window(tiles[static_cast<std::size_t>(index)]);
                read(tile, tile, slot);
                slot.sample = slot.observed
                                  ? gather_change_sample(tile, slot.before.view, slot.after.view, field_, step)
                                  : ChangeSample{};
            },
            [&](std::int64_t, int number) {
                sample.append(slots_[static_cast<std::size_t>(number)].sample);
                progress_.advance(megapixels() / static_cast<double>(tiles.size()));
            });
        model_ = fit_change_model(sample, bands_.common);
    }

    /// Tiles [first, end). `skip(tile, key)`: it needs nothing done.
    template <typename Skip>
    void score_tiles(std::size_t first, std::size_t end, const TileSources& sources, TileTarget& target,
                     const Skip& skip, RunReport::Tiles& counts) {
        const ChunkedLayer scores = score_chunks();
        const PairViewsFinder views(plan_, change_, before_, after_, model_);
        std::optional<SecondLook> second_look;
        if (has_second_look(plan_, change_))
            second_look.emplace(plan_, change_, before_, after_, views, model_, field_);
        std::map<std::string, std::int64_t> reasons;
        for_each_tile(
            static_cast<std::int64_t>(first), static_cast<std::int64_t>(end),
            [&](std::int64_t index, Slot& slot) {
                const TileKey key = keys_.score(index);
                slot.chunks.clear();
                slot.reason.clear();
                slot.statistics = {};
                slot.reused = true;
                slot.record.tile = -1;
                if (skip(index, key)) return;
                if (sources.take(index, key, {}, slot.record, slot.chunks)) {
                    ByteReader(slot.record.notes).take(slot.statistics);
                    return;
                }
                slot.reused = false;
                if (const TileKey former = sources.former_key(index); !former.empty())
                    slot.reason = first_difference(key, former, ChangeKeys::score_parts());
                slot.record = {index, key, {}, {}};
                score_tile(index, slot, views, second_look ? &*second_look : nullptr, scores);
            },
            [&](std::int64_t index, Slot& slot) {
                ++(slot.reused ? counts.reused : counts.computed);
                if (!slot.reason.empty()) ++reasons[slot.reason];
                if (slot.record.tile < 0) return;
                statistics_.add(slot.statistics);
                target.write(slot.record, places(index), slot.chunks);
            });
        counts.reasons.assign(reasons.begin(), reasons.end());
    }

    /// `second_look` may be null: there is none.
    void score_tile(std::int64_t index, Slot& slot, const PairViewsFinder& views, const SecondLook* second_look,
                    const ChunkedLayer& scores) const {
        const Window tile = tiling_.window(index);
        read(grown(tile, change_halo, change_.grid), grown(tile, after_halo(field_), change_.grid), slot);
        if (slot.observed) {
            slot.score.resize(static_cast<std::size_t>(tile.pixels()));
            const PairViews around = views.around(tile);
            slot.scorer.score(tile, slot.before.view, slot.after.view, field_, around, model_, slot.score,
                              change_.config.evidence ? &slot.evidence : nullptr);
            if (change_.config.evidence) slot.evidence.first_look = slot.score;
            if (second_look != nullptr) second_look->lower(tile, around, slot.scorer, slot.score);
            slot.statistics.add(slot.score, tile.width);
            slot.chunks.push_back(encode_tile(tile, slot.score, slot.chunk, 0));
            if (writer_)
                scores.keep(0, index / tiling_.cols(), index % tiling_.cols(), std::as_bytes(std::span(slot.chunk)));
            if (change_.config.evidence)
                for (const EvidenceLayer& layer : evidence_layers)
                    slot.chunks.push_back(encode_tile(tile, slot.evidence.*layer.samples, slot.chunk, 0));
        }
        ByteWriter notes;
        notes.add(slot.statistics);
        slot.record.notes = notes.take();
    }

    /// Of the chunks that score_tile() makes.
    std::vector<ChunkPlace> places(std::int64_t tile) const {
        std::vector<ChunkPlace> out{{"score", 0, tile / tiling_.cols(), tile % tiling_.cols()}};
        if (change_.config.evidence)
            for (const EvidenceLayer& layer : evidence_layers)
                out.push_back({layer.name, 0, out.front().row, out.front().col});
        return out;
    }

    ChunkedLayer score_chunks() const {
        return chunks_.score(number_, change_score_layer(), change_.grid,
                             [this](int band, std::int64_t row, std::int64_t col, std::span<std::byte> samples) {
                                 writer_->read_back("score", band, row, col, samples);
                             });
    }

    void find_objects() {
        const ChunkedLayer scores = score_chunks();
        std::vector<int> common(static_cast<std::size_t>(bands_.common));
        std::iota(common.begin(), common.end(), 0);
        ObjectCollector collector(tiling_, model_, reordered(before_.band_roles(), common));
        for_each_tile(
            0, tiling_.count(),
            [&](std::int64_t index, Slot& slot) {
                const Window tile = tiling_.window(index),
                             window = grown(tile, decision_halo(change_.config.minimum_area_px), change_.grid);
                slot.score.resize(static_cast<std::size_t>(window.pixels()));
                scores.read(0, window, reinterpret_cast<std::byte*>(slot.score.data()),
                            static_cast<std::size_t>(window.width));
                slot.mask.assign(static_cast<std::size_t>(tile.pixels()), 255);
                find_candidates(tile, window, slot.score, thresholds_, change_.config.minimum_area_px, slot.mask);
                slot.observed =
                    std::any_of(slot.mask.begin(), slot.mask.end(), [](std::uint8_t v) { return v != 255; });
                slot.parts.clear();
                if (!slot.observed) return;
                const Window rows = rows_with_candidates(tile, slot.mask);
                const bool changed = rows.height > 0;
                if (changed || change_.config.evidence) find_context(tile, change_.config.evidence ? tile : rows, slot);
                if (changed)
                    slot.parts = find_object_parts(tile, window, slot.mask, slot.score, slot.before.view,
                                                   slot.after.view, field_, slot.context);
                if (!change_.config.evidence) return;
                if (changed) add_evidence_of(index, slot);
                slot.encoded = encode_tile(tile, slot.context, slot.chunk, 0);
            },
            [&](std::int64_t index, Slot& slot) {
                collector.add(index, std::move(slot.parts));
                if (!slot.observed || !change_.config.evidence) return;
                const std::int64_t row = index / tiling_.cols(), col = index % tiling_.cols();
                writer_->write_chunk("context", 0, row, col, slot.encoded);
            });
        objects_ = collector.take();
        candidates_ = objects_.size();
        keep_discoveries(null_, change_.config.false_discovery, objects_);
    }

    void write_mask() {
        const ChunkedLayer scores = score_chunks();
        const ChangeMask mask(tiling_, objects_);
        for_each_tile(
            0, tiling_.count(),
            [&](std::int64_t index, Slot& slot) {
                const Window tile = tiling_.window(index);
                slot.score.resize(static_cast<std::size_t>(tile.pixels()));
                scores.read(0, tile, reinterpret_cast<std::byte*>(slot.score.data()),
                            static_cast<std::size_t>(tile.width));
                slot.observed = any_of(slot.score);
                if (!slot.observed) return;
                slot.mask.resize(slot.score.size());
                mask.paint(index, slot.score, slot.mask);
                slot.encoded = encode_tile(tile, slot.mask, slot.chunk, 255);
            },
            [&](std::int64_t index, Slot& slot) {
                if (!slot.observed) return;
                writer_->write_chunk("mask", 0, index / tiling_.cols(), index % tiling_.cols(), slot.encoded);
                preview_.place(tiling_.window(index), slot.score, slot.mask);
            });
    }

    /// Means of what scores were made of, for the parts of objects in a tile.
    void add_evidence_of(std::int64_t index, Slot& slot) const {
        const Window tile = tiling_.window(index);
        const auto [width, height] = chunk_size();
        slot.chunk.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
        for (std::size_t i = 0; i < evidence_layers.size(); ++i) {
            writer_->read_back(evidence_layers[i].name, 0, index / tiling_.cols(), index % tiling_.cols(),
                               std::as_writable_bytes(std::span(slot.chunk)));
            add_evidence({tile.col, tile.row, width, height}, i, slot.chunk, slot.parts);
        }
    }

    /// Of some rows of a tile that was decided; reads both missions' pixels for them.
    void find_context(const Window& tile, const Window& rows, Slot& slot) const {
        const int shift = static_cast<int>(std::ceil(field_.largest()));
        const Window reached = grown(rows, shift, change_.grid);
        before_.read_flags(rows, slot.flags_before);
        after_.read_flags(reached, slot.flags_after);
        slot.context.resize(slot.mask.size());
        const auto first = static_cast<std::size_t>((rows.row - tile.row) * tile.width),
                   count = static_cast<std::size_t>(rows.pixels());
        const std::span<std::uint8_t> context = std::span(slot.context).subspan(first, count);
        find_change_context(rows, {rows, slot.flags_before}, {reached, slot.flags_after}, field_, context);
        before_.read(grown(rows, GroundCover::halo, change_.grid), slot.before);
        after_.read(grown(rows, shift + GroundCover::halo, change_.grid), slot.after);
        const auto cover = [&](const MosaicView& mosaic, const MissionView& view, std::span<const float> levels) {
            const auto bands = static_cast<std::ptrdiff_t>(mosaic.bands().size());
            const float sum = std::accumulate(levels.begin(), levels.begin() + bands, 0.0F);
            return GroundCover(view, mosaic.band_roles(), sum / static_cast<float>(bands));
        };
        GroundCover before = cover(before_, slot.before.view, model_.fill_before),
                    after = cover(after_, slot.after.view, model_.fill_after);
        std::span<const std::uint8_t> asked; // empty: all
        if (!change_.config.evidence) asked = std::span(slot.mask).subspan(first, count);
        add_ground_cover(rows, asked, before, after, field_, context);
    }

    void write_shifts() {
        const LayerSpec spec = change_shift_layer(false);
        const RasterShape whole = layer_shape(spec, change_.grid), chunk = chunk_shape(spec, change_.grid);
        for (const bool vertical : {false, true}) {
            for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
                for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                    std::vector<float> samples(static_cast<std::size_t>(chunk.width * chunk.height));
                    for (std::int64_t r = 0; r < chunk.height; ++r)
                        for (std::int64_t c = 0; c < chunk.width; ++c) {
                            const auto [dx, dy] =
                                field_.at((static_cast<double>(col * chunk.width + c) + 0.5) * spec.step - 0.5,
                                          (static_cast<double>(row * chunk.height + r) + 0.5) * spec.step - 0.5);
                            samples[static_cast<std::size_t>(r * chunk.width + c)] =
                                !field_.registered() ? std::numeric_limits<float>::quiet_NaN()
                                : vertical           ? dy
                                                     : dx;
                        }
                    writer_->write_chunk(vertical ? "shift_y" : "shift_x", 0, row, col,
                                         encode(std::as_bytes(std::span(samples)), 4));
                }
            }
        }
    }

    /// Of a mosaic, as it was when it was published.
    static std::string hash_of(const std::filesystem::path& path) { return read_sidecar(path).file_sha256; }

    std::string provenance() const {
        return nlohmann::json{
            {"program", "overflight"},
            {"version", version},
            {"settings", nlohmann::json::parse(content_keys(plan_.config, change_.config))},
            {"inputs",
             {{{"kind", "before"}, {"name", before_path_.filename().string()}, {"sha256", hash_of(before_path_)}},
              {{"kind", "after"}, {"name", after_path_.filename().string()}, {"sha256", hash_of(after_path_)}}}},
            {"registration", registration_facts(field_)},
            {"normalisation", normalisation_facts(model_, bands_, before_, after_)},
            {"threshold", decision_facts(thresholds_, null_, candidates_, objects_.size())}}
            .dump();
    }

    std::pair<int, int> chunk_size() const {
        return {static_cast<int>(std::min<std::int64_t>(Tiling::size, change_.grid.width)),
                static_cast<int>(std::min<std::int64_t>(Tiling::size, change_.grid.height))};
    }

    /// A tile's samples as a whole chunk; `chunk` then holds them.
    EncodedChunk encode_tile(const Window& tile, const std::vector<std::uint8_t>& samples,
                             std::vector<std::uint8_t>& chunk, std::uint8_t fill) const {
        const auto [width, height] = chunk_size();
        chunk.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), fill);
        for (int row = 0; row < tile.height; ++row)
            std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(row) * tile.width, tile.width,
                        chunk.begin() + static_cast<std::ptrdiff_t>(row) * width);
        return encode(std::as_bytes(std::span(chunk)), 1);
    }

    EncodedChunk encode(std::span<const std::byte> samples, std::size_t sample_bytes) const {
        return encode_chunk(samples, sample_bytes, plan_.config.output.compression, plan_.config.output.level);
    }

    const Step& step_;
    const Plan& plan_;
    const std::size_t number_;
    const PlannedChange& change_;
    MosaicChunks& chunks_;
    const Execution& execution_;
    Progress& progress_;
    RunReport& report_;
    std::string name_;
    WorkFolder work_;
    std::filesystem::path path_;
    Tiling tiling_;
    std::filesystem::path before_path_, after_path_;
    BandPairing bands_;
    MosaicView before_, after_;
    ChangeKeys keys_;
    std::optional<ProductWriter> writer_;
    std::vector<Slot> slots_;
    ChangePreview preview_;
    ShiftField field_;
    ChangeModel model_;
    ScoreStatistics statistics_;
    ChangeThresholds thresholds_;
    ScoreNull null_;
    std::size_t candidates_ = 0;
    std::vector<ChangeObject> objects_;
};

} // namespace

void model_change(const Step& step, std::size_t change, MosaicChunks& chunks) {
    ChangeRun(step, change, chunks).find_model();
}

void score_shards(const Step& step, std::size_t change, const ShardRange& shards, MosaicChunks& chunks) {
    ChangeRun run(step, change, chunks);
    run.need_model();
    for (int part = shards.first; part <= shards.last; ++part) run.score({part, shards.count});
}

std::string change_outlook(const Step& step, std::size_t change, MosaicChunks& chunks) {
    return ChangeRun(step, change, chunks).outlook();
}

void make_change(const Step& step, std::size_t change, Gathering gathering, MosaicChunks& chunks) {
    ChangeRun run(step, change, chunks);
    if (gathering == Gathering::merge)
        run.need_model();
    else
        run.find_model();
    run.make(gathering);
}

} // namespace overflight
