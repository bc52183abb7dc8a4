#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0: formats, streams, folders, receipts, gain staging.
usage: test-master-files.py PATH/TO/gst-master-1.0 [--slow]"""
import json
import os
import re
import subprocess
import tempfile

import numpy as np

import judge
from rig import RATE, SLOW, TOOL, done, masters, music, ok, refuses, run


def probe(path, entries):
    return subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", entries, "-of", "csv=p=0", path],
                          capture_output=True, text=True).stdout.strip()


def check_formats():
    n = RATE * 6
    for out, args, codec in (("o.aiff", [], "pcm_s16be"), ("o24.aiff", ["--bits", "24"], "pcm_s24be"),
                             ("o.m4a", ["--format", "alac"], "alac")):
        masters(f"{out} {' '.join(args)}", ["song.wav", *args], rate=RATE, frames=n, out=out)
        ok(probe(out, "stream=codec_name").rstrip(",") == codec, f"{out}: it is {codec}", probe(out, "stream=codec_name"))
    judge.write_wav("song24.wav", music(6, RATE, 3) * 0.3, RATE, 24)
    for name in ("aiff", "alac", "flac", "wav"):
        r = run("song24.wav", "-o", f"same.{name}", "--format", name, "--bits", "24", "--policy", "linear", "--loudness",
                f"{judge.loudness(judge.decode('song24.wav')[1], RATE):.2f}", "--overwrite")
        same = r.returncode == 0 and np.array_equal(judge.decode(f"same.{name}")[1], judge.decode("song24.wav")[1])
        ok(same, f"24 bit to {name}, --bits 24, nothing to do: bit by bit the same", r.stdout + r.stderr)
    r = run("same.aiff", "-o", "back.flac", "--loudness", "-20", "--max-limiting", "24")
    ok(r.returncode == 0 and len(judge.decode("back.flac")[1]) == n, "an AIFF is read to its end", r.stderr)


def check_dither():
    """Shaped noise stays under the ceiling, and the words reach the element."""
    for shaping in ("none", "strong"):
        masters(f"--noise-shaping {shaping}", ["song.wav", "--noise-shaping", shaping, "--loudness", "-12"], target=-12, rate=RATE)
    r = run("song.wav", "-o", "d.flac", "--noise-shaping", "pink")
    ok(r.returncode == 2 and "light" in r.stderr, "--noise-shaping: unknown", r.stderr)
    r = run("song.wav", "-o", "d.flac", "--dither", "some")
    ok(r.returncode == 2 and "triangular" in r.stderr, "--dither: unknown", r.stderr)
    made = []
    for dither in ("none", "triangular"):
        run("song.wav", "-o", "d.wav", "--dither", dither, "--loudness", "-20", "--overwrite")
        made.append(judge.decode("d.wav")[1])
    error = (made[0] - made[1]) * 32768
    ok(0.2 < error.var() < 0.5, f"--dither triangular against none: {error.var():.3f} steps squared", "")


def check_streams():
    data = open("song.wav", "rb").read()
    piped = subprocess.run([TOOL, "-", "-o", "-", "--format", "wav", "--loudness", "-20"], input=data, capture_output=True)
    run("song.wav", "-o", "file.wav", "--loudness", "-20", "--overwrite")
    ok(piped.returncode == 0 and piped.stdout == open("file.wav", "rb").read(), "stdin to stdout: the bytes of file to file",
       piped.stderr.decode())
    ok(b"spooled" in piped.stderr, "that stdin was spooled is said", piped.stderr.decode())
    os.mkfifo("pipe.wav")
    writer = subprocess.Popen(["cp", "song.wav", "pipe.wav"])
    r = run("pipe.wav", "-o", "piped.wav", "--loudness", "-20")
    writer.wait()
    ok(r.returncode == 0 and open("piped.wav", "rb").read() == open("file.wav", "rb").read() and "spooled" in r.stderr,
       "a pipe as input: the same bytes", r.stderr)
    bad = subprocess.run([TOOL, "-", "-o", "-", "--format", "wav"], input=b"text", capture_output=True)
    ok(bad.returncode == 4 and bad.stdout == b"", "nothing goes to stdout when it fails", bad.stderr.decode())
    refuses("stdout without a format", ["song.wav", "-o", "-"], 2, "--format")
    ok(not [f for f in os.listdir(tempfile.gettempdir()) if f.startswith((".gst-master", "gst-master-stdout"))],
       "nothing is left where things were spooled")


def check_cores():
    """Queues or none: the same bytes."""
    made = []
    for cores in ("0", ",".join(map(str, sorted(os.sched_getaffinity(0))))):
        r = subprocess.run(["taskset", "-c", cores, TOOL, "song.wav", "-o", "cores.flac", "-p", "gentle", "--loudness", "-20", "--overwrite"],
                           capture_output=True, text=True)
        made.append(open("cores.flac", "rb").read() if r.returncode == 0 else r.stderr)
    ok(len(made[0]) > 10000 and made[0] == made[1], "on one core and on all: the same bytes", made[0] if isinstance(made[0], str) else "")


def check_tracks():
    judge.write_wav("other.wav", music(3, 48000, 4) * 0.1, 48000)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "song.wav", "-i", "other.wav", "-map", "0", "-map", "1", "-c:a", "flac",
                    "two.mka"], check=True)
    for track, name in (("1", "song.wav"), ("2", "other.wav")):
        rate, x = judge.decode(name)
        r = run("--measure", "two.mka", "--track", track)
        ok(r.returncode == 0 and f"{judge.loudness(x, rate):.2f} LUFS" in r.stdout, f"--track {track}", r.stdout + r.stderr)
    refuses("a track that is not there", ["two.mka", "-o", "o.flac", "--track", "3"], 4, "no audio track of that number")


def check_prediction():
    """What is not reachable is known before a file is begun, with what is."""
    rate, x = judge.decode("song.wav")
    lufs, dbtp = judge.loudness(x, rate), judge.true_peak(x, rate)
    free = lufs - 1 - dbtp
    r = run("song.wav", "-o", "no.flac", "--loudness", f"{free + 6:.2f}")
    found = re.search(r"with those it is (-[\d.]+) LUFS", r.stderr)
    ok(r.returncode == 3 and not os.path.exists("no.flac") and "pass 2 try" in r.stderr and "render" not in r.stderr and found,
       "too much limiting: refused before a render, with the reachable figure", r.stderr)
    if found:
        masters("that figure is reachable", ["song.wav", "--loudness", found.group(1), "--max-limiting", "3.0"],
                target=float(found.group(1)), rate=rate)
    r = run("song.wav", "--dry-run", "--loudness", f"{free + 2:.2f}", "--report", "plan.json", "--overwrite")
    plan = json.load(open("plan.json"))["plan"]
    ok(abs(plan["predicted-lufs"] - free - 2) < 0.06 and 1.9 < plan["predicted-limiting-db"] < 3.05,
       f"--dry-run: {plan['predicted-limiting-db']} dB of limiting foretold", r.stderr)
    r = run("song.wav", "-o", "done.flac", "--loudness", f"{free + 2:.2f}", "--report", "done.json", "--overwrite")
    told = json.load(open("done.json"))
    ok(abs(told["limiting-db"] - plan["predicted-limiting-db"]) < 0.1 and told["renders"] == 1,
       f"and done with {told['limiting-db']} dB in {told['renders']} render", r.stderr)
    ok(abs(told["second-opinion-lufs"] - free - 2) < 0.1, f"libebur128 reads {told['second-opinion-lufs']}", told)
    x = np.random.default_rng(5).standard_normal((RATE * 24, 2)) * 0.01
    x[RATE * 10:RATE * 14] *= 6
    judge.write_wav("wide.wav", x, RATE)
    refuses("--max-lra", ["wide.wav", "-o", "o.flac", "--loudness", "-30", "--max-lra", "4"], 3, "loudness range", "preset")


def check_staging():
    """The same song at -30, -14 and -7 LUFS: the same master, in 50 ms pieces, and each stage's level in the report."""
    song = music(8, RATE, 2)
    song *= 10 ** ((-30 - judge.loudness(song, RATE)) / 20)
    made = []
    for gain in (0, 16, 23):
        x = song * 10 ** (gain / 20)
        with open("level.raw", "wb") as f:      # float: at -7 LUFS its peaks are above full scale
            f.write(x.astype("<f4").tobytes())
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "level.raw",
                        "-c:a", "pcm_f32le", "level.wav"],
                       check=True)
        r = run("level.wav", "-o", "level.flac", "-p", "gentle", "--max-limiting", "24", "--bits", "24", "--report", "level.json", "--overwrite")
        made.append(judge.decode("level.flac")[1] if r.returncode == 0 else np.zeros((len(x), 2)))
    n = RATE // 20

    def levels(x):
        return 10 * np.log10((x[:len(x) // n * n].reshape(-1, n * 2) ** 2).mean(axis=1) + 1e-12)
    worst = max(np.abs(levels(m) - levels(made[0])).max() for m in made[1:])
    ok(worst < 0.1, f"-30, -14, -7 LUFS in: the same master within {worst:.3f} dB in any 50 ms", "")
    stages = json.load(open("level.json"))["stages"]
    names = [s["stage"] for s in stages]
    ok(names == ["trim", "masteringeq", "multibandcomp", "msmatrix", "drive", "limiter"]
       and all(a["after-lufs"] == b["before-lufs"] for a, b in zip(stages, stages[1:]))
       and abs(stages[0]["before-lufs"] + 7) < 0.05 and abs(stages[0]["after-lufs"] + 18) < 0.01
       and abs(stages[-1]["after-lufs"] + 14) < 0.1, "the level before and after each stage is in the report", stages)


def check_receipts():
    r = run("song.wav", "-o", "one.flac", "--report", "one.json", "-p", "gentle", "--loudness", "-16", "--max-limiting", "9",
            "--bits", "16", "--noise-shaping", "light")
    ok(r.returncode == 0, "a receipt", r.stderr)
    r = run("--verify", "one.json")
    ok(r.returncode == 0 and r.stdout.count("the same") == 10, "--verify: all is as the receipt says", r.stdout + r.stderr)
    odd_in, odd_out = os.fsdecode(b"mix\xff.wav"), os.fsdecode(b"%41 \xfe\n.flac")
    os.link("mix.wav" if os.path.exists("mix.wav") else "song.wav", odd_in)
    r = run(odd_in, "-o", odd_out, "--loudness", "-20", "--max-limiting", "24", "--report", "odd.json", errors="replace")
    again = run("--again", "odd.json", "-o", "odd.flac", errors="replace")
    ok(r.returncode == 0 and run("--verify", "odd.json", errors="replace").returncode == 0 and again.returncode == 0 and open(odd_out, "rb").read() == open("odd.flac", "rb").read(),
       "names that are not UTF-8: --verify and --again find them", r.stderr + again.stderr)
    os.remove(odd_in)
    os.rename("song.wav", "mix.wav")
    r = run("--verify", "one.json")
    ok(r.returncode == 0 and "the input is not there" in r.stdout, "--verify without the input", r.stdout + r.stderr)
    r = run("--again", "one.json", "-o", "two.flac")
    ok(r.returncode == 4 and "NEW_MIX" in r.stderr, "--again without the input", r.stderr)
    r = run("--again", "one.json", "mix.wav", "-o", "two.flac")
    ok(r.returncode == 0 and open("two.flac", "rb").read() == open("one.flac", "rb").read(),
       "--again with the same mix under another name: the same bytes", r.stderr)
    os.rename("mix.wav", "song.wav")
    judge.write_wav("new.wav", music(6, RATE, 9) * 0.1, RATE)
    r = run("--again", "one.json", "new.wav", "-o", "new.flac", "--report", "new.json")
    old, new = json.load(open("one.json")), json.load(open("new.json"))
    ok(r.returncode == 0 and old["settings"] == new["settings"] and abs(new["output"]["integrated-lufs"] + 16) < 0.1
       and new["plan"]["noise-shaping"] == "light", "--again with a new mix: the same settings", r.stderr)
    r = run("--again", "one.json", "new.wav", "-o", "other.flac", "--report", "other.json", "--policy", "peak", "--loudness", "-30")
    other = json.load(open("other.json"))["settings"]
    ok(r.returncode == 0 and other["policy"] == "peak" and other["loudness-lufs"] == -30 and other["chain"] == old["settings"]["chain"],
       "--again: options beside it come first", r.stderr)
    data = bytearray(open("one.flac", "rb").read())
    data[-100] ^= 1
    open("one.flac", "wb").write(data)
    r = run("--verify", "one.json")
    ok(r.returncode == 8 and ("sha256" in r.stdout and "differs" in r.stdout), "--verify: one bit is other", r.stdout + r.stderr)
    data[-100:] = []
    open("one.flac", "wb").write(data)
    r = run("--verify", "one.json")
    ok(r.returncode == 8 and "cut off" in r.stdout, "--verify: the end is missing", r.stdout + r.stderr)
    r = run("song.wav", "-o", "one.flac", "--overwrite", "--loudness", "-17")
    r = run("--verify", "one.json")
    ok(r.returncode == 8 and "the receipt says -16.0" in r.stdout, "--verify: another master", r.stdout + r.stderr)
    r = run("--verify", "song.wav")
    ok(r.returncode == 2 and "not a receipt" in r.stderr, "--verify of what is no receipt", r.stderr)


def check_folders():
    for name in ("a.wav", "sub/b.wav", "sub/deep/c.wav"):
        os.makedirs(os.path.dirname("mixes/" + name), exist_ok=True)
        judge.write_wav("mixes/" + name, music(2, RATE, len(name)) * 0.2, RATE)
    open("mixes/notes.txt", "w").write("no music")
    args = ["mixes", "-R", "-o", "mixes/out", "--loudness", "-20", "--resume"]
    r = run(*args)
    made = sorted(os.path.relpath(os.path.join(d, f), "mixes/out") for d, _, fs in os.walk("mixes/out") for f in fs)
    expected = ["a.flac", "a.flac.json", "sub/b.flac", "sub/b.flac.json", "sub/deep/c.flac", "sub/deep/c.flac.json"]
    ok(r.returncode == 0 and made == expected, "--recursive keeps folders, leaves the output's own out", f"{made} {r.stdout} {r.stderr}")
    times = {f: os.stat("mixes/out/" + f).st_mtime_ns for f in expected}
    r = run(*args)
    ok(r.returncode == 0 and r.stdout.count("done already") == 3 and times == {f: os.stat("mixes/out/" + f).st_mtime_ns for f in expected},
       "--resume: nothing is done twice", r.stdout + r.stderr)
    open("mixes/out/a.flac", "ab").write(b"x")
    judge.write_wav("mixes/sub/b.wav", music(2, RATE, 7) * 0.2, RATE)
    r = run(*args, "--overwrite")
    ok(r.returncode == 0 and r.stdout.count("done already") == 1 and "c.flac: done already" in r.stdout,
       "--resume: what was touched is done again, output or input", r.stdout + r.stderr)
    r = run(*args[:-2], "-21", "--resume", "--overwrite")
    ok(r.returncode == 0 and "done already" not in r.stdout, "--resume: other settings are another job", r.stdout + r.stderr)
    open("mixes/00.wav", "w").write("broken")
    r = run(*args, "--fail-fast")
    ok(r.returncode == 1 and "--fail-fast left the rest" in r.stdout, "--fail-fast stops at the first", r.stdout + r.stderr)
    r = run(*args, "--fail-fast", "--keep-going", "--overwrite", "--jobs", "2")
    ok(r.returncode == 1 and "3 of 4 done" in r.stdout, "--keep-going does not", r.stdout + r.stderr)
    r = run("mixes/a.wav", "mixes/sub/b.wav", "-o", "mixes/", "--json-progress", "--loudness", "-20", "--overwrite", "--jobs", "2")
    lines = [json.loads(line) for line in r.stderr.splitlines()]
    ok(r.returncode == 0 and {line["item"] for line in lines} == {"mixes/a.wav", "mixes/sub/b.wav"}
       and all(0 <= line["percent"] <= 100 and {"pass", "name", "speed", "eta-s"} <= set(line) for line in lines),
       "--json-progress: each line of stderr is JSON", r.stderr)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    judge.write_wav("song.wav", music(6, RATE) * 0.2, RATE)
    check_prediction()
    check_tracks()
    check_cores()
    check_receipts()
    check_folders()
    check_streams()
    check_staging()
    if SLOW:
        check_formats()
        check_dither()
    os.chdir("/")
done()
