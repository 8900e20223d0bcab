// SPDX-License-Identifier: Apache-2.0
#include "io/hdf5_support.h"
#include "io/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

namespace overflight {
namespace {

using hdf5::checked;
using hdf5::Handle;

/// The file is sound HDF5 but not what the writer makes.
struct NotAProduct : std::runtime_error {
    using std::runtime_error::runtime_error;
};

LayerType layer_type(hid_t dataset, const std::string& name) {
    const Handle type(H5Dget_type(dataset));
    for (const auto& [stored, layer] : {std::pair{H5T_STD_U8LE, LayerType::u8},
                                        {H5T_STD_U16LE, LayerType::u16},
                                        {H5T_STD_I16LE, LayerType::i16},
                                        {H5T_STD_U32LE, LayerType::u32},
                                        {H5T_IEEE_F32LE, LayerType::f32}})
        if (checked(H5Tequal(type, stored)) > 0) return layer;
    throw NotAProduct(fmt::format("layer {} has a sample type that products do not have", name));
}

Codec codec_of(hid_t properties, const std::string& name) {
    Codec codec = Codec::none;
    bool checksum = false;
    const int count = checked(H5Pget_nfilters(properties));
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0, configuration = 0;
        std::size_t values = 0;
        switch (checked(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr,
                                       &configuration))) {
        case H5Z_FILTER_SHUFFLE:
            break;
        case H5Z_FILTER_DEFLATE:
            codec = Codec::deflate;
            break;
        case hdf5::filter_lz4:
            codec = Codec::lz4;
            break;
        case hdf5::filter_blosc:
            codec = Codec::blosc;
            break;
        case H5Z_FILTER_FLETCHER32:
            checksum = true;
            break;
        default:
            throw NotAProduct(fmt::format("layer {} uses a filter that products do not have", name));
        }
    }
    if (!checksum) throw NotAProduct(fmt::format("layer {} has no checksums", name));
    return codec;
}

std::vector<std::pair<std::int64_t, std::string>> flags_of(const std::vector<double>& values,
                                                           std::istringstream& meanings) {
    std::vector<std::pair<std::int64_t, std::string>> flags;
    for (const double value : values) {
        std::string meaning;
        meanings >> meaning;
        flags.push_back({static_cast<std::int64_t>(value), meaning});
    }
    return flags;
}

void read_attributes(hid_t dataset, LayerSpec& spec) {
    const auto first = [&](const char* name, double otherwise) {
        const std::vector<double> values = hdf5::read_numbers(dataset, name);
        return values.empty() ? otherwise : values.front();
    };
    spec.long_name = hdf5::read_text(dataset, "long_name");
    spec.units = hdf5::read_text(dataset, "units");
    spec.step = static_cast<int>(first("lattice_step", 1));
    spec.scale_factor = first("scale_factor", 1);
    spec.add_offset = first("add_offset", 0);
    if (hdf5::has_attribute(dataset, "_FillValue")) spec.fill = first("_FillValue", 0);
    if (const auto range = hdf5::read_numbers(dataset, "valid_range"); range.size() == 2)
        spec.valid_range = {range[0], range[1]};
    std::istringstream meanings(hdf5::read_text(dataset, "flag_meanings"));
    spec.flag_masks = flags_of(hdf5::read_numbers(dataset, "flag_masks"), meanings);
    spec.flag_values = flags_of(hdf5::read_numbers(dataset, "flag_values"), meanings);
}

bool exists(hid_t parent, const std::string& name) {
    return checked(H5Lexists(parent, name.c_str(), H5P_DEFAULT)) > 0;
}

} // namespace

struct ProductReader::State {
    struct Layer {
        RasterShape whole, chunk;
        Codec codec = Codec::none;
        std::vector<std::byte> fill; ///< one sample
        Handle dataset;
    };

    std::filesystem::path path;
    Grid grid;
    std::vector<LayerSpec> specs;
    std::vector<Layer> layers; ///< beside specs
    std::vector<std::string> tables;
    Handle file;

    ~State() {
        const hdf5::Lock lock;
        layers.clear();
        file.reset();
    }

    void open() {
        // Default access: other settings would clash with GDAL having the same file open in this process.
        file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
        read_grid();
        for (const std::string& name : hdf5::link_names(file)) {
            const Handle object(H5Oopen(file, name.c_str(), H5P_DEFAULT));
            if (H5Iget_type(object) == H5I_GROUP)
                tables.push_back(name);
            else if (H5Iget_type(object) == H5I_DATASET && hdf5::has_attribute(object, "grid_mapping"))
                read_layer(name);
        }
    }

