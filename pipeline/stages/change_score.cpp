// SPDX-License-Identifier: Apache-2.0
#include "stages/change_score.h"

#include "stages/change_features.h"

#include <algorithm>
#include <cmath>

namespace overflight {

namespace {

constexpr float texture_range = 100; ///< of the compressed texture beside the bands
constexpr int tolerance_px = 1;
constexpr float least_texture = 0.02F; ///< of the brightness: less is noise and says nothing about structure
constexpr float flat_activity = 0.5F;  ///< of the median texture, at which a flat surface's change counts half as much
constexpr float fine_share = 0.35F;    ///< of the fine level's deviations: edges and trees make its tail long
constexpr int glare_reach = 8;         ///< pixels around a strong change into which the coarse level smears it
constexpr float glare = 0.05F;         ///< of the strongest fine evidence there, below which evidence counts as none
constexpr float outline_gain = 2;      ///< coarse evidence counts up to this many times the fine one beside it

std::vector<Plane> variates(const MadTransform& t, const std::vector<Plane>& features, bool is_before) {
    const auto& coefficients = is_before ? t.before : t.after;
    const auto& offsets = is_before ? t.offset_before : t.offset_after;
    std::vector<Plane> out;
    for (int v = 0; v < t.variates; ++v) {
        Plane plane(features.front().width, features.front().height);
        std::fill(plane.values.begin(), plane.values.end(), offsets[v]);
        for (std::size_t f = 0; f < features.size(); ++f) {
            const float c = coefficients[v * features.size() + f];
            const float* in = features[f].values.data();
            for (std::size_t i = 0; i < plane.values.size(); ++i) plane.values[i] += c * in[i];
        }
        out.push_back(std::move(plane));
    }
    return out;
}

Plane tolerant_distance(const std::vector<Plane>& u, const std::vector<Plane>& v, int reach) {
    Plane out(u.front().width, u.front().height);
    for (int r = reach; r + reach < out.height; ++r) {
        for (int c = reach; c + reach < out.width; ++c) {
            float forward = 3e38F, backward = 3e38F;
            for (int y = -reach; y <= reach; ++y) {
                for (int x = -reach; x <= reach; ++x) {
                    float a = 0, b = 0;
                    for (std::size_t k = 0; k < u.size(); ++k) {
                        const float d = u[k].row(r)[c] - v[k].row(r + y)[c + x];
                        const float e = v[k].row(r)[c] - u[k].row(r + y)[c + x];
                        a += d * d;
                        b += e * e;
                    }
                    forward = std::min(forward, a);
                    backward = std::min(backward, b);
                }
            }
            out.row(r)[c] = std::max(forward, backward);
        }
    }
    return out;
}

void compress(Plane& plane, float knee, float scale) {
    for (float& v : plane.values) {
        const float x = std::max(v, 0.0F);
        v = scale * x / (x + knee);
    }
}

/// The largest value within `reach` pixels, both ways.
Plane dilate(const Plane& in, int reach) {
    Plane across(in.width, in.height), out(in.width, in.height);
    for (int r = 0; r < in.height; ++r) {
        for (int c = 0; c < in.width; ++c) {
            float most = 0;
            for (int x = std::max(c - reach, 0); x <= std::min(c + reach, in.width - 1); ++x)
                most = std::max(most, in.row(r)[x]);
            across.row(r)[c] = most;
        }
    }
    for (int r = 0; r < in.height; ++r) {
        for (int c = 0; c < in.width; ++c) {
            float most = 0;
            for (int y = std::max(r - reach, 0); y <= std::min(r + reach, in.height - 1); ++y)
                most = std::max(most, across.row(y)[c]);
            out.row(r)[c] = most;
        }
    }
    return out;
}

Plane box5(const Plane& in) {
    Plane across(in.width, in.height), out(in.width, in.height);
    const auto at = [](int i, int n) { return std::clamp(i, 0, n - 1); };
    for (int r = 0; r < in.height; ++r) {
        const float* from = in.row(r);
        for (int c = 0; c < in.width; ++c) {
            float sum = 0;
            for (int x = -2; x <= 2; ++x) sum += from[at(c + x, in.width)];
            across.row(r)[c] = sum * 0.2F;
        }
    }
    for (int r = 0; r < in.height; ++r) {
        for (int c = 0; c < in.width; ++c) {
            float sum = 0;
            for (int y = -2; y <= 2; ++y) sum += across.row(at(r + y, in.height))[c];
            out.row(r)[c] = sum * 0.2F;
        }
    }
    return out;
}

/// Bilinear, to twice the size.
Plane twice(const Plane& in) {
    Plane out(in.width * 2, in.height * 2);
    for (int r = 0; r < out.height; ++r) {
        const int near = r / 2, far = std::clamp(r % 2 != 0 ? near + 1 : near - 1, 0, in.height - 1);
        const float *a = in.row(near), *b = in.row(far);
        float* to = out.row(r);
        for (int c = 0; c < in.width; ++c) {
            const int left = std::max(c - 1, 0), right = std::min(c + 1, in.width - 1);
            const float here = 0.75F * a[c] + 0.25F * b[c];
            to[2 * c] = 0.75F * here + 0.25F * (0.75F * a[left] + 0.25F * b[left]);
            to[2 * c + 1] = 0.75F * here + 0.25F * (0.75F * a[right] + 0.25F * b[right]);
        }
    }
    return out;
}

/// 1 - the local correlation of the missions' brightness, where it is positive: 0 the same structure, 1 another or
/// none.
Plane structure_change(const Plane& a, const Plane& b, int rounds, float least_before, float least_after) {
    const auto average = [rounds](Plane p) {
        for (int i = 0; i < rounds; ++i) p = box5(p);
        return p;
    };
    const auto product = [](const Plane& p, const Plane& q) {
        Plane out(p.width, p.height);
        for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = p.values[i] * q.values[i];
        return out;
    };
    const Plane ma = average(a), mb = average(b), aa = average(product(a, a)), bb = average(product(b, b)),
                ab = average(product(a, b));
    Plane out(a.width, a.height);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float va = std::max(aa.values[i] - ma.values[i] * ma.values[i], 0.0F) + least_before;
        const float vb = std::max(bb.values[i] - mb.values[i] * mb.values[i], 0.0F) + least_after;
        const float cov = std::max(ab.values[i] - ma.values[i] * mb.values[i], 0.0F);
        out.values[i] = std::max(1 - cov / std::sqrt(va * vb), 0.0F);
    }
    return out;
}

/// How much a coarse difference counts, at a quarter of the resolution.
Plane context_weight(const ChangeFeatures& f, const ChangeModel& model) {
    const auto least_variance = [](const auto& knees, std::size_t bands) {
        float sum = 0;
        for (std::size_t k = 0; k < bands; ++k) sum += knees[k];
        const float least = least_texture * sum / static_cast<float>(bands);
        return least * least;
    };
    const std::size_t p = f.fine_before.size(), q = f.fine_after.size();
    const float least_before = least_variance(model.knee_before, p), least_after = least_variance(model.knee_after, q);
    const Plane a4 = halve(f.luminance_before), b4 = halve(f.luminance_after);
    Plane out = structure_change(a4, b4, 3, least_before, least_after);
    const Plane wide = twice(structure_change(halve(a4), halve(b4), 2, least_before, least_after));
    const Plane ta = halve(f.coarse_before.back()), tb = halve(f.coarse_after.back());
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float activity = std::max(ta.values[i] / model.knee_before[p], tb.values[i] / model.knee_after[q]);
        out.values[i] = 0.5F * (out.values[i] + wide.values[i]);
        out.values[i] *= (1 + flat_activity) * activity / (activity + flat_activity);
    }
    return out;
}

} // namespace

