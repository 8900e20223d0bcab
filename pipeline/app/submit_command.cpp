// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/run_arguments.h"
#include "app/slurm_scripts.h"
#include "core/errors.h"
#include "io/atomic_file.h"
#include "stages/step_estimate.h"

#include <fmt/core.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <span>

namespace overflight::app {
namespace {

struct SubmitArguments {
    std::shared_ptr<RunArguments> run;
    int tasks = 0, nodes = 0;
    std::string time, partition, program;
    std::vector<std::string> options;
    bool dry_run = false;
};

constexpr int default_threads = 4;
/// A shard that takes much less is mostly start and planning; of one that takes much more a failure costs more.
constexpr double task_seconds = 600;
constexpr int most_tasks = 1000; ///< Slurm's default limit on arrays is 1001

/// Generous: what is asked for and not used costs a place in the queue, a limit that is hit costs a restart.
int minutes_for(double seconds) {
    return 5 * (1 + static_cast<int>(std::ceil(std::min(3 * seconds, 1e8) / 300)));
}

std::string path_of_this_program() {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "overflight" : path.string();
}

/// All that is asked of Slurm, from the plan.
SlurmJobs jobs_for(const SubmitArguments& arguments, const Config& config) {
    SlurmJobs jobs;
    RunOptions options = arguments.run->options;
    const bool whole_nodes = arguments.nodes > 0;
    jobs.threads = options.threads > 0      ? options.threads
                   : config.run.threads > 0 ? config.run.threads
                                            : default_threads;
    jobs.memory_mb = options.memory_mb > 0 ? options.memory_mb : config.run.memory_mb;
    jobs.program_threads = options.threads;
    options.threads = jobs.threads;
    // without a figure any budget is enough for the plan, which then says what it needs at least
    options.memory_mb = jobs.memory_mb > 0 ? jobs.memory_mb : std::int64_t{1} << 30;
    const Plan plan = plan_run(config, options, StepKind::survey);
    if (jobs.memory_mb == 0 && !whole_nodes)
        jobs.memory_mb = std::max<std::int64_t>(2 * ((plan.memory.least >> 20) + 1), std::int64_t{1024} * jobs.threads);

    const StepEstimate estimate = estimate_steps(plan);
    const auto fitting = static_cast<int>(
        std::clamp(std::ceil(estimate.compose_s / jobs.threads / task_seconds), 1.0, double{most_tasks}));
    jobs.tasks = arguments.tasks > 0 ? arguments.tasks : whole_nodes ? arguments.nodes : fitting;
    jobs.nodes = arguments.nodes;
    const auto minutes = [&](double shared_s, double own_s, int tasks) {
        const double seconds = shared_s / jobs.threads / tasks + own_s;
        return arguments.time.empty() ? minutes_for(seconds) : slurm_minutes(arguments.time);
    };
    jobs.survey_minutes = minutes(estimate.survey_s, 0, 1);
    jobs.compose_minutes = minutes(estimate.compose_s, 0, jobs.tasks);
    jobs.merge_minutes = minutes(estimate.model_s, estimate.merge_s, 1);
    jobs.detect_minutes = minutes(estimate.detect_s, 0, jobs.tasks);
    jobs.finish_minutes = minutes(0, estimate.finish_s, 1);

    jobs.program = arguments.program.empty() ? shell_word(path_of_this_program()) : arguments.program;
    jobs.config = std::filesystem::absolute(arguments.run->config->path);
    jobs.overrides = arguments.run->config->overrides;
    jobs.folder = config.output.folder / "slurm";
    jobs.changes = !config.changes.empty();
    jobs.partition = arguments.partition;
    jobs.options = arguments.options;
    return jobs;
}

int submit(const SubmitArguments& arguments) {
    if (!arguments.time.empty() && slurm_minutes(arguments.time) == 0)
        throw InputError(Problem{.message = fmt::format("--time: found \"{}\"; give minutes, hours:minutes:seconds or "
                                                        "days-hours, as sbatch has them",
                                                        arguments.time)});
    const SlurmJobs jobs = jobs_for(arguments, arguments.run->config->load());
    const auto scripts = slurm_scripts(jobs);
    if (arguments.dry_run) {
        for (const auto& [name, text] : scripts) fmt::print("==> {} <==\n{}\n", (jobs.folder / name).string(), text);
        return done;
    }
    std::filesystem::create_directories(jobs.folder);
    for (const auto& [name, text] : scripts) write_file(jobs.folder / name, std::as_bytes(std::span(text)));
    const std::string hand_over = (jobs.folder / "submit.sh").string();
    setenv("OVERFLIGHT_SUBMIT", hand_over.c_str(), 1); // so that no path needs quoting
    const int status = std::system("exec sh \"$OVERFLIGHT_SUBMIT\"");
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw RunError(fmt::format("Slurm did not take the jobs; the scripts stand in {} (sh submit.sh tries again)",
                                   jobs.folder.string()));
    return done;
}

} // namespace

Command submit_command() {
    return {"submit", "Write a run's steps as Slurm job scripts and submit them",
            "overflight submit configs/ngi.toml --tasks 16 --partition main --dry-run", [](CLI::App& parser) {
                const auto arguments = std::make_shared<SubmitArguments>();
                arguments->run = declare_run_arguments(parser);
                parser.get_option("--threads")
                    ->description(fmt::format("Processors of a task; default: run.threads, else {}", default_threads));
                parser.get_option("--memory-mb")
                    ->description("Memory budget of a task in MiB; default: run.memory_mb, else by the plan");
                parser
                    .add_option("--tasks", arguments->tasks,
                                "Parts that tiles are divided into, a task each; default: by the plan's estimate")
                    ->check(CLI::Range(1, 100000));
                parser
                    .add_option("--nodes", arguments->nodes,
                                "Give each task a whole node, and use so many nodes at a time; default: tasks share "
                                "nodes, as many at a time as the cluster has room for")
                    ->check(CLI::Range(1, 100000));
                parser.add_option("--time", arguments->time,
                                  "Time limit of each job, as sbatch has it; default: three times the estimate. A job "
                                  "that hits it goes on where it was");
                parser.add_option("--partition", arguments->partition, "Partition; default: the cluster's");
                parser
                    .add_option("--sbatch", arguments->options,
                                "One more option of sbatch, as in --sbatch=--account=survey; may be repeated")
                    ->expected(1)
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
                parser.add_option("--program", arguments->program,
                                  "What the jobs call, as in \"apptainer run overflight.sif\"; default: this program");
                parser.add_flag("--dry-run", arguments->dry_run, "Print the scripts; write and submit nothing");
                return [arguments] { return submit(*arguments); };
            }};
}

} // namespace overflight::app
