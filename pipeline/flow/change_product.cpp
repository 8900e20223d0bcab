// SPDX-License-Identifier: Apache-2.0
#include "flow/change_product.h"

#include "core/errors.h"
#include "core/version.h"
#include "flow/change_facts.h"
#include "flow/change_layers.h"
#include "flow/change_modelling.h"
#include "flow/change_objects_pass.h"
#include "flow/change_pair.h"
#include "flow/change_scores.h"
#include "flow/custody.h"
#include "flow/object_table.h"
#include "flow/product_state.h"
#include "flow/tile_sources.h"
#include "flow/tile_target.h"
#include "io/product.h"
#include "io/sidecar.h"
#include "stages/change_decision.h"
#include "stages/change_mask.h"
#include "stages/change_preview.h"
#include "stages/change_registration.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace overflight {
namespace {

void report_gaps(const ChangePair& pair, std::span<const JournalGap> gaps) {
    for (const JournalGap& gap : gaps)
        pair.step.report.gaps.push_back({pair.work.product().filename().string(), gap.what, gap.cause});
}

void score_shard(const ChangePair& pair, const PairModel& model, const Shard& shard) {
    const Step& step = pair.step;
    const TileSources sources = step.force ? TileSources() : TileSources(pair.work, shard, step.execution);
    const std::int64_t tiles = pair.tiling.count();
    const auto [first, end] = shard.range(static_cast<std::size_t>(model.model.usable ? tiles : 0));
    ShardWriter writer(pair.work.shard(shard, process_name()), pair.plan.config.run.checkpoint_s);
    ShardTarget target(writer);
    const double share = static_cast<double>(end - first) / static_cast<double>(tiles);
    pair.pass(fmt::format("score {} {}/{}", pair.name, shard.number, shard.count), share * pair.megapixels(), [&] {
        const ScoredTiles scored = score_tiles(pair, model, first, end, sources, FinishedTiles::skip, target, nullptr);
        step.report.tiles.push_back(scored.counts);
        report_gaps(pair, scored.gaps);
        finish_shard(pair.work, shard, writer, target, step.force);
    });
}

void refuse_missing(const ChangePair& pair, const PairModel& model, const TileSources& sources) {
    std::int64_t missing = 0;
    for (std::int64_t tile = 0; tile < pair.tiling.count() && model.model.usable; ++tile)
        missing += !sources.has(tile, pair.keys.score(tile), score_inputs());
    if (missing == 0) return;
    std::string text = fmt::format("change {}: {} tiles are in no shard", pair.name, missing);
    for (const std::string& broken : sources.broken()) text += "; " + broken;
    if (!sources.shards().empty()) text += fmt::format("; whole are the shards {}", fmt::join(sources.shards(), ", "));
    throw RunError(text + "; run overflight detect with the --shard that is missing");
}

SideFiles side_files(const ChangePair& pair) {
    return side_files(ProductKind::change, pair.work.product(), pair.plan.config.output);
}

/// Of a mosaic, as it was when it was published.
std::string hash_of(const std::filesystem::path& path) {
    return read_sidecar(path).file_sha256;
}

/// A pair's product in the making.
class ChangeProduct {
public:
    ChangeProduct(const ChangePair& pair, const PairModel& model)
        : pair_(pair), model_(model), config_(pair.change.config), output_(pair.plan.config.output),
          writer_(pair.work.product(), pair.change.grid, change_layers(config_.evidence), output_.compression,
                  output_.level, "Change from mission " + config_.before + " to mission " + config_.after),
          target_(writer_, pair.work, pair.plan.config.run.checkpoint_s), preview_(pair.change.grid) {}

