# SPDX-License-Identifier: Apache-2.0
"""cluster_test.py PROGRAM shards|kills: runs on a Slurm cluster of three nodes that the test starts on this machine.

  shards  four shards over three nodes, one of them asked to go back to the queue: the bytes of a single run
  kills   ten single runs and ten shards killed at random instants, a node that fails, a job at its time limit: the bytes
          of an undisturbed run, and nothing done again that was done before the last checkpoint (counted)

Exit code 77, skipped, where no cluster can be started. The random instants come from a seed, which is printed; --seed N
repeats them as far as instants can be repeated."""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cluster
import journals
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


# --- kills ---


class Kills:
    """Random instants, and the count of what a kill costs."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.single = self.shards = 0
        self.kept = self.total = 0  # tiles that were there after kills and were taken; all tiles of the runs


def grid_of(config, product):
    """Columns and rows of pixels of a product's grid, by the plan."""
    plan = subprocess.run([PROGRAM, "plan", config], capture_output=True, text=True, check=True).stdout
    name = f"change {product.replace('__', ' -> ')}" if "__" in product else f"mission {product}"
    return tuple(map(int, re.search(rf"^{name}$.*?grid +(\d+) x (\d+)", plan, re.M | re.S).groups()))


def megapixels(tiles, grid):
    columns = -(-grid[0] // 512)
    return sum(min(512, grid[0] - tile % columns * 512) * min(512, grid[1] - tile // columns * 512)
               for tile in tiles) / 1e6


class WatchedRun:
    """`run` in a process of its own, and what it says of its progress and when."""

    def __init__(self, config, folder):
        command = [PROGRAM, "run", config, "--set", f"output.folder={folder}", "--set",
                   f"run.checkpoint_s={CHECKPOINT_S}", "--threads", "2", "--memory-mb", "512", "--progress", "json"]
        self.events = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] in ("progress", "end"):
                self.events.append((time.monotonic(), event["stage"], event["done"]))

    def end(self):
        """Exit code, once it is over."""
        code = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        return code

    def done_before(self, instant):
        """What it had finished by then: stage to Mpx."""
        return {stage: done for at, stage, done in self.events if at < instant}


def tiles_of(folder):
    """Tiles that the run that has just ended says it has computed, and reused."""
    tiles = json.loads((folder / "run.json").read_text())["tiles"]
    return sum(entry["computed"] for entry in tiles), sum(entry["reused"] for entry in tiles)


def kill_single_runs(config, folder, wanted, duration, kills, count):
    grids = {product: grid_of(config, product) for product in ("before", "after", "before__after")}
    while kills.single < count:
        shutil.rmtree(folder, ignore_errors=True)
        left = {}
        while kills.single < count:
            run = WatchedRun(config, folder)
            time.sleep(kills.random.uniform(0.05, 0.6) * duration)
            killed_at = time.monotonic()
            run.process.kill()
            if run.end() == 0:
                break  # it was faster
            kills.single += 1
            found = journals.read(folder)
            for product, tiles in left.items():
                assert tiles <= found.get(product, set()), f"tiles of {product} that had been finished are gone"
            left = found
            for stage, done in run.done_before(killed_at - CHECKPOINT_S).items():
                what, _, product = stage.partition(" ")
                if what in ("compose", "score") and product in grids:
                    kept = megapixels(left.get(product, set()), grids[product])
                    assert kept >= done - 1e-3, f"{stage}: {done} Mpx were finished, {kept} are left"
        before = sum(map(len, left.values()))
        last = WatchedRun(config, folder)
        assert last.end() == 0
        same(folder, wanted)
        computed, reused = tiles_of(folder)
        assert reused >= before, f"{before} tiles were finished, {reused} were taken"
        kills.kept += reused
        kills.total += computed + reused


def statuses(folder):
    """What each step and shard has put on record of itself."""
    return [json.loads(file.read_text()) for file in (folder / ".work" / "status").glob("*.json")]


def kill_shards(slurm, config, folder, wanted, kills, count, calm_s=0.2):
    """Kills the programs of shards at random instants until `count` were; the chain is to end well each time."""
    while kills.shards < count:
        shutil.rmtree(folder, ignore_errors=True)
        known = set(slurm.jobs())
        submit(slurm, config, folder)
        left = {}  # (step, shard) to tiles in its journals after its last kill
        seen = {}  # process to when it is to be killed

        def disturb():
            for step in ("compose", "detect"):
                for number, job in running(slurm, step).items():
                    process = at_work(number)
                    if process is None or kills.shards >= count:
                        continue
                    instant = seen.setdefault(process, time.monotonic() + kills.random.uniform(calm_s, 2.0))
                    if time.monotonic() >= instant and instant > 0:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(process, signal.SIGKILL)
                            seen[process] = -1.0
                            kills.shards += 1
                            shard = job["ArrayTaskId"]
                            time.sleep(0.1)  # until it is gone
                            left[step, shard] = shard_tiles(folder, step, shard)

        jobs = slurm.wait_for_jobs(400, disturb, ignore=known)
        succeeded(slurm, jobs, folder)
        same(folder, wanted)
        recorded = statuses(folder)
        for (step, shard), tiles in left.items():
            mine = [status for status in recorded
                    if status["step"] == step and status["part"] == f"{shard}/4"]
            assert mine, (step, shard, recorded)
            reused = sum(status["reused"] for status in mine)
            assert reused >= tiles, f"{step} {shard}/4: {tiles} tiles were finished, {reused} were taken"
            kills.kept += reused
            kills.total += sum(status["computed"] for status in mine) + reused


def shard_tiles(folder, step, shard):
    """Finished tiles of a shard, of mosaics or of changes."""
    return sum(len(tiles) for product, tiles in journals.read(folder, f"shard-{shard}of4").items()
               if ("__" in product) == (step == "detect"))


def lose_a_node(slurm, config, folder, wanted):
    """The node of the first shard goes while it works: the shard ends elsewhere."""
    known = set(slurm.jobs())
    submit(slurm, config, folder)
    held = HeldBack(slurm, "compose")

    def disturb():
        if held.look():
            slurm.fail_node(held.node)

    jobs = slurm.wait_for_jobs(240, disturb, ignore=known)
    succeeded(slurm, jobs, folder)
    assert held.job is not None and int(jobs[held.job]["Restarts"]) >= 1, jobs.get(held.job)
    assert jobs[held.job]["NodeList"] != held.node, "the lost node has done it"
    same(folder, wanted)


def hit_the_time_limit(slurm, config, folder, wanted):
    """A shard that does not end within its minute: Slurm warns it, and it goes back to the queue by itself."""
    known = set(slurm.jobs())
    submit(slurm, config, folder, "--time", "1")
    held = HeldBack(slurm, "compose")

    def disturb():
        held.look()
        if held.process is not None and time.monotonic() > held.since + 50:
            held.go_on()  # after the warning, before the end of the minute

    jobs = slurm.wait_for_jobs(300, disturb, ignore=known)
    succeeded(slurm, jobs, folder)
    log = next((folder / "slurm").glob(f"compose-*-{jobs[held.job]['ArrayTaskId']}.log")).read_text()
    assert int(jobs[held.job]["Restarts"]) == 1 and "back to the queue" in log, log
    same(folder, wanted)


def check_kills(slurm, folder):
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else random.randrange(1 << 30)
    print(f"--seed {seed}", flush=True)
    config = small_project.make_project(PROGRAM, folder, side_m=200, resolution_m=0.04)
    start = time.monotonic()
    wanted = run_whole(config, folder / "single")
    duration = time.monotonic() - start
    kills = Kills(seed)
    kill_single_runs(config, folder / "killed", wanted, duration, kills, 10)
    print(f"{kills.single} single runs killed", flush=True)
    kill_shards(slurm, config, folder / "out", wanted, kills, 10)
    print(f"{kills.shards} shards killed: the bytes of an undisturbed run; of {kills.total} tiles {kills.kept} were there "
          "already, none was made twice that had been finished", flush=True)
    hit_the_time_limit(slurm, config, folder / "limit", wanted)
    print("a shard at its time limit: likewise", flush=True)
    lose_a_node(slurm, config, folder / "lost", wanted)  # the last: Slurm requeues what runs on a node that is back
    print("a node lost: likewise", flush=True)


def main():
    part = sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="overflight_") as scratch:
        folder = pathlib.Path(scratch).resolve()
        try:
            with cluster.Cluster(folder / "cluster") as slurm:
                {"shards": check_shards, "kills": check_kills}[part](slurm, folder / "project")
        except cluster.CannotStart as reason:
            print(f"SKIPPED: no Slurm: {reason}")
            sys.exit(77)


main()
