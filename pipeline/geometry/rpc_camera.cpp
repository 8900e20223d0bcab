// SPDX-License-Identifier: Apache-2.0
#include "geometry/rpc_camera.h"

#include "core/angle.h"
#include "core/lower_case.h"
#include "geometry/raster_file.h"
#include "geometry/text_file.h"
#include "raster/raster_files.h"

#include <Eigen/LU>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <functional>
#include <limits>

namespace overflight {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Normalised coordinates past which the polynomials mean nothing: a model holds within -1 .. 1.
constexpr double normalised_limit = 4;

RpcModel::Terms terms_at(double l, double p, double h) {
    return {1,         l,         p,         h,         l * p,     l * h,     p * h,
            l * l,     p * p,     h * h,     p * l * h, l * l * l, l * p * p, l * h * h,
            l * l * p, p * p * p, p * h * h, l * l * h, p * p * h, h * h * h};
}

double dot(const RpcModel::Terms& a, const RpcModel::Terms& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

class RpcCamera final : public FrameCamera {
public:
    explicit RpcCamera(const RpcModel& model) : model_(model) {}

    ImagePoint project(const Vector3d& ground) const override {
        double longitude = ground.x() - model_.long_off;
        longitude -= 360 * std::round(longitude / 360); // frames that touch the date line
        const double l = longitude / model_.long_scale;
        const double p = (ground.y() - model_.lat_off) / model_.lat_scale;
        const double h = (ground.z() - model_.height_off) / model_.height_scale;
        if (!(std::abs(l) < normalised_limit && std::abs(p) < normalised_limit)) return {nan, nan, nan};
        const RpcModel::Terms terms = terms_at(l, p, h);
        const double line_den = dot(model_.line_den, terms), samp_den = dot(model_.samp_den, terms);
        // A pole of the rational function lies between here and the model's centre.
        if (!(line_den * model_.line_den[0] > 0) || !(samp_den * model_.samp_den[0] > 0)) return {nan, nan, nan};
        return {dot(model_.samp_num, terms) / samp_den * model_.samp_scale + model_.samp_off,
                dot(model_.line_num, terms) / line_den * model_.line_scale + model_.line_off, 1};
    }

    Ray ray(double col, double row) const override {
        const double high = model_.height_off + model_.height_scale, low = model_.height_off - model_.height_scale;
        const Vector3d top = ground_at(col, row, high), bottom = ground_at(col, row, low);
        return {top, bottom - top};
    }

    double off_nadir_tangent(const Vector3d& ground) const override {
        // How far the ground point has to move sideways to stay on its pixel when it is raised.
        const double rise = 1e-3 * model_.height_scale + 1;
        const ImagePoint here = project(ground), raised = project(ground + Vector3d(0, 0, rise));
        const Vector2d shift = jacobian(ground).inverse() * Vector2d(raised.u - here.u, raised.v - here.v);
        constexpr double metres = 6378137.0 * degree;
        return std::hypot(shift.x() * metres * std::cos(ground.y() * degree), shift.y() * metres) / rise;
    }

private:
    /// Change of column and row with longitude and latitude.
    Matrix2d jacobian(const Vector3d& ground) const {
        const double dl = 1e-4 * model_.long_scale, dp = 1e-4 * model_.lat_scale;
        const ImagePoint e = project(ground + Vector3d(dl, 0, 0)), w = project(ground - Vector3d(dl, 0, 0));
        const ImagePoint n = project(ground + Vector3d(0, dp, 0)), s = project(ground - Vector3d(0, dp, 0));
        Matrix2d matrix;
        matrix << (e.u - w.u) / (2 * dl), (n.u - s.u) / (2 * dp), (e.v - w.v) / (2 * dl), (n.v - s.v) / (2 * dp);
        return matrix;
    }

    /// The ground point of a height that is seen at a pixel, by Newton's method. Steps that would lead farther away are
    /// halved: in oblique frames over high relief, the first may cross the horizon.
    Vector3d ground_at(double col, double row, double height_above) const {
        Vector3d ground(model_.long_off, model_.lat_off, height_above);
        const auto miss_at = [&](const Vector3d& place) -> Vector2d {
            const ImagePoint here = project(place);
            return {here.u - col, here.v - row};
        };
        Vector2d miss = miss_at(ground);
        for (int i = 0; i < 40 && miss.norm() > 1e-9; ++i) {
            Vector2d step = jacobian(ground).inverse() * miss;
            Vector3d next = ground - Vector3d(step.x(), step.y(), 0);
            Vector2d next_miss = miss_at(next);
            for (int k = 0; k < 20 && miss.norm() > 1e-3 && !(next_miss.norm() < miss.norm()); ++k) {
                step *= 0.5;
                next = ground - Vector3d(step.x(), step.y(), 0);
                next_miss = miss_at(next);
            }
            ground = next, miss = next_miss;
            if (!(step.norm() > 1e-13)) break;
        }
        return miss.norm() < 1e-6 ? ground : Vector3d::Constant(nan);
    }

    RpcModel model_;
};

/// Fills a model from named values; returns the first name that is missing or no number, or nothing.
std::string fill(RpcModel& model, const std::function<std::optional<double>(const char*)>& value,
                 const std::function<bool(const char*, RpcModel::Terms&)>& terms) {
    const std::pair<const char*, double*> numbers[] = {
        {"LINE_OFF", &model.line_off},        {"SAMP_OFF", &model.samp_off},     {"LAT_OFF", &model.lat_off},
        {"LONG_OFF", &model.long_off},        {"HEIGHT_OFF", &model.height_off}, {"LINE_SCALE", &model.line_scale},
        {"SAMP_SCALE", &model.samp_scale},    {"LAT_SCALE", &model.lat_scale},   {"LONG_SCALE", &model.long_scale},
        {"HEIGHT_SCALE", &model.height_scale}};
    for (const auto& [name, target] : numbers) {
        const std::optional<double> found = value(name);
        const bool scale = std::string_view(name).ends_with("SCALE");
        if (!found || (scale && *found == 0)) return name;
        *target = *found;
    }
    const std::pair<const char*, RpcModel::Terms*> lists[] = {{"LINE_NUM_COEFF", &model.line_num},
                                                              {"LINE_DEN_COEFF", &model.line_den},
                                                              {"SAMP_NUM_COEFF", &model.samp_num},
                                                              {"SAMP_DEN_COEFF", &model.samp_den}};
    for (const auto& [name, target] : lists) {
        if (!terms(name, *target)) return name;
    }
    return {};
}

} // namespace

std::optional<RpcModel> read_rpc(const std::filesystem::path& frame, std::vector<std::filesystem::path>& inputs) {
    const Dataset dataset = open_local_raster(frame, "mission.frames");
    char** metadata = dataset->GetMetadata("RPC");
    if (!metadata) return {};
    RpcModel model;
    const std::string missing = fill(
        model,
        [&](const char* name) {
            const char* text = CSLFetchNameValue(metadata, name);
            // Some sidecars write the unit behind the number.
            const std::string number = text ? std::string(text).substr(0, std::string(text).find(' ', 1)) : "";
            return parse_number(number);
        },
        [&](const char* name, RpcModel::Terms& terms) {
            const char* text = CSLFetchNameValue(metadata, name);
            char** tokens = CSLTokenizeString2(text ? text : "", " ,\t\n", 0);
            bool good = CSLCount(tokens) >= 20;
            for (std::size_t i = 0; good && i < terms.size(); ++i) {
                const std::optional<double> number = parse_number(tokens[i]);
                good = number.has_value();
                terms[i] = number.value_or(0);
            }
            CSLDestroy(tokens);
            return good;
        });
    if (!missing.empty()) {
        throw InputError(Problem{.file = frame.string(),
                                 .key = missing,
                                 .message =
                                     "missing or no number in the frame's RPC; 10 offsets and scales (not 0) and 4 "
                                     "lists of 20 coefficients are needed"});
    }
    for (const std::filesystem::path& file : files_of(*dataset, Overviews::left_out))
        if (file != frame) inputs.push_back(file);
    return model;
}

std::map<std::string, RpcEntry> read_rpc_yaml(const std::filesystem::path& file) {
    const std::string text = read_text(file, "mission.interior");
    YAML::Node root;
    try {
        root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
        throw InputError(Problem{.file = file.string(),
                                 .line = error.mark.line + 1,
                                 .column = error.mark.column + 1,
                                 .message = fmt::format("not valid YAML here: {}", error.msg)});
    }
    std::map<std::string, RpcEntry> entries;
    std::vector<Problem> problems;
    if (!root.IsMap()) {
        throw InputError(
            Problem{.file = file.string(), .message = "no RPC found; expected frame names with im_size and rpc"});
    }
    for (const auto& item : root) {
        const std::string name = item.first.Scalar();
        const auto problem = [&](const std::string& key, const std::string& message) {
            problems.push_back(Problem{.file = file.string(),
                                       .line = item.first.Mark().line + 1,
                                       .column = item.first.Mark().column + 1,
                                       .key = name + "." + key,
                                       .message = message});
        };
        const YAML::Node entry_node = item.second.IsMap() ? item.second : YAML::Node(YAML::NodeType::Map);
        const YAML::Node rpc = entry_node["rpc"], size = entry_node["im_size"];
        if (!rpc || !rpc.IsMap()) {
            problem("rpc", "is missing; the coefficients of the frame are needed here");
            continue;
        }
        RpcEntry entry;
        const std::string missing = fill(
            entry.model,
            [&](const char* key) -> std::optional<double> {
                const YAML::Node node = rpc[lower_case(key)];
                return node && node.IsScalar() ? parse_number(node.Scalar()) : std::nullopt;
            },
            [&](const char* key, RpcModel::Terms& terms) {
                const YAML::Node node = rpc[lower_case(key)];
                if (!node || !node.IsSequence() || node.size() != terms.size()) return false;
                for (std::size_t i = 0; i < terms.size(); ++i) {
                    const std::optional<double> number =
                        node[i].IsScalar() ? parse_number(node[i].Scalar()) : std::nullopt;
                    if (!number) return false;
                    terms[i] = *number;
                }
                return true;
            });
        if (!missing.empty()) {
            problem("rpc." + lower_case(missing),
                    "missing or not what is allowed: a number (scales not 0), or 20 numbers");
            continue;
        }
        if (size && size.IsSequence() && size.size() == 2) {
            entry.width = static_cast<int>(parse_number(size[0].Scalar()).value_or(0));
            entry.height = static_cast<int>(parse_number(size[1].Scalar()).value_or(0));
        }
        entries[name] = entry;
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return entries;
}

std::shared_ptr<const FrameCamera> make_rpc_camera(const RpcModel& model, int width, int height) {
    auto camera = std::make_shared<RpcCamera>(model);
    camera->width = width;
    camera->height = height;
    return camera;
}

} // namespace overflight
