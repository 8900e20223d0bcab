// SPDX-License-Identifier: Apache-2.0
#include "simulation/change_plan.h"

#include "simulation/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace overflight::simulation {

namespace {

/// Every block whose centre lies well inside the scene, in a random but fixed order.
std::vector<Block> inner_blocks(const Settings& settings, const Layout& layout, std::uint64_t seed) {
    const double half_w = 0.5 * settings.scene.width_m, half_h = 0.5 * settings.scene.height_m;
    const double reach = std::hypot(half_w, half_h);
    std::int64_t i0, j0, i1, j1;
    layout.find(-reach, -reach, i0, j0);
    layout.find(reach, reach, i1, j1);
    std::vector<Block> blocks;
    for (std::int64_t j = j0; j <= j1; ++j) {
        for (std::int64_t i = i0; i <= i1; ++i) {
            const Block block = layout.block(i, j);
            const Point2 center = layout.to_xy(block.center_u(), block.center_v());
            if (std::abs(center.x) < 0.92 * half_w && std::abs(center.y) < 0.92 * half_h) blocks.push_back(block);
        }
    }
    std::sort(blocks.begin(), blocks.end(),
              [&](const Block& a, const Block& b) { return mix(a.key ^ seed) < mix(b.key ^ seed); });
    return blocks;
}

class Planner {
public:
    Planner(const Settings& settings, const Layout& layout) : settings_(settings), layout_(layout) {}

    std::optional<Edit> try_block(const Block& block, const ChangeSettings& change, std::uint64_t key) {
        const std::pair<std::int64_t, std::int64_t> place(block.i, block.j);
        Random random(key);
        Edit edit;
        edit.kind = change.kind;
        edit.i = block.i, edit.j = block.j;
        edit.key = key;
        const auto size = [&] {
            return change.smallest_m * std::pow(change.largest_m / change.smallest_m, random.uniform());
        };
        switch (change.kind) {
        case ChangeKind::building_gone:
            return remove_building(block, change, edit);
        case ChangeKind::vehicles_moved:
            return move_vehicle(block, edit, random);
        case ChangeKind::building_new: {
            const double a = size(), b = std::max(change.smallest_m, a * random.uniform(0.6, 1));
            const auto spot = free_spot(block, random, std::hypot(a, b) / 2 + 1);
            if (!spot || (block.use != Use::town && block.use != Use::meadow && block.use != Use::field)) return {};
            edit.added = layout_.building(block, spot->x, spot->y, a, b, key);
            break;
        }
        case ChangeKind::ground_works: {
            edit.half_a = 0.5 * size(), edit.half_b = edit.half_a * random.uniform(0.6, 1);
            const auto spot = free_spot(block, random, std::hypot(edit.half_a, edit.half_b) + 1);
            if (!spot || (block.use != Use::meadow && block.use != Use::field && block.use != Use::town)) return {};
            const Point2 xy = layout_.to_xy(spot->x, spot->y);
            const double turn = random.uniform(0, 3.14159265358979323846);
            edit.x = xy.x, edit.y = xy.y, edit.cos = std::cos(turn), edit.sin = std::sin(turn);
            break;
        }
        case ChangeKind::field_ploughed:
            if (block.use != Use::field || block.ground == Material::soil || busy_.count(place)) return {};
            break;
        case ChangeKind::water_level: {
            if (block.use != Use::water || busy_.count(place)) return {};
            const double shore = std::min(size() / std::min(block.pond_ru, block.pond_rv), 0.45);
            const double scale = random.chance(0.5) ? 1 - shore : std::min(1 + shore, 0.9 * pond_rim);
            edit.shore2 = scale * scale;
            break;
        }
        }
        busy_.insert(place);
        return edit;
    }

private:
    std::optional<Edit> remove_building(const Block& block, const ChangeSettings& change, Edit& edit) {
        for (const SceneObject& object : layout_.objects(block)) {
            const double size = 2 * std::sqrt(object.half_a * object.half_b);
            if (object.kind == ObjectKind::building && size >= change.smallest_m && size <= change.largest_m &&
                gone_.insert(object.key).second) {
                edit.removed = object;
                return edit;
            }
        }
        return {};
    }

