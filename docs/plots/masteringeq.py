#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pictures of docs/masteringeq.md, drawn from the element: curves of ours and of peers at 44.1 kHz beside the analog one; clicks
through linear phase.

    docs/plots/masteringeq.py docs/img        (GST_PLUGIN_PATH or `meson devenv`; peers where they are installed)
"""
import os
import shutil
import subprocess
import sys
import tempfile

import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from scipy.io import wavfile

RATE = 44100
N = 1 << 16


def through(element, x, rate=RATE, channels=1, pcm='f32le'):
    """@x, the same in all channels, through a gst-launch description; the first channel of what comes out; None if it fails"""
    kind = {'f32le': '<f4', 'f64le': '<f8'}[pcm]
    with tempfile.TemporaryDirectory() as d:
        np.repeat(x.astype(kind), channels).tofile(f'{d}/in')
        done = subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={d}/in', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                               f'pcm-format={pcm}', f'sample-rate={rate}', f'num-channels={channels}', '!', *element.split(), '!', 'filesink',
                               f'location={d}/out'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        return None if done.returncode else np.fromfile(f'{d}/out', kind).astype(float)[::channels]


def through_command(command, x):
    """@x through a command with {i} and {o}: float WAV files"""
    if not shutil.which(command.split()[0]):
        return None
    with tempfile.TemporaryDirectory() as d:
        wavfile.write(f'{d}/i.wav', RATE, x.astype('<f4'))
        done = subprocess.run(command.format(i=f'{d}/i.wav', o=f'{d}/o.wav').split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        return None if done.returncode else wavfile.read(f'{d}/o.wav')[1].astype(float)


def bell(f, f0, gain_db, q):
    a, s = 10 ** (gain_db / 40), 1j * f / f0
    return (s * s + s * a / q + 1) / (s * s + s / (a * q) + 1)


def high_shelf(f, f0, gain_db, q):
    a, s = 10 ** (gain_db / 40), 1j * f / f0
    return a * (a * s * s + np.sqrt(a) / q * s + 1) / (s * s + np.sqrt(a) / q * s + a)


def db(h):
    return 20 * np.log10(np.maximum(np.abs(h), 1e-9))


def lv2(word):
    """The GStreamer element of an LV2 plugin whose name has @word in it"""
    names = subprocess.run(['gst-inspect-1.0', 'lv2'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.split()
    return next((n.rstrip(':') for n in names if word in n), None)


def peers(f0, gain_db, q):
    """Bells of the same frequency, gain and q by others: name to response of an impulse, a quarter of full scale"""
    x = np.zeros(N)
    x[64] = 0.25
    yield 'ffmpeg equalizer', through_command(f'ffmpeg -v error -i {{i}} -af equalizer=f={f0}:t=q:w={q}:g={gain_db} -c:a pcm_f32le {{o}}', x)
    yield 'sox equalizer', through_command(f'sox {{i}} -e floating-point -b 32 {{o}} equalizer {f0} {q}q {gain_db}', x)
    # its gain reaches from -24 to +12 dB
    yield 'equalizer-nbands', through(f'equalizer-nbands num-bands=1 band0::freq={f0} band0::bandwidth={f0 / q} band0::gain={min(gain_db, 12)}', x)
    lsp = lv2('para_equalizer_x8_mono')
    if lsp:
        yield 'LSP para-equalizer', through(f'{lsp} ft-0=Bell fm-0={os.environ.get("LSP_MODE", "RLC--BT-")} f-0={f0} g-0={10 ** (gain_db / 20)} q-0={q}', x)
    fil4 = lv2('fil4-mono') or lv2('fil4_mono')
    if fil4:
        yield 'x42 fil4', through(f'{fil4} peak-1=true', x)


def curves(directory):
    f = np.fft.rfftfreq(N, 1 / RATE)[1:]
    x = np.zeros(N)
    x[64] = 0.25
    figure, rows = plt.subplots(2, 2, figsize=(11, 7), constrained_layout=True)
    for column, f0 in enumerate((10000, 16000)):
        want = db(bell(f, f0, 12, 1))
        shown = {}
        for name, y in [('masteringeq', through(f'masteringeq num-bands=1 band0::frequency={f0} band0::gain=12 band0::q=1', x, pcm='f64le')), *peers(f0, 12, 1)]:
            if y is None or len(y) < N // 2:
                print(f'{name}: not here')
                continue
            y = np.concatenate([y, np.zeros(max(0, N - len(y)))])[:N]
            shown[name] = db(np.fft.rfft(y)[1:] / 0.25)
            print(f'bell {f0} Hz, +12 dB, q 1, {name}: {np.abs(shown[name] - want)[(f >= 20) & (f <= 20000)].max():.4f} dB off up to 20 kHz')
        for name, y in shown.items():
            ours = name == 'masteringeq'
            rows[0][column].plot(f, y, label=name, lw=2.2 if ours else 1, zorder=3 if ours else 2)
            rows[1][column].plot(f, y - want, label=name, lw=2.2 if ours else 1, zorder=3 if ours else 2)
        rows[0][column].plot(f, want, 'k--', lw=1, label='analog', zorder=4)
        rows[0][column].set(title=f'Bell {f0 // 1000} kHz, +12 dB, q 1, at 44.1 kHz', ylabel='dB', xlim=(1000, 20000), ylim=(-1, 13), xscale='log')
        rows[1][column].set(ylabel='dB off the analog curve', xlabel='Hz', xlim=(1000, 20000), ylim=(-5, 1.5), xscale='log')
        for row in rows:
            row[column].grid(alpha=0.3, which='both')
        rows[0][column].legend(fontsize=7, loc='upper left')
    figure.savefig(os.path.join(directory, 'masteringeq-curves.png'), dpi=100)


def linear(directory):
    n, at = 48000, 24000
    x = np.zeros(n)
    x[at] = 1.0
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), constrained_layout=True)
    for axis, (title, bands, span) in zip(axes, (('Bell 100 Hz, +6 dB, q 0.7', 'bell 100 6', 40), ('Bell 100 Hz, +6 dB, q 4', 'bell 100 6 q=4', 120),
                                                 ('High-pass 30 Hz, 24 dB/octave', 'high-pass 30 slope=24', 120))):
        for phase in ('minimum', 'linear'):
            with tempfile.TemporaryDirectory() as d:
                x.astype('<f8').tofile(f'{d}/in')
                subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={d}/in', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                                'pcm-format=f64le', 'sample-rate=48000', 'num-channels=1', '!', 'masteringeq', f'phase={phase}', f'bands={bands}', '!',
                                'filesink', f'location={d}/out'], check=True)
                y = np.fromfile(f'{d}/out', '<f8')
            y[at] -= 1.0        # what the band adds to the click
            t = (np.arange(n) - at) / 48.0
            axis.plot(t, db(y), label=phase, lw=1)
        axis.set(title=title, xlabel='ms from the click', ylabel='what the band adds, dB re the click', xlim=(-span, span), ylim=(-110, -20))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.savefig(os.path.join(directory, 'masteringeq-linear.png'), dpi=100)


if __name__ == '__main__':
    target = sys.argv[1] if len(sys.argv) > 1 else 'docs/img'
    linear(target)
    curves(target)
