// SPDX-License-Identifier: Apache-2.0
#include "geometry/interior.h"

#include "geometry/text_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>

namespace overflight {
namespace {

using Eigen::Vector2d;

/// Names of a lens model's coefficients, and their places in Lens::Coefficients.
struct ModelNames {
    const char* type;
    LensModel model;
    std::vector<std::pair<const char*, int>> coefficients;
};

const std::vector<ModelNames>& yaml_models() {
    static const std::vector<ModelNames> models = {
        {"pinhole", LensModel::pinhole, {}},
        {"brown", LensModel::brown, {{"k1", 0}, {"k2", 1}, {"p1", 2}, {"p2", 3}, {"k3", 4}}},
        {"opencv",
         LensModel::opencv,
         {{"k1", 0},
          {"k2", 1},
          {"p1", 2},
          {"p2", 3},
          {"k3", 4},
          {"k4", 5},
          {"k5", 6},
          {"k6", 7},
          {"s1", 8},
          {"s2", 9},
          {"s3", 10},
          {"s4", 11},
          {"tx", 12},
          {"ty", 13}}},
        {"fisheye", LensModel::fisheye, {{"k1", 0}, {"k2", 1}, {"k3", 2}, {"k4", 3}}},
    };
    return models;
}

/// One camera of the YAML file; every problem names the line.
class YamlCamera {
public:
    YamlCamera(std::string id, const YAML::Node& node, std::string file, std::vector<Problem>& problems)
        : id_(std::move(id)), node_(node), file_(std::move(file)), problems_(problems) {}

    std::optional<Interior> read() {
        const std::size_t before = problems_.size();
        if (!node_.IsMap()) {
            problem(node_, "", "expected the camera's parameters here (type, im_size, focal_len, ...)");
            return {};
        }
        const ModelNames* model = read_model();
        const Vector2d size = pair("im_size", {});
        const Vector2d sensor = pair("sensor_size", Vector2d(size / size.maxCoeff()));
        const Vector2d focal = focal_length();
        const Vector2d principal(number("cx", 0), number("cy", 0));
        Lens::Coefficients coefficients{};
        if (model) {
            for (const auto& [name, index] : model->coefficients) coefficients[index] = number(name, 0);
            check_keys(*model);
        }
        if (problems_.size() > before) return {};
        if (!(size.minCoeff() >= 1 && sensor.minCoeff() > 0 && focal.minCoeff() > 0)) {
            problem(node_, "", "im_size, sensor_size and focal_len must be greater than 0");
            return {};
        }
        if (principal.cwiseAbs().maxCoeff() > 1) {
            problem(node_, principal.x() > 1 || principal.x() < -1 ? "cx" : "cy",
                    fmt::format("found {}, {}; cx and cy are how far the principal point lies from the frame's middle, "
                                "in parts of its larger side (not in pixels): -1 to 1",
                                principal.x(), principal.y()));
            return {};
        }
        const Vector2d focal_px = focal.cwiseProduct(size).cwiseQuotient(sensor);
        const Vector2d principal_px = (size - Vector2d::Ones()) / 2 + size.maxCoeff() * principal;
        return Interior{id_, static_cast<int>(size.x()), static_cast<int>(size.y()),
                        std::make_shared<Lens>(model->model, focal_px, principal_px, coefficients)};
    }

private:
    void problem(const YAML::Node& at, const std::string& key, const std::string& message) {
        const YAML::Mark mark = at.Mark();
        problems_.push_back(Problem{.file = file_,
                                    .line = mark.line >= 0 ? mark.line + 1 : 0,
                                    .column = mark.column >= 0 ? mark.column + 1 : 0,
                                    .key = key.empty() ? id_ : id_ + "." + key,
                                    .message = message});
    }

    const ModelNames* read_model() {
        std::vector<std::string> allowed;
        const YAML::Node type = node_["type"];
        const std::string found = type && type.IsScalar() ? type.Scalar() : "nothing";
        for (const ModelNames& model : yaml_models()) {
            if (found == model.type) return &model;
            allowed.emplace_back(model.type);
        }
        problem(type ? type : node_, "type", fmt::format("found {}, allowed are {}", found, fmt::join(allowed, ", ")));
        return nullptr;
    }

    std::optional<double> scalar(const YAML::Node& node, const std::string& key) {
        const std::optional<double> value = node.IsScalar() ? parse_number(node.Scalar()) : std::nullopt;
        if (!value) {
            problem(node, key,
                    fmt::format("found {}, allowed is a number", node.IsScalar() ? node.Scalar() : "no number"));
        }
        return value;
    }

    double number(const char* key, double otherwise) {
        const YAML::Node node = node_[key];
        return node ? scalar(node, key).value_or(0) : otherwise;
    }

    Vector2d pair(const char* key, const std::optional<Vector2d>& otherwise) {
        const YAML::Node node = node_[key];
        if (!node) {
            if (!otherwise) problem(node_, key, "is missing; two numbers are needed: width and height");
            return otherwise.value_or(Vector2d::Ones());
        }
        if (!node.IsSequence() || node.size() != 2) {
            problem(node, key, "allowed are two numbers in brackets: [width, height]");
            return Vector2d::Ones();
        }
        return {scalar(node[0], key).value_or(1), scalar(node[1], key).value_or(1)};
    }

    Vector2d focal_length() {
        const YAML::Node node = node_["focal_len"];
        if (node && node.IsSequence()) return pair("focal_len", {});
        if (!node) {
            problem(node_, "focal_len", "is missing; the focal length is needed, in the unit of sensor_size");
            return Vector2d::Ones();
        }
        return Vector2d::Constant(scalar(node, "focal_len").value_or(1));
    }

