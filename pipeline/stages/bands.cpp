// SPDX-License-Identifier: Apache-2.0
#include "stages/bands.h"

#include "stages/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>

namespace overflight {
namespace {

/// Takes bands of two missions for comparison, each once.
class Pairing {
public:
    Pairing(const std::vector<std::string>& before, const std::vector<std::string>& after)
        : free_before_(before.size(), true), free_after_(after.size(), true) {
        std::transform(before.begin(), before.end(), std::back_inserter(before_), plain_band_name);
        std::transform(after.begin(), after.end(), std::back_inserter(after_), plain_band_name);
    }

    /// `name` may be empty: any but bands without one.
    void pair_by_name(std::string_view name) {
        for (std::size_t i = 0; i < before_.size(); ++i) {
            if (before_[i].empty() || (!name.empty() && before_[i] != name)) continue;
            for (std::size_t j = 0; j < after_.size(); ++j)
                if (after_[j] == before_[i] && is_first(before_, i) && is_first(after_, j)) take(i, j);
        }
    }

    void pair_by_number(bool named_too) {
        for (std::size_t i = 0; i < std::min(before_.size(), after_.size()); ++i)
            if (named_too || before_[i].empty() || after_[i].empty()) take(i, i);
    }

    BandPairing finish(int most) {
        out_.common = std::min(static_cast<int>(out_.before.size()), most);
        add_rest(free_before_, most, out_.before);
        add_rest(free_after_, most, out_.after);
        return std::move(out_);
    }

    bool empty() const { return out_.before.empty(); }

private:
    static bool is_first(const std::vector<std::string>& names, std::size_t number) {
        const auto end = names.begin() + static_cast<std::ptrdiff_t>(number);
        return std::find(names.begin(), end, names[number]) == end;
    }
    void take(std::size_t before, std::size_t after) {
        if (!free_before_[before] || !free_after_[after]) return;
        free_before_[before] = free_after_[after] = false;
        out_.before.push_back(static_cast<int>(before));
        out_.after.push_back(static_cast<int>(after));
    }
    static void add_rest(const std::vector<bool>& free, int most, std::vector<int>& to) {
        for (std::size_t i = 0; i < free.size(); ++i)
            if (free[i]) to.push_back(static_cast<int>(i));
        to.resize(std::min(to.size(), static_cast<std::size_t>(most)));
    }

    std::vector<std::string> before_, after_;
    std::vector<bool> free_before_, free_after_;
    BandPairing out_;
};

} // namespace

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
    const bool numbered = plain.starts_with("band") && std::all_of(plain.begin() + 4, plain.end(), [](char c) {
                              return std::isdigit(static_cast<unsigned char>(c)) != 0;
                          });
    return numbered || is({"gray", "grey", "undefined", "palette"}) ? "" : plain;
}

std::vector<int> order_of_bands(const std::vector<std::string>& wanted, const std::vector<std::string>& has) {
    std::vector<std::string> names;
    std::transform(has.begin(), has.end(), std::back_inserter(names), plain_band_name);
    std::vector<int> order;
    for (const std::string& band : wanted) {
        const std::string name = plain_band_name(band);
        const auto found = std::find(names.begin(), names.end(), name);
        if (name.empty() || found == names.end() || std::find(found + 1, names.end(), name) != names.end()) return {};
        order.push_back(static_cast<int>(found - names.begin()));
    }
    const bool distinct = std::set<int>(order.begin(), order.end()).size() == names.size();
    return distinct && !std::is_sorted(order.begin(), order.end()) ? order : std::vector<int>();
}

BandRoles band_roles(const std::vector<std::string>& names) {
    BandRoles roles;
    for (std::size_t band = 0; band < names.size(); ++band) {
        const std::string name = plain_band_name(names[band]);
        const auto number = static_cast<int>(band);
        if (name == "red") roles.red = number;
        if (name == "green") roles.green = number;
        if (name == "blue") roles.blue = number;
        if (name == "nir") roles.nir = number;
    }
    const bool none = roles.red < 0 && roles.green < 0 && roles.blue < 0 && roles.nir < 0;
    return none && names.size() >= 3 ? BandRoles{0, 1, 2, -1} : roles;
}

BandRoles reordered(const BandRoles& roles, const std::vector<int>& numbers) {
    const auto place_of = [&](int number) {
        const auto found = std::find(numbers.begin(), numbers.end(), number);
        return number < 0 || found == numbers.end() ? -1 : static_cast<int>(found - numbers.begin());
    };
    return {place_of(roles.red), place_of(roles.green), place_of(roles.blue), place_of(roles.nir)};
}

BandPairing pair_bands(const std::vector<std::string>& before, const std::vector<std::string>& after, int most) {
    Pairing pairing(before, after);
    for (const std::string_view colour : {"red", "green", "blue", ""}) pairing.pair_by_name(colour);
    pairing.pair_by_number(false);
    if (pairing.empty()) pairing.pair_by_number(true);
    return pairing.finish(most);
}

std::vector<std::string> bands_not_compared(const std::vector<std::string>& before,
                                            const std::vector<std::string>& after, int most) {
    const BandPairing all = pair_bands(before, after, std::numeric_limits<int>::max());
    std::vector<std::string> names;
    for (auto i = static_cast<std::size_t>(most); i < static_cast<std::size_t>(all.common); ++i) {
        const auto number = static_cast<std::size_t>(all.before[i]);
        names.push_back(before[number].empty() ? fmt::format("band {}", number + 1) : before[number]);
    }
    return names;
}

BandPairing paired_bands(const Plan& plan, const PlannedChange& change) {
    return pair_bands(plan.missions[change.before].band_names, plan.missions[change.after].band_names,
                      change_max_bands);
}

} // namespace overflight
