// SPDX-License-Identifier: Apache-2.0
#include "stages/change_score.h"

#include "kernels/change_rows.h"
#include "kernels/sample_rows.h"
#include "kernels/smoothing.h"
#include "stages/change_context.h"
#include "stages/change_detail.h"
#include "stages/change_features.h"
#include "stages/change_fine.h"
#include "stages/change_shadow.h"

#include <algorithm>

namespace overflight {

namespace {

constexpr float texture_range = 100; ///< of the compressed texture beside the bands
constexpr float fine_share = 0.35F;  ///< of the fine level's deviations: edges and trees make its tail long
/// Evidence below this share of the strongest within about eight pixels counts as none: the coarse level smears a
/// strong change that far.
constexpr float glare = 0.05F;
constexpr float outline_gain = 2; ///< coarse evidence counts up to this many times the fine one beside it
constexpr int half_halo = change_halo / 2;
constexpr int half_left = half_halo - 4; ///< first half-resolution column of coarse features

int whole_vectors(int count) {
    return (count + 7) / 8 * 8;
}

int whole_blocks(int pixels) {
    return (pixels + ParallaxField::block - 1) / ParallaxField::block * ParallaxField::block;
}

} // namespace

/// All planes of a level share their origin, change_halo pixels above and left of the tile.
struct ChangeScorer::State {
    EvidenceUse use;
    BlockRadiometry by_blocks;
    RegisteredRows rows;
    FineScores fine;
    ContextWeight context;
    ShadowWeight shadow;
    TextureFilter texture_filter;
    ParallaxSearch parallax_search;
    std::vector<Plane> half; ///< bands of both missions at half resolution
    Plane luminance_before, luminance_after, texture_before, texture_after;
    Plane sharp, widest, strongest, coarse;
    std::vector<float> lines;
    std::vector<std::uint8_t> out_line;

    bool weighs_shadows() const { return use.shadows && shadow.known(); }

    // Sides are those of the tile, made up to whole blocks of parallax.
    void load(const ChangeModel& model, int width, int height);
    void find_radiometry(const PairViews& views, const ChangeModel& model);
    void score_coarse(const ChangeModel& model, int width, int height);
    void store_fine(const Window& tile, std::vector<std::uint8_t>& out) const;
    void store_coarse(const Window& tile, ScoreEvidence& out);
    void scale_shadows(int width, int height);
    void weigh_structure(int row, std::size_t count, float* out) const;
    void spread_strongest(int width, int height);
    void combine(const Window& tile, std::span<std::uint8_t> score);
};

void ChangeScorer::State::load(const ChangeModel& model, int width, int height) {
    const int wide = width + 2 * change_halo, high = height + 2 * change_halo;
    const int p = rows.bands_before(), q = rows.bands_after();
    half.resize(static_cast<std::size_t>(p + q));
    for (Plane& plane : half) plane.resize(wide / 2, high / 2);
    luminance_before.resize(wide / 2, high / 2);
    luminance_after.resize(wide / 2, high / 2);
    sharp.resize(wide, high);
    // A margin of whole vectors and of rows beyond fine_halo, as fine scores lose their reach at the borders.
    constexpr int wide_halo = fine_halo + 8, high_halo = fine_halo + FineScores::reach;
    fine.start(model, change_halo - high_halo, width + 2 * wide_halo, change_halo - wide_halo);
    const auto half_width = static_cast<std::size_t>(wide / 2);
    const auto halve = [&](bool is_before, int r) {
        const int bands = is_before ? p : q;
        Plane& luminance = is_before ? luminance_before : luminance_after;
        float* mean = luminance.row(r / 2);
        for (int b = 0; b < bands; ++b) {
            float* out = half[static_cast<std::size_t>(is_before ? b : p + b)].row(r / 2);
            const float* upper = is_before ? rows.before(b, r) : rows.after(b, r);
            const float* lower = is_before ? rows.before(b, r + 1) : rows.after(b, r + 1);
            kernels::halve_rows(upper, lower, half_width / 8 * 8, out);
            for (std::size_t i = half_width / 8 * 8; i < half_width; ++i)
                out[i] = ((upper[2 * i] + lower[2 * i]) + (upper[2 * i + 1] + lower[2 * i + 1])) * 0.25F;
        }
        const float share = 1.0F / static_cast<float>(bands);
        const float* first = half[static_cast<std::size_t>(is_before ? 0 : p)].row(r / 2);
        std::copy(first, first + half_width, mean);
        for (int b = 1; b < bands; ++b) {
            const float* in = half[static_cast<std::size_t>(is_before ? b : p + b)].row(r / 2);
            for (std::size_t i = 0; i < half_width; ++i) mean[i] += in[i];
        }
        for (std::size_t i = 0; i < half_width; ++i) mean[i] *= share;
    };
    for (int first = 0; first < high; first += RegisteredRows::strip) {
        rows.load(first);
        for (int r = first; r < first + RegisteredRows::strip; ++r) {
            if (r % 2 == 0) {
                halve(true, r);
                halve(false, r);
            }
            if (r >= change_halo - high_halo && r < high - change_halo + high_halo) fine.push(rows, r, sharp);
        }
    }
}

/// Takes the drift from the later mission, and brings both missions' saturation to one level, as
/// ChangeModel::cap_before.
void ChangeScorer::State::find_radiometry(const PairViews& views, const ChangeModel& model) {
    by_blocks.blocks = views.blocks;
    const auto count = static_cast<std::size_t>(views.blocks.count());
    by_blocks.cap_before.assign(count, no_saturation);
    by_blocks.cap_after.assign(count, no_saturation);
    by_blocks.factor_after.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t b = 0; b < change_max_bands; ++b) by_blocks.factor_after[i][b] = 1 / views.drift[i][b];
    for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
        const auto gain = static_cast<float>(model.normalisation[b].gain),
                   offset = static_cast<float>(model.normalisation[b].offset);
        for (std::size_t i = 0; i < count && gain > 0; ++i) {
            const float before = views.saturation_before[i][b] * (1 - saturation_step),
                        after = views.saturation_after[i][b] * by_blocks.factor_after[i][b] * (1 - saturation_step),
                        level = std::min(after, gain * before + offset);
            by_blocks.cap_after[i][b] = level;
            by_blocks.cap_before[i][b] = (level - offset) / gain;
        }
    }
}

