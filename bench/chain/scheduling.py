#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a survey costs on a cluster, step by step, and what saturates first: the model of docs/scheduling.md.

Measured here, on a workload, each step a process of its own, by what the system counts for it: bytes read and written,
processor seconds, calls that name a file (with strace, where it is there). Runs in 1 and 4 shards give the model's
coefficients; a run in 16 is then predicted and held against its own measurement. The same coefficients, with the sizes
of the survey asked about, give the tables."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import chain

STEPS = ("survey", "compose", "merge", "detect", "finish")
SHARDED = ("compose", "detect")


@dataclasses.dataclass
class Cost:
    """Of one process, or of all tasks of a step."""
    read: float = 0  # bytes
    written: float = 0
    processor: float = 0  # seconds
    seconds: float = 0
    file_calls: float = 0

    def __add__(self, other):
        return Cost(*(a + b for a, b in zip(dataclasses.astuple(self), dataclasses.astuple(other))))

    def __sub__(self, other):
        return self + other * -1

    def __mul__(self, factor):
        return Cost(*(a * factor for a in dataclasses.astuple(self)))


def measure(command):
    """A process and what the system has counted for it when it has ended."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.monotonic() - start
    counters = dict(line.split(": ") for line in pathlib.Path(f"/proc/{process.pid}/io").read_text().splitlines())
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(float(counters["rchar"]), float(counters["wchar"]), usage.ru_utime + usage.ru_stime, seconds)


def file_calls(command, folder):
    """System calls of the command that name a file: what a metadata server answers."""
    counts = folder / "strace.txt"
    subprocess.run(["strace", "-f", "-qq", "-c", "-o", counts, "-e", "trace=%file", *command],
                   stdout=subprocess.DEVNULL, check=True)
    return sum(int(re.split(r"\s+", line.strip())[3]) for line in counts.read_text().splitlines()
               if re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+\d+\s+", line) and not line.rstrip().endswith("total"))


def commands(program, config, step, shards):
    base = [str(program), step, str(config), "--progress", "off"]
    return [[*base, "--shard", f"{i}/{shards}"] for i in range(1, shards + 1)] if step in SHARDED else [base]


def run_in_shards(program, config_of, shards, scratch, count_calls):
    """Cost of each step, all its tasks together, and bytes of the products."""
    with tempfile.TemporaryDirectory(prefix="overflight_bench_", dir=scratch) as name:
        folder = pathlib.Path(name)
        config = folder / "run.toml"
        config.write_text(config_of(folder / "out"))
        costs = {}
        for step in STEPS:
            costs[step] = Cost()
            for command in commands(program, config, step, shards):
                if count_calls:
                    costs[step] += Cost(file_calls=file_calls(command, folder))
                else:
                    costs[step] += measure(command)
        products = {file.stem: file.stat().st_size for file in (folder / "out").glob("*.nc")}
    return costs, products


def fit(few, many, shards_few, shards_many):
    """What a step costs in any case, and what each further shard adds."""
    per_shard = (many - few) * (1 / (shards_many - shards_few))
    return few - per_shard * (shards_few - 1), per_shard


def say_check(models, measured, shards):
    print(f"Predicted from 1 and 4 shards for {shards}, against the measured:\n")
    rows = []
    for step in STEPS:
        fixed, per_shard = models[step]
        predicted = fixed + per_shard * ((shards if step in SHARDED else 1) - 1)
        found = measured[step]
        rows.append((step, f"{predicted.read / 1e6:.1f}", f"{found.read / 1e6:.1f}", f"{predicted.written / 1e6:.1f}",
                     f"{found.written / 1e6:.1f}", f"{predicted.processor:.2f}", f"{found.processor:.2f}",
                     f"{predicted.file_calls:.0f}", f"{found.file_calls:.0f}"))
    chain.table(("step", "read MB", "measured", "written MB", "measured", "processor s", "measured", "file calls",
                 "measured"), rows)


def survey_table(args, models, sizes, headers):
    """The survey asked about: two missions and their comparison."""
    pixels, frames = 2 * args.mosaic_gpx * 1e9, 2 * args.frames
    by_pixels = pixels / sizes["pixels"]  # the survey asked about over the measured, by what a cost goes with
    by_bytes = frames * args.frame_mpx * 1e6 * 3 / sizes["frame_bytes"]
    by_side = by_pixels ** 0.5  # of the line between two shards
    more_frames = frames - sizes["frames"]  # whose headers each task reads beyond the measured

    rows, slowest = [], None
    for step in STEPS:
        fixed, per_shard = models[step]
        tasks = args.tasks if step in SHARDED else 1
        size = by_bytes if step == "survey" else by_pixels
        read = fixed.read * size + per_shard.read * by_side * (tasks - 1)
        written = fixed.written * size
        calls = fixed.file_calls + per_shard.file_calls * (tasks - 1) + tasks * more_frames * headers.file_calls
        processor = fixed.processor * size + max(per_shard.processor, 0) * (tasks - 1) + \
            tasks * more_frames * headers.processor
        nodes = min(args.nodes, tasks)
        times = {"processors": processor / (nodes * args.cores),
                 "network of the nodes": (read + written) / (nodes * args.node_gbs * 1e9),
                 "file system": (read + written) / (args.filesystem_gbs * 1e9),
                 "metadata": calls / args.metadata_per_s}
        if step not in SHARDED:
            times["one process"] = fixed.seconds * size
        bound = max(times, key=times.get)
        rows.append((step, tasks, f"{read / 1e12:.2f}", f"{written / 1e12:.2f}", f"{calls / 1e6:.2f}",
                     f"{processor / 3600:.1f}", *(f"{times[what]:.0f}" if what in times else "" for what in
                                                  ("processors", "network of the nodes", "file system", "metadata",
                                                   "one process"))))
        if slowest is None or times[bound] > slowest[1]:
            slowest = (step, times[bound], bound)
    print(f"2 missions of {args.frames} frames of {args.frame_mpx:g} Mpx to mosaics of {args.mosaic_gpx:g} Gpx each and their "
          f"comparison, on {args.nodes} nodes of {args.cores} cores ({args.node_gbs:g} GB/s each, {args.filesystem_gbs:g} "
          f"GB/s and {args.metadata_per_s:g} file calls a second of the file system), {args.tasks} shards; seconds by what "
          f"they would be spent on:\n")
    chain.table(("step", "tasks", "TB read", "TB written", "million file calls", "core hours", "processors",
                 "nodes' network", "file system", "metadata", "one process"), rows)
    print(f"saturates first: {slowest[0]}, {slowest[1]:.0f} s, by {slowest[2]}\n")


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--frames", type=int, default=4600)
    parser.add_argument("--frame-mpx", type=float, default=150)
    parser.add_argument("--mosaic-gpx", type=float, default=275)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--cores", type=int, default=32)
    parser.add_argument("--tasks", type=int, default=400)
    parser.add_argument("--node-gbs", type=float, default=2, help="to and from the file system, a node")
    parser.add_argument("--filesystem-gbs", type=float, default=100)
    parser.add_argument("--plan-ms", type=float, default=0.21, help="of a frame in the plan, as planning.py prints")
    parser.add_argument("--metadata-per-s", type=float, default=20000)
    args = parser.parse_args()

    config = chain.workload_config(args)
    measured = {}
    for shards in (1, 4, 16):
        measured[shards], products = run_in_shards(chain.PROGRAM, config, shards, args.scratch, False)
        if shutil.which("strace"):
            calls, _ = run_in_shards(chain.PROGRAM, config, shards, args.scratch, True)
            measured[shards] = {step: measured[shards][step] + calls[step] for step in STEPS}
    for step in STEPS:  # what does not depend on shards: as fast as it went without a neighbour's disturbance
        if step not in SHARDED:
            measured[1][step].seconds = min(costs[step].seconds for costs in measured.values())
    models = {step: fit(measured[1][step], measured[4][step], 1, 4) if step in SHARDED
              else (measured[1][step], Cost()) for step in STEPS}
    print("All tasks of a step together, by the number of shards:\n")
    chain.table(("step", "shards", "MB read", "MB written", "processor s", "seconds", "file calls"),
                [(step, shards, f"{cost.read / 1e6:.1f}", f"{cost.written / 1e6:.1f}", f"{cost.processor:.2f}",
                  f"{cost.seconds:.2f}", f"{cost.file_calls:.0f}")
                 for step in STEPS for shards in measured for cost in [measured[shards][step]]])
    say_check(models, measured[16], 16)

    frames = [file for mission in ("a", "b") for file in (args.workload / mission).glob("*.tif")]
    sizes = {"frames": len(frames), "frame_bytes": sum(file.stat().st_size for file in frames),
             "pixels": 2 * mosaic_pixels(config)}
    survey_table(args, models, sizes, header_cost(args, config))


def planned(config, what, *options):
    """`what` is called with a command that plans, and a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="overflight_bench_") as name:
        file = pathlib.Path(name) / "run.toml"
        file.write_text(config(pathlib.Path(name) / "out"))
        return what([str(chain.PROGRAM), "plan", str(file), *options], pathlib.Path(name))


def header_cost(args, config):
    """What each frame more costs every task, by plans with fewer and with all."""
    cost = Cost(processor=args.plan_ms / 1000)
    if shutil.which("strace"):
        one = sorted((args.workload / "a").glob("*.tif"))[0].resolve()
        count = len(list((args.workload / "a").glob("*.tif"))) - 1
        every, fewer = planned(config, file_calls), planned(config, file_calls, "--set", f"mission.0.frames={one}")
        cost.file_calls = (every - fewer) / count
        print(f"Calls that name a file for each frame that is planned: {cost.file_calls:.1f}\n")
    return cost


def mosaic_pixels(config):
    """Of one mosaic, by the plan."""
    plan = planned(config, lambda command, _: subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    width, height = map(int, re.search(r"grid\s+(\d+) x (\d+)", plan).groups())
    return width * height


if __name__ == "__main__":
    main()
