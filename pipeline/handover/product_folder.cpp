// SPDX-License-Identifier: Apache-2.0
#include "handover/product_folder.h"

#include "core/errors.h"

#include <algorithm>

namespace overflight {

std::vector<std::filesystem::path> products_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> products;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto extension = entry.path().extension();
        const bool hidden = entry.path().filename().string().starts_with('.');
        if (!hidden && (extension == ".nc" || extension == ".h5")) products.push_back(entry.path());
    }
    if (error) throw InputError(Problem{.file = folder.string(), .message = "cannot be listed: " + error.message()});
    std::sort(products.begin(), products.end());
    return products;
}

} // namespace overflight
