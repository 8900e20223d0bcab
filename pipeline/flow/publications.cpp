// SPDX-License-Identifier: Apache-2.0
#include "flow/publications.h"

#include "core/limits.h"
#include "flow/custody.h"
#include "flow/product_state.h"
#include "flow/stage_timer.h"
#include "flow/tile_sources.h"
#include "io/atomic_file.h"
#include "io/hash.h"

#include <exception>
#include <utility>

namespace overflight {

Publications::~Publications() {
    try {
        settle();
    } catch (const std::exception&) {
        // an error is under way already; the product has no sidecar, and the next run makes one
    }
}

void Publications::begin(FinishedProduct product) {
    settle();
    const std::filesystem::path path = product.work.product();
    Picture picture = std::exchange(product.quicklook, {});
    Pending& pending = pending_.emplace(std::move(product), std::shared_future<std::string>(),
                                        std::shared_future<void>(), std::future<void>());
    const std::filesystem::path temporary = pending.product.file.temporary;
    pending.sha256 = start_work(beside_, [temporary] { return sha256_of_file(temporary); }).share();
    pending.named = start_work(beside_, [hashed = pending.sha256, temporary, work = pending.product.work] {
                        bring_to_disk(temporary, work.product()); // the disk is waited for while the hash is found
                        hashed.get();
                        publish_file(temporary, work.product());
                        if (std::filesystem::exists(work.tiles(false)))
                            publish_file(work.tiles(false), work.tiles(true));
                    }).share();
    if (!picture.samples.empty())
        pending.quicklook =
            start_work(beside_, [path, picture = std::move(picture)] { write_png(quicklook_path(path), picture); });
}

void Publications::await_name() {
    if (pending_) pending_->named.get();
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
    for (const ExportRequest& request : product.vectors)
        for (const std::filesystem::path& file : export_product(request)) record_file(file, report_);
    remember_product(product.work, product.key);
    clean_up(product.work);
    waiting.stop();
}

} // namespace overflight
