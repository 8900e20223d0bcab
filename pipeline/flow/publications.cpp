// SPDX-License-Identifier: Apache-2.0
#include "flow/publications.h"

#include "core/errors.h"
#include "core/limits.h"
#include "flow/custody.h"
#include "flow/product_state.h"
#include "flow/stage_timer.h"
#include "flow/tile_sources.h"
#include "io/atomic_file.h"
#include "io/hash.h"

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace overflight {

ProductFiles HeldNames::files_of(const WorkFolder& work) const {
    if (lock_.owns_lock() && work.product() == product_) return {temporary_, work.tiles(false)};
    return {work.product(), work.tiles(true)};
}

Publications::~Publications() {
    try {
        settle();
    } catch (const std::exception& error) {
        // another error is under way already; what this product lacks the next run makes
        report_.warnings.emplace_back(error.what());
    }
}

/// With the list of its tiles, if it has one: without, what has no name is of no use to anyone.
void Publications::name_product(const WorkFolder& work, const std::filesystem::path& temporary, Naming& naming) {
    const bool listed = std::filesystem::exists(work.tiles(false));
    std::unique_lock lock(naming.mutex, std::defer_lock);
    try {
        bring_to_disk(temporary, work.product()); // takes long, and whoever opens the product does not wait for it
        lock.lock();
        naming.over = true;
        publish_file(temporary, work.product());
    } catch (const RunError&) {
        if (!lock) lock.lock();
        naming.over = true;
        std::error_code ignored;
        if (!listed) std::filesystem::remove(temporary, ignored);
        throw;
    }
    if (listed) publish_file(work.tiles(false), work.tiles(true));
}

void Publications::begin(FinishedProduct product) {
    settle();
    const std::filesystem::path path = product.work.product();
    Picture picture = std::exchange(product.quicklook, {});
    const auto file = std::make_shared<const OpenFile>(product.file.temporary); // which changes its name meanwhile
    Pending& pending = pending_.emplace(Pending{std::move(product), std::make_shared<Naming>(), {}, {}, {}, {}});
    pending.named = start_work(beside_, [work = pending.product.work, temporary = pending.product.file.temporary,
                                         naming = pending.naming] {
                        name_product(work, temporary, *naming);
                    }).share();
    if (!beside_) pending.named.get();
    pending.sha256 = start_work(beside_, [file] { return file->sha256(); });
    if (!picture.samples.empty())
        pending.quicklook = start_work(beside_, [path, picture = std::move(picture), named = pending.named] {
            const std::vector<std::byte> png = encode_png(picture);
            named.get(); // not beside a former product
            write_file(quicklook_path(path), png);
        });
    pending.vectors = start_work(beside_, [requests = pending.product.vectors, named = pending.named] {
        named.get();
        std::vector<std::filesystem::path> files;
        for (const ExportRequest& request : requests)
            for (std::filesystem::path& made : export_product(request)) files.push_back(std::move(made));
        return files;
    });
}

HeldNames Publications::hold_names() {
    HeldNames held;
    if (!pending_) return held;
    std::unique_lock lock(pending_->naming->mutex);
    if (pending_->naming->over) {
        pending_->named.get();
        return held;
    }
    held.lock_ = std::move(lock);
    held.product_ = pending_->product.work.product();
    held.temporary_ = pending_->product.file.temporary;
    return held;
}

void Publications::settle() {
    if (!pending_) return;
    Pending pending = std::move(*pending_);
    pending_.reset();
    const FinishedProduct& product = pending.product;
    const std::filesystem::path& path = product.work.product();
    StageTimer waiting("publish " + path.stem().string(), 0, report_);
    pending.named.get();
    record_product(path, product.file, pending.sha256.get(), product.inputs, report_);
    if (pending.quicklook.valid()) {
        pending.quicklook.get();
        record_file(quicklook_path(path), report_);
    }
    for (const std::filesystem::path& file : pending.vectors.get()) record_file(file, report_);
    remember_product(product.work, product.key);
    clean_up(product.work);
    waiting.stop();
}

} // namespace overflight
