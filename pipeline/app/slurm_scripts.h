// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace overflight::app {

/// A run as Slurm jobs: one a step, each after the one before; those over tiles are arrays with one task a shard.
struct SlurmJobs {
    std::string program;                ///< words of a shell, as "apptainer run overflight.sif"
    std::filesystem::path config;       ///< absolute
    std::vector<std::string> overrides; ///< of --set
    int program_threads = 0;            ///< for --threads; 0: by the allocation
    std::filesystem::path folder;       ///< of the scripts and the jobs' logs, absolute
    bool changes = true;                ///< there are missions to compare
    int tasks = 1;                      ///< shards of each array
    int nodes = 0;                      ///< whole nodes, so many at a time; 0: a part of a node for each task
    int threads = 1;                    ///< of a task; without whole nodes only
    std::int64_t memory_mb = 0;         ///< budget of a task; 0: by the node, with whole nodes
    std::string partition;              ///< empty: the cluster's default
    std::vector<std::string> options;   ///< more of sbatch's, as "--account=survey"
    /// Time limits in minutes.
    int survey_minutes = 1, compose_minutes = 1, merge_minutes = 1, detect_minutes = 1, finish_minutes = 1;
};

/// What is written into SlurmJobs::folder, name and text: a script a job, step.sh that they have in common, submit.sh
/// that hands them to Slurm.
std::vector<std::pair<std::string, std::string>> slurm_scripts(const SlurmJobs& jobs);

/// A word for the shell, quoted where need be.
std::string shell_word(const std::string& text);

/// What Slurm is asked to give a task for a memory budget: what the budget does not count comes on top. MiB.
std::int64_t slurm_memory_mb(std::int64_t budget_mb);

/// "90", "1:30:00", "2-00", "1-12:30", as sbatch reads it, in minutes, rounded up. 0 where it is none of them.
int slurm_minutes(const std::string& text);

} // namespace overflight::app
