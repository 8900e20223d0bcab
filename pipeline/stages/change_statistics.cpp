// SPDX-License-Identifier: Apache-2.0
#include "stages/change_statistics.h"

#include "core/plain_math.h"
#include "core/quantile.h"
#include "kernels/change_rows.h"
#include "stages/change_detail.h"

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <Eigen/SVD>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace overflight {
namespace {

constexpr int max_iterations = 50;
constexpr double convergence = 1e-3;
constexpr double ridge = 1e-4; ///< of the mean variance, added to each feature's
constexpr std::size_t least_samples = 200;
constexpr double least_correlation = 0.1;

constexpr float uncapped = std::numeric_limits<float>::max();
constexpr double least_saturated = 1.0 / 1024; ///< of the samples

constexpr double least_precision = 0.005; ///< of the brightness
/// Of the distances of normal noise in three bands, their median being 1: stands in where the samples' steps hide it.
constexpr float scale_of_steps = 0.45F;
constexpr int least_side = 100;      ///< pixels; samples lie some pixels apart, and off the borders
constexpr float coarse_step = 0.25F; ///< what smoothing leaves of a step of the samples

using Rows = std::vector<std::vector<float>>;

/// A feature's smallest difference that is one.
struct FeatureSteps {
    std::vector<float> before, after;
};

/// P(chi-square with p degrees of freedom > t).
double chi_square_tail(double t, int p) {
    const double half = 0.5 * t;
    const double e = exp_negative(half);
    if (p % 2 == 0) {
        double term = 1, sum = 1;
        for (int i = 1; i < p / 2; ++i) {
            term = term * half / i;
            sum += term;
        }
        return e * sum;
    }
    // erfc(sqrt(t / 2)) after Abramowitz and Stegun 7.1.26, error below 1.5e-7
    const double root = std::sqrt(half), s = 1 / (1 + 0.3275911 * root);
    double tail = ((((1.061405429 * s - 1.453152027) * s + 1.421413741) * s - 0.284496736) * s + 0.254829592) * s * e;
    double term = 2 * root * e / 1.7724538509055160;
    for (int i = 1; i < p; i += 2) {
        tail += term;
        term = term * t / (i + 2);
    }
    return std::min(tail, 1.0);
}

/// chi_square_tail() by linear interpolation in the root of t, to about 1e-5.
class TailTable {
public:
    explicit TailTable(int p) {
        for (std::size_t i = 0; i < values_.size(); ++i) {
            const double root = static_cast<double>(i) / steps;
            values_[i] = chi_square_tail(root * root, p);
        }
        values_.back() = 0;
    }
    double at(float t) const {
        const double place = std::min(std::sqrt(double{t}) * steps, static_cast<double>(values_.size() - 2));
        const auto i = static_cast<std::size_t>(place);
        return values_[i] + (place - static_cast<double>(i)) * (values_[i + 1] - values_[i]);
    }

private:
    static constexpr int steps = 64; ///< a unit of the root
    std::array<double, 8 * steps> values_{};
};

float median_of(std::vector<float> values) {
    return values.empty() ? 0 : median(values);
}

struct Moments {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
    double weight = 0;
};

/// Weighted mean and covariance of both missions' features together, summed in index order in fixed blocks.
Moments weighted_moments(const Rows& x, const Rows& y, const std::vector<double>& weights) {
    const std::size_t n = weights.size(), p = x.size(), d = p + y.size();
    const auto feature = [&](std::size_t f) { return f < p ? x[f].data() : y[f - p].data(); };
    Moments out;
    out.mean = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(d));
    out.covariance = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(d), static_cast<Eigen::Index>(d));
    for (const double w : weights) out.weight += w;
    if (!(out.weight > 0)) return out;
    for (std::size_t f = 0; f < d; ++f) {
        const float* v = feature(f);
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += weights[i] * v[i];
        out.mean[static_cast<Eigen::Index>(f)] = sum / out.weight;
    }
    constexpr std::size_t chunk = 1024;
    std::vector<double> centred(d * chunk), weighted(chunk);
    for (std::size_t begin = 0; begin < n; begin += chunk) {
        const std::size_t count = std::min(chunk, n - begin);
        for (std::size_t f = 0; f < d; ++f) {
            const float* v = feature(f) + begin;
            const double mean = out.mean[static_cast<Eigen::Index>(f)];
            for (std::size_t i = 0; i < count; ++i) centred[f * chunk + i] = v[i] - mean;
        }
        for (std::size_t f = 0; f < d; ++f) {
            for (std::size_t i = 0; i < count; ++i) weighted[i] = weights[begin + i] * centred[f * chunk + i];
            for (std::size_t g = f; g < d; ++g) {
                const double* b = centred.data() + g * chunk;
                std::array<double, 4> sum{};
                std::size_t i = 0;
                for (; i + 4 <= count; i += 4) {
                    for (std::size_t k = 0; k < 4; ++k) sum[k] += weighted[i + k] * b[i + k];
                }
                for (; i < count; ++i) sum[0] += weighted[i] * b[i];
                out.covariance(static_cast<Eigen::Index>(f), static_cast<Eigen::Index>(g)) +=
                    (sum[0] + sum[1]) + (sum[2] + sum[3]);
            }
        }
    }
    out.covariance /= out.weight;
    for (Eigen::Index f = 0; f < static_cast<Eigen::Index>(d); ++f) {
        for (Eigen::Index g = 0; g < f; ++g) out.covariance(f, g) = out.covariance(g, f);
    }
    return out;
}

