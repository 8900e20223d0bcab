// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/hdf5_support.h"

#include <cstdint>
#include <string>

/// Private to io: an HDF5 file driver on plain POSIX calls, with the layout of the library's own. It knows where raw
/// data went, so that chunks can be found again in a file whose metadata a killed process never wrote, and it can be
/// cut off from a file that cannot be written any more: HDF5 closes files only by writing.
namespace overflight::hdf5 {

struct FileState {
    int descriptor = -1;
    std::uint64_t last_data = 0;      ///< where the last raw data were written
    std::uint64_t last_data_size = 0; ///< their bytes
    std::uint64_t unsent = 0;         ///< bytes written since the system was last told to bring them to the disk
    bool cut_off = false;             ///< writes go nowhere from now on
};

/// Has files that are created or opened with the property list use the driver. Under a Lock.
void use_file_driver(hid_t access);

/// Of a file that uses the driver; lives as long as the file is open.
FileState& file_state(hid_t file);

} // namespace overflight::hdf5
