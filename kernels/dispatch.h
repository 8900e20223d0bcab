// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace overflight::kernels {

/// Names as Highway has them: AVX3, AVX2, SSE4, SSSE3, SCALAR; case does not matter.
struct TargetNames {
    std::array<std::string_view, 16> names;
    std::size_t count = 0;
};

/// The instruction sets that this program was built for and that this CPU has, the best first. Not narrowed by a
/// forced target.
TargetNames supported_targets();

/// The instruction set that the kernels use now.
std::string_view active_target();

/// Makes the kernels use the named instruction set; an empty name goes back to the best. Returns an empty string, or
/// what is wrong and what is allowed; then nothing has changed. Not while a kernel runs in another thread.
std::string force_target(std::string_view name);

/// Environment variable whose value main hands to force_target.
inline constexpr const char* target_variable = "OVERFLIGHT_ISA";

} // namespace overflight::kernels
