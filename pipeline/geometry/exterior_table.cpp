// SPDX-License-Identifier: Apache-2.0
#include "geometry/exterior.h"
#include "geometry/rotation.h"
#include "geometry/text_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string_view>

namespace overflight {
namespace {

using Eigen::Vector3d;

constexpr double degree = std::numbers::pi / 180;

/// Cells of a line; quotes (either kind) may hold delimiters. Runs of blanks count as one delimiter.
std::vector<std::string> split(std::string_view line, char delimiter) {
    std::vector<std::string> cells;
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        while (at < line.size() && (line[at] == ' ' || (line[at] == '\t' && delimiter != '\t'))) ++at;
    };
    while (true) {
        skip_blanks();
        std::string cell;
        if (at < line.size() && (line[at] == '"' || line[at] == '\'')) {
            const char quote = line[at++];
            while (at < line.size() && line[at] != quote) cell += line[at++];
            if (at < line.size()) ++at;
            while (at < line.size() && line[at] != delimiter) ++at;
        } else {
            while (at < line.size() && line[at] != delimiter) cell += line[at++];
            while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.pop_back();
        }
        if (delimiter == ' ') {
            skip_blanks();
            if (!cell.empty() || at < line.size()) cells.push_back(std::move(cell));
            if (at >= line.size()) return cells;
        } else {
            cells.push_back(std::move(cell));
            if (at >= line.size()) return cells;
            ++at;
        }
    }
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

enum Column { filename, x, y, z, omega, phi, kappa, roll, pitch, yaw, latitude, longitude, altitude, camera, columns };
constexpr std::array<const char*, columns> names = {"filename", "x",         "y",        "z",     "omega",
                                                    "phi",      "kappa",     "roll",     "pitch", "yaw",
                                                    "latitude", "longitude", "altitude", "camera"};

struct Header {
    char delimiter = ',';
    std::array<int, columns> place; ///< -1: not there
    int known = 0;
    std::size_t fields = 0;

    bool has(Column a, Column b, Column c) const { return place[a] >= 0 && place[b] >= 0 && place[c] >= 0; }
};

Header read_header(std::string_view line, char delimiter) {
    while (line.starts_with('#') || line.starts_with(' ')) line.remove_prefix(1); // Pix4D
    Header header;
    header.delimiter = delimiter;
    header.place.fill(-1);
    const std::vector<std::string> cells = split(line, delimiter);
    header.fields = cells.size();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::string name = lower(cells[i]);
        if (name == "imagename") name = "filename";
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) continue;
        int& place = header.place[found - names.begin()];
        if (place < 0) {
            place = static_cast<int>(i);
            ++header.known;
        }
    }
    return header;
}

/// The delimiter with which most of the header's names are known.
Header sniff_header(std::string_view line) {
    Header best = read_header(line, ',');
    for (const char delimiter : {';', '\t', ' '}) {
        if (const Header header = read_header(line, delimiter); header.known > best.known) best = header;
    }
    return best;
}

/// Pix4D leaves large offsets out of its tables: PREFIX_offset.xyz holds them.
std::optional<Vector3d> pix4d_offset(Exterior& exterior) {
    const std::string name = exterior.file.filename().string();
    const std::size_t end = name.find("calibrated_external_camera_parameters");
    if (end == std::string::npos) return {};
    const std::filesystem::path file = exterior.file.parent_path() / (name.substr(0, end) + "offset.xyz");
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return {};
    std::string text = read_text(file, "mission.exterior");
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == ','; }, ' ');
    const std::vector<std::string> cells = split(text, ' ');
    Vector3d offset = Vector3d::Zero();
    for (int i = 0; i < 3; ++i) {
        const std::optional<double> value = cells.size() >= 3 ? parse_number(cells[i]) : std::nullopt;
        if (!value) {
            throw InputError(Problem{
                .file = file.string(), .line = 1, .message = "allowed are three numbers: the offset of x, y and z"});
        }
        offset[i] = *value;
    }
    exterior.sidecars.push_back(file);
    return offset;
}

class TableReader {
public:
    TableReader(Header header, Exterior& exterior) : header_(std::move(header)), exterior_(exterior) {
        const bool opk = header_.has(omega, phi, kappa), rpy = header_.has(roll, pitch, yaw);
        const bool grid = header_.has(x, y, z), geographic = header_.has(latitude, longitude, altitude);
        if (header_.place[filename] < 0 || (!opk && !rpy) || (!grid && !geographic)) {
            std::vector<std::string> found;
            for (int i = 0; i < columns; ++i)
                if (header_.place[i] >= 0) found.emplace_back(names[i]);
            throw InputError(Problem{
                .file = exterior.file.string(),
                .line = 1,
                .message =
                    fmt::format("found the columns {}; needed in the first line are filename; x, y, z or latitude, "
                                "longitude, altitude; omega, phi, kappa or roll, pitch, yaw",
                                found.empty() ? "(none known)" : fmt::format("{}", fmt::join(found, ", ")))});
        }
        // A table with both holds one of them twice: the map position and the photogrammetric angles are the exact
        // ones.
        opk_ = opk;
        exterior.positions = grid ? PositionKind::grid : PositionKind::geographic;
        exterior.axes = opk && grid ? AxesKind::grid : AxesKind::level;
        exterior.angles = opk ? AngleKind::opk : AngleKind::rpy;
        if (opk && !grid) {
            exterior.warnings.push_back(
                fmt::format("{}: omega, phi, kappa beside latitude, longitude are taken against "
                            "true east, north and up at each camera",
                            exterior.file.string()));
        }
    }

