// SPDX-License-Identifier: Apache-2.0
#include "geometry/pose_header.h"

#include "core/lower_case.h"
#include "geometry/text_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <numbers>

namespace overflight {
namespace {

constexpr std::size_t most_lines = 50;

enum Meaning : std::uint8_t {
    frame,
    x,
    y,
    z,
    longitude,
    latitude,
    altitude,
    omega,
    phi,
    kappa,
    roll,
    pitch,
    yaw,
    camera,
    meanings
};
constexpr std::array<std::string_view, meanings> our_names = {"filename", "x",        "y",     "z",     "longitude",
                                                              "latitude", "altitude", "omega", "phi",   "kappa",
                                                              "roll",     "pitch",    "yaw",   "camera"};

using Triple = std::array<Meaning, 3>;
constexpr Triple map_position = {x, y, z}, geographic_position = {longitude, latitude, altitude},
                 photogrammetric = {omega, phi, kappa}, navigational = {roll, pitch, yaw};
constexpr std::string_view needed = "filename; x, y, z or latitude, longitude, altitude; omega, phi, kappa or roll, "
                                    "pitch, yaw";

/// Other programs' names, in lower case, without blanks, hyphens and underscores. Our own names have rank 0.
struct Alias {
    std::string_view name;
    Meaning meaning;
    int rank = 1;
};
constexpr Alias aliases[] = {
    {"imagename", frame, 1},
    {"image", frame, 2},
    {"photo", frame, 2},
    {"photoname", frame, 2},
    {"file", frame, 2},
    {"label", frame, 3},
    {"name", frame, 3},
    {"frame", frame, 3},
    {"photoid", frame, 3},
    {"imageid", frame, 3},
    {"id", frame, 4}, // often a running number beside the name
    {"easting", x},
    {"east", x},
    {"e", x},
    {"x0", x},
    {"x/easting", x},
    {"northing", y},
    {"north", y},
    {"n", y},
    {"y0", y},
    {"y/northing", y},
    {"lon", longitude},
    {"long", longitude},
    {"lng", longitude},
    {"x/longitude", longitude},
    {"lat", latitude},
    {"y/latitude", latitude},
    {"heading", yaw},
};
/// Go with either position.
constexpr std::string_view heights[] = {"z",         "altitude",        "z/altitude",        "alt", "height", "h",
                                        "elevation", "ellipsoidheight", "ellipsoidalheight", "z0"};

struct Unit {
    std::string_view name;
    bool angle;
    double scale; ///< to metres or degrees; 0: not read
};
constexpr Unit units[] = {
    {"m", false, 1},
    {"metre", false, 1},
    {"metres", false, 1},
    {"meter", false, 1},
    {"meters", false, 1},
    {"ft", false, 0}, // which foot, no name tells
    {"feet", false, 0},
    {"deg", true, 1},
    {"degree", true, 1},
    {"degrees", true, 1},
    {"decimaldegrees", true, 1},
    {"\xC2\xB0", true, 1}, // the sign, in UTF-8 and Latin-1
    {"\xB0", true, 1},
    {"gon", true, 0.9},
    {"grad", true, 0.9},
    {"grads", true, 0.9},
    {"rad", true, 180 / std::numbers::pi},
    {"radian", true, 180 / std::numbers::pi},
    {"radians", true, 180 / std::numbers::pi},
};

const Unit* find_unit(std::string_view name) {
    const Unit* found = std::ranges::find(units, name, &Unit::name);
    return found == std::end(units) ? nullptr : found;
}

std::string without(std::string text, std::string_view characters) {
    std::erase_if(text, [&](char c) { return characters.find(c) != std::string_view::npos; });
    return text;
}

/// A column's title, taken apart: "Omega (deg)", "x_m".
struct Title {
    std::string text, name, unit;

    explicit Title(std::string whole) : text(std::move(whole)) {
        const std::size_t bracket = text.find_first_of("[(");
        name = without(lower_case(text.substr(0, bracket)), " \t");
        if (bracket != std::string::npos) {
            unit = text.substr(bracket + 1, text.find_first_of("])", bracket) - bracket - 1);
        } else if (const std::size_t tail = name.rfind('_'); tail != std::string::npos) {
            if (find_unit(name.substr(tail + 1))) {
                unit = name.substr(tail + 1);
                name.resize(tail);
            }
        }
        name = without(std::move(name), "_-");
    }
};

/// A line read as a header.
struct Titles {
    struct Found {
        int rank = 0;
        int title = -1, rival = -1; ///< numbers of columns of the least rank
    };

