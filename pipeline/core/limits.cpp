// SPDX-License-Identifier: Apache-2.0
#include "core/limits.h"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace overflight {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t mib = 1024 * 1024;

std::optional<std::int64_t> to_integer(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    return value;
}

std::vector<std::string> words_of(const fs::path& file) {
    std::ifstream stream(file);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

std::optional<std::int64_t> number_in(const fs::path& file) {
    const std::vector<std::string> words = words_of(file);
    return words.empty() ? std::nullopt : to_integer(words[0]);
}

int affinity_threads() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

class Finder {
public:
    explicit Finder(const LimitSources& sources) : sources_(sources) {}

    Limits find() {
        machine();
        cgroups();
        slurm();
        return limits_;
    }

private:
    void limit_threads(std::int64_t threads, const std::string& from) {
        if (threads < 1 || (!limits_.threads_from.empty() && threads >= limits_.threads)) return;
        limits_.threads = static_cast<int>(std::min<std::int64_t>(threads, 1024));
        limits_.threads_from = from;
    }

    void limit_memory(std::int64_t megabytes, const std::string& from) {
        if (megabytes < 1 || (!limits_.memory_from.empty() && megabytes >= limits_.memory_mb)) return;
        limits_.memory_mb = megabytes;
        limits_.memory_from = from;
    }

    void machine() {
        if (sources_.machine_threads > 0) {
            limit_threads(sources_.machine_threads, "machine");
        } else {
            limit_threads(sysconf(_SC_NPROCESSORS_ONLN), "machine");
            limit_threads(affinity_threads(), "affinity");
        }
        const std::int64_t machine_mb = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE) / mib;
        limit_memory(sources_.machine_memory_mb > 0 ? sources_.machine_memory_mb : machine_mb, "machine");
    }

    /// Lines of /proc/self/cgroup: "0::/path" for version 2, "4:memory:/path" for a controller of version 1.
    void cgroups() {
        std::ifstream stream(sources_.root / "proc/self/cgroup");
        for (std::string line; std::getline(stream, line);) {
            const std::size_t first = line.find(':');
            const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
            if (second == std::string::npos) continue;
            const std::string controllers = line.substr(first + 1, second - first - 1);
            const fs::path group = fs::path(line.substr(second + 1)).relative_path();
            const fs::path mounts = sources_.root / "sys/fs/cgroup";
            if (controllers.empty()) {
                each_group(mounts, group, [this](const fs::path& folder) { version_2(folder); });
                each_group(mounts / "unified", group, [this](const fs::path& folder) { version_2(folder); });
            }
            std::istringstream names(controllers);
            for (std::string name; std::getline(names, name, ',');) {
                if (name == "memory") {
                    each_group(mounts / "memory", group, [this](const fs::path& folder) { memory_1(folder); });
                } else if (name == "cpu") {
                    const fs::path mount = fs::is_directory(mounts / "cpu") ? mounts / "cpu" : mounts / controllers;
                    each_group(mount, group, [this](const fs::path& folder) { cpu_1(folder); });
                }
            }
        }
    }

    /// A group's limits hold for the groups inside it. In a container only the mount's root may be there.
    template <class Look>
    static void each_group(const fs::path& mount, fs::path group, Look look) {
        for (; !group.empty(); group = group.parent_path()) look(mount / group);
        look(mount);
    }

    void version_2(const fs::path& folder) {
        if (const auto bytes = number_in(folder / "memory.max")) limit_memory(*bytes / mib, "cgroup");
        const std::vector<std::string> quota = words_of(folder / "cpu.max"); // "max 100000" or "150000 100000"
        if (quota.size() == 2) limit_quota(to_integer(quota[0]), to_integer(quota[1]));
    }

    void memory_1(const fs::path& folder) {
        if (const auto bytes = number_in(folder / "memory.limit_in_bytes")) limit_memory(*bytes / mib, "cgroup");
    }

    void cpu_1(const fs::path& folder) {
        limit_quota(number_in(folder / "cpu.cfs_quota_us"), number_in(folder / "cpu.cfs_period_us"));
    }

    void limit_quota(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
        if (!quota || !period || *quota <= 0 || *period <= 0) return;
        limit_threads((*quota + *period - 1) / *period, "cgroup"); // a part of a processor still needs a thread
    }

    void slurm() {
        const auto variable = [this](const char* name) { return to_integer(environment(name)).value_or(0); };
        const std::int64_t cpus_per_task = variable("SLURM_CPUS_PER_TASK");
        limit_threads(cpus_per_task, "SLURM_CPUS_PER_TASK");
        limit_memory(variable("SLURM_MEM_PER_NODE"), "SLURM_MEM_PER_NODE"); // 0: all of the node
        const std::int64_t cpus = cpus_per_task > 0 ? cpus_per_task : variable("SLURM_CPUS_ON_NODE");
        limit_memory(variable("SLURM_MEM_PER_CPU") * std::max<std::int64_t>(cpus, 1), "SLURM_MEM_PER_CPU");
    }

    std::string environment(const char* name) const {
        if (sources_.environment) return sources_.environment(name).value_or("");
        const char* value = std::getenv(name);
        return value ? value : "";
    }

    const LimitSources& sources_;
    Limits limits_;
};

} // namespace

Limits find_limits(const LimitSources& sources) {
    return Finder(sources).find();
}

void keep_free_memory(int threads) {
    mallopt(M_ARENA_MAX, std::max(threads, 2));
    constexpr int everything = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, everything);
    mallopt(M_TRIM_THRESHOLD, everything);
}

void return_free_memory(std::int64_t resident_bytes) {
    std::ifstream stream("/proc/self/statm");
    std::int64_t all = 0, resident = 0; // pages
    stream >> all >> resident;
    if (!stream || resident * sysconf(_SC_PAGESIZE) > resident_bytes) malloc_trim(0);
}

void give_way() {
    constexpr int niceness = 10;
    // Of this thread alone, as Linux has it; without it the work is done as well, only later.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace overflight
