#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 on music and on hard cases, for the targets: the decoded file within 0.1 LU of the target and 0.05 dB of the ceiling
wherever that is feasible. Whether it is, is worked out here from the source's own loudness and true peak: what has to be limited is
    excess = (target - loudness) + true peak - ceiling, feasible up to the 3 dB that the limiter may take.
At least 80 % of the feasible pairs hit; the others are listed, and must have been refused (exit 3) with nothing written: a file that
is written is right. What is 2 dB further than the limiter may go is refused.
usage: test-master-feasible.py PATH/TO/gst-master-1.0 [--slow]"""
import csv
import os
import subprocess
import tempfile

import numpy as np
from scipy import signal

import judge
from rig import SLOW, SOURCE, TOOL, done, ok

MAX_LIMITING_DB = 3.0
LOUDNESS_LU, CEILING_DB = 0.1, 0.05
MAIN = [(-23, -1), (-14, -1), (-16, -1)]         # for every source; the others in turn


def figures(x, rate):
    """LUFS and dBTP of what a decoder gives."""
    if x.shape[1] == 6:                  # FL FR FC LFE and two behind
        weighted = x * np.sqrt([1, 1, 1, 0, 1.41, 1.41])
    else:
        weighted = x
    return judge.loudness(weighted, rate), judge.true_peak(x, rate, judge.true_peak_factor(rate))


def at_loudness(x, rate, lufs):
    return x * 10 ** ((lufs - judge.loudness(x, rate)) / 20)


def song(start, seconds, rate=44100):
    path = subprocess.run([os.path.join(SOURCE, "tests", "song")], capture_output=True, text=True, check=True).stdout.strip()
    raw = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(start), "-t", str(seconds), "-i", path, "-ar", str(rate), "-ac", "2",
                          "-f", "f64le", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<f8").reshape(-1, 2)


def speech(rate, seconds, rng):
    """Voiced and unvoiced syllables at three to five a second, with pauses: the rhythm and spectrum of a talker, in mono."""
    out = np.zeros(int(rate * seconds))
    at = 0.2
    while at < seconds - 0.5:
        length = rng.uniform(0.12, 0.28)
        n = int(length * rate)
        t = np.arange(n) / rate
        pitch = rng.uniform(95, 140) * (1 - 0.15 * t / length)
        voiced = signal.sawtooth(2 * np.pi * np.cumsum(pitch) / rate)
        b, a = signal.iirpeak(rng.uniform(400, 800), 4, fs=rate)
        b2, a2 = signal.iirpeak(rng.uniform(1100, 2200), 6, fs=rate)
        x = signal.lfilter(b, a, voiced) + 0.6 * signal.lfilter(b2, a2, voiced) + 0.03 * rng.standard_normal(n)
        out[int(at * rate):int(at * rate) + n] += x * np.hanning(n) * rng.uniform(0.4, 1)
        at += length + (rng.uniform(0.3, 0.8) if rng.random() < 0.15 else 0.02)
    return out[:, None] / np.abs(out).max()


def sources():
    """name, frames x channels, rate, bits"""
    rng = np.random.default_rng(7)
    seconds = 16 if SLOW else 9
    loud, quiet = song(70, seconds), song(2, seconds)
    yield "song", loud, 44100, 24
    hot = np.tanh(at_loudness(loud, 44100, -3.0))
    yield "hot master at -6 LUFS", np.clip(at_loudness(hot, 44100, -6.0), -1, 1), 44100, 16
    if not SLOW:
        return
    yield "song, quiet beginning", quiet, 44100, 24
    yield "song at -30 LUFS", at_loudness(loud, 44100, -30.0), 44100, 24
    yield "song at 192 kHz", song(70, 8, 192000), 192000, 24
    yield "30 s of silence first", np.concatenate([np.zeros((30 * 44100, 2)), loud[:10 * 44100]]), 44100, 24
    hit = at_loudness(quiet, 44100, -36.0)
    t = np.arange(4410) / 44100
    hit[5 * 44100:5 * 44100 + 4410] += (0.9 * np.exp(-60 * t) * np.sin(2 * np.pi * 180 * t))[:, None]
    yield "one loud hit in a quiet piece", hit, 44100, 24
    yield "speech", 0.5 * speech(48000, 16, rng), 48000, 24
    yield "8 kHz mono", 0.5 * speech(8000, 16, rng), 8000, 16
    yield "mono as stereo", np.repeat(loud.mean(axis=1)[:, None], 2, axis=1), 44100, 16
    surround = np.concatenate([loud, 0.7 * loud.mean(axis=1)[:, None], 0.5 * quiet[:, :1], 0.4 * quiet[:, ::-1]], axis=1)
    yield "5.1", 0.7 * surround / np.abs(surround).max(), 44100, 24
    yield "noise", at_loudness(np.clip(0.2 * rng.standard_normal((12 * 48000, 2)), -1, 1), 48000, -18.0), 48000, 24


def targets():
    """id, LUFS, dBTP: one of each pair of figures in the table"""
    seen = set()
    with open(os.path.join(SOURCE, "gst", "data", "targets.csv"), encoding="utf-8") as f:
        for row in csv.DictReader(f):
            if not row["integrated_lufs"] or not row["max_true_peak_dbtp"]:
                continue
            pair = float(row["integrated_lufs"]), float(row["max_true_peak_dbtp"])
            if pair not in seen:
                seen.add(pair)
                yield row["id"], *pair


FORMATS = ["flac", "wav", "opus", "flac", "vorbis", "flac", "mp3", "flac", "aac"]
NAMES = {"flac": "flac", "wav": "wav", "opus": "opus", "vorbis": "ogg", "mp3": "mp3", "aac": "m4a"}


def fits(kind, x, rate):
    """Whether a format can hold it; the rest is not this test's business."""
    if kind in ("mp3", "vorbis", "aac", "opus") and x.shape[1] > 2:
        return False
    return not (kind in ("mp3", "aac") and rate > 48000) and not (kind == "vorbis" and rate > 192000)


