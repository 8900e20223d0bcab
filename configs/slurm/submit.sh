#!/bin/sh
# Hands the steps to Slurm, each to start when the one before has succeeded. Options are passed on to sbatch.
# What is finished is not done again: to go on after a failure, submit again.
set -eu
scripts=/project/out/slurm
jobs=
trap '[ $? -eq 0 ] || [ -z "$jobs" ] || scancel $jobs' EXIT # all of them or none
submit() {
    step=$1
    shift
    job=$(sbatch --parsable "$@" "$scripts/$step.sh")
    job=${job%%;*} # of several clusters the name follows
    jobs="$jobs $job"
    echo "$step: job $job"
}
submit survey "$@"
submit compose "$@" --dependency=afterok:"$job" --kill-on-invalid-dep=yes
submit merge "$@" --dependency=afterok:"$job" --kill-on-invalid-dep=yes
submit detect "$@" --dependency=afterok:"$job" --kill-on-invalid-dep=yes
submit finish "$@" --dependency=afterok:"$job" --kill-on-invalid-dep=yes