    std::optional<Edit> move_vehicle(const Block& block, Edit& edit, Random& random) {
        const std::vector<SceneObject> objects = layout_.objects(block);
        for (const SceneObject& object : objects) {
            if (object.kind != ObjectKind::vehicle || gone_.count(object.key)) continue;
            for (int attempt = 0; attempt < 20; ++attempt) {
                SceneObject moved = object;
                const double along = random.uniform(8, 40) * (random.chance(0.5) ? 1 : -1);
                // On a car park the next bays are beside it, on a road the way is ahead.
                const bool parked = block.use == Use::parking && inset(block, object) > verge_m;
                moved.x += (parked ? -object.sin : object.cos) * along;
                moved.y += (parked ? object.cos : object.sin) * along;
                const Point2 uv = layout_.to_uv(moved.x, moved.y);
                const bool inside =
                    uv.x > block.u0 - 6 && uv.x < block.u1 - 6 && uv.y > block.v0 - 6 && uv.y < block.v1 - 6;
                if (!inside || !free(objects, moved.x, moved.y, moved.radius() + 0.3)) continue;
                moved.key = edit.key;
                gone_.insert(object.key);
                placed_.push_back(moved);
                edit.removed = object;
                edit.added = moved;
                return edit;
            }
        }
        return {};
    }

    /// How far a vehicle stands inside its block; negative on the roads.
    double inset(const Block& block, const SceneObject& object) const {
        const Point2 uv = layout_.to_uv(object.x, object.y);
        return block.inset(uv.x, uv.y);
    }

    bool free(const std::vector<SceneObject>& objects, double x, double y, double radius) const {
        const auto clear = [&](const SceneObject& o) { return std::hypot(x - o.x, y - o.y) > radius + o.radius(); };
        return std::all_of(objects.begin(), objects.end(), clear) && std::all_of(placed_.begin(), placed_.end(), clear);
    }

    /// A place (u, v) in the block where nothing stands within the radius.
    std::optional<Point2> free_spot(const Block& block, Random& random, double radius) const {
        if (busy_.count({block.i, block.j})) return {};
        const double u_min = block.u0 + block.road_u0 + verge_m + radius,
                     u_max = block.u1 - block.road_u1 - verge_m - radius;
        const double v_min = block.v0 + block.road_v0 + verge_m + radius,
                     v_max = block.v1 - block.road_v1 - verge_m - radius;
        if (u_min >= u_max || v_min >= v_max) return {};
        const std::vector<SceneObject> objects = layout_.objects(block);
        for (int attempt = 0; attempt < 60; ++attempt) {
            const Point2 uv{random.uniform(u_min, u_max), random.uniform(v_min, v_max)};
            const Point2 xy = layout_.to_xy(uv.x, uv.y);
            if (free(objects, xy.x, xy.y, radius)) return uv;
        }
        return {};
    }

    const Settings& settings_;
    const Layout& layout_;
    std::set<std::pair<std::int64_t, std::int64_t>> busy_; ///< blocks whose ground is taken by a change
    std::set<std::uint64_t> gone_;
    std::vector<SceneObject> placed_;
};

int first_mission(const Settings& settings, const ChangeSettings& change) {
    if (change.mission.empty()) return 1;
    const auto found = std::find_if(settings.missions.begin(), settings.missions.end(),
                                    [&](const MissionSettings& m) { return m.name == change.mission; });
    return static_cast<int>(found - settings.missions.begin());
}

} // namespace

ChangePlan::ChangePlan(const Settings& settings, const Layout& layout) {
    Planner planner(settings, layout);
    std::vector<Problem> problems;
    for (std::size_t c = 0; c < settings.changes.size(); ++c) {
        const ChangeSettings& change = settings.changes[c];
        const std::uint64_t seed =
            hash(static_cast<std::uint64_t>(settings.scene.seed), {977, static_cast<std::int64_t>(c)});
        const std::vector<Block> blocks = inner_blocks(settings, layout, seed);
        int done = 0;
        // Round after round, so that changes spread over the blocks before two fall into one.
        for (int round = 0; round < 8 && done < change.count; ++round) {
            for (std::size_t b = 0; b < blocks.size() && done < change.count; ++b) {
                const std::uint64_t key = hash(seed, {round, static_cast<std::int64_t>(b)});
                std::optional<Edit> edit = planner.try_block(blocks[b], change, key);
                if (!edit) continue;
                edit->from = first_mission(settings, change);
                by_block_[{edit->i, edit->j}].push_back(edits_.size());
                edits_.push_back(*edit);
                ++done;
            }
        }
        if (done < change.count) {
            Problem problem = change.where;
            problem.key = "change.count";
            problem.message =
                fmt::format("found {}, but the scene has room for {} changes of kind {} of that size; enlarge "
                            "scene.width_m and scene.height_m, or the share of such land in [land]",
                            change.count, done, name_of(change.kind));
            problems.push_back(problem);
        }
    }
    if (!problems.empty()) throw InputError(problems);
}

const std::vector<std::size_t>& ChangePlan::of_block(std::int64_t i, std::int64_t j) const {
    static const std::vector<std::size_t> none;
    const auto found = by_block_.find({i, j});
    return found == by_block_.end() ? none : found->second;
}

} // namespace overflight::simulation
