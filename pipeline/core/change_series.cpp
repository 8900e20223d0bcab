// SPDX-License-Identifier: Apache-2.0
#include "core/change_series.h"

namespace overflight {

std::vector<std::vector<std::size_t>> find_series(const std::vector<ChangeConfig>& changes) {
    std::vector<std::vector<std::size_t>> series;
    std::vector<std::size_t> current;
    const auto finish = [&] {
        if (current.size() > 1) series.push_back(current);
        current.clear();
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const bool follows =
            !current.empty() && changes[current.back()].after == changes[i].before && current.size() < most_intervals;
        if (!follows) finish();
        current.push_back(i);
    }
    finish();
    return series;
}

std::string change_name(const ChangeConfig& change) {
    return change.before + "__" + change.after;
}

std::string timeline_name(const ChangeConfig& first, const ChangeConfig& last) {
    return first.before + "__" + last.after + "__timeline";
}

} // namespace overflight
