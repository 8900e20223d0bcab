// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/grid.h"

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
enum class LayerType : std::uint8_t { u8, u16, i16, f32 };

std::size_t layer_type_size(LayerType type);

/// A raster variable of a product. With bands > 1 its dimensions are (band, y, x), else (y, x).
struct LayerSpec {
    std::string name;
    LayerType type = LayerType::u8;
    int bands = 1;
    int step = 1; ///< > 1: on a lattice of its own, one node every `step` pixels, with x_<name>, y_<name>
    std::string long_name, units;
    std::optional<double> fill; ///< _FillValue and HDF5 fill value; none: every value is data
    std::optional<std::pair<double, double>> valid_range;
    double scale_factor = 1, add_offset = 0; ///< written where they are not 1 and 0
    std::vector<std::pair<std::int64_t, std::string>> flag_values;
    std::vector<std::pair<std::int64_t, std::string>> flag_masks;
};

/// A column of a product's table (a one-dimensional compound data set).
struct TableColumn {
    enum class Type : std::uint8_t { text, real, integer } type = Type::text;
    std::string name, units, description;
    std::vector<std::string> text; ///< stored as fixed-length UTF-8
    std::vector<double> real;
    std::vector<std::int64_t> integer;
};

/// One chunk as it stands in the file: filtered (shuffle, codec, fletcher32), ready for H5Dwrite_chunk.
struct EncodedChunk {
    std::vector<std::byte> bytes;
};

/// Filters one full chunk of Tiling::size x Tiling::size samples (edge chunks are padded with the fill value by the
/// caller). Pure: runs in the workers. Same input, same bytes.
EncodedChunk encode_chunk(std::span<const std::byte> samples, std::size_t sample_bytes, Codec codec, int level);

/// The inverse; throws RunError where the checksum or the stream is broken.
void decode_chunk(std::span<const std::byte> chunk, std::size_t sample_bytes, Codec codec,
                  std::span<std::byte> samples);

/// Writes one HDF5 product (netCDF-4 structure, CF-1.8), in one thread, chunks in the order they are given.
/// Nothing exists under the final name until publish().
class ProductWriter {
public:
    ProductWriter(const std::filesystem::path& final_path, const Grid& grid, const std::vector<LayerSpec>& layers,
                  Codec codec, int level, const std::string& title);
    ~ProductWriter(); ///< removes the temporary file unless published
    ProductWriter(const ProductWriter&) = delete;
    ProductWriter& operator=(const ProductWriter&) = delete;

    /// band, then the chunk's row and column in the layer's own tiling.
    void write_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                     const EncodedChunk& chunk);
    void write_table(const std::string& name, const std::vector<TableColumn>& columns);
    /// Canonical JSON that determines the content; stored as the scalar string `provenance`.
    void write_provenance(const std::string& json);
    /// Names of the bands, as the coordinate variable of the dimension `band`.
    void write_band_names(const std::vector<std::string>& names);

    /// Close, fsync, reopen and check, rename, fsync the folder. Throws RunError (with the cause: full disk, ...).
    void publish();

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
    std::vector<TableColumn> table(const std::string& name) const; ///< empty where there is none

    /// Decodes a whole chunk, Tiling::size squared samples. A chunk that was never written reads as the fill value.
    void read_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                    std::span<std::byte> samples) const;
    /// Any window of one band, row-major, out-of-grid parts as the fill value (0 where the layer has none).
    void read_window(const std::string& layer, int band, const Window& window, std::span<std::byte> samples) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace overflight
