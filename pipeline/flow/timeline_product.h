// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "flow/step.h"

#include <vector>

namespace overflight {

/// Changes that follow each other, the later mission of one being the earlier of the next: numbers of plan.changes.
/// Series of two and more.
std::vector<std::vector<std::size_t>> find_series(const std::vector<ChangeConfig>& changes);

/// A product for each series, <first mission>__<last mission>__timeline: by pixel in which interval it changed last and
/// how often, and the objects of all intervals with the same. After the products of the changes, which it reads.
void make_timelines(const Step& step);

} // namespace overflight