    void check_keys(const ModelNames& model) {
        std::vector<std::string> allowed = {"type", "im_size", "focal_len", "sensor_size", "cx", "cy"};
        for (const auto& [name, index] : model.coefficients) allowed.emplace_back(name);
        for (const auto& entry : node_) {
            const std::string key = entry.first.Scalar();
            if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
            problem(entry.first, key,
                    fmt::format("is no parameter of a camera of type {}; allowed are {}", model.type,
                                fmt::join(allowed, ", ")));
        }
    }

    std::string id_;
    const YAML::Node node_;
    std::string file_;
    std::vector<Problem>& problems_;
};

std::vector<Interior> read_yaml(const std::string& text, const std::filesystem::path& file,
                                std::vector<Problem>& problems) {
    std::vector<Interior> interiors;
    YAML::Node root;
    try {
        root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
        throw InputError(Problem{.file = file.string(),
                                 .line = error.mark.line + 1,
                                 .column = error.mark.column + 1,
                                 .message = fmt::format("not valid YAML here: {}", error.msg)});
    }
    if (!root.IsMap() || root.size() == 0) {
        throw InputError(Problem{.file = file.string(),
                                 .message = "no camera found; allowed are orthority's YAML (camera id: type, im_size, "
                                            "focal_len, ...), OpenSfM's reconstruction.json and ODM's cameras.json"});
    }
    for (const auto& entry : root) {
        YamlCamera camera(entry.first.Scalar(), entry.second, file.string(), problems);
        if (std::optional<Interior> interior = camera.read()) interiors.push_back(std::move(*interior));
    }
    return interiors;
}

/// OpenSfM's projection types: which lens, and where the coefficients are.
const std::vector<ModelNames>& opensfm_models() {
    static const std::vector<ModelNames> models = {
        {"perspective", LensModel::brown, {{"k1", 0}, {"k2", 1}}},
        {"simple_radial", LensModel::brown, {{"k1", 0}}},
        {"radial", LensModel::brown, {{"k1", 0}, {"k2", 1}}},
        {"brown", LensModel::brown, {{"k1", 0}, {"k2", 1}, {"k3", 4}, {"p1", 2}, {"p2", 3}}},
        {"fisheye", LensModel::fisheye, {{"k1", 0}, {"k2", 1}}},
        {"fisheye_opencv", LensModel::fisheye, {{"k1", 0}, {"k2", 1}, {"k3", 2}, {"k4", 3}}},
    };
    return models;
}

} // namespace

std::vector<Interior> opensfm_cameras(const nlohmann::json& cameras, const std::filesystem::path& file,
                                      std::vector<Problem>& problems) {
    std::vector<Interior> interiors;
    for (const auto& [id, camera] : cameras.items()) {
        const auto problem = [&, &name = id](const std::string& message) {
            problems.push_back(Problem{.file = file.string(), .key = name, .message = message});
        };
        const auto number = [&, &values = camera](const char* key) -> std::optional<double> {
            const auto found = values.find(key);
            if (found == values.end() || !found->is_number()) return {};
            return found->template get<double>();
        };
        const std::string type =
            camera.is_object() ? camera.value("projection_type", std::string("nothing")) : "nothing";
        const auto& models = opensfm_models();
        const auto model =
            std::find_if(models.begin(), models.end(), [&](const ModelNames& m) { return type == m.type; });
        if (model == models.end()) {
            std::vector<std::string> allowed;
            for (const ModelNames& m : models) allowed.emplace_back(m.type);
            problem(fmt::format("projection_type: found {}, allowed are {}", type, fmt::join(allowed, ", ")));
            continue;
        }
        const std::optional<double> width = number("width"), height = number("height");
        const std::optional<double> focal_x = number("focal_x") ? number("focal_x") : number("focal");
        if (!width || !height || !focal_x || !(*width >= 1 && *height >= 1 && *focal_x > 0)) {
            problem("width, height and focal (or focal_x, focal_y) are needed, each a number greater than 0");
            continue;
        }
        const double focal_y = number("focal_y").value_or(*focal_x * number("aspect_ratio").value_or(1));
        Lens::Coefficients coefficients{};
        for (const auto& [name, index] : model->coefficients) coefficients[index] = number(name).value_or(0);
        const double scale = std::max(*width, *height);
        const Vector2d principal(scale * number("c_x").value_or(0) + (*width - 1) / 2,
                                 scale * number("c_y").value_or(0) + (*height - 1) / 2);
        interiors.push_back({id, static_cast<int>(*width), static_cast<int>(*height),
                             std::make_shared<Lens>(model->model, Vector2d(scale * *focal_x, scale * focal_y),
                                                    principal, coefficients)});
    }
    return interiors;
}

std::vector<Interior> read_interiors(const std::filesystem::path& file) {
    const std::string text = read_text(file, "mission.interior");
    std::vector<Problem> problems;
    std::vector<Interior> interiors;
    if (looks_like_json(text)) {
        const nlohmann::json root = parse_json(text, file, "points");
        if (root.is_object()) {
            interiors = opensfm_cameras(root, file, problems);
        } else {
            for (const auto& reconstruction : root) {
                if (!reconstruction.is_object() || !reconstruction.contains("cameras")) continue;
                for (Interior& interior : opensfm_cameras(reconstruction["cameras"], file, problems))
                    interiors.push_back(std::move(interior));
            }
        }
        if (interiors.empty() && problems.empty())
            problems.push_back({.file = file.string(), .message = "no camera found in this JSON file"});
    } else {
        interiors = read_yaml(text, file, problems);
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return interiors;
}

std::string camera_key(const std::string& id) {
    return id.starts_with("v2 ") ? id.substr(3) : id;
}

} // namespace overflight
