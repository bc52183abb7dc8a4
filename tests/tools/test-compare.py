#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--reference and --ab of gst-master-1.0, judged by spectra and loudness taken here.
usage: test-compare.py PATH/TO/gst-master-1.0"""
import json
import os
import subprocess
import tempfile
import xml.dom.minidom

import numpy as np
from scipy import signal

import judge
from rig import TOOL, ok, done, run

RATE = 48000
SECONDS = 10


def piece(seed, tilt_hz, width, level):
    """Noise with a slow swell, of its own colour and width."""
    rng = np.random.default_rng(seed)
    n = SECONDS * RATE
    mid, side = (signal.lfilter(*signal.butter(1, tilt_hz, fs=RATE), rng.standard_normal(n)) for _ in "ms")
    swell = 10 ** (3 * np.sin(2 * np.pi * np.arange(n) / RATE / 7) / 20)
    x = np.stack([mid + width * side, mid - width * side], 1) * swell[:, None]
    return x / np.abs(x).max() * level


def spectrum(x):
    """frequencies, and power by bin of mid and side, over the whole piece"""
    f, m = signal.welch(x.mean(1), RATE, nperseg=32768, scaling="spectrum")
    _, s = signal.welch((x[:, 0] - x[:, 1]) / 2, RATE, nperseg=32768, scaling="spectrum")
    return f, m / 1.5, s / 1.5          # Hann spreads a tone's power over 1.5 bins


def bands(f, p, centres, half):
    edges = np.concatenate([f - f[1] / 2, [f[-1] + f[1] / 2]])
    total = np.concatenate([[0], np.cumsum(p)])
    return np.interp(np.minimum(centres * half, f[-1]), edges, total) - np.interp(centres / half, edges, total)


def check_portrait(name, got, x):
    f, m, s = spectrum(x)
    lufs = judge.loudness(x, RATE)
    thirds = 1000 * 10 ** ((np.arange(31) - 17) / 10)
    octaves = 1000 * 2.0 ** (np.arange(10) - 5)
    wanted = 10 * np.log10(bands(f, m + s, thirds, 10 ** 0.05)) - lufs
    width = 10 * np.log10(bands(f, s, octaves, 2 ** 0.5) / bands(f, m, octaves, 2 ** 0.5))
    # every second window is looked at: noise of bandwidth B over T = half the time is off by 4.34 / sqrt (B T) dB, one sigma
    sigma = 4.34 / np.sqrt(0.23 * thirds * SECONDS / 2)
    off = np.abs(np.array(got["thirds-db"]) - wanted)
    ok((off < 4 * sigma + 0.02).all(), f"{name}: third octaves within {(off / sigma).max():.1f} sigma, {off[-10:].max():.2f} dB at the top", off)
    sigma = 4.34 * np.sqrt(2 / (0.7 * octaves * SECONDS / 2))
    off = np.abs(np.array(got["width-db"]) - width)
    ok((off < 4 * sigma + 0.02).all(), f"{name}: width within {(off / sigma).max():.1f} sigma, {off[-3:].max():.2f} dB at the top", off)
    plr = judge.true_peak(x, RATE, 8) - lufs
    y = judge.k_weight(x, RATE)
    ok(abs(got["integrated-lufs"] - lufs) < 0.02 and abs(got["plr-db"] - plr) < 0.05, f"{name}: {lufs:.2f} LUFS, PLR {plr:.2f} dB", got)
    # EBU Tech 3342: short-term of 3 s every 100 ms; nothing here falls under its gates
    power = np.concatenate([[0], np.cumsum((y * y).sum(1))])
    starts = np.arange(0, len(y) - 3 * RATE + 1, RATE // 10)
    short = -0.691 + 10 * np.log10((power[starts + 3 * RATE] - power[starts]) / (3 * RATE))
    lra = np.percentile(short, 95) - np.percentile(short, 10)
    ok(abs(got["loudness-range-lu"] - lra) < 0.1, f"{name}: LRA {got['loudness-range-lu']}, by definition {lra:.2f}", got)
    peaks = np.array([np.abs(x[k:k + 3 * RATE]).max() for k in starts])
    psr = (20 * np.log10(peaks) - short)[short > lufs - 10].min()
    ok(abs(got["min-psr-db"] - psr) < 0.4, f"{name}: lowest PSR {got['min-psr-db']}, by sample peaks {psr:.2f}", got)


def check_reference():
    resonant = piece(1, 800, 0.5, 0.4)
    w, q, g = 2 * np.pi * 2000 / RATE, 12.0, 10 ** (15 / 40)      # a bell of 15 dB
    a = np.sin(w) / (2 * q)
    resonant = signal.lfilter([1 + a * g, -2 * np.cos(w), 1 - a * g], [1 + a / g, -2 * np.cos(w), 1 - a / g], resonant, axis=0)
    pieces = {"this.wav": resonant / np.abs(resonant).max() * 0.5, "bright.wav": piece(2, 4000, 0.2, 0.9), "dark.wav": piece(3, 300, 0.9, 0.1)}
    for name, x in pieces.items():
        judge.write_wav(name, x, RATE, 24)
    r = run("-m", "this.wav", "--reference", "bright.wav", "--reference", "dark.wav", "--report", "r.json")
    if r.returncode != 0:
        ok(False, "--reference", r.stderr)
        return
    got = json.load(open("r.json"))["reference"]
    check_portrait("this", got["this"], pieces["this.wav"])
    check_portrait("first reference", got["references"][0], pieces["bright.wav"])
    check_portrait("second reference", got["references"][1], pieces["dark.wav"])
    mean = np.mean([x["thirds-db"] for x in got["references"]], axis=0)
    off = np.abs(np.array(got["this"]["thirds-db"]) - mean - got["difference"]["thirds-db"]).max()
    ok(off < 1e-3, "the difference is to the mean of the references")
    top = got["resonances"][0]
    ok(abs(top["hz"] / 2000 - 1) < 0.02 and 7 < top["db"] < 14 and abs(top["references-db"]) < 2, f"the resonance at 2 kHz is found: {top}", got["resonances"])
    ok(sum(line.startswith("Balance, ") for line in r.stdout.splitlines()) == 31 and "Resonances 1974 Hz" in r.stdout, "as a table", r.stdout)

    run("this.wav", "-o", "o.flac", "-l", "-20", "--reference", "bright.wav", "--report", "o.json")
    got = json.load(open("o.json"))["reference"]
    check_portrait("the master", got["this"], judge.decode("o.flac")[1])
    for name, args, code, word in (("six references", ["--reference", "dark.wav"] * 6, 2, "one to five"),
                                   ("a reference that is not there", ["--reference", "no.wav"], 4, "no.wav")):
        r = run("-m", "this.wav", *args)
        ok(r.returncode == code and word in r.stderr, f"refused: {name}", r.stderr)


def check_ab():
    x = piece(5, 2000, 0.4, 0.3)
    judge.write_wav("mix.wav", x, RATE, 24)
    for name, args, ab in (("louder", ["-l", "-10"], "a.flac"), ("quieter", ["-l", "-30"], "b.wav"),
                           ("through a chain, to 44.1 kHz and 16 bit", ["-l", "-14", "-p", "gentle", "-r", "44100", "-b", "16"], "c.flac")):
        r = run("mix.wav", "-o", "o.flac", "-y", "--max-limiting", "20", "--ab", ab, *args)
        pair = [ab.replace(".", "-before."), ab.replace(".", "-after.")]
        if r.returncode != 0 or not all(os.path.exists(p) for p in pair):
            ok(False, f"--ab, {name}", r.stderr)
            continue
        (rate, before), (rate2, after), (_, master) = (judge.decode(p) for p in (*pair, "o.flac"))
        levels = [judge.loudness(y, rate) for y in (before, after)]
        peak = max(judge.true_peak(y, rate, 8) for y in (before, after))
        ok(abs(levels[0] - levels[1]) <= 0.1 and rate == rate2 and before.shape == after.shape and peak < 0,
           f"--ab, {name}: {levels[0]:.3f} and {levels[1]:.3f} LUFS, {peak:.2f} dBTP, {len(before)} frames at {rate} Hz", r.stderr)
        gain = (after * master).sum() / (master ** 2).sum()
        rest = np.sqrt(np.mean((after - gain * master) ** 2))
        ok(rest < 3e-7 and gain <= 1, f"--ab, {name}: after is the master times {gain:.3f}, rest {20 * np.log10(rest + 1e-12):.0f} dBFS")
        if rate == RATE:
            gain = (before * x).sum() / (x ** 2).sum()
            rest = np.sqrt(np.mean((before - gain * x) ** 2))
            ok(rest < 3e-7 and gain <= 1, f"--ab, {name}: before is the mix times {gain:.3f}, rest {20 * np.log10(rest + 1e-12):.0f} dBFS")
    ok(not [f for f in os.listdir(".") if f.startswith(".")], "no temporary file is left")
    for name, args, word in (("lossy", ["--ab", "a.mp3"], "would add"), ("existing", ["--ab", "a.flac"], "--overwrite"),
                             ("without a master", ["--ab", "z.flac", "-m"], "needs -o")):
        r = run("mix.wav", *(["-o", "new.flac"] if "-m" not in args else []), *args)
        ok(r.returncode in (2, 5) and word in r.stderr and not os.path.exists("new.flac"), f"refused: --ab {name}", r.stderr)


def check_plot():
    """What is drawn, by a plot.py that keeps it; and that the real one draws."""
    x = piece(6, 3000, 0.5, 0.3)
    judge.write_wav("mix.wav", x, RATE, 24)
    data = os.environ.get("GST_MASTERING_DATA_PATH", "")
    os.mkdir("data")
    for name in os.listdir(data):
        if name != "plot.py":
            os.symlink(os.path.join(data, name), os.path.join("data", name))
    with open("data/plot.py", "w") as f:
        f.write('#!/bin/sh\n[ "$1" = --check ] && exit 0\ncat > figure.json\necho drawn > "$2"\n')
    os.chmod("data/plot.py", 0o755)
    env = dict(os.environ, GST_MASTERING_DATA_PATH=os.path.abspath("data"))
    args = ["mix.wav", "-o", "p.flac", "-y", "--max-limiting", "20", "-l", "-9", "--report", "p.json"]
    r = subprocess.run([TOOL, *args, "--plot", "p.svg"], capture_output=True, text=True, timeout=120, env=env)
    if r.returncode != 0:
        ok(False, "--plot", r.stderr)
        return
    loudness, limiter, tone = json.load(open("figure.json"))["panels"]
    curves = {c["name"]: dict(c["points"]) for p in (loudness, limiter, tone) for c in p["curves"]}
    for name, y in (("short-term before", x), ("short-term after", judge.decode("p.flac")[1])):
        k = judge.k_weight(y, RATE) ** 2
        wanted = {t: -0.691 + 10 * np.log10(k[int((t - 3) * RATE):int(t * RATE)].sum() / (3 * RATE)) for t in curves[name] if t >= 3}
        off = max(abs(curves[name][t] - wanted[t]) for t in wanted)
        ok(len(wanted) >= 14 and off < 0.03, f"plot: {name} within {off:.3f} LU at {len(wanted)} moments", curves[name])
    limiting = json.load(open("p.json"))["limiting-db"]
    ok(abs(-min(curves["gain"].values()) - limiting) < 0.01 and len(curves["gain"]) >= 2 * SECONDS - 1,
       f"plot: the limiter's largest gain reduction is {limiting} dB", curves["gain"])
    f, m, s = spectrum(x)
    at = min(curves["before"], key=lambda hz: abs(hz / 6000 - 1))
    wanted = 10 * np.log10(bands(f, m + s, at, 2 ** (1 / 24)))
    ok(abs(curves["before"][at] - wanted) < 0.8, f"plot: spectrum at {at} Hz {curves['before'][at]} dB for {wanted:.2f}")
    ok(loudness["lines"] == [-9], "plot: the target")

    r = run(*args, "--plot", "p.svg")
    lines = xml.dom.minidom.parse("p.svg").getElementsByTagName("polyline") if r.returncode == 0 else []
    ok(len(lines) == 6, "an SVG with six curves", r.stderr)
    r = run("-m", "mix.wav", "--plot", "p.png")
    if "python3-matplotlib" in r.stderr:
        ok(r.returncode == 7 and not os.path.exists("p.png"), "without matplotlib no PNG, said before any work")
    else:
        ok(r.returncode == 0 and open("p.png", "rb").read(4) == b"\x89PNG", "a PNG", r.stderr)
    for name, plot, code, word in (("unknown ending", "p.pdf", 2, ".svg or .png"), ("existing", "mix.svg", 5, "--overwrite")):
        open("mix.svg", "w").close()
        r = run("-m", "mix.wav", "--plot", plot)
        ok(r.returncode == code and word in r.stderr, f"refused: --plot, {name}", r.stderr)
    os.remove("data/plot.py")
    r = subprocess.run([TOOL, "-m", "mix.wav", "--plot", "q.svg"], capture_output=True, text=True, env=env)
    ok(r.returncode == 7 and "plot.py is not installed" in r.stderr, "refused: --plot without its script", r.stderr)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = folder
    check_reference()
    check_ab()
    check_plot()
    os.chdir("/")
done()
