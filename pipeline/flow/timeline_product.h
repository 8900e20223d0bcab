// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/step.h"

namespace overflight {

/// A product for each series of changes (find_series()), <first mission>__<last mission>__timeline: by pixel in which
/// interval it changed last and how often, and the objects of all intervals with the same. After the products of the
/// changes, which it reads.
void make_timelines(const Step& step);

} // namespace overflight
