// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace overflight {

/// Adds a stage with its duration to the report when it stops.
class StageTimer {
public:
    StageTimer(std::string name, double megapixels, RunReport& report)
        : name_(std::move(name)), megapixels_(megapixels), report_(report), start_(std::chrono::steady_clock::now()) {}

    void stop() {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
        report_.stages.push_back({name_, elapsed.count(), megapixels_});
        if (report_.log) report_.log(name_, {{"seconds", fmt::format("{:.3f}", elapsed.count())}});
    }

private:
    std::string name_;
    double megapixels_;
    RunReport& report_;
    std::chrono::steady_clock::time_point start_;
};

} // namespace overflight