void squared_distances(const MadTransform& t, const Rows& x, const Rows& y, std::vector<float>& out) {
    out.resize(x.front().size());
    std::array<const float*, change_max_features> before{}, after{};
    const auto terms = [&](std::size_t from) {
        for (std::size_t f = 0; f < x.size(); ++f) before[f] = x[f].data() + from;
        for (std::size_t f = 0; f < y.size(); ++f) after[f] = y[f].data() + from;
        return std::pair{kernels::MixTerms{before.data(), t.features_before, t.before.data(), t.offset_before.data()},
                         kernels::MixTerms{after.data(), t.features_after, t.after.data(), t.offset_after.data()}};
    };
    const std::size_t whole = out.size() / 8 * 8;
    const auto most = terms(0);
    kernels::mixed_distance(most.first, most.second, t.variates, whole, out.data());
    const auto rest = terms(whole);
    kernels::reference::mixed_distance(rest.first, rest.second, t.variates, out.size() - whole, out.data() + whole);
}

/// The squared distance to be expected where each feature differs by its step, up or down by chance.
double distance_of_steps(const MadTransform& t, std::span<const float> before, std::span<const float> after) {
    double sum = 0;
    const auto add = [&](std::span<const float> coefficients, std::span<const float> steps) {
        for (int v = 0; v < t.variates; ++v)
            for (std::size_t f = 0; f < steps.size(); ++f) {
                const double change =
                    double{coefficients[static_cast<std::size_t>(v) * steps.size() + f]} * double{steps[f]};
                sum += 0.5 * change * change;
            }
    };
    add(t.before, before);
    add(t.after, after);
    return sum;
}

/// Scales a transformation so that the median squared distance is 1, or that of the features' steps if that is larger:
/// images that differ by less are the same.
void calibrate(MadTransform& t, const Rows& x, const Rows& y, const FeatureSteps& steps) {
    std::vector<float> distance;
    squared_distances(t, x, y, distance);
    const double median =
        std::max<double>(median_of(std::move(distance)), distance_of_steps(t, steps.before, steps.after));
    const auto scale = static_cast<float>(1 / std::sqrt(std::max(median, 1e-12)));
    for (float& c : t.before) c *= scale;
    for (float& c : t.after) c *= scale;
    for (float& c : t.offset_before) c *= scale;
    for (float& c : t.offset_after) c *= scale;
}