    /// Without them where the missions show too little ground in common.
    void score_and_decide(const TileSources& sources) {
        RunReport& report = pair_.step.report;
        if (!model_.model.usable) {
            const std::string file = pair_.work.product().filename().string();
            report.gaps.push_back({file, "score and mask", "the two missions show too little ground in common"});
            report.tiles.push_back({file, "score", 0, 0, {}});
            return;
        }
        const ChunkedLayer scores =
            pair_.chunks.score(pair_.number, change_score_layer(), pair_.change.grid,
                               [this](int band, std::int64_t row, std::int64_t col, std::span<std::byte> samples) {
                                   writer_.read_back("score", band, row, col, samples);
                               });
        ScoredTiles scored;
        pass("score", [&] {
            scored = score_tiles(pair_, model_, 0, static_cast<std::size_t>(pair_.tiling.count()), sources,
                                 FinishedTiles::take, target_, &scores);
        });
        thresholds_ = candidate_thresholds(scored.statistics);
        null_ = fit_score_null(scored.statistics);
        pass("decide", [&] {
            objects_ = collect_objects(pair_, model_, scores, thresholds_, writer_);
            candidates_ = objects_.size();
            keep_discoveries(null_, config_.false_discovery, objects_);
        });
        pass("mask", [&] { write_mask(scores); });
        report.tiles.push_back(scored.counts);
        gaps_ = std::move(scored.gaps);
        report_gaps(pair_, gaps_);
    }

    /// `key`: see remember_product(); of one in which nothing is missing.
    FinishedProduct finish(const std::string& key) {
        write_shifts();
        writer_.write_table("objects", object_table(objects_, pair_.change.grid, output_.resolution_m,
                                                    pair_.before.bands(), pair_.after.bands(), config_.evidence));
        writer_.write_provenance(provenance());
        target_.settle();
        SideFiles beside = side_files(pair_);
        FinishedProduct product{
            pair_.work, writer_.finish(),   {pair_.before_path, pair_.after_path}, {}, std::move(beside.vectors),
            {},         ProductKind::change};
        if (model_.model.usable && gaps_.empty()) product.key = key;
        if (beside.quicklook) product.quicklook = preview_.picture();
        return product;
    }

private:
    template <typename Work>
    void pass(const char* what, const Work& work) const {
        pair_.pass(fmt::format("{} {}", what, pair_.name), pair_.megapixels(), work);
    }

    void write_mask(const ChunkedLayer& scores) {
        struct Slot {
            std::vector<std::uint8_t> score, mask, chunk;
            EncodedChunk encoded;
            bool observed = false;
        };
        const Tiling& tiling = pair_.tiling;
        const ChangeMask mask(tiling, objects_);
        std::vector<Slot> slots;
        pair_.for_each_tile(
            0, tiling.count(), slots,
            [&](std::int64_t index, Slot& slot) {
                const Window tile = tiling.window(index);
                slot.score.resize(static_cast<std::size_t>(tile.pixels()));
                scores.read(0, tile, reinterpret_cast<std::byte*>(slot.score.data()),
                            static_cast<std::size_t>(tile.width));
                slot.observed =
                    std::any_of(slot.score.begin(), slot.score.end(), [](std::uint8_t v) { return v != 0; });
                if (!slot.observed) return;
                slot.mask.resize(slot.score.size());
                mask.paint(index, slot.score, slot.mask);
                slot.encoded = pair_.encode_tile(tile, slot.mask, slot.chunk, 255);
            },
            [&](std::int64_t index, Slot& slot) {
                if (!slot.observed) return;
                writer_.write_chunk("mask", 0, index / tiling.cols(), index % tiling.cols(), slot.encoded);
                preview_.place(tiling.window(index), slot.score, slot.mask);
            });
    }

    void write_shifts() {
        const ShiftField& field = model_.field;
        const Grid& grid = pair_.change.grid;
        const LayerSpec spec = change_shift_layer(false);
        const RasterShape whole = layer_shape(spec, grid), chunk = chunk_shape(spec, grid);
        for (const bool vertical : {false, true}) {
            for (std::int64_t row = 0; row * chunk.height < whole.height; ++row) {
                for (std::int64_t col = 0; col * chunk.width < whole.width; ++col) {
                    std::vector<float> samples(static_cast<std::size_t>(chunk.width * chunk.height));
                    for (std::int64_t r = 0; r < chunk.height; ++r)
                        for (std::int64_t c = 0; c < chunk.width; ++c) {
                            const auto [dx, dy] =
                                field.at((static_cast<double>(col * chunk.width + c) + 0.5) * spec.step - 0.5,
                                         (static_cast<double>(row * chunk.height + r) + 0.5) * spec.step - 0.5);
                            samples[static_cast<std::size_t>(r * chunk.width + c)] =
                                !field.registered() ? std::numeric_limits<float>::quiet_NaN()
                                : vertical          ? dy
                                                    : dx;
                        }
                    writer_.write_chunk(vertical ? "shift_y" : "shift_x", 0, row, col,
                                        pair_.encode(std::as_bytes(std::span(samples)), 4));
                }
            }
        }
    }

