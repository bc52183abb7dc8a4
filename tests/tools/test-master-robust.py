#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0: never a wrong file. Whatever happens, what stands under the output's name is a verified master, or nothing.
usage: test-master-robust.py PATH/TO/gst-master-1.0 [--slow]"""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import numpy as np

import judge
from rig import RATE, SLOW, TOOL, done, masters, most_memory, music, ok, refuses, run


def write_float(path, x, rate=RATE):
    """WAV of 32-bit float, as it is."""
    data = np.asarray(x, "<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, x.shape[1], rate,
                       rate * x.shape[1] * 4, x.shape[1] * 4, 32, b"data", len(data))
    open(path, "wb").write(head + data)


def start_and_wait(word, *args):
    """Runs the tool until it says the word."""
    p = subprocess.Popen([TOOL, *args], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in p.stderr:
        if word in line:
            break
    return p


def end(p):
    p.stderr.close()
    return p.wait(timeout=60)


def is_right(path, target):
    rate, x = judge.decode(path)
    return len(x) > 0 and abs(judge.loudness(x, rate) - target) < 0.1 and judge.true_peak(x, rate) <= -0.95


def check_kill():
    args = ["long.wav", "-o", "killed.flac", "--loudness", "-20", "-p", "gentle"]
    left = []
    for wait in (0.02, 0.1, 0.25):
        p = start_and_wait("plan:", *args)
        time.sleep(wait)
        p.send_signal(signal.SIGKILL)
        end(p)
        left.append(os.path.exists("killed.flac") and not is_right("killed.flac", -20))
    parts = [f for f in os.listdir(".") if f.endswith(".part")]
    ok(not any(left), "kill -9 in the middle of a render: nothing stands under the name", os.listdir("."))
    time.sleep(2.1)                     # what is younger than a second or two may be another run's, just being made
    r = run(*args, "--overwrite")
    ok(r.returncode == 0 and is_right("killed.flac", -20) and not [f for f in os.listdir(".") if f.endswith(".part")],
       f"the next run is right, and removes what was left ({len(parts)} hidden files)", r.stderr + str(os.listdir(".")))
    two = [subprocess.Popen([TOOL, *args[:2], f"both{i % 2}.flac", *args[3:], "--overwrite", "-q"], stdout=subprocess.DEVNULL) for i in range(3)]
    codes = [p.wait(timeout=120) for p in two]
    ok(codes.count(0) == 3 and is_right("both0.flac", -20) and is_right("both1.flac", -20), "three at once, two of them on one name", codes)


def check_input_goes():
    for how in ("vanishes", "is cut", "is replaced"):
        shutil.copy("long.wav", "going.wav")
        p = start_and_wait("measure: 100", "going.wav", "-o", "gone.flac", "--loudness", "-20", "--overwrite")
        if how == "vanishes":
            os.remove("going.wav")
        elif how == "is cut":
            os.truncate("going.wav", 300000)
        else:
            os.replace("song.wav", "going.wav")
            shutil.copy("going.wav", "song.wav")
        code = end(p)
        wrong = os.path.exists("gone.flac") and not (is_right("gone.flac", -20) and len(judge.decode("gone.flac")[1]) == RATE * 40)
        ok(code == 0 and not wrong, f"the input {how} after it was read once: what was read is mastered", (code, os.listdir(".")))
        if os.path.exists("gone.flac"):
            os.remove("gone.flac")


def check_odd_inputs():
    song = music(3, RATE)
    judge.write_wav("song.wav", song * 0.3, RATE)
    data = bytearray(open("song.wav", "rb").read())
    data[20:22] = (0x1234).to_bytes(2, "little")
    open("codec.wav", "wb").write(data)
    refuses("unknown codec in WAV", ["codec.wav", "-o", "o.flac"], 4, "codec.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-i", "song.wav", "-c:a", "ra_144", "-ar", "8000", "-ac", "1", "codec.mka"], check=True)
    data = open("codec.mka", "rb").read().replace(b"A_REAL/14_4", b"A_UNKN/OWN1")
    open("codec.mka", "wb").write(data)
    refuses("unknown codec in Matroska", ["codec.mka", "-o", "o.flac"], 4, "codec.mka")
    write_float("zero.wav", np.zeros((0, 2)))
    refuses("zero frames", ["zero.wav", "-o", "o.flac"], 4, "zero.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc", "-t", "0", "zero.flac"], check=False)
    refuses("zero frames in FLAC", ["zero.flac", "-o", "o.flac"], 4, "zero.flac")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=32x32:d=1", "-c:v", "mpeg4", "mute.mp4"], check=True)
    refuses("video without sound", ["mute.mp4", "-o", "o.flac"], 4, "no audio")
    subprocess.run(["ffmpeg", "-v", "error", "-i", "song.wav", "whole.flac"], check=True)
    whole = open("whole.flac", "rb").read()
    for share in (0.001, 0.5, 0.98):
        open("part.flac", "wb").write(whole[:int(len(whole) * share)])
        refuses(f"{share:.1%} of a FLAC file", ["part.flac", "-o", "o.flac"], 4, "part.flac")
    subprocess.run(["ffmpeg", "-v", "error", "-i", "song.wav", "whole.m4a"], check=True)
    whole = open("whole.m4a", "rb").read()
    open("part.m4a", "wb").write(whole[:len(whole) // 2])
    refuses("half of an MP4 file", ["part.m4a", "-o", "o.flac"], 4, "part.m4a")
    masters("a file of 1 s", ["one.wav", "--loudness", "-20"], target=-20, frames=RATE, rate=RATE)
    broken = song.copy() * 0.3
    broken[1000:1010] = np.nan
    broken[RATE:RATE + 5, 0] = np.inf
    write_float("nan.wav", broken)
    r = run("nan.wav", "-o", "nan.flac", "--loudness", "-20", "--max-limiting", "24")
    x = judge.decode("nan.flac")[1] if r.returncode == 0 else np.full((1, 2), np.nan)
    ok(r.returncode == 0 and np.isfinite(x).all() and len(x) == len(song) and is_right("nan.flac", -20), "NaN and infinity become silence", r.stderr)
    ok("not a number" in r.stderr + r.stdout, "and that is said", r.stderr)
    eight = np.stack([np.roll(song[:, 0], 500 * k) * 0.1 for k in range(8)], axis=1)
    write_float("eight.wav", eight)
    r = run("eight.wav", "-o", "eight-out.wav", "--loudness", "-16", "--report", "eight.json", "--max-limiting", "24")
    x = judge.decode("eight-out.wav")[1] if r.returncode == 0 else np.zeros((1, 1))
    ok(x.shape == eight.shape and abs(json.load(open("eight.json"))["output"]["integrated-lufs"] + 16) < 0.1, "8 channels into WAV", r.stderr)
    write_float("many.wav", np.zeros((RATE, 64)))
    refuses("64 channels", ["many.wav", "-o", "o.wav"], 4, "64 channels", "split")
    refuses("8 channels into MP3", ["eight.wav", "-o", "o.mp3"], 6, "8 channels", "wav")


def check_silence():
    judge.write_wav("silence.wav", np.zeros((RATE * 2, 2)), RATE)
    judge.write_wav("short.wav", music(0.3, RATE) * 0.3, RATE)
    refuses("silence", ["silence.wav", "-o", "o.flac"], 6, "silent")
    for name in ("silence.wav", "short.wav"):
        r = run(name, "-o", "kept.flac", "--keep-silence", "--overwrite")
        same = r.returncode == 0 and np.array_equal(judge.decode("kept.flac")[1], judge.decode(name)[1])
        ok(same, f"--keep-silence: {name} comes through as it is", r.stdout + r.stderr)


def check_disk():
    def small(size):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return limit
    args = ["song.wav", "--preset", "gentle", "--loudness", "-20", "--bits", "16", "--max-limiting", "24", "-y", "-o"]
    kept, not_kept = run(*args, "kept.flac"), run(*args, "not-kept.flac", preexec_fn=small(500000))
    ok(kept.returncode == not_kept.returncode == 0 and open("kept.flac", "rb").read() == open("not-kept.flac", "rb").read()
       and os.path.getsize("song.wav") > 500000, "no room to keep what is read and what the chain makes: the same file, the long way",
       kept.stderr + not_kept.stderr)
    for name, size in (("o.wav", 200000), ("o.flac", 100000), ("o.m4a", 10000), ("o.opus", 10000), ("o.mp3", 30000), ("o.aiff", 1000)):
        refuses(f"disk full, {name}", ["song.wav", "-o", name, "--loudness", "-20"], 5, "cannot write", preexec_fn=small(size))
    if os.getuid() == 0 and shutil.which("mount") and SLOW:
        os.mkdir("disk")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", "disk"], capture_output=True).returncode == 0:
            r = run("song.wav", "-o", "disk/o.wav", "--loudness", "-20")
            ok(r.returncode == 5 and "the disk is full" in r.stderr and os.listdir("disk") == [], "a disk of 300 kB is full", r.stderr)
            subprocess.run(["umount", "disk"], check=True)
    if os.getuid() == 0 and shutil.which("setpriv"):    # root may write anywhere
        os.mkdir("locked")
        os.chmod("locked", 0o555)
        os.chmod(".", 0o755)
        # all of it where anyone may read, which a home of root is not
        tool = shutil.copy(TOOL, "tool")
        data, plugins = shutil.copytree(os.environ["GST_MASTERING_DATA_PATH"], "data"), shutil.copytree(
            os.environ["GST_PLUGIN_PATH_1_0"], "plugins", ignore=lambda folder, names: [n for n in names if n != "libgstmastering.so"])
        r = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.abspath(tool), "song.wav", "-o", "locked/o.flac"],
                           capture_output=True, text=True, env={**os.environ, "GST_REGISTRY": "/dev/null", "HOME": "/nonexistent",
                                                                "GST_MASTERING_DATA_PATH": os.path.abspath(data), "GST_PLUGIN_PATH_1_0": os.path.abspath(plugins)})
        ok(r.returncode == 5 and "locked" in r.stderr and "-o" in r.stderr and os.listdir("locked") == [], "read-only folder", r.stderr)
        os.remove(tool)
        shutil.rmtree(data)
        shutil.rmtree(plugins)


def check_size():
    """An hour at 384 kHz is more than a WAV file holds: said before a byte is written."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3800", "hour.flac"], check=True)
    for name in ("wav", "aiff"):
        refuses(f"{name} above 4 GiB", ["hour.flac", "-o", f"o.{name}", "--rate", "384000", "--bits", "24"], 6, "4.1 GiB", "--format flac")


