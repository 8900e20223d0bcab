// SPDX-License-Identifier: Apache-2.0
#include "io/hdf5_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace overflight::hdf5 {
namespace {

constexpr std::uint64_t send_bytes = std::uint64_t{16} << 20;

/// What the library holds of an open file: its own part first.
struct File {
    H5FD_t base;
    FileState state;
    haddr_t end_of_allocation;
};

File& file_of(H5FD_t* file) {
    return *reinterpret_cast<File*>(file);
}
const File& file_of(const H5FD_t* file) {
    return *reinterpret_cast<const File*>(file);
}

/// Puts the system's answer on the library's stack, in the words of its own drivers.
herr_t system_failure(const char* what, int error) {
    H5Epush2(H5E_DEFAULT, __FILE__, what, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_WRITEERROR,
             "%s: errno = %d, error message = '%s'", what, error, std::strerror(error));
    return -1;
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t, haddr_t) {
    const int access = (flags & H5F_ACC_RDWR) != 0 ? O_RDWR : O_RDONLY;
    const int create = ((flags & H5F_ACC_CREAT) != 0 ? O_CREAT : 0) | ((flags & H5F_ACC_TRUNC) != 0 ? O_TRUNC : 0) |
                       ((flags & H5F_ACC_EXCL) != 0 ? O_EXCL : 0);
    const int descriptor = ::open(name, access | create | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        system_failure("unable to open file", errno);
        return nullptr;
    }
    auto* file = new File{};
    file->state.descriptor = descriptor;
    return &file->base;
}

herr_t close_file(H5FD_t* base) {
    File& file = file_of(base);
    const int error = ::close(file.state.descriptor) == 0 || file.state.cut_off ? 0 : errno;
    delete &file;
    return error == 0 ? 0 : system_failure("unable to close file", error);
}

int compare(const H5FD_t* a, const H5FD_t* b) {
    struct stat one = {}, other = {};
    if (::fstat(file_of(a).state.descriptor, &one) != 0 || ::fstat(file_of(b).state.descriptor, &other) != 0) return -1;
    if (one.st_dev != other.st_dev) return one.st_dev < other.st_dev ? -1 : 1;
    return one.st_ino < other.st_ino ? -1 : one.st_ino > other.st_ino ? 1 : 0;
}

/// As the library's default driver has them: they decide on the layout.
herr_t query(const H5FD_t*, unsigned long* flags) {
    if (flags != nullptr)
        *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
                 H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t) {
    return file_of(file).end_of_allocation;
}

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
    file_of(file).end_of_allocation = address;
    return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) {
    struct stat status = {};
    return ::fstat(file_of(file).state.descriptor, &status) == 0 ? static_cast<haddr_t>(status.st_size) : HADDR_UNDEF;
}

herr_t handle(H5FD_t* file, hid_t, void** out) {
    *out = &file_of(file).state;
    return 0;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
    auto* out = static_cast<char*>(buffer);
    while (size > 0) {
        const ssize_t count = ::pread(file_of(file).state.descriptor, out, size, static_cast<off_t>(address));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure("file read failed", errno);
        if (count == 0) { // allocated and never written
            std::memset(out, 0, size);
            break;
        }
        out += count;
        address += static_cast<haddr_t>(count);
        size -= static_cast<std::size_t>(count);
    }
    return 0;
}

herr_t write_bytes(H5FD_t* base, H5FD_mem_t type, hid_t, haddr_t address, std::size_t size, const void* buffer) {
    FileState& state = file_of(base).state;
    if (state.cut_off) return 0;
    if (type == H5FD_MEM_DRAW) {
        state.last_data = address;
        state.last_data_size = size;
    }
    const auto* from = static_cast<const char*>(buffer);
    while (size > 0) {
        const ssize_t count = ::pwrite(state.descriptor, from, size, static_cast<off_t>(address));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return system_failure("file write failed", count < 0 ? errno : ENOSPC);
        from += count;
        address += static_cast<haddr_t>(count);
        size -= static_cast<std::size_t>(count);
        state.unsent += static_cast<std::uint64_t>(count);
    }
    if (state.unsent >= send_bytes) {
        // to the disk while others work, or fsync() waits for all of it in the end; an error comes out there
        ::sync_file_range(state.descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
        state.unsent = 0;
    }
    return 0;
}

herr_t truncate_file(H5FD_t* base, hid_t, hbool_t) {
    const File& file = file_of(base);
    if (file.state.cut_off || end_of_file(base, H5FD_MEM_DEFAULT) == file.end_of_allocation) return 0;
    return ::ftruncate(file.state.descriptor, static_cast<off_t>(file.end_of_allocation)) == 0
               ? 0
               : system_failure("unable to extend file", errno);
}

const H5FD_class_t driver = [] {
    H5FD_class_t out = {};
    out.name = "overflight";
    out.maxaddr = (haddr_t{1} << 62) - 1;
    out.fc_degree = H5F_CLOSE_WEAK;
    out.open = open_file;
    out.close = close_file;
    out.cmp = compare;
    out.query = query;
    out.get_eoa = end_of_allocation;
    out.set_eoa = set_end_of_allocation;
    out.get_eof = end_of_file;
    out.get_handle = handle;
    out.read = read_bytes;
    out.write = write_bytes;
    out.truncate = truncate_file;
    const H5FD_mem_t kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), out.fl_map);
    return out;
}();

} // namespace

void use_file_driver(hid_t access) {
    static const hid_t registered = checked(H5FDregister(&driver));
    checked(H5Pset_driver(access, registered, nullptr));
}

FileState& file_state(hid_t file) {
    void* state = nullptr;
    checked(H5Fget_vfd_handle(file, H5P_DEFAULT, &state));
    return *static_cast<FileState*>(state);
}

} // namespace overflight::hdf5
