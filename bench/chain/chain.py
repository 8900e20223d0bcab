# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of the whole chain share: a workload's config, timed runs of the program, tables."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "overflight"


def parser(what):
    made = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("workload", type=pathlib.Path,
                      help="folder with missions a/ and b/, interior.yaml, exterior.csv, exterior.prj and dem.tif")
    made.add_argument("--resolution", type=float, required=True, help="of the mosaics, in metres")
    made.add_argument("--runs", type=int, default=3, help="runs of each kind; medians are shown")
    made.add_argument("--scratch", type=pathlib.Path, default=None, help="where products go; default: TMPDIR")
    return made


def config_text(workload, resolution, out, missions=("a", "b")):
    def mission(name):
        return (f'[[mission]]\nname = "{name}"\nframes = ["{workload}/{name}/*.tif"]\ncamera = "frame"\n'
                f'interior = "{workload}/interior.yaml"\nexterior = "{workload}/exterior.csv"\npose_space = "map"\n')

    change = '[[change]]\nbefore = "a"\nafter = "b"\n' if len(missions) == 2 else ""
    return (f'[output]\nfolder = "{out}"\ncrs = "{workload}/exterior.prj"\nresolution_m = {resolution}\n'
            f'[terrain]\nfile = "{workload}/dem.tif"\nheights = "same_as_poses"\n'
            + "".join(mission(name) for name in missions) + change)


class Run:
    """One run of the program on a config, a process of its own: seconds by the clock, seconds of processor, MiB at
    the peak, seconds a stage ("compose", "score", ...; missions added up), bytes of the products."""

    def __init__(self, config, scratch=None, program=PROGRAM, options=(), keep=None):
        with tempfile.TemporaryDirectory(prefix="overflight_bench_", dir=scratch) as folder:
            out = pathlib.Path(folder) / "out"
            file = pathlib.Path(folder) / "run.toml"
            file.write_text(config(out))
            command = [str(program), "run", str(file), "--progress", "off", *map(str, options)]
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - start
            if os.waitstatus_to_exitcode(status) != 0:
                raise SystemExit(f"failed: {' '.join(command)}")
            self.processor = usage.ru_utime + usage.ru_stime
            self.peak_mib = usage.ru_maxrss / 1024
            report = json.loads((out / "run.json").read_text())
            self.stages, self.megapixels = {}, {}
            for stage in report["stages"]:
                name = stage["name"].split()[0]
                self.stages[name] = self.stages.get(name, 0) + stage["seconds"]
                self.megapixels[name] = self.megapixels.get(name, 0) + stage.get("megapixels", 0)
            self.bytes = sum(product["bytes"] for product in report["products"])
            if keep:
                shutil.rmtree(keep, ignore_errors=True)
                shutil.copytree(out, keep)


def workload_config(args, missions=("a", "b")):
    return lambda out: config_text(args.workload.resolve(), args.resolution, out, missions)


def median(runs, what):
    return statistics.median(what(run) for run in runs)


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "|".join(" --- " for _ in header) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()
