# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs gst-master-1.0 (the first argument), counts checks as TAP, makes music. --slow: everything."""
import os
import subprocess
import sys
import time

import numpy as np

import judge

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SLOW = "--slow" in sys.argv
TOOL = os.path.abspath(sys.argv[1])
RATE = 44100
counts = {True: 0, False: 0}


def ok(condition, name, detail=""):
    counts[bool(condition)] += 1
    print(f"{'ok' if condition else 'not ok'} {sum(counts.values())} - {name}")
    if not condition and detail:
        print("# " + str(detail).strip().replace("\n", "\n# "))
    sys.stdout.flush()


def skip(name, reason):
    counts[True] += 1
    print(f"ok {sum(counts.values())} - {name} # SKIP {reason}", flush=True)


def done():
    print(f"1..{sum(counts.values())}")
    sys.exit(counts[False] > 0)


def run(*args, **kw):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, timeout=120, **kw)


def refuses(name, args, code, *words, **kw):
    """Exits with code, says one line with all words, leaves nothing behind."""
    before = sorted(os.listdir("."))
    r = run(*args, **kw)
    lines = [line for line in r.stderr.splitlines() if not line.startswith(("pass ", "written file", "mono input", "target ", "plan: ", "trim: ", "Opus: ", "audio track "))]
    good = r.returncode == code and len(lines) == 1 and all(w in lines[0] for w in words) and sorted(os.listdir(".")) == before
    ok(good, f"refused: {name}", f"exit {r.returncode}, not {code}\n{r.stderr}\n{set(os.listdir('.')) - set(before)}")


def music(seconds, rate, seed=1):
    """Notes with attack and decay over a bass, wide: something for equaliser, compressor and limiter to do."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    t = np.arange(n) / rate
    x = np.zeros((n, 2))
    for k in range(int(seconds * 4)):
        start, f, pan = int(k * rate / 4), 110 * 2 ** (rng.integers(0, 36) / 12), rng.uniform(0, 1)
        note = sum(np.sin(2 * np.pi * f * h * t[:n - start] + rng.uniform(0, 6)) / h ** 1.5 for h in range(1, 8))
        note *= np.exp(-t[:n - start] * 6) * (0.4 + 0.6 * (k % 4 == 0))
        x[start:, 0] += note * pan
        x[start:, 1] += note * (1 - pan)
    x += 0.5 * np.sin(2 * np.pi * 55 * t)[:, None] * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * t))[:, None]
    x += rng.standard_normal((n, 2)) * 0.02
    return x / np.abs(x).max()


def masters(name, args, target=-14.0, ceiling=-1.0, rate=None, frames=None, channels=2, out="out.flac"):
    """Comes out at target and under the ceiling, with its length; returns what was said."""
    if os.path.exists(out):
        os.remove(out)
    if "--max-limiting" not in args:
        args = [*args, "--max-limiting", "24"]
    r = run(*args, "-o", out)
    if r.returncode == 7:
        print(f"# skipped: {name}: {r.stderr.strip()}")
        return r.stderr
    if r.returncode != 0 or not os.path.exists(out):
        ok(False, name, r.stderr)
        return r.stderr
    got_rate, x = judge.decode(out)
    lufs, dbtp = judge.loudness(x, got_rate), judge.true_peak(x, got_rate)
    good = abs(lufs - target) <= 0.1 and dbtp <= ceiling and x.shape[1] == channels
    good = good and (rate is None or got_rate == rate) and (frames is None or len(x) == frames)
    ok(good, f"{name}: {lufs:.2f} LUFS, {dbtp:.3f} dBTP, {len(x)} frames of {x.shape[1]} at {got_rate} Hz",
       f"{frames} frames, {rate} Hz\n{r.stdout}{r.stderr}")
    return r.stdout + r.stderr


def most_memory(args):
    """Status and most resident kB of a command. Its own VmHWM is asked while it runs: wait4's ru_maxrss begins, for any child, at what the
    program that started it had."""
    child, most = subprocess.Popen(args, stdout=subprocess.DEVNULL), 0
    while child.poll() is None:
        with open(f"/proc/{child.pid}/status") as status:
            most = max([most] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        time.sleep(0.05)
    return child.returncode, most


def has(element):
    return subprocess.run(["gst-inspect-1.0", "--exists", element]).returncode == 0
