// SPDX-License-Identifier: Apache-2.0
// Runs the change passes on two registered GeoTIFFs, serially and whole in memory, to measure accuracy and cost of the
// stages without the pipeline: change_pairs BEFORE.tif AFTER.tif MASK.tif [SCORE.tif]
#include "stages/change_decision.h"
#include "stages/change_registration.h"

#include <gdal_priv.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace overflight;

namespace {

struct Image {
    int width = 0, height = 0, bands = 0;
    std::vector<float> samples;
    std::vector<std::uint8_t> valid;
    std::array<double, 6> geo{};
    std::string crs;
};

Image read(const char* path) {
    Image out;
    auto* data = GDALDataset::FromHandle(GDALOpen(path, GA_ReadOnly));
    if (data == nullptr) std::exit(2);
    out.width = data->GetRasterXSize();
    out.height = data->GetRasterYSize();
    out.bands = std::min(data->GetRasterCount(), change_max_bands);
    data->GetGeoTransform(out.geo.data());
    out.crs = data->GetProjectionRef();
    const std::size_t n = static_cast<std::size_t>(out.width) * out.height;
    out.samples.resize(n * out.bands);
    out.valid.resize(n);
    bool ok = true;
    for (int b = 0; b < out.bands; ++b) {
        ok =
            ok && data->GetRasterBand(b + 1)->RasterIO(GF_Read, 0, 0, out.width, out.height, out.samples.data() + b * n,
                                                       out.width, out.height, GDT_Float32, 0, 0) == CE_None;
    }
    ok = ok && data->GetRasterBand(1)->GetMaskBand()->RasterIO(GF_Read, 0, 0, out.width, out.height, out.valid.data(),
                                                               out.width, out.height, GDT_Byte, 0, 0) == CE_None;
    if (!ok) std::exit(2);
    GDALClose(data);
    return out;
}

MissionView view(const Image& image) {
    MissionView out;
    out.window = {0, 0, image.width, image.height};
    const std::size_t n = static_cast<std::size_t>(image.width) * image.height;
    for (int b = 0; b < image.bands; ++b)
        out.bands.push_back({image.samples.data() + b * n, image.width, SampleType::f32});
    out.valid = image.valid.data();
    out.valid_stride = image.width;
    return out;
}

template <typename Sample>
void write(const char* path, const Image& like, std::vector<Sample>& samples, GDALDataType type) {
    auto* driver = GetGDALDriverManager()->GetDriverByName("GTiff");
    auto* data = driver->Create(path, like.width, like.height, 1, type, nullptr);
    auto geo = like.geo;
    data->SetGeoTransform(geo.data());
    data->SetProjection(like.crs.c_str());
    if (data->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, like.width, like.height, samples.data(), like.width,
                                         like.height, type, 0, 0) != CE_None)
        std::exit(3);
    GDALClose(data);
}

class Clock {
public:
    ~Clock() = default;
    void lap(const char* what, double pixels) {
        const auto now = std::chrono::steady_clock::now();
        const double s = std::chrono::duration<double>(now - last_).count();
        std::fprintf(stderr, "%-14s %7.3f s %7.1f ns/px\n", what, s, s / pixels * 1e9);
        last_ = now;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    GDALAllRegister();
    const Image a = read(argv[1]), b = read(argv[2]);
    const MissionView before = view(a), after = view(b);
    const double pixels = static_cast<double>(a.width) * a.height;
    const Tiling tiling(a.width, a.height);
    Clock clock;
    ShiftField field;
    if (std::getenv("REGISTER")) {
        std::vector<WindowShift> shifts;
        for (const Window& w : registration_windows(a.width, a.height))
            shifts.push_back(measure_shift(before, after, w, 8));
        if (std::getenv("VERBOSE"))
            for (const WindowShift& s : shifts)
                std::fprintf(stderr, "%6.0f %6.0f  %6.2f %6.2f  sim %.2f gain %.2f %d\n", s.col, s.row, s.dx, s.dy,
                             s.similarity, s.gain, s.usable);
        field = fit_shift_field(shifts, a.width, a.height, 8);
        std::fprintf(stderr, "registration model %d windows %d accepted %d residual %.3f before %.3f largest %.2f\n",
                     (int)field.model, field.windows, field.accepted, field.residual_px, field.residual_before_px,
                     field.largest());
        clock.lap("registration", pixels);
    }
    ChangeSample sample;
    const int step = change_lattice_step(a.width, a.height);
    for (std::int64_t i = 0; i < tiling.count(); ++i)
        sample.append(gather_change_sample(tiling.window(i), before, after, field, step));
    clock.lap("sample", pixels);
    const ChangeModel model = fit_change_model(sample);
    clock.lap("fit", pixels);
    for (const auto& w : model.warnings) std::fprintf(stderr, "%s\n", w.c_str());
    for (const auto& l : model.levels) {
        std::fprintf(stderr, "iterations %d unchanged %.2f rho", l.iterations, l.unchanged_share);
        for (double r : l.correlations) std::fprintf(stderr, " %.3f", r);
        std::fprintf(stderr, "\n");
    }
    ScoreHistogram histogram;
    std::vector<std::uint16_t> scores(static_cast<std::size_t>(pixels)), one;
    for (std::int64_t i = 0; i < tiling.count(); ++i) {
        const Window w = tiling.window(i);
        one.resize(w.pixels());
        score_change(w, before, after, field, model, one, histogram);
        for (int r = 0; r < w.height; ++r)
            std::copy_n(one.data() + static_cast<std::size_t>(r) * w.width, w.width,
                        scores.data() + (w.row + r) * a.width + w.col);
    }
    clock.lap("score", pixels);
    const ChangeThresholds t = decide_thresholds(histogram, 0.05);
    std::vector<std::uint8_t> mask(scores.size());
    decide_change({0, 0, a.width, a.height}, {0, 0, a.width, a.height}, scores, t, 4, mask);
    clock.lap("decision", pixels);
    std::size_t flagged = 0, seen = 0;
    for (auto m : mask) {
        flagged += m == 1;
        seen += m != 255;
    }
    std::fprintf(stderr, "thresholds %.2f %.2f flagged %.4f of %zu\n", t.high / 256.0 - 4, t.low / 256.0 - 4,
                 double(flagged) / double(std::max<std::size_t>(seen, 1)), seen);
    write(argv[3], a, mask, GDT_Byte);
    if (argc > 4) write(argv[4], a, scores, GDT_UInt16);
}
