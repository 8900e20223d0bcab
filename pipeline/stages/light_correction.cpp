// SPDX-License-Identifier: Apache-2.0
#include "stages/light_correction.h"

namespace overflight {
namespace {

template <typename Sample>
void correct_row(const kernels::LightFalloff& falloff, const kernels::LightSlope& slope, std::size_t first,
                 std::size_t count, int lanes, std::size_t group, SampledPart& part) {
    kernels::correct_light(falloff, slope, part.col.data() + first, part.row.data() + first, count, lanes,
                           reinterpret_cast<Sample*>(part.groups[group].data()) +
                               first * static_cast<std::size_t>(lanes));
}

} // namespace

LightCorrection::LightCorrection(const PlannedMission& mission, std::size_t frame, const FrameBalance& balance)
    : layout_(mission.layout), type_(mission.type), radiometry_(static_cast<std::size_t>(mission.layout.groups())) {
    const PlannedFrame& planned = mission.frames[frame];
    const auto camera = static_cast<std::size_t>(planned.camera_number);
    const bool falls = balance.has_falloff(camera);
    if (falls) {
        kernels::LightFalloff falloff;
        falloff.col = static_cast<float>((planned.header.width - 1) * kernels::phases) / 2;
        falloff.row = static_cast<float>((planned.header.height - 1) * kernels::phases) / 2;
        falloff.per_distance2 = 1 / (falloff.col * falloff.col + falloff.row * falloff.row);
        falloff_.assign(radiometry_.size(), falloff);
        east_.assign(radiometry_.size(), {});
        north_.assign(radiometry_.size(), {});
        const Bounds& b = planned.footprint.bounds;
        x_ = (b.xmin + b.xmax) / 2, y_ = (b.ymin + b.ymax) / 2;
    }
    for (int band = 0; band < mission.layout.bands; ++band) {
        const auto group = static_cast<std::size_t>(band / 4), lane = static_cast<std::size_t>(band % 4);
        radiometry_[group].scale[lane] = balance.gain(frame, band);
        radiometry_[group].offset[lane] = balance.offset(frame, band);
        if (!falls) continue;
        const FrameBalance::Vignetting v = balance.vignetting(camera, band);
        falloff_[group].a2[lane] = v[0], falloff_[group].a4[lane] = v[1], falloff_[group].a6[lane] = v[2];
        east_[group][lane] = static_cast<double>(balance.slope(band).east);
        north_[group][lane] = static_cast<double>(balance.slope(band).north);
    }
}

void LightCorrection::apply(const Grid& grid, const Window& window, SampledPart& part) const {
    if (falloff_.empty()) return;
    const auto width = static_cast<std::size_t>(part.part.width);
    for (int row = 0; row < part.part.height; ++row)
        apply_row(grid, window.col + part.part.col, window.row + part.part.row + row,
                  static_cast<std::size_t>(row) * width, width, part);
}

void LightCorrection::apply_row(const Grid& grid, std::int64_t col, std::int64_t row, std::size_t first,
                                std::size_t count, SampledPart& part) const {
    const double dx = grid.x(static_cast<double>(col)) - x_, dy = grid.y(static_cast<double>(row)) - y_;
    for (std::size_t group = 0; group < falloff_.size(); ++group) {
        const int lanes = layout_.lanes_in(static_cast<int>(group));
        kernels::LightSlope slope;
        for (std::size_t lane = 0; lane < 4; ++lane) {
            slope.step[lane] = static_cast<float>(east_[group][lane] * grid.resolution);
            slope.start[lane] = static_cast<float>(east_[group][lane] * dx + north_[group][lane] * dy);
        }
        switch (type_) {
        case SampleType::u8:
            correct_row<std::uint8_t>(falloff_[group], slope, first, count, lanes, group, part);
            break;
        case SampleType::u16:
            correct_row<std::uint16_t>(falloff_[group], slope, first, count, lanes, group, part);
            break;
        case SampleType::f32:
            correct_row<float>(falloff_[group], slope, first, count, lanes, group, part);
            break;
        }
    }
}

} // namespace overflight
