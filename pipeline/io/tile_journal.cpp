// SPDX-License-Identifier: Apache-2.0
#include "io/tile_journal.h"

#include "core/byte_stream.h"
#include "core/errors.h"
#include "io/atomic_file.h"
#include "kernels/fletcher32.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace overflight {
namespace {

constexpr std::uint64_t first_bytes = 0x314a54464f0a0d0aULL; ///< what kind of file this is, and its version
enum class Kind : std::uint8_t { tile = 1, gap = 2 };

std::uint32_t checksum_of(std::span<const std::byte> bytes) {
    return kernels::fletcher32(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

bool read_at(int descriptor, std::uint64_t offset, std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t count = ::pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

struct RecordHead {
    std::uint32_t size = 0, checksum = 0; ///< of what follows
};

TileRecord parse_tile(std::span<const std::byte> bytes) {
    ByteReader reader(bytes);
    Kind kind{};
    TileRecord record;
    reader.take(kind);
    reader.take(record.tile);
    reader.take(record.key);
    reader.take(record.chunks);
    reader.take(record.notes);
    return record;
}

} // namespace

std::uint32_t stored_checksum(const EncodedChunk& chunk) {
    std::uint32_t checksum = 0;
    if (chunk.bytes.size() >= sizeof checksum)
        std::memcpy(&checksum, chunk.bytes.data() + chunk.bytes.size() - sizeof checksum, sizeof checksum);
    return checksum;
}

TileJournal::TileJournal(const std::filesystem::path& path)
    : path_(path), descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw RunError(write_failure(path_, errno));
    try {
        std::vector<std::byte> start(sizeof first_bytes);
        std::memcpy(start.data(), &first_bytes, sizeof first_bytes);
        write(std::move(start));
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

TileJournal::~TileJournal() {
    ::close(descriptor_);
}

/// In one call where the system takes it in one: a record is then there or not.
void TileJournal::write(std::vector<std::byte> record) {
    std::span<const std::byte> rest = record;
    while (!rest.empty()) {
        const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw RunError(write_failure(path_, count < 0 ? errno : ENOSPC, rest.size()));
        rest = rest.subspan(static_cast<std::size_t>(count));
    }
}

namespace {

template <typename... Parts>
std::vector<std::byte> framed(Kind kind, const Parts&... parts) {
    ByteWriter body;
    body.add(kind);
    (body.add(parts), ...);
    const std::vector<std::byte> content = body.take();
    ByteWriter out;
    out.add(RecordHead{static_cast<std::uint32_t>(content.size()), checksum_of(content)});
    std::vector<std::byte> record = out.take();
    record.insert(record.end(), content.begin(), content.end());
    return record;
}

} // namespace

void TileJournal::append(const TileRecord& record) {
    write(framed(Kind::tile, record.tile, record.key, record.chunks, record.notes));
}

void TileJournal::append(const JournalGap& gap) {
    write(framed(Kind::gap, gap.what, gap.cause, gap.input));
}

struct TileStore::State {
    struct Place {
        std::uint64_t offset = 0;
        std::uint32_t size = 0;
    };
    std::filesystem::path data_path;
    int data = -1, journal = -1;
    std::map<std::int64_t, Place> places; // the last record of a tile counts
    std::vector<JournalGap> gaps;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (data >= 0) ::close(data);
        if (journal >= 0) ::close(journal);
    }

    void scan() {
        struct stat status = {};
        std::uint64_t start = 0;
        std::vector<std::byte> bytes(sizeof start);
        if (::fstat(journal, &status) != 0 || !read_at(journal, 0, bytes)) return;
        std::memcpy(&start, bytes.data(), sizeof start);
        if (start != first_bytes) return;
        const auto end = static_cast<std::uint64_t>(status.st_size);
        std::uint64_t at = sizeof start;
        while (at + sizeof(RecordHead) <= end) {
            RecordHead head;
            bytes.resize(sizeof head);
            if (!read_at(journal, at, bytes)) return;
            std::memcpy(&head, bytes.data(), sizeof head);
            at += sizeof head;
            if (head.size == 0 || head.size > end - at) return;
            bytes.resize(head.size);
            if (!read_at(journal, at, bytes) || checksum_of(bytes) != head.checksum) return;
            take(bytes, {at, head.size});
            at += head.size;
        }
    }

    void take(std::span<const std::byte> bytes, const Place& place) {
        ByteReader reader(bytes);
        Kind kind{};
        reader.take(kind);
        if (kind == Kind::tile) {
            std::int64_t tile = 0;
            reader.take(tile);
            places[tile] = place;
        } else if (kind == Kind::gap) {
            JournalGap gap;
            reader.take(gap.what);
            reader.take(gap.cause);
            reader.take(gap.input);
            gaps.push_back(std::move(gap));
        }
    }
};

TileStore::TileStore(std::filesystem::path data, const std::filesystem::path& journal)
    : state_(std::make_unique<State>()) {
    state_->data_path = std::move(data);
    state_->data = ::open(state_->data_path.c_str(), O_RDONLY | O_CLOEXEC);
    state_->journal = ::open(journal.c_str(), O_RDONLY | O_CLOEXEC);
    if (state_->data >= 0 && state_->journal >= 0) state_->scan();
}

TileStore::~TileStore() = default;
TileStore::TileStore(TileStore&&) noexcept = default;
TileStore& TileStore::operator=(TileStore&&) noexcept = default;

const std::filesystem::path& TileStore::data() const {
    return state_->data_path;
}
std::size_t TileStore::count() const {
    return state_->places.size();
}
bool TileStore::has(std::int64_t tile) const {
    return state_->places.contains(tile);
}
const std::vector<JournalGap>& TileStore::gaps() const {
    return state_->gaps;
}
std::vector<std::int64_t> TileStore::tiles() const {
    std::vector<std::int64_t> out;
    for (const auto& [tile, place] : state_->places) out.push_back(tile);
    return out;
}

std::optional<TileRecord> TileStore::record(std::int64_t tile) const {
    const auto found = state_->places.find(tile);
    if (found == state_->places.end()) return std::nullopt;
    std::vector<std::byte> bytes(found->second.size);
    if (!read_at(state_->journal, found->second.offset, bytes)) return std::nullopt;
    return parse_tile(bytes);
}

bool TileStore::load(const TileRecord& record, std::vector<EncodedChunk>& chunks) const {
    const auto read = [&](const StoredChunk& stored, EncodedChunk& chunk) {
        if (stored.size <= sizeof stored.checksum) return false;
        chunk.bytes.resize(stored.size);
        if (!read_at(state_->data, stored.offset, chunk.bytes)) return false;
        const auto content = std::span<const std::byte>(chunk.bytes).first(stored.size - sizeof stored.checksum);
        if (stored_checksum(chunk) != stored.checksum || checksum_of(content) != stored.checksum) return false;
        chunk.digest = stored.samples;
        return true;
    };
    chunks.resize(record.chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (read(record.chunks[i], chunks[i])) continue;
        chunks.clear();
        return false;
    }
    return true;
}

} // namespace overflight
