// SPDX-License-Identifier: Apache-2.0
#include "simulation/materials.h"

#include <cstddef>

namespace overflight::simulation {

const Look& look_of(Material material) {
    // Rounded from spectral libraries (USGS splib07, ECOSTRESS) at the bands' centres.
    static const std::array<Look, static_cast<std::size_t>(Material::count)> looks = {{
        /* asphalt    */ {{0.120f, 0.115f, 0.105f, 0.140f, 0.130f, 0.180f, 0.190f, 0.100f}, 0.08f, 0.01f, false},
        /* paint      */ {{0.420f, 0.420f, 0.410f, 0.400f, 0.410f, 0.360f, 0.330f, 0.390f}, 0.05f, 0.00f, false},
        /* verge      */ {{0.130f, 0.140f, 0.080f, 0.300f, 0.220f, 0.280f, 0.190f, 0.070f}, 0.16f, 0.10f, true},
        /* garden     */ {{0.085f, 0.120f, 0.060f, 0.400f, 0.240f, 0.220f, 0.120f, 0.050f}, 0.18f, 0.12f, true},
        /* pavement   */ {{0.230f, 0.220f, 0.200f, 0.260f, 0.250f, 0.290f, 0.280f, 0.190f}, 0.08f, 0.02f, false},
        /* meadow     */ {{0.090f, 0.135f, 0.060f, 0.430f, 0.260f, 0.230f, 0.120f, 0.050f}, 0.14f, 0.14f, true},
        /* soil       */ {{0.200f, 0.155f, 0.110f, 0.270f, 0.230f, 0.340f, 0.310f, 0.090f}, 0.12f, 0.04f, false},
        /* wheat      */ {{0.260f, 0.225f, 0.125f, 0.360f, 0.300f, 0.360f, 0.260f, 0.100f}, 0.10f, 0.06f, true},
        /* maize      */ {{0.060f, 0.105f, 0.045f, 0.460f, 0.230f, 0.230f, 0.100f, 0.040f}, 0.13f, 0.08f, true},
        /* beet       */ {{0.075f, 0.130f, 0.055f, 0.500f, 0.260f, 0.240f, 0.110f, 0.045f}, 0.13f, 0.08f, true},
        /* litter     */ {{0.070f, 0.065f, 0.040f, 0.200f, 0.130f, 0.200f, 0.150f, 0.035f}, 0.20f, 0.08f, false},
        /* crown      */ {{0.050f, 0.085f, 0.040f, 0.400f, 0.200f, 0.180f, 0.080f, 0.035f}, 0.28f, 0.14f, true},
        /* water      */ {{0.035f, 0.055f, 0.065f, 0.015f, 0.025f, 0.008f, 0.005f, 0.065f}, 0.05f, 0.00f, false},
        /* works      */ {{0.330f, 0.270f, 0.190f, 0.390f, 0.360f, 0.440f, 0.410f, 0.160f}, 0.14f, 0.04f, false},
        /* tiles      */ {{0.300f, 0.160f, 0.110f, 0.340f, 0.320f, 0.340f, 0.300f, 0.090f}, 0.10f, 0.03f, false},
        /* slate      */ {{0.130f, 0.130f, 0.135f, 0.150f, 0.140f, 0.160f, 0.160f, 0.120f}, 0.08f, 0.02f, false},
        /* gravel     */ {{0.280f, 0.270f, 0.250f, 0.310f, 0.300f, 0.340f, 0.330f, 0.230f}, 0.12f, 0.02f, false},
        /* sheet      */ {{0.320f, 0.330f, 0.330f, 0.320f, 0.320f, 0.290f, 0.270f, 0.310f}, 0.05f, 0.01f, false},
        /* plaster    */ {{0.430f, 0.400f, 0.350f, 0.470f, 0.450f, 0.480f, 0.450f, 0.310f}, 0.06f, 0.02f, false},
        /* brick      */ {{0.280f, 0.170f, 0.130f, 0.330f, 0.310f, 0.350f, 0.320f, 0.110f}, 0.10f, 0.03f, false},
        /* car_white  */ {{0.450f, 0.450f, 0.450f, 0.440f, 0.440f, 0.400f, 0.370f, 0.440f}, 0.02f, 0.00f, false},
        /* car_dark   */ {{0.045f, 0.045f, 0.050f, 0.050f, 0.050f, 0.050f, 0.050f, 0.045f}, 0.02f, 0.00f, false},
        /* car_red    */ {{0.380f, 0.060f, 0.050f, 0.420f, 0.400f, 0.380f, 0.350f, 0.050f}, 0.02f, 0.00f, false},
        /* car_blue   */ {{0.060f, 0.100f, 0.300f, 0.250f, 0.120f, 0.250f, 0.240f, 0.280f}, 0.02f, 0.00f, false},
        /* mark_black */ {{0.030f, 0.030f, 0.030f, 0.030f, 0.030f, 0.030f, 0.030f, 0.030f}, 0.00f, 0.00f, false},
        /* mark_white */ {{0.420f, 0.420f, 0.420f, 0.420f, 0.420f, 0.420f, 0.420f, 0.420f}, 0.00f, 0.00f, false},
    }};
    return looks[static_cast<std::size_t>(material)];
}

const Spectrum& autumn() {
    static const Spectrum factor = {1.55f, 1.05f, 1.05f, 0.72f, 0.90f, 1.15f, 1.30f, 1.05f};
    return factor;
}

const Spectrum& hue_direction() {
    static const Spectrum direction = {1.0f, 0.35f, 0.6f, -0.7f, -0.2f, 0.6f, 0.9f, 0.5f};
    return direction;
}

} // namespace overflight::simulation
