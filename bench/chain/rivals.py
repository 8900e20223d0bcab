#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The chain against the one that is built from gdalwarp and the Orfeo ToolBox today, in turns in one run.

PEER is a program that is called as `PEER WORKLOAD OUT --res R --threads N` and prints JSON with "seconds" of the
stages "ortho a", "mosaic a", "ortho b", "mosaic b", "change" and their "total".
"""
import json
import os
import pathlib
import subprocess
import tempfile

import chain


def peer(args, threads):
    with tempfile.TemporaryDirectory(prefix="overflight_peer_", dir=args.scratch) as out:
        printed = subprocess.run(["/usr/bin/python3", args.peer, args.workload.resolve(), out, "--res",
                                  str(args.resolution), "--threads", str(threads)], check=True, capture_output=True)
        return json.loads(printed.stdout)


# Waiting for what is left of a product once it is whole counts for both: stages of missions and changes are added up.
MOSAIC = ("hash", "survey", "seams", "compose", "publish")
CHANGE = ("register", "statistics", "score", "decide", "mask", "publish")


def mosaics(run):
    return sum(run.stages.get(stage, 0) for stage in MOSAIC)


def change(run):
    return sum(run.stages[stage] for stage in CHANGE)


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--peer", type=pathlib.Path, required=True)
    parser.add_argument("--peer-runs", type=int, default=1)
    parser.add_argument("--codecs", default="deflate,lz4,blosc,none", help="the first is that of the ratios by stage")
    args = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    codecs = args.codecs.split(",")
    ours, theirs = {codec: [] for codec in codecs}, []
    for turn in range(max(args.runs, args.peer_runs)):
        for codec in codecs if turn < args.runs else []:
            ours[codec].append(chain.Run(chain.workload_config(args), args.scratch,
                                         options=["--threads", threads, "--set", f"output.compression={codec}"]))
        if turn < args.peer_runs:
            theirs.append(peer(args, threads))
    total = chain.statistics.median(run["total"] for run in theirs)

    def stages(*names):
        return chain.statistics.median(sum(run["seconds"][name] for name in names) for run in theirs)

    mosaic_peer, change_peer = stages("ortho a", "mosaic a", "ortho b", "mosaic b"), stages("change")
    rows = []
    for codec in codecs:
        seconds = chain.median(ours[codec], lambda run: run.seconds)
        rows.append((f"whole chain, {codec}", f"{total:.1f}", f"{seconds:.2f}", f"{total / seconds:.1f}",
                     f"{ours[codec][0].bytes / 1e6:.0f}"))
    for name, rival, what in (("ortho and mosaic", mosaic_peer, mosaics), ("change", change_peer, change)):
        seconds = chain.median(ours[codecs[0]], what)
        rows.append((f"{name}, {codecs[0]}", f"{rival:.1f}", f"{seconds:.2f}", f"{rival / seconds:.1f}", ""))
    chain.table(("", "today's chain, s", "overflight, s", "ratio", "products, MB"), rows)
    print(f"{threads} threads, medians of {args.runs} and {len(theirs)} runs")


if __name__ == "__main__":
    main()
