# SPDX-License-Identifier: Apache-2.0
"""Does what README.md tells its reader to do, on two small rendered missions.

readme.py commands|demo SOURCE PROGRAM BUILD
  commands  every command of the code blocks and of the text, and the config and the Python of "Your own data"; fails
            where the README has a command that is not known here. Exit code 77 where a reader is not installed.
  demo      ./dev demo, where BUILD is the folder that it builds in
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SCENE = """
[output]
folder = "rendered"
truth = false
check_points = 0
[scene]
width_m = 300
height_m = 240
[terrain]
relief_m = 20
[[camera]]
id = "v"
width = 400
height = 320
focal_mm = 10
pixel_um = 10
[[mission]]
name = "2015"
overlap = 0.3
[[mission]]
name = "2016"
overlap = 0.3
heading_deg = 96
"""

# what ran this test (test, build), and what the other half runs (demo): only looked up in ./dev help
LISTED = {"./dev test", "./dev build", "./dev help"}
DEMO = "./dev demo"


def shell(command, folder, codes=(0,)):
    outcome = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True)
    if outcome.returncode not in codes:
        sys.exit(f"{command}\nended with {outcome.returncode}:\n{outcome.stdout}{outcome.stderr}")
    print(f"ok    {command}")
    return outcome.stdout


def blocks(readme, language):
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.M | re.S)


def lines(block):
    """Commands without their comments."""
    stripped = (re.sub(r"\s+#.*", "", line).strip() for line in block.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def render(program, work):
    """The files that "Your own data" speaks of, where its config looks for them."""
    (work / "scene.toml").write_text(SCENE)
    shell(f"'{program}' simulate scene.toml", work)
    for mission in ("2015", "2016"):
        rendered = work / "rendered" / mission
        shutil.copytree(rendered / "frames", work / mission)
        for name in ("exterior.csv", "exterior.prj"):
            shutil.copy(rendered / name, work / mission)
    shutil.copy(rendered / "interior.yaml", work)
    shutil.copy(work / "rendered" / "terrain" / "dtm.tif", work / "dem.tif")
    (work / "build").mkdir()
    (work / "build" / "overflight").symlink_to(program)


def commands(source, program, work):
    readme = (source / "README.md").read_text()
    render(program, work)
    own = next(block for block in blocks(readme, "toml") if "[[mission]]" in block)
    name = re.search(r"^# (\S+\.toml)", own).group(1)
    (work / name).write_text(own)

    help_text = shell("./dev help", source)
    done = set()
    for block in blocks(readme, "sh"):
        for command in lines(block):
            if command in LISTED | {DEMO}:
                if f"{command} " not in help_text:
                    sys.exit(f"./dev help does not list {command}")
            elif command.startswith("docker "):  # by podman in tests/container
                if f"\n# {command}\n" not in (source / "containers" / "Dockerfile").read_text():
                    sys.exit(f"containers/Dockerfile does not have: {command}")
            elif command.startswith("build/overflight "):
                shell(command, work)
            else:
                sys.exit(f"README.md: no test for: {command}")
            done.add(command)
    if not any(" run " in command for command in done):
        sys.exit("README.md runs nothing")

    # files as shown are read: what is wrong is that they are of other frames
    camera, poses = blocks(readme, "yaml")[0], re.search(r"^```\n(filename,.*?)^```", readme, re.M | re.S).group(1)
    size = re.search(r"im_size: \[(\d+), (\d+)\]", camera)
    first = poses.splitlines()[1].split(",")[0]
    for file, text, complaint in (("interior.yaml", camera, f"allowed is {size.group(1)} x {size.group(2)}: the size"),
                                  ("2015/exterior.csv", poses, f"which has poses of '{first}'")):
        (work / "shown").write_text(text)
        key = "interior" if file == "interior.yaml" else "exterior"
        needed = "pose_crs=EPSG:32651" if key == "exterior" else f"camera_id={camera.split(':')[0]}"
        outcome = subprocess.run(f"build/overflight plan {name} --set mission.0.{key}=shown --set mission.0.{needed}",
                                 shell=True, cwd=work, capture_output=True, text=True)
        if outcome.returncode != 2 or complaint not in outcome.stdout + outcome.stderr:
            sys.exit(f"{file} as README.md shows it: {outcome.stdout}{outcome.stderr}")

    # in the text: settings, environment, and what opens the products
    for setting in re.findall(r"`(--set [^`]+)`", readme):
        if "=" in setting.split()[-1] and "key=value" not in setting:
            shell(f"build/overflight validate {name} {setting}", work)
    for setting in re.findall(r"`(OVERFLIGHT_ISA=\w+)`", readme):
        shell(f"{setting} build/overflight info", work)
    for command in re.findall(r"`((?:overflight|gdalinfo) [^`]+\.nc[^`]*)`", readme):
        text = shell(command if command.startswith("gdalinfo") else f"build/{command}", work)
        if "512" not in text:
            sys.exit(f"{command} says nothing of the product:\n{text}")
    for command in re.findall(r"`(?:overflight )?(config --reference)`", readme):
        if shell(f"build/overflight {command}", work) != (source / "configs" / "reference.toml").read_text():
            sys.exit("configs/reference.toml is not what the program prints")
    table = [name for cell in re.findall(r"^\| (`.*?`) \|", readme, re.M) for name in re.findall(r"`([a-z]+)[^`]*`", cell)]
    known = re.findall(r"^  ([a-z]+)  ", shell("build/overflight --help", work), re.M)
    if sorted(set(table)) != sorted(known):
        sys.exit(f"README.md lists the commands {sorted(set(table))}, the program has {sorted(known)}")
    for path in re.findall(r"\]\(([^)#:]+)\)", readme):
        if not (source / path).exists():
            sys.exit(f"README.md points to {path}, which is not there")

    for block in blocks(readme, "python"):
        check = """
assert mosaic["image"].sizes["band"] == 3 and float(mosaic["image"].max()) > 50
assert changed.dims == ("y", "x") and changed.dtype == bool and 0 <= float(changed.mean()) < 0.5
"""
        (work / "read.py").write_text(block + check)
        outcome = subprocess.run(["/usr/bin/python3", "read.py"], cwd=work, capture_output=True, text=True)
        if "ModuleNotFoundError" in outcome.stderr:
            print(f"skipped: {outcome.stderr.splitlines()[-1]}")
            sys.exit(77)
        if outcome.returncode != 0:
            sys.exit(f"{block}\n{outcome.stderr}")
        print("ok    " + "; ".join(block.split("\n")[:3]))


def demo(source, build):
    if build != source / "build":
        print(f"skipped: ./dev demo builds in {source / 'build'}, this is {build}")
        sys.exit(77)
    shell("./dev build", source)
    text = shell(DEMO, source)
    products = [pathlib.Path(line) for line in text.splitlines() if line.endswith((".nc", ".png"))]
    missing = [path for path in products if not path.is_file()]
    if missing or len({path.name for path in products}) != 6:
        sys.exit(f"./dev demo names {products}; missing: {missing}\n{text}")


def main():
    what, source, program, build = sys.argv[1], *(pathlib.Path(path).resolve() for path in sys.argv[2:])
    if what == "demo":
        demo(source, build)
        return
    with tempfile.TemporaryDirectory(prefix="overflight_") as work:
        commands(source, program, pathlib.Path(work))


main()
