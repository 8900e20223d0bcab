// SPDX-License-Identifier: Apache-2.0
#include "io/atomic_file.h"
#include "io/cf_grid_mapping.h"
#include "io/content_hash.h"
#include "io/hash.h"
#include "io/hdf5_file.h"
#include "io/hdf5_support.h"
#include "io/product.h"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>
#include <system_error>

namespace overflight {
namespace {

using hdf5::checked;
using hdf5::Handle;

hid_t file_type(LayerType type) {
    switch (type) {
    case LayerType::u8:
        return H5T_STD_U8LE;
    case LayerType::u16:
        return H5T_STD_U16LE;
    case LayerType::i16:
        return H5T_STD_I16LE;
    case LayerType::u32:
        return H5T_STD_U32LE;
    case LayerType::f32:
        break;
    }
    return H5T_IEEE_F32LE;
}

/// Creation properties of every object: no times, attributes in the order of creation as netCDF-4 wants them.
Handle reproducible(hid_t property_class) {
    Handle properties(H5Pcreate(property_class));
    checked(H5Pset_obj_track_times(properties, false));
    checked(H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    if (property_class != H5P_DATASET_CREATE)
        checked(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
    return properties;
}

/// In the order of the pipeline when writing: readers undo the filters from the last to the first.
void set_filters(hid_t properties, std::size_t sample_bytes, Codec codec, int level) {
    if (sample_bytes > 1 && (codec == Codec::deflate || codec == Codec::lz4)) checked(H5Pset_shuffle(properties));
    switch (codec) {
    case Codec::none:
        break;
    case Codec::deflate:
        checked(H5Pset_deflate(properties, static_cast<unsigned>(std::clamp(level, 1, 9))));
        break;
    case Codec::lz4: {
        const unsigned block_bytes = 0; // the filter's default: a chunk is one block
        checked(H5Pset_filter(properties, hdf5::filter_lz4, H5Z_FLAG_MANDATORY, 1, &block_bytes));
        break;
    }
    case Codec::blosc: {
        hsize_t chunk[3] = {1, 1, 1};
        const int rank = checked(H5Pget_chunk(properties, 3, chunk));
        std::size_t bytes = sample_bytes;
        for (int i = 0; i < rank; ++i) bytes *= chunk[i];
        // Filter revision, format version, sample size, chunk size, level, byte shuffle, Zstandard.
        const unsigned values[] = {2,
                                   2,
                                   static_cast<unsigned>(sample_bytes),
                                   static_cast<unsigned>(bytes),
                                   static_cast<unsigned>(std::clamp(level, 1, 9)),
                                   1,
                                   5};
        checked(H5Pset_filter(properties, hdf5::filter_blosc, H5Z_FLAG_MANDATORY, 7, values));
        break;
    }
    }
    checked(H5Pset_fletcher32(properties));
}

std::vector<double> pixel_centres(double first, double spacing, std::int64_t count) {
    std::vector<double> centres(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
        centres[static_cast<std::size_t>(i)] = first + (static_cast<double>(i) + 0.5) * spacing;
    return centres;
}

} // namespace

struct ProductWriter::State {
    struct Layer {
        LayerSpec spec;
        RasterShape whole, chunk;
        Handle dataset;
    };
    /// An entry of HDF5's list of who uses a dimension scale.
    struct ScaleUse {
        hobj_ref_t dataset;
        unsigned dimension;
    };

    std::filesystem::path final_path, temporary;
    Grid grid;
    Codec codec;
    int level;
    Handle file;
    hdf5::FileState* io = nullptr; ///< of the open file
    std::vector<Layer> layers;
    std::map<std::string, std::vector<ScaleUse>> scale_uses; // by the scale's path; ordered, so written in one order
    int next_dimension_id = 0;
    std::optional<ContentHasher> hasher;
    bool finished = false, kept = false;
    std::optional<hdf5::Failure> first_failure;

    ~State() {
        if (finished) return;
        const hdf5::Lock lock;
        discard();
    }

    /// Closing an HDF5 file writes its caches, which fails again on a full disk and leaves half-closed objects behind
    /// that the library later stumbles over, and would change a file that is kept as it stands.
    void cut_off() {
        if (file >= 0 && io != nullptr) io->cut_off = true;
    }

    void discard() {
        cut_off();
        close();
        std::error_code ignored;
        if (!kept) std::filesystem::remove(temporary, ignored);
    }

    void close() {
        layers.clear();
        file.reset();
    }

    template <typename Call>
    void guarded(std::uintmax_t needed, Call&& call) {
        const hdf5::Lock lock([&](const hdf5::Failure& failure) {
            if (!first_failure) first_failure = failure;
            cut_off();
        });
        try {
            if (!first_failure) call();
            if (first_failure) throw hdf5::Failure(*first_failure); // also of a close, which cannot throw
        } catch (const hdf5::Failure& failure) {
            throw RunError(failure.error_number() != 0
                               ? write_failure(final_path, failure.error_number(), needed)
                               : fmt::format("cannot write {}: HDF5: {}", final_path.string(), failure.what()));
        }
    }

    std::pair<const Layer*, std::array<hsize_t, 3>> find_chunk(const std::string& name, int band,
                                                               std::int64_t chunk_row, std::int64_t chunk_col) const {
        const auto found = std::ranges::find(layers, name, [](const Layer& each) { return each.spec.name; });
        if (found == layers.end()) throw std::invalid_argument(fmt::format("no layer {} in the product", name));
        const std::int64_t row = chunk_row * found->chunk.height, col = chunk_col * found->chunk.width;
        if (band < 0 || band >= found->spec.bands || row < 0 || row >= found->whole.height || col < 0 ||
            col >= found->whole.width)
            throw std::invalid_argument(
                fmt::format("layer {} has no chunk ({}, {}, {})", name, band, chunk_row, chunk_col));
        const auto y = static_cast<hsize_t>(row), x = static_cast<hsize_t>(col);
        if (found->spec.bands > 1) return {&*found, {static_cast<hsize_t>(band), y, x}};
        return {&*found, {y, x, 0}};
    }

    void create_file() {
        const Handle access(H5Pcreate(H5P_FILE_ACCESS));
        checked(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18));
        checked(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
        hdf5::use_file_driver(access);
        file = Handle(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, reproducible(H5P_FILE_CREATE), access));
        io = &hdf5::file_state(file);
    }

    /// Creates and writes a whole one-dimensional variable.
    Handle write_vector(hid_t parent, const std::string& name, hid_t stored, hid_t given, std::size_t count,
                        const void* values) {
        const hsize_t size = count;
        const Handle space(H5Screate_simple(1, &size, nullptr));
        Handle dataset(H5Dcreate2(parent, name.c_str(), stored, space, H5P_DEFAULT, reproducible(H5P_DATASET_CREATE),
                                  H5P_DEFAULT));
        if (count > 0) checked(H5Dwrite(dataset, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
        checked(H5Dflush(dataset)); // a close that fails would leave the data set half closed
        return dataset;
    }

    Handle write_strings(hid_t parent, const std::string& name, const std::vector<std::string>& texts) {
        std::vector<const char*> pointers;
        for (const std::string& text : texts) pointers.push_back(text.c_str());
        const Handle type = hdf5::string_type();
        return write_vector(parent, name, type, type, texts.size(), pointers.data());
    }

    void make_scale(hid_t dataset, const std::string& name) {
        checked(H5DSset_scale(dataset, name.c_str()));
        hdf5::write_number(dataset, "_Netcdf4Dimid", H5T_STD_I32LE, next_dimension_id++);
    }

    /// As H5DSattach_scale, which would leave indeterminate bytes in the file (padding of its list's entries).
    void attach_scales(hid_t dataset, const std::vector<std::string>& scales) {
        std::vector<hobj_ref_t> references(scales.size());
        std::vector<hvl_t> list(scales.size());
        const std::string path = path_of(dataset);
        hobj_ref_t self{};
        checked(H5Rcreate(&self, file, path.c_str(), H5R_OBJECT, -1));
        for (std::size_t i = 0; i < scales.size(); ++i) {
            checked(H5Rcreate(&references[i], file, scales[i].c_str(), H5R_OBJECT, -1));
            list[i] = {1, &references[i]};
            scale_uses[scales[i]].push_back({self, static_cast<unsigned>(i)});
        }
        const hsize_t rank = scales.size();
        const Handle space(H5Screate_simple(1, &rank, nullptr));
        const Handle type(H5Tvlen_create(H5T_STD_REF_OBJ));
        const Handle attribute(H5Acreate2(dataset, "DIMENSION_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT));
        checked(H5Awrite(attribute, type, list.data()));
    }

    void write_scale_uses() {
        struct Entry {
            hobj_ref_t dataset;
            unsigned dimension, padding;
        };
        const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Entry)));
        checked(H5Tinsert(type, "dataset", HOFFSET(Entry, dataset), H5T_STD_REF_OBJ));
        checked(H5Tinsert(type, "dimension", HOFFSET(Entry, dimension), H5T_STD_I32LE));
        for (const auto& [path, uses] : scale_uses) {
            std::vector<Entry> entries;
            for (const ScaleUse& use : uses) entries.push_back({use.dataset, use.dimension, 0});
            const hsize_t count = entries.size();
            const Handle space(H5Screate_simple(1, &count, nullptr));
            const Handle scale(H5Dopen2(file, path.c_str(), H5P_DEFAULT));
            const Handle attribute(H5Acreate2(scale, "REFERENCE_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT));
            checked(H5Awrite(attribute, type, entries.data()));
        }
    }

    static std::string path_of(hid_t object) {
        std::string path(static_cast<std::size_t>(checked(H5Iget_name(object, nullptr, 0))), '\0');
        checked(H5Iget_name(object, path.data(), path.size() + 1));
        return path;
    }

    void write_axis(const std::string& name, char axis, const std::vector<double>& centres, const CfGridMapping& cf) {
        const Handle dataset =
            write_vector(file, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, centres.size(), centres.data());
        make_scale(dataset, name);
        const bool x = axis == 'X';
        hdf5::write_text(dataset, "standard_name",
                         cf.geographic ? (x ? "longitude" : "latitude")
                                       : (x ? "projection_x_coordinate" : "projection_y_coordinate"));
        hdf5::write_text(dataset, "long_name",
                         fmt::format("{} of the pixel centres",
                                     cf.geographic ? (x ? "longitude" : "latitude") : (x ? "easting" : "northing")));
        hdf5::write_text(dataset, "units", cf.geographic ? (x ? "degrees_east" : "degrees_north") : cf.units);
        hdf5::write_text(dataset, "axis", std::string(1, axis));
    }

    /// A raster's axes and its grid mapping variable (the geotransform stands there, so that each raster has its own).
    void write_georeference(const std::string& suffix, int step, const RasterShape& shape, const CfGridMapping& cf) {
        const double spacing = grid.resolution * step;
        write_axis("x" + suffix, 'X', pixel_centres(grid.west, spacing, shape.width), cf);
        write_axis("y" + suffix, 'Y', pixel_centres(grid.north, -spacing, shape.height), cf);
        const Handle space(H5Screate(H5S_SCALAR));
        const Handle crs(H5Dcreate2(file, ("crs" + suffix).c_str(), H5T_STD_I32LE, space, H5P_DEFAULT,
                                    reproducible(H5P_DATASET_CREATE), H5P_DEFAULT));
        const int nothing = 0;
        checked(H5Dwrite(crs, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &nothing));
        for (const auto& [name, value] : cf.text) hdf5::write_text(crs, name, value);
        for (const auto& [name, values] : cf.numbers) hdf5::write_numbers(crs, name, H5T_IEEE_F64LE, values);
        hdf5::write_text(crs, "crs_wkt", grid.crs_wkt);
        hdf5::write_text(crs, "spatial_ref", grid.crs_wkt);
        hdf5::write_text(crs, "GeoTransform", fmt::format("{} {} 0 {} 0 {}", grid.west, spacing, grid.north, -spacing));
    }

    void write_band_axis(int bands) {
        std::vector<int> numbers(static_cast<std::size_t>(bands));
        for (int i = 0; i < bands; ++i) numbers[static_cast<std::size_t>(i)] = i + 1;
        const Handle dataset =
            write_vector(file, "band", H5T_STD_I32LE, H5T_NATIVE_INT, numbers.size(), numbers.data());
        make_scale(dataset, "band");
        hdf5::write_text(dataset, "long_name", "band number");
    }

    void create_layer(const LayerSpec& spec) {
        const RasterShape whole = layer_shape(spec, grid), chunk = chunk_shape(spec, grid);
        const std::string suffix = spec.step > 1 ? "_" + spec.name : "";
        const int rank = spec.bands > 1 ? 3 : 2;
        const hsize_t dimensions[3] = {static_cast<hsize_t>(spec.bands), static_cast<hsize_t>(whole.height),
                                       static_cast<hsize_t>(whole.width)};
        const hsize_t chunks[3] = {1, static_cast<hsize_t>(chunk.height), static_cast<hsize_t>(chunk.width)};
        const Handle space(H5Screate_simple(rank, dimensions + 3 - rank, nullptr));
        const Handle properties = reproducible(H5P_DATASET_CREATE);
        checked(H5Pset_chunk(properties, rank, chunks + 3 - rank));
        if (spec.fill) checked(H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &*spec.fill));
        set_filters(properties, layer_type_size(spec.type), codec, level);
        const hid_t type = file_type(spec.type);
        Handle dataset(H5Dcreate2(file, spec.name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT));

        std::vector<std::string> scales;
        if (spec.bands > 1) scales.push_back("/band");
        scales.push_back("/y" + suffix);
        scales.push_back("/x" + suffix);
        attach_scales(dataset, scales);
        hdf5::write_text(dataset, "long_name", spec.long_name);
        hdf5::write_text(dataset, "units", spec.units);
        hdf5::write_text(dataset, "grid_mapping", "crs" + suffix);
        if (spec.fill) hdf5::write_number(dataset, "_FillValue", type, *spec.fill);
        if (spec.valid_range) {
            const double range[] = {spec.valid_range->first, spec.valid_range->second};
            hdf5::write_numbers(dataset, "valid_range", type, range);
        }
        if (spec.scale_factor != 1 || spec.add_offset != 0) {
            hdf5::write_number(dataset, "scale_factor", H5T_IEEE_F64LE, spec.scale_factor);
            hdf5::write_number(dataset, "add_offset", H5T_IEEE_F64LE, spec.add_offset);
        }
        write_flags(dataset, type, spec);
        if (spec.step > 1) hdf5::write_number(dataset, "lattice_step", H5T_STD_I32LE, spec.step);
        layers.push_back({spec, whole, chunk, std::move(dataset)});
    }

    static void write_flags(hid_t dataset, hid_t type, const LayerSpec& spec) {
        std::string meanings;
        const auto write = [&](const char* name, const std::vector<std::pair<std::int64_t, std::string>>& flags) {
            if (flags.empty()) return;
            std::vector<double> values;
            for (const auto& [value, meaning] : flags) {
                values.push_back(static_cast<double>(value));
                meanings += (meanings.empty() ? "" : " ") + meaning;
            }
            hdf5::write_numbers(dataset, name, type, values);
        };
        write("flag_masks", spec.flag_masks);
        write("flag_values", spec.flag_values);
        hdf5::write_text(dataset, "flag_meanings", meanings);
    }
};

ProductWriter::ProductWriter(const std::filesystem::path& final_path, const Grid& grid,
                             const std::vector<LayerSpec>& layers, Codec codec, int level, const std::string& title)
    : state_(std::make_unique<State>()) {
    State& state = *state_;
    state.final_path = final_path;
    state.temporary = temporary_name(final_path);
    state.grid = grid;
    state.codec = codec;
    state.level = level;
    const CfGridMapping cf = cf_grid_mapping(grid.crs_wkt);
    int bands = 1;
    for (const LayerSpec& layer : layers) {
        if (layer.bands > 1 && bands > 1 && layer.bands != bands)
            throw std::invalid_argument("layers of one product differ in their number of bands");
        bands = std::max(bands, layer.bands);
    }
    state.hasher.emplace(grid, layers);
    create_empty(state.temporary, final_path);
    state.guarded(0, [&] {
        hdf5::register_filters();
        state.create_file();
        const Handle root(H5Gopen2(state.file, "/", H5P_DEFAULT));
        hdf5::write_text(root, "Conventions", "CF-1.8");
        hdf5::write_text(root, "title", title);
        hdf5::write_text(root, "institution", "not stated");
        hdf5::write_text(root, "source", "aerial frames, orthorectified by overflight " OVERFLIGHT_VERSION);
        hdf5::write_text(root, "history", "written by overflight " OVERFLIGHT_VERSION);
        state.write_georeference("", 1, {grid.width, grid.height}, cf);
        if (bands > 1) state.write_band_axis(bands);
        for (const LayerSpec& layer : layers)
            if (layer.step > 1) state.write_georeference("_" + layer.name, layer.step, layer_shape(layer, grid), cf);
        for (const LayerSpec& layer : layers) state.create_layer(layer);
    });
}

ProductWriter::~ProductWriter() = default;

std::uint64_t ProductWriter::write_chunk(const std::string& layer, int band, std::int64_t chunk_row,
                                         std::int64_t chunk_col, const EncodedChunk& chunk) {
    const auto [target, offset] = state_->find_chunk(layer, band, chunk_row, chunk_col);
    std::uint64_t place = 0;
    state_->guarded(chunk.bytes.size(), [&] {
        checked(H5Dwrite_chunk(target->dataset, H5P_DEFAULT, 0, offset.data(), chunk.bytes.size(), chunk.bytes.data()));
        if (state_->io->last_data_size != chunk.bytes.size())
            throw std::logic_error("HDF5 did not write a chunk through");
        place = state_->io->last_data;
    });
    if (chunk.digest) {
        state_->hasher->set_chunk(layer, band, chunk_row, chunk_col, *chunk.digest);
        return place;
    }
    std::vector<std::byte> samples(static_cast<std::size_t>(target->chunk.width * target->chunk.height) *
                                   layer_type_size(target->spec.type));
    decode_chunk(chunk.bytes, layer_type_size(target->spec.type), state_->codec, samples);
    state_->hasher->set_chunk(layer, band, chunk_row, chunk_col, digest_of(samples));
    return place;
}

int ProductWriter::keep_unfinished() {
    state_->kept = true;
    return state_->io->descriptor;
}

void ProductWriter::read_back(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                              std::span<std::byte> samples) const {
    const auto [source, offset] = state_->find_chunk(layer, band, chunk_row, chunk_col);
    const std::size_t sample_bytes = layer_type_size(source->spec.type);
    EncodedChunk chunk;
    state_->guarded(0, [&] {
        chunk.bytes.resize(hdf5::stored_chunk_bytes(source->dataset, offset.data()));
        std::uint32_t skipped_filters = 0;
        if (!chunk.bytes.empty())
            checked(H5Dread_chunk(source->dataset, H5P_DEFAULT, offset.data(), &skipped_filters, chunk.bytes.data()));
    });
    if (!chunk.bytes.empty())
        decode_chunk(chunk.bytes, sample_bytes, state_->codec, samples);
    else
        fill_samples(source->spec, samples);
}

void ProductWriter::write_table(const std::string& name, const std::vector<TableColumn>& columns) {
    const auto rows_of = [](const TableColumn& column) {
        return column.type == TableColumn::Type::text   ? column.text.size()
               : column.type == TableColumn::Type::real ? column.real.size()
                                                        : column.integer.size();
    };
    const std::size_t rows = columns.empty() ? 0 : rows_of(columns.front());
    for (const TableColumn& column : columns)
        if (rows_of(column) != rows) throw std::invalid_argument(fmt::format("columns of {} differ in length", name));
    state_->guarded(0, [&] {
        const Handle group(
            H5Gcreate2(state_->file, name.c_str(), H5P_DEFAULT, reproducible(H5P_GROUP_CREATE), H5P_DEFAULT));
        // A dimension without a variable, as netCDF-4 stores it: a scale whose name says so.
        const std::string dimension = name + "_index";
        {
            const hsize_t size = rows;
            const Handle space(H5Screate_simple(1, &size, nullptr));
            const Handle scale(H5Dcreate2(group, dimension.c_str(), H5T_IEEE_F32BE, space, H5P_DEFAULT,
                                          reproducible(H5P_DATASET_CREATE), H5P_DEFAULT));
            state_->make_scale(scale, fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", rows));
        }
        for (const TableColumn& column : columns) {
            const Handle dataset = column.type == TableColumn::Type::text
                                       ? state_->write_strings(group, column.name, column.text)
                                   : column.type == TableColumn::Type::real
                                       ? state_->write_vector(group, column.name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                                                              rows, column.real.data())
                                       : state_->write_vector(group, column.name, H5T_STD_I64LE, H5T_NATIVE_INT64, rows,
                                                              column.integer.data());
            state_->attach_scales(dataset, {fmt::format("/{}/{}", name, dimension)});
            hdf5::write_text(dataset, "long_name", column.description);
            hdf5::write_text(dataset, "units", column.units);
        }
    });
    state_->hasher->add_table(name, columns);
}

void ProductWriter::write_provenance(const std::string& json) {
    state_->guarded(json.size(), [&] {
        const Handle type = hdf5::string_type();
        const Handle space(H5Screate(H5S_SCALAR));
        const Handle dataset(H5Dcreate2(state_->file, "provenance", type, space, H5P_DEFAULT,
                                        reproducible(H5P_DATASET_CREATE), H5P_DEFAULT));
        const char* text = json.c_str();
        checked(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text));
        hdf5::write_text(dataset, "long_name", "what determines the content, as canonical JSON");
    });
    state_->hasher->set_provenance(json);
}

void ProductWriter::write_band_names(const std::vector<std::string>& names) {
    state_->guarded(0, [&] {
        if (checked(H5Lexists(state_->file, "band", H5P_DEFAULT)) == 0)
            state_->write_band_axis(static_cast<int>(names.size()));
        const Handle dataset = state_->write_strings(state_->file, "band_name", names);
        state_->attach_scales(dataset, {"/band"});
        hdf5::write_text(dataset, "long_name", "name of the band");
        for (const State::Layer& layer : state_->layers)
            if (layer.spec.bands > 1) hdf5::write_text(layer.dataset, "coordinates", "band_name");
    });
    state_->hasher->set_band_names(names);
}

FinishedFile ProductWriter::finish() {
    State& state = *state_;
    std::vector<LayerSpec> expected;
    for (const State::Layer& layer : state.layers) expected.push_back(layer.spec);
    state.guarded(0, [&] {
        state.write_scale_uses();
        checked(H5Fflush(state.file, H5F_SCOPE_LOCAL)); // a full disk shows here, where the file can still be discarded
        state.close();
    });
    try {
        const ProductReader check(state.temporary);
        if (check.layers().size() != expected.size() || check.grid() != state.grid)
            throw RunError(fmt::format("cannot write {}: the finished file does not read back as it was written",
                                       state.final_path.string()));
    } catch (const InputError& error) {
        throw RunError(fmt::format("cannot write {}: the finished file does not open: {}", state.final_path.string(),
                                   error.what()));
    }
    FinishedFile file;
    file.temporary = state.temporary;
    file.bytes = std::filesystem::file_size(state.temporary);
    file.content = std::make_shared<ContentHashes>(state.hasher->finish());
    state.finished = true;
    return file;
}

} // namespace overflight
