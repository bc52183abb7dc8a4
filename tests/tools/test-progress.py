#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What gst-master-1.0 shows while it works, in a pipe and on a terminal, and that Ctrl-C in any pass leaves nothing.
usage: test-progress.py PATH/TO/gst-master-1.0"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

import numpy as np

import judge
from rig import TOOL, done, ok, skip

RATE = 48000
BAR = re.compile(r"pass (\d+) (\S+) +\[(#*)(\.*)\] +(\d+) % +(\d+)x +(\d+:\d\d) left(?: +(-?\d+\.\d) LUFS)?")
LINE = re.compile(r"pass (\d+) (\S+): (\d+) %, (\d+)x, (\d+:\d\d) left(?: +(-?\d+\.\d) LUFS)?$")
END = re.compile(r"pass (\d+) (\S+): 100 %, \d+x real time, \d+:\d\d$")


def on_terminal(args, stop_at=None, columns=None):
    """(exit code, all that came, [(seconds, length so far)]); at the first text that matches stop_at the terminal gets a Ctrl-C"""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(TOOL, [TOOL, *args])
    if columns:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    said, times, end = "", [], time.time() + 120
    while time.time() < end:
        if select.select([fd], [], [], 0.5)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            said += data.decode()
            times.append((time.time(), len(said)))
            if stop_at and re.search(stop_at, said):
                os.write(fd, b"\x03")
                stop_at = None
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    return code, said, times


def check_pipe():
    r = subprocess.run([TOOL, "long.wav", "-o", "o.wav", "-y", "-l", "-14", "--max-limiting", "20"], capture_output=True, text=True)
    ok(r.returncode == 0 and "\r" not in r.stderr and "\033" not in r.stderr, "in a pipe: plain lines", r.stderr)
    lines = [m for m in map(LINE.match, r.stderr.splitlines()) if m]
    ends = [m for m in map(END.match, r.stderr.splitlines()) if m]
    passes = {}
    for m in lines:
        passes.setdefault((m[1], m[2]), []).append(int(m[3]))
    ok([m[2] for m in ends][0] == "measure" and {"render", "check"} <= {m[2] for m in ends} and [int(m[1]) for m in ends] == list(range(1, len(ends) + 1)),
       "each pass has a number, a name and an end: " + ", ".join(m[1] + " " + m[2] for m in ends), r.stderr)
    ok(len(lines) >= 6 and all(p == sorted(set(p)) for p in passes.values()), f"{len(lines)} lines, each pass in growing percents", r.stderr)
    live = [float(m[6]) for m in lines if m[6]]
    ok(len(live) >= 0.7 * len(lines) and {"measure", "render", "check"} <= {m[2] for m in lines if m[6]}, f"{len(live)} of them with the loudness so far", r.stderr)
    quiet = subprocess.run([TOOL, "long.wav", "-o", "o2.wav", "-q", "-l", "-14", "--max-limiting", "20"], capture_output=True, text=True)
    ok(quiet.stderr == "" and open("o.wav", "rb").read() == open("o2.wav", "rb").read(), "quiet: the same bytes without a word", quiet.stderr)