void ChangeScorer::State::score_coarse(const ChangeModel& model, int width, int height) {
    const int p = rows.bands_before(), q = rows.bands_after();
    const int count = whole_vectors(width / 2 + 8), first = half_halo - 2, last = half_halo + height / 2 + 2;
    const auto n = static_cast<std::size_t>(count);
    texture_filter.filter(luminance_before, half_left, count, first, last - first, texture_before);
    texture_filter.filter(luminance_after, half_left, count, first, last - first, texture_after);
    if (use.structure)
        context.weigh(luminance_before, luminance_after, texture_before, texture_after, width, height, model);

    // Lines of n: five of each band smoothed along, then the features, the same compressed, the weight, two distances.
    const std::size_t bands = static_cast<std::size_t>(p + q), stride = n + 32;
    lines.resize((bands * 5 + 2 * (bands + 2) + 3) * stride + 32);
    const auto line = [&](std::size_t index) { return lines.data() + index * stride + 8; };
    const auto ring = [&](std::size_t band, int row) { return line(band * 5 + static_cast<std::size_t>(row % 5)); };
    const auto feature = [&](std::size_t f) { return line(bands * 5 + f); };
    float *weights = line(bands * 5 + 2 * (bands + 2)), *plain = weights + stride, *dark = plain + stride;
    std::array<const float*, 2 * change_max_features> plain_rows{}, dark_rows{};
    for (std::size_t f = 0; f < bands + 2; ++f) {
        plain_rows[f] = feature(f);
        dark_rows[f] = feature(bands + 2 + f);
    }
    const auto p_features = static_cast<std::size_t>(p + 1);
    const auto distance = [&](const MadTransform& t, const float* const* features, float* out) {
        kernels::mixed_distance({features, p + 1, t.before.data(), t.offset_before.data()},
                                {features + p_features, q + 1, t.after.data(), t.offset_after.data()}, t.variates, n,
                                out);
    };
    coarse.resize(luminance_before.width(), luminance_before.height());
    shadow.start(model, coarse.width(), coarse.height());
    int smoothed = half_halo - 1 - 2;
    for (int r = half_halo - 1; r <= half_halo + height / 2; ++r) {
        for (; smoothed <= r + 2; ++smoothed)
            for (std::size_t b = 0; b < bands; ++b)
                kernels::smooth_along_twice(half[b].row(smoothed) + half_left, n, ring(b, smoothed));
        for (const bool is_before : {true, false}) {
            const int own = is_before ? p : q;
            const std::size_t at = is_before ? 0 : p_features;
            const auto& knees = is_before ? model.knee_before : model.knee_after;
            for (int b = 0; b < own; ++b) {
                const auto band = static_cast<std::size_t>(is_before ? b : p + b), f = at + static_cast<std::size_t>(b);
                const std::array<const float*, 5> taps{ring(band, r - 2), ring(band, r - 1), ring(band, r),
                                                       ring(band, r + 1), ring(band, r + 2)};
                kernels::smooth_across_twice(taps.data(), 1.0F / 256, n, feature(f));
                kernels::saturate_row(feature(f), knees[static_cast<std::size_t>(b)], 1, n, feature(bands + 2 + f));
            }
            const std::size_t f = at + static_cast<std::size_t>(own);
            const float* texture = (is_before ? texture_before : texture_after).row(r) + half_left;
            const float knee = knees[static_cast<std::size_t>(own)];
            kernels::saturate_row(texture, knee, texture_range, n, feature(f));
            kernels::saturate_row(texture, knee, 1, n, feature(bands + 2 + f));
        }
        distance(model.levels[1], plain_rows.data(), plain);
        distance(model.levels[2], dark_rows.data(), dark);
        weigh_structure(r, n, weights);
        if (weighs_shadows()) shadow.find(plain_rows.data(), plain_rows.data() + p_features, r, half_left, n);
        kernels::weighted_score(plain, dark, weights, model.coarse_null.centre, 1 / model.coarse_null.scale, n,
                                coarse.row(r) + half_left);
    }
}

