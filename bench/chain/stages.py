#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Seconds and Mpx/s of every stage of the whole chain, medians; the processor's share of each thread."""
import chain


def main():
    parser = chain.parser(__doc__)
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    options = ["--threads", args.threads] if args.threads else []
    runs = [chain.Run(chain.workload_config(args), args.scratch, options=options) for _ in range(args.runs)]
    total = chain.median(runs, lambda run: run.seconds)
    rows = []
    for stage in runs[0].stages:
        seconds = chain.median(runs, lambda run: run.stages[stage])
        pixels = runs[0].megapixels[stage]
        rows.append((stage, f"{seconds:.2f}", f"{seconds / total:.0%}", f"{pixels / seconds:.0f}" if pixels else ""))
    rows.append(("whole process", f"{total:.2f}", "100%", ""))
    chain.table(("stage", "seconds", "share", "Mpx/s"), rows)
    processor = chain.median(runs, lambda run: run.processor)
    print(f"processor {processor:.2f} s, peak {chain.median(runs, lambda run: run.peak_mib):.0f} MiB, "
          f"products {runs[0].bytes / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
