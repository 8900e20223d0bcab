// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace overflight::simulation {

/// Natural texture and relief: a sum of octaves of random numbers on lattices with spacings of 2^k cells, each made
/// smooth by cubic B-splines. Values are those of a fixed function of the cell's index, whatever window is asked;
/// standard deviation about 1. Amplitudes that halve with the wavelength make terrain, equal ones the 1/f amplitude
/// spectrum of images (Field 1987).
class FractalNoise {
public:
    /// `finest` and `coarsest`: log2 of the shortest and longest lattice spacing in cells;
    /// `persistence`: amplitude of an octave over that of the next coarser one.
    FractalNoise(std::uint64_t seed, int finest, int coarsest, double persistence);

    /// The cells [col, col + width) x [row, row + height) at every 2^level-th cell (indices in those coarser cells),
    /// row-major. What is finer than the level is left out.
    void evaluate(std::int64_t col, std::int64_t row, int width, int height, int level, std::vector<float>& out) const;

private:
    std::uint64_t seed_;
    int finest_, coarsest_;
    std::vector<float> amplitude_; ///< by octave, 0 below the finest
};

} // namespace overflight::simulation