    void read_grid() {
        for (const char* name : {"crs", "x", "y"})
            if (!exists(file, name)) throw NotAProduct(fmt::format("it has no variable {}", name));
        const Handle crs(H5Dopen2(file, "crs", H5P_DEFAULT));
        grid.crs_wkt = hdf5::read_text(crs, "crs_wkt");
        double zero = 0, other_zero = 0, down = 0;
        std::istringstream transform(hdf5::read_text(crs, "GeoTransform"));
        if (!(transform >> grid.west >> grid.resolution >> zero >> grid.north >> other_zero >> down) ||
            down != -grid.resolution || !(grid.resolution > 0))
            throw NotAProduct("its crs has no GeoTransform of a north-up grid");
        grid.width = length_of("x");
        grid.height = length_of("y");
    }

    std::int64_t length_of(const char* name) const {
        const Handle dataset(H5Dopen2(file, name, H5P_DEFAULT));
        const Handle space(H5Dget_space(dataset));
        return checked(H5Sget_simple_extent_npoints(space));
    }

    void read_layer(const std::string& name) {
        Layer layer;
        layer.dataset = Handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
        const Handle space(H5Dget_space(layer.dataset));
        const Handle properties(H5Dget_create_plist(layer.dataset));
        hsize_t dimensions[3] = {1, 1, 1}, chunks[3] = {1, 1, 1};
        const int rank = checked(H5Sget_simple_extent_ndims(space));
        if ((rank != 2 && rank != 3) || H5Pget_layout(properties) != H5D_CHUNKED)
            throw NotAProduct(fmt::format("layer {} is not a raster in chunks", name));
        checked(H5Sget_simple_extent_dims(space, dimensions + 3 - rank, nullptr));
        checked(H5Pget_chunk(properties, rank, chunks + 3 - rank));
        layer.whole = {static_cast<std::int64_t>(dimensions[2]), static_cast<std::int64_t>(dimensions[1])};
        layer.chunk = {static_cast<std::int64_t>(chunks[2]), static_cast<std::int64_t>(chunks[1])};

        LayerSpec spec;
        spec.name = name;
        spec.type = layer_type(layer.dataset, name);
        spec.bands = static_cast<int>(dimensions[0]);
        read_attributes(layer.dataset, spec);
        if (spec.step < 1 || layer.whole != layer_shape(spec, grid) || layer.chunk != chunk_shape(spec, grid) ||
            chunks[0] != 1)
            throw NotAProduct(fmt::format("layer {} has a size or chunks that do not belong to its grid", name));
        layer.codec = codec_of(properties, name);
        layer.fill.resize(layer_type_size(spec.type));
        const Handle type(H5Dget_type(layer.dataset));
        checked(H5Pget_fill_value(properties, type, layer.fill.data()));
        specs.push_back(std::move(spec));
        layers.push_back(std::move(layer));
    }

    std::size_t index_of(const std::string& name) const {
        const auto found = std::ranges::find(specs, name, &LayerSpec::name);
        if (found == specs.end()) throw RunError(fmt::format("{}: there is no layer {}", path.string(), name));
        return static_cast<std::size_t>(found - specs.begin());
    }

    /// Calls into HDF5 under its lock; failures name the file.
    template <typename Call>
    auto guarded(Call&& call) const {
        const hdf5::Lock lock;
        try {
            return call();
        } catch (const hdf5::Failure& failure) {
            throw RunError(fmt::format("{}: cannot be read: HDF5: {}", path.string(), failure.what()));
        }
    }

    std::string chunk_place(std::size_t layer, int band, std::int64_t row, std::int64_t col) const {
        return fmt::format("{}: layer {}, band {}, chunk row {}, column {}", path.string(), specs[layer].name, band + 1,
                           row, col);
    }
};

ProductReader::ProductReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
    state_->path = path;
    const auto problem = [&](const std::string& message) {
        return InputError(Problem{path.string(), 0, 0, {}, message});
    };
    std::error_code error;
    if (!std::filesystem::exists(path, error)) throw problem("there is no such file");
    if (std::filesystem::is_directory(path, error)) throw problem("is a folder; name one of the products in it");
    const hdf5::Lock lock;
    try {
        hdf5::register_filters();
        state_->open();
    } catch (const hdf5::Failure& failure) {
        throw problem(fmt::format("is not an HDF5 file, or one that was never finished ({})", failure.what()));
    } catch (const NotAProduct& reason) {
        throw problem(fmt::format("is not a product of overflight: {}", reason.what()));
    }
}