    std::size_t line = 0;
    char delimiter = ',';
    std::vector<Title> titles;
    std::array<Found, meanings> found;

    Titles(std::string_view text, char separator) : delimiter(separator) {
        for (std::string& cell : split_cells(text, delimiter)) titles.emplace_back(std::move(cell));
        for (std::size_t i = 0; i < titles.size(); ++i) {
            const std::string& name = titles[i].name;
            for (std::size_t meaning = 0; meaning < meanings; ++meaning)
                if (name == our_names[meaning]) add(i, static_cast<Meaning>(meaning), 0);
            for (const Alias& alias : aliases)
                if (name == alias.name) add(i, alias.meaning, alias.rank);
            if (std::ranges::find(heights, name) != std::end(heights))
                for (const Meaning meaning : {z, altitude})
                    if (name != our_names[meaning]) add(i, meaning, 1);
        }
    }

    bool has(Meaning meaning) const { return found[meaning].title >= 0; }
    bool has(const Triple& triple) const {
        return std::ranges::all_of(triple, [&](Meaning meaning) { return has(meaning); });
    }
    bool complete() const {
        return has(frame) && (has(map_position) || has(geographic_position)) &&
               (has(photogrammetric) || has(navigational));
    }
    std::ptrdiff_t known() const {
        return std::ranges::count_if(found, [](const Found& one) { return one.title >= 0; });
    }

private:
    void add(std::size_t number, Meaning meaning, int rank) {
        const int title = static_cast<int>(number);
        Found& one = found[meaning];
        if (one.title < 0 || rank < one.rank) {
            one = {rank, title, -1};
        } else if (rank == one.rank) {
            one.rival = title;
        }
    }
};

/// The text without blanks around units, where blanks are delimiters.
std::string close_up_units(std::string_view line) {
    std::string text;
    bool in_brackets = false;
    for (const char c : line) {
        const bool opens = c == '[' || c == '(';
        while (opens && text.ends_with(' ')) text.pop_back();
        in_brackets = opens || (in_brackets && c != ']' && c != ')');
        if (!in_brackets || c != ' ') text += c;
    }
    return text;
}

/// Read with the delimiter with which the most is known. The sign of a comment may stand before a header.
Titles sniff(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of("#/ \t"), line.size()));
    Titles best(line, ',');
    for (const char delimiter : {';', '\t', ' '}) {
        Titles titles(delimiter == ' ' ? close_up_units(line) : std::string(line), delimiter);
        if (titles.known() > best.known()) best = std::move(titles);
    }
    return best;
}

bool holds_values(std::string_view line) {
    return std::ranges::any_of(std::string_view(",;\t "), [&](char delimiter) {
        return std::ranges::count_if(split_cells(line, delimiter), [](const std::string& cell) {
                   return !cell.empty() && cell.find_first_not_of("0123456789+-.,eE") == std::string::npos;
               }) >= 6;
    });
}

/// The head of a line, for a message.
std::string quoted(std::string_view line) {
    constexpr std::size_t most = 60;
    std::string text(line.substr(0, most));
    while (line.size() > most && !text.empty() && (text.back() & 0x80)) text.pop_back(); // no half of a character
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' '; }, ' ');
    return fmt::format("\"{}{}\"", text, line.size() > most ? "..." : "");
}

/// What of two sets of columns is missing: of the one that is there in part.
void add_missing(const Titles& titles, const Triple& first, const Triple& second, const std::string& either,
                 std::vector<std::string>& missing) {
    const auto count = [&](const Triple& triple) {
        return std::ranges::count_if(triple, [&](Meaning meaning) { return titles.has(meaning); });
    };
    if (count(first) == 0 && count(second) == 0) return missing.push_back(either);
    if (titles.has(first) || titles.has(second)) return;
    for (const Meaning meaning : count(second) > count(first) ? second : first)
        if (!titles.has(meaning)) missing.emplace_back(our_names[meaning]);
}

