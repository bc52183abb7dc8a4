#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 from outside: what it writes, judged by ffmpeg's decoders and by definition, and what it refuses.
usage: test-master.py PATH/TO/gst-master-1.0 [--slow]"""
import csv
import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

import judge
from rig import RATE, SLOW, SOURCE, TOOL, done, has, masters, music, ok, refuses, run


def check_refusals():
    judge.write_wav("ok.wav", music(3, RATE) * 0.3, RATE)
    judge.write_wav("silence.wav", np.zeros((RATE * 2, 2)), RATE)
    judge.write_wav("short.wav", music(0.3, RATE) * 0.3, RATE)
    open("empty.wav", "w").close()
    with open("text.flac", "w") as f:
        f.write("This is not music.\n" * 10)
    with open("noise.wav", "wb") as f:
        f.write(np.random.default_rng(2).bytes(10000))
    data = open("ok.wav", "rb").read()
    open("cut.wav", "wb").write(data[:200000])
    subprocess.run(["ffmpeg", "-v", "error", "-i", "ok.wav", "whole.flac"], check=True)
    data = bytearray(open("whole.flac", "rb").read())
    open("cut.flac", "wb").write(data[:len(data) // 3])
    for i in range(len(data) // 4, len(data) // 2, 4099):
        data[i] ^= 0x5a
    open("broken.flac", "wb").write(data)
    os.mkdir("folder")

    refuses("no input", [], 2, "no input")
    refuses("no output", ["ok.wav"], 2, "-o OUTPUT")
    refuses("unknown option", ["--loud"], 2, "--loud")
    refuses("missing input", ["nothing.wav", "-o", "o.flac"], 4, "nothing.wav", "No such file")
    refuses("folder as input", ["folder", "-o", "o.flac"], 4, "folder")
    refuses("empty input", ["empty.wav", "-o", "o.flac"], 4, "empty")
    refuses("truncated WAV", ["cut.wav", "-o", "o.flac"], 4, "cut off")
    refuses("output is the input", ["ok.wav", "-o", "ok.wav", "--overwrite"], 5, "input itself")
    refuses("output exists", ["ok.wav", "-o", "whole.flac"], 5, "--overwrite")
    refuses("two inputs, one output", ["ok.wav", "whole.flac", "-o", "o.flac"], 2, "two inputs", "o.flac")
    refuses("jobs", ["ok.wav", "whole.flac", "-o", "folder", "--jobs", "0"], 2, "--jobs")
    refuses("output folder is missing", ["ok.wav", "-o", "nowhere/o.flac"], 5, "nowhere")
    refuses("output is a device", ["ok.wav", "-o", "/dev/full", "-f", "wav"], 5, "not a regular file")
    refuses("unknown extension", ["ok.wav", "-o", "o.xyz"], 2, "--format", "flac")
    refuses("unknown format", ["ok.wav", "-o", "o.flac", "--format", "tape"], 2, "tape", "flac")
    refuses("loudness out of range", ["ok.wav", "-o", "o.flac", "--loudness", "3"], 2, "--loudness 3", "-40 to 0")
    refuses("ceiling out of range", ["ok.wav", "-o", "o.flac", "--ceiling", "1"], 2, "--ceiling 1", "-20 to 0")
    refuses("policy", ["ok.wav", "-o", "o.flac", "--policy", "louder"], 2, "louder", "linear")
    refuses("report exists", ["ok.wav", "-o", "o.flac", "--report", "whole.flac"], 5, "whole.flac", "--overwrite")
    refuses("target unknown", ["ok.wav", "-o", "o.flac", "--target", "moon"], 2, "moon", "--list-targets")
    refuses("target ambiguous", ["ok.wav", "-o", "o.flac", "--target", "ap"], 2, "apple-music", "apple-tv")
    refuses("format against the target", ["ok.wav", "-o", "o.flac", "--target", "cd", "--rate", "48000"], 2, "--rate 48000",
            "44.1k 16 bit", "--force")
    refuses("bits", ["ok.wav", "-o", "o.flac", "--bits", "13"], 2, "--bits")
    refuses("preset unknown", ["ok.wav", "-o", "o.flac", "--preset", "best"], 2, "best", "transparent")
    refuses("chain: element", ["ok.wav", "-o", "o.flac", "--chain", "volume ! fuzz"], 2, '"fuzz"', "character 10")
    refuses("chain: property", ["ok.wav", "-o", "o.flac", "--chain", "volume loud=1"], 2, '"loud=1"', "character 8", "mute")
    refuses("chain: range", ["ok.wav", "-o", "o.flac", "--chain", "volume volume=11"], 2, '"volume=11"', "from 0 to 10")
    refuses("chain: enum", ["ok.wav", "-o", "o.flac", "--chain", "audiocheblimit mode=all"], 2, "low-pass, high-pass")
    refuses("chain: empty stage", ["ok.wav", "-o", "o.flac", "--chain", "volume ! ! volume"], 2, "stage is missing")
    if os.getuid() != 0:
        os.chmod("folder", 0o500)
        refuses("output folder is read-only", ["ok.wav", "-o", "folder/o.flac"], 5, "folder")
        os.chmod("folder", 0o700)
    if has("masteringeq"):
        refuses("chain: bands", ["ok.wav", "-o", "o.flac", "--chain", 'masteringeq bands="bell 250 99"'], 2, '"99"',
                "-36 to 36")
    if not has("r128meter"):
        print("# r128meter is not there: no measuring")
        return
    refuses("text as input", ["text.flac", "-o", "o.flac"], 4, "text.flac", "not an audio file")
    refuses("noise as input", ["noise.wav", "-o", "o.flac"], 4, "noise.wav")
    refuses("truncated FLAC", ["cut.flac", "-o", "o.flac"], 4, "cut off")
    refuses("broken FLAC", ["broken.flac", "-o", "o.flac"], 4, "broken.flac")
    refuses("silence", ["silence.wav", "-o", "o.flac"], 6, "silent")
    refuses("too short", ["short.wav", "-o", "o.flac"], 6, "300 ms")


def check_policies(song):
    """song.wav: its loudness and true peak by definition say what linear and peak can do."""
    rate, x = judge.decode("song.wav")
    lufs, dbtp = judge.loudness(x, rate), judge.true_peak(x, rate)
    highest = lufs - 1 - dbtp
    masters("policy peak stops at the ceiling", ["song.wav", "--policy", "peak", "--loudness", "-5", "--ceiling", "-1"], target=highest)
    masters("policy peak stops at the target", ["song.wav", "--policy", "peak", "--loudness", f"{highest - 2:.2f}"],
            target=highest - 2)
    masters("policy linear", ["song.wav", "--policy", "linear", "--loudness", f"{highest - 1:.2f}"], target=highest - 1)
    out, (_, a) = judge.decode("out.flac")[1], judge.decode("song.wav")
    gain = np.vdot(a, out) / np.vdot(a, a)
    error = 10 * np.log10(np.mean((out - gain * a) ** 2) / np.mean((gain * a) ** 2))
    ok(error < -60, f"policy linear is one gain: what else there is, is {error:.1f} dB below the song")
    refuses("linear out of reach", ["song.wav", "-o", "o.flac", "--policy", "linear", "--loudness", f"{highest + 1:.2f}"], 3,
            f"{highest:.1f} LUFS", "without limiting")
    refuses("too much limiting", ["song.wav", "-o", "o.flac", "--loudness", f"{highest + 5:.2f}", "--ceiling", "-1"], 3, "5.0 dB of limiting",
            "3.0 dB are allowed")


def check_targets():
    """The table in the tool against the file read by Python's csv."""
    rows = list(csv.DictReader(open(os.path.join(os.environ["GST_MASTERING_DATA_PATH"], "targets.csv"))))
    listed = run("--list-targets").stdout.splitlines()[1:]
    ok(len(rows) >= 60 and len(listed) == len(rows), f"--list-targets: {len(listed)} rows")
    wrong = [line for row, line in zip(rows, listed)
             if line.split()[0] != row["id"] or row["grade"] not in line or row["source_date"] not in line
             or line.split()[1] != (f"{float(row['integrated_lufs']):.1f}" if row["integrated_lufs"] else "-")]
    ok(not wrong, "--list-targets: id, loudness, grade and date of each", "\n".join(wrong))
    own = os.path.join(os.environ["XDG_CONFIG_HOME"], "gst-mastering")
    os.makedirs(own, exist_ok=True)
    with open(os.path.join(own, "targets.csv"), "w") as f:
        f.write('id,name,integrated_lufs,max_true_peak_dbtp,grade,source_date\nspotify,"My ""own"", louder",-12.5,-2,own,2026\n'
                "mine,Mine,-20,-3,own,2026\n")
    listed = run("--list-targets").stdout
    ok('-12.5    -2.0  own' in listed and 'My "own", louder' in listed and re.search(r"^mine +-20\.0", listed, re.M)
       and len(listed.splitlines()) == len(rows) + 2, "the user's own table overrides row by row", listed)
    os.remove(os.path.join(own, "targets.csv"))


