#!/usr/bin/env python3
"""Play packet traces through the receiver and print a table of what was heard.

usage: audio-table.py BINARY TRACES [--reference FILE.tsv] [--scorer SCORE.py --speech SPEECH.wav]

TRACES is a folder of CONDITION.SEED.trc (`quietline replay --make` writes such). A reference has the columns condition, seed,
lag_ms, concealed_pct and pesq_wb of another receiver on the same traces. A scorer prints {"lag_ms", "pesq_wb"} for SPEECH HEARD.
Figures are means over the seeds.
"""
import argparse
import collections
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

FIGURES = ["lag_ms", "concealed_pct", "pesq_wb"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("traces", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path)
    parser.add_argument("--scorer")
    parser.add_argument("--speech")
    wanted = parser.parse_args()
    ours, theirs = collections.defaultdict(list), collections.defaultdict(list)
    for trace in sorted(wanted.traces.glob("*.*.trc")):
        ours[trace.name.rsplit(".", 2)[0]].append(play(wanted, trace))
    if wanted.reference:
        with open(wanted.reference, newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                theirs[row["condition"]].append({name: float(row[name]) for name in FIGURES})
    print("| network | delay ms | stretched % | lag ms | concealed % | PESQ |")
    print("|---|---|---|---|---|---|")
    for condition, runs in ours.items():
        cells = [f"{mean(runs, 'mean_delay_ms'):.0f}", f"{mean(runs, 'stretched_percent'):.2f}"]
        for name, digits in zip(FIGURES, (0, 2, 2)):
            own, other = mean(runs, name), mean(theirs[condition], name)
            cells.append(" / ".join("-" if figure is None else f"{figure:.{digits}f}" for figure in (own, other)))
        print(f"| {condition} | {' | '.join(cells)} |")
    return 0 if ours else "there is no trace there"


def play(wanted, trace):
    with tempfile.NamedTemporaryFile(suffix=".wav") as heard:
        command = [wanted.binary, "replay", str(trace), "--out", heard.name, "--json"]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures["concealed_pct"] = figures["concealed_percent"]
        if wanted.scorer:
            score = [sys.executable, wanted.scorer, wanted.speech, heard.name]
            figures |= json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout)
    return figures


def mean(runs, name):
    figures = [run[name] for run in runs if name in run]
    return statistics.mean(figures) if figures else None


if __name__ == "__main__":
    sys.exit(main())
