// SPDX-License-Identifier: Apache-2.0
#include "stages/band_pairing.h"

#include "stages/change.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

namespace overflight {

std::string plain_band_name(const std::string& name) {
    std::string plain;
    for (const char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto is = [&](std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), plain) != words.end();
    };
    if (is({"r"})) return "red";
    if (is({"g"})) return "green";
    if (is({"b"})) return "blue";
    if (is({"nearinfrared", "infrared", "ir", "n"})) return "nir";
    return plain;
}

BandPairing pair_bands(const std::vector<std::string>& before, const std::vector<std::string>& after, int most) {
    std::vector<std::string> names_before, names_after;
    std::transform(before.begin(), before.end(), std::back_inserter(names_before), plain_band_name);
    std::transform(after.begin(), after.end(), std::back_inserter(names_after), plain_band_name);

    BandPairing out;
    const auto take = [&](std::size_t number) { // a band of `before`, where both have it and it is not taken yet
        const std::string& name = names_before[number];
        const auto found = std::find(names_after.begin(), names_after.end(), name);
        if (name.empty() || found == names_after.end()) return;
        if (std::find(names_before.begin(), names_before.end(), name) - names_before.begin() !=
            static_cast<std::ptrdiff_t>(number))
            return;
        if (std::find(out.before.begin(), out.before.end(), static_cast<int>(number)) != out.before.end()) return;
        out.before.push_back(static_cast<int>(number));
        out.after.push_back(static_cast<int>(found - names_after.begin()));
    };
    for (const std::string_view colour : {"red", "green", "blue"})
        for (std::size_t i = 0; i < names_before.size(); ++i)
            if (names_before[i] == colour) take(i);
    for (std::size_t i = 0; i < names_before.size(); ++i) take(i);
    out.common = static_cast<int>(out.before.size());

    const auto add_rest = [](std::size_t count, std::vector<int>& to) {
        const std::vector<int> taken = to;
        for (int i = 0; i < static_cast<int>(count); ++i)
            if (std::find(taken.begin(), taken.end(), i) == taken.end()) to.push_back(i);
    };
    add_rest(before.size(), out.before);
    add_rest(after.size(), out.after);
    if (out.common == 0) out.common = static_cast<int>(std::min(before.size(), after.size()));
    for (std::vector<int>* numbers : {&out.before, &out.after})
        numbers->resize(std::min(numbers->size(), static_cast<std::size_t>(most)));
    out.common = std::min(out.common, most);
    return out;
}

BandPairing paired_bands(const Plan& plan, const PlannedChange& change) {
    return pair_bands(plan.missions[change.before].band_names, plan.missions[change.after].band_names,
                      change_max_bands);
}

} // namespace overflight
