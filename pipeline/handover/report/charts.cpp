// SPDX-License-Identifier: Apache-2.0
#include "handover/report/charts.h"

#include "handover/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr double width = 640, height = 220, left = 64, right = 12, top = 14, bottom = 36;

/// 1, 2 or 5 times a power of ten: about five of them in the range.
double tick_step(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 5)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= range / 5) return factor * power;
    return 10 * power;
}

struct Scale {
    double low, high;
    double y(double value) const { return top + (high - value) / (high - low) * (height - top - bottom); }
};

Scale scale_of(const Chart& chart) {
    Scale scale{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    const auto take = [&](double value) {
        if (!std::isfinite(value)) return;
        scale.low = std::min(scale.low, value);
        scale.high = std::max(scale.high, value);
    };
    for (const ChartSeries& series : chart.series) {
        for (const double value : series.low) take(value);
        for (const double value : series.high) take(value);
    }
    if (!(scale.low <= scale.high)) return scale;
    for (const auto& [level, name] : chart.levels) take(level);
    const double margin = std::max(0.06 * (scale.high - scale.low), 1e-3 * std::max(1e-6, std::abs(scale.high)));
    return {scale.low - margin, scale.high + margin};
}

} // namespace

std::string drawn(const Chart& chart) {
    const Scale scale = scale_of(chart);
    if (!(scale.low < scale.high)) return {};
    std::size_t count = 1;
    for (const ChartSeries& series : chart.series) count = std::max(count, series.low.size());
    const double step = (width - left - right) / static_cast<double>(count);

    std::string text = fmt::format("<figure class=\"chart\"><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" "
                                   "role=\"img\" aria-label=\"{}\">",
                                   escaped(chart.title), width, height, escaped(chart.title));
    const double tick = tick_step(scale.high - scale.low);
    for (double value = std::ceil(scale.low / tick) * tick; value <= scale.high; value += tick) {
        const double y = scale.y(value);
        text +=
            fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text class=\"tick\" x=\"{}\" y=\"{:.1f}\">{:.4g}"
                        "</text>",
                        left, y, width - right, left - 6, y + 4, std::abs(value) < tick / 1e3 ? 0.0 : value);
    }
    for (const ChartSeries& series : chart.series) {
        std::string path;
        for (std::size_t i = 0; i < series.low.size(); ++i) {
            if (!std::isfinite(series.low[i]) || !std::isfinite(series.high[i])) continue;
            const double x = left + (static_cast<double>(i) + 0.5) * step;
            path += fmt::format("M{:.1f} {:.1f}V{:.1f}", x, scale.y(series.low[i]), scale.y(series.high[i]));
        }
        text += fmt::format("<path class=\"points {}\" stroke-width=\"{:.1f}\" d=\"{}\"/>", series.style,
                            std::clamp(0.7 * step, 1.5, 7.0), path);
    }
    for (const auto& [level, name] : chart.levels)
        text += fmt::format("<path class=\"level\" d=\"M{} {:.1f}H{}\"/><text class=\"level\" x=\"{}\" y=\"{:.1f}\">{}"
                            "</text>",
                            left, scale.y(level), width - right, width - right - 4, scale.y(level) - 4, escaped(name));
    text += fmt::format("<text class=\"axis\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", (left + width - right) / 2,
                        height - 8, escaped(chart.x_label));
    text += fmt::format("<text class=\"axis\" transform=\"translate(13 {:.0f}) rotate(-90)\">{}</text></svg>",
                        (top + height - bottom) / 2, escaped(chart.y_label));
    if (chart.series.size() > 1) {
        text += "<p class=\"legend\">";
        for (const ChartSeries& series : chart.series)
            text += fmt::format("<span class=\"{}\">{}</span>", series.style, escaped(series.name));
        text += "</p>";
    }
    return text + "</figure>";
}

std::string drawn(const std::vector<Arrow>& arrows, double map_width, double map_height, double reach) {
    double longest = 0;
    for (const Arrow& arrow : arrows) longest = std::max(longest, std::hypot(arrow.dx, arrow.dy));
    const double unit = longest > 0 ? reach / longest : 0, head = 0.25;
    std::string path;
    for (const Arrow& arrow : arrows) {
        const double dx = arrow.dx * unit, dy = arrow.dy * unit, x = arrow.x + dx, y = arrow.y + dy;
        path += fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}", arrow.x, arrow.y,
                            x, y, x - head * (dx - dy), y - head * (dy + dx), x, y, x - head * (dx + dy),
                            y - head * (dy - dx));
    }
    return fmt::format("<svg class=\"map\" viewBox=\"0 0 {:.1f} {:.1f}\" role=\"img\" aria-label=\"Shift\"><path "
                       "class=\"arrows\" d=\"{}\"/></svg>",
                       map_width, map_height, path);
}

} // namespace overflight
