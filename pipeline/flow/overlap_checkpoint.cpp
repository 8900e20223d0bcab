// SPDX-License-Identifier: Apache-2.0
#include "flow/overlap_checkpoint.h"

#include "core/byte_stream.h"
#include "flow/sealed_file.h"

#include <utility>

namespace overflight {

OverlapCheckpoint::OverlapCheckpoint(std::filesystem::path path, const ShortDigest& key, double seconds)
    : path_(std::move(path)), key_(key), timer_(seconds) {}

std::int64_t OverlapCheckpoint::resume(Overlaps& overlaps) const {
    const auto content = read_sealed(path_);
    if (!content) return 0;
    ByteReader in(*content);
    ShortDigest key{};
    std::int64_t windows = 0;
    Overlaps stored;
    in.take(key), in.take(windows);
    if (!in.good() || key != key_) return 0;
    in.take(stored.bands), in.take(stored.pairs), in.take(stored.statistics);
    if (!in.good() || !in.at_end()) return 0;
    overlaps = std::move(stored);
    return windows;
}

void OverlapCheckpoint::write(std::int64_t windows, const Overlaps& overlaps) {
    ByteWriter out;
    out.add(key_), out.add(windows);
    out.add(overlaps.bands), out.add(overlaps.pairs), out.add(overlaps.statistics);
    write_sealed(path_, out.take());
    timer_.restart();
}

} // namespace overflight
