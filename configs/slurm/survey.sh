#!/bin/sh
#SBATCH --job-name=overflight-survey
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=9216M
#SBATCH --time=00:10:00
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="/project/out/slurm/survey-%j.log"
#SBATCH --partition=main
# Looks at every frame: balance, seams, hashes of the inputs.
. /project/out/slurm/step.sh
step survey /project/survey.toml
