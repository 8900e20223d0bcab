// SPDX-License-Identifier: Apache-2.0
#include "app/library_versions.h"

#include <fmt/format.h>
#include <gdal.h>
#include <hdf5.h>
#include <hwy/highway.h>
#include <libdeflate.h>
#include <opencv2/core/version.hpp>
#include <proj.h>
#include <tbb/version.h>

namespace overflight::app {

std::vector<std::pair<std::string, std::string>> library_versions() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return {
        {"GDAL", GDALVersionInfo("RELEASE_NAME")},
        {"HDF5", fmt::format("{}.{}.{}", major, minor, release)},
        {"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
        {"libdeflate", LIBDEFLATE_VERSION_STRING},
        {"OpenCV", CV_VERSION},
        {"PROJ", proj_info().version},
        {"TBB", TBB_runtime_version()},
    };
}

} // namespace overflight::app
