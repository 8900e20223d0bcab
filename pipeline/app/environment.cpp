// SPDX-License-Identifier: Apache-2.0
#include "app/environment.h"

#include "core/errors.h"
#include "kernels/dispatch.h"

#include <fmt/format.h>
#include <gdal.h>
#include <hdf5.h>
#include <hwy/highway.h>
#include <isa-l.h>
#include <libdeflate.h>
#include <proj.h>
#include <tbb/version.h>

#include <cstdlib>

namespace overflight::app {

std::vector<std::pair<std::string, std::string>> library_versions() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return {
        {"GDAL", GDALVersionInfo("RELEASE_NAME")},
        {"HDF5", fmt::format("{}.{}.{}", major, minor, release)},
        {"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
        {"ISA-L", fmt::format("{}.{}.{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION)},
        {"libdeflate", LIBDEFLATE_VERSION_STRING},
        {"PROJ", proj_info().version},
        {"TBB", TBB_runtime_version()},
    };
}

std::string instruction_set() {
    return std::string(kernels::active_target());
}

void take_forced_instruction_set() {
    const char* name = std::getenv(kernels::target_variable);
    if (!name) return;
    if (const std::string wrong = kernels::force_target(name); !wrong.empty()) {
        throw InputError(Problem{.key = kernels::target_variable, .message = wrong});
    }
}

} // namespace overflight::app
