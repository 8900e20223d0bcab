// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"
#include "flow/side_files.h"
#include "flow/work_folder.h"
#include "io/tile_journal.h"

#include <string>

namespace overflight {

std::string hex_of(const ShortDigest& digest);

/// Whether the published product is of this key and still as it was (one that was touched, by its hash; sidecar), with
/// the quick-look wanted beside it as it was drawn. Then all are entered in report and log, and tables that are wanted
/// beside it but are missing, or not as they were, are exported anew. Throws RunError where the disk refuses those.
bool keep_product(const WorkFolder& work, const std::string& key, const SideFiles& wanted, RunReport& report);

/// Before another product gets the name: what was written down is not said of that.
void forget_product(const WorkFolder& work);

/// Writes down of which key the product is that was published last; "": of none, as something is missing in it.
void remember_product(const WorkFolder& work, const std::string& key);

} // namespace overflight
