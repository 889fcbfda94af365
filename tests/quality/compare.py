#!/usr/bin/env python3
"""Compare what was heard with what was spoken.

usage: compare.py SPOKEN.wav HEARD.s16 [--said SAID.s16] [--offset-ms N]

SPOKEN is the speech that was played (48 kHz, mono, 16 bit). HEARD is the far end's recording, raw, same format, and longer.
SAID is a recording of the speech at the microphone; with it the delay from mouth to ear is told. N is by how much the
recording HEARD began later than SAID.

Each segment of the speech is looked for in HEARD by cross-correlation, near where the whole was found, and scored at
16 kHz wideband. Prints one JSON object: delay_ms (or null), lag_ms (how much later the speech is in HEARD than in SPOKEN: the
delay where both begin at one moment, as in a replay), pesq_wb and stoi (means over the segments), segments (pesq_wb and
stoi of each), level_db (heard against spoken), likeness (normalised correlation of the best match, 0 to 1).
"""
import argparse
import json
import warnings
import wave

import numpy as np
from pesqc2 import pesq
from pystoi import stoi
from scipy.signal import correlate, resample_poly

RATE = 16000
SEGMENT_S = 5
# How far a segment may lie from where the whole text was found: the far end's buffer stretches and shrinks.
SLACK_S = 0.3


def read(path):
    if path.endswith(".wav"):
        with wave.open(path) as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if shape != (48000, 1, 2):
                raise SystemExit(f"{path} is {shape}; 48 kHz, mono, 16 bit is wanted")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    else:
        samples = np.fromfile(path, "<i2")
    return resample_poly(samples.astype(float), 1, 3)


def find(speech, recording):
    """Where `speech` lies in `recording`: samples from its start."""
    padded = np.concatenate([recording, np.zeros(max(0, len(speech) - len(recording)))])
    return int(np.argmax(correlate(padded, speech, mode="valid", method="fft")))


def likeness(a, b):
    scale = np.linalg.norm(a) * np.linalg.norm(b)
    return float(abs(a @ b) / scale) if scale else 0.0


def quality(reference, degraded):
    as_float = lambda samples: (samples / 32768).astype(np.float32)
    try:
        return float(pesq(RATE, as_float(reference), as_float(degraded), "wb"))
    except Exception:  # no speech was found: the lowest score there is
        return 1.0


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("spoken")
    parser.add_argument("heard")
    parser.add_argument("--said")
    parser.add_argument("--offset-ms", type=float, default=0)
    args = parser.parse_args()

    spoken, heard = read(args.spoken), read(args.heard)
    whole = find(spoken, heard)
    slack, length = int(SLACK_S * RATE), SEGMENT_S * RATE
    before = np.concatenate([np.zeros(slack), heard, np.zeros(slack + length)])
    scores, clear, alike, places, levels = [], [], [], [], []
    for start in range(0, len(spoken) - length + 1, length):
        reference = spoken[start : start + length]
        window = before[whole + start : whole + start + length + 2 * slack]
        lag = find(reference, window)
        degraded = window[lag : lag + length]
        scores.append(quality(reference, degraded))
        clear.append(float(stoi(reference, degraded, RATE)))
        alike.append(likeness(reference, degraded))
        places.append(whole + lag - slack)
        levels.append(20 * np.log10((np.std(degraded) + 1e-9) / (np.std(reference) + 1e-9)))
    delay = None
    if args.said:
        delay = 1000 * (float(np.median(places)) - find(spoken, read(args.said))) / RATE + args.offset_ms
    print(json.dumps({
        "delay_ms": None if delay is None else round(delay, 1),
        "lag_ms": round(1000 * float(np.mean(places)) / RATE, 1),
        "pesq_wb": round(float(np.mean(scores)), 3),
        "stoi": round(float(np.mean(clear)), 3),
        "segments": [{"pesq_wb": round(p, 3), "stoi": round(s, 3)} for p, s in zip(scores, clear)],
        "likeness": round(float(np.mean(alike)), 3),
        "level_db": round(float(np.mean(levels)), 1),
    }))


main()