def check_bar():
    code, said, times = on_terminal(["long.wav", "-o", "o.wav", "-y", "-l", "-14", "--max-limiting", "20"])
    bars = list(BAR.finditer(said))
    ok(code == 0 and len(bars) > 10 and all(len(m[3]) + len(m[4]) == 20 and abs(len(m[3]) - 0.2 * int(m[5])) <= 1 for m in bars),
       f"on a terminal: a bar as long as its percents, drawn {len(bars)} times", said)
    ok(all(any(m[2] == name and m[8] for m in bars) for name in ("measure", "render", "check")), "with loudness in every pass", said)
    stays = re.sub(r"[^\n]*\r\033\[K", "", said)
    ok(said.count("\r\033[K") == len(bars) and "[#" not in stays and "[." not in stays and max(len(m[0]) for m in bars) < 76,
       "redrawn in place, within 80 columns, and gone at the end", (len(bars), stays))
    measured = [m for m in bars if m[2] == "measure" and m[8]]
    ok(measured and abs(float(measured[-1][8]) - LUFS) < 0.3, "the loudness is right", measured)
    wrong = []
    for name in {m[2] for m in bars}:
        at = [(next(t for t, n in times if n >= m.end()), int(m[7].split(":")[0]) * 60 + int(m[7].split(":")[1]), int(m[5])) for m in bars if m[2] == name]
        begin, end = at[0][0], at[-1][0]
        # by the speed so far; beside other work that changes
        wrong += [(name, *a, end - a[0]) for a in at if a[2] > 80 and abs(a[1] - (end - a[0])) > 2 + 0.5 * (end - begin)]
    ok(not wrong, "the time left is right", wrong)


def check_narrow():
    """What is redrawn does not wrap."""
    for columns in (40, 12):
        code, said, _ = on_terminal(["long.wav", "-o", "n.wav", "-y", "-l", "-14", "--max-limiting", "20"], columns=columns)
        drawn = [line.rsplit("\n", 1)[-1] for line in said.replace("\r\n", "\n").split("\r\033[K")[:-1]]
        ok(code == 0 and len(drawn) > 10 and max(map(len, drawn)) < columns and all(re.match(r"\S+ +\d", d) for d in drawn),
           f"on a terminal of {columns} columns: {len(drawn)} lines, the longest has {max(map(len, drawn))}", (code, drawn[:3]))
    os.remove("n.wav")


def check_cancel():
    before = sorted(os.listdir("."))
    for name, stop_at, args in (("measure", r"pass 1 measure +\[#", []), ("render", r"render +\[#", []), ("check", r"check +\[#", []),
                                ("a comparison", r"compare +\[#", ["--ab", "ab.flac", "--plot", "p.svg", "--report", "r.json"])):
        code, said, _ = on_terminal(["long.wav", "-o", "c.flac", "-l", "-30", *args], stop_at)
        left = [f for f in os.listdir(".") if f not in before]
        ok(code == 130 and not left and "cancelled; nothing was written" in said, f"Ctrl-C in {name}: 130, nothing is left", (code, left, said[-400:]))
    os.mkdir("batch")
    code, said, _ = on_terminal(["long.wav", "long2.wav", "long3.wav", "-o", "batch", "-j", "2", "-l", "-30", "--json-progress"], '"render"')
    ok(code == 130 and not os.listdir("batch"), "Ctrl-C in a batch: 130, nothing is left", (code, os.listdir("batch"), said[-400:]))
    p = subprocess.Popen([TOOL, "long.wav", "-o", "c.flac", "-l", "-30"], stderr=subprocess.PIPE, text=True)
    p.stderr.readline()                 # it has begun; before that the signal ends it as any other program
    p.send_signal(signal.SIGHUP)
    p.stderr.read()
    ok(p.wait(20) == 130 and sorted(set(os.listdir(".")) - {"batch"}) == before, "a closed terminal (HUP) is the same")


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = folder
    noise = np.convolve(np.random.default_rng(1).standard_normal(RATE * 10), np.hanning(24), "same")[:, None] * [0.02, 0.02]
    LUFS = judge.loudness(noise, RATE)
    judge.write_wav("long.wav", np.tile(noise, (40, 1)), RATE)
    for other in ("long2.wav", "long3.wav"):
        os.link("long.wav", other)
    check_pipe()
    try:
        for fd in pty.openpty():
            os.close(fd)
        has_terminals = True
    except OSError as error:        # a chroot without /dev/pts
        has_terminals = False
        skip("progress on a terminal, Ctrl-C", error)
    if has_terminals:
        check_bar()
        for made in ("o.wav", "o2.wav"):
            os.remove(made)
        check_narrow()
        check_cancel()
    os.chdir("/")
done()
