// SPDX-License-Identifier: Apache-2.0
#include "io/run_log.h"

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

namespace overflight {
namespace {

constexpr std::size_t hash_digits = 64;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// An open log that nobody else appends to meanwhile. File systems without locks are taken as they are.
class LockedFile {
public:
    explicit LockedFile(const std::filesystem::path& path)
        : path_(path), descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) throw RunError(write_failure(path_, errno));
        while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    ~LockedFile() { ::close(descriptor_); }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;

    void append(const std::string& line, std::size_t at) {
        std::size_t done = 0;
        if (::ftruncate(descriptor_, static_cast<off_t>(at)) != 0) throw RunError(write_failure(path_, errno));
        while (done < line.size()) {
            const ssize_t count =
                ::pwrite(descriptor_, line.data() + done, line.size() - done, static_cast<off_t>(at + done));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) throw RunError(write_failure(path_, count < 0 ? errno : ENOSPC));
            done += static_cast<std::size_t>(count);
        }
    }

private:
    std::filesystem::path path_;
    int descriptor_;
};

} // namespace

std::string chain_hash(std::string_view previous, std::string_view json) {
    const std::string text = fmt::format("{}\n{}", previous, json);
    return sha256_of(std::as_bytes(std::span(text)));
}

RunLog::RunLog(const std::filesystem::path& folder) : path_(folder / file_name) {
    const LockedFile file(path_);
}

LogEntry RunLog::append(const std::string& step, const LogFacts& facts) {
    nlohmann::ordered_json json = {{"time", utc_now()}, {"step", step}};
    for (const auto& [name, value] : facts) json[name] = value;
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);

    LockedFile file(path_);
    std::string content = text_of(path_);
    content.resize(content.rfind('\n') + 1); // npos + 1 = 0
    std::string previous(hash_digits, '0');
    if (!content.empty()) {
        const std::size_t start = content.rfind('\n', content.size() - 2) + 1;
        previous = content.substr(start, hash_digits);
    }
    const LogEntry entry{std::count(content.begin(), content.end(), '\n') + 1, chain_hash(previous, text)};
    file.append(entry.hash + " " + text + "\n", content.size());
    return entry;
}

void RunLog::sync() const {
    bring_to_disk(path_, path_); // not locked: whoever has a line to add does not wait
}

std::vector<LogLine> read_log(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / RunLog::file_name;
    std::ifstream file(path);
    if (!file) throw InputError(Problem{.file = path.string(), .message = "there is no such log"});
    std::vector<LogLine> lines;
    std::string previous(hash_digits, '0');
    for (std::string text; std::getline(file, text);) {
        LogLine line;
        line.hash = text.substr(0, hash_digits);
        line.json = text.size() > hash_digits + 1 ? text.substr(hash_digits + 1) : "";
        line.sound = text.size() > hash_digits && text[hash_digits] == ' ' && !file.eof() &&
                     line.hash == chain_hash(previous, line.json);
        previous = line.hash;
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace overflight
