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
namespace {

/// With the list of its tiles, if it has one: without, what has no name is of no use to anyone.
void name_product(const WorkFolder& work, const std::filesystem::path& temporary) {
    const bool listed = std::filesystem::exists(work.tiles(false));
    try {
        publish_file(temporary, work.product());
    } catch (const RunError&) {
        std::error_code ignored;
        if (!listed) std::filesystem::remove(temporary, ignored);
        throw;
    }
    if (listed) publish_file(work.tiles(false), work.tiles(true));
}

} // namespace

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
    Pending& pending = pending_.emplace(Pending{std::move(product), {}, {}, {}, {}});
    pending.named = start_work(beside_, [work = pending.product.work, temporary = pending.product.file.temporary] {
                        name_product(work, temporary);
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

void Publications::await_name() {
    if (!pending_) return;
    StageTimer waiting("publish " + pending_->product.work.product().stem().string(), 0, report_);
    pending_->named.get();
    waiting.stop();
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