void ChangeScorer::State::weigh_structure(int row, std::size_t count, float* out) const {
    if (use.structure)
        context.row(row, half_left, count, out);
    else
        std::fill_n(out, count, 1.0F);
}

/// The strongest fine score nearby, at half resolution.
void ChangeScorer::State::spread_strongest(int width, int height) {
    const int reach = kernels::largest_reach, first = half_halo - 1 - reach, last = half_halo + height / 2 + 1 + reach;
    const auto n = static_cast<std::size_t>(whole_vectors(width / 2 + 8));
    widest.resize(sharp.width() / 2, sharp.height() / 2);
    strongest.resize(sharp.width() / 2, sharp.height() / 2);
    lines.resize(n + 32);
    for (int r = first; r < last; ++r) {
        const int left = half_left - 4; // as largest_along() reads further on either side
        kernels::largest_of_four(sharp.row(2 * r) + 2 * left, sharp.row(2 * r + 1) + 2 * left, n + 8, lines.data());
        kernels::largest_along(lines.data() + 4, n, widest.row(r) + half_left);
    }
    for (int r = first + reach; r < last - reach; ++r) {
        std::array<const float*, 2 * kernels::largest_reach + 1> near{};
        for (int k = -reach; k <= reach; ++k) near[static_cast<std::size_t>(k + reach)] = widest.row(r + k) + half_left;
        kernels::largest_across(near.data(), n, strongest.row(r) + half_left);
    }
}

void ChangeScorer::State::combine(const Window& tile, std::span<std::uint8_t> score) {
    const int width = whole_vectors(tile.width);
    const auto n = static_cast<std::size_t>(width), half_n = static_cast<std::size_t>(whole_vectors(width / 2));
    lines.resize(2 * (n + 32));
    out_line.resize(n);
    float *broad = lines.data(), *glaring = broad + n + 32;
    // What does not count lies beyond all scores, on the side where the rule takes the other.
    constexpr float beyond = 1000;
    const float share = !use.details ? -1 : use.surroundings ? fine_share : 1;
    const kernels::ScoreRule rule{glare, outline_gain, share, static_cast<float>(change_score_offset),
                                  static_cast<float>(1 / change_score_scale)};
    std::vector<float> anywhere;
    if (!use.details) anywhere.assign(n + 32, beyond);
    for (int r = 0; r < tile.height; ++r) {
        const int row = r + change_halo, near = row / 2, far = row % 2 != 0 ? near + 1 : near - 1;
        kernels::double_row(coarse.row(near) + half_halo, coarse.row(far) + half_halo, half_n, broad);
        kernels::double_row(strongest.row(near) + half_halo, strongest.row(far) + half_halo, half_n, glaring);
        std::array<const float*, 3> fine_rows{sharp.row(row - 1) + change_halo, sharp.row(row) + change_halo,
                                              sharp.row(row + 1) + change_halo};
        if (!use.details) {
            fine_rows.fill(anywhere.data() + 16);
            std::fill_n(glaring, n, 0.0F);
        }
        if (!use.surroundings) std::fill_n(broad, n, -beyond);
        kernels::combine_scores(fine_rows.data(), glaring, broad, rows.valid(row) + change_halo, rule, n,
                                out_line.data());
        std::copy_n(out_line.data(), tile.width, score.data() + static_cast<std::ptrdiff_t>(r) * tile.width);
    }
}

void ChangeScorer::State::scale_shadows(int width, int height) {
    if (!weighs_shadows()) return;
    const auto n = static_cast<std::size_t>(whole_vectors(width / 2 + 8));
    shadow.scale(half_halo - 1, half_halo + height / 2 + 1, half_left, n, sharp, coarse);
}

void ChangeScorer::State::store_fine(const Window& tile, std::vector<std::uint8_t>& out) const {
    out.resize(static_cast<std::size_t>(tile.pixels()));
    auto to = out.begin();
    for (int r = 0; r < tile.height; ++r) {
        const float* score = sharp.row(r + change_halo) + change_halo;
        const std::uint8_t* valid = rows.valid(r + change_halo) + change_halo;
        for (int c = 0; c < tile.width; ++c, ++to) *to = valid[c] != 0 ? stored_change_score(score[c]) : 0;
    }
}

