// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handover/report/sheets.h"

// Private to handover.
namespace overflight {

/// Chips cost reading the product at full resolution.
inline constexpr std::size_t most_chips = 48;

/// The object and its surroundings in a mosaic, as a data URI of at most 160 pixels a side.
std::string chip(const ProductReader& mosaic, const ChangedObject& object);

} // namespace overflight
