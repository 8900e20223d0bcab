# SPDX-License-Identifier: Apache-2.0
"""Two small rendered missions and a config over them, in a folder."""
import subprocess

SCENE = """
[output]
folder = "rendered"
truth = false
check_points = 0
[scene]
width_m = {side}
height_m = {side}
[terrain]
relief_m = 20
[[camera]]
id = "v"
width = 640
height = 480
focal_mm = 10
pixel_um = 10
[[mission]]
name = "before"
[[mission]]
name = "after"
heading_deg = 96
"""
MISSION = """
[[mission]]
name = "{name}"
frames = ["rendered/{name}/frames/*.tif"]
camera = "frame"
interior = "rendered/{name}/interior.yaml"
exterior = "rendered/{name}/exterior.csv"
pose_space = "map"
"""
CONFIG = """\
[output]
folder = "out"
resolution_m = {resolution}
report = false

[terrain]
file = "rendered/terrain/dtm.tif"
heights = "same_as_poses"
""" + MISSION.format(name="before") + MISSION.format(name="after") + """
[[change]]
before = "before"
after = "after"
"""


def make_project(program, folder, side_m=300, resolution_m=0.5):
    """Returns the config's path. Mosaics of about side / resolution pixels square."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scene.toml").write_text(SCENE.format(side=side_m))
    subprocess.run([program, "simulate", "scene.toml", "--progress", "off"], cwd=folder, check=True)
    config = folder / "survey.toml"
    config.write_text(CONFIG.format(resolution=resolution_m))
    return config
