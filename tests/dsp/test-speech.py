#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The features of gst/dsp/speechframes.h and speech.h by their definitions in numpy: test-speech.py PATH/TO/speech-features"""
import subprocess
import sys

import numpy as np

BANDS, CEPSTRA, SIDES, LAGS = 18, 7, (2, 4, 10), (1, 3, 6, 12)
count, failed = 0, 0


def ok(passed, text):
    global count, failed
    count, failed = count + 1, failed + (not passed)
    print(f"{'ok' if passed else 'not ok'} {count} - {text}", flush=True)


def frames(x, rate):
    """Cepstra and persistence 50 times a second; for rates that are not thinned."""
    n_window = round(0.032 * rate)
    n_fft = 1 << (n_window - 1).bit_length()
    bin_hz = rate / n_fft
    edges = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + f / 700) for f in (100, 3800)), BANDS + 2) / 2595) - 1)
    f = np.arange(n_fft // 2 + 1) * bin_hz
    weights = np.array([np.clip(np.minimum((f - a) / (b - a), (c - f) / (c - b)), 0, None) for a, b, c in zip(edges, edges[1:], edges[2:])])
    window = np.sin(np.pi * (np.arange(n_window) + 0.5) / n_window) ** 2
    window *= np.sqrt(2 / ((window ** 2).sum() * n_fft))
    padded = np.concatenate([np.zeros(n_window), x])
    power = np.array([np.abs(np.fft.rfft(padded[end:end + n_window] * window, n_fft)) ** 2
                      for end in ((j + 1) * rate // 50 for j in range(len(x) * 50 // rate))])
    level = np.log(power @ weights.T + 1e-10)
    cepstra = np.stack([(2 if k else 1) / BANDS * level @ np.cos(np.pi * k * (np.arange(BANDS) + 0.5) / BANDS) for k in range(CEPSTRA)], 1)
    first, last, around = int(150 / bin_hz), int(3600 / bin_hz), round(95 / bin_hz)
    fine = np.log(power + 1e-13)
    fine = np.stack([fine[:, k] - fine[:, k - around:k + around + 1].mean(1) for k in range(first, last)], 1)
    norm = np.sqrt((fine ** 2).sum(1) + 1e-9)
    held = np.zeros((len(fine), 2))
    for i, ago in enumerate((2, 5)):
        held[ago:, i] = (fine[ago:] * fine[:-ago]).sum(1) / (norm[ago:] * norm[:-ago])
    return cepstra, held


def features(x, rate):
    cepstra, held = frames(x, rate)
    n_blocks, rows = len(cepstra) // 5, []
    for block in range(n_blocks):
        row = []
        for side in SIDES:
            a, b = 5 * max(0, block - side), 5 * min(n_blocks, block + side + 1)
            c = cepstra[a:b]
            variance = np.maximum(c.var(0), 1e-6)
            row += [np.log(variance[0]) / 2, np.mean(c[:, 0] < c[:, 0].mean() - 1)]
            for k in range(1, 5):
                row += [np.log(variance[k]) / 2] + ([c[:, k].mean()] if side == 10 and k <= 2 else [])
            for lag in LAGS[:3 if side == 2 else 4]:
                step = np.array([(cepstra[j] - cepstra[j - lag]) ** 2 if j >= lag else np.zeros(CEPSTRA) for j in range(a, b)])
                row += [np.log((s.mean() + 1e-4) / (2 * v + 1e-4)) / 2
                        for s, v in ((step[:, 0], variance[0]), (step[:, 1:].sum(1), variance[1:].sum()))]
            row += list(held[a:b].mean(0))
        rows.append(row)
    return np.array(rows)


def heard(x, rate, *more):
    out = subprocess.run([sys.argv[1], str(rate), *more], input=x.astype("<f4").tobytes(), capture_output=True, check=True).stdout
    return np.frombuffer(out, "<f4").reshape(len(x) * 10 // rate, -1)


rng = np.random.default_rng(5)
for rate in (8000, 12000, 16000, 22049):
    t = np.arange(6 * rate + 77) / rate
    x = (0.1 * np.sin(2 * np.pi * 220 * t) * (np.sin(2 * np.pi * 2 * t) > 0) + 0.02 * rng.standard_normal(len(t)) * np.sin(np.pi * 3 * t) ** 2).astype("<f4")
    x[2 * rate:3 * rate] = 0
    got, want = heard(x, rate), features(x.astype(float), rate)
    ok(got.shape == want.shape and np.abs(got - want).max() < 2e-3, f"{rate} Hz: {got.shape[0]} blocks of {got.shape[1]} features, off by {np.abs(got - want).max():.1e} at most")
# the same signal at a rate that is thinned: its spectrum up to 3.8 kHz is what counts
n = 8 * 12000
spectrum = np.fft.rfft(rng.standard_normal(n) * (1.2 + np.sin(np.arange(n) / 700.0)))
spectrum[int(5500 * 8):] = 0
low, high = np.fft.irfft(spectrum, n) * 0.1, np.fft.irfft(np.concatenate([spectrum, np.zeros(3 * n // 2)]), 4 * n) * 0.4
off = np.abs(heard(high, 48000) - heard(low, 12000))
ok(off.mean() < 0.01 and off.max() < 0.2, f"48 kHz as 12 kHz: features off by {off.mean():.4f} on average, {off.max():.3f} at most")
p, q = heard(x, rate, "probability"), heard(0.01 * x, rate, "probability")
ok(np.isfinite(p).all() and p.min() >= 0 and p.max() <= 1, "probabilities are 0 to 1")
ok(heard(np.zeros(5 * 48000), 48000, "probability").max() < 0.5, "silence is no speech")
print(f"1..{count}")
sys.exit(failed > 0)
