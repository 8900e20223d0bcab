// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"
#include "io/chunk_codec.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// Types a layer can be stored in.
enum class LayerType : std::uint8_t { u8, u16, i16, u32, f32 };

/// Calls `work` with a zero of the type that a layer's samples have.
template <typename Work>
decltype(auto) with_sample_type(LayerType type, Work&& work) {
    switch (type) {
    case LayerType::u8:
        return work(std::uint8_t{});
    case LayerType::u16:
        return work(std::uint16_t{});
    case LayerType::i16:
        return work(std::int16_t{});
    case LayerType::u32:
        return work(std::uint32_t{});
    case LayerType::f32:
        break;
    }
    return work(float{});
}

std::size_t layer_type_size(LayerType type);

/// A raster variable of a product. With bands > 1 its dimensions are (band, y, x), else (y, x).
struct LayerSpec {
    std::string name;
    LayerType type = LayerType::u8;
    int bands = 1; ///< all layers of a product with more than one band have the same number
    /// > 1: on a coarse lattice of its own, with x_<name>, y_<name>. A node stands for step x step pixels and lies at
    /// their centre; the lattice starts at the grid's corner and the last row and column may reach beyond the grid.
    int step = 1;
    std::string long_name, units;
    std::optional<double> fill; ///< _FillValue and HDF5 fill value; none: every value is data
    std::optional<std::pair<double, double>> valid_range;
    double scale_factor = 1, add_offset = 0; ///< written where they are not 1 and 0
    std::vector<std::pair<std::int64_t, std::string>> flag_values;
    std::vector<std::pair<std::int64_t, std::string>> flag_masks;
};

/// Samples of a layer, or of one of its chunks.
struct RasterShape {
    std::int64_t width = 0, height = 0;

    friend bool operator==(const RasterShape&, const RasterShape&) = default;
};

/// The layer's extent: the grid's, or that of its lattice.
RasterShape layer_shape(const LayerSpec& layer, const Grid& grid);

/// The shape of every chunk of the layer, the last row and column included: Tiling::size squared, smaller where the
/// layer itself is smaller. Chunk (row, col) begins at sample (row * shape.height, col * shape.width).
RasterShape chunk_shape(const LayerSpec& layer, const Grid& grid);

/// Sets samples of a layer to its fill value, 0 where it has none.
void fill_samples(const LayerSpec& layer, std::span<std::byte> samples);

/// A column of a product's table. A table is a group of one-dimensional variables on a dimension of its own: netCDF-4
/// knows no text in compound types, and xarray opens such a group as a data frame.
struct TableColumn {
    enum class Type : std::uint8_t { text, real, integer } type = Type::text;
    std::string name, units, description;
    std::vector<std::string> text = {}; ///< UTF-8; of the three vectors the one of the column's type is filled
    std::vector<double> real = {};
    std::vector<std::int64_t> integer = {};
};

struct ContentHashes;

/// What became of a writer's calls.
struct FinishedFile {
    std::filesystem::path temporary; ///< where it lies until it is published
    std::uintmax_t bytes = 0;
    std::shared_ptr<const ContentHashes> content; ///< see content_hash.h
};

/// Writes one HDF5 product (netCDF-4 structure, CF-1.8), chunks in the order they are given. Same calls, same bytes.
/// Nothing exists under the final name: what is finished is the caller's to publish. One thread at a time uses a
/// writer; several writers and readers may be used from several threads. All functions throw RunError with the cause
/// and the way out (full disk, no permission); the writer is of no use afterwards.
class ProductWriter {
public:
    ProductWriter(const std::filesystem::path& final_path, const Grid& grid, const std::vector<LayerSpec>& layers,
                  Codec codec, int level, const std::string& title);
    ~ProductWriter(); ///< removes the temporary file unless finished or kept
    ProductWriter(const ProductWriter&) = delete;
    ProductWriter& operator=(const ProductWriter&) = delete;

    /// band from 0, then the chunk's row and column. A chunk that is never written reads as the fill value.
    /// The bytes are with the system on return, at the offset returned, where they stay.
    std::uint64_t write_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                              const EncodedChunk& chunk);
    /// From now on the temporary file stays where it is not published, as it stands at that moment: the chunks are in
    /// it, its metadata are not. Returns its descriptor, for fsync; good until finish() or the end.
    int keep_unfinished();
    /// Decodes a chunk written before, for stages whose later passes need what earlier ones stored. Unlike the rest,
    /// safe to call from several threads at once.
    void read_back(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                   std::span<std::byte> samples) const;
    /// Columns of equal length, which may be 0.
    void write_table(const std::string& name, const std::vector<TableColumn>& columns);
    /// Canonical JSON that determines the content; stored as the scalar string `provenance`.
    void write_provenance(const std::string& json);
    /// Names of the bands: `band_name` along the dimension `band`, which is numbered from 1.
    void write_band_names(const std::vector<std::string>& names);

    /// Close, reopen and check. The file is whole, under its temporary name, and the caller's to publish (see
    /// atomic_file.h). Throws RunError (with the cause: full disk, ...).
    FinishedFile finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Reads products back. Raw chunks are read under HDF5's lock and decoded by the caller's thread.
/// Safe to use from several threads at once.
class ProductReader {
public:
    explicit ProductReader(const std::filesystem::path& path); ///< throws InputError
    ~ProductReader();
    ProductReader(ProductReader&&) noexcept;
    ProductReader& operator=(ProductReader&&) noexcept;

    const std::filesystem::path& path() const;
    const Grid& grid() const;
    const std::vector<LayerSpec>& layers() const;
    const LayerSpec* find(const std::string& layer) const; ///< null where there is none
    std::string provenance() const;
    std::vector<std::string> band_names() const;
    std::vector<std::string> tables() const;
    std::vector<TableColumn> table(const std::string& name) const; ///< empty where there is none
    Codec codec(const std::string& layer) const;
    std::uint64_t stored_bytes(const std::string& layer) const; ///< what its chunks take in the file

    bool has_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col) const;
    /// The chunk as it stands in the file, for merging without recompression; none where it was never written.
    std::optional<EncodedChunk> read_encoded_chunk(const std::string& layer, int band, std::int64_t chunk_row,
                                                   std::int64_t chunk_col) const;
    /// Decodes a whole chunk of chunk_shape() samples; one that was never written reads as the fill value (0 where the
    /// layer has none). Throws RunError that names file, layer and chunk where it is broken.
    void read_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                    std::span<std::byte> samples) const;
    /// Any window of one band, in the layer's own samples, row-major, parts beyond it as the fill value.
    void read_window(const std::string& layer, int band, const Window& window, std::span<std::byte> samples) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
