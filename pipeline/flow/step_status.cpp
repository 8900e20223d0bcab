// SPDX-License-Identifier: Apache-2.0
#include "flow/step_status.h"

#include "flow/work_folder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>

namespace overflight {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::int64_t silence_s = 30;

ordered_json json_of(const StepStatus& s) {
    ordered_json json = {{"step", s.step},
                         {"part", s.part},
                         {"host", s.host},
                         {"process", s.process},
                         {"started", s.started},
                         {"updated", s.updated},
                         {"state", s.state},
                         {"cause", s.cause},
                         {"stage", s.stage},
                         {"unit", s.unit},
                         {"done", s.done},
                         {"total", s.total},
                         {"seconds", s.seconds},
                         {"computed", s.computed},
                         {"reused", s.reused},
                         {"warnings", s.warnings},
                         {"stages", ordered_json::array()},
                         {"gaps", ordered_json::array()}};
    for (const auto& stage : s.stages)
        json["stages"].push_back({{"name", stage.name}, {"seconds", stage.seconds}, {"megapixels", stage.megapixels}});
    for (const auto& gap : s.gaps)
        json["gaps"].push_back({{"product", gap.product}, {"what", gap.what}, {"cause", gap.cause}});
    return json;
}

StepStatus status_of(const nlohmann::json& json) {
    StepStatus s;
    const auto take = [&](const char* name, auto& value) { json.at(name).get_to(value); };
    take("step", s.step), take("part", s.part), take("host", s.host), take("process", s.process);
    take("started", s.started), take("updated", s.updated), take("state", s.state), take("cause", s.cause);
    take("stage", s.stage), take("unit", s.unit), take("done", s.done), take("total", s.total);
    take("seconds", s.seconds), take("computed", s.computed), take("reused", s.reused), take("warnings", s.warnings);
    for (const auto& stage : json.at("stages"))
        s.stages.push_back({stage.at("name"), stage.at("seconds"), stage.at("megapixels")});
    for (const auto& gap : json.at("gaps")) s.gaps.push_back({gap.at("product"), gap.at("what"), gap.at("cause")});
    return s;
}

int order_of(const std::string& step) {
    const std::vector<std::string> order = {"run", "survey", "compose", "merge", "detect", "finish"};
    return static_cast<int>(std::find(order.begin(), order.end(), step) - order.begin());
}

} // namespace

std::vector<StepStatus> read_statuses(const fs::path& output) {
    std::vector<std::pair<std::string, StepStatus>> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(status_folder(output), error)) {
        if (entry.path().extension() != ".json") continue;
        std::ifstream file(entry.path());
        const auto json = nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
        try {
            if (json.is_object()) found.emplace_back(entry.path().filename().string(), status_of(json));
        } catch (const nlohmann::json::exception&) {
            continue; // of another version
        }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        const auto key = [](const auto& each) {
            return std::tuple(order_of(each.second.step), each.first.size(), each.first);
        };
        return key(a) < key(b);
    });
    std::vector<StepStatus> statuses;
    for (auto& [name, status] : found) statuses.push_back(std::move(status));
    return statuses;
}

bool seems_alive(const StepStatus& status) {
    if (status.host == host_name()) return ::kill(static_cast<pid_t>(status.process), 0) == 0 || errno == EPERM;
    return std::time(nullptr) - status.updated <= silence_s;
}

StatusProgress::StatusProgress(Progress& inner, const fs::path& output, const std::string& name, StepStatus status)
    : inner_(inner), path_(status_folder(output) / (name + ".json")), status_(std::move(status)) {
    status_.host = host_name();
    status_.process = ::getpid();
    status_.started = utc_now();
    status_.state = "running";
}

void StatusProgress::begin(const std::string& stage, double total, const std::string& unit) {
    inner_.begin(stage, total, unit);
    const std::scoped_lock lock(mutex_);
    status_.stage = stage;
    status_.unit = unit;
    status_.total = total;
    status_.done = 0;
    stage_start_ = std::chrono::steady_clock::now();
    tell();
}

void StatusProgress::advance(double done) {
    inner_.advance(done);
    const std::scoped_lock lock(mutex_);
    status_.done += done;
    if (timer_.due()) tell();
}

void StatusProgress::end() {
    inner_.end();
}

void StatusProgress::close(const std::string& state, const std::string& cause, const RunReport& report) {
    std::unique_lock lock(mutex_);
    status_.state = state;
    status_.cause = cause;
    status_.stages = report.stages;
    status_.gaps = report.gaps;
    status_.warnings = report.warnings;
    status_.computed = status_.reused = 0;
    for (const RunReport::Tiles& tiles : report.tiles) {
        status_.computed += tiles.computed;
        status_.reused += tiles.reused;
    }
    tell();
    lock.unlock();
    if (writer_.joinable()) {
        writer_.request_stop();
        writer_.join();
    }
    // of processes of this name that were killed over one
    const std::string temporary = fmt::format(".{}.", path_.filename().string());
    std::vector<fs::path> orphans;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path_.parent_path(), ignored))
        if (entry.path().filename().string().starts_with(temporary)) orphans.push_back(entry.path());
    for (const fs::path& orphan : orphans) fs::remove(orphan, ignored);
}

void StatusProgress::tell() {
    timer_.restart();
    status_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - stage_start_).count();
    status_.updated = std::time(nullptr);
    text_ = json_of(status_).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    try {
        if (!writer_.joinable()) writer_ = std::jthread([this](const std::stop_token& stop) { keep_writing(stop); });
        changed_.notify_one();
    } catch (const std::system_error&) { // no more threads to be had
        replace_file(std::exchange(text_, {}));
    }
}

/// The last text alone where several came while one was written.
void StatusProgress::keep_writing(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !text_.empty(); })) {
        const std::string text = std::exchange(text_, {});
        lock.unlock();
        replace_file(text);
        lock.lock();
    }
}

/// Not brought to the disk: it says nothing that is needed after a crash.
void StatusProgress::replace_file(const std::string& text) const {
    std::error_code ignored;
    fs::create_directories(path_.parent_path(), ignored);
    const fs::path temporary = path_.parent_path() / fmt::format(".{}.{}", path_.filename().string(), process_name());
    {
        std::ofstream file(temporary);
        file << text;
        if (!file.flush()) return void(fs::remove(temporary, ignored));
    }
    fs::rename(temporary, path_, ignored);
}

void forget_statuses(const fs::path& output) {
    std::error_code ignored;
    fs::remove_all(status_folder(output), ignored);
}

} // namespace overflight
