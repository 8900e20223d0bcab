// SPDX-License-Identifier: Apache-2.0
#include "app/slurm_scripts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace overflight::app {
namespace {

/// A path in an #SBATCH line, where % begins a pattern.
std::string quoted_for_sbatch(const std::filesystem::path& path) {
    std::string out = "\"";
    for (const char c : path.string()) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '%' ? std::string("%%") : std::string(1, c);
    }
    return out;
}

constexpr const char* step_text =
    R"(# Runs a step of overflight in a Slurm job; read by the job scripts beside it. To be edited at will.
#
# Before the time limit Slurm signals USR1 (see --signal in the scripts): the program is told to stop, which leaves what
# it has finished, and the job goes back to the queue, to go on from there. So it does where the program was killed.
program={program}
options={options}
max_restarts=20 # of a job: beyond that somebody should look

say() {{
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) job ${{SLURM_JOB_ID:-none}} on $(hostname): $*"
}}

# step COMMAND CONFIG [ARGUMENT]...
step() {{
    restarts=${{SLURM_RESTART_COUNT:-0}}
    say "$1, restart $restarts of at most $max_restarts"
    running='' warned=no ended=no
    trap 'warned=yes; [ -z "$running" ] || kill -TERM "$running"' USR1
    trap 'ended=yes; [ -z "$running" ] || kill -INT "$running"' TERM INT # a second TERM would end it at once
    eval "$program" '"$@"' "$options" --progress plain '&'
    running=$!
    [ $warned$ended = nono ] || kill -TERM "$running"
    code=0
    wait "$running" || code=$?
    while kill -0 "$running" 2>/dev/null; do # a signal, not the program's end, has ended the wait
        code=0
        wait "$running" || code=$?
    done
    again=0
    wait "$running" 2>/dev/null || again=$? # 127: was known; else it ended while the shell was at the signal
    [ $again -eq 127 ] || code=$again
    say "$1 ended with $code"

    [ $code -ne 130 ] || [ $warned = yes ] || ended=yes # somebody else has stopped it
    if [ $code -gt 128 ] && [ $ended = no ]; then
        if [ "$restarts" -lt "$max_restarts" ]; then
            say "back to the queue"
            scontrol requeue "$SLURM_JOB_ID" && exit 0
        fi
        say "not started again"
    fi
    # Gaps (exit code 1) are recorded in run.json and end with the last step, not before it.
    [ "$1" = finish ] || [ $code -ne 1 ] || code=0
    exit $code
}}
)";

class Scripts {
public:
    explicit Scripts(const SlurmJobs& jobs) : jobs_(jobs) {}

    std::vector<std::pair<std::string, std::string>> all() {
        const std::string shard = fmt::format(" --shard \"$SLURM_ARRAY_TASK_ID/{}\"", jobs_.tasks);
        job("survey", jobs_.survey_minutes, false, "Looks at every frame: balance, seams, hashes of the inputs.", "");
        job("compose", jobs_.compose_minutes, true, "The tiles of the mosaics, a part in each task.", shard);
        job("merge", jobs_.merge_minutes, false, "Puts the mosaics together from the parts.", "");
        if (jobs_.changes)
            job("detect", jobs_.detect_minutes, true, "The tiles of the change products, a part in each task.", shard);
        job("finish", jobs_.finish_minutes, false, "Puts the change products together, writes the report.", "");
        std::string options;
        for (const std::string& value : jobs_.overrides) options += " --set " + shell_word(value);
        if (jobs_.program_threads > 0) options += fmt::format(" --threads {}", jobs_.program_threads);
        if (jobs_.memory_mb > 0) options += fmt::format(" --memory-mb {}", jobs_.memory_mb);
        files_.emplace_back("step.sh",
                            fmt::format(step_text, fmt::arg("program", shell_word(jobs_.program)),
                                        fmt::arg("options", shell_word(options.empty() ? "" : options.substr(1)))));
        files_.emplace_back("submit.sh", submit());
        return std::move(files_);
    }

private:
    void job(const std::string& step, int minutes, bool array, const std::string& purpose,
             const std::string& arguments) {
        std::string text = "#!/bin/sh\n";
        const auto option = [&](const std::string& line) { text += "#SBATCH " + line + "\n"; };
        option("--job-name=overflight-" + step);
        if (array) {
            const int at_once = std::min(jobs_.nodes, jobs_.tasks);
            option(fmt::format("--array=1-{}", jobs_.tasks) + (at_once > 0 ? fmt::format("%{}", at_once) : ""));
        }
        option("--nodes=1");
        option("--ntasks=1");
        if (jobs_.nodes > 0) {
            option("--exclusive");
            option("--mem=0");
        } else {
            option(fmt::format("--cpus-per-task={}", jobs_.threads));
            option(fmt::format("--mem={}M", slurm_memory_mb(jobs_.memory_mb)));
        }
        option(fmt::format("--time={:02}:{:02}:00", minutes / 60, minutes % 60));
        option(fmt::format("--signal=B:USR1@{}", std::min(60, 30 * minutes)));
        option("--requeue");
        option("--open-mode=append");
        option(fmt::format("--output={}/{}-%{}.log\"", quoted_for_sbatch(jobs_.folder), step, array ? "A-%a" : "j"));
        if (!jobs_.partition.empty()) option("--partition=" + jobs_.partition);
        for (const std::string& more : jobs_.options) option(more);
        text += fmt::format("# {}\n. {}\nstep {} {}{}\n", purpose, shell_word((jobs_.folder / "step.sh").string()),
                            step, shell_word(jobs_.config.string()), arguments);
        files_.emplace_back(step + ".sh", text);
        steps_.push_back(step);
    }