def check_target_masters(song):
    masters("target ebu-r128", ["song.wav", "--target", "ebu-r128"], target=-23, ceiling=-1, rate=48000,
            frames=48000 * 8)
    masters("target podcast-mono", ["mono.wav", "--target", "podcast-mono"], target=-19, ceiling=-1, channels=1)
    rate, x = judge.decode("song48.wav")
    x = judge.resample(x, rate, RATE)
    highest = judge.loudness(x, RATE) - 0.3 - judge.true_peak(x, RATE)
    masters("target cd: its format, and as loud as peaks let", ["song48.wav", "--target", "cd"], target=highest, ceiling=-0.3,
            rate=RATE, frames=RATE * 8)
    ok(subprocess.run(["metaflac", "--show-bps", "out.flac"], capture_output=True, text=True).stdout.strip() == "16",
       "target cd: 16 bit")
    masters("target cd, --force", ["song48.wav", "--target", "cd", "--rate", "48000", "--force"], target=highest, ceiling=-0.3,
            rate=48000)


def check_lossy(song, formats):
    """What ffmpeg's decoder makes of the file is at the target and under the ceiling."""
    for out, rate, exact in formats:
        masters(f"{out}: what is decoded", ["song.wav"], rate=rate, frames=rate * 8 if exact else None, out=out)


