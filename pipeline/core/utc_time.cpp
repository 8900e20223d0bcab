// SPDX-License-Identifier: Apache-2.0
#include "core/utc_time.h"

#include <array>
#include <chrono>
#include <ctime>

namespace overflight {
namespace {

/// `count` digits from `at` on; -1 where there are none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return -1;
        value = 10 * value + (c - '0');
    }
    return value;
}

} // namespace

std::optional<std::int64_t> utc_offset_seconds(std::string_view text) {
    if (text == "Z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
    const int hours = digits(text, 1, 2), minutes = digits(text, 4, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return {};
    return (text[0] == '-' ? -1 : 1) * std::int64_t{60} * (60 * hours + minutes);
}

std::optional<std::int64_t> utc_seconds(std::string_view text) {
    constexpr std::size_t length = 19; // without fraction and offset
    if (text.size() < length || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
        text[13] != ':' || text[16] != ':')
        return {};
    const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (year < 0 || month < 0 || day < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return {};
    std::size_t end = length;
    if (end < text.size() && text[end] == '.') do
            ++end;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9');
    const std::optional<std::int64_t> offset = utc_offset_seconds(text.substr(end));
    if (!offset) return {};
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((days * 24 + hour) * 60 + minute) * 60 + second - *offset;
}

std::string utc_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

} // namespace overflight
