# SPDX-License-Identifier: Apache-2.0
"""submit_test.py PROGRAM EXAMPLES: what `overflight submit` writes, without a cluster. sbatch, scontrol and the program
that the jobs call are stand-ins that note how they are called.

submit_test.py PROGRAM EXAMPLES --write writes the examples anew."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import small_project

PROGRAM, EXAMPLES = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
EXAMPLE_OPTIONS = ["--tasks", "16", "--threads", "8", "--memory-mb", "8192", "--partition", "main", "--program",
                   "overflight"]
STEPS = ["survey", "compose", "merge", "detect", "finish"]

# Works until it is told to stop, by a handler even for what was ignored when it started, as the program has it.
WORKS = """exec /usr/bin/python3 -c '
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: os._exit({code}))
print("working", flush=True)
time.sleep(20)'"""


def submit(config, *options, environment=None, code=0):
    outcome = subprocess.run([PROGRAM, "submit", config, *options], capture_output=True, text=True, env=environment)
    assert outcome.returncode == code, f"{options}: {outcome.returncode}\n{outcome.stdout}{outcome.stderr}"
    return outcome.stdout + (outcome.stderr if code else "")


def scripts_in(text):
    """Name to text, of what --dry-run prints."""
    parts = re.split(r"^==> (.+) <==\n", text, flags=re.M)[1:]
    return {pathlib.Path(name).name: body[:-1] for name, body in zip(parts[::2], parts[1::2])}


def options_of(script):
    return re.findall(r"^#SBATCH (.+)$", script, re.M)


def check_examples(config):
    text = submit(config, *EXAMPLE_OPTIONS, "--dry-run").replace(str(config.parent), "/project")
    scripts = scripts_in(text)
    if "--write" in sys.argv:
        EXAMPLES.mkdir(exist_ok=True)
        for name, script in scripts.items():
            (EXAMPLES / name).write_text(script)
    assert sorted(scripts) == sorted(path.name for path in EXAMPLES.iterdir()), sorted(scripts)
    for name, script in scripts.items():
        assert script == (EXAMPLES / name).read_text(), f"{EXAMPLES / name} is not what submit writes:\n{script}"
        subprocess.run(["sh", "-n", EXAMPLES / name], check=True)
    assert not (config.parent / "out").exists(), "--dry-run has written something"


def check_options(config):
    def dry(*options):
        return scripts_in(submit(config, *options, "--dry-run"))

    scripts = dry()
    assert "--cpus-per-task=4" in options_of(scripts["compose.sh"])
    assert "--array=1-1" in options_of(scripts["compose.sh"]), "a small run is one task"
    assert not any(option.startswith("--array") for step in ("survey", "merge", "finish")
                   for option in options_of(scripts[f"{step}.sh"]))
    memory = int(re.search(r"--mem=(\d+)M", scripts["compose.sh"])[1])
    budget = int(re.search(r"--memory-mb (\d+)", scripts["step.sh"])[1])
    assert budget * 1.1 < memory < budget * 1.2 + 256, (budget, memory)
    subprocess.run([PROGRAM, "plan", config, "--threads", "4", "--memory-mb", str(budget)], check=True,
                   stdout=subprocess.DEVNULL)

    scripts = dry("--nodes", "3", "--tasks", "7", "--time", "1:30:00", "--sbatch=--account=survey", "--sbatch",
                  "--qos=low")
    for option in ("--array=1-7%3", "--exclusive", "--mem=0", "--time=01:30:00", "--account=survey", "--qos=low",
                   "--signal=B:USR1@60"):
        assert option in options_of(scripts["detect.sh"]), (option, scripts["detect.sh"])
    assert "--memory-mb" not in scripts["step.sh"] and "--cpus-per-task" not in scripts["detect.sh"]
    assert "--array=1-3%3" in options_of(dry("--nodes", "3")["compose.sh"])
    assert "--signal=B:USR1@30" in options_of(dry("--time", "1")["compose.sh"])
    assert "--time=36:00:00" in options_of(dry("--time", "1-12")["compose.sh"])

    scripts = dry("--set", "change.0.minimum_area_px=9", "--set", "output.crs=EPSG:32633")
    assert "--set change.0.minimum_area_px=9 --set output.crs=EPSG:32633" in scripts["step.sh"]

    for wrong in ("soon", "1:2:3:4", "-5", "0", "1-"):
        assert "--time: found" in submit(config, f"--time={wrong}", "--dry-run", code=2), wrong
    submit(config, "--tasks", "0", "--dry-run", code=2)
    assert "output.resolution_m" in submit(config, "--set", "output.resolution_m=0", "--dry-run", code=2)

    lone = config.parent / "lone.toml"
    lone.write_text(config.read_text().split("[[change]]")[0])
    scripts = scripts_in(submit(lone, "--dry-run"))
    assert "detect.sh" not in scripts and "detect" not in scripts["submit.sh"], "there is nothing to compare"


