// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"

#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>

namespace overflight::app {

using Clock = std::function<double()>; ///< seconds from some start

/// Keeps count and time of the stage, and shows them at most once in an interval, and at the end.
class TimedProgress : public Progress {
public:
    TimedProgress(std::ostream& out, double interval, Clock clock);

    void begin(const std::string& stage, double total, const std::string& unit) override;
    void advance(double done) override;
    void end() override;

protected:
    struct State {
        std::string stage, unit;
        double total = 0, done = 0, seconds = 0;

        double share() const;        ///< 0 to 1
        double rate() const;         ///< units a second; 0 where nothing is done yet
        double seconds_left() const; ///< negative where unknown
    };

    virtual void show_begin(std::ostream& out, const State& state) = 0;
    virtual void show(std::ostream& out, const State& state) = 0;
    virtual void show_end(std::ostream& out, const State& state) = 0;

private:
    std::ostream& out_;
    double interval_;
    Clock clock_;
    std::mutex mutex_;
    State state_;
    double started_ = 0, shown_ = 0;
};

/// A bar that redraws itself on a terminal, ten times a second at most.
std::unique_ptr<Progress> bar_progress(std::ostream& out, Clock clock);
/// A line every few seconds, for logs.
std::unique_ptr<Progress> plain_progress(std::ostream& out, Clock clock);
/// A JSON object a line, for programs: {"event": "begin" | "progress" | "end", "stage", "done", "total", "unit",
/// "seconds", "rate", "seconds_left"}. `run` adds {"event": "product", "path"} for each product at its end.
std::unique_ptr<Progress> json_progress(std::ostream& out, Clock clock);

/// auto | plain | json | off. JSON goes to standard output, all else to standard error.
std::unique_ptr<Progress> make_progress(const std::string& mode);

/// 75 -> "1:15", 3675 -> "1:01:15".
std::string clock_text(double seconds);

} // namespace overflight::app
