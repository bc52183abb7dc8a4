#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What gst-master-1.0 warns of: a good mix raises no alarm, the same mix with one thing wrong raises that one and no other.
usage: test-warnings.py PATH/TO/gst-master-1.0 [--song]     a real song instead, if tests/song has fetched it"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy import ndimage, signal

import judge
from rig import TOOL, ok, done

SONG = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "gst-mastering", "freezingpoint.ogg") \
    if "--song" in sys.argv else None
RATE = 48000
SECONDS = 7


def good_mix(seconds=SECONDS, rate=RATE):
    """Drums, bass, chords and a wide ambience up to half the rate; peaks at -5 dBFS, a fade out."""
    rng = np.random.default_rng(7)
    n = int(seconds * rate)
    t = np.arange(n) / rate
    treble = signal.butter(1, 5000, fs=rate)
    x = signal.lfilter(*treble, rng.standard_normal((n, 2)), axis=0) * 0.002
    for k in range(int(seconds * 4)):
        at = int(k * rate / 4)
        s = t[:n - at]
        for f in 110 * 2 ** (rng.integers(0, 30, 3) / 12):
            note = sum(np.sin(2 * np.pi * f * h * s + rng.uniform(0, 6)) / h ** 1.3 for h in range(1, 7))
            pan = rng.uniform(0.2, 0.8)
            x[at:] += (note * np.exp(-s * 5) * (1 - np.exp(-s * 400)) * rng.uniform(0.03, 0.08))[:, None] * [pan, 1 - pan]
        hit = rng.uniform(0.6, 1.0) * (k % 2 == 0)
        x[at:] += (0.45 * hit * (-1) ** (k // 2) * np.sin(2 * np.pi * 52 * s + 4 * np.exp(-s * 40)) * np.exp(-s * 9))[:, None]
        hat = signal.lfilter(*treble, rng.standard_normal(len(s))) * np.exp(-s * 60) * rng.uniform(0.05, 0.15)
        x[at:] += np.stack([hat, np.roll(hat, 30)], 1)
    x[-rate:] *= np.linspace(1, 0, rate)[:, None] ** 2
    return x / np.abs(x).max() * 10 ** (-5 / 20)


def warnings(args):
    """ids with stages, and the whole list"""
    r = subprocess.run([TOOL, "-q", "--report", "r.json", "-y", *args], capture_output=True, text=True, timeout=120)
    if r.returncode != 0:
        return {r.stderr}, []
    found = json.load(open("r.json"))["warnings"]
    lines = [line for line in r.stdout.splitlines() if line.startswith("warning: ")]
    said = len(lines) == len(found) and all(f"{w['stage']}: {w['text']}. {w['advice']}." in line for w, line in zip(found, lines))
    return {w["id"] for w in found} | (set() if said else {"not said alike on the terminal: " + r.stdout}), found


def expect(name, ids, args, value=None, tolerance=None):
    got, found = warnings(args)
    figure = next((w["value"] for w in found if value is not None and w["id"] in ids), None)
    good = got == set(ids) and (value is None or (figure is not None and abs(figure - value) <= tolerance))
    shown = f" ({figure} for {value:.3f})" if value is not None else ""
    ok(good, f"{name}: {', '.join(sorted(ids)) or 'nothing'}{shown}", f"{got}\n{found}")


def measured(name, ids, x, rate=RATE, bits=24, **kw):
    judge.write_wav("x.wav", x, rate, bits)
    expect(name, ids, ["--measure", "x.wav"], **kw)


def write_float(path, x, rate):
    x.astype("<f4").tofile("x.raw")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(rate), "-ac", "2", "-i", "x.raw", "-c:a", "pcm_f32le", path], check=True)


def low_pass(x, hz, rate=RATE):
    taps = signal.firwin(2001, hz / (rate / 2), window=("kaiser", 10.0))
    return np.stack([signal.fftconvolve(c, taps, "same") for c in x.T], 1)