    std::string provenance() const {
        const auto& [before, after] = std::pair(pair_.before_path, pair_.after_path);
        return nlohmann::json{
            {"program", "overflight"},
            {"version", version},
            {"settings", nlohmann::json::parse(content_keys(pair_.plan.config, config_))},
            {"inputs",
             {{{"kind", "before"}, {"name", before.filename().string()}, {"sha256", hash_of(before)}},
              {{"kind", "after"}, {"name", after.filename().string()}, {"sha256", hash_of(after)}}}},
            {"registration", registration_facts(model_.field)},
            {"normalisation", normalisation_facts(model_.model, pair_.bands, pair_.before, pair_.after)},
            {"threshold", decision_facts(thresholds_, null_, candidates_, objects_.size())}}
            .dump();
    }

    const ChangePair& pair_;
    const PairModel& model_;
    const ChangeConfig& config_;
    const OutputConfig& output_;
    ProductWriter writer_;
    ProductTarget target_;
    ChangePreview preview_;
    ChangeThresholds thresholds_;
    ScoreNull null_;
    std::size_t candidates_ = 0;
    std::vector<ChangeObject> objects_;
    std::vector<JournalGap> gaps_; ///< what the scores lack
};

} // namespace

void model_change(const Step& step, std::size_t change, MosaicChunks& chunks) {
    ChangePair pair(step, change, chunks);
    find_model(pair);
}

void score_shards(const Step& step, std::size_t change, const ShardRange& shards, MosaicChunks& chunks) {
    ChangePair pair(step, change, chunks);
    const PairModel model = need_model(pair);
    for (int part = shards.first; part <= shards.last; ++part) score_shard(pair, model, {part, shards.count});
}

std::string change_outlook(const Step& step, std::size_t change, MosaicChunks& chunks) {
    ChangePair pair(step, change, chunks);
    const std::optional<PairModel> model = stored_model(pair);
    if (!model) return "registration, statistics and scores to make";
    const TileSources sources(pair.work, false, step.execution);
    const std::int64_t tiles = pair.tiling.count();
    std::int64_t make = 0;
    for (std::int64_t tile = 0; tile < tiles; ++tile)
        make += model->model.usable && !sources.finished(tile, pair.keys.score(tile), score_inputs());
    return make == 0 ? fmt::format("{} tiles of scores are there", tiles)
                     : fmt::format("{} of {} tiles of scores to make", make, tiles);
}

void make_change(const Step& step, std::size_t change, Gathering gathering, MosaicChunks& chunks) {
    const bool merging = gathering == Gathering::merge;
    ChangePair pair(step, change, chunks);
    const PairModel model = merging ? need_model(pair) : find_model(pair);

    step.publications.settle(); // the mosaics' sidecars are needed from here on
    put_aside(pair.work);
    const TileSources sources =
        step.force && !merging ? TileSources() : TileSources(pair.work, merging, step.execution);
    const std::string key = pair.keys.product(hash_of(pair.before_path), hash_of(pair.after_path));
    RunReport& report = step.report;
    for (const std::string& warning : registration_warnings(model.field, pair.change.config.max_shift_px))
        report.warnings.push_back(pair.name + ": " + warning);
    for (const std::string& warning : model.model.warnings) report.warnings.push_back(pair.name + ": " + warning);
    if (!step.force && keep_product(pair.work, key, side_files(pair), report)) {
        report.tiles.push_back({pair.work.product().filename().string(), "score", 0, pair.tiling.count(), {}});
        return clean_up(pair.work);
    }
    if (merging)
        refuse_missing(pair, model, sources);
    else
        for (const std::string& broken : sources.broken())
            report.warnings.push_back(fmt::format("change {}: {}; its tiles are made anew", pair.name, broken));

    ChangeProduct product(pair, model);
    product.score_and_decide(sources);
    step.publications.begin(product.finish(key));
}

} // namespace overflight
