#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fits the net of gst/dsp/speech.c to the mixtures of speech_corpus.py: fit_speech.py PATH/TO/speech-features > gst/dsp/speechnet.h
Takes some 20 minutes and the packages that speech_corpus.py names; says on stderr how it does on the part it has not seen.

Cross entropy with a weight decay, one layer of tanh units, by L-BFGS. Features come from the library itself, at 12 kHz, where the
spectrum up to 3.8 kHz, which is all that it looks at, is the same."""
import subprocess
import sys

import numpy as np
from scipy.optimize import minimize

from speech_corpus import KINDS, Corpus, fetch

RATE, HIDDEN, DECAY, STEPS = 12000, 14, 8e-4, 90


def make(part, n_items, seed):
    corpus, rng, rows, truth = Corpus(part, RATE), np.random.default_rng(seed), [], []
    for i in range(n_items):
        x, is_speech = corpus.item(KINDS[i % len(KINDS)], rng)
        out = subprocess.run([sys.argv[1], str(RATE)], input=x.astype("<f4").tobytes(), capture_output=True, check=True).stdout
        rows.append(np.frombuffer(out, "<f4").reshape(600, -1))
        truth.append(is_speech.reshape(600, -1).mean(1))
    return np.concatenate(rows), np.concatenate(truth)


def fit(rows, truth):
    mean, scale = rows.mean(0), 1 / (rows.std(0) + 1e-6)
    a = np.clip((rows - mean) * scale, -4, 4).astype(float)
    n, d = a.shape

    def loss(p):
        w, b, v, c = np.split(p, [d * HIDDEN, d * HIDDEN + HIDDEN, d * HIDDEN + 2 * HIDDEN])
        h = np.tanh(a @ w.reshape(d, HIDDEN) + b)
        z = h @ v + c
        g = (1 / (1 + np.exp(-z)) - truth) / n
        back = np.outer(g, v) * (1 - h * h)
        return (np.mean(np.logaddexp(0, z) - truth * z) + DECAY * (p @ p),
                np.concatenate([(a.T @ back).ravel(), back.sum(0), h.T @ g, [g.sum()]]) + 2 * DECAY * p)

    start = np.random.default_rng(0).standard_normal(d * HIDDEN + 2 * HIDDEN + 1) * 0.15
    p = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 20}).x
    w, b, v, c = np.split(p, [d * HIDDEN, d * HIDDEN + HIDDEN, d * HIDDEN + 2 * HIDDEN])
    return mean, scale, w.reshape(d, HIDDEN), b, v, c[0]


def array(name, values, size):
    text, line = f"static const float {name}{size} = {{\n", " "
    for value in values:
        word = f" {value:.5g}f,".replace(" 0f", " 0.0f")
        if "." not in word and "e" not in word:
            word = word.replace("f,", ".0f,")
        if len(line) + len(word) > 138:
            text, line = text + line + "\n", " "
        line += word
    return text + line + "\n};\n"


def write(mean, scale, w, b, v, c):
    print(f"/* SPDX-License-Identifier: LGPL-2.1-or-later */\n/* Made by tests/dsp/fit_speech.py: the net of speech.c. */\n#pragma once\n\n"
          f"#define MST_SPEECH_NET_HIDDEN {len(b)}\n\nstatic const double mst_speech_net_bias = {c:.6g};")
    print(array("mst_speech_net_mean", mean, f"[{len(mean)}]") + array("mst_speech_net_scale", scale, f"[{len(mean)}]")
          + array("mst_speech_net_hidden", w.T.ravel(), f"[{w.size}]") + array("mst_speech_net_hidden_bias", b, f"[{len(b)}]")
          + array("mst_speech_net_out", v, f"[{len(b)}]"), end="")


if __name__ == "__main__":
    reason = fetch()
    if reason:
        sys.exit(reason)
    net = fit(*make("train", 490, 1))
    write(*net)
    rows, truth = make("test", 105, 5)
    hit = (np.tanh(np.clip((rows - net[0]) * net[1], -4, 4) @ net[2] + net[3]) @ net[4] + net[5] > 0) == (truth > 0.5)
    print(f"{100 * hit.mean():.1f} % of the blocks of the part that it has not seen are right", file=sys.stderr)