void ChangeScorer::State::store_coarse(const Window& tile, ScoreEvidence& out) {
    out.coarse.resize(static_cast<std::size_t>(tile.pixels()));
    out.structure.resize(out.coarse.size());
    out.shadow.resize(out.coarse.size());
    const auto half_n = static_cast<std::size_t>(whole_vectors(whole_vectors(tile.width) / 2));
    const auto half_wide = static_cast<std::size_t>(whole_vectors(whole_vectors(tile.width) / 2 + 8));
    const std::size_t stride = 2 * half_wide + 32;
    lines.resize(5 * stride);
    float *broad = lines.data(), *weights = broad + stride, *shadows = weights + stride, *near_row = shadows + stride,
          *far_row = near_row + stride;
    std::fill_n(shadows, 2 * half_n, 1.0F);
    const auto weight = [](float w) {
        return static_cast<std::uint8_t>(std::clamp(w / static_cast<float>(weight_scale), 0.0F, 254.0F) + 1.5F);
    };
    std::size_t i = 0;
    for (int r = 0; r < tile.height; ++r) {
        const int row = r + change_halo, near = row / 2, far = row % 2 != 0 ? near + 1 : near - 1;
        kernels::double_row(coarse.row(near) + half_halo, coarse.row(far) + half_halo, half_n, broad);
        weigh_structure(near, half_wide, near_row);
        weigh_structure(far, half_wide, far_row);
        kernels::double_row(near_row + half_halo - half_left, far_row + half_halo - half_left, half_n, weights);
        if (weighs_shadows())
            kernels::double_row(shadow.row(near) + half_halo, shadow.row(far) + half_halo, half_n, shadows);
        const std::uint8_t* valid = rows.valid(row) + change_halo;
        for (int c = 0; c < tile.width; ++c, ++i) {
            out.coarse[i] = valid[c] != 0 ? stored_change_score(broad[c]) : 0;
            out.structure[i] = valid[c] != 0 ? weight(weights[c]) : 0;
            out.shadow[i] = valid[c] != 0 ? weight(shadows[c]) : 0;
        }
    }
}

ChangeScorer::ChangeScorer(const EvidenceUse& use) : state_(std::make_unique<State>()) {
    state_->use = use;
}
ChangeScorer::~ChangeScorer() = default;
ChangeScorer::ChangeScorer(ChangeScorer&&) noexcept = default;
ChangeScorer& ChangeScorer::operator=(ChangeScorer&&) noexcept = default;

void ChangeScorer::score(const Window& tile, const MissionView& before, const MissionView& after,
                         const ShiftField& field, const PairViews& views, const ChangeModel& model,
                         std::span<std::uint8_t> score, ScoreEvidence* evidence) {
    std::fill(score.begin(), score.end(), std::uint8_t{0});
    if (evidence != nullptr)
        for (auto* layer :
             {&evidence->fine, &evidence->unexplained, &evidence->coarse, &evidence->structure, &evidence->shadow})
            layer->assign(score.size(), 0);
    const int width = whole_blocks(tile.width), height = whole_blocks(tile.height);
    if (model.usable) {
        State& s = *state_;
        s.find_radiometry(views, model);
        s.rows.open({tile.col - change_halo, tile.row - change_halo, width + 2 * change_halo, height + 2 * change_halo},
                    before, after, field, {model.fill_before, model.cap_before}, {model.fill_after, model.cap_after},
                    &s.by_blocks);
        if (s.rows.any_valid()) {
            s.load(model, width, height);
            if (evidence != nullptr) s.store_fine(tile, evidence->fine);
            s.score_coarse(model, width, height);
            const std::span<const Plane> half(s.half);
            const auto bands = static_cast<std::size_t>(s.rows.bands_before());
            const ParallaxSearch::Area area{s.rows.window().col, s.rows.window().row, change_halo - fine_halo,
                                            change_halo + width + fine_halo, change_halo + height + fine_halo};
            s.parallax_search.explain(views.parallax, model, half.first(bands), half.subspan(bands), area, s.sharp);
            s.spread_strongest(width, height);
            s.parallax_search.weigh_rest(area, s.sharp, s.coarse);
            s.scale_shadows(width, height);
            scale_by_detail(model, s.luminance_before, s.luminance_after, change_halo - 2, change_halo + width + 2,
                            change_halo + height + 2, s.sharp);
            if (evidence != nullptr) {
                s.store_fine(tile, evidence->unexplained);
                s.store_coarse(tile, *evidence);
            }
            s.combine(tile, score);
        }
    }
}

} // namespace overflight