    std::string submit() const {
        std::string text = "#!/bin/sh\n# Hands the steps to Slurm, each to start when the one before has succeeded. "
                           "Options are passed on to sbatch.\n"
                           "# What is finished is not done again: to go on after a failure, submit again.\nset -eu\n"
                           "scripts=" +
                           shell_word(jobs_.folder.string()) +
                           "\njobs=\n"
                           "trap '[ $? -eq 0 ] || [ -z \"$jobs\" ] || scancel $jobs' EXIT # all of them or none\n"
                           "submit() {\n"
                           "    step=$1\n"
                           "    shift\n"
                           "    job=$(sbatch --parsable \"$@\" \"$scripts/$step.sh\")\n"
                           "    job=${job%%;*} # of several clusters the name follows\n"
                           "    jobs=\"$jobs $job\"\n"
                           "    echo \"$step: job $job\"\n"
                           "}\n";
        for (const std::string& step : steps_) {
            text += "submit " + step + " \"$@\"";
            if (step != steps_.front()) text += " --dependency=afterok:\"$job\" --kill-on-invalid-dep=yes";
            text += "\n";
        }
        return text;
    }

    const SlurmJobs& jobs_;
    std::vector<std::pair<std::string, std::string>> files_;
    std::vector<std::string> steps_;
};

/// Numbers between the separators; empty where something else stands there.
std::vector<long> numbers(std::string_view text, char separator) {
    std::vector<long> values;
    while (true) {
        const std::size_t end = std::min(text.find(separator), text.size());
        long value = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + end, value);
        if (error != std::errc() || rest != text.data() + end || end == 0 || value < 0 || value > 100000) return {};
        values.push_back(value);
        if (end == text.size()) return values;
        text.remove_prefix(end + 1);
    }
}

} // namespace

std::vector<std::pair<std::string, std::string>> slurm_scripts(const SlurmJobs& jobs) {
    return Scripts(jobs).all();
}

std::string shell_word(const std::string& text) {
    constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::int64_t slurm_memory_mb(std::int64_t budget_mb) {
    return budget_mb + std::max<std::int64_t>(256, budget_mb / 8);
}

int slurm_minutes(const std::string& text) {
    const std::size_t dash = text.find('-');
    long seconds = 0;
    if (dash != std::string::npos) { // days-hours, days-hours:minutes, days-hours:minutes:seconds
        const std::vector<long> days = numbers(std::string_view(text).substr(0, dash), ':'),
                                rest = numbers(std::string_view(text).substr(dash + 1), ':');
        if (days.size() != 1 || rest.empty() || rest.size() > 3) return 0;
        seconds = days[0] * 86400;
        for (std::size_t i = 0, unit = 3600; i < rest.size(); ++i, unit /= 60)
            seconds += rest[i] * static_cast<long>(unit);
    } else { // minutes, minutes:seconds, hours:minutes:seconds
        const std::vector<long> parts = numbers(text, ':');
        if (parts.empty() || parts.size() > 3) return 0;
        if (parts.size() < 3) {
            seconds = parts[0] * 60 + (parts.size() == 2 ? parts[1] : 0);
        } else {
            seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
        }
    }
    return static_cast<int>(std::min<long>((seconds + 59) / 60, 525600));
}

} // namespace overflight::app
