#!/bin/sh
#SBATCH --job-name=overflight-finish
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=9216M
#SBATCH --time=00:10:00
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/project/out/slurm/finish-%j.log"
#SBATCH --partition=main
# Puts the change products together, writes the report.
. /project/out/slurm/step.sh
step finish /project/survey.toml
