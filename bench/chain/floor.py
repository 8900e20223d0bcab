#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The chain's time over the least that its bytes and samples take: frames at memcpy's rate, mosaic samples at the
resampling kernel's rate, layers at libdeflate's rate, each measured here on one core, divided by the threads."""
import json
import os
import pathlib
import subprocess
import tempfile

import chain


def main():
    args = chain.parser(__doc__).parse_args()
    threads = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="overflight_floor_", dir=args.scratch) as folder:
        keep = pathlib.Path(folder) / "products"
        config = chain.workload_config(args)
        runs = [chain.Run(config, args.scratch, options=["--threads", threads], keep=keep) for _ in range(args.runs)]
        frames = sorted(str(f) for mission in "ab" for f in (args.workload / mission).glob("*.tif"))
        parts = json.loads(subprocess.run([chain.ROOT / "build" / "bench_floor", "--frames", *frames, "--products",
                                           *map(str, sorted(keep.glob("*.nc")))], check=True,
                                          capture_output=True).stdout)
    floor = sum(part["seconds"] for part in parts) / threads
    rows = [(part["name"], f"{part['amount']:.0f} {part['unit']}", f"{part['rate']:.0f} {part['unit']}/s",
             f"{part['seconds']:.2f}") for part in parts]
    chain.table(("part", "amount", "rate on one core", "seconds on one core"), rows)
    seconds = chain.median(runs, lambda run: run.seconds)
    chain.table(("", "seconds"), [(f"floor on {threads} threads", f"{floor:.2f}"), ("chain", f"{seconds:.2f}"),
                                  ("chain over floor", f"{seconds / floor:.2f}")])


if __name__ == "__main__":
    main()
