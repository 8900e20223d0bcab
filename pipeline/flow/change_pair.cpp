// SPDX-License-Identifier: Apache-2.0
#include "flow/change_pair.h"

#include "core/change_series.h"
#include "core/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace overflight {
namespace {

bool any_of(const std::vector<std::uint8_t>& samples) {
    return std::any_of(samples.begin(), samples.end(), [](std::uint8_t v) { return v != 0; });
}

ProductFiles mosaic_of(const Plan& plan, const ChangeConfig& change, const std::string& mission,
                       const HeldNames& names) {
    ProductFiles files = names.files_of(WorkFolder(plan.config, mission));
    if (!std::filesystem::exists(files.product))
        throw RunError(fmt::format("change {}: there is no mosaic {}; run overflight merge with this config first",
                                   change_name(change), files.product.string()));
    return files;
}

} // namespace

ChangePair::ChangePair(const Step& of_step, std::size_t number_in_plan, MosaicChunks& decoded)
    : ChangePair(of_step, number_in_plan, decoded, of_step.publications.hold_names()) {}

ChangePair::ChangePair(const Step& of_step, std::size_t number_in_plan, MosaicChunks& decoded, const HeldNames& names)
    : step(of_step), plan(step.plan), change(plan.changes[number_in_plan]), number(number_in_plan), chunks(decoded),
      name(change_name(change.config)), work(plan.config, name), tiling(change.grid),
      before_path(product_path(plan.config, change.config.before)),
      after_path(product_path(plan.config, change.config.after)), bands(paired_bands(plan, change)),
      before(mosaic_of(plan, change.config, change.config.before, names).product, change.grid, chunks, change.before,
             bands.before),
      after(mosaic_of(plan, change.config, change.config.after, names).product, change.grid, chunks, change.after,
            bands.after),
      keys(plan, change, mosaic_of(plan, change.config, change.config.before, names),
           mosaic_of(plan, change.config, change.config.after, names)) {}

double ChangePair::megapixels() const {
    return static_cast<double>(change.grid.width) * static_cast<double>(change.grid.height) / 1e6;
}

void ChangePair::read(const Window& window_before, const Window& window_after, Pixels& out) const {
    before.read(window_before, out.before);
    after.read(window_after, out.after);
    out.observed = any_of(out.before.valid) && any_of(out.after.valid);
}

std::pair<int, int> ChangePair::chunk_size() const {
    return {static_cast<int>(std::min<std::int64_t>(Tiling::size, change.grid.width)),
            static_cast<int>(std::min<std::int64_t>(Tiling::size, change.grid.height))};
}

EncodedChunk ChangePair::encode_tile(const Window& tile, const std::vector<std::uint8_t>& samples,
                                     std::vector<std::uint8_t>& chunk, std::uint8_t fill) const {
    const auto [width, height] = chunk_size();
    chunk.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), fill);
    for (int row = 0; row < tile.height; ++row)
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(row) * tile.width, tile.width,
                    chunk.begin() + static_cast<std::ptrdiff_t>(row) * width);
    return encode(std::as_bytes(std::span(chunk)), 1);
}

EncodedChunk ChangePair::encode(std::span<const std::byte> samples, std::size_t sample_bytes) const {
    return encode_chunk(samples, sample_bytes, plan.config.output.compression, plan.config.output.level);
}

} // namespace overflight
