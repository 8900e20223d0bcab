// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"

#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Private to io: the HDF5 library behind one lock, with handles that close themselves and errors as exceptions.
namespace overflight::hdf5 {

/// A failed call: the innermost message of HDF5's error stack, and the errno that it carries (0 where none).
class Failure : public std::runtime_error {
public:
    Failure(); ///< takes the error from the stack
    /// Message and errno, taken already.
    explicit Failure(std::pair<std::string, int> deepest);
    int error_number() const { return error_number_; }

private:
    int error_number_;
};

/// Every call into HDF5 is made while one of these lives. Serialises the process's own calls (a library built without
/// thread safety has no lock, one built with it serialises anyway), and keeps its error stack off the terminal.
class Lock {
public:
    /// on_failure is called at once where a call fails, before any handle is closed by the exception's passage.
    explicit Lock(std::function<void(const Failure&)> on_failure = {});
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    std::unique_lock<std::mutex> lock_;
    H5E_auto2_t print_ = nullptr;
    void* print_data_ = nullptr;
};

/// Passes an identifier or status through; throws Failure where it is negative.
template <typename Result>
Result checked(Result result) {
    if (result < 0) throw Failure();
    return result;
}

/// Owns any identifier (they are reference counted by the library).
class Handle {
public:
    Handle() = default;
    explicit Handle(hid_t id) : id_(checked(id)) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
    Handle& operator=(Handle&& other) noexcept {
        if (this != &other) {
            reset();
            id_ = std::exchange(other.id_, H5I_INVALID_HID);
        }
        return *this;
    }
    operator hid_t() const { return id_; }
    void reset();

private:
    hid_t id_ = H5I_INVALID_HID;
};

/// Text of variables: of variable length, since netCDF 4.9.0 overruns its memory on arrays of fixed-length text.
Handle string_type();

// Attributes: fixed-length text, scalars and short vectors. Empty text is not written (HDF5 has no empty string).
void write_text(hid_t object, const std::string& name, const std::string& text);
void write_numbers(hid_t object, const std::string& name, hid_t file_type, std::span<const double> values);
void write_number(hid_t object, const std::string& name, hid_t file_type, double value);

bool has_attribute(hid_t object, const std::string& name);
std::string read_text(hid_t object, const std::string& name); ///< "" where there is none
std::vector<double> read_numbers(hid_t object, const std::string& name);

/// Names of the links of a group, in the order of creation.
std::vector<std::string> link_names(hid_t group);

/// Bytes of a chunk in the file; 0 where it was never written.
hsize_t stored_chunk_bytes(hid_t dataset, const hsize_t* offset);

/// Texts of a data set of string_type().
std::vector<std::string> read_strings(hid_t dataset);

/// Makes the filters 32004 (LZ4) and 32001 (Blosc) known to HDF5 in this process, so that products need no plugin
/// here. Reading only: chunks are written ready made.
void register_filters();

inline constexpr H5Z_filter_t filter_lz4 = 32004;
inline constexpr H5Z_filter_t filter_blosc = 32001;

} // namespace overflight::hdf5
