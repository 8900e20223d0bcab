// SPDX-License-Identifier: Apache-2.0
#include "simulation/rpc_fit.h"

#include "core/errors.h"

#include <Eigen/QR>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <vector>

namespace overflight::simulation {

namespace {

struct Tie {
    Eigen::Vector3d ground; ///< longitude, latitude, height
    Eigen::Vector2d pixel;
};

using Terms = Eigen::Matrix<double, 20, 1>;

/// The order of RPC00B: 1 L P H LP LH PH L2 P2 H2 PLH L3 LP2 LH2 L2P P3 PH2 L2H P2H H3 (L longitude, P latitude).
Terms terms(double l, double p, double h) {
    Terms t;
    t << 1, l, p, h, l * p, l * h, p * h, l * l, p * p, h * h, p * l * h, l * l * l, l * p * p, l * h * h, l * l * p,
        p * p * p, p * h * h, l * l * h, p * p * h, h * h * h;
    return t;
}

struct Scale {
    double offset = 0, scale = 1;
    double apply(double v) const { return (v - offset) / scale; }
};

template <class Get>
Scale scale_of(const std::vector<Tie>& ties, Get get) {
    double low = 1e300, high = -1e300;
    for (const Tie& tie : ties) low = std::min(low, get(tie)), high = std::max(high, get(tie));
    return {(low + high) / 2, std::max((high - low) / 2, 1e-9)};
}

/// Places on the rays of a grid of pixels at several heights.
std::vector<Tie> ties_of(const Exposure& exposure, const MissionSettings& mission, const PoseFrame& frame,
                         double lowest, double highest, int side, int levels, double inset) {
    const ExactCamera& camera = exposure.exact;
    const bool curved = mission.pose_space == PoseSpace::cartesian;
    const Eigen::Vector3d up =
        curved ? Eigen::Vector3d(frame.local_axes(exposure.truth.position).col(2)) : Eigen::Vector3d::UnitZ();
    std::vector<Eigen::Vector3d> points;
    for (int i = 0; i < side; ++i) {
        for (int j = 0; j < side; ++j) {
            const double col =
                (static_cast<double>(camera.interior.width) - 1) * (inset + i * (1 - 2 * inset) / (side - 1));
            const double row =
                (static_cast<double>(camera.interior.height) - 1) * (inset + j * (1 - 2 * inset) / (side - 1));
            const auto direction = camera.direction(col, row);
            if (!direction || -direction->dot(up) < 0.08) continue;
            for (int k = 0; k < levels; ++k) {
                const double height = lowest + (highest - lowest) * k / (levels - 1);
                const double way = (height - exposure.truth.position.z()) / direction->dot(up);
                points.push_back(camera.center + way * *direction);
            }
        }
    }
    if (curved) frame.earth_to_map(points);
    const auto pixels = project(exposure, mission, frame, points);
    frame.map_to_geographic(points);
    std::vector<Tie> ties;
    for (std::size_t k = 0; k < points.size(); ++k) {
        if (pixels[k] && points[k].allFinite()) ties.push_back({points[k], *pixels[k]});
    }
    return ties;
}

/// numerator and denominator (its first coefficient 1) of one image coordinate.
struct Ratio {
    Terms above = Terms::Zero(), below = Terms::Zero();
    double at(const Terms& t) const { return above.dot(t) / below.dot(t); }
};

Ratio fit(const std::vector<Terms>& t, const std::vector<double>& value) {
    Ratio ratio;
    ratio.below[0] = 1;
    const auto n = static_cast<Eigen::Index>(t.size());
    // A little damping: for a near-central projection the high orders are free to trade against each other.
    const double damping = 1e-7;
    for (int round = 0; round < 3; ++round) {
        Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n + 39, 39);
        Eigen::VectorXd b = Eigen::VectorXd::Zero(n + 39);
        for (Eigen::Index i = 0; i < n; ++i) {
            const Terms& row = t[static_cast<std::size_t>(i)];
            const double weight = 1 / ratio.below.dot(row), y = value[static_cast<std::size_t>(i)];
            a.row(i).head<20>() = weight * row.transpose();
            a.row(i).tail<19>() = -weight * y * row.tail<19>().transpose();
            b[i] = weight * y;
        }
        a.bottomRows(39).diagonal().setConstant(damping * std::sqrt(static_cast<double>(n)));
        const Eigen::VectorXd solution = a.householderQr().solve(b);
        ratio.above = solution.head<20>();
        ratio.below.tail<19>() = solution.tail<19>();
    }
    return ratio;
}

} // namespace

double write_rpc(const std::filesystem::path& file, const Exposure& exposure, const MissionSettings& mission,
                 const PoseFrame& frame, double lowest, double highest) {
    const std::vector<Tie> ties = ties_of(exposure, mission, frame, lowest, highest, 15, 5, 0);
    if (ties.size() < 100) return std::nan("");
    const Scale lon = scale_of(ties, [](const Tie& t) { return t.ground.x(); });
    const Scale lat = scale_of(ties, [](const Tie& t) { return t.ground.y(); });
    const Scale height = scale_of(ties, [](const Tie& t) { return t.ground.z(); });
    const Scale samp = scale_of(ties, [](const Tie& t) { return t.pixel.x(); });
    const Scale line = scale_of(ties, [](const Tie& t) { return t.pixel.y(); });
    const auto terms_of = [&](const Tie& tie) {
        return terms(lon.apply(tie.ground.x()), lat.apply(tie.ground.y()), height.apply(tie.ground.z()));
    };
    std::vector<Terms> t;
    std::vector<double> samples, rows;
    for (const Tie& tie : ties) {
        t.push_back(terms_of(tie));
        samples.push_back(samp.apply(tie.pixel.x()));
        rows.push_back(line.apply(tie.pixel.y()));
    }
    const Ratio samp_ratio = fit(t, samples), line_ratio = fit(t, rows);

    std::ofstream out(file);
    const auto put = [&](const std::string& key, double value) { out << fmt::format("{}: {:.17g}\n", key, value); };
    put("LINE_OFF", line.offset);
    put("SAMP_OFF", samp.offset);
    put("LAT_OFF", lat.offset);
    put("LONG_OFF", lon.offset);
    put("HEIGHT_OFF", height.offset);
    put("LINE_SCALE", line.scale);
    put("SAMP_SCALE", samp.scale);
    put("LAT_SCALE", lat.scale);
    put("LONG_SCALE", lon.scale);
    put("HEIGHT_SCALE", height.scale);
    const std::pair<const char*, const Terms*> lists[] = {{"LINE_NUM_COEFF", &line_ratio.above},
                                                          {"LINE_DEN_COEFF", &line_ratio.below},
                                                          {"SAMP_NUM_COEFF", &samp_ratio.above},
                                                          {"SAMP_DEN_COEFF", &samp_ratio.below}};
    for (const auto& [name, values] : lists) {
        for (int k = 0; k < 20; ++k) put(fmt::format("{}_{}", name, k + 1), (*values)[k]);
    }
    out.close();
    if (!out) throw RunError(fmt::format("cannot write {}", file.string()));

    double worst = 0;
    for (const Tie& tie : ties_of(exposure, mission, frame, lowest, highest, 8, 4, 0.03)) {
        const Terms row = terms_of(tie);
        worst = std::max(worst, std::abs(samp_ratio.at(row) * samp.scale + samp.offset - tie.pixel.x()));
        worst = std::max(worst, std::abs(line_ratio.at(row) * line.scale + line.offset - tie.pixel.y()));
    }
    return worst;
}

} // namespace overflight::simulation
