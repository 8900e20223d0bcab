#!/bin/sh
#SBATCH --job-name=overflight-detect
#SBATCH --array=1-16
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=9216M
#SBATCH --time=00:10:00
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/project/out/slurm/detect-%A-%a.log"
#SBATCH --partition=main
# The tiles of the change products, a part in each task.
. /project/out/slurm/step.sh
step detect /project/survey.toml --shard "$SLURM_ARRAY_TASK_ID/16"