void set_transform(MadTransform& t, const Moments& m, const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                   const Eigen::VectorXd& rho) {
    const Eigen::Index p = a.rows(), q = b.rows();
    t.variates = static_cast<int>(rho.size());
    for (Eigen::Index v = 0; v < rho.size(); ++v) {
        const double scale = 1 / std::sqrt(2 * std::max(1 - rho[v], 1e-9));
        double before = 0, after = 0;
        for (Eigen::Index f = 0; f < p; ++f) {
            t.before[v * p + f] = static_cast<float>(a(f, v) * scale);
            before -= a(f, v) * scale * m.mean[f];
        }
        for (Eigen::Index f = 0; f < q; ++f) {
            t.after[v * q + f] = static_cast<float>(b(f, v) * scale);
            after -= b(f, v) * scale * m.mean[p + f];
        }
        t.offset_before[v] = static_cast<float>(before);
        t.offset_after[v] = static_cast<float>(after);
    }
}

/// Features of the two missions that are the same.
using FeaturePairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// Differences of features standardised by their medians and median deviations: what is left where MAD degenerates.
void set_fallback(MadTransform& t, const Rows& x, const Rows& y, const FeaturePairs& pairs) {
    const auto scale_of = [](const std::vector<float>& values, float centre) {
        std::vector<float> deviation(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) deviation[i] = std::abs(values[i] - centre);
        return 1.4826F * median_of(std::move(deviation));
    };
    t.variates = 0;
    t.before.fill(0);
    t.after.fill(0);
    t.fallback = true;
    for (const auto& [f, g] : pairs) {
        const float mx = median_of(x[f]), my = median_of(y[g]);
        const float sx = scale_of(x[f], mx), sy = scale_of(y[g], my);
        if (!(sx > 0) || !(sy > 0)) continue;
        const auto v = static_cast<std::size_t>(t.variates++);
        t.before[v * x.size() + f] = 1 / sx;
        t.after[v * y.size() + g] = 1 / sy;
        t.offset_before[v] = -mx / sx;
        t.offset_after[v] = -my / sy;
    }
}

MadTransform fit_mad(const Rows& x, const Rows& y, const FeaturePairs& pairs, const FeatureSteps& steps,
                     std::vector<double>& weights, std::vector<std::string>& warnings, const char* name) {
    MadTransform t;
    const auto p = static_cast<Eigen::Index>(x.size()), q = static_cast<Eigen::Index>(y.size());
    t.features_before = static_cast<int>(p);
    t.features_after = static_cast<int>(q);
    weights.assign(x.front().size(), 1.0);
    Eigen::VectorXd old = Eigen::VectorXd::Zero(std::min(p, q));
    std::vector<float> distance;
    bool degenerate = false;
    TailTable tail(static_cast<int>(std::min(p, q)));
    double plain_correlation = 0; // before any reweighting, which may pick out a few pixels that agree by chance
    for (t.iterations = 1; t.iterations <= max_iterations; ++t.iterations) {
        const Moments m = weighted_moments(x, y, weights);
        Eigen::MatrixXd s11 = m.covariance.topLeftCorner(p, p), s22 = m.covariance.bottomRightCorner(q, q);
        const Eigen::MatrixXd s12 = m.covariance.topRightCorner(p, q);
        if (!(s11.diagonal().maxCoeff() > 0) || !(s22.diagonal().maxCoeff() > 0) ||
            !(m.weight > static_cast<double>(least_samples) / 4)) {
            degenerate = true;
            break;
        }
        const auto regularise = [](Eigen::MatrixXd& s) {
            const double least = 1e-9 * s.diagonal().maxCoeff();
            s.diagonal() = (s.diagonal() * (1 + ridge)).cwiseMax(least);
        };
        regularise(s11);
        regularise(s22);
        const Eigen::LLT<Eigen::MatrixXd> l1(s11), l2(s22);
        if (l1.info() != Eigen::Success || l2.info() != Eigen::Success) {
            degenerate = true;
            break;
        }
        // S12 S22^-1 S21 a = rho^2 S11 a, as singular values of L1^-1 S12 L2^-T
        const Eigen::MatrixXd left = l1.matrixL().solve(s12);
        const Eigen::MatrixXd k = l2.matrixL().solve(left.transpose()).transpose();
        const Eigen::JacobiSVD<Eigen::MatrixXd> svd(k, Eigen::ComputeThinU | Eigen::ComputeThinV);
        const Eigen::VectorXd rho = svd.singularValues().cwiseMin(1.0);
        const Eigen::MatrixXd a = l1.matrixU().solve(svd.matrixU()), b = l2.matrixU().solve(svd.matrixV());
        if (t.iterations == 1) plain_correlation = rho.maxCoeff();
        set_transform(t, m, a, b, rho);
        t.correlations.assign(rho.data(), rho.data() + rho.size());
        squared_distances(t, x, y, distance);
        double total = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            weights[i] = tail.at(distance[i]);
            total += weights[i];
        }
        t.unchanged_share = total / static_cast<double>(weights.size());
        t.converged = (rho - old).cwiseAbs().maxCoeff() < convergence;
        if (t.converged || t.iterations == max_iterations) break;
        old = rho;
    }
    if (plain_correlation < least_correlation) degenerate = true;
    if (degenerate) {
        warnings.push_back(fmt::format("change statistics ({}): the missions' bands hardly correlate or are constant; "
                                       "fell back to normalised differences",
                                       name));
        set_fallback(t, x, y, pairs);
        squared_distances(t, x, y, distance);
        const TailTable fallback(std::max(t.variates, 1));
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = fallback.at(distance[i]);
    } else if (!t.converged) {
        warnings.push_back(
            fmt::format("change statistics ({}): no convergence in {} iterations", name, max_iterations));
    }
    calibrate(t, x, y, steps);
    return t;
}

