// SPDX-License-Identifier: Apache-2.0
#include "io/gdal_messages.h"

#include <cpl_error.h>

namespace overflight {

GdalMessages::GdalMessages() {
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
}

GdalMessages::~GdalMessages() {
    CPLPopErrorHandler();
}

std::string GdalMessages::last() {
    const std::string text = CPLGetLastErrorMsg();
    return text.empty() ? "GDAL gives no reason" : text;
}

} // namespace overflight
