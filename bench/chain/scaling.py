#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Threads: the chain on 1 and on all. Size: a workload of four times the pixels against this one, both within a memory
budget that even the smaller one uses up."""
import os
import pathlib

import chain


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--larger", type=pathlib.Path, help="the workload at twice the scale")
    parser.add_argument("--memory-mb", type=int, default=512)
    args = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    config = chain.workload_config(args)
    memory = ["--memory-mb", args.memory_mb]
    one, all_threads = [], []
    for _ in range(args.runs):
        one.append(chain.Run(config, args.scratch, options=["--threads", 1]))
        all_threads.append(chain.Run(config, args.scratch, options=["--threads", threads]))

    def seconds(runs):
        return chain.median(runs, lambda run: run.seconds)

    def peak(runs):
        return chain.median(runs, lambda run: run.peak_mib)

    chain.table(("threads", "seconds", "ratio"),
                [(1, f"{seconds(one):.2f}", ""),
                 (threads, f"{seconds(all_threads):.2f}", f"{seconds(one) / seconds(all_threads):.2f}")])
    if args.larger:
        text = lambda out: chain.config_text(args.larger.resolve(), args.resolution / 2, out)  # noqa: E731
        small, large = [], []
        for _ in range(args.runs):
            small.append(chain.Run(config, args.scratch, options=memory))
            large.append(chain.Run(text, args.scratch, options=memory))
        chain.table(("workload", "seconds", "ratio", f"peak MiB of {args.memory_mb}", "ratio"),
                    [("as given", f"{seconds(small):.2f}", "", f"{peak(small):.0f}", ""),
                     ("four times the pixels", f"{seconds(large):.2f}", f"{seconds(large) / seconds(small):.2f}",
                      f"{peak(large):.0f}", f"{peak(large) / peak(small):.2f}")])


if __name__ == "__main__":
    main()