def check_memory():
    """12 hours: memory does not grow with the length."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=r=8000:a=0.1:c=pink:seed=1:d=43200", "-c:a", "flac",
                    "-compression_level", "0", "-sample_fmt", "s16", "day.flac"], check=True)
    for name in ("day.out.flac", "day.out.m4a"):
        args = [TOOL, "day.flac", "-o", name, "-q", "--loudness", "-20", "--max-limiting", "24", "--format", "alac" if name.endswith("m4a") else "flac"]
        status, most = most_memory(args)
        ok(status == 0 and 10 * 1024 < most < 150 * 1024, f"12 hours to {name}: {most / 1024:.0f} MB at most, exit {status}")


def check_long_inputs():
    """RF64 above 4 GiB, sparse: read to its end, or known as cut off."""
    frame = 48 * 3
    n = (2 ** 32 + 10 ** 6) // frame
    head = b"RF64" + struct.pack("<I", 2 ** 32 - 1) + b"WAVEds64" + struct.pack("<IQQQI", 28, n * frame + 72, n * frame, n, 0) \
        + b"fmt " + struct.pack("<IHHIIHH", 16, 1, 48, 96000, 96000 * frame, frame, 24) + b"data" + struct.pack("<I", 2 ** 32 - 1)
    with open("long.rf64", "wb") as f:
        f.write(head + np.random.default_rng(3).integers(0, 255, 96000 * frame, "u1").tobytes())
        f.truncate(len(head) + n * frame)
    r = subprocess.run([TOOL, "--measure", "-q", "long.rf64", "--report", "long.json"], capture_output=True, text=True)
    frames = json.load(open("long.json"))["input"]["frames"] if r.returncode == 0 else 0
    ok(frames == n, f"RF64 of 4 GiB: {frames} of {n} frames", r.stderr)
    os.truncate("long.rf64", len(head) + n * frame - 1000)
    refuses("RF64 of 4 GiB, cut off", ["--measure", "long.rf64"], 4, "cut off")


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    judge.write_wav("one.wav", music(1, RATE) * 0.3, RATE)
    check_odd_inputs()
    judge.write_wav("long.wav", np.tile(music(8, RATE), (5, 1)) * 0.3, RATE)
    check_kill()
    check_input_goes()
    check_silence()
    check_disk()
    check_size()
    if SLOW:
        check_memory()
        check_long_inputs()
    os.chdir("/")
done()
