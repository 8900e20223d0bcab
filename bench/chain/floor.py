#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The chain's time over the least that its bytes and samples take: frames at memcpy's rate, mosaic samples at the
resampling kernel's rate, layers at libdeflate's rate, each measured here on one core in turns with the runs, divided by
the threads. Medians; the ratio is of each run and the floor after it."""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import chain


def main():
    args = chain.parser(__doc__).parse_args()
    threads = len(os.sched_getaffinity(0))
    config = chain.workload_config(args)
    frames = sorted(str(f) for mission in "ab" for f in (args.workload / mission).glob("*.tif"))
    runs, floors = [], []
    with tempfile.TemporaryDirectory(prefix="overflight_floor_", dir=args.scratch) as folder:
        keep = pathlib.Path(folder) / "products"
        for _ in range(args.runs):  # in turns: a shared machine is faster and slower by the minute
            runs.append(chain.Run(config, args.scratch, options=["--threads", threads], keep=keep))
            os.sync()  # writing back is not the floor's
            parts = subprocess.run([chain.ROOT / "build" / "bench_floor", "--frames", *frames, "--products",
                                    *map(str, sorted(keep.glob("*.nc")))], check=True, capture_output=True).stdout
            floors.append(json.loads(parts))
    rows = [(part["name"], f"{part['amount']:.0f} {part['unit']}",
             f"{chain.median(floors, lambda floor: floor[i]['rate']):.0f} {part['unit']}/s",
             f"{chain.median(floors, lambda floor: floor[i]['seconds']):.2f}") for i, part in enumerate(floors[0])]
    chain.table(("part", "amount", "rate on one core", "seconds on one core"), rows)
    seconds = [sum(part["seconds"] for part in floor) / threads for floor in floors]
    ratios = [run.seconds / floor for run, floor in zip(runs, seconds)]
    chain.table(("", "seconds"), [
        (f"floor on {threads} threads", f"{statistics.median(seconds):.2f}"),
        ("chain", f"{chain.median(runs, lambda run: run.seconds):.2f}"),
        ("chain over floor", f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")])


if __name__ == "__main__":
    main()
