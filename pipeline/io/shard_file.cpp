// SPDX-License-Identifier: Apache-2.0
#include "io/shard_file.h"

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/checkpoint.h"
#include "io/hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <system_error>

namespace overflight {
namespace {

namespace fs = std::filesystem;

fs::path with_ending(const fs::path& stem, const char* ending) {
    return stem.parent_path() / (stem.filename().string() + ending);
}

ShardManifest parse_manifest(const fs::path& path) {
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    return {json.at("shard"),
            json.at("tiles"),
            json.at("chunks").at("bytes"),
            json.at("tiles_file").at("bytes"),
            json.at("chunks").at("sha256"),
            json.at("tiles_file").at("sha256")};
}

} // namespace

fs::path shard_chunks(const fs::path& stem, bool finished) {
    return with_ending(stem, finished ? ".chunks" : ".chunks.partial");
}
fs::path shard_tiles(const fs::path& stem, bool finished) {
    return with_ending(stem, finished ? ".tiles" : ".tiles.partial");
}
fs::path shard_manifest(const fs::path& stem) {
    return with_ending(stem, ".json");
}

struct ShardWriter::State {
    fs::path stem;
    int chunks = -1;
    std::uint64_t end = 0;
    std::optional<TileJournal> journal;
    std::optional<Checkpoint> checkpoint;

    ~State() {
        checkpoint.reset();
        if (chunks >= 0) ::close(chunks);
    }
};

ShardWriter::ShardWriter(const fs::path& stem, double checkpoint_s) : state_(std::make_unique<State>()) {
    State& state = *state_;
    state.stem = stem;
    const fs::path path = shard_chunks(stem, false);
    state.chunks = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (state.chunks < 0) throw RunError(write_failure(path, errno));
    ::flock(state.chunks, LOCK_EX | LOCK_NB); // for is_being_written(); goes with the process
    state.journal.emplace(shard_tiles(stem, false));
    state.checkpoint.emplace(std::vector<int>{state.chunks, state.journal->descriptor()}, checkpoint_s);
}

ShardWriter::~ShardWriter() = default;

std::uint64_t ShardWriter::append(const EncodedChunk& chunk) {
    State& state = *state_;
    const std::uint64_t start = state.end;
    std::span<const std::byte> rest = chunk.bytes;
    while (!rest.empty()) {
        const ssize_t count = ::pwrite(state.chunks, rest.data(), rest.size(), static_cast<off_t>(state.end));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0)
            throw RunError(write_failure(shard_chunks(state.stem, false), count < 0 ? errno : ENOSPC, rest.size()));
        rest = rest.subspan(static_cast<std::size_t>(count));
        state.end += static_cast<std::uint64_t>(count);
    }
    return start;
}

TileJournal& ShardWriter::journal() {
    return *state_->journal;
}

const fs::path& ShardWriter::stem() const {
    return state_->stem;
}

void ShardWriter::publish(const std::string& shard, std::int64_t tiles) {
    State& state = *state_;
    const fs::path chunks = shard_chunks(state.stem, false), list = shard_tiles(state.stem, false);
    if (const int error = state.checkpoint->stop(); error != 0) throw RunError(write_failure(chunks, error));
    const auto described = [](const fs::path& file) {
        return nlohmann::ordered_json{{"bytes", fs::file_size(file)}, {"sha256", sha256_of_file(file)}};
    };
    const std::string json =
        nlohmann::ordered_json{
            {"shard", shard}, {"tiles", tiles}, {"chunks", described(chunks)}, {"tiles_file", described(list)}}
            .dump() +
        "\n";
    publish_file(chunks, shard_chunks(state.stem, true));
    publish_file(list, shard_tiles(state.stem, true));
    write_file(shard_manifest(state.stem), std::as_bytes(std::span(json)));
}

void ShardWriter::drop() {
    remove_shard(state_->stem);
}

bool is_being_written(const fs::path& stem) {
    for (const bool finished : {false, true}) { // the name changes before the manifest is there
        const int file = ::open(shard_chunks(stem, finished).c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        ::close(file);
        if (locked) return true;
    }
    return false;
}

std::string check_shard(const fs::path& stem) {
    ShardManifest manifest;
    try {
        manifest = parse_manifest(shard_manifest(stem));
    } catch (const nlohmann::json::exception&) {
        return fmt::format("{} is no manifest of a shard", shard_manifest(stem).filename().string());
    }
    const auto check = [](const fs::path& file, std::uint64_t bytes, const std::string& sha256) -> std::string {
        std::error_code error;
        const auto found = fs::file_size(file, error);
        if (error) return fmt::format("{} is missing", file.filename().string());
        if (found != bytes)
            return fmt::format("{} has {} bytes, {} when it was published", file.filename().string(), found, bytes);
        const std::string hash = sha256_of_file(file);
        if (hash != sha256)
            return fmt::format("{} has SHA-256 {}, {} when it was published", file.filename().string(), hash, sha256);
        return {};
    };
    const std::string wrong = check(shard_chunks(stem, true), manifest.chunks_bytes, manifest.chunks_sha256);
    return wrong.empty() ? check(shard_tiles(stem, true), manifest.tiles_bytes, manifest.tiles_sha256) : wrong;
}

std::vector<fs::path> find_shards(const fs::path& folder, const std::string& prefix) {
    std::set<fs::path> stems;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        for (const char* ending : {".chunks.partial", ".tiles.partial", ".chunks", ".tiles", ".json"})
            if (name.ends_with(ending)) stems.insert(folder / name.substr(0, name.size() - std::string(ending).size()));
    }
    return {stems.begin(), stems.end()};
}

void remove_shard(const fs::path& stem) {
    std::error_code ignored;
    fs::remove(shard_manifest(stem), ignored);
    for (const bool finished : {false, true}) {
        fs::remove(shard_chunks(stem, finished), ignored);
        fs::remove(shard_tiles(stem, finished), ignored);
    }
}

} // namespace overflight
