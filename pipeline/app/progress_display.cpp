// SPDX-License-Identifier: Apache-2.0
#include "app/progress_display.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace overflight::app {
namespace {

constexpr double bar_interval = 0.1, plain_interval = 5, json_interval = 1;
constexpr int bar_width = 24;

double steady_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string left_text(double seconds_left) {
    return seconds_left < 0 ? "-:--" : clock_text(seconds_left);
}

class BarProgress : public TimedProgress {
public:
    BarProgress(std::ostream& out, Clock clock) : TimedProgress(out, bar_interval, std::move(clock)), out_(out) {}
    BarProgress(const BarProgress&) = delete;
    BarProgress& operator=(const BarProgress&) = delete;
    ~BarProgress() override {
        if (drawn_) out_ << '\n' << std::flush; // a stage that did not end: what is said of it gets a line of its own
    }

protected:
    void show_begin(std::ostream& out, const State& state) override { show(out, state); }
    void show(std::ostream& out, const State& state) override {
        drawn_ = true;
        const int full = static_cast<int>(std::lround(state.share() * bar_width));
        out << fmt::format("\r\033[K{:<10} [{:#>{}}{:->{}}] {:3.0f} %  {:.1f} / {:.1f} {}  {:.1f} {}/s  left {}",
                           state.stage, "", full, "", bar_width - full, 100 * state.share(), state.done, state.total,
                           state.unit, state.rate(), state.unit, left_text(state.seconds_left()))
            << std::flush;
    }
    void show_end(std::ostream& out, const State& state) override {
        out << fmt::format("\r\033[K{:<10} {:.1f} {} in {}, {:.1f} {}/s\n", state.stage, state.done, state.unit,
                           clock_text(state.seconds), state.rate(), state.unit)
            << std::flush;
        drawn_ = false;
    }

private:
    std::ostream& out_;
    bool drawn_ = false; ///< a bar stands on the line
};

class PlainProgress : public TimedProgress {
public:
    PlainProgress(std::ostream& out, Clock clock) : TimedProgress(out, plain_interval, std::move(clock)) {}

protected:
    void show_begin(std::ostream& out, const State& state) override {
        out << fmt::format("{}: {:.1f} {} to do\n", state.stage, state.total, state.unit) << std::flush;
    }
    void show(std::ostream& out, const State& state) override {
        out << fmt::format("{}: {:.0f} %, {:.1f} of {:.1f} {}, {:.1f} {}/s, left {}\n", state.stage,
                           100 * state.share(), state.done, state.total, state.unit, state.rate(), state.unit,
                           left_text(state.seconds_left()))
            << std::flush;
    }
    void show_end(std::ostream& out, const State& state) override {
        out << fmt::format("{}: {:.1f} {} in {}, {:.1f} {}/s\n", state.stage, state.done, state.unit,
                           clock_text(state.seconds), state.rate(), state.unit)
            << std::flush;
    }
};

class JsonProgress : public TimedProgress {
public:
    JsonProgress(std::ostream& out, Clock clock) : TimedProgress(out, json_interval, std::move(clock)) {}

protected:
    void show_begin(std::ostream& out, const State& state) override { write(out, "begin", state); }
    void show(std::ostream& out, const State& state) override { write(out, "progress", state); }
    void show_end(std::ostream& out, const State& state) override { write(out, "end", state); }

private:
    static void write(std::ostream& out, const char* event, const State& state) {
        nlohmann::ordered_json line = {{"event", event},       {"stage", state.stage}, {"done", state.done},
                                       {"total", state.total}, {"unit", state.unit},   {"seconds", state.seconds},
                                       {"rate", state.rate()}};
        if (state.seconds_left() >= 0) line["seconds_left"] = state.seconds_left();
        out << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n' << std::flush;
    }
};

} // namespace

double TimedProgress::State::share() const {
    return total > 0 ? std::clamp(done / total, 0.0, 1.0) : 1;
}

double TimedProgress::State::rate() const {
    return seconds > 0 ? done / seconds : 0;
}

double TimedProgress::State::seconds_left() const {
    return rate() > 0 ? std::max(0.0, total - done) / rate() : -1;
}

TimedProgress::TimedProgress(std::ostream& out, double interval, Clock clock)
    : out_(out), interval_(interval), clock_(std::move(clock)) {}

void TimedProgress::begin(const std::string& stage, double total, const std::string& unit) {
    const std::lock_guard lock(mutex_);
    state_ = {};
    state_.stage = stage;
    state_.unit = unit;
    state_.total = total;
    started_ = shown_ = clock_();
    show_begin(out_, state_);
}

void TimedProgress::advance(double done) {
    const std::lock_guard lock(mutex_);
    state_.done += done;
    const double now = clock_();
    if (now - shown_ < interval_) return;
    shown_ = now;
    state_.seconds = now - started_;
    show(out_, state_);
}

void TimedProgress::end() {
    const std::lock_guard lock(mutex_);
    state_.seconds = clock_() - started_;
    show_end(out_, state_);
}

std::unique_ptr<Progress> bar_progress(std::ostream& out, Clock clock) {
    return std::make_unique<BarProgress>(out, std::move(clock));
}

std::unique_ptr<Progress> plain_progress(std::ostream& out, Clock clock) {
    return std::make_unique<PlainProgress>(out, std::move(clock));
}

std::unique_ptr<Progress> json_progress(std::ostream& out, Clock clock) {
    return std::make_unique<JsonProgress>(out, std::move(clock));
}

std::unique_ptr<Progress> make_progress(const std::string& mode) {
    if (mode == "off") return std::make_unique<NoProgress>();
    if (mode == "json") return json_progress(std::cout, steady_seconds);
    if (mode == "auto" && isatty(STDERR_FILENO)) return bar_progress(std::cerr, steady_seconds);
    return plain_progress(std::cerr, steady_seconds);
}

std::string clock_text(double seconds) {
    const long long whole = std::llround(seconds);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

} // namespace overflight::app
