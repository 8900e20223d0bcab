// SPDX-License-Identifier: Apache-2.0
#include "kernels/dispatch.h"

#include <algorithm>
#include <cctype>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dispatch.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
std::int64_t compiled_target() {
    return HWY_TARGET;
}
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {
namespace {

HWY_EXPORT(compiled_target);

/// Bits of the targets; Highway's lower bits are the better ones. The last one, which needs no dispatch, is the build's
/// baseline and always there.
std::int64_t cpu_targets() {
    static const std::int64_t targets = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
    return targets;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

void use_targets(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

} // namespace

TargetNames supported_targets() {
    TargetNames result;
    for (std::int64_t rest = cpu_targets(); rest != 0; rest &= rest - 1)
        result.names[result.count++] = hwy::TargetName(rest & -rest);
    return result;
}

std::string_view active_target() {
    return hwy::TargetName(HWY_DYNAMIC_DISPATCH(compiled_target)());
}

std::string force_target(std::string_view name) {
    const std::int64_t all = cpu_targets();
    if (name.empty()) {
        use_targets(0);
        return {};
    }
    std::string allowed;
    for (std::int64_t rest = all; rest != 0; rest &= rest - 1) {
        const std::int64_t target = rest & -rest;
        if (same_name(name, hwy::TargetName(target))) {
            use_targets(target);
            return {};
        }
        allowed += (allowed.empty() ? "" : ", ") + std::string(hwy::TargetName(target));
    }
    return "unknown instruction set \"" + std::string(name) + "\"; this CPU and build have " + allowed;
}

} // namespace overflight::kernels
#endif
