// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/quicklook.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Private to handover.
namespace overflight {

/// Safe as text and as a quoted attribute.
std::string escaped(std::string_view text);

/// `{{name}}` in the page becomes the value; every name stands once.
std::string filled(std::string_view page, const std::vector<std::pair<std::string, std::string>>& values);

/// RGBA as JPEG on grey, as a data URI.
std::string jpeg_uri(const Picture& picture);

/// RGBA as PNG, as a data URI.
std::string png_uri(const Picture& picture);

} // namespace overflight
