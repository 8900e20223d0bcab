// SPDX-License-Identifier: Apache-2.0
#include "flow/second_look.h"

#include "core/quality.h"
#include "stages/alike_views.h"
#include "stages/change_second_look.h"
#include "stages/compose.h"

#include <algorithm>
#include <utility>

namespace overflight {
namespace {

constexpr double worth_it = 0.5; ///< of the parallax that the mosaics have: what the other pair may have at most

} // namespace

/// What frames of a mission are composed with.
struct SecondLook::Frames {
    struct Mission {
        Mission(const Plan& plan, std::size_t number, const Survey& survey)
            : frames(plan, number, plan.memory.second_look_frames),
              composer(plan.missions[number], plan.config.mosaic, frames.cache(), survey.balance, survey.seams,
                       plan.config.terrain_of(plan.missions[number].config).surface_error_m) {}

        MissionFrames frames;
        Composer composer;
    };

    Frames(const Plan& plan, const PlannedChange& change, const PairViewsFinder& views)
        : before(plan, change.before, views.survey_before()), after(plan, change.after, views.survey_after()) {}

    Mission before, after;
};

struct SecondLook::Workspace {
    struct Side {
        ComposeScratch scratch;
        ComposedTile tile;
        std::vector<std::uint8_t> valid;
        MissionView view;

        /// A window of the pair's grid, as a frame shows it.
        void compose(const Frames::Mission& mission, std::size_t frame, const MosaicView& mosaic,
                     const Window& window) {
            mission.composer.compose_alone(frame, mosaic.own(window), scratch, tile);
            view.window = window;
            view.bands.clear();
            for (const int band : mosaic.bands())
                view.bands.push_back({tile.bands[static_cast<std::size_t>(band)].data(), window.width, mosaic.type()});
            valid.resize(tile.quality.size());
            std::transform(tile.quality.begin(), tile.quality.end(), valid.begin(),
                           [](std::uint8_t flags) { return static_cast<std::uint8_t>(flags & quality::valid); });
            view.valid = valid.data();
            view.valid_stride = window.width;
        }
    };

    Side before, after;
    std::vector<std::uint8_t> second;
};

SecondLook::SecondLook(const Plan& plan, const PlannedChange& change, const MosaicView& before, const MosaicView& after,
                       const PairViewsFinder& views, const ChangeModel& model, const ShiftField& field)
    : plan_(plan), change_(change), before_(before), after_(after), views_(views), model_(model), field_(field) {}

SecondLook::~SecondLook() = default;

void SecondLook::lower(const Window& tile, const PairViews& views, ChangeScorer& scorer,
                       std::span<std::uint8_t> scores) const {
    const std::vector<Window> areas = areas_for_second_look(tile, scores, views.parallax);
    if (areas.empty()) return;
    const auto work = workspaces_.take();
    for (const Window& area : areas) look(tile, area, views, scorer, *work, scores);
}

const SecondLook::Frames& SecondLook::frames() const {
    const std::scoped_lock lock(opening_);
    if (!frames_) frames_ = std::make_unique<Frames>(plan_, change_, views_);
    return *frames_;
}

std::vector<JournalGap> SecondLook::damage() const {
    std::vector<JournalGap> gaps;
    const std::scoped_lock lock(opening_);
    if (!frames_) return gaps;
    for (const auto* mission : {&frames_->before, &frames_->after})
        for (const auto& [what, cause, frame] : mission->frames.damage())
            gaps.push_back({what + ", for a second look", cause, input});
    return gaps;
}

void SecondLook::look(const Window& tile, const Window& area, const PairViews& views, ChangeScorer& scorer,
                      Workspace& work, std::span<std::uint8_t> scores) const {
    const Grid& grid = change_.grid;
    const Window seen = grown(area, second_look_halo, grid);
    const auto pair = most_alike_views(plan_.missions[change_.before], plan_.missions[change_.after], grid, seen);
    if (!pair) return;
    const double parallax = pair->parallax * change_.config.relief_m / grid.resolution;
    if (parallax > worth_it * static_cast<double>(largest_parallax(views.parallax, area))) return;
    const Frames& frames = this->frames();
    work.before.compose(frames.before, pair->before, before_, grown(seen, change_halo, grid));
    work.after.compose(frames.after, pair->after, after_, grown(seen, after_halo(field_), grid));
    work.second.resize(static_cast<std::size_t>(seen.pixels()));
    const PairViews alike = views_.of_frames(seen, pair->before, work.before.view, pair->after, work.after.view);
    scorer.score(seen, work.before.view, work.after.view, field_, alike, model_, work.second);
    lower_to_second_look(tile, scores, area, seen, work.second);
}

} // namespace overflight