/// Orthogonal (total least squares) regression on the samples of high no-change weight, every third held out.
BandNormalisation normalise_band(const std::vector<float>& x, const std::vector<float>& y,
                                 const std::vector<double>& weights) {
    BandNormalisation out;
    double least = 0.95;
    const auto enough = [&] {
        std::size_t count = 0;
        for (const double w : weights) count += w > least ? 1U : 0U;
        return count >= least_samples;
    };
    while (least > 0.05 && !enough()) least -= 0.15;
    std::size_t index = 0;
    double n = 0, mx = 0, my = 0;
    const auto each = [&](bool held_out, auto visit) {
        index = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (weights[i] > least && (index++ % 3 == 2) == held_out) visit(double{x[i]}, double{y[i]});
        }
    };
    each(false, [&](double a, double b) {
        n += 1;
        mx += a;
        my += b;
    });
    if (n < 10) return out;
    mx /= n;
    my /= n;
    double sxx = 0, syy = 0, sxy = 0;
    each(false, [&](double a, double b) {
        sxx += (a - mx) * (a - mx);
        syy += (b - my) * (b - my);
        sxy += (a - mx) * (b - my);
    });
    if (std::abs(sxy) > 1e-9) {
        const double d = syy - sxx;
        out.gain = (d + std::sqrt(d * d + 4 * sxy * sxy)) / (2 * sxy);
    }
    out.offset = my - out.gain * mx;
    double held = 0, after = 0, plain = 0;
    each(true, [&](double a, double b) {
        const double residual = b - out.gain * a - out.offset;
        held += 1;
        after += residual * residual;
        plain += (b - a) * (b - a);
    });
    if (held > 0) {
        out.residual = std::sqrt(after / held);
        out.residual_before = std::sqrt(plain / held);
    }
    return out;
}

