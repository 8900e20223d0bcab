#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to do a run in parts on one machine: all steps with N shards, one process after another, over one run;
and a second run over products that are there: processor seconds, which other users of the machine change least, and
seconds by the clock. Products are compared byte by byte."""
import filecmp
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import chain


def timed(*words):
    """Seconds of processor and by the clock."""
    start = time.monotonic()
    process = subprocess.Popen([str(chain.PROGRAM), *map(str, words), "--progress", "off"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"failed: {words}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--shards", type=int, default=16)
    args = parser.parse_args()
    threads = ["--threads", len(os.sched_getaffinity(0))]
    make, count = chain.workload_config(args), args.shards
    one, parts, again = [], {}, []
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory(prefix="overflight_shards_", dir=args.scratch) as folder:
            folder = pathlib.Path(folder)
            for name in ("one", "parts"):
                (folder / f"{name}.toml").write_text(make(folder / name))
            one.append(timed("run", folder / "one.toml", *threads))
            again.append(timed("run", folder / "one.toml", *threads))
            seconds = {}
            for step in ("survey", "compose", "merge", "detect", "finish"):
                for i in range(1, count + 1) if step in ("compose", "detect") else (0,):
                    shard = ["--shard", f"{i}/{count}"] if i else []
                    seconds[step] = seconds.get(step, 0) + timed(step, folder / "parts.toml", *shard, *threads)
            for step, value in seconds.items():
                parts.setdefault(step, []).append(value)
            for product in ("a.nc", "b.nc", "a__b.nc"):
                if not filecmp.cmp(folder / "one" / product, folder / "parts" / product, shallow=False):
                    raise SystemExit(f"{product} differs")
    medians = {step: statistics.median(values) for step, values in parts.items()}
    whole, total = statistics.median(one), sum(medians.values())
    rows = [("one run", f"{whole:.2f}", ""), (f"{count} shards", f"{total:.2f}", f"{total / whole:.2f}")]
    rows += [(step, f"{value:.2f}", f"{value / whole:.2f}") for step, value in medians.items()]
    rows.append(("a run over the same input again", f"{statistics.median(again):.2f}",
                 f"{statistics.median(again) / whole:.2f}"))
    chain.table(("", "seconds", "over one run"), rows)


if __name__ == "__main__":
    main()