def check_input(mix):
    n = len(mix)
    t = np.arange(n) / RATE
    measured("a good mix", [], mix)
    measured("a good mix at 44.1 kHz, 16 bit", [], good_mix(SECONDS, 44100), 44100, 16)
    measured("a good mix at 96 kHz", [], good_mix(6, 96000), 96000)
    measured("in mono", [], mix[:, :1])
    write_float("f.wav", mix, RATE)
    expect("a good mix in float", [], ["--measure", "f.wav"])

    measured("clipped by 4 dB, then 5 dB down", ["clipped"], np.clip(mix * 10 ** (4 / 20), -0.5623, 0.5623))
    measured("clipped at full scale, 16 bit", ["clipped", "headroom"], np.clip(mix * 10 ** (9 / 20), -1, 1), bits=16)
    gain = ndimage.minimum_filter1d(np.minimum(1, 0.2 / np.maximum(np.abs(mix).max(1), 1e-9)), 241)
    measured("limited by 9 dB", ["limited"], mix * ndimage.uniform_filter1d(gain, 241)[:, None] * 2.5)
    measured("1.5 dB of headroom", ["headroom"], mix / 10 ** (judge.true_peak(mix, RATE) / 20) * 10 ** (-1.5 / 20), value=1.5, tolerance=0.03)
    measured("3.2 dB of headroom", [], mix / 10 ** (judge.true_peak(mix, RATE) / 20) * 10 ** (-3.2 / 20))
    measured("direct current of 0.01", ["dc"], mix * 0.9 + 0.01, value=20 * np.log10(0.01 + mix.mean() * 0.9), tolerance=0.05)
    measured("direct current of 0.003", [], mix * 0.9 + 0.003)
    measured("right channel inverted", ["phase"], mix * [1, -1] + good_mix()[::-1] * 0.02)
    measured("the same on both channels", ["mono-as-stereo"], mix[:, :1] @ np.ones((1, 2)))
    nearly = mix[:, :1] @ np.ones((1, 2)) + np.random.default_rng(3).standard_normal((n, 2)) * 1e-5
    measured("nearly the same on both channels", ["mono-as-stereo"], nearly, value=10 * np.log10(
        ((nearly[:, 0] - nearly[:, 1]) ** 2).sum() / (nearly.sum(1) ** 2).sum()), tolerance=0.5)
    measured("right channel silent", ["mono-as-stereo"], mix * [1, 0])
    measured("a little width is not mono", [], mix @ [[0.51, 0.49], [0.49, 0.51]])

    measured("low-passed at 16 kHz", ["lossy-source"], low_pass(mix, 16000))
    ragged = signal.lfilter(*signal.butter(2, 6000 / (RATE / 2)), mix, axis=0)
    measured("a dark mix is not lossy", [], ragged / np.abs(ragged).max() * 0.5)
    for codec, args in (("mp3", ["-b:a", "128k"]), ("m4a", ["-b:a", "96k"])):
        judge.write_wav("x.wav", mix, RATE, 24)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "x.wav", *args, "x." + codec], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "x." + codec, "-c:a", "pcm_s24le", "decoded.wav"], check=True)
        if codec == "mp3":
            expect(f"{codec} decoded", ["lossy-source"], ["--measure", "decoded.wav"])
        expect(f"{codec} itself", ["lossy-source"], ["--measure", "x." + codec])
    judge.write_wav("x.wav", good_mix(6, 44100), 44100, 24)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "x.wav", "-ar", "96000", "-c:a", "pcm_s24le", "up.wav"], check=True)
    expect("44.1 to 96 kHz", ["upsampled"], ["--measure", "up.wav"])
    measured("48 to 96 kHz", ["upsampled"], low_pass(np.repeat(good_mix(6), 2, axis=0), 24000, 96000), 96000)

    i16 = np.rint(mix * 32767) / 32768
    judge.write_wav("x.wav", mix, RATE, 16)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "x.wav", "-c:a", "pcm_s24le", "padded.wav"], check=True)
    expect("16 bits in 24", ["padded-bits"], ["--measure", "padded.wav"], value=8, tolerance=0)
    write_float("f.wav", i16, RATE)
    expect("16 bits in a float", ["padded-bits"], ["--measure", "f.wav"], value=8, tolerance=0)

    ended = mix[:n - 2 * RATE + 4000]
    measured("cut off", ["cut-off-ending"], ended)
    measured("cut off, then silence", ["cut-off-ending"], np.concatenate([ended, np.zeros((RATE, 2))]))
    faded = ended.copy()
    faded[-RATE // 2:] *= np.linspace(1, 0, RATE // 2)[:, None]
    measured("faded in half a second", [], faded)
    measured("2.5 s before it", ["head-silence"], np.concatenate([np.zeros((RATE * 5 // 2, 2)), mix]), value=2.5, tolerance=0.03)
    measured("7 s behind it", ["tail-silence"], np.concatenate([mix, np.zeros((RATE * 7, 2))]), value=7.05, tolerance=0.15)
    measured("0.8 s before, 4 s behind", [], np.concatenate([np.zeros((RATE * 4 // 5, 2)), mix, np.zeros((RATE * 4, 2))]))

    for name, k, shape in (("a wrong sample", 2.965, [0.2]), ("a wrong sample in one channel", 4.465, [[0.2, 0]]), ("a jump", 5.715, None)):
        x = mix.copy()
        at = int(k * RATE)
        if shape is None:
            x[at:at + 9000] += np.linspace(0.2, 0, 9000)[:, None]
        else:
            x[at:at + 1] += np.array(shape[0])
        measured(name, ["clicks"], x, value=1, tolerance=0)
    x = mix.copy()
    places = (np.arange(5, 5 + 9 * 2, 2) * RATE // 4) - np.random.default_rng(4).integers(1400, 2500, 9)     # where the hits have faded
    x[places] += np.random.default_rng(5).uniform(0.15, 0.3, (9, 1))
    judge.write_wav("x.wav", x, RATE, 24)
    _, found = warnings(["--measure", "x.wav"])
    at = min(places) / RATE
    ok(len(found) == 1 and found[0]["value"] == 9 and f"{at:.1f}" in found[0]["text"], f"nine clicks, the first at {at:.2f} s: {found}", found)


def check_process(mix):
    judge.write_wav("mix.wav", mix, RATE, 24)
    out = ["mix.wav", "-o", "o.flac", "--max-limiting", "20"]
    expect("a master as it should be", [], [*out, "--loudness", "-23"])
    expect("preset serial as it should be", [], [*out, "--loudness", "-23", "-p", "serial"])
    expect("much compression", ["compressor"], [*out, "--loudness", "-32", "--chain", "multibandcomp bands=\"20000 -36 4\""])
    expect("two compressors, each little", [], [*out, "--loudness", "-23", "--chain",
                                             "multibandcomp bands=\"20000 -20 1.5\" ! multibandcomp bands=\"20000 -20 1.5\""])
    expect("an EQ of 7.5 dB", ["eq"], [*out, "--loudness", "-25", "--chain", "masteringeq bands=\"bell 3000 -7.5\""], value=-7.5, tolerance=1e-9)
    expect("an EQ of 5.5 dB", [], [*out, "--loudness", "-25", "--chain", "masteringeq bands=\"bell 3000 5.5; high-pass 25 slope=24\""])
    got, found = warnings([*out, "--loudness", "-11"])
    ok("limiter" in got and got <= {"limiter", "plr"}, f"much limiting: {sorted(got)}", found)
    rng = np.random.default_rng(9)
    dense = rng.standard_normal((RATE * 6, 2)) * 0.12
    dense[-RATE:] *= np.linspace(1, 0, RATE)[:, None]
    judge.write_wav("dense.wav", dense, RATE, 24)
    got, found = warnings(["dense.wav", "-o", "o.flac", "--loudness", "-8", "--max-limiting", "20"])
    plr = next((w["value"] for w in found if w["id"] == "plr"), 99)
    rate, x = judge.decode("o.flac")
    ok(abs(plr - (judge.true_peak(x, rate) - judge.loudness(x, rate))) < 0.1, f"dense: PLR {plr}", found)

    wide = mix @ [[1, -0.8], [-0.8, 1]]
    wide *= 0.5 / np.abs(wide).max()
    judge.write_wav("wide.wav", wide, RATE, 24)
    got, found = warnings(["wide.wav", "-o", "o.flac", "--loudness", "-25", "--max-limiting", "20"])
    rate, x = judge.decode("o.flac")
    both, mono = (np.add.reduceat((judge.k_weight(y, rate) ** 2).sum(1), np.arange(0, len(y), rate // 10))
                  for y in (x, np.repeat(x.mean(1, keepdims=True), 2, axis=1)))
    loud = both > 0.1 * both[both > 1e-7 * rate / 10].mean()
    loss = 10 * np.log10(both[loud].sum() / mono[loud].sum())
    value = next((w["value"] for w in found if w["id"] == "mono-loss"), 0)
    ok(loss > 3 and abs(value - loss) < 0.3, f"too wide for mono: {value} LU, by definition {loss:.2f}", found)

    judge.write_wav("sixteen.wav", mix, RATE, 16)
    expect("16 bits to 16 bits", ["dithered-twice"], ["sixteen.wav", "-o", "o.flac", "--loudness", "-23", "--max-limiting", "20"])
    expect("16 bits to 24 bits", [], ["sixteen.wav", "-o", "o.flac", "--loudness", "-23", "--bits", "24", "--max-limiting", "20"])
    expect("24 bits to 16 bits", [], [*out, "--loudness", "-23", "--bits", "16"])
    expect("a dither in the chain", ["dithered-twice"], [*out, "--loudness", "-23", "--chain", "tpdfdither bits=16"])
    lufs = judge.loudness(*judge.decode("sixteen.wav")[::-1])
    expect("16 bits to 16 bits, untouched", [], ["sixteen.wav", "-o", "o.flac", "--loudness", f"{lufs:.2f}"])


if SONG and not os.path.exists(SONG):
    print(f"1..0 # SKIP {SONG} is not there: tests/song fetches it")
    sys.exit(0)
with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = folder
    the_mix = good_mix()
    if SONG:
        subprocess.run(["ffmpeg", "-v", "error", "-i", SONG, "-af", "volume=-4dB", "-c:a", "pcm_s24le", "song.wav"], check=True)
        expect("a real song, decoded, 4 dB lower", [], ["--measure", "song.wav"])
        expect("preset gentle on a real song", [], ["song.wav", "-o", "o.flac", "-l", "-22", "-p", "gentle"])
        expect("a real song as Vorbis", ["lossy-source", "headroom"], ["--measure", SONG])
    else:
        check_input(the_mix)
        check_process(the_mix)
    os.chdir("/")
done()
