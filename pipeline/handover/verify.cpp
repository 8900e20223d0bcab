// SPDX-License-Identifier: Apache-2.0
#include "handover/verify.h"

#include "core/errors.h"
#include "io/content_hash.h"
#include "io/hash.h"
#include "io/product.h"
#include "io/run_log.h"
#include "io/sidecar.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Check check_file(const fs::path& product, const Sidecar& sidecar) {
    const auto bytes = static_cast<std::int64_t>(fs::file_size(product));
    if (bytes != sidecar.bytes)
        return {"file", false, fmt::format("has {} bytes, {} when it was published", bytes, sidecar.bytes)};
    const std::string hash = sha256_of_file(product);
    if (hash != sidecar.file_sha256)
        return {"file", false, fmt::format("SHA-256 {}, {} when it was published", hash, sidecar.file_sha256)};
    return {"file", true, fmt::format("{} bytes, SHA-256 {}", bytes, hash)};
}

Check check_content(const ProductReader& product, const Sidecar& sidecar) {
    const ContentHashes found = content_hashes(product);
    if (found == sidecar.content) return {"content", true, "SHA-256 " + found.whole};
    std::vector<std::string> different;
    const auto find = [](const ContentHashes& hashes, const std::string& name) {
        const auto at = std::ranges::find(hashes.parts, name, [](const auto& part) { return part.first; });
        return at == hashes.parts.end() ? std::string() : at->second;
    };
    for (const auto& [name, hash] : sidecar.content.parts) {
        const std::string now = find(found, name);
        if (now != hash) different.push_back(name + (now.empty() ? " is gone" : " differs"));
    }
    for (const auto& [name, hash] : found.parts)
        if (find(sidecar.content, name).empty()) different.push_back(name + " is new");
    if (different.empty()) different.push_back("the sidecar's hash of the whole is not that of its parts");
    return {"content", false, fmt::format("{}", fmt::join(different, ", "))};
}

/// Of a log line's JSON; null where it cannot be read.
json facts_of(const LogLine& line) {
    return json::parse(line.json, nullptr, false);
}

/// Empty where it is no text.
std::string fact(const json& facts, const char* name) {
    return facts.is_object() && facts.contains(name) && facts[name].is_string() ? facts[name].get<std::string>() : "";
}

/// The last run into the folder names the line that it ended with: a tail cut off shows there.
Check check_log_end(const fs::path& folder, const std::vector<LogLine>& lines) {
    std::ifstream file(folder / "run.json");
    if (!file)
        return {"log end", false,
                "there is no run.json, which says how the log ends; of a run in steps, finish writes it"};
    const json report = json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
    const json entry = report.is_object() ? report.value("log", json()) : json();
    const std::string head = fact(entry, "head");
    if (head.empty() || !entry.contains("line") || !entry["line"].is_number_integer())
        return {"log end", false,
                report.is_object() ? "run.json does not say how the log ends" : "run.json cannot be read"};
    const auto last = entry["line"].get<std::int64_t>();
    const bool ends = last >= 1 && static_cast<std::size_t>(last) <= lines.size() &&
                      lines[static_cast<std::size_t>(last) - 1].hash == head;
    return {"log end", ends,
            ends ? fmt::format("line {}, as run.json says", last)
                 : fmt::format("run.json ends with line {}, {}, which the log does not have", last, head)};
}

void check_log(const fs::path& product, const Sidecar& sidecar, std::vector<Check>& checks) {
    const fs::path folder = product.parent_path();
    std::vector<LogLine> lines;
    try {
        lines = read_log(folder);
    } catch (const InputError& error) {
        checks.push_back({"log", false, error.problems().front().text()});
        return;
    }
    std::vector<std::int64_t> broken;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (!lines[i].sound) broken.push_back(static_cast<std::int64_t>(i) + 1);
    checks.push_back(broken.empty()
                         ? Check{"log", true, fmt::format("{} lines in one chain", lines.size())}
                         : Check{"log", false,
                                 fmt::format("the chain breaks at line {}: it, or the line before it, was changed, "
                                             "dropped or inserted",
                                             fmt::join(broken, ", "))});

    const auto number = static_cast<std::size_t>(sidecar.log.line);
    const bool there = number >= 1 && number <= lines.size() && lines[number - 1].hash == sidecar.log.hash;
    const json facts = there ? facts_of(lines[number - 1]) : json();
    const bool agrees = there && fact(facts, "product") == product.filename().string() &&
                        fact(facts, "sha256") == sidecar.file_sha256 &&
                        fact(facts, "content_sha256") == sidecar.content.whole;
    checks.push_back({"log entry", agrees,
                      agrees ? fmt::format("line {}, {}", number, fact(facts, "time"))
                      : !there
                          ? fmt::format("line {} is not the one that the sidecar names, {}", number, sidecar.log.hash)
                          : fmt::format("line {} says otherwise than the sidecar", number)});
    checks.push_back(check_log_end(folder, lines));
}

/// Of an input, as provenance has it.
bool is_product(const json& input) {
    const std::string kind = fact(input, "kind");
    return kind == "before" || kind == "after" || kind == "interval";
}

