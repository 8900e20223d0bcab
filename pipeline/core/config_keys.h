// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include <functional>

// Private to core: the table of keys from which parsing, checking, the reference and the provenance come.
namespace overflight::config_keys {

enum class ValueKind : std::uint8_t { text, number, integer, flag, list, bounds };

/// What one key is, whatever section it stands in.
struct KeyFacts {
    std::string name;
    ValueKind kind = ValueKind::text;
    std::string help;
    std::string example;   ///< TOML, shown in the reference where there is no default
    bool required = false; ///< must be in the file
    bool usual = false;    ///< set in the reference though it has no default
    bool content = true;   ///< has a say in the pixels of a product
};

template <class Section>
struct Key : KeyFacts {
    /// Reads and checks a value; returns what is wrong with it, or nothing. Relative paths start at `folder`.
    std::function<std::string(Section&, const toml::node&, const std::filesystem::path& folder)> read;
    /// The value as it stands; null where it is not set.
    std::function<nlohmann::json(const Section&)> value;
};

template <class Section>
using Keys = std::vector<Key<Section>>;

const Keys<OutputConfig>& output();
const Keys<TerrainConfig>& terrain();
const Keys<MosaicConfig>& mosaic();
const Keys<ResolutionConfig>& resolution();
const Keys<RunConfig>& run();
const Keys<MissionConfig>& mission(); ///< without the table [mission.terrain]
const Keys<ChangeConfig>& change();

/// A choice of words, with what each means.
template <class Enum>
struct Choice {
    Enum value;
    std::string name, meaning;
};

template <class Enum>
const std::vector<Choice<Enum>>& choices();
template <>
const std::vector<Choice<Codec>>& choices();
template <>
const std::vector<Choice<Resampling>>& choices();
template <>
const std::vector<Choice<CameraKind>>& choices();
template <>
const std::vector<Choice<PoseSpace>>& choices();
template <>
const std::vector<Choice<PoseWorld>>& choices();
template <>
const std::vector<Choice<Balance>>& choices();
template <>
const std::vector<Choice<Seams>>& choices();
template <>
const std::vector<Choice<OutsideTerrain>>& choices();

/// `"map" (what it means), "cartesian" (...)`
template <class Enum>
std::string explained_choices();
extern template std::string explained_choices<PoseSpace>();

} // namespace overflight::config_keys