def main():
    hits, misses, feasible = 0, [], 0
    chosen = list(targets())
    if not SLOW:
        chosen = [t for t in chosen if t[1:] in MAIN[:2]]
    turn = 0
    for number, (name, x, rate, bits) in enumerate(sources()):
        judge.write_wav("in.wav", x, rate, bits)
        _, x = judge.decode("in.wav")
        lufs, dbtp = figures(x, rate)
        print(f"# {name}: {lufs:.2f} LUFS, {dbtp:.2f} dBTP")
        for k, (target, want, ceiling) in enumerate(chosen):
            if (want, ceiling) not in MAIN and (k + number) % 3:
                continue
            turn += 1
            kind = FORMATS[turn % len(FORMATS)]
            if not fits(kind, x, rate):
                kind = "flac"
            out = "out." + NAMES[kind]
            excess = want - lufs + dbtp - ceiling
            r = subprocess.run([TOOL, "-q", "-y", "--force", "--target", target, "--loudness", str(want), "-o", out, "in.wav"],
                               capture_output=True, text=True, timeout=600)
            what = f"{name} for {target} ({want:g} LUFS, {ceiling:g} dBTP) as {kind}, excess {excess:+.1f} dB"
            feasible += excess <= MAX_LIMITING_DB
            if r.returncode == 0:
                out_rate, y = judge.decode(out)
                got_lufs, got_dbtp = figures(y, out_rate)
                right = abs(got_lufs - want) <= LOUDNESS_LU + 0.005 and got_dbtp <= ceiling + CEILING_DB
                ok(right, what, f"{got_lufs:.3f} LUFS, {got_dbtp:.3f} dBTP")
                if excess <= MAX_LIMITING_DB:
                    hits += right
                    if not right:
                        misses.append(what)
                elif excess > MAX_LIMITING_DB + 2:
                    ok(False, what + ": should have been refused")
                os.remove(out)
            else:
                ok(r.returncode == 3 and not os.path.exists(out), what + ": refused, nothing written", f"exit {r.returncode}: {r.stderr}")
                if excess <= MAX_LIMITING_DB:
                    misses.append(what + ": refused: " + (r.stderr.strip().splitlines() or [""])[-1])
    for miss in misses:
        print(f"# missed: {miss}")
    ok(hits >= 0.8 * feasible and feasible > 0, f"{hits} of {feasible} feasible pairs hit")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gst-master-feasible-") as directory:
        os.chdir(directory)
        main()
        os.chdir("/")
    done()