EmpiricalNull null_of(std::vector<float> squares) {
    const auto quantile = [&](std::size_t index) {
        const auto at = squares.begin() + static_cast<std::ptrdiff_t>(index);
        std::nth_element(squares.begin(), at, squares.end());
        return std::sqrt(*at);
    };
    EmpiricalNull out;
    out.centre = quantile(squares.size() / 2);
    out.scale = std::max((quantile(squares.size() / 4 * 3) - out.centre) / 0.6744898F, 1e-3F);
    if (out.centre < 0.99F) out = {1, std::max(out.scale, scale_of_steps)}; // calibrated by steps
    return out;
}

/// How many times wider than seen the null of the coarse level has to be, so that differences within least_precision of
/// the brightness never count for much: exposure, balance and the direction of view differ by that even where noise is
/// far lower.
float radiometric_slack(const ChangeModel& model) {
    double residual = 0, brightness = 0;
    for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
        residual += model.normalisation[b].residual;
        brightness += double{model.fill_after[b]};
    }
    return residual > 0 ? static_cast<float>(std::max(1.0, least_precision * brightness / residual)) : 1.0F;
}

/// By detail, from distances as tolerant of a pixel as FineScores' are. squares: the distances without that.
DetailWidth detail_width(const ChangeSample& sample, const MadTransform& t, const BandNormalisation& brightness,
                         const std::vector<float>& squares) {
    std::vector<float> forward = squares, backward = squares, other;
    const auto take_nearer = [&](const Rows& before, const Rows& after, std::vector<float>& nearest) {
        squared_distances(t, before, after, other);
        for (std::size_t i = 0; i < other.size(); ++i) nearest[i] = std::min(nearest[i], other[i]);
    };
    for (std::size_t place = 0; place < sample.near_before.size(); ++place) {
        take_nearer(sample.fine_before, sample.near_after[place], forward);
        take_nearer(sample.near_before[place], sample.fine_after, backward);
    }
    DetailWidth out;
    out.gain = static_cast<float>(brightness.gain);
    out.offset = static_cast<float>(brightness.offset);
    std::vector<float> distance, detail;
    for (std::size_t i = 0; i < squares.size(); ++i) {
        const SharedDetail shared(out, sample.detail_before[i], sample.detail_after[i], sample.brightness_before[i],
                                  sample.brightness_after[i]);
        if (shared.explains() < 1) continue;
        distance.push_back(std::sqrt(std::max(forward[i], backward[i])));
        detail.push_back(shared.detail);
    }
    fit_detail_width(distance, detail, out);
    return out;
}

Rows compressed(const Rows& in, std::span<const float> knees) {
    Rows out = in;
    for (std::size_t f = 0; f < out.size(); ++f) {
        for (float& v : out[f]) v = std::max(v, 0.0F) / (std::max(v, 0.0F) + knees[f]);
    }
    return out;
}

/// The level at which a band clips, `uncapped` where it does not: a scene's own histogram thins out to its end.
float saturation_level(const std::vector<float>& samples) {
    const float most = *std::max_element(samples.begin(), samples.end());
    if (most <= 0) return uncapped;
    std::array<std::size_t, 2> count{}; // in the last step and the one before
    for (const float v : samples) {
        if (v >= most * (1 - 2 * saturation_step)) ++count[v >= most * (1 - saturation_step) ? 0 : 1];
    }
    const bool piled = 2 * count[0] > count[1] &&
                       static_cast<double>(count[0]) > least_saturated * static_cast<double>(samples.size());
    return piled ? most * (1 - saturation_step) : uncapped;
}

/// Brings both missions' saturation to one level; see ChangeModel.
void find_caps(const ChangeSample& sample, ChangeModel& model) {
    model.cap_before.fill(uncapped);
    model.cap_after.fill(uncapped);
    for (std::size_t b = 0; b < model.normalisation.size(); ++b) {
        const double before = saturation_level(sample.fine_before[b]), after = saturation_level(sample.fine_after[b]);
        const BandNormalisation& band = model.normalisation[b];
        if (std::min(before, after) >= uncapped || band.gain <= 0) continue;
        const double level = std::min(after, band.gain * before + band.offset);
        model.cap_after[b] = static_cast<float>(level);
        model.cap_before[b] = static_cast<float>((level - band.offset) / band.gain);
    }
}

} // namespace

