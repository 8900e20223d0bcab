#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to do a run in parts on one machine: all steps with N shards, a process a shard and then all shards of a
step in one process, over one run; a second run over products that are there; and a run that brings its files to the disk
every second over one that never does. Seconds of processor, which others on the machine change least, and by the clock;
medians. Products are compared byte by byte."""
import filecmp
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import chain

STEPS = ("survey", "compose", "merge", "detect", "finish")
PRODUCTS = ("a.nc", "b.nc", "a__b.nc")


def total(costs):
    return tuple(map(sum, zip(*costs)))


def timed(*words):
    """Seconds of processor and by the clock."""
    start = time.monotonic()
    process = subprocess.Popen([str(chain.PROGRAM), *map(str, words), "--progress", "off"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"failed: {words}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start


def in_parts(config, count, together, threads):
    """Cost of each step."""
    costs = {}
    for step in STEPS:
        shards = [[]]
        if step in ("compose", "detect"):
            shards = [[f"1-{count}/{count}"]] if together else [[f"{i}/{count}"] for i in range(1, count + 1)]
        costs[step] = total(timed(step, config, *(["--shard"] + shard if shard else []), *threads) for shard in shards)
    return costs


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--shards", type=int, default=16)
    args = parser.parse_args()
    threads = ["--threads", len(os.sched_getaffinity(0))]
    make, count = chain.workload_config(args), args.shards
    costs = {}

    def note(name, cost):
        costs.setdefault(name, []).append(cost)

    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="overflight_shards_", dir=args.scratch) as folder:
            folder = pathlib.Path(folder)

            def config_of(name):
                (folder / f"{name}.toml").write_text(make(folder / name))
                return folder / f"{name}.toml"

            note("one run", timed("run", config_of("one"), *threads))
            note("a run over the same input again", timed("run", folder / "one.toml", *threads))
            for interval in (1, 3600):
                note(f"one run, checkpoints every {interval} s",
                     timed("run", config_of(f"every{interval}"), *threads, "--set", f"run.checkpoint_s={interval}"))
            for together, name in ((False, f"{count} shards, a process each"), (True, f"{count} shards, a process a step")):
                parts = in_parts(config_of(name.replace(" ", "_")), count, together, threads)
                note(name, total(parts.values()))
                for step, cost in parts.items():
                    note(f"{name}: {step}", cost)
                for product in PRODUCTS:
                    if not filecmp.cmp(folder / "one" / product, folder / name.replace(" ", "_") / product, shallow=False):
                        raise SystemExit(f"{product} differs: {name}")

    def median(name, what):
        return statistics.median(cost[what] for cost in costs[name])

    chain.table(("", "processor s", "over one run", "s by the clock", "over one run"),
                [(name, *(text for what in (0, 1) for text in
                          (f"{median(name, what):.2f}", f"{median(name, what) / median('one run', what):.2f}")))
                 for name in costs])


if __name__ == "__main__":
    main()
