// SPDX-License-Identifier: Apache-2.0
#include "stages/change_score.h"

#include "stages/change_features.h"

#include <algorithm>
#include <cmath>

namespace overflight {

double tune[16] = {1,0,1,4,0.1,2,1,1, 2,4.3,0.9};

namespace {

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
            for (int x = std::max(c - reach, 0); x <= std::min(c + reach, in.width - 1); ++x) most = std::max(most, in.row(r)[x]);
            across.row(r)[c] = most;
        }
    }
    for (int r = 0; r < in.height; ++r) {
        for (int c = 0; c < in.width; ++c) {
            float most = 0;
            for (int y = std::max(r - reach, 0); y <= std::min(r + reach, in.height - 1); ++y) most = std::max(most, across.row(y)[c]);
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

/// 1 - the local correlation of the missions' brightness, where it is positive: 0 the same structure, 1 another.
/// At a quarter of the resolution, over about 40 pixels. Texture below 2 % of the brightness counts as none.
Plane structure_change(const Plane& before, const Plane& after, float least_before, float least_after) {
    const Plane a = halve(before), b = halve(after);
    const auto average = [](const Plane& p) { return tune[13] > 2 ? box5(box5(box5(p))) : tune[13] > 1 ? box5(box5(p)) : box5(p); };
    const auto product = [](const Plane& p, const Plane& q) {
        Plane out(p.width, p.height);
        for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = p.values[i] * q.values[i];
        return out;
    };
    const Plane ma = average(a), mb = average(b), saa = average(product(a, a)), sbb = average(product(b, b)), sab = average(product(a, b));
    Plane out(a.width, a.height);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        const float va = std::max(saa.values[i] - ma.values[i] * ma.values[i], 0.0F) + least_before;
        const float vb = std::max(sbb.values[i] - mb.values[i] * mb.values[i], 0.0F) + least_after;
        const float cov = std::max(sab.values[i] - ma.values[i] * mb.values[i], 0.0F);
        out.values[i] = std::max(1 - cov / std::sqrt(va * vb), 0.0F);
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
                                                 variates(model.levels[0], f.fine_after, false), (int)tune[0]);
            compress(f.coarse_before.back(), model.knee_before[f.coarse_before.size() - 1], 100);
            compress(f.coarse_after.back(), model.knee_after[f.coarse_after.size() - 1], 100);
            Plane coarse = tolerant_distance(variates(model.levels[1], f.coarse_before, true),
                                             variates(model.levels[1], f.coarse_after, false), (int)tune[1]);
            for (std::size_t b = 0; b < f.coarse_before.size(); ++b) compress(f.coarse_before[b], b+1<f.coarse_before.size()?model.knee_before[b]:100.0F, 1);
            for (std::size_t b = 0; b < f.coarse_after.size(); ++b) compress(f.coarse_after[b], b+1<f.coarse_after.size()?model.knee_after[b]:100.0F, 1);
            const Plane dark = tolerant_distance(variates(model.levels[2], f.coarse_before, true),
                                                 variates(model.levels[2], f.coarse_after, false), (int)tune[1]);
            for (std::size_t i = 0; i < coarse.values.size(); ++i) coarse.values[i] = std::max(coarse.values[i], (float)tune[2]*dark.values[i]);
            const auto brightness = [](const auto& knees, std::size_t bands) {
                float sum = 0;
                for (std::size_t k = 0; k < bands; ++k) sum += knees[k];
                const float least = 0.02F * sum / static_cast<float>(bands);
                return least * least;
            };
            const Plane structure = twice(structure_change(f.luminance_before, f.luminance_after,
                                                           brightness(model.knee_before, f.fine_before.size()),
                                                           brightness(model.knee_after, f.fine_after.size())));
            for (std::size_t i = 0; i < coarse.values.size(); ++i) coarse.values[i] *= tune[14] == 2 ? structure.values[i] * structure.values[i] : tune[14] == 1 ? structure.values[i] : 1.0F;
            const Plane broad = twice(coarse);
            const Plane evidence = dilate(fine, (int)tune[3]);
            for (int r = 0; r < tile.height; ++r) {
                for (int c = 0; c < tile.width; ++c) {
                    const int row = r + change_halo, col = c + change_halo;
                    if (f.valid[static_cast<std::size_t>(row) * f.window.width + col] == 0) continue;
                    const float s = std::max((float)tune[4] * fine.row(row)[col], std::min(broad.row(row)[col], (float)tune[5] * evidence.row(row)[col]));
                    score[static_cast<std::size_t>(r) * tile.width + c] =
                        static_cast<std::uint16_t>(std::clamp(std::sqrt(s) * 256.0F + 0.5F, 1.0F, 65535.0F));
                }
            }
        }
    }
    for (const std::uint16_t s : score) ++histogram.counts[s];
}

} // namespace overflight
