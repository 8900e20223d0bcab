// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulation/layout.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace overflight::simulation {

/// One known change: what differs in a block from mission `from` on.
struct Edit {
    ChangeKind kind = ChangeKind::building_new;
    int from = 1; ///< index of the first mission in which it holds
    std::uint64_t key = 0;
    std::int64_t i = 0, j = 0; ///< the block
    std::optional<SceneObject> removed, added;
    double x = 0, y = 0, cos = 1, sin = 0; ///< patch of ground works: centre and direction
    double half_a = 0, half_b = 0;
    double shore2 = 1; ///< water level: pond_distance2 up to which water stands
};

/// All known changes of a scene, by block.
class ChangePlan {
public:
    /// Chooses places inside the scene's extent. Throws InputError where there are fewer than asked for.
    ChangePlan(const Settings& settings, const Layout& layout);

    const std::vector<Edit>& edits() const { return edits_; }
    /// Indices into edits().
    const std::vector<std::size_t>& of_block(std::int64_t i, std::int64_t j) const;

private:
    std::vector<Edit> edits_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> by_block_;
};

} // namespace overflight::simulation
