// SPDX-License-Identifier: Apache-2.0
#include "geometry/convex_clip.h"

#include <cstddef>

namespace overflight {

std::vector<std::pair<double, double>> clipped(std::vector<std::pair<double, double>> ring,
                                               const std::vector<std::pair<double, double>>& outline) {
    for (std::size_t side = 0; side < outline.size() && !ring.empty(); ++side) {
        const auto &from = outline[side], &to = outline[(side + 1) % outline.size()];
        const auto inside = [&](const std::pair<double, double>& p) { // positive on the left
            return (to.first - from.first) * (p.second - from.second) -
                   (to.second - from.second) * (p.first - from.first);
        };
        std::vector<std::pair<double, double>> kept;
        for (std::size_t i = 0; i < ring.size(); ++i) {
            const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
            const double da = inside(a), db = inside(b);
            if (da >= 0) kept.push_back(a);
            if ((da < 0) == (db < 0)) continue;
            const double t = da / (da - db);
            kept.emplace_back(a.first + t * (b.first - a.first), a.second + t * (b.second - a.second));
        }
        ring = std::move(kept);
    }
    return ring;
}

} // namespace overflight
