// SPDX-License-Identifier: Apache-2.0
#include "flow/hashes_ahead.h"

#include "core/errors.h"
#include "core/limits.h"
#include "io/hash.h"

namespace overflight {

HashesAhead::~HashesAhead() {
    stop_.request_stop();
}

void HashesAhead::begin(const FileState& file) {
    if (file.bytes < 0) return; // nothing tells whether it is the same later
    const auto [entry, fresh] = begun_.try_emplace(file.path, Begun{file, {}});
    if (!fresh) return;
    last_ = start_work(true, [path = file.path, before = last_, stop = stop_.get_token()]() -> std::string {
                if (before.valid()) before.wait();
                try {
                    return sha256_of_file(path, stop);
                } catch (const RunError&) { // whoever wants it reads it again, and says so
                    return {};
                } catch (const Cancelled&) {
                    return {};
                }
            }).share();
    entry->second.sha256 = last_;
}

std::string HashesAhead::sha256(const FileState& file) const {
    const auto found = begun_.find(file.path);
    return found != begun_.end() && found->second.file.same_as(file) ? found->second.sha256.get() : std::string();
}

} // namespace overflight
