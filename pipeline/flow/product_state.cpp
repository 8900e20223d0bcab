// SPDX-License-Identifier: Apache-2.0
#include "flow/product_state.h"

#include "core/errors.h"
#include "flow/custody.h"
#include "io/atomic_file.h"
#include "io/sidecar.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

namespace overflight {

namespace fs = std::filesystem;

std::string hex_of(const ShortDigest& digest) {
    std::string text;
    for (const std::byte byte : digest) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    return text;
}

bool keep_product(const WorkFolder& work, const std::string& key, const std::vector<std::string>& wanted,
                  RunReport& report) {
    std::ifstream file(work.state());
    const auto state = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    if (!state.is_object() || state.value("key", "") != key || key.empty()) return false;
    const fs::path& product = work.product();
    std::error_code error;
    const auto bytes = fs::file_size(product, error);
    if (error || bytes != state.value("bytes", std::uintmax_t{0})) return false;
    std::vector<fs::path> others;
    for (const std::string& ending : wanted) others.push_back(fs::path(product).replace_extension(ending));
    if (!std::all_of(others.begin(), others.end(), [](const fs::path& other) { return fs::exists(other); }))
        return false;
    std::string sha256;
    try {
        sha256 = read_sidecar(product).file_sha256;
    } catch (const InputError&) {
        return false;
    }
    report.products.push_back({product.string(), static_cast<std::int64_t>(bytes), sha256});
    for (const fs::path& other : others) record_file(other, report);
    if (report.log) report.log("keep", {{"product", product.filename().string()}, {"sha256", sha256}});
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
