// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"
#include "flow/side_files.h"
#include "flow/work_folder.h"
#include "handover/export.h"
#include "io/product.h"
#include "io/quicklook.h"
#include "io/sidecar.h"

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// A product that is whole under its temporary name, and what is still to be made of it.
struct FinishedProduct {
    WorkFolder work;
    FinishedFile file;
    std::vector<std::filesystem::path> inputs; ///< the files that its provenance lists, in its order
    Picture quicklook;                         ///< empty: none
    std::vector<ExportRequest> vectors;
    std::string key; ///< see remember_product()
    ProductKind kind = ProductKind::mosaic;
};

/// How far the product that is brought to the disk last is with its names.
struct ProductNaming {
    const WorkFolder work;
    const std::filesystem::path temporary;
    const ProductKind kind;
    const std::vector<std::filesystem::path> inputs;
    std::mutex mutex;
    bool named = false, listed = false; ///< product and list of tiles have theirs
    bool failed = false;
};

/// Products keep their names while this lives, for whoever opens them; not for long, as one may be waiting for its own.
/// The same thread must not begin or settle one meanwhile.
class HeldNames {
public:
    /// Of none that waits for its name.
    HeldNames() = default;
    explicit HeldNames(std::shared_ptr<ProductNaming> naming) : naming_(std::move(naming)), lock_(naming_->mutex) {}

    /// Where a product lies: one that is being brought to the disk has its temporary names still.
    ProductFiles files_of(const WorkFolder& work) const;

private:
    std::shared_ptr<ProductNaming> naming_;
    std::unique_lock<std::mutex> lock_;
};

/// Brings finished products to the disk and gives them their names, finds their hashes, draws their quick-looks and
/// exports their tables beside the work that comes next, by threads of its own. With one thread products are named at
/// once, and the rest is made when they are settled. One product at a time.
class Publications {
public:
    Publications(RunReport& report, int threads) : report_(report), beside_(threads > 1) {}
    ~Publications(); ///< settles; what goes wrong with that becomes a warning
    Publications(const Publications&) = delete;
    Publications& operator=(const Publications&) = delete;

    /// Settles what was begun before.
    void begin(FinishedProduct product);

    /// For opening products before they are settled. Throws RunError where one did not get its name.
    HeldNames hold_names();

    /// Waits for the product that was begun, if any: name, sidecar, log, report, vectors. Before anything reads
    /// sidecars or enters a product in the report.
    void settle();

private:
    struct Pending {
        FinishedProduct product;
        std::shared_ptr<ProductNaming> naming;
        std::shared_future<void> named;
        std::future<std::string> sha256;
        std::future<SideFile> quicklook; ///< not valid: none, as the next
        std::future<std::vector<SideFile>> vectors;
    };

    RunReport& report_;
    const bool beside_;
    std::optional<Pending> pending_;
};

} // namespace overflight
