#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0: files are read to their last frame and no further, bit by bit where nothing was lost in them, and what is cut off is
refused. Wave64 and CAF, which are read by code of our own, are written here from their specifications.
usage: test-whole.py PATH/TO/gst-master-1.0"""
import json
import os
import struct
import subprocess
import tempfile
import time

import numpy as np

import judge
from rig import RATE, done, music, ok, refuses, run

FRAMES = 2 * RATE + 577                 # no multiple of a block, nor of milliseconds
TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")


def w64(path, data, channels, bits, tag=1, mask=0):
    frame = channels * ((bits + 7) // 8)
    fmt = struct.pack("<HHIIHH", 0xFFFE if mask else tag, channels, RATE, RATE * frame, frame, bits)
    if mask:
        fmt += struct.pack("<HHI", 22, bits, mask) + struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    def chunk(name, body):
        return name + TAIL + struct.pack("<Q", 24 + len(body)) + body + bytes(-len(body) % 8)
    body = b"wave" + TAIL + chunk(b"fmt ", fmt) + chunk(b"junk", b"odd") + chunk(b"data", data) + chunk(b"levl", bytes(range(200)))
    head = bytes.fromhex("726966662e91cf11a5d628db04c10000")
    open(path, "wb").write(head + struct.pack("<Q", 24 + len(body)) + body)


def caf(path, data, channels, bits, flags, is_open=False):
    frame = channels * bits // 8
    desc = struct.pack(">d4sIIIII", RATE, b"lpcm", flags, frame, 1, channels, bits)
    size = -1 if is_open else len(data) + 4
    open(path, "wb").write(b"caff" + struct.pack(">HH", 1, 0) + b"desc" + struct.pack(">q", 32) + desc + b"free" + struct.pack(">q", 5) + bytes(5)
                           + b"data" + struct.pack(">q", size) + bytes(4) + data + (b"" if is_open else b"info" + struct.pack(">q", 4) + bytes(4)))


def packed(i, bits, big):
    """Integers at the given width."""
    return i.astype(">i4" if big else "<i4").reshape(-1, 1).view("u1").reshape(-1, 4)[:, (slice(4 - bits // 8, 4) if big else slice(0, bits // 8))].tobytes()


def comes_through(name, x, why):
    """x, frames x channels, is what is read, within nothing: at its own loudness and 24 bits it is copied."""
    figures = run("--measure", name, "--report", "m.json", "-y")
    told = json.load(open("m.json"))["input"] if figures.returncode == 0 else {"frames": 0, "integrated-lufs": -20}
    r = run("-q", "-y", name, "-o", "o.wav", "--bits", "24", "--loudness", f"{told['integrated-lufs']:.3f}", "--max-limiting", "24")
    y = judge.decode("o.wav")[1] if r.returncode == 0 else np.zeros((0, 1))
    ok(told["frames"] == len(x) and y.shape == x.shape and np.array_equal(y, x), f"{name}, {why}: {told['frames']} frames, bit by bit",
       f"{x.shape} {y.shape} {figures.stderr} {r.stderr}")


def check_own():
    x24 = np.rint(music(3, RATE, 2)[:FRAMES] * 0.4 * 2 ** 23).astype("<i4")
    for bits in (16, 24, 32):
        i = x24 >> 8 if bits == 16 else x24 << (bits - 24)
        x = i / 2 ** (bits - 1)
        w64("a.w64", packed(i, bits, False), 2, bits)
        comes_through("a.w64", x, f"{bits} bits")
        for big in (False, True):
            caf("a.caf", packed(i, bits, big), 2, bits, 0 if big else 2, is_open=big)
            comes_through("a.caf", x, f"{bits} bits, {'big' if big else 'little'}-endian")
    w64("float.w64", (x24 / 2 ** 23).astype("<f4").tobytes(), 2, 32, tag=3)
    comes_through("float.w64", x24 / 2 ** 23, "float")
    caf("float.caf", (x24 / 2 ** 23).astype(">f8").tobytes(), 2, 64, 1)
    comes_through("float.caf", x24 / 2 ** 23, "double")
    u8 = np.rint(music(3, RATE, 2)[:FRAMES] * 0.4 * 128).astype(int)
    w64("u8.w64", (u8 + 128).astype("u1").tobytes(), 2, 8)
    comes_through("u8.w64", u8 / 128, "8 bits, unsigned")
    mono = x24[:, :1]
    w64("mono.w64", packed(mono, 24, False), 1, 24)
    comes_through("mono.w64", mono / 2 ** 23, "mono")
    six = np.concatenate([x24, x24[::-1] // 2, x24 // 3], axis=1)
    w64("six.w64", packed(six, 24, False), 6, 24, mask=0x3f)
    r = run("-q", "-y", "six.w64", "-o", "six.flac", "--loudness", "-30", "--max-limiting", "24")
    y = judge.decode("six.flac")[1] if r.returncode == 0 else np.zeros_like(six)
    alike = six.T @ y / np.sqrt(np.outer((six.astype(float) ** 2).sum(0), (y ** 2).sum(0)) + 1e-30)
    layout = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=channel_layout", "-of", "csv=p=0", "six.flac"], capture_output=True,
                            text=True).stdout.strip().strip(",")
    ok(np.diag(alike).min() > 0.9999 and layout.startswith("5.1"), f"5.1 in Wave64: each channel in its place, {layout}", r.stderr)
    for name, data in (("no-data.w64", open("a.w64", "rb").read()[:100]), ("odd.caf", open("a.caf", "rb").read()[:40])):
        open(name, "wb").write(data)
        refuses(name, [name, "-o", "o.flac"], 4, name)


def check_lengths():
    """name, arguments of ffmpeg, rate: RATE if all frames come back, 0 if as many as ffmpeg finds, None if that is the codec's affair"""
    rows = [("a.wav", ["-c:a", "pcm_s24le"], RATE), ("rf64.wav", ["-rf64", "always", "-c:a", "pcm_s24le"], RATE), ("a.aiff", ["-c:a", "pcm_s24be"], RATE),
            ("a.au", ["-c:a", "pcm_s24be"], RATE), ("a.flac", ["-sample_fmt", "s32"], RATE), ("a.wv", ["-sample_fmt", "s32p"], RATE),
            ("a.mka", ["-c:a", "flac"], RATE), ("a.oga", ["-c:a", "flac"], RATE), ("alac.m4a", ["-c:a", "alac"], RATE), ("a.ogg", [], RATE),
            ("a.opus", ["-c:a", "libopus"], 0), ("a.m4a", ["-c:a", "aac"], RATE), ("fast.m4a", ["-c:a", "aac", "-movflags", "+faststart"], RATE), ("a.mp3", [], None),
            ("a.aac", ["-c:a", "aac", "-b:a", "320k"], None), ("a.ac3", ["-c:a", "ac3"], None), ("a.eac3", ["-c:a", "eac3"], None), ("a.tta", ["-sample_fmt", "s32"], RATE),
            ("a.wma", ["-c:a", "wmav2"], None), ("a.w64", None, RATE), ("a.caf", None, RATE)]
    caf("a.caf", bytes(FRAMES * 6), 2, 24, 2)
    judge.write_wav("song.wav", music(3, RATE, 3)[:FRAMES] * 0.3, RATE, 24)
    for name, args, rate in rows:
        if args is not None:
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "song.wav", *args, name], check=True)
        r = run("--measure", name, "--report", "m.json", "-y")
        frames = json.load(open("m.json"))["input"]["frames"] if r.returncode == 0 else 0
        ok(r.returncode == 0 and (rate is None or frames == (FRAMES if rate else len(judge.decode(name)[1]))), f"{name}: {frames} frames", r.stderr)
        whole = open(name, "rb").read()
        for cut in (len(whole) * 6 // 10, len(whole) - 700):
            part = "part." + name.split(".")[1]
            open(part, "wb").write(whole[:cut])
            start = time.monotonic()
            refuses(f"{name}, {cut} of {len(whole)} bytes", [part, "-o", "o.x", "--format", "flac", "--keep-silence"], 4, part, "cut off", "whole copy")
            ok(time.monotonic() - start < 20, f"{name}: at once")


def check_streamed():
    """Lengths that say nothing, as programs write that cannot go back; and what taggers hang on."""
    data = bytearray(open("a.wav", "rb").read())
    at = data.index(b"data")
    for size in (0, 0xffffffff):
        data[at + 4:at + 8] = struct.pack("<I", size)
        open("streamed.wav", "wb").write(data)
        r = run("--measure", "streamed.wav")
        ok(r.returncode == 0, f"WAV with a length of {size:#x}", r.stderr)
    mp3 = open("a.mp3", "rb").read()
    assert mp3[:3] == b"ID3"
    size = 10 + (mp3[6] << 21 | mp3[7] << 14 | mp3[8] << 7 | mp3[9])
    for name, bytes_ in (("no-tag.mp3", mp3[size:]), ("behind.mp3", mp3 + b"TAG" + bytes(125)), ("big.mp3", b"ID3\x04\0\0\0\0\x07\x76" + bytes(1014) + mp3[size:])):
        open(name, "wb").write(bytes_)
        r = run("--measure", name)
        ok(r.returncode == 0, f"{name} is whole", r.stderr)
    open("more.ogg", "wb").write(open("a.ogg", "rb").read() + bytes(1000))
    r = run("--measure", "more.ogg")
    ok(r.returncode == 0, "zeros behind Ogg", r.stderr)


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    check_own()
    check_lengths()
    check_streamed()
    os.chdir("/")
done()
