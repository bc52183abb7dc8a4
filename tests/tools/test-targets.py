#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Targets of gst-master-1.0: the table, the user's own, platform rules by their published vectors, delivery formats, verdicts.
usage: test-targets.py PATH/TO/gst-master-1.0"""
import csv
import json
import os
import re
import subprocess
import tempfile

import numpy as np

import judge
from rig import ok, done, run

RATE = 48000


def report(*args):
    r = run("-q", "--report", "r.json", "-y", *args)
    return json.load(open("r.json")) if r.returncode == 0 else {"failed": r.stderr, "code": r.returncode}


def piece(lufs, dbtp, seconds=5, channels=2):
    """Noise at a loudness, with single hits that reach the peak."""
    rng = np.random.default_rng(1)
    x = np.convolve(rng.standard_normal(seconds * RATE), np.hanning(24), "same")
    x = np.repeat(x[:, None], channels, axis=1)
    x *= np.minimum(1, np.arange(len(x))[::-1] / RATE * 2)[:, None]
    hit = np.hanning(97)[:, None]
    for _ in range(12):
        x *= 10 ** ((lufs - judge.loudness(x, RATE)) / 20)
        limit = 10 ** ((dbtp - 1) / 20)
        x = np.clip(x, -limit, limit) if np.abs(x).max() > limit else x
        for at in (RATE, 2 * RATE):
            x[at:at + 97] = hit * 10 ** (dbtp / 20)
    return x


rows = list(csv.DictReader(open(os.path.join(os.environ["GST_MASTERING_DATA_PATH"], "targets.csv"))))


def check_table():
    ok(len(rows) >= 60 and all(r["grade"] in ("standard", "platform-published", "reported", "community") and len(r["source"]) > 5
                               and re.search(r"20\d\d", r["source_date"]) for r in rows),
       f"{len(rows)} rows, each with grade, source and date", [r["id"] for r in rows if not re.search(r"20\d\d", r["source_date"])])
    listed = run("--list-targets").stdout.splitlines()[1:]
    ok(len(listed) == len(rows) and all(a.split()[0] == r["id"] and r["grade"] in a and r["source_date"] in a for a, r in zip(listed, rows)),
       "--list-targets shows grade and date of each")


def check_platforms():
    """What platforms do, from their own rules: integrated, true peak, target, gain."""
    vectors = [(-20, -5, {"spotify": 4, "spotify-quiet": 1, "spotify-loud": 9, "youtube": 0, "tidal": 0, "bandcamp": 0, "replaygain-2": 2}),
               (-20, -0.5, {"spotify": 0, "spotify-quiet": 0, "spotify-loud": 9, "youtube": 0}),
               (-14, -1, {"spotify": 0, "spotify-quiet": -5, "spotify-loud": 3, "replaygain-2": -4}),
               (-9, -0.2, {"spotify": -5, "spotify-quiet": -10, "spotify-loud": -2, "youtube": -5, "tidal": -5, "replaygain-2": -9}),
               (-23, -9, {"spotify": 8, "spotify-quiet": 4, "spotify-loud": 12, "youtube": 0, "ebu-r128": None, "apple-music": None})]
    for lufs, dbtp, wanted in vectors:
        x = piece(lufs, dbtp)
        judge.write_wav("p.wav", x, RATE, 24)
        got = {t: report("-m", "p.wav", "--target", t).get("platform-gain-db") for t in wanted}
        good = all((got[t] is None) == (wanted[t] is None) and (wanted[t] is None or abs(got[t] - wanted[t]) < 0.06) for t in wanted)
        ok(good, f"{lufs} LUFS, {dbtp} dBTP: " + ", ".join(f"{t} {got[t]}" for t in got), f"{wanted} {judge.loudness(x, RATE)} {judge.true_peak(x, RATE)}")

    judge.write_wav("peaky.wav", piece(-24, -2), RATE, 24)
    for target in ("tidal", "youtube", "soundcloud"):
        r = report("peaky.wav", "-o", "o.flac", "--target", target)
        rate, x = judge.decode("o.flac") if "failed" not in r else (RATE, np.zeros((RATE, 2)))
        lufs = judge.loudness(x, rate)
        ok("failed" not in r and -22.5 < lufs < -15 and abs(r["limiting-db"] - 3) < 0.15,
           f"{target} leaves quieter masters: as loud as 3 dB of limiting let, {lufs:.1f} LUFS", r)
    for args in (["--target", "spotify"], ["--target", "tidal", "--loudness", "-14"]):
        r = report("peaky.wav", "-o", "no.flac", *args)
        ok(r.get("code") == 3 and not os.path.exists("no.flac"), f"{' '.join(args)} is out of reach: exit 3, nothing written", r)

    judge.write_wav("mix.wav", piece(-18, -5), RATE, 24)
    for lufs, ceiling in (("-14", -1), ("-12", -2)):
        r = report("mix.wav", "-o", "o.flac", "--target", "spotify", "--loudness", lufs, "--max-limiting", "20")
        peak = judge.true_peak(judge.decode("o.flac")[1], RATE) if "failed" not in r else 0
        ok("failed" not in r and r["settings"]["ceiling-dbtp"] == ceiling and peak <= ceiling + 0.01,
           f"spotify at {lufs} LUFS: {ceiling} dBTP", r)
    r = report("mix.wav", "-o", "o.flac", "--target", "spotify", "--loudness", "-12", "--ceiling", "-1", "--max-limiting", "20")
    ok("true peak" in r.get("verdict", "") and "above -2.0 dBTP" in r["verdict"], f"the user's own ceiling goes, and is said: {r.get('verdict')}", r)


def check_delivery():
    judge.write_wav("mix.wav", piece(-20, -9), RATE, 24)
    judge.write_wav("mono.wav", piece(-20, -9, channels=1), RATE, 24)
    refused = [("cd", ["-o", "x.mp3"], 2, "44.1k 16 bit"), ("cd", ["-o", "x.wav", "--rate", "48000"], 2, "44.1k"),
               ("cd", ["-o", "x.wav", "--bits", "24"], 2, "16 bit"), ("cd", ["-o", "x.flac", "--format", "mp3"], 2, "contradicts"),
               ("ebu-r128", ["-o", "x.opus"], 2, "24 bit"), ("vinyl-premaster", ["-o", "x.mp3"], 2, "24 bit"),
               ("netflix-near-field", ["-o", "x.m4a"], 2, "24 bit"), ("prime-video-direct", ["-o", "x.ogg"], 2, "PCM"),
               ("acx-audiobook", ["-o", "x.flac"], 2, "mp3")]
    for target, args, code, word in refused:
        r = run("mix.wav", "--target", target, *args)
        ok(r.returncode == code and word in r.stderr and "--force" in r.stderr and not os.path.exists(args[1]),
           f"refused: {target} {' '.join(args)}", r.stderr)
    r = run("mix.wav", "--target", "podcast-mono", "-o", "x.flac")
    ok(r.returncode == 6 and "2 channels" in r.stderr and "--force" in r.stderr, "refused: podcast-mono in stereo", r.stderr)
    r = run("mono.wav", "--target", "cd", "-o", "x.flac")
    ok(r.returncode == 6 and "1 channel," in r.stderr, "refused: a CD in mono", r.stderr)
    r = report("mix.wav", "--target", "cd", "--rate", "48000", "-o", "x.wav", "--force")
    ok("failed" not in r and r["output"]["rate"] == 48000 and r["output"]["bits"] == 16, "forced", r)
    for target, rate, bits in (("cd", 44100, 16), ("ebu-r128", 48000, 24), ("netflix-near-field", 48000, 24)):
        r = report("mix.wav", "--target", target, "-o", "f.wav", "--max-limiting", "20")
        ok(r.get("output", {}).get("rate") == rate and r["output"]["bits"] == bits, f"{target} brings {rate} Hz, {bits} bits", r)


def check_verdicts():
    """Rules that do not steer."""
    rng = np.random.default_rng(2)
    x = np.convolve(rng.standard_normal(RATE * 40), np.hanning(24), "same")[:, None] * [0.002, 0.002]
    x[RATE * 15:RATE * 20] *= 12
    judge.write_wav("wide.wav", x, RATE, 24)
    r = report("wide.wav", "-o", "o.wav", "--target", "netflix-near-field", "--max-limiting", "20")
    lra = r.get("output", {}).get("loudness-range-lu", 0)
    ok(lra > 18 and f"loudness range {lra - 18:.1f} LU above 18.0 LU" in r["verdict"] and "so netflix-low-dialogue holds" in r["verdict"]
       and f"(the whole programme has {r['output']['integrated-lufs']:.1f} LUFS)" in r["verdict"], f"LRA and dialogue: {r.get('verdict')}", r)
    said = run("wide.wav", "-o", "o.wav", "-y", "--target", "netflix-near-field", "--max-limiting", "20")
    ok("counts speech alone" in said.stderr and "Not within the target's rules: loudness range" in said.stdout, "the plan says that it is not the speech that is brought there",
       said.stdout + said.stderr)
    for row in rows:
        if row["gate"] == "dialogue" or row["not_measured"]:
            r = report("mix.wav", "-o", "o.wav", "--target", row["id"], "--max-limiting", "20", "--force")
            verdict = r.get("verdict", "")
            programme = f"the whole programme has {r['output']['integrated-lufs']:.1f} LUFS" if "output" in r else "?"
            words = [f"so {row['low_speech_target']} holds", "speech 0 %"] if row["low_speech_target"] else ["not judged: ", row["not_measured"]]
            ok(all(w in verdict for w in words) and not verdict.startswith(("pass", "matches"))
               and (row["gate"] != "dialogue" or programme in verdict), f"{row['id']}, no speech: {verdict}", r)
    x = np.convolve(rng.standard_normal(RATE * 24), np.hanning(24), "same")[:, None] * [0.01, 0.01]
    x[RATE * 10:RATE * 14] *= 6
    judge.write_wav("spot.wav", x, RATE, 24)
    r = report("spot.wav", "-o", "o.wav", "--target", "ebu-r128-s1", "--max-limiting", "20")
    short = r.get("output", {}).get("max-short-term-lufs", -99)
    ok(short > -18 and f"short-term maximum {short + 18:.1f} LU above -18.0 LUFS" in r["verdict"], f"short-term: {r.get('verdict')}", r)
    for row in rows:
        limits = [row["max_short_term_lufs"], row["max_lra_lu"]]
        if any(limits) and row["id"] not in ("netflix-near-field", "ebu-r128-s1"):
            r = report("wide.wav" if row["max_lra_lu"] else "spot.wav", "-o", "o.wav", "--target", row["id"], "--max-limiting", "20", "--force")
            out = r.get("output", {"max-short-term-lufs": 99, "loudness-range-lu": 99})
            over = [what for what, limit, is_ in zip(("short-term maximum", "loudness range"), limits,
                                                     (out["max-short-term-lufs"], out["loudness-range-lu"])) if limit and is_ > float(limit) + 0.01]
            verdict = r.get("verdict", "")
            ok("output" in r and over and all((what in verdict) == (what in over) for what in ("short-term maximum", "loudness range")),
               f"{row['id']}, limits {limits}: {out['max-short-term-lufs']:.1f} LUFS, {out['loudness-range-lu']:.1f} LU: {verdict}", r)
    r = report("mix.wav", "-o", "o.wav", "--target", "tidal", "--max-limiting", "20")
    ok(r.get("verdict") == "matches (reported)", "nobody has published it: not a pass", r)
    r = report("mix.wav", "-o", "o.wav", "--target", "ebu-r128")
    ok(r.get("verdict") == "pass", "nothing wrong: pass", r)
    r = report("mix.wav", "-o", "o.wav", "--target", "ebu-r128", "--loudness", "-22")
    ok("integrated loudness +1.0 LU off -23.0 LUFS" in r.get("verdict", ""), f"another loudness than the one that is checked: {r.get('verdict')}", r)


def check_dialogue():
    """Speech at a known level, judged as such: within, off and by how much, and never a pass."""
    subprocess.run(["espeak-ng", "-v", "en-us+m2", "-s", "150", "-w", "s.wav", "The stores were closed when we came down to the harbour, and nobody could tell "
                    "us why. I told him twice, but he would not listen, he never does, and now look at this house."], check=True, capture_output=True)
    rate, s = judge.decode("s.wav")
    s = judge.resample(s[:, :1], rate, RATE)
    x = np.random.default_rng(4).standard_normal((30 * RATE, 2)) * 2e-4
    x[3 * RATE:3 * RATE + len(s)] += s
    is_speech = np.arange(len(x)) // RATE
    is_speech = (is_speech >= 3) & (is_speech < 3 + len(s) // RATE)
    want = -0.691 + 10 * np.log10((judge.k_weight(x, RATE)[is_speech] ** 2).sum(1).mean())
    for target, lufs, tolerance, shift in (("netflix-near-field", -27, 2, 0), ("netflix-near-field", -27, 2, 5), ("atsc-a85-long", -24, 2, -4), ("aes77-speech", -18, 1, 0)):
        level = x * 10 ** ((lufs + shift - want) / 20)
        judge.write_wav("talk.wav", level, RATE, 24)
        r = report("talk.wav", "-o", "o.wav", "--target", target, "--loudness", f"{judge.loudness(level, RATE):.3f}", "--max-limiting", "20", "--force")
        out, verdict = r.get("output", {}), r.get("verdict", "")
        good = abs(out.get("dialogue-lufs", 0) - lufs - shift) < 0.5 and out["speech-share-percent"] > 20 and "by our speech gate (an estimate" in verdict
        good = good and (f"dialogue loudness {out['dialogue-lufs'] - lufs:+.1f} LU off {lufs:.1f} LUFS" in verdict) == (shift != 0)
        ok(good and verdict.startswith("within the limits by") == (shift == 0), f"{target}, {shift:+} LU: {verdict}", r)
    judge.write_wav("talk.wav", x * 10 ** ((-23 - judge.loudness(x, RATE)) / 20), RATE, 24)
    r = report("talk.wav", "-o", "o.wav", "--target", "ebu-r128-s4", "--max-limiting", "20", "--force")
    ok("loudness to dialogue" in r.get("verdict", "") and "at most 5.0 LU" in r["verdict"] and abs(r["output"]["loudness-to-dialogue-lu"]) < 1, f"ebu-r128-s4: {r.get('verdict')}", r)


def check_levels():
    """ACX: RMS and noise floor, by their definitions."""
    rng = np.random.default_rng(6)
    for rms, floor, words in ((-20, -70, []), (-25, -70, ["RMS 2.0 dB below -23.0 dBFS"]), (-16, -50, ["RMS 2.0 dB above -18.0 dBFS", "noise floor 9.9 dB above -60.0 dBFS"])):
        x = rng.standard_normal((12 * RATE, 1))
        x[:3 * RATE] *= 10 ** (floor / 20) / np.sqrt(np.mean(x[:3 * RATE] ** 2))
        x[3 * RATE:] *= np.sqrt((10 ** (rms / 10) * 12 - 10 ** (floor / 10) * 3) / 9) / np.sqrt(np.mean(x[3 * RATE:] ** 2))
        judge.write_wav("book.wav", x, RATE, 24)
        r = report("-m", "book.wav", "--target", "acx-audiobook")
        got = r.get("input", {})
        quiet = min(np.mean(x[at:at + RATE // 2] ** 2) for at in range(0, len(x) - RATE // 2 + 1, RATE // 20))
        ok(abs(got.get("rms-dbfs", 0) - rms) < 0.01 and abs(got["noise-floor-dbfs"] - 10 * np.log10(quiet)) < 0.01,
           f"RMS {got.get('rms-dbfs')} dBFS ({rms}), noise floor {got.get('noise-floor-dbfs')} ({10 * np.log10(quiet):.2f})", r)
        r = report("book.wav", "-o", "o.wav", "--target", "acx-audiobook", "--loudness", f"{judge.loudness(x, RATE):.3f}", "--ceiling", "0", "--max-limiting", "20", "--force", "--rate", "48000")
        verdict, out = r.get("verdict", ""), r.get("output", {})
        ok(abs(out.get("rms-dbfs", 0) - rms) < 0.1 and all(w in verdict for w in words) and ("RMS" in verdict) == bool(words), f"{rms} dBFS: {verdict}", r)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = folder
    check_table()
    check_platforms()
    check_delivery()
    check_verdicts()
    check_dialogue()
    check_levels()
    os.chdir("/")
done()
