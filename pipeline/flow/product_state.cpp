// SPDX-License-Identifier: Apache-2.0
#include "flow/product_state.h"

#include "core/errors.h"
#include "flow/custody.h"
#include "flow/survey_file.h"
#include "io/atomic_file.h"
#include "io/hash.h"
#include "io/product.h"
#include "io/sidecar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace overflight {

namespace fs = std::filesystem;

std::string hex_of(const ShortDigest& digest) {
    std::string text;
    for (const std::byte byte : digest) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    return text;
}

namespace {

/// The tables wanted beside a product; `sidecar` then says what they are. Names of those that were exported anew.
std::vector<std::string> export_anew(const SideFiles& wanted, Sidecar& sidecar) {
    std::vector<std::string> names;
    for (const ExportRequest& request : wanted.vectors) {
        if (is_as_published(request.output, sidecar)) continue;
        export_product(request);
        const SideFile file = describe_side_file(request.output);
        std::erase_if(sidecar.beside, [&](const SideFile& former) { return former.name == file.name; });
        sidecar.beside.push_back(file);
        names.push_back(file.name);
    }
    return names;
}

bool opens(const fs::path& product) {
    try {
        const ProductReader reader(product);
        return true;
    } catch (const std::runtime_error&) { // whatever is wrong with it: it is made anew
        return false;
    }
}

} // namespace

bool keep_product(const WorkFolder& work, const std::string& key, const SideFiles& wanted, RunReport& report) {
    std::ifstream file(work.state());
    const auto state = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    if (!state.is_object() || state.value("key", "") != key || key.empty()) return false;
    const fs::path& product = work.product();
    const FileState now = states_of({product}).front();
    if (now.bytes < 0 || now.bytes != state.value("bytes", std::int64_t{-1})) return false;
    const bool untouched = now.modified_ns == state.value("modified_ns", std::int64_t{0}) &&
                           now.changed_ns == state.value("changed_ns", std::int64_t{0});
    Sidecar sidecar;
    std::vector<std::string> anew;
    try {
        sidecar = read_sidecar(product);
        if (!untouched && sha256_of_file(product) != sidecar.file_sha256) return false;
        if (!opens(product)) return false;
        if (wanted.quicklook && !is_as_published(quicklook_path(product), sidecar)) return false;
        anew = export_anew(wanted, sidecar);
    } catch (const InputError&) { // of a sidecar, or of a product that is damaged at its size
        return false;
    }
    if (!anew.empty()) write_sidecar(product, sidecar);
    if (!untouched) remember_product(work, key); // a copy, of which all was read now
    report.products.push_back({product.string(), now.bytes, sidecar.file_sha256});
    const auto record = [&](const fs::path& path) {
        const auto known = std::ranges::find(sidecar.beside, path.filename().string(), &SideFile::name);
        record_side_file(product, *known, report);
    };
    if (wanted.quicklook) record(quicklook_path(product));
    for (const ExportRequest& request : wanted.vectors) record(request.output);
    if (report.log) {
        LogFacts facts = {{"product", product.filename().string()}, {"sha256", sidecar.file_sha256}};
        if (!anew.empty()) facts.emplace_back("exported", fmt::format("{}", fmt::join(anew, " ")));
        report.log("keep", facts);
    }
    return true;
}

void forget_product(const WorkFolder& work) {
    std::error_code error;
    if (fs::remove(work.state(), error)) bring_name_to_disk(work.state());
}

void remember_product(const WorkFolder& work, const std::string& key) {
    const FileState product = states_of({work.product()}).front();
    const std::string json = nlohmann::ordered_json{{"key", key},
                                                    {"bytes", product.bytes},
                                                    {"modified_ns", product.modified_ns},
                                                    {"changed_ns", product.changed_ns}}
                                 .dump() +
                             "\n";
    write_file(work.state(), std::as_bytes(std::span(json)));
}

} // namespace overflight