ChangeModel fit_change_model(const ChangeSample& sample, int common_bands) {
    ChangeModel out;
    out.bands_before = sample.bands_before;
    out.bands_after = sample.bands_after;
    out.samples = sample.size();
    if (sample.size() < least_samples) {
        out.warnings.push_back(fmt::format(
            "change statistics: the ground that both missions show is too small: it holds {} samples, {} are "
            "needed, which take about {} x {} pixels",
            sample.size(), least_samples, least_side, least_side));
        return out;
    }
    const auto medians = [](const Rows& rows, std::array<float, change_max_features>& to) {
        for (std::size_t f = 0; f < rows.size(); ++f) to[f] = std::max(median_of(rows[f]), 1e-6F);
    };
    medians(sample.coarse_before, out.knee_before);
    medians(sample.coarse_after, out.knee_after);
    out.fill_before = out.knee_before;
    out.fill_after = out.knee_after;

    // Texture is always compressed: a roof's edge is ten times a field's.
    const auto texture_only = [](std::array<float, change_max_features> knees, Rows rows) {
        for (float& v : rows.back()) v = 100 * v / (v + knees[rows.size() - 1]);
        return rows;
    };
    FeatureSteps steps{std::vector<float>(sample.fine_before.size(), sample.step_before),
                       std::vector<float>(sample.fine_after.size(), sample.step_after)};
    std::vector<double> weights;
    const std::size_t common =
        std::min({sample.fine_before.size(), sample.fine_after.size(), static_cast<std::size_t>(common_bands)});
    FeaturePairs pairs;
    for (std::size_t b = 0; b < common; ++b) pairs.emplace_back(b, b);
    out.levels[0] = fit_mad(sample.fine_before, sample.fine_after, pairs, steps, weights, out.warnings, "fine");
    for (const auto& [f, g] : pairs)
        out.normalisation.push_back(normalise_band(sample.fine_before[f], sample.fine_after[g], weights));
    std::vector<float> fine, coarse, dark;
    squared_distances(out.levels[0], sample.fine_before, sample.fine_after, fine);
    out.detail_width = detail_width(sample, out.levels[0],
                                    normalise_band(sample.brightness_before, sample.brightness_after, weights), fine);
    find_caps(sample, out);
    const Rows coarse_before = texture_only(out.knee_before, sample.coarse_before);
    const Rows coarse_after = texture_only(out.knee_after, sample.coarse_after);
    for (auto* of : {&steps.before, &steps.after}) {
        for (float& step : *of) step *= coarse_step;
        of->push_back(0); // texture has none of its own
    }
    pairs.emplace_back(sample.fine_before.size(), sample.fine_after.size()); // texture
    out.levels[1] = fit_mad(coarse_before, coarse_after, pairs, steps, weights, out.warnings, "coarse");
    const Rows dark_before = compressed(sample.coarse_before, out.knee_before);
    const Rows dark_after = compressed(sample.coarse_after, out.knee_after);
    constexpr float slope = 0.25F; // of the compression, at its knee and for one
    for (std::size_t f = 0; f < steps.before.size(); ++f) steps.before[f] *= slope / out.knee_before[f];
    for (std::size_t f = 0; f < steps.after.size(); ++f) steps.after[f] *= slope / out.knee_after[f];
    out.levels[2] = fit_mad(dark_before, dark_after, pairs, steps, weights, out.warnings, "compressed");
    squared_distances(out.levels[1], coarse_before, coarse_after, coarse);
    squared_distances(out.levels[2], dark_before, dark_after, dark);
    for (std::size_t i = 0; i < coarse.size(); ++i) coarse[i] = std::max(coarse[i], dark[i]);
    out.fine_null = null_of(std::move(fine));
    out.coarse_null = null_of(std::move(coarse));
    out.coarse_null.scale *= radiometric_slack(out);
    out.usable = true;
    return out;
}

} // namespace overflight
