// SPDX-License-Identifier: Apache-2.0
#include "flow/change_scores.h"

#include "core/byte_stream.h"
#include "flow/change_layers.h"
#include "flow/pair_views.h"
#include "flow/second_look.h"
#include "stages/alike_views.h"
#include "stages/change_registration.h"
#include "stages/change_score.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace overflight {
namespace {

struct Slot {
    ChangePair::Pixels pixels;
    ChangeScorer scorer;
    ScoreEvidence evidence;
    std::vector<std::uint8_t> score, chunk;
    ScoreStatistics statistics;
    TileRecord record; ///< of tile -1: it was skipped
    std::vector<EncodedChunk> chunks;
    std::vector<JournalGap> gaps; ///< of a tile that was taken
    std::string reason;
    bool reused = false;
};

class Scoring {
public:
    Scoring(const ChangePair& pair, const PairModel& model, const ChunkedLayer* kept)
        : pair_(pair), model_(model), kept_(kept),
          views_(pair.plan, pair.change, pair.before, pair.after, model.model) {
        if (has_second_look(pair.plan, pair.change))
            second_look_.emplace(pair.plan, pair.change, pair.before, pair.after, views_, model.model, model.field);
    }

    void score(std::int64_t index, Slot& slot) const {
        const ChangePair& pair = pair_;
        const bool evidence = pair.change.config.evidence;
        const Window tile = pair.tiling.window(index);
        pair.read(grown(tile, change_halo, pair.change.grid), grown(tile, after_halo(model_.field), pair.change.grid),
                  slot.pixels);
        if (slot.pixels.observed) {
            slot.score.resize(static_cast<std::size_t>(tile.pixels()));
            const PairViews around = views_.around(tile);
            slot.scorer.score(tile, slot.pixels.before.view, slot.pixels.after.view, model_.field, around, model_.model,
                              slot.score, evidence ? &slot.evidence : nullptr);
            if (evidence) slot.evidence.first_look = slot.score;
            if (second_look_) second_look_->lower(tile, around, slot.scorer, slot.score);
            slot.statistics.add(slot.score, tile.width);
            slot.chunks.push_back(pair.encode_tile(tile, slot.score, slot.chunk, 0));
            if (kept_ != nullptr)
                kept_->keep(0, index / pair.tiling.cols(), index % pair.tiling.cols(),
                            std::as_bytes(std::span(slot.chunk)));
            if (evidence)
                for (const EvidenceLayer& layer : evidence_layers)
                    slot.chunks.push_back(pair.encode_tile(tile, slot.evidence.*layer.samples, slot.chunk, 0));
        }
        ByteWriter notes;
        notes.add(slot.statistics);
        slot.record.notes = notes.take();
    }

    /// Of the chunks that score() makes.
    std::vector<ChunkPlace> places(std::int64_t tile) const {
        const std::int64_t cols = pair_.tiling.cols();
        std::vector<ChunkPlace> out{{"score", 0, tile / cols, tile % cols}};
        if (pair_.change.config.evidence)
            for (const EvidenceLayer& layer : evidence_layers)
                out.push_back({layer.name, 0, out.front().row, out.front().col});
        return out;
    }

    /// What could not be read so far.
    std::vector<JournalGap> damage() const { return second_look_ ? second_look_->damage() : std::vector<JournalGap>(); }

private:
    const ChangePair& pair_;
    const PairModel& model_;
    const ChunkedLayer* kept_;
    const PairViewsFinder views_;
    std::optional<SecondLook> second_look_;
};

} // namespace

const std::vector<std::string>& score_inputs() {
    static const std::vector<std::string> inputs = {SecondLook::input};
    return inputs;
}

ScoredTiles score_tiles(const ChangePair& pair, const PairModel& model, std::size_t first, std::size_t end,
                        const TileSources& sources, FinishedTiles finished, TileTarget& target,
                        const ChunkedLayer* kept) {
    const Scoring scoring(pair, model, kept);
    const ChangeConfig& config = pair.change.config;
    std::vector<Slot> slots(static_cast<std::size_t>(slots_for(pair.step.execution)));
    for (Slot& slot : slots)
        slot.scorer = ChangeScorer({config.details, config.surroundings, config.structure, config.shadows});
    ScoredTiles out;
    out.counts = {pair.work.product().filename().string(), "score", 0, 0, {}};
    std::map<std::string, std::int64_t> reasons;
    std::set<JournalGap> lacking;
    pair.for_each_tile(
        static_cast<std::int64_t>(first), static_cast<std::int64_t>(end), slots,
        [&](std::int64_t index, Slot& slot) {
            const TileKey key = pair.keys.score(index);
            slot.chunks.clear();
            slot.gaps.clear();
            slot.statistics = {};
            slot.reason.clear();
            slot.reused = true;
            slot.record.tile = -1;
            if (finished == FinishedTiles::skip && sources.has(index, key, score_inputs())) return;
            if (sources.take(index, key, score_inputs(), slot.record, slot.chunks, slot.gaps)) {
                ByteReader(slot.record.notes).take(slot.statistics);
                return;
            }
            slot.reused = false;
            slot.reason = sources.why_anew(index, key, ChangeKeys::score_parts());
            slot.record = {index, key, {}, {}};
            scoring.score(index, slot);
        },
        [&](std::int64_t index, Slot& slot) {
            ++(slot.reused ? out.counts.reused : out.counts.computed);
            if (!slot.reason.empty()) ++reasons[slot.reason];
            // before the tile that it may show in
            for (const std::vector<JournalGap>& gaps : {scoring.damage(), slot.gaps})
                for (const JournalGap& gap : gaps)
                    if (lacking.insert(gap).second) target.write(gap);
            if (slot.record.tile < 0) return;
            out.statistics.add(slot.statistics);
            target.write(slot.record, scoring.places(index), slot.chunks);
        });
    out.gaps.assign(lacking.begin(), lacking.end());
    out.counts.reasons.assign(reasons.begin(), reasons.end());
    return out;
}

} // namespace overflight