/// Where an input lies now: the first of the places where there is a file; empty where there is none.
fs::path place_of(const fs::path& first, const fs::path& second) {
    std::error_code error;
    return fs::exists(first, error) ? first : fs::exists(second, error) ? second : fs::path();
}

Check check_input(const std::string& what, const std::string& expected, const fs::path& path) {
    try {
        const std::string hash = sha256_of_file(path);
        if (hash == expected) return {what, true, path.string()};
        return {what, false,
                fmt::format("{} has SHA-256 {}, the product was made from {}", path.string(), hash, expected)};
    } catch (const RunError& unreadable) {
        return {what, false, unreadable.what()};
    }
}

/// What was made of the product and lies beside it. Products are archived without, so what is not there is not wrong.
void check_side_files(const fs::path& product, const Sidecar& sidecar, std::vector<Check>& checks) {
    for (const SideFile& file : sidecar.beside) {
        const fs::path path = product.parent_path() / fs::path(file.name).filename();
        std::error_code error;
        if (!fs::exists(path, error)) {
            checks.push_back({file.name, true, "is not here"});
            continue;
        }
        try {
            const SideFile now = describe_side_file(path);
            const bool same = now.bytes == file.bytes && now.sha256 == file.sha256;
            checks.push_back({file.name, same,
                              same ? fmt::format("{} bytes, SHA-256 {}", now.bytes, now.sha256)
                                   : fmt::format("{} bytes, SHA-256 {}; {} bytes, {} when it was made", now.bytes,
                                                 now.sha256, file.bytes, file.sha256)});
        } catch (const std::runtime_error& unreadable) {
            checks.push_back({file.name, false, unreadable.what()});
        }
    }
}

/// Whether HDF5 gets through a file that is known to be broken: there are bytes that it crashes over, so another
/// process tries first.
bool survives_reading(const fs::path& product) {
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) {
        try {
            const ProductReader reader(product);
            content_hashes(reader);
            reader.provenance();
        } catch (const std::exception&) {
            ::_exit(0); // is said in its own words later
        }
        ::_exit(0);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status);
}

/// Of products that are inputs their own as well, down to the frames. `of`: the product between, in words.
void check_inputs(const fs::path& product, const std::string& provenance, const Sidecar& sidecar, const std::string& of,
                  std::set<std::pair<fs::path, std::string>>& seen, std::vector<Check>& checks) {
    const json parsed = json::parse(provenance, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("inputs") || !parsed["inputs"].is_array()) {
        checks.push_back({of + "inputs", false, "the product's provenance lists none"});
        return;
    }
    for (std::size_t i = 0; i < parsed["inputs"].size(); ++i) {
        const json& input = parsed["inputs"][i];
        const std::string name = fact(input, "name"), what = of + "input " + name;
        const fs::path beside = product.parent_path() / fs::path(name).filename();
        const fs::path noted = i < sidecar.inputs.size() ? fs::path(sidecar.inputs[i]) : beside;
        // products move with what is made of them: the one of a folder's copy is not the one that was copied
        const fs::path found = is_product(input) ? place_of(beside, noted) : place_of(noted, beside);
        if (found.empty()) {
            checks.push_back({what, false, fmt::format("not found: {}", noted.string())});
            continue;
        }
        const std::string sha256 = fact(input, "sha256");
        if (!seen.emplace(found, sha256).second) continue; // products may know files of one name, each its own
        checks.push_back(check_input(what, sha256, found));
        std::error_code error;
        if (!checks.back().good || (!is_product(input) && !fs::exists(sidecar_path(found), error))) continue;
        try {
            const ProductReader reader(found);
            check_inputs(found, reader.provenance(), read_sidecar(found), name + ": ", seen, checks);
        } catch (const std::runtime_error& unreadable) {
            checks.push_back({name + ": inputs", false, unreadable.what()});
        }
    }
}

} // namespace

std::vector<Check> verify_product(const fs::path& given, bool inputs) {
    const fs::path product = fs::absolute(given);
    std::error_code error;
    if (!fs::is_regular_file(product, error))
        throw InputError(Problem{.file = product.string(), .message = "there is no such file"});
    const Sidecar sidecar = read_sidecar(product);
    std::vector<Check> checks = {check_file(product, sidecar)};
    std::string provenance;
    try {
        if (!checks.front().good && !survives_reading(product))
            throw std::runtime_error("HDF5 crashes over what is broken in it");
        const ProductReader reader(product);
        checks.push_back(check_content(reader, sidecar));
        provenance = reader.provenance();
    } catch (const std::runtime_error& unreadable) {
        checks.push_back({"content", false, fmt::format("cannot be read: {}", unreadable.what())});
    }
    check_log(product, sidecar, checks);
    check_side_files(product, sidecar, checks);
    std::set<std::pair<fs::path, std::string>> seen;
    if (inputs && !provenance.empty()) check_inputs(product, provenance, sidecar, "", seen, checks);
    return checks;
}

} // namespace overflight
