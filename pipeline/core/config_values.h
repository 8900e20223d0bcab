// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config_keys.h"
#include "core/suggestion.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

// Private to core: how the values of a key are read, checked and printed, for each type a key can have.
namespace overflight::config_keys {

struct Range {
    double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
    bool open = false; ///< the ends do not belong to it

    bool holds(double value) const { return open ? value > min && value < max : value >= min && value <= max; }
    std::string text() const; ///< "above 0", "from 0 to 256", ...
};

inline Range above(double min) {
    return {.min = min, .open = true};
}
inline Range at_least(double min) {
    return {.min = min};
}
inline Range between(double min, double max) {
    return {.min = min, .max = max};
}
inline Range inside(double min, double max) {
    return {.min = min, .max = max, .open = true};
}

struct KeyOptions {
    std::string example = {}; ///< TOML, for a key without default
    bool required = false;
    bool usual = false;
    bool content = true;
};

/// `the string "5"`, `5`, `true`, `a list`, `a table`, ...: what stands in the file.
std::string found(const toml::node& node);

/// Reads into `out`; returns what is wrong, or nothing.
std::string read_text(const toml::node& node, std::string& out);
std::string read_flag(const toml::node& node, bool& out);
std::string read_number(const toml::node& node, const Range& range, double& out);
std::string read_integer(const toml::node& node, const Range& range, std::int64_t& out);
std::string read_list(const toml::node& node, std::vector<std::string>& out);
std::string read_bounds(const toml::node& node, std::optional<Bounds>& out);
std::string read_word(const toml::node& node, const std::vector<std::string>& allowed, std::string& out);

std::filesystem::path absolute_from(const std::filesystem::path& folder, const std::string& text);

/// A word, a definition, or a file: a relative path to a file that is there becomes absolute, all else stays.
std::string text_or_file(const std::filesystem::path& folder, const std::string& text);

template <class S, class Member, class Read>
Key<S> make_key(const char* name, ValueKind kind, Member member, const char* help, const KeyOptions& options,
                Read read) {
    Key<S> key;
    key.name = name;
    key.kind = kind;
    key.help = help;
    key.example = options.example;
    key.required = options.required;
    key.usual = options.usual;
    key.content = options.content;
    key.read = [read, member](S& section, const toml::node& node, const std::filesystem::path& folder) {
        return read(node, section.*member, folder);
    };
    return key;
}

template <class S>
Key<S> text_key(const char* name, std::string S::*member, const char* help, const KeyOptions& options) {
    auto key = make_key<S>(name, ValueKind::text, member, help, options,
                           [](const toml::node& node, std::string& out, const auto&) { return read_text(node, out); });
    key.value = [member](const S& section) -> nlohmann::json {
        if ((section.*member).empty()) return nullptr;
        return section.*member;
    };
    return key;
}

/// Something named or kept in a file; `words` have a meaning of their own, and near misses of them are errors.
template <class S>
Key<S> reference_key(const char* name, std::string S::*member, const char* help, const KeyOptions& options,
                     const std::vector<std::string>& words = {}) {
    auto key = make_key<S>(name, ValueKind::text, member, help, options,
                           [words](const toml::node& node, std::string& out, const std::filesystem::path& folder) {
                               std::string text;
                               if (std::string wrong = read_text(node, text); !wrong.empty()) return wrong;
                               out = text_or_file(folder, text);
                               const bool is_word = std::find(words.begin(), words.end(), out) != words.end();
                               const std::string suggestion = did_you_mean(text, words);
                               if (is_word || out != text || suggestion.empty()) return std::string();
                               return fmt::format("found \"{}\", neither a word known here nor a file that is there{}",
                                                  text, suggestion);
                           });
    key.value = [member](const S& section) -> nlohmann::json {
        const std::string& text = section.*member;
        if (text.empty()) return nullptr;
        const std::filesystem::path path(text);
        return path.is_absolute() ? path.filename().string() : text;
    };
    return key;
}

template <class S>
Key<S> file_key(const char* name, std::filesystem::path S::*member, const char* help, KeyOptions options) {
    options.content = false; // what is in the file counts, and is recorded by its hash
    auto key = make_key<S>(name, ValueKind::text, member, help, options,
                           [](const toml::node& node, std::filesystem::path& out, const std::filesystem::path& folder) {
                               std::string text;
                               std::string wrong = read_text(node, text);
                               if (wrong.empty()) out = absolute_from(folder, text);
                               return wrong;
                           });
    key.value = [member](const S& section) -> nlohmann::json {
        if ((section.*member).empty()) return nullptr;
        return (section.*member).string();
    };
    return key;
}

template <class S>
Key<S> word_key(const char* name, std::string S::*member, const char* help, const std::vector<std::string>& allowed,
                const KeyOptions& options = {}) {
    auto key = make_key<S>(
        name, ValueKind::text, member, help, options,
        [allowed](const toml::node& node, std::string& out, const auto&) { return read_word(node, allowed, out); });
    key.value = [member](const S& section) -> nlohmann::json { return section.*member; };
    return key;
}

template <class Enum>
std::string explained_choices() {
    std::string text;
    for (const Choice<Enum>& choice : choices<Enum>()) {
        text += fmt::format("{}\"{}\" ({})", text.empty() ? "" : ", ", choice.name, choice.meaning);
    }
    return text;
}

template <class S, class Enum>
Key<S> choice_key(const char* name, Enum S::*member, const char* help, const KeyOptions& options = {}) {
    auto key =
        make_key<S>(name, ValueKind::text, member, help, options, [](const toml::node& node, Enum& out, const auto&) {
            std::vector<std::string> names;
            for (const auto& choice : choices<Enum>()) names.push_back(choice.name);
            std::string word;
            std::string wrong = read_word(node, names, word);
            for (const auto& choice : choices<Enum>()) {
                if (choice.name == word) out = choice.value;
            }
            return wrong;
        });
    for (const auto& choice : choices<Enum>()) key.help += fmt::format("\n  \"{}\": {}", choice.name, choice.meaning);
    key.value = [member](const S& section) -> nlohmann::json {
        for (const auto& choice : choices<Enum>()) {
            if (choice.value == section.*member) return choice.name;
        }
        return nullptr;
    };
    return key;
}

template <class S>
Key<S> number_key(const char* name, double S::*member, const char* help, const Range& range,
                  const KeyOptions& options = {}) {
    auto key = make_key<S>(
        name, ValueKind::number, member, help, options,
        [range](const toml::node& node, double& out, const auto&) { return read_number(node, range, out); });
    key.value = [member](const S& section) -> nlohmann::json { return section.*member; };
    return key;
}

template <class S, class Integer>
Key<S> integer_key(const char* name, Integer S::*member, const char* help, Range range,
                   const KeyOptions& options = {}) {
    range.max = std::min(range.max, static_cast<double>(std::numeric_limits<int>::max()));
    auto key = make_key<S>(name, ValueKind::integer, member, help, options,
                           [range](const toml::node& node, Integer& out, const auto&) {
                               std::int64_t value = out;
                               std::string wrong = read_integer(node, range, value);
                               out = static_cast<Integer>(value);
                               return wrong;
                           });
    key.value = [member](const S& section) -> nlohmann::json { return section.*member; };
    return key;
}

template <class S>
Key<S> flag_key(const char* name, bool S::*member, const char* help, const KeyOptions& options = {}) {
    auto key = make_key<S>(name, ValueKind::flag, member, help, options,
                           [](const toml::node& node, bool& out, const auto&) { return read_flag(node, out); });
    key.value = [member](const S& section) -> nlohmann::json { return section.*member; };
    return key;
}

template <class S>
Key<S> list_key(const char* name, std::vector<std::string> S::*member, const char* help, const KeyOptions& options) {
    auto key =
        make_key<S>(name, ValueKind::list, member, help, options,
                    [](const toml::node& node, std::vector<std::string>& out, const std::filesystem::path& folder) {
                        std::vector<std::string> items;
                        std::string wrong = read_list(node, items);
                        out.clear();
                        for (const std::string& item : items) out.push_back(absolute_from(folder, item).string());
                        return wrong;
                    });
    key.value = [member](const S& section) -> nlohmann::json {
        if ((section.*member).empty()) return nullptr;
        return section.*member;
    };
    return key;
}

/// Words as they stand.
template <class S>
Key<S> words_key(const char* name, std::vector<std::string> S::*member, const char* help, const KeyOptions& options) {
    auto key = make_key<S>(
        name, ValueKind::list, member, help, options,
        [](const toml::node& node, std::vector<std::string>& out, const auto&) { return read_list(node, out); });
    key.value = [member](const S& section) -> nlohmann::json {
        if ((section.*member).empty()) return nullptr;
        return section.*member;
    };
    return key;
}

template <class S>
Key<S> bounds_key(const char* name, std::optional<Bounds> S::*member, const char* help, const KeyOptions& options) {
    auto key = make_key<S>(
        name, ValueKind::bounds, member, help, options,
        [](const toml::node& node, std::optional<Bounds>& out, const auto&) { return read_bounds(node, out); });
    key.value = [member](const S& section) -> nlohmann::json {
        const auto& bounds = section.*member;
        if (!bounds) return nullptr;
        return {bounds->xmin, bounds->ymin, bounds->xmax, bounds->ymax};
    };
    return key;
}

} // namespace overflight::config_keys
