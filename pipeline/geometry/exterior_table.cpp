// SPDX-License-Identifier: Apache-2.0
#include "core/angle.h"
#include "core/lower_case.h"
#include "geometry/exterior.h"
#include "geometry/pose_header.h"
#include "geometry/rotation.h"
#include "geometry/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

namespace overflight {
namespace {

using Eigen::Vector3d;

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
    const std::vector<std::string> cells = split_cells(text, ' ');
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
    TableReader(PoseHeader header, Exterior& exterior)
        : header_(std::move(header)), delimiter_(header_.delimiter), exterior_(exterior) {
        const bool opk = header_.angles == AngleKind::opk, grid = header_.positions == PositionKind::grid;
        exterior.positions = header_.positions;
        exterior.axes = opk && grid ? AxesKind::grid : AxesKind::level;
        exterior.angles = header_.angles;
        if (opk && !grid) {
            exterior.warnings.push_back(
                fmt::format("{}: omega, phi, kappa beside latitude, longitude are taken against "
                            "true east, north and up at each camera",
                            exterior.file.string()));
        }
    }

    void line(std::string_view text, int number) {
        if (first_) delimiter_ = delimiter_of(text);
        first_ = false;
        const std::vector<std::string> cells = split_cells(text, delimiter_);
        PoseRecord pose;
        pose.line = number;
        pose.name = cell(cells, header_.frame);
        const auto problem = [&](const std::string& column, const std::string& message) {
            exterior_.reject(
                pose.name, Problem{.file = exterior_.file.string(), .line = number, .key = column, .message = message});
        };
        if (std::any_of(cells.begin() + static_cast<std::ptrdiff_t>(std::min(header_.fields, cells.size())),
                        cells.end(), [](const std::string& cell) { return !cell.empty(); }))
            return problem("", fmt::format("found {} fields, allowed are {} as in the header, line {}; is a comma "
                                           "taken for the decimal point, or a delimiter in a name?",
                                           cells.size(), header_.fields, header_.line + 1));
        if (base_name(pose.name).empty())
            return problem(header_.frame.name, "found nothing, allowed is the name of a frame");
        std::array<std::string, 6> found;
        std::ranges::transform(header_.values, found.begin(),
                               [&](const PoseHeader::Column& column) { return cell(cells, column); });
        if (std::ranges::all_of(found, is_blank)) {
            if (blank_rows_++ == 0) first_blank_ = fmt::format("{} in line {}", pose.name, number);
            return;
        }
        if (header_.camera) pose.camera = cell(cells, *header_.camera);
        const bool commas = has_decimal_commas(found);
        std::array<double, 6> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::string digits = found[i];
            if (const std::size_t comma = digits.find(','); commas && comma != std::string::npos) digits[comma] = '.';
            const std::optional<double> value = parse_number(digits);
            if (!value)
                return problem(header_.values[i].name,
                               fmt::format("found {}, allowed is a number (with a decimal point)",
                                           found[i].empty() ? "nothing" : found[i]));
            values[i] = *value * header_.values[i].scale;
        }
        pose.position = {values[0], values[1], values[2]};
        pose.angles = {values[3], values[4], values[5]};
        if (exterior_.positions == PositionKind::geographic &&
            !(std::abs(pose.position.y()) <= 90 && std::abs(pose.position.x()) <= 360))
            return problem(header_.values[1].name,
                           fmt::format("found latitude {}, longitude {}; allowed are -90 to 90 and -360 to 360 "
                                       "degrees; are the columns swapped or in metres?",
                                       pose.position.y(), pose.position.x()));
        const Vector3d radians = pose.angles * degree;
        pose.rotation = header_.angles == AngleKind::opk ? rotation_from_opk(radians.x(), radians.y(), radians.z())
                                                         : rotation_from_rpy(radians.x(), radians.y(), radians.z());
        exterior_.poses.push_back(std::move(pose));
    }

    void warn_of_blank_rows() const {
        if (blank_rows_ > 0)
            exterior_.warnings.push_back(fmt::format("{}: {} rows have no numbers, and so no pose: {} first",
                                                     exterior_.file.filename().string(), blank_rows_, first_blank_));
    }

private:
    static std::string cell(const std::vector<std::string>& cells, const PoseHeader::Column& column) {
        return column.place < cells.size() ? cells[column.place] : std::string();
    }

    /// Programs write rows like this for frames that they have no position of.
    static bool is_blank(const std::string& cell) { return cell.empty() || lower_case(cell) == "nan"; }

    /// Metashape and Applanix name columns between commas and write tabs or blanks between values.
    char delimiter_of(std::string_view row) const {
        for (const char delimiter : {header_.delimiter, '\t', ';', ',', ' '})
            if (split_cells(row, delimiter).size() == header_.fields) return delimiter;
        return header_.delimiter;
    }

    /// Beside a decimal point a comma parts thousands.
    bool has_decimal_commas(const std::array<std::string, 6>& found) const {
        return (delimiter_ == ';' || delimiter_ == '\t') &&
               std::ranges::none_of(found, [](const std::string& cell) { return cell.find('.') != std::string::npos; });
    }

    PoseHeader header_;
    char delimiter_; ///< of the rows
    Exterior& exterior_;
    bool first_ = true;
    std::size_t blank_rows_ = 0;
    std::string first_blank_;
};

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        if (lines.back().ends_with('\r')) lines.back().remove_suffix(1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace

void read_pose_table(const std::string& text, Exterior& exterior) {
    const std::vector<std::string_view> lines = lines_of(text);
    const PoseHeader header = find_pose_header(lines, exterior.file);
    TableReader reader(header, exterior);
    for (std::size_t i = header.line + 1; i < lines.size(); ++i) {
        const std::size_t start = lines[i].find_first_not_of(" \t");
        if (start != std::string_view::npos && lines[i][start] != '#') reader.line(lines[i], static_cast<int>(i) + 1);
    }
    reader.warn_of_blank_rows();
    if (const std::optional<Vector3d> offset = pix4d_offset(exterior)) {
        for (PoseRecord& pose : exterior.poses) pose.position += *offset;
    }
}

} // namespace overflight
