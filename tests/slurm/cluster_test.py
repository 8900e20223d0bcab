# SPDX-License-Identifier: Apache-2.0
"""cluster_test.py PROGRAM shards|kills: runs on a Slurm cluster of three nodes that the test starts on this machine.

  shards  four shards over three nodes, one of them asked to go back to the queue: the bytes of a single run
  kills   ten single runs and ten shards killed at random instants, a node that fails, a job at its time limit: the bytes
          of an undisturbed run, and nothing done again that was done before the last checkpoint (counted)

Exit code 77, skipped, where no cluster can be started. The random instants come from a seed, which is printed; --seed N
repeats them as far as instants can be repeated."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import cluster
import small_project

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
CHECKPOINT_S = 1.0
OPTIONS = ["--tasks", "4", "--threads", "2", "--memory-mb", "512", "--set", f"run.checkpoint_s={CHECKPOINT_S}"]


def products(folder):
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.nc"))}
    assert sorted(found) == ["after.nc", "before.nc", "before__after.nc"], (folder, sorted(found))
    return found


def same(folder, wanted):
    for name, content in products(folder).items():
        assert content == wanted[name], f"{folder / name} differs from the undisturbed run's"


def run_whole(config, folder):
    """An undisturbed run; its products."""
    command = [PROGRAM, "run", config, "--set", f"output.folder={folder}", "--threads", "2", "--memory-mb", "512"]
    subprocess.run([*command, "--progress", "off"], check=True, stdout=subprocess.DEVNULL)
    return products(folder)


def at_work(job):
    """The process of the program that a job runs, or None."""
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "exe") == str(PROGRAM):
                    if f"SLURM_JOB_ID={job}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                        return int(entry.name)
    return None


def running(slurm, step):
    """Jobs of a step that run now: number to record."""
    return {number: job for number, job in slurm.jobs().items()
            if job["JobName"] == f"overflight-{step}" and job["JobState"] == "RUNNING"}


def submit(slurm, config, folder, *options):
    slurm.command(str(PROGRAM), "submit", str(config), "--set", f"output.folder={folder}", *OPTIONS, *options)


def succeeded(slurm, jobs, folder):
    for number, job in jobs.items():
        logs = "".join(f"-- {log.name}\n{log.read_text()}" for log in sorted((folder / "slurm").glob("*.log")))
        assert job["JobState"] == "COMPLETED" and job["ExitCode"] == "0:0", f"{number}: {job}\n{logs}\n{slurm.logs()}"


class HeldBack:
    """Stops the program of the first job of a step that runs, as soon as it does; lets it go on when told to."""

    def __init__(self, slurm, step):
        self.slurm, self.step = slurm, step
        self.job = self.process = self.node = self.since = None

    def look(self):
        if self.process is None:
            for number, job in running(self.slurm, self.step).items():
                process = at_work(number)
                if process is not None:
                    os.kill(process, signal.SIGSTOP)
                    self.job, self.process, self.node, self.since = number, process, job["NodeList"], time.monotonic()
                    return True
        return False

    def go_on(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGCONT)


def check_shards(slurm, folder):
    config = small_project.make_project(PROGRAM, folder, side_m=200, resolution_m=0.1)
    wanted = run_whole(config, folder / "single")

    submit(slurm, config, folder / "out")
    held = HeldBack(slurm, "compose")

    def disturb():
        if held.look():
            slurm.command("scancel", "--signal=USR1", "--batch", str(held.job))
            time.sleep(0.3)
            held.go_on()

    jobs = slurm.wait_for_jobs(180, disturb)
    succeeded(slurm, jobs, folder / "out")
    arrays = {step: [job for job in jobs.values() if job["JobName"] == f"overflight-{step}"]
              for step in ("survey", "compose", "merge", "detect", "finish")}
    assert {step: len(found) for step, found in arrays.items()} == {
        "survey": 1, "compose": 4, "merge": 1, "detect": 4, "finish": 1}
    assert sum(int(job["Restarts"]) for job in jobs.values()) == 1, "the warned task alone starts twice"
    nodes = {job["NodeList"] for job in arrays["compose"] + arrays["detect"]}
    assert nodes == set(cluster.NODES), nodes
    same(folder / "out", wanted)
    print("4 shards on 3 nodes, one sent back to the queue: the bytes of a single run")


def main():
    part = sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="overflight_") as scratch:
        folder = pathlib.Path(scratch).resolve()
        try:
            with cluster.Cluster(folder / "cluster") as slurm:
                {"shards": check_shards}[part](slurm, folder / "project")
        except cluster.CannotStart as reason:
            print(f"SKIPPED: no Slurm: {reason}")
            sys.exit(77)


main()