void ScoreHistogram::add(const ScoreHistogram& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
}

void score_change(const Window& tile, const MissionView& before, const MissionView& after, const ShiftField& field,
                  const ChangeModel& model, std::span<std::uint16_t> score, ScoreHistogram& histogram) {
    std::fill(score.begin(), score.end(), std::uint16_t{0});
    if (model.usable) {
        ChangeFeatures f = change_features(tile, before, after, field, model.fill_before, model.fill_after);
        if (f.any_valid) {
            const Plane fine = tolerant_distance(variates(model.levels[0], f.fine_before, true),
                                                 variates(model.levels[0], f.fine_after, false), tolerance_px);
            const Plane weight = twice(context_weight(f, model));
            const auto compress_all = [](std::vector<Plane>& planes, const auto& knees, float scale, std::size_t from,
                                         std::size_t to) {
                for (std::size_t k = from; k < to; ++k) compress(planes[k], knees[k], scale);
            };
            const std::size_t p = f.fine_before.size(), q = f.fine_after.size();
            compress_all(f.coarse_before, model.knee_before, texture_range, p, p + 1);
            compress_all(f.coarse_after, model.knee_after, texture_range, q, q + 1);
            Plane coarse = tolerant_distance(variates(model.levels[1], f.coarse_before, true),
                                             variates(model.levels[1], f.coarse_after, false), 0);
            for (float& v : f.coarse_before.back().values) v *= 1 / texture_range;
            for (float& v : f.coarse_after.back().values) v *= 1 / texture_range;
            compress_all(f.coarse_before, model.knee_before, 1, 0, p);
            compress_all(f.coarse_after, model.knee_after, 1, 0, q);
            const Plane dark = tolerant_distance(variates(model.levels[2], f.coarse_before, true),
                                                 variates(model.levels[2], f.coarse_after, false), 0);
            for (std::size_t i = 0; i < coarse.values.size(); ++i) {
                const float distance = std::sqrt(std::max(coarse.values[i], dark.values[i])) * weight.values[i];
                coarse.values[i] = (distance - model.coarse_null.centre) / model.coarse_null.scale;
            }
            const Plane broad = twice(coarse);
            Plane sharp = fine;
            for (float& v : sharp.values) v = (std::sqrt(v) - model.fine_null.centre) / model.fine_null.scale;
            Plane evidence = dilate(sharp, 1);
            const Plane strongest = dilate(sharp, glare_reach);
            for (std::size_t i = 0; i < evidence.values.size(); ++i) evidence.values[i] -= glare * strongest.values[i];
            for (int r = 0; r < tile.height; ++r) {
                for (int c = 0; c < tile.width; ++c) {
                    const int row = r + change_halo, col = c + change_halo;
                    if (f.valid[static_cast<std::size_t>(row) * f.window.width + col] == 0) continue;
                    const float outlined = std::min(broad.row(row)[col], outline_gain * evidence.row(row)[col]);
                    const float z = std::max(fine_share * sharp.row(row)[col], outlined);
                    score[static_cast<std::size_t>(r) * tile.width + c] = static_cast<std::uint16_t>(
                        std::clamp((z - static_cast<float>(change_score_offset)) * 256.0F + 0.5F, 1.0F, 65535.0F));
                }
            }
        }
    }
    for (const std::uint16_t s : score) ++histogram.counts[s];
}

} // namespace overflight
