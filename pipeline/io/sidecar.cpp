// SPDX-License-Identifier: Apache-2.0
#include "io/sidecar.h"

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/hash.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace overflight {

std::filesystem::path sidecar_path(const std::filesystem::path& product) {
    return product.string() + ".sha256.json";
}

void write_sidecar(const std::filesystem::path& product, const Sidecar& sidecar) {
    using json = nlohmann::ordered_json;
    json parts = json::object(), inputs = json::array(), beside = json::array();
    for (const auto& [name, hash] : sidecar.content.parts) parts[name] = hash;
    for (const auto& path : sidecar.inputs) inputs.push_back(path.string());
    for (const SideFile& file : sidecar.beside)
        beside.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    const std::string text = json{{"product", sidecar.product},
                                  {"program", sidecar.program},
                                  {"bytes", sidecar.bytes},
                                  {"sha256", sidecar.file_sha256},
                                  {"content_sha256", sidecar.content.whole},
                                  {"content", parts},
                                  {"log", {{"line", sidecar.log.line}, {"head", sidecar.log.hash}}},
                                  {"inputs", inputs},
                                  {"beside", beside}}
                                 .dump(2, ' ', false, json::error_handler_t::replace) +
                             "\n";
    write_file(sidecar_path(product), std::as_bytes(std::span(text)));
}

Sidecar read_sidecar(const std::filesystem::path& product) {
    const std::filesystem::path path = sidecar_path(product);
    const auto problem = [&](const std::string& message) {
        return InputError(Problem{.file = path.string(), .message = message});
    };
    std::ifstream file(path);
    if (!file) throw problem("there is no such file; a run writes it beside the product, and both move together");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    try {
        const auto json = nlohmann::ordered_json::parse(text);
        Sidecar sidecar;
        sidecar.product = json.at("product");
        sidecar.program = json.at("program");
        sidecar.bytes = json.at("bytes");
        sidecar.file_sha256 = json.at("sha256");
        sidecar.content.whole = json.at("content_sha256");
        for (const auto& [name, hash] : json.at("content").items()) sidecar.content.parts.emplace_back(name, hash);
        sidecar.log = {json.at("log").at("line"), json.at("log").at("head")};
        for (const auto& input : json.at("inputs")) sidecar.inputs.emplace_back(input.get<std::string>());
        if (json.contains("beside")) // older ones say nothing of such files
            for (const auto& side : json.at("beside"))
                sidecar.beside.push_back({side.at("name"), side.at("bytes"), side.at("sha256")});
        return sidecar;
    } catch (const nlohmann::json::exception& error) {
        throw problem(std::string("is not the sidecar of a product: ") + error.what());
    }
}

SideFile describe_side_file(const std::filesystem::path& file) {
    return {file.filename().string(), static_cast<std::int64_t>(std::filesystem::file_size(file)),
            sha256_of_file(file)};
}

bool is_as_published(const std::filesystem::path& file, const Sidecar& sidecar) {
    const auto known = std::ranges::find(sidecar.beside, file.filename().string(), &SideFile::name);
    if (known == sidecar.beside.end()) return false;
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    if (error || static_cast<std::int64_t>(bytes) != known->bytes) return false;
    try {
        return sha256_of_file(file) == known->sha256;
    } catch (const RunError&) {
        return false;
    }
}

} // namespace overflight
