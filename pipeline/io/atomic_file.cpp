// SPDX-License-Identifier: Apache-2.0
#include "io/atomic_file.h"

#include "core/errors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace overflight {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

} // namespace

std::filesystem::path temporary_name(const std::filesystem::path& final_path) {
    return folder_of(final_path) / fmt::format(".{}.partial", final_path.filename().string());
}

std::string write_failure(const std::filesystem::path& final_path, int error, std::uintmax_t needed) {
    std::string text = fmt::format("cannot write {}: {}", final_path.string(), std::strerror(error));
    std::error_code ignored;
    switch (error) {
    case ENOSPC:
    case EDQUOT: {
        const auto space = std::filesystem::space(folder_of(final_path), ignored);
        text += needed > 0 ? fmt::format(" ({} bytes needed, {} free)", needed, ignored ? 0 : space.available)
                           : fmt::format(" ({} bytes free)", ignored ? 0 : space.available);
        text += error == ENOSPC ? "; free some space or choose another output folder"
                                : "; the quota is used up: free some space or choose another output folder";
        break;
    }
    case EACCES:
    case EPERM:
        text += "; check the permissions of the folder or choose another output folder";
        break;
    case EROFS:
        text += "; choose an output folder on a writable file system";
        break;
    case ENOENT:
        text += fmt::format("; create the folder {}", folder_of(final_path).string());
        break;
    default:
        break;
    }
    return text;
}

void create_empty(const std::filesystem::path& temporary, const std::filesystem::path& final_path) {
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) throw RunError(write_failure(final_path, errno));
    ::close(file);
}

void bring_to_disk(const std::filesystem::path& path, const std::filesystem::path& final_path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    // A file system without fsync for folders answers EINVAL: a rename in it is then as durable as it gets.
    const bool good = synced || (file >= 0 && error == EINVAL && std::filesystem::is_directory(path));
    if (!good) throw RunError(write_failure(final_path, error));
}

void rename_file(const std::filesystem::path& temporary, const std::filesystem::path& final_path) {
    if (::rename(temporary.c_str(), final_path.c_str()) != 0) throw RunError(write_failure(final_path, errno));
}

void bring_name_to_disk(const std::filesystem::path& path) {
    bring_to_disk(folder_of(path), path);
}

void publish_file(const std::filesystem::path& temporary, const std::filesystem::path& final_path) {
    bring_to_disk(temporary, final_path);
    rename_file(temporary, final_path);
    bring_name_to_disk(final_path);
}

void write_file(const std::filesystem::path& final_path, std::initializer_list<std::span<const std::byte>> parts) {
    const std::filesystem::path temporary = temporary_name(final_path);
    create_empty(temporary, final_path);
    try {
        const int file = ::open(temporary.c_str(), O_WRONLY | O_CLOEXEC);
        int error = file < 0 ? errno : 0;
        std::uintmax_t left = 0;
        for (const std::span<const std::byte> part : parts) left += part.size();
        for (std::span<const std::byte> part : parts) {
            while (error == 0 && !part.empty()) {
                const ssize_t count = ::write(file, part.data(), part.size());
                if (count >= 0)
                    part = part.subspan(static_cast<std::size_t>(count)), left -= static_cast<std::uintmax_t>(count);
                else if (errno != EINTR)
                    error = errno;
            }
        }
        if (file >= 0 && ::close(file) != 0 && error == 0) error = errno;
        if (error != 0) throw RunError(write_failure(final_path, error, left));
        publish_file(temporary, final_path);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
        throw;
    }
}

} // namespace overflight
