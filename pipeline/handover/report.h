// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product_cache.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// Calls work(0) .. work(count - 1) once each, in any order, on any threads; a plain loop will do.
using ForEach = std::function<void(std::int64_t count, const std::function<void(std::int64_t)>& work)>;

/// Decoded chunks of a mosaic's layer that the caller still holds; nothing where it has none of this mosaic.
using HeldChunks = std::function<std::optional<ChunkedLayer>(const std::filesystem::path& mosaic, const LayerSpec&,
                                                             const Grid&, ChunkedLayer::Decode)>;

struct WrittenReport {
    std::filesystem::path path;
    std::vector<std::string> problems; ///< products that cannot be read, or are not of the run
};

/// Writes report.html into a folder of products: one file that needs no other, nor a network. Problems, statistics of
/// the run (from run.json, where there is one), coverage with footprints, seams and gaps, quick-looks, changes ranked
/// with chips, plots of resolution, balance and registration. Quick-looks are taken from the PNG files beside the
/// products; where there is none, the product is read whole. Same folder, same bytes. Throws InputError where there is
/// nothing to report on, RunError where the file cannot be written. A product that cannot be read is a problem in the
/// report.
WrittenReport write_report(const std::filesystem::path& folder, const ForEach& for_each, const HeldChunks& held = {});

} // namespace overflight
