// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace overflight::kernels {

/// Smoothing by rows, most of it binomial. The caller keeps the rows that a vertical one needs. Counts are multiples of
/// 8; samples more are read on either side where said. Float operations are elementwise and unfused: the same on every
/// target. Output overlaps no input.

/// out[i] = (in[i-1] + in[i+1]) + (in[i] + in[i]): 1 2 1, not divided. Reads one more on either side.
void smooth_along(const float* in, std::size_t count, float* out);
/// Two rounds of 1 2 1: out[i] = (in[i-2] + in[i+2]) + 4 (in[i-1] + in[i+1]) + 6 in[i]. Reads two more.
void smooth_along_twice(const float* in, std::size_t count, float* out);
/// out = ((above + below) + (here + here)) * scale.
void smooth_across(const float* above, const float* here, const float* below, float scale, std::size_t count,
                   float* out);
/// out = ((rows[0] + rows[4]) + 4 (rows[1] + rows[3]) + 6 rows[2]) * scale.
void smooth_across_twice(const float* const* rows, float scale, std::size_t count, float* out);

/// Means over 5 x 5 in two steps, the first not divided: out = ((rows[0] + rows[4]) + (rows[1] + rows[3])) + rows[2].
void sum_five_across(const float* const* rows, std::size_t count, float* out);
/// out[i] = (((in[i-2] + in[i+2]) + (in[i-1] + in[i+1])) + in[i]) * scale. Reads two more.
void sum_five_along(const float* in, float scale, std::size_t count, float* out);

/// Magnitude of the central differences, (right - left) / 2 and (below - above) / 2. Reads one more of `here`.
void gradient_magnitude(const float* above, const float* here, const float* below, std::size_t count, float* out);

namespace reference {
void smooth_along(const float* in, std::size_t count, float* out);
void smooth_along_twice(const float* in, std::size_t count, float* out);
void smooth_across(const float* above, const float* here, const float* below, float scale, std::size_t count,
                   float* out);
void smooth_across_twice(const float* const* rows, float scale, std::size_t count, float* out);
void sum_five_across(const float* const* rows, std::size_t count, float* out);
void sum_five_along(const float* in, float scale, std::size_t count, float* out);
void gradient_magnitude(const float* above, const float* here, const float* below, std::size_t count, float* out);
} // namespace reference

} // namespace overflight::kernels