    void line(std::string_view text, int number) {
        const std::vector<std::string> cells = split(text, header_.delimiter);
        const auto problem = [&](const std::string& column, const std::string& message) {
            exterior_.problems.push_back(
                Problem{.file = exterior_.file.string(), .line = number, .key = column, .message = message});
        };
        if (std::any_of(cells.begin() + static_cast<std::ptrdiff_t>(std::min(header_.fields, cells.size())),
                        cells.end(), [](const std::string& cell) { return !cell.empty(); }))
            return problem("", fmt::format("found {} fields, allowed are {} as in the first line; is a comma taken for "
                                           "the decimal point, or a delimiter in a name?",
                                           cells.size(), header_.fields));
        bool good = true;
        const auto value = [&](Column column) {
            const auto place = static_cast<std::size_t>(header_.place[column]);
            const std::string found = place < cells.size() ? cells[place] : "nothing";
            const std::optional<double> parsed = parse_number(found);
            if (!parsed && good) {
                problem(names[column], fmt::format("found {}, allowed is a number (with a decimal point)",
                                                   found.empty() ? "nothing" : found));
                good = false;
            }
            return parsed.value_or(0);
        };
        PoseRecord pose;
        pose.line = number;
        const auto name_place = static_cast<std::size_t>(header_.place[filename]);
        if (name_place < cells.size()) pose.name = cells[name_place];
        if (base_name(pose.name).empty()) {
            problem("filename", "found nothing, allowed is the name of a frame");
            return;
        }
        if (is_blank(cells)) {
            if (blank_rows_++ == 0) first_blank_ = fmt::format("{} in line {}", pose.name, number);
            return;
        }
        if (const int place = header_.place[camera]; place >= 0 && static_cast<std::size_t>(place) < cells.size())
            pose.camera = cells[place];
        if (exterior_.positions == PositionKind::grid) {
            pose.position = {value(x), value(y), value(z)};
        } else {
            pose.position = {value(longitude), value(latitude), value(altitude)};
            if (good && !(std::abs(pose.position.y()) <= 90 && std::abs(pose.position.x()) <= 360)) {
                problem("latitude",
                        fmt::format("found latitude {}, longitude {}; allowed are -90 to 90 and -360 to 360 "
                                    "degrees; are the columns swapped or in metres?",
                                    pose.position.y(), pose.position.x()));
                good = false;
            }
        }
        const Vector3d angles =
            opk_ ? Vector3d(value(omega), value(phi), value(kappa)) : Vector3d(value(roll), value(pitch), value(yaw));
        if (!good) return;
        pose.angles = angles;
        const Vector3d radians = angles * degree;
        pose.rotation = opk_ ? rotation_from_opk(radians.x(), radians.y(), radians.z())
                             : rotation_from_rpy(radians.x(), radians.y(), radians.z());
        exterior_.poses.push_back(std::move(pose));
    }

    void warn_of_blank_rows() const {
        if (blank_rows_ > 0)
            exterior_.warnings.push_back(fmt::format("{}: {} rows have no numbers, and so no pose: {} first",
                                                     exterior_.file.filename().string(), blank_rows_, first_blank_));
    }

private:
    /// Programs write rows like this for frames that they have no position of.
    bool is_blank(const std::vector<std::string>& cells) const {
        return std::ranges::all_of(pose_columns(), [&](Column column) {
            const auto place = static_cast<std::size_t>(header_.place[column]);
            return place >= cells.size() || cells[place].empty() || lower(cells[place]) == "nan";
        });
    }

    std::array<Column, 6> pose_columns() const {
        const bool grid = exterior_.positions == PositionKind::grid;
        return {grid ? x : longitude, grid ? y : latitude, grid ? z : altitude,
                opk_ ? omega : roll,  opk_ ? phi : pitch,  opk_ ? kappa : yaw};
    }

    Header header_;
    Exterior& exterior_;
    bool opk_ = true;
    std::size_t blank_rows_ = 0;
    std::string first_blank_;
};

} // namespace

void read_pose_table(const std::string& text, Exterior& exterior) {
    std::optional<TableReader> reader;
    int number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line(text.data() + at, end - at);
        at = end + 1;
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        if (reader) {
            reader->line(line, number);
        } else {
            reader.emplace(sniff_header(line), exterior);
        }
    }
    if (!reader)
        throw InputError(Problem{.file = exterior.file.string(), .message = "the file is empty; poses are expected"});
    reader->warn_of_blank_rows();
    if (const std::optional<Vector3d> offset = pix4d_offset(exterior)) {
        for (PoseRecord& pose : exterior.poses) pose.position += *offset;
    }
}

} // namespace overflight
