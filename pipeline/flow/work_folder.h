// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "flow/shard.h"

#include <filesystem>
#include <string>

namespace overflight {

/// Where the product of a mission or of a pair of missions goes: <folder>/<name>.<extension>.
std::filesystem::path product_path(const Config& config, const std::string& name);

/// A product and the list of its tiles.
struct ProductFiles {
    std::filesystem::path product, tiles;
};

/// What steps leave for each other and for later runs, <folder>/.work/<product's name>/. ARCHITECTURE.md describes the
/// files. Paths only: nothing is made.
class WorkFolder {
public:
    WorkFolder(const Config& config, const std::string& product)
        : path_(config.output.folder / ".work" / product), product_(product_path(config, product)) {}

    const std::filesystem::path& path() const { return path_; }
    const std::filesystem::path& product() const { return product_; }
    /// The run's folder, that of the product.
    std::filesystem::path output() const { return product_.parent_path(); }
    std::filesystem::path survey() const { return path_ / "survey"; }
    std::filesystem::path overlaps() const { return path_ / "overlaps"; }
    std::filesystem::path terrain() const { return path_ / "terrain"; }
    std::filesystem::path model() const { return path_ / "model"; }
    std::filesystem::path state() const { return path_ / "product.json"; }
    /// The list of a product's tiles; unfinished: while it is put together.
    std::filesystem::path tiles(bool finished) const {
        return path_ / (finished ? "product.tiles" : "product.tiles.partial");
    }
    /// Where a shard's files lie, see io/shard_file.h.
    std::filesystem::path shard(const Shard& shard, const std::string& process) const {
        return path_ / (shard_prefix + shard.name() + "." + process);
    }
    static constexpr const char* shard_prefix = "shard-";
    /// What a run that was killed had come to, put aside.
    std::filesystem::path left(int number, const char* kind) const {
        return path_ / ("left-" + std::to_string(number) + "." + kind);
    }

private:
    std::filesystem::path path_, product_;
};

/// A name that no other process has or had: host, number, time.
std::string process_name();

/// Folder of the files that say how steps go, see StepStatus.
std::filesystem::path status_folder(const std::filesystem::path& output);

} // namespace overflight