ProductReader::~ProductReader() = default;
ProductReader::ProductReader(ProductReader&&) noexcept = default;
ProductReader& ProductReader::operator=(ProductReader&&) noexcept = default;

const std::filesystem::path& ProductReader::path() const {
    return state_->path;
}
const Grid& ProductReader::grid() const {
    return state_->grid;
}
const std::vector<LayerSpec>& ProductReader::layers() const {
    return state_->specs;
}
std::vector<std::string> ProductReader::tables() const {
    return state_->tables;
}

const LayerSpec* ProductReader::find(const std::string& layer) const {
    const auto found = std::ranges::find(state_->specs, layer, &LayerSpec::name);
    return found == state_->specs.end() ? nullptr : &*found;
}

Codec ProductReader::codec(const std::string& layer) const {
    return state_->layers[state_->index_of(layer)].codec;
}

std::uint64_t ProductReader::stored_bytes(const std::string& layer) const {
    const std::size_t index = state_->index_of(layer);
    return state_->guarded([&] { return H5Dget_storage_size(state_->layers[index].dataset); });
}

std::string ProductReader::provenance() const {
    return state_->guarded([&]() -> std::string {
        if (!exists(state_->file, "provenance")) return {};
        return hdf5::read_strings(Handle(H5Dopen2(state_->file, "provenance", H5P_DEFAULT))).front();
    });
}

std::vector<std::string> ProductReader::band_names() const {
    return state_->guarded([&]() -> std::vector<std::string> {
        if (!exists(state_->file, "band_name")) return {};
        return hdf5::read_strings(Handle(H5Dopen2(state_->file, "band_name", H5P_DEFAULT)));
    });
}

std::vector<TableColumn> ProductReader::table(const std::string& name) const {
    return state_->guarded([&] {
        std::vector<TableColumn> columns;
        if (std::ranges::find(state_->tables, name) == state_->tables.end()) return columns;
        const Handle group(H5Gopen2(state_->file, name.c_str(), H5P_DEFAULT));
        for (const std::string& link : hdf5::link_names(group)) {
            const Handle dataset(H5Dopen2(group, link.c_str(), H5P_DEFAULT));
            if (hdf5::has_attribute(dataset, "CLASS")) continue; // the dimension
            const Handle type(H5Dget_type(dataset)), space(H5Dget_space(dataset));
            const auto rows = static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space)));
            const auto read = [&](hid_t memory_type, void* out) {
                if (rows > 0) checked(H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out));
            };
            TableColumn column;
            column.name = link;
            column.units = hdf5::read_text(dataset, "units");
            column.description = hdf5::read_text(dataset, "long_name");
            switch (H5Tget_class(type)) {
            case H5T_STRING:
                column.type = TableColumn::Type::text;
                column.text = hdf5::read_strings(dataset);
                break;
            case H5T_FLOAT:
                column.type = TableColumn::Type::real;
                column.real.resize(rows);
                read(H5T_NATIVE_DOUBLE, column.real.data());
                break;
            default:
                column.type = TableColumn::Type::integer;
                column.integer.resize(rows);
                read(H5T_NATIVE_INT64, column.integer.data());
            }
            columns.push_back(std::move(column));
        }
        return columns;
    });
}

bool ProductReader::has_chunk(const std::string& layer, int band, std::int64_t chunk_row,
                              std::int64_t chunk_col) const {
    const std::size_t index = state_->index_of(layer);
    const State::Layer& source = state_->layers[index];
    const hsize_t whole_offset[3] = {static_cast<hsize_t>(band), static_cast<hsize_t>(chunk_row * source.chunk.height),
                                     static_cast<hsize_t>(chunk_col * source.chunk.width)};
    const hsize_t* offset = whole_offset + (state_->specs[index].bands > 1 ? 0 : 1);
    return state_->guarded([&] { return hdf5::stored_chunk_bytes(source.dataset, offset) > 0; });
}