std::string why_no_header(const Titles& titles, std::string_view line) {
    std::vector<std::string> found, missing;
    for (std::size_t i = 0; i < titles.titles.size(); ++i)
        if (std::ranges::find(titles.found, static_cast<int>(i), &Titles::Found::title) != titles.found.end())
            found.push_back(titles.titles[i].text);
    if (!titles.has(frame)) missing.emplace_back(our_names[frame]);
    add_missing(titles, map_position, geographic_position, "x, y, z or latitude, longitude, altitude", missing);
    add_missing(titles, photogrammetric, navigational, "omega, phi, kappa or roll, pitch, yaw", missing);
    if (found.empty())
        return fmt::format("found no column that is known in {}; a header line names {}", quoted(line), needed);
    return fmt::format("found the columns {}; missing in {}: {}; a header line names {}", fmt::join(found, ", "),
                       quoted(line), fmt::join(missing, ", "), needed);
}

/// Turns a complete line into what it says, or throws what is wrong with it.
class HeaderReader {
public:
    HeaderReader(const Titles& titles, const std::filesystem::path& file) : titles_(titles), file_(file) {}

    PoseHeader read() const {
        PoseHeader header;
        header.line = titles_.line;
        header.delimiter = titles_.delimiter;
        header.fields = titles_.titles.size();
        header.frame = column(frame);
        if (titles_.has(camera)) header.camera = column(camera);
        // A table with both holds one of them twice: the map position and the photogrammetric angles are the exact
        // ones.
        const bool grid = titles_.has(map_position), opk = titles_.has(photogrammetric);
        header.positions = grid ? PositionKind::grid : PositionKind::geographic;
        header.angles = opk ? AngleKind::opk : AngleKind::rpy;
        std::ranges::transform(grid ? map_position : geographic_position, header.values.begin(),
                               [&](Meaning meaning) { return measured(meaning); });
        std::ranges::transform(opk ? photogrammetric : navigational, header.values.begin() + 3,
                               [&](Meaning meaning) { return measured(meaning); });
        return header;
    }

private:
    PoseHeader::Column column(Meaning meaning) const {
        const auto& [rank, title, rival] = titles_.found[meaning];
        if (rival >= 0)
            problem("", fmt::format("found the columns {} and {}, either of which could be {}; rename the one that is "
                                    "not meant",
                                    titles_.titles[title].text, titles_.titles[rival].text, our_names[meaning]));
        return {titles_.titles[title].text, static_cast<std::size_t>(title), 1};
    }

    PoseHeader::Column measured(Meaning meaning) const {
        PoseHeader::Column result = column(meaning);
        const std::string& unit = titles_.titles[result.place].unit;
        if (unit.empty()) return result;
        const bool angle = meaning != x && meaning != y && meaning != z && meaning != altitude;
        const Unit* found = find_unit(without(lower_case(unit), " "));
        if (!found || found->angle != angle || found->scale == 0)
            problem(result.name,
                    fmt::format("found the unit {}, allowed {}; convert the column, or remove what is no unit", unit,
                                angle ? "are deg, gon and rad" : "is m"));
        result.scale = found->scale;
        return result;
    }

    [[noreturn]] void problem(const std::string& key, const std::string& message) const {
        throw InputError(Problem{
            .file = file_.string(), .line = static_cast<int>(titles_.line) + 1, .key = key, .message = message});
    }

    const Titles& titles_;
    const std::filesystem::path& file_;
};

} // namespace

PoseHeader find_pose_header(std::span<const std::string_view> lines, const std::filesystem::path& file) {
    std::optional<Titles> nearest;
    std::optional<std::size_t> values;
    for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i) {
        if (lines[i].find_first_not_of(" \t") == std::string_view::npos) continue;
        Titles titles = sniff(lines[i]);
        titles.line = i;
        if (titles.complete()) return HeaderReader(titles, file).read();
        if (!values && holds_values(lines[i])) values = i;
        if (!nearest || titles.known() > nearest->known()) nearest = std::move(titles);
    }
    if (!nearest)
        throw InputError(
            Problem{.file = file.string(),
                    .message = lines.size() <= most_lines
                                   ? "the file is empty; poses are expected"
                                   : fmt::format("no table of poses begins within the first {} lines", most_lines)});
    const bool bare = values && nearest->known() < 3; // a frame's name may be that of a column
    const std::size_t line = bare ? *values : nearest->line;
    throw InputError(Problem{
        .file = file.string(),
        .line = static_cast<int>(line) + 1,
        .message = bare ? fmt::format("found values, and no line before {} that names the columns; add a header "
                                      "line: {}",
                                      quoted(lines[line]), needed)
                        : why_no_header(*nearest, lines[line])});
}

} // namespace overflight
