#!/usr/bin/env python3
"""Play packet traces through the receiver and print a table of what was heard.

usage: audio-table.py BINARY TRACES [--scorer SCORE.py --speech SPEECH.wav] [--reference FILE.tsv] [--peer NAME=FOLDER]...

TRACES is a folder of CONDITION.SEED.trc (`quietline replay --make` writes such). A reference has the columns condition, seed,
lag_ms, concealed_pct and pesq_wb of another receiver on the same traces. A peer's FOLDER has CONDITION.SEED.wav, what it made
heard of that trace, and CONDITION.SEED.json with its concealed_pct (`scripts/compare-audio`). A scorer prints {"lag_ms",
"pesq_wb"} for SPEECH HEARD; what is heard after the speech's length is cut off, for all alike. Figures are means over the seeds,
ours first.
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
import wave

FIGURES = {"lag_ms": 0, "concealed_pct": 2, "pesq_wb": 2}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("traces", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--scorer")
    parser.add_argument("--speech")
    wanted = parser.parse_args()
    names, results = ["ours"], collections.defaultdict(lambda: collections.defaultdict(list))
    traces = sorted(wanted.traces.glob("*.*.trc"))
    for trace in traces:
        results[condition(trace)]["ours"].append(play(wanted, trace))
    for name, folder in (peer.split("=", 1) for peer in wanted.peer):
        names.append(name)
        for trace in traces:
            results[condition(trace)][name].append(heard_by(wanted, pathlib.Path(folder), trace))
    if wanted.reference:
        names.append("reference")
        with open(wanted.reference, newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["condition"] in results:
                    results[row["condition"]]["reference"].append({name: float(row[name]) for name in FIGURES})
    of = " / ".join(names)
    print(f"| network | seeds | delay ms | stretched % | lag ms: {of} | concealed % | PESQ |")
    print("|---|---|---|---|---|---|---|")
    for network, runs in results.items():
        ours = runs["ours"]
        cells = [str(len(ours)), f"{mean(ours, 'mean_delay_ms'):.0f}", f"{mean(ours, 'stretched_percent'):.2f}"]
        for figure, digits in FIGURES.items():
            means = [mean(runs[name], figure) for name in names]
            cells.append(" / ".join("-" if value is None else f"{value:.{digits}f}" for value in means))
        print(f"| {network} | {' | '.join(cells)} |")
    return 0 if results else "there is no trace there"


def condition(trace):
    return trace.name.rsplit(".", 2)[0]


def play(wanted, trace):
    with tempfile.NamedTemporaryFile(suffix=".wav") as heard:
        command = [wanted.binary, "replay", str(trace), "--out", heard.name, "--json"]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures["concealed_pct"] = figures["concealed_percent"]
        return figures | score(wanted, heard.name)


def heard_by(wanted, folder, trace):
    return json.loads((folder / f"{trace.stem}.json").read_text()) | score(wanted, folder / f"{trace.stem}.wav")


def score(wanted, heard):
    if not wanted.scorer:
        return {}
    with tempfile.NamedTemporaryFile(suffix=".wav") as cut:
        with wave.open(wanted.speech) as speech, wave.open(str(heard)) as whole, wave.open(cut.name, "wb") as part:
            part.setparams(whole.getparams())
            part.writeframes(whole.readframes(speech.getnframes()))
        command = [sys.executable, wanted.scorer, wanted.speech, cut.name]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def mean(runs, name):
    figures = [run[name] for run in runs if name in run]
    return statistics.mean(figures) if figures else None


if __name__ == "__main__":
    sys.exit(main())