std::optional<EncodedChunk> ProductReader::read_encoded_chunk(const std::string& layer, int band,
                                                              std::int64_t chunk_row, std::int64_t chunk_col) const {
    const std::size_t index = state_->index_of(layer);
    const State::Layer& source = state_->layers[index];
    const int bands = state_->specs[index].bands;
    const std::int64_t row = chunk_row * source.chunk.height, col = chunk_col * source.chunk.width;
    if (band < 0 || band >= bands || row < 0 || row >= source.whole.height || col < 0 || col >= source.whole.width)
        throw std::invalid_argument(
            fmt::format("layer {} has no chunk ({}, {}, {})", layer, band, chunk_row, chunk_col));
    const hsize_t whole_offset[3] = {static_cast<hsize_t>(band), static_cast<hsize_t>(row), static_cast<hsize_t>(col)};
    const hsize_t* offset = whole_offset + (bands > 1 ? 0 : 1);
    EncodedChunk chunk;
    std::uint32_t skipped_filters = 0;
    {
        const hdf5::Lock lock;
        try {
            const hsize_t size = hdf5::stored_chunk_bytes(source.dataset, offset);
            if (size == 0) return std::nullopt;
            chunk.bytes.resize(size);
            checked(H5Dread_chunk(source.dataset, H5P_DEFAULT, offset, &skipped_filters, chunk.bytes.data()));
        } catch (const hdf5::Failure& failure) {
            throw RunError(
                fmt::format("{}: {}", state_->chunk_place(index, band, chunk_row, chunk_col), failure.what()));
        }
    }
    if (skipped_filters != 0)
        throw RunError(state_->chunk_place(index, band, chunk_row, chunk_col) + ": not all filters were applied");
    return chunk;
}

void ProductReader::read_chunk(const std::string& layer, int band, std::int64_t chunk_row, std::int64_t chunk_col,
                               std::span<std::byte> samples) const {
    const std::size_t index = state_->index_of(layer);
    const State::Layer& source = state_->layers[index];
    const std::size_t sample_bytes = source.fill.size();
    if (samples.size() != static_cast<std::size_t>(source.chunk.width * source.chunk.height) * sample_bytes)
        throw std::invalid_argument(fmt::format("wrong buffer size for a chunk of {}", layer));
    const std::optional<EncodedChunk> chunk = read_encoded_chunk(layer, band, chunk_row, chunk_col);
    if (!chunk) {
        for (std::size_t i = 0; i < samples.size(); i += sample_bytes)
            std::ranges::copy(source.fill, samples.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
    try {
        decode_chunk(chunk->bytes, sample_bytes, source.codec, samples);
    } catch (const RunError& error) {
        throw RunError(fmt::format("{}: {}; the file is damaged, a run with --force makes it anew",
                                   state_->chunk_place(index, band, chunk_row, chunk_col), error.what()));
    }
}

void ProductReader::read_window(const std::string& layer, int band, const Window& window,
                                std::span<std::byte> samples) const {
    const State::Layer& source = state_->layers[state_->index_of(layer)];
    const std::size_t sample_bytes = source.fill.size();
    if (window.empty()) return;
    if (samples.size() != static_cast<std::size_t>(window.pixels()) * sample_bytes)
        throw std::invalid_argument(fmt::format("wrong buffer size for a window of {}", layer));
    const std::int64_t first_col = std::max<std::int64_t>(window.col, 0),
                       first_row = std::max<std::int64_t>(window.row, 0);
    const std::int64_t end_col = std::min(window.col + window.width, source.whole.width);
    const std::int64_t end_row = std::min(window.row + window.height, source.whole.height);
    const bool inside = first_col == window.col && first_row == window.row && end_col == window.col + window.width &&
                        end_row == window.row + window.height;
    if (!inside)
        for (std::size_t i = 0; i < samples.size(); i += sample_bytes)
            std::ranges::copy(source.fill, samples.begin() + static_cast<std::ptrdiff_t>(i));
    if (first_col >= end_col || first_row >= end_row) return;

    const RasterShape chunk = source.chunk;
    std::vector<std::byte> decoded(static_cast<std::size_t>(chunk.width * chunk.height) * sample_bytes);
    for (std::int64_t chunk_row = first_row / chunk.height; chunk_row * chunk.height < end_row; ++chunk_row) {
        for (std::int64_t chunk_col = first_col / chunk.width; chunk_col * chunk.width < end_col; ++chunk_col) {
            read_chunk(layer, band, chunk_row, chunk_col, decoded);
            const std::int64_t row0 = std::max(first_row, chunk_row * chunk.height);
            const std::int64_t row1 = std::min(end_row, (chunk_row + 1) * chunk.height);
            const std::int64_t col0 = std::max(first_col, chunk_col * chunk.width);
            const std::int64_t col1 = std::min(end_col, (chunk_col + 1) * chunk.width);
            for (std::int64_t row = row0; row < row1; ++row) {
                const auto from = static_cast<std::size_t>((row - chunk_row * chunk.height) * chunk.width + col0 -
                                                           chunk_col * chunk.width);
                const auto to = static_cast<std::size_t>((row - window.row) * window.width + col0 - window.col);
                std::memcpy(samples.data() + to * sample_bytes, decoded.data() + from * sample_bytes,
                            static_cast<std::size_t>(col1 - col0) * sample_bytes);
            }
        }
    }
}

} // namespace overflight
