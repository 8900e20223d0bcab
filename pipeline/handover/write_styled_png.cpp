// SPDX-License-Identifier: Apache-2.0
#include "handover/export_formats.h"
#include "handover/render.h"
#include "io/atomic_file.h"

#include <fmt/format.h>

namespace overflight {
namespace {

constexpr int longest_side = 4096;

} // namespace

std::filesystem::path write_styled_png(const ProductReader& product, const LayerSpec& layer,
                                       const std::filesystem::path& output) {
    write_png(output, render_layer(product, layer, longest_side));
    const double spacing = product.grid().resolution * layer.step * reduction(product, layer, longest_side);
    const std::string world = fmt::format("{}\n0\n0\n{}\n{}\n{}\n", spacing, -spacing,
                                          product.grid().west + spacing / 2, product.grid().north - spacing / 2);
    const auto path = std::filesystem::path(output).replace_extension(".pgw");
    write_file(path, std::as_bytes(std::span(world)));
    return path;
}

} // namespace overflight