def tags_of(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "json", path],
                         capture_output=True, text=True).stdout
    found = json.loads(out)
    tags = dict(found.get("format", {}).get("tags", {}))
    for stream in found.get("streams", []):
        tags.update(stream.get("tags", {}))
    return {k.lower(): v for k, v in tags.items()}


def check_tags(outs):
    given = {"title": "Die T\u00fcr", "artist": "Me; and you", "track": "3", "composer": "X", "mood": "odd"}
    stale = {"REPLAYGAIN_TRACK_GAIN": "-3.00 dB", "REPLAYGAIN_TRACK_PEAK": "0.9", "R128_TRACK_GAIN": "-300"}
    meta = [a for k, v in {**given, **stale}.items() for a in ("-metadata", f"{k}={v}")]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", "cover.png"],
                   check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "song.wav", "-i", "cover.png", "-map", "0", "-map", "1",
                    "-disposition:v", "attached_pic", *meta, "tagged.flac"], check=True)
    ok("replaygain_track_gain" in tags_of("tagged.flac"), "(the input has a gain in its tags)", tags_of("tagged.flac"))
    for out in outs:
        r = run("tagged.flac", "-o", out, "--loudness", "-20", "--overwrite")
        tags = tags_of(out)
        ok(r.returncode == 0 and all(tags.get(k) == v for k, v in given.items()), f"{out}: tags are kept", f"{tags} {r.stderr}")
        ok(not any(tags.get(k.lower()) == v for k, v in stale.items()), f"{out}: the mix's loudness tags are not", tags)
        streams = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", out],
                                 capture_output=True, text=True).stdout
        ok("png" in streams, f"{out}: cover art is kept", streams)


