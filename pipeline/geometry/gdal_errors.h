// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cpl_error.h>

#include <string>

namespace overflight {

/// While it lives, GDAL and PROJ print nothing on this thread; what went wrong last can be asked.
class QuietGdal {
public:
    QuietGdal() {
        CPLErrorReset();
        CPLPushErrorHandler(CPLQuietErrorHandler);
    }
    ~QuietGdal() { CPLPopErrorHandler(); }
    QuietGdal(const QuietGdal&) = delete;
    QuietGdal& operator=(const QuietGdal&) = delete;

    std::string last_error() const {
        const char* message = CPLGetLastErrorMsg();
        return message && *message ? message : "no reason given";
    }
};

} // namespace overflight
