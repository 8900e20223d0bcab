// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace overflight {

/// While it lives, GDAL prints nothing on the calling thread: what it has to say belongs into an exception.
class GdalMessages {
public:
    GdalMessages();
    ~GdalMessages();
    GdalMessages(const GdalMessages&) = delete;
    GdalMessages& operator=(const GdalMessages&) = delete;

    /// What went wrong last on this thread.
    static std::string last();
};

} // namespace overflight