def check_batch():
    os.mkdir("done")
    names = ["song.wav", "hot.wav", "silence.wav", "text.flac", "nothing.wav", "mono.wav"]
    r = run(*names, "-o", "done", "--jobs", "2", "--loudness", "-20")
    made = sorted(os.listdir("done"))
    ok(r.returncode == 1 and made == ["hot.flac", "mono.flac", "song.flac"] and "3 of 6 done" in r.stdout,
       "batch: three bad files of six do not stop the others, exit 1", f"{r.returncode} {made} {r.stdout} {r.stderr}")
    ok(all(word in r.stdout for word in ("silent", "not an audio file", "No such file")), "batch: each says why", r.stdout)
    levels = [judge.loudness(*judge.decode(os.path.join("done", m))[::-1]) for m in made]
    ok(all(abs(x + 20) < 0.1 for x in levels), f"batch: each at -20 LUFS: {[f'{x:.2f}' for x in levels]}")
    r = run("song.wav", "-o", "done/", "--format", "wav", "--loudness", "-20")
    ok(r.returncode == 0 and os.path.exists("done/song.wav"), "a folder as output: named after the input", r.stderr)


def check_staging(song):
    """The same song at three levels, through compressors: the same master."""
    made = []
    for level in (-12, 0, 10):
        judge.write_wav("level.wav", song * 0.25 * 10 ** (level / 20), RATE, 24)
        r = run("level.wav", "-o", "level.flac", "-p", "serial", "-l", "-20", "--max-limiting", "24", "--overwrite")
        made.append(judge.decode("level.flac")[1] if r.returncode == 0 else np.zeros(1))
    worst = max(abs(20 * np.log10(np.sqrt(np.mean(x[k:k + RATE] ** 2)) / np.sqrt(np.mean(made[0][k:k + RATE] ** 2))))
                for x in made[1:] for k in range(0, RATE * 7, RATE // 2))
    ok(worst < 0.1, f"the same song at -12, 0, +10 dB gives the same master: within {worst:.3f} dB in any second")


def check_untouched():
    """24 bit in, 24 bit out, already at the target: the same samples."""
    rate, x = judge.decode("song48.wav")
    out = run("song48.wav", "-o", "same.flac", "--loudness", f"{judge.loudness(x, rate):.2f}")
    ok(out.returncode == 0 and np.array_equal(judge.decode("same.flac")[1], x), "nothing to do: not a bit is changed",
       out.stdout + out.stderr)


def check_rules():
    """ebu-r128-s1 lets no short-term loudness above -18: a piece of half a minute with one loud part breaks it."""
    x = np.random.default_rng(5).standard_normal((RATE * 24, 2)) * 0.01
    x[RATE * 10:RATE * 14] *= 6
    judge.write_wav("spot.wav", x, RATE)
    r = run("spot.wav", "-o", "spot.flac", "--target", "ebu-r128-s1", "--report", "spot.json")
    verdict = json.load(open("spot.json"))["verdict"] if r.returncode == 0 else ""
    short = json.load(open("spot.json"))["output"]["max-short-term-lufs"] if r.returncode == 0 else 0
    ok("Not within the target's rules" in r.stdout and f"short-term maximum {short + 18:.1f} LU above -18.0 LUFS" in verdict,
       f"a target's other rules are checked: {verdict}", r.stdout + r.stderr)


def check_report():
    for name in ("a.flac", "b.flac"):
        r = run("song.wav", "-o", name, "--report", "r.json", "--overwrite", "--max-limiting", "24")
        ok(r.returncode == 0, f"report: {name}", r.stderr)
    ok(open("a.flac", "rb").read() == open("b.flac", "rb").read(), "same input, same options: same bytes")
    report = json.load(open("r.json"))
    for key, name in (("input", "song.wav"), ("output", "b.flac")):
        rate, x = judge.decode(name)
        f = report[key]
        ok(f["sha256"] == hashlib.sha256(open(name, "rb").read()).hexdigest() and f["frames"] == len(x) and f["rate"] == rate
           and f["channels"] == 2 and abs(f["integrated-lufs"] - judge.loudness(x, rate)) < 0.02
           and abs(f["true-peak-dbtp"] - judge.true_peak(x, rate)) < 0.03 and f["bits"] == 16, f"report: figures of {key}", f)
    plan = report["plan"]
    ok(plan["target-lufs"] == -14 and plan["policy"] == "loudness" and plan["preset"] == "transparent"
       and report["verdict"] == "pass" and report["renders"] >= 1, "report: plan and verdict", report)
    before = sorted(os.listdir("."))
    r = run("song.wav", "--dry-run", "--max-limiting", "24")
    ok(r.returncode == 0 and "Planned gain" in r.stdout and sorted(os.listdir(".")) == before, "--dry-run plans only", r.stdout)


def check_more_masters(song, n):
    masters("song into the limiter", ["song.wav", "--loudness", "-12", "--ceiling", "-2", "--max-limiting", "24"], target=-12, ceiling=-2, frames=n)
    masters("48 kHz, 24 bit to 44.1 kHz, 16 bit", ["song48.wav", "--rate", "44100", "--bits", "16"], rate=RATE, frames=n)
    masters("rate is kept", ["song48.wav"], rate=48000, frames=48000 * 8, out="out.wav")
    said = masters("preset gentle, mono", ["mono.wav", "--preset", "gentle"], channels=1, frames=n)
    ok("msmatrix" in said and "left out" in said, "says that mono needs no M/S", said)

    for line in run("--list-presets").stdout.splitlines():
        masters(f"preset {line.split()[0]}", ["song.wav", "--preset", line.split()[0], "--loudness", "-18"], target=-18, frames=n)
    check_staging(song)
    check_policies(song)
    check_target_masters(song)
    check_lossy(song, [("out.opus", 48000, True), ("out.ogg", RATE, True), ("out.mp3", RATE, False), ("out.m4a", RATE, False)])
    check_tags(["out.opus", "out.ogg"])
    r = run("song.wav", "-o", "no.mp3", "--rate", "96000")
    ok(r.returncode == 2 and "48000" in r.stderr, "refused: 96 kHz into MP3", r.stderr)
    r = run("song.wav", "-o", "no.mp3", "--target", "cd")
    ok(r.returncode == 2 and "contradicts" in r.stderr and "--force" in r.stderr, "refused: MP3 for a CD", r.stderr)


def check_masters():
    n = RATE * 8
    song = music(8, RATE)
    judge.write_wav("song.wav", song * 0.2, RATE)
    judge.write_wav("hot.wav", np.tanh(song * 6), RATE)
    judge.write_wav("song48.wav", music(8, 48000) * 0.25, 48000, 24)
    judge.write_wav("mono.wav", song[:, :1] * 0.3, RATE)
    said = masters("quiet song, louder", ["song.wav"], rate=RATE, frames=n)
    rows = ["Integrated loudness", "Short-term maximum", "Loudness range", "True peak", "PLR", "Correlation", "Bits"]
    ok(all(re.search(rf"^{row} +\S+.* +\S+", said, re.M) for row in rows), "table: before and after of seven figures", said)
    ok(re.search(r"pass \d+ render: 100 %, \d+x", said) and "pass 1 measure" in said, "progress in plain lines", said)
    if SLOW:
        check_more_masters(song, n)
    masters("hot song, quieter", ["hot.wav", "--loudness", "-18"], target=-18, rate=RATE, frames=n)
    masters("mono", ["mono.wav"], channels=1, frames=n)
    gentle = masters("preset gentle", ["song48.wav", "--preset", "gentle", "-r", "44100", "-b", "16"], rate=RATE, frames=n)
    ok("analyse" in gentle, "preset gentle runs its chain before the limiter", gentle)
    check_report()
    check_rules()
    check_untouched()
    check_batch()
    check_tags(["out.flac"])

    judge.write_wav("six.wav", np.tile(song[:, :1] * 0.2, (1, 6)), RATE)
    refuses("5.1 into M/S", ["six.wav", "-o", "o.wav", "--chain", "msmatrix"], 6, "6 channels", "msmatrix", "stereo")
    refuses("mono into side bands", ["mono.wav", "-o", "o.wav", "--chain", 'masteringeq bands="bell channels=side"'], 6,
            "1 channel", "stereo")

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))
    refuses("disk full", ["song.wav", "-o", "o.wav", "--loudness", "-20"], 5, "cannot write o.wav", preexec_fn=small_files)

    before = sorted(os.listdir("."))
    for sig in (signal.SIGINT, signal.SIGTERM):
        p = subprocess.Popen([TOOL, "song.wav", "-o", "o.flac", "--loudness", "-9", "--max-limiting", "24"], stderr=subprocess.PIPE, text=True)
        for line in p.stderr:
            if "measure: 100" in line:
                break
        time.sleep(0.05)
        p.send_signal(sig)
        p.wait(timeout=20)
        ok(p.returncode == 130 and sorted(os.listdir(".")) == before, f"{sig.name} ends with 130 and leaves nothing",
           f"{p.returncode} {set(os.listdir('.')) - set(before)}")
        p.stderr.close()

    open("there.flac", "w").write("precious")
    r = run("text.flac", "-o", "there.flac", "--overwrite")
    ok(r.returncode == 4 and open("there.flac").read() == "precious", "a failure leaves an existing output alone", r.stderr)
    r = run("song.wav", "-o", "there.flac", "--overwrite", "--quiet", "--loudness", "-20")
    ok(r.returncode == 0 and os.path.getsize("there.flac") > 1000 and r.stderr == "", "--overwrite, --quiet", r.stderr)
    r = run("--measure", "song.wav")
    lufs = float(re.search(r"Integrated loudness +(-?[\d.]+)", r.stdout).group(1))
    expected = judge.loudness(judge.decode("song.wav")[1], RATE)
    ok(abs(lufs - expected) < 0.02, f"--measure: {lufs} LUFS, by definition {expected:.3f}", r.stdout)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = os.path.join(folder, "config")
    os.mkdir("config")
    ok(run("--version").stdout.startswith("gst-master-1.0 1."), "--version")
    r = run("--help")
    ok("--loudness" in r.stdout and len(r.stdout.splitlines()) <= 24 and max(map(len, r.stdout.splitlines())) <= 100,
       "--help fits a screen of 24 lines", r.stdout)
    said = run("--help-all").stdout.split("Application Options")[1] + run("--help-more").stdout
    options = set(re.findall(r"--[a-z][a-z-]+", said)) - {"--help-gst"}
    for where in ("gst-master-1.0.1", "gst-master-1.0.bash"):
        text = open(os.path.join(SOURCE, "gst", "tools", where)).read().replace("\\-", "-")
        ok(not [o for o in options if o not in text], f"{where} has every option", [o for o in options if o not in text])
    presets = run("--list-presets").stdout.split("\n")[:-1]
    ok(len(presets) >= 7 and all(len(line.split(None, 1)) == 2 for line in presets), "--list-presets", presets)
    check_targets()
    check_refusals()
    if all(has(e) for e in ("r128meter", "truepeaklimiter", "tpdfdither", "masteringeq", "multibandcomp", "msmatrix")):
        check_masters()
    else:
        print("# not all elements are there: no masters made")
    os.chdir("/")
done()
