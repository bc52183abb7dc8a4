#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 with odd files, names and surroundings: comes out right, or says in one line what is wrong.
usage: test-master-hostile.py PATH/TO/gst-master-1.0"""
import json
import os
import signal
import struct
import subprocess
import tempfile
import time

import numpy as np

import judge
from rig import RATE, TOOL, done, music, ok, refuses, run

ASKED = ["--loudness", "-20", "--max-limiting", "24"]


WEIGHTS = [1, 1, 1, 0, 1.41, 1.41]      # of 5.1, BS.1770-5


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *args], check=True)


def check_containers():
    """name, arguments of ffmpeg, channels: as long as ffmpeg decodes it, and as loud as it was asked to be."""
    rows = [("u8.wav", ["-c:a", "pcm_u8"], 2), ("s32.wav", ["-c:a", "pcm_s32le"], 2), ("f64.wav", ["-c:a", "pcm_f64le"], 2),
            ("rf64.wav", ["-rf64", "always", "-c:a", "pcm_s24le"], 2), ("24-96.wav", ["-ar", "96000", "-c:a", "pcm_s24le"], 2),
            ("six.wav", ["-af", "pan=5.1|c0=c0|c1=c1|c2=c0|c3=0.1*c0|c4=c1|c5=c0", "-c:a", "pcm_s24le"], 6),
            ("o.au", ["-c:a", "pcm_s16be"], 2), ("o.wv", ["-c:a", "wavpack"], 2), ("o.tta", ["-c:a", "tta"], 2), ("o.mka", ["-c:a", "pcm_s16le"], 2),
            ("flac.oga", ["-c:a", "flac", "-f", "ogg"], 2), ("mono.opus", ["-ac", "1", "-c:a", "libopus"], 1),
            ("vbr.mp3", ["-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0"], 2),
            ("cover.mp3", ["-i", "cover.png", "-map", "0", "-map", "1", "-c:a", "libmp3lame", "-write_xing", "0", "-metadata:s:v", "comment=Cover (front)"], 2)]
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-frames:v", "1", "cover.png")
    for name, args, channels in rows:
        ffmpeg("-i", "song.wav", *args, name)
        rate, x = judge.decode(name)
        r = run(name, "-q", "-y", "-o", "o.flac", *ASKED)
        out_rate, y = judge.decode("o.flac") if r.returncode == 0 else (0, np.zeros((0, 0)))
        lufs = judge.loudness(y * np.sqrt(WEIGHTS[:channels]), out_rate) if r.returncode == 0 else 0
        ok(r.returncode == 0 and y.shape == x.shape and out_rate == rate and y.shape[1] == channels and abs(lufs + 20) <= 0.1,
           f"{name}: {y.shape[0]} frames of {channels} at {out_rate} Hz, {lufs:.2f} LUFS", f"{x.shape} {rate}\n{r.stderr}")
    ffmpeg("-i", "song.wav", "-c:a", "libvorbis", "a.ogg")
    open("chained.ogg", "wb").write(open("a.ogg", "rb").read())
    ffmpeg("-i", "song.wav", "-ss", "1", "-c:a", "libvorbis", "b.ogg")
    open("chained.ogg", "ab").write(open("b.ogg", "rb").read())
    refuses("a chain of Ogg streams", ["chained.ogg", "-o", "no.flac", *ASKED], 4, "chained.ogg", "one behind the other", "convert")
    refuses("5.1 into MP3", ["six.wav", "-o", "no.mp3", *ASKED], 6, "6 channels", "--format ")


def write_extensible(path, x, mask):
    """WAVE_FORMAT_EXTENSIBLE, 24 bits."""
    data = np.rint(x * 8388607).astype("<i4").reshape(-1, 1).view("u1").reshape(-1, 4)[:, :3].tobytes()
    n = x.shape[1]
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, n, RATE, RATE * 3 * n, 3 * n, 24, 22, 24, mask) + bytes.fromhex("0100000000001000800000aa00389b71")
    open(path, "wb").write(b"RIFF" + struct.pack("<I", 20 + len(fmt) + len(data)) + b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt
                           + b"data" + struct.pack("<I", len(data)) + data)


def check_layouts():
    """Every loudspeaker keeps its own sound and its name; what a format has no name for is refused."""
    rows = [("3.0", 0x7, True), ("quad", 0x33, True), ("quad(side)", 0x603, True), ("5.0", 0x37, True), ("5.0(side)", 0x607, True), ("5.1", 0x3f, True),
            ("5.1(side)", 0x60f, True), ("4.0", 0x107, False), ("6.0", 0x707, False), ("6.1", 0x70f, True), ("7.1", 0x63f, True), ("6.1(back)", 0x13f, True), ("7.1(wide)", 0xff, False)]
    for name, mask, in_flac in rows:
        n = bin(mask).count("1")
        x = np.stack([np.random.default_rng(k).standard_normal(RATE) * 0.02 * (1 + k) for k in range(n)], axis=1)
        write_extensible("in.wav", x, mask)
        for out in ("out.wav", "out.flac"):
            if out == "out.flac" and not in_flac:
                refuses(f"{name} into FLAC", ["in.wav", "-o", out, *ASKED], 6, "--format wav")
                continue
            r = run("in.wav", "-q", "-y", "-o", out, *ASKED)
            y = judge.decode(out)[1] if r.returncode == 0 else np.zeros((RATE, n))
            y = y if y.shape == x.shape else np.zeros((RATE, n))
            at = x[:, [0, 1, 2, 3, 6, 4, 5]] if (name, out) == ("6.1(back)", "out.flac") else x      # FLAC has the one behind before the pair
            alike = at.T @ y / np.sqrt(np.outer((at ** 2).sum(0), (y ** 2).sum(0)) + 1e-30)
            layout = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=channel_layout", "-of", "csv=p=0", out], capture_output=True,
                                    text=True).stdout.strip().strip(",")
            ok((np.diag(alike) > 0.99).all() and (layout == name or (out == "out.flac" and layout.split("(")[0] == name.split("(")[0])),
               f"{name} into {out}: each channel in its place, called {layout}", f"{np.round(alike, 2)}\n{r.stderr}")
            os.remove(out)
    for name, mask in (("6.1", 0x70f), ("7.1", 0x63f)):         # FLAC that somebody else wrote
        n = bin(mask).count("1")
        x = np.stack([np.random.default_rng(k).standard_normal(RATE) * 0.005 * (1 + k) for k in range(n)], axis=1)
        write_extensible("in.wav", x, mask)
        ffmpeg("-i", "in.wav", "wide.flac")
        for args, same in ((["wide.flac"], False), (["wide.flac", "--bits", "24", "--keep-silence"], True)):
            if same:
                run("--measure", "wide.flac", "--report", "m.json", "-y")
                args += ["--loudness", f"{json.load(open('m.json'))['input']['integrated-lufs']:.3f}"]
            r = run(*args, "-q", "-y", "-o", "out.wav", *([] if same else ASKED))
            y = judge.decode("out.wav")[1] if r.returncode == 0 else np.zeros((0, n))
            y = y if y.shape == x.shape else np.zeros((RATE, n))
            alike = x.T @ y / np.sqrt(np.outer((x ** 2).sum(0), (y ** 2).sum(0)) + 1e-30)
            ok((np.diag(alike) > 0.99).all() and (not same or np.array_equal(y, judge.decode("wide.flac")[1])),
               f"FLAC of {name}{', 0 dB: bit by bit' if same else ': each channel in its place'}", f"{np.round(alike, 2)}\n{r.stderr}")


def check_collisions():
    """No two files under one name, none over what is read."""
    for name in ("one.wav", "two.wav"):
        os.symlink("song.wav", name)
    judge.write_wav("other.wav", music(2, RATE, 6) * 0.3, RATE)
    os.link("other.wav", "linked.wav")
    rows = [("master and receipt", ["song.wav", "-o", "o.flac", "--report", "o.flac", "-y"], ["o.flac", "two files"]),
            ("master and plot", ["song.wav", "-o", "o.svg", "--format", "flac", "--plot", "./o.svg"], ["o.svg", "two files"]),
            ("receipt and plot", ["song.wav", "-o", "p.flac", "--report", "p.svg", "--plot", "p.svg"], ["p.svg", "two files"]),
            ("master and --ab", ["song.wav", "-o", "x-after.flac", "--ab", "x.flac"], ["x-after.flac", "two files"]),
            ("one receipt for two", ["other.wav", "song.wav", "-o", ".", "--report", "r.json"], ["r.json", "--report"]),
            ("a reference", ["song.wav", "-o", "other.wav", "--reference", "linked.wav", "-y"], ["other.wav", "read, too"]),
            ("--ab over a reference", ["song.wav", "-o", "o.flac", "--reference", "z-before.wav", "--ab", "z.wav", "-y"], ["z-before.wav", "read, too"]),
            ("another input", ["song.wav", "other.wav", "--measure", "--report", "song.wav", "-y"], ["song.wav"])]
    os.link("linked.wav", "z-before.wav")
    data = open("other.wav", "rb").read()
    for name, args, words in rows:
        refuses(f"over each other: {name}", [*args, *ASKED], 2, *words)
    ok(open("other.wav", "rb").read() == data, "what is read is as it was")
    for element in ("fakesink", "filesink location=evil", "audiotestsrc"):
        refuses(f"--chain {element}", ["song.wav", "-o", "o.flac", "--chain", f"volume ! {element}", *ASKED], 2, "character 10", "no filter")


def check_names():
    for name in ("with space", "quo'te\"", "new\nline", "ünï-日本", "%s%n", "a;b&c", "star*?", "[br]", "#hash", "back\\slash", "semi:colon", "bad\udcff"):
        os.symlink("song.wav", name + ".wav")
        os.mkdir("names")
        r = subprocess.run([TOOL, "-y", os.fsencode(name + ".wav"), "-o", os.fsencode(f"names/{name}.flac"), "--report", os.fsencode(f"names/{name}.json"),
                            "--json-progress", *ASKED], capture_output=True)
        lines = r.stderr.splitlines()
        try:
            told = [json.loads(line) for line in lines] + [json.load(open(os.fsencode(f"names/{name}.json")))]
        except (ValueError, OSError) as e:
            told = [str(e)]
        made = sorted(os.listdir("names"))
        ok(r.returncode == 0 and made == sorted([f"{name}.flac", f"{name}.json"]) and len(told) > 3, f"name {name!a}: file, receipt, progress as JSON",
           f"{made} {told[-1]} {r.stderr}")
        subprocess.run(["rm", "-rf", "names"], check=True)
    os.symlink("song.wav", "-dash.wav")
    r = run("-q", "-y", "-o", "o.flac", *ASKED, "--", "-dash.wav")
    ok(r.returncode == 0, "a name with a leading dash, behind --", r.stderr)
    os.makedirs("A")
    os.makedirs("B")
    os.makedirs("both")
    os.symlink("../song.wav", "A/t.wav")
    os.symlink("../song.wav", "B/t.wav")
    refuses("two of one name into one folder", ["A/t.wav", "B/t.wav", "-o", "both", *ASKED], 2, "both/t.flac")
    refuses("a folder that is not there", ["song.wav", "-o", "nowhere/o.flac", *ASKED], 5, "nowhere", "another folder")
    ffmpeg("-i", "song.wav", "in.flac")
    os.symlink("in.flac", "link.flac")
    os.link("in.flac", "hard.flac")
    for inp, out in (("link.flac", "in.flac"), ("in.flac", "link.flac"), ("in.flac", "hard.flac"), ("in.flac", "A/../in.flac")):
        refuses(f"{inp} onto {out}", [inp, "-o", out, "-y", *ASKED], 5, "the input itself")
    refuses("a device", ["/dev/zero", "-o", "no.flac", *ASKED], 4, "not a regular file")


def check_cancel():
    """Ctrl-C in every pass, and while stdin is waited for or never ends."""
    judge.write_wav("long.wav", np.tile(music(10, RATE) * 0.3, (6, 1)), RATE, 24)
    before = sorted(os.listdir("."))
    for word in ("measure", "analyse", "render", "check"):
        p = subprocess.Popen([TOOL, "long.wav", "-o", "k.flac", "-p", "gentle", "--report", "k.json", "--plot", "k.svg", *ASKED], stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, text=True)
        for line in p.stderr:
            if f"{word}: " in line:
                break
        p.send_signal(signal.SIGINT)
        rest = p.stderr.read()
        ok(p.wait(timeout=20) == 130 and sorted(os.listdir(".")) == before, f"Ctrl-C while it says {line.strip()!r}: 130, nothing left",
           f"{p.returncode} {rest} {set(os.listdir('.')) - set(before)}")
    for what in ("nothing comes", "no end comes"):
        p = subprocess.Popen([TOOL, "-q", "-", "-o", "k.flac", *ASKED], stdin=subprocess.PIPE if what == "nothing comes" else open("/dev/zero"),
                             stderr=subprocess.PIPE, text=True)
        time.sleep(0.4)
        p.send_signal(signal.SIGINT)
        ok(p.wait(timeout=10) == 130 and sorted(os.listdir(".")) == before, f"Ctrl-C where on stdin {what}", p.stderr.read())
        p.stderr.close()


def check_surroundings():
    def sum_of(**env):
        r = subprocess.run([TOOL, "-q", "-y", "song.wav", "-o", "env.flac", "-p", "gentle", *ASKED], capture_output=True, env={**os.environ, **env})
        return open("env.flac", "rb").read() if r.returncode == 0 else r.stderr
    plain = sum_of()
    for env in ({"TZ": "Asia/Tokyo"}, {"HOME": "/proc", "XDG_CACHE_HOME": "/proc"}, {"TMPDIR": "/nonexistent"}):
        ok(len(plain) > 10000 and sum_of(**env) == plain, f"{env}: the same bytes")
    comma = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": os.path.abspath("locales")}
    os.mkdir("locales")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", "locales/de_DE.UTF-8"], capture_output=True, check=False)
    if subprocess.run(["locale", "decimal_point"], capture_output=True, text=True, env={**os.environ, **comma}).stdout.strip() == ",":
        ok(sum_of(**comma) == plain, "a locale with a decimal comma: the same bytes")
        told = [json.load(open("env.json")) if run("song.wav", "-q", "-y", "-o", "env.flac", "-p", "gentle", "--report", "env.json", *ASKED,
                                                   env={**os.environ, **env}).returncode == 0 else {"failed": env} for env in ({}, comma)]
        ok(told[0] == told[1] and "settings" in told[0], "a locale with a decimal comma: the same receipt", told)
        r = run("song.wav", "-y", "-o", "env.flac", "--json-progress", "--plot", "env.svg", "--chain", "volume volume=0.5", *ASKED, env={**os.environ, **comma})
        ok(r.returncode == 0 and all(json.loads(line) for line in r.stderr.splitlines()) and "-20.0" in r.stdout, "a locale with a decimal comma: progress, plot",
           r.stderr)
        os.remove("env.svg")
        r = run("--list-targets", env={**os.environ, **comma})
        ok(r.returncode == 0 and "-14.0" in r.stdout, "a locale with a decimal comma: targets", r.stdout[:300])
    else:
        print("# skipped: a locale with a decimal comma: it cannot be made here (localedef, package locales)")
    r = subprocess.run([TOOL, "-q", "-", "-o", "no.flac", *ASKED], stdin=open("song.wav"), capture_output=True, text=True, env={**os.environ, "TMPDIR": "/proc"})
    ok(r.returncode == 4 and "TMPDIR" in r.stderr and not os.path.exists("no.flac"), "no room for what comes from stdin", r.stderr)


def check_own_targets():
    os.makedirs("config/gst-mastering")
    own = os.path.join("config", "gst-mastering", "targets.csv")
    env = {**os.environ, "XDG_CONFIG_HOME": os.path.abspath("config")}
    heading = b"id,name,integrated_lufs,max_true_peak_dbtp\n"
    for text, words in ((heading + b"mine,Mine,abc,-1\n", ["line 2", "integrated_lufs", '"abc"']), (heading + b'mine,Mine,"-14,5",-1\n', ["line 2", '"-14,5"']),
                        (heading + b"a,A,-14,-1\nmine,Mine,-14,5,-1\n", ["line 3", "5 cells under 4"]), (heading + b'mine,"Mine,-14,-1\n', ["line 2", "quote"]),
                        (heading + b",Mine,-14,-1\n", ["line 2", "id"]), (b"name,integrated_lufs\nMine,-14\n", ["line 2", "id"]),
                        (heading + b"mine,\xff\xfe,-14,-1\n", ["UTF-8"]), (os.urandom(3000) + b"\xff", ["UTF-8"])):
        open(own, "wb").write(text)
        r = run("song.wav", "-o", "no.flac", "--target", "mine", *ASKED, env=env)
        ok(r.returncode == 2 and own in r.stderr and all(w in r.stderr for w in words) and len(r.stderr.splitlines()) == 1 and not os.path.exists("no.flac"),
           f"own targets: {r.stderr.strip()[-110:]}", f"{r.returncode} {r.stderr}")
    for text, n in ((b"", 0), (b"\n\n", 0), (heading, 0), (heading.replace(b"\n", b"\r\n") + b"\r\nmine,Mine,-20.5,-1\r\n\r\n", 1)):
        open(own, "wb").write(text)
        r = run("--list-targets", env=env)
        ok(r.returncode == 0 and r.stdout.count("\nmine ") == n and r.stdout.count("\nspotify ") == 1, f"own targets: {text!r}", r.stderr)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    judge.write_wav("song.wav", music(3, RATE) * 0.3, RATE, 24)
    check_containers()
    check_layouts()
    check_collisions()
    check_names()
    check_cancel()
    check_surroundings()
    check_own_targets()
    os.chdir("/")
done()
