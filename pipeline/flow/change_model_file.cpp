// SPDX-License-Identifier: Apache-2.0
#include "flow/change_model_file.h"

#include "core/byte_stream.h"
#include "flow/sealed_file.h"

namespace overflight {
namespace {

/// Every member in the same order both ways: `each` adds or takes.
template <typename Field, typename Each>
void for_each_value(Field& field, const Each& each) requires requires {
    field.dx;
}
{
    each(field.step), each(field.cols), each(field.rows), each(field.dx), each(field.dy), each(field.model);
    each(field.windows), each(field.accepted), each(field.residual_px), each(field.residual_before_px);
}

template <typename Transform, typename Each>
void for_each_value(Transform& transform, const Each& each) requires requires {
    transform.correlations;
}
{
    each(transform.variates), each(transform.features_before), each(transform.features_after);
    each(transform.before), each(transform.after), each(transform.offset_before), each(transform.offset_after);
    each(transform.correlations), each(transform.iterations), each(transform.converged), each(transform.fallback);
    each(transform.unchanged_share);
}

template <typename Model, typename Each>
void for_each_value(Model& model, const Each& each) requires requires {
    model.levels;
}
{
    each(model.bands_before), each(model.bands_after);
    for (auto& level : model.levels) for_each_value(level, each);
    each(model.knee_before), each(model.knee_after), each(model.fill_before), each(model.fill_after);
    each(model.cap_before), each(model.cap_after), each(model.fine_null), each(model.coarse_null);
    each(model.detail_width);
    each(model.normalisation), each(model.samples), each(model.usable);
}

} // namespace

std::vector<std::byte> model_bytes(const PairModel& model) {
    ByteWriter out;
    const auto add = [&](const auto& value) { out.add(value); };
    for_each_value(model.field, add);
    for_each_value(model.model, add);
    out.add(model.model.warnings.size());
    for (const std::string& warning : model.model.warnings) out.add(warning);
    return out.take();
}

void write_model(const std::filesystem::path& path, const PairModel& model, const ShortDigest& key) {
    std::vector<std::byte> file(key.begin(), key.end());
    const std::vector<std::byte> content = model_bytes(model);
    file.insert(file.end(), content.begin(), content.end());
    write_sealed(path, file);
}

std::optional<PairModel> read_model(const std::filesystem::path& path, const ShortDigest& key) {
    const auto content = read_sealed(path);
    if (!content) return std::nullopt;
    ByteReader in(*content);
    ShortDigest stored{};
    in.take(stored);
    if (!in.good() || stored != key) return std::nullopt;
    PairModel model;
    const auto take = [&](auto& value) { in.take(value); };
    for_each_value(model.field, take);
    for_each_value(model.model, take);
    std::size_t warnings = 0;
    in.take(warnings);
    for (std::size_t i = 0; i < warnings && in.good(); ++i) in.take(model.model.warnings.emplace_back());
    return in.good() && in.at_end() ? std::optional(std::move(model)) : std::nullopt;
}

} // namespace overflight