def stand_in(folder, name, text):
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def check_submission(config, folder):
    """The jobs' order, a failure half way, options passed on."""
    tools = folder / "tools"
    tools.mkdir()
    log = folder / "calls"
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "LOG": str(log)}
    stand_in(tools, "sbatch", 'echo "sbatch $*" >>"$LOG"; n=$(grep -c ^sbatch "$LOG"); echo "10$n;elsewhere"; '
                              '[ "$n" -ne "${FAIL_AT:-0}" ]')
    stand_in(tools, "scancel", 'echo "scancel $*" >>"$LOG"')
    text = submit(config, "--tasks", "4", environment=environment)
    scripts = config.parent / "out" / "slurm"
    expected = [f"sbatch --parsable {scripts}/survey.sh"] + [
        f"sbatch --parsable --dependency=afterok:10{number} --kill-on-invalid-dep=yes {scripts}/{step}.sh"
        for number, step in enumerate(STEPS[1:], 1)]
    assert log.read_text().splitlines() == expected, log.read_text()
    assert [line.split(":")[0] for line in text.splitlines()] == STEPS, text

    log.unlink()
    subprocess.run(["sh", scripts / "submit.sh", "--account=survey"], env=environment, check=True,
                   stdout=subprocess.DEVNULL)
    assert all("--account=survey" in line for line in log.read_text().splitlines())

    log.unlink()
    text = submit(config, "--tasks", "4", environment={**environment, "FAIL_AT": "3"}, code=3)
    assert "did not take the jobs" in text, text
    assert log.read_text().splitlines()[3:] == ["scancel 101 102"], log.read_text()


def run_step(folder, program, during=None, restarts=0, step="compose", then=None):
    """One job script with a stand-in for the program: its exit code, its output, what it asked of scontrol."""
    log = folder / "scontrol.calls"
    log.unlink(missing_ok=True)
    stand_in(folder / "tools", "scontrol", f'echo "$*" >>{log}')
    stand_in(folder / "tools", "program", program)
    environment = {**os.environ, "PATH": f"{folder / 'tools'}:{os.environ['PATH']}", "SLURM_JOB_ID": "7",
                   "SLURM_ARRAY_TASK_ID": "2", "SLURM_RESTART_COUNT": str(restarts), "PROGRAM": "x"}
    scripts = folder / "out" / "slurm"
    process = subprocess.Popen(["sh", scripts / f"{step}.sh"], env=environment, stdout=subprocess.PIPE, text=True)
    if during is not None:
        line = ""
        while "working" not in line:
            line = process.stdout.readline()
            assert line, "the program did not start"
        process.send_signal(during)
    output = process.communicate(timeout=30)[0]
    return process.returncode, output, log.read_text().split() if log.exists() else []


def check_steps(config, folder):
    program = folder / "tools" / "program"
    submit(config, "--tasks", "4", "--set", "output.crs=EPSG:32633", "--program", str(program),
           environment={**os.environ, "PATH": f"{folder / 'tools'}:{os.environ['PATH']}", "LOG": str(folder / "calls")})

    def expect(wanted, asked, text, *arguments, **options):
        code, output, calls = run_step(folder, *arguments, **options)
        assert code == wanted and calls == (["requeue", "7"] if asked else []), (arguments, options, code, calls, output)
        assert text in output, output

    expect(0, False, f"compose {config} --shard 2/4 --set output.crs=EPSG:32633 --memory-mb", 'echo "$@"')
    expect(0, False, "ended with 1", "exit 1")  # gaps do not keep the next step from starting
    expect(1, False, "ended with 1", "exit 1", step="finish")
    expect(2, False, "ended with 2", "exit 2")
    expect(3, False, "ended with 3", "exit 3")
    works = WORKS.format(code=130)
    expect(0, True, "back to the queue", works, during=signal.SIGUSR1)  # the time limit comes
    expect(130, False, "ended with 130", works, during=signal.SIGTERM)  # scancel
    expect(0, True, "back to the queue", "kill -9 $$")  # killed, for memory say
    expect(137, False, "not started again", "kill -9 $$", restarts=20)
    expect(0, True, "restart 19 of at most 20", "kill -9 $$", restarts=19)
    finishes = WORKS.format(code=0)
    expect(0, False, "ended with 0", finishes, during=signal.SIGUSR1)  # done before it could be stopped


def main():
    with tempfile.TemporaryDirectory(prefix="overflight_") as scratch:
        folder = pathlib.Path(scratch).resolve()
        config = small_project.make_project(PROGRAM, folder, side_m=120)
        start = time.monotonic()
        check_examples(config)
        check_options(config)
        check_submission(config, folder)
        check_steps(config, folder)
        print(f"ok, {time.monotonic() - start:.1f} s beside rendering")


main()
