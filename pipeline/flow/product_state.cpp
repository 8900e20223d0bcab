// SPDX-License-Identifier: Apache-2.0
#include "flow/product_state.h"

#include "core/errors.h"
#include "flow/custody.h"
#include "io/atomic_file.h"
#include "io/sidecar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
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

} // namespace

bool keep_product(const WorkFolder& work, const std::string& key, const SideFiles& wanted, RunReport& report) {
    std::ifstream file(work.state());
    const auto state = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    if (!state.is_object() || state.value("key", "") != key || key.empty()) return false;
    const fs::path& product = work.product();
    std::error_code error;
    const auto bytes = fs::file_size(product, error);
    if (error || bytes != state.value("bytes", std::uintmax_t{0})) return false;
    Sidecar sidecar;
    std::vector<std::string> anew;
    try {
        sidecar = read_sidecar(product);
        if (wanted.quicklook && !is_as_published(quicklook_path(product), sidecar)) return false;
        anew = export_anew(wanted, sidecar);
    } catch (const InputError&) { // of a sidecar, or of a product that is damaged at its size
        return false;
    }
    if (!anew.empty()) write_sidecar(product, sidecar);
    report.products.push_back({product.string(), static_cast<std::int64_t>(bytes), sidecar.file_sha256});
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
    const std::string json =
        nlohmann::ordered_json{{"key", key}, {"bytes", fs::file_size(work.product())}}.dump() + "\n";
    write_file(work.state(), std::as_bytes(std::span(json)));
}

} // namespace overflight
