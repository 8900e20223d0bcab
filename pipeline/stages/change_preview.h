// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/preview.h"

namespace overflight {

/// A small picture of a change: grey by score, what is flagged in red.
class ChangePreview {
public:
    explicit ChangePreview(const Grid& grid) : preview_(grid, 3) {}

    /// A tile's scores and mask.
    void place(const Window& tile, const std::vector<std::uint8_t>& scores, const std::vector<std::uint8_t>& mask);

    Picture picture() const { return preview_.picture(SampleType::u8); }

private:
    Preview preview_;
};

} // namespace overflight
