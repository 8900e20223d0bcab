// SPDX-License-Identifier: Apache-2.0
#include "flow/publications.h"

#include "core/cancel.h"
#include "core/errors.h"
#include "core/limits.h"
#include "flow/custody.h"
#include "flow/product_state.h"
#include "flow/stage_timer.h"
#include "flow/tile_sources.h"
#include "io/atomic_file.h"
#include "io/hash.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

namespace overflight {
namespace {

/// With the list of its tiles, if it has one: without, what has no name is of no use to anyone. Files beside a former
/// product go first, as nothing tells them from its own. The disk is waited for while names are not held.
void name_product(ProductNaming& naming) {
    const WorkFolder& work = naming.work;
    const bool listed = std::filesystem::exists(work.tiles(false));
    const auto rename = [&](const std::filesystem::path& from, const std::filesystem::path& to, bool& done) {
        {
            const std::scoped_lock lock(naming.mutex);
            rename_file(from, to);
            done = true;
        }
        bring_name_to_disk(to);
    };
    try {
        forget_product(work);
        bring_to_disk(naming.temporary, work.product());
        if (listed) bring_to_disk(work.tiles(false), work.tiles(true));
        remove_side_files(naming.kind, work.product(), naming.inputs);
        rename(naming.temporary, work.product(), naming.named);
        if (listed) rename(work.tiles(false), work.tiles(true), naming.listed);
    } catch (const RunError&) {
        const std::scoped_lock lock(naming.mutex);
        naming.failed = true;
        std::error_code ignored;
        if (!listed) std::filesystem::remove(naming.temporary, ignored);
        throw;
    }
}

std::vector<SideFile> export_tables(const std::vector<ExportRequest>& requests) {
    std::vector<SideFile> files;
    for (const ExportRequest& request : requests) {
        throw_if_stopped();
        for (const std::filesystem::path& file : export_product(request)) files.push_back(describe_side_file(file));
    }
    return files;
}

} // namespace

ProductFiles HeldNames::files_of(const WorkFolder& work) const {
    const bool waits = naming_ != nullptr && work.product() == naming_->work.product();
    return {waits && !naming_->named ? naming_->temporary : work.product(), work.tiles(!waits || naming_->listed)};
}

Publications::~Publications() {
    try {
        settle();
    } catch (const std::exception& error) {
        // another error is under way already; what this product lacks the next run makes
        report_.warnings.emplace_back(error.what());
    }
}

void Publications::begin(FinishedProduct product) {
    settle();
    const std::filesystem::path path = product.work.product();
    Picture picture = std::exchange(product.quicklook, {});
    const auto file = std::make_shared<const OpenFile>(product.file.temporary); // which changes its name meanwhile
    const auto naming =
        std::make_shared<ProductNaming>(product.work, product.file.temporary, product.kind, product.inputs);
    Pending& pending = pending_.emplace(Pending{std::move(product), naming, {}, {}, {}, {}});
    pending.named = start_work(beside_, [naming] { name_product(*naming); }).share();
    if (!beside_) pending.named.get();
    pending.sha256 = start_work(beside_, [file] { return file->sha256(); });
    if (!picture.samples.empty())
        pending.quicklook = start_work(beside_, [path, picture = std::move(picture), named = pending.named] {
            const std::vector<std::byte> png = encode_png(picture);
            named.get(); // not beside a former product
            write_file(quicklook_path(path), png);
            return SideFile{quicklook_path(path).filename().string(), static_cast<std::int64_t>(png.size()),
                            sha256_of(png)};
        });
    if (!pending.product.vectors.empty())
        pending.vectors = start_work(beside_, [requests = pending.product.vectors, named = pending.named] {
            named.get();
            return export_tables(requests);
        });
}

HeldNames Publications::hold_names() {
    if (!pending_) return {};
    StageTimer waiting("publish " + pending_->product.work.product().stem().string(), 0, report_);
    HeldNames names(pending_->naming);
    waiting.stop();
    if (pending_->naming->failed) pending_->named.get();
    return names;
}

void Publications::settle() {
    if (!pending_) return;
    Pending pending = std::move(*pending_);
    pending_.reset();
    const FinishedProduct& product = pending.product;
    const std::filesystem::path& path = product.work.product();
    StageTimer waiting("publish " + path.stem().string(), 0, report_);
    pending.named.get();
    const std::string sha256 = pending.sha256.get();
    std::vector<SideFile> beside;
    std::exception_ptr failure;
    try {
        if (pending.quicklook.valid()) beside.push_back(pending.quicklook.get());
        if (pending.vectors.valid()) std::ranges::move(pending.vectors.get(), std::back_inserter(beside));
    } catch (...) { // the product has its name, and needs its sidecar
        failure = std::current_exception();
    }
    record_product(path, product.file, sha256, product.inputs, beside, report_);
    if (failure) std::rethrow_exception(failure);
    remember_product(product.work, product.key);
    clean_up(product.work);
    waiting.stop();
}

} // namespace overflight
