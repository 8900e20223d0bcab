#!/bin/sh
#SBATCH --job-name=overflight-merge
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=9216M
#SBATCH --time=00:10:00
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/project/out/slurm/merge-%j.log"
#SBATCH --partition=main
# Puts the mosaics together from the parts.
. /project/out/slurm/step.sh
step merge /project/survey.toml
