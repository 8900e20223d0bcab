// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace overflight {

/// Told how the work goes. One stage at a time; advance() from any thread, begin() and end() from one.
class Progress {
public:
    virtual ~Progress() = default;

    /// `total` in `unit` ("Mpx", "frames", ...).
    virtual void begin(const std::string& stage, double total, const std::string& unit) = 0;
    /// So much more is done.
    virtual void advance(double done) = 0;
    virtual void end() = 0;
};

/// Says nothing.
class NoProgress : public Progress {
public:
    void begin(const std::string&, double, const std::string&) override {}
    void advance(double) override {}
    void end() override {}
};

} // namespace overflight
