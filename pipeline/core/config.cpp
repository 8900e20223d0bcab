// SPDX-License-Identifier: Apache-2.0
#include "core/config.h"

#include "core/config_check.h"
#include "core/config_keys.h"
#include "core/config_source.h"
#include "core/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace overflight {
namespace {

const std::vector<std::string> tables = {"output", "terrain", "mosaic", "resolution", "run"};
const std::vector<std::string> lists = {"mission", "change"};

/// Fills the config from its tables, and collects what is wrong on the way.
class Reader {
public:
    Reader(const ConfigSource& source, const std::filesystem::path& folder)
        : source_(source), folder_(folder), problems_(source.problems()) {}

    void read_top_level() {
        std::vector<std::string> sections = tables;
        sections.insert(sections.end(), lists.begin(), lists.end());
        for (const auto& [name, node] : source_.root()) {
            const std::string section(name.str());
            if (std::find(sections.begin(), sections.end(), section) != sections.end()) continue;
            meant_.insert(nearest_word(section, sections));
            add(section, place_of(name, node),
                fmt::format("unknown {}{}",
                            node.is_table() || node.is_array_of_tables() ? "section" : "key outside of any section",
                            did_you_mean(section, sections)));
        }
    }

    /// The section with all its keys; defaults where it is not there.
    template <class Section>
    void read_table(const std::string& name, const config_keys::Keys<Section>& keys, Section& section) {
        const toml::node* node = source_.root().get(name);
        static const toml::table empty;
        if (!node) return read_keys(name, empty, keys, section);
        if (const auto* table = node->as_table()) return read_keys(name, *table, keys, section);
        add(name, node->source(), fmt::format("expects one table, [{}]", name));
    }

    template <class Section, class ReadOne>
    void read_tables(const std::string& name, std::vector<Section>& sections, ReadOne read_one) {
        const toml::node* node = source_.root().get(name);
        if (!node) return;
        if (!node->is_array_of_tables()) {
            return add(name, node->source(),
                       fmt::format("expects a table for each {0}, [[{0}]] in double brackets", name));
        }
        for (const toml::node& item : *node->as_array()) {
            const std::string key = fmt::format("{}.{}", name, sections.size());
            Section& section = sections.emplace_back();
            section.where = source_.problem(key, item.source(), {});
            read_one(key, *item.as_table(), section);
        }
    }

    template <class Section>
    void read_keys(const std::string& path, const toml::table& table, const config_keys::Keys<Section>& keys,
                   Section& section, const std::string& table_inside = {}) {
        std::vector<std::string> names;
        for (const auto& key : keys) names.push_back(key.name);
        if (!table_inside.empty()) names.push_back(table_inside);
        for (const auto& [name, node] : table) {
            const std::string key(name.str());
            if (std::find(names.begin(), names.end(), key) != names.end()) continue;
            meant_.insert(path + "." + nearest_word(key, names));
            add(path + "." + key, place_of(name, node), "unknown key" + fix_of_unknown(key, names));
        }
        for (const auto& key : keys) {
            const std::string full = path + "." + key.name;
            const toml::node* node = table.get(key.name);
            if (!node && key.required && !meant_.contains(full) && !meant_.contains(path)) {
                problems_.push_back(
                    source_.problem(full, fmt::format("missing; give it, for example {} = {}", key.name, key.example)));
            }
            if (!node) continue;
            if (std::string wrong = key.read(section, *node, folder_); !wrong.empty()) {
                problems_.push_back(source_.problem(full, node->source(), std::move(wrong)));
            }
        }
    }

    void add(const std::string& key, const toml::source_region& where, std::string message) {
        problems_.push_back(source_.problem(key, where, std::move(message)));
    }

    std::vector<Problem>& problems() { return problems_; }

private:
    /// Of the key as it is written; of the command line's setting where it comes from there.
    static const toml::source_region& place_of(const toml::key& key, const toml::node& node) {
        return key.source().path ? key.source() : node.source();
    }

    static std::string fix_of_unknown(const std::string& key, const std::vector<std::string>& names) {
        if (std::string suggestion = did_you_mean(key, names); !suggestion.empty()) return suggestion;
        const std::string section = section_with(key);
        return section.empty() ? "; known here are " + fmt::format("{}", fmt::join(names, ", "))
                               : fmt::format("; it belongs to {}", section);
    }

    static std::string section_with(const std::string& key) {
        const auto has = [&](const auto& keys) {
            return std::any_of(keys.begin(), keys.end(), [&](const auto& known) { return known.name == key; });
        };
        if (has(config_keys::output())) return "[output]";
        if (has(config_keys::terrain())) return "[terrain]";
        if (has(config_keys::mosaic())) return "[mosaic]";
        if (has(config_keys::resolution())) return "[resolution]";
        if (has(config_keys::run())) return "[run]";
        if (has(config_keys::mission())) return "[[mission]]";
        if (has(config_keys::change())) return "[[change]]";
        return {};
    }

    const ConfigSource& source_;
    std::filesystem::path folder_;
    std::vector<Problem> problems_;
    std::set<std::string> meant_; ///< what unknown names were probably meant to be: these are not missing
};

} // namespace

Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
    const ConfigSource source(file, overrides);
    Config config;
    config.file = std::filesystem::absolute(file).lexically_normal();
    Reader reader(source, config.file.parent_path());
    reader.read_top_level();
    reader.read_table("output", config_keys::output(), config.output);
    reader.read_table("terrain", config_keys::terrain(), config.terrain);
    reader.read_table("mosaic", config_keys::mosaic(), config.mosaic);
    reader.read_table("resolution", config_keys::resolution(), config.resolution);
    reader.read_table("run", config_keys::run(), config.run);
    reader.read_tables("mission", config.missions,
                       [&](const std::string& key, const toml::table& table, MissionConfig& mission) {
                           reader.read_keys(key, table, config_keys::mission(), mission, "terrain");
                           const toml::node* terrain = table.get("terrain");
                           if (!terrain) return;
                           mission.terrain = config.terrain; // what the mission does not say is as for all
                           if (const auto* inner = terrain->as_table()) {
                               reader.read_keys(key + ".terrain", *inner, config_keys::terrain(), *mission.terrain);
                           } else {
                               reader.add(key + ".terrain", terrain->source(), "expects a table, [mission.terrain]");
                           }
                       });
    reader.read_tables("change", config.changes,
                       [&](const std::string& key, const toml::table& table, ChangeConfig& change) {
                           reader.read_keys(key, table, config_keys::change(), change);
                       });
    std::vector<Problem>& problems = reader.problems();
    check_config(config, source, problems);
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    if (!problems.empty()) throw InputError(std::move(problems));
    return config;
}

} // namespace overflight
