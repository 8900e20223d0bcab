// SPDX-License-Identifier: Apache-2.0
#include "io/hdf5_support.h"

#include "io/chunk_codec.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace overflight::hdf5 {
namespace {

std::mutex& library_mutex() {
    static std::mutex mutex;
    return mutex;
}

/// What the holder of the lock wants done at a failure.
std::function<void(const Failure&)> failure_hook;

/// At the program's end the library would try once more to write whatever a full disk refused, and crash over it.
/// Products are closed by their owners. Must come before any other call, also of GDAL's: hence at start-up.
[[maybe_unused]] const herr_t no_exit_handler = H5dont_atexit();

struct Deepest {
    std::string text;
    int error_number = 0;
};

/// Walks from the innermost error outwards.
herr_t take_deepest(unsigned depth, const H5E_error2_t* error, void* data) {
    auto& deepest = *static_cast<Deepest*>(data);
    const std::string text = error->desc ? error->desc : "";
    if (depth == 0) deepest.text = text;
    // The drivers for files put the system's answer into their text.
    if (const auto at = text.find("errno = "); at != std::string::npos && deepest.error_number == 0)
        deepest.error_number = std::atoi(text.c_str() + at + std::strlen("errno = "));
    return 0;
}

std::pair<std::string, int> deepest_error() {
    Deepest deepest;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_deepest, &deepest);
    H5Eclear2(H5E_DEFAULT);
    return {deepest.text.empty() ? "HDF5 gave no reason" : deepest.text, deepest.error_number};
}

/// HDF5 filter callback: replaces the buffer (from malloc, by the library's convention) by the decoded one.
template <auto Decompress, auto ContentSize>
std::size_t decode_filter(unsigned flags, std::size_t, const unsigned*, std::size_t size, std::size_t* buffer_size,
                          void** buffer) {
    if ((flags & H5Z_FLAG_REVERSE) == 0) return 0; // ready-made chunks only
    const std::span<const std::byte> stream(static_cast<const std::byte*>(*buffer), size);
    const std::size_t plain = ContentSize(stream);
    if (plain == 0 || plain > (std::size_t{1} << 31)) return 0;
    void* out = std::malloc(plain);
    if (!out) return 0;
    try {
        Decompress(stream, {static_cast<std::byte*>(out), plain});
    } catch (const std::exception&) {
        std::free(out);
        return 0;
    }
    std::free(*buffer);
    *buffer = out;
    *buffer_size = plain;
    return plain;
}

} // namespace

Lock::Lock(std::function<void(const Failure&)> on_failure) : lock_(library_mutex()) {
    failure_hook = std::move(on_failure);
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Lock::~Lock() {
    failure_hook = nullptr;
    H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

void Handle::reset() {
    if (id_ >= 0 && H5Idec_ref(id_) < 0) (void)Failure();
    id_ = H5I_INVALID_HID;
}

Failure::Failure() : Failure(deepest_error()) {}

Failure::Failure(std::pair<std::string, int> deepest)
    : std::runtime_error(deepest.first), error_number_(deepest.second) {
    if (failure_hook) failure_hook(*this);
}

Handle string_type() {
    Handle type(H5Tcopy(H5T_C_S1));
    checked(H5Tset_size(type, H5T_VARIABLE));
    checked(H5Tset_cset(type, H5T_CSET_UTF8));
    return type;
}

void write_text(hid_t object, const std::string& name, const std::string& text) {
    if (text.empty()) return;
    Handle type(H5Tcopy(H5T_C_S1));
    checked(H5Tset_size(type, text.size()));
    checked(H5Tset_strpad(type, H5T_STR_NULLPAD));
    checked(H5Tset_cset(type, H5T_CSET_UTF8));
    const Handle space(H5Screate(H5S_SCALAR));
    const Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
    checked(H5Awrite(attribute, type, text.data()));
}

void write_numbers(hid_t object, const std::string& name, hid_t file_type, std::span<const double> values) {
    const hsize_t count = values.size();
    const Handle space(H5Screate_simple(1, &count, nullptr));
    const Handle attribute(H5Acreate2(object, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT));
    checked(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values.data()));
}

void write_number(hid_t object, const std::string& name, hid_t file_type, double value) {
    write_numbers(object, name, file_type, {&value, 1}); // as netCDF-4 does: a vector of one
}

bool has_attribute(hid_t object, const std::string& name) {
    return checked(H5Aexists(object, name.c_str())) > 0;
}

std::string read_text(hid_t object, const std::string& name) {
    if (!has_attribute(object, name)) return {};
    const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT));
    const Handle type(H5Aget_type(attribute));
    const Handle space(H5Aget_space(attribute));
    if (H5Tget_class(type) != H5T_STRING || checked(H5Tis_variable_str(type)) > 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        return {};
    std::string text(H5Tget_size(type), '\0');
    checked(H5Aread(attribute, type, text.data()));
    text.resize(std::min(text.size(), text.find('\0')));
    return text;
}

std::vector<double> read_numbers(hid_t object, const std::string& name) {
    if (!has_attribute(object, name)) return {};
    const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT));
    const Handle type(H5Aget_type(attribute));
    const Handle space(H5Aget_space(attribute));
    const H5T_class_t kind = H5Tget_class(type);
    if (kind != H5T_INTEGER && kind != H5T_FLOAT) return {};
    std::vector<double> values(static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space))));
    checked(H5Aread(attribute, H5T_NATIVE_DOUBLE, values.data()));
    return values;
}

std::vector<std::string> link_names(hid_t group) {
    H5G_info_t info{};
    checked(H5Gget_info(group, &info));
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const auto read = [&](char* out, std::size_t size) {
            return checked(H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, out, size, H5P_DEFAULT));
        };
        std::string name(static_cast<std::size_t>(read(nullptr, 0)), '\0');
        read(name.data(), name.size() + 1);
        names.push_back(name);
    }
    return names;
}

hsize_t stored_chunk_bytes(hid_t dataset, const hsize_t* offset) {
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(dataset, offset, &size) >= 0) return size;
    // HDF5 1.10 answers a missing chunk with an error that only its text tells from others, later versions with 0.
    auto error = deepest_error();
    if (error.first != "chunk storage is not allocated") throw Failure(std::move(error));
    return 0;
}

std::vector<std::string> read_strings(hid_t dataset) {
    const Handle type = string_type();
    const Handle space(H5Dget_space(dataset));
    std::vector<char*> pointers(static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space))));
    std::vector<std::string> texts;
    if (pointers.empty()) return texts;
    checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()));
    for (const char* pointer : pointers) texts.emplace_back(pointer ? pointer : "");
    checked(H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()));
    return texts;
}

void register_filters() {
    static bool done = false; // under the lock
    if (done) return;
    const std::array<H5Z_class2_t, 2> filters{
        {{H5Z_CLASS_T_VERS, filter_lz4, 1, 1, "lz4", nullptr, nullptr, decode_filter<decompress_lz4, lz4_content_size>},
         {H5Z_CLASS_T_VERS, filter_blosc, 1, 1, "blosc", nullptr, nullptr,
          decode_filter<decompress_blosc, blosc_content_size>}}};
    for (const H5Z_class2_t& filter : filters)
        if (checked(H5Zfilter_avail(filter.id)) == 0) checked(H5Zregister(&filter));
    done = true;
}

} // namespace overflight::hdf5
