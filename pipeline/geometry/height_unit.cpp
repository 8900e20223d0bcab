// SPDX-License-Identifier: Apache-2.0
#include "geometry/height_unit.h"

#include "core/lower_case.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

namespace overflight {
namespace {

struct Unit {
    double metres;
    std::initializer_list<std::string_view> names; ///< lower case, letters only
};

constexpr double foot = 0.3048, us_survey_foot = 1200.0 / 3937;

const Unit units[] = {
    {1, {"m", "metre", "meter", "metres", "meters"}},
    {0.1, {"dm", "decimetre", "decimeter", "decimetres", "decimeters"}},
    {0.01, {"cm", "centimetre", "centimeter", "centimetres", "centimeters"}},
    {0.001, {"mm", "millimetre", "millimeter", "millimetres", "millimeters"}},
    {1000, {"km", "kilometre", "kilometer", "kilometres", "kilometers"}},
    {foot,
     {"ft", "foot", "feet", "internationalfoot", "internationalfeet", "footinternational", "feetinternational",
      "intlft", "ftint", "ftintl", "ift"}},
    {us_survey_foot,
     {"usft", "ftus", "usfoot", "usfeet", "footus", "feetus", "ussurveyfoot", "ussurveyfeet", "ussurveyft",
      "surveyfoot", "surveyfeet", "footussurvey", "feetussurvey", "ftussurvey"}},
};

} // namespace

std::optional<double> metres_per_height_unit(const std::string& name) {
    std::string letters; // "us-ft", "US_survey_foot", "Foot (US survey)"
    std::ranges::copy_if(name, std::back_inserter(letters), [](unsigned char c) { return std::isalnum(c); });
    letters = lower_case(letters);
    for (const Unit& unit : units)
        if (std::ranges::find(unit.names, letters) != unit.names.end()) return unit.metres;
    return {};
}

std::string known_height_units() {
    return "m, dm, cm, mm, km, ft and us-ft (US survey foot), or their names";
}

} // namespace overflight
