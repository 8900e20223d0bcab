// SPDX-License-Identifier: Apache-2.0
#include "stages/change_fine.h"

#include "kernels/change_rows.h"
#include "kernels/smoothing.h"

namespace overflight {

void FineScores::start(const ChangeModel& model, int first_row, int width, int first_col) {
    model_ = &model;
    first_row_ = first_row;
    first_col_ = first_col;
    width_ = width;
    stride_ = width + 2 * Plane::room;
    // Each variate of each mission: mixed, three rows smoothed along, three rows smoothed. Then distances.
    const int lines = 2 * model.levels[0].variates * 7 + 3 * 4 + kernels::tolerant_scratch_rows;
    lines_.assign(static_cast<std::size_t>(lines) * static_cast<std::size_t>(stride_), 0.0F);
}

void FineScores::push(const RegisteredRows& rows, int row, Plane& scores) {
    const MadTransform& t = model_->levels[0];
    const int variates = t.variates, pushed = row - first_row_;
    const auto n = static_cast<std::size_t>(width_);
    const auto along = [&](int mission, int v, int r) { return line(((mission * variates + v) * 2) * 3 + r % 3); };
    const auto smooth = [&](int mission, int v, int r) { return line(((mission * variates + v) * 2 + 1) * 3 + r % 3); };
    const int mixed_lines = 12 * variates, distance_lines = mixed_lines + 2 * variates;
    const auto forward = [&](int r) { return line(distance_lines + r % 3); };
    const auto backward = [&](int y, int r) { return line(distance_lines + 3 + y * 3 + r % 3); };
    float* scratch = line(distance_lines + 12);

    for (const int mission : {0, 1}) {
        std::array<const float*, change_max_bands> bands{};
        std::array<float*, change_max_features> mixed{};
        const int count = mission == 0 ? rows.bands_before() : rows.bands_after();
        for (int b = 0; b < count; ++b)
            bands[static_cast<std::size_t>(b)] = (mission == 0 ? rows.before(b, row) : rows.after(b, row)) + first_col_;
        for (int v = 0; v < variates; ++v)
            mixed[static_cast<std::size_t>(v)] = line(mixed_lines + mission * variates + v);
        kernels::mix_rows(bands.data(), count, mission == 0 ? t.before.data() : t.after.data(),
                          mission == 0 ? t.offset_before.data() : t.offset_after.data(), variates, n, mixed.data());
        for (int v = 0; v < variates; ++v) {
            kernels::smooth_along(mixed[static_cast<std::size_t>(v)], n, along(mission, v, row));
            if (pushed >= 2)
                kernels::smooth_across(along(mission, v, row - 2), along(mission, v, row - 1), along(mission, v, row),
                                       1.0F / 16, n, smooth(mission, v, row - 1));
        }
    }
    if (pushed < 4) return;
    const int compared = row - 2;
    std::array<const float*, change_max_features> before{};
    std::array<const float*, 3 * change_max_features> after{};
    for (int v = 0; v < variates; ++v) {
        before[static_cast<std::size_t>(v)] = smooth(0, v, compared);
        for (int y = 0; y < 3; ++y) after[static_cast<std::size_t>(y * variates + v)] = smooth(1, v, compared - 1 + y);
    }
    const std::array<float*, 3> back{backward(0, compared), backward(1, compared), backward(2, compared)};
    kernels::tolerant_distances(before.data(), after.data(), variates, n, forward(compared), back.data(), scratch,
                                static_cast<std::size_t>(stride_));
    if (pushed < 6) return;
    const int done = row - reach;
    kernels::tolerant_score(forward(done), backward(2, done - 1), backward(1, done), backward(0, done + 1),
                            model_->fine_null.centre, 1 / model_->fine_null.scale, n, scores.row(done) + first_col_);
}

} // namespace overflight
