// SPDX-License-Identifier: Apache-2.0
#include "flow/custody.h"

#include "core/errors.h"
#include "core/version.h"
#include "io/hash.h"
#include "io/run_log.h"

#include <fmt/format.h>

#include <memory>

namespace overflight {

void record_product(const std::filesystem::path& path, const FinishedFile& file, const std::string& sha256,
                    const std::vector<std::filesystem::path>& inputs, const std::vector<SideFile>& beside,
                    RunReport& report) {
    report.products.push_back({path.string(), static_cast<std::int64_t>(file.bytes), sha256});
    for (const SideFile& side : beside) record_side_file(path, side, report);
    if (!report.log) return;
    Sidecar sidecar;
    sidecar.product = path.filename().string();
    sidecar.program = fmt::format("overflight {}", version);
    sidecar.bytes = static_cast<std::int64_t>(file.bytes);
    sidecar.file_sha256 = sha256;
    sidecar.content = *file.content;
    sidecar.log = report.log("publish", {{"product", sidecar.product},
                                         {"bytes", std::to_string(file.bytes)},
                                         {"sha256", sha256},
                                         {"content_sha256", file.content->whole}});
    RunLog(path.parent_path()).sync();
    for (const auto& input : inputs) sidecar.inputs.push_back(std::filesystem::absolute(input));
    sidecar.beside = beside;
    write_sidecar(path, sidecar);
}

void open_log(const Config& config, RunReport& report) {
    const auto log = std::make_shared<RunLog>(config.output.folder);
    report.log = [log](const std::string& step, const LogFacts& facts) { return log->append(step, facts); };
    report.log("start", {{"program", "overflight " + report.program_version},
                         {"host", report.host},
                         {"instruction_set", report.instruction_set},
                         {"threads", std::to_string(report.threads)},
                         {"config", report.config_path},
                         {"config_sha256", sha256_of(std::as_bytes(std::span(report.config_text)))},
                         {"set", fmt::format("{}", fmt::join(report.overrides, " "))}});
}

void record_published(ProductKind kind, const std::filesystem::path& path, RunReport& report) {
    try {
        const Sidecar sidecar = read_sidecar(path);
        report.products.push_back({path.string(), sidecar.bytes, sidecar.file_sha256});
    } catch (const InputError& error) {
        throw RunError(fmt::format("{}; run overflight merge with this config first", error.what()));
    }
    for (const std::filesystem::path& file : side_file_paths(kind, path))
        if (std::filesystem::exists(file)) record_side_file(path, describe_side_file(file), report);
}

void record_side_file(const std::filesystem::path& product, const SideFile& file, RunReport& report) {
    report.products.push_back({(product.parent_path() / file.name).string(), file.bytes, file.sha256});
}

} // namespace overflight
