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
        try:
            subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={d}/in', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                            f'pcm-format={pcm}', f'sample-rate={rate}', f'num-channels={channels}', '!', *element.split(), '!', 'filesink',
                            f'location={d}/out'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=3)
        except subprocess.TimeoutExpired:       # some plugins hang at their end, with all written
            pass
        return np.fromfile(f'{d}/out', kind).astype(float)[::channels] if os.path.exists(f'{d}/out') else None


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


LSP = 'lsp-plug-in-plugins-lv2-para-equalizer-x16-mono'
CALF = 'calf-sourceforge-net-plugins-Equalizer8Band'
# name: (f0, gain_db, width) to the response of an impulse; widths to look through for the one that is q 1 at 1 kHz
PEERS = {
    'ffmpeg equalizer': (lambda x, f0, g, w: through_command(f'ffmpeg -v error -y -i {{i}} -af equalizer=f={f0}:t=q:w={w}:g={g} -c:a pcm_f32le {{o}}', x), None),
    'sox equalizer': (lambda x, f0, g, w: through_command(f'sox {{i}} -e floating-point -b 32 {{o}} equalizer {f0} {w}q {g}', x), None),
    'equalizer-nbands': (lambda x, f0, g, w: through(f'equalizer-nbands num-bands=1 band0::type=peak band0::freq={f0} band0::bandwidth={f0 * w} band0::gain={g}', x), (0.3, 3)),
    'LSP para-equalizer': (lambda x, f0, g, w: through(f'{LSP} enabled=true ft-0=1 fm-0=1 f-0={f0} g-0={10 ** (g / 20):.5f} q-0={w}', x), (0.3, 8)),
    'Calf Equalizer': (lambda x, f0, g, w: through(f'{CALF} p1-active=1 p1-freq={f0} p1-level={10 ** (g / 20):.5f} p1-q={w}', x, channels=2), (0.3, 4)),
}


def spectrum(y, at):
    return db(np.fft.rfft(np.concatenate([y, np.zeros(max(0, N - len(y)))])[:N])[1:] / at)


def width_for(respond, span, gain_db, x, f):
    """The width at which a bell at 1 kHz is nearest to the analog one of q 1: between the last two that bracket it, five times"""
    if span is None:
        return 1.0
    mask, want = (f > 200) & (f < 5000), db(bell(f, 1000, gain_db, 1))
    low, high = span
    for _ in range(4):
        widths = np.geomspace(low, high, 6)
        errors = []
        for w in widths:
            y = respond(x, 1000, gain_db, round(float(w), 4))
            if y is None or len(y) < N // 2:
                return None
            errors.append(np.abs(spectrum(y, 0.25) - want)[mask].max())
        k = int(np.argmin(errors))
        low, high = widths[max(k - 1, 0)], widths[min(k + 1, 5)]
    return round(float(widths[k]), 4)


def curves(directory):
    f = np.fft.rfftfreq(N, 1 / RATE)[1:]
    x = np.zeros(N)
    x[N // 2] = 0.25      # by then parameters have arrived
    widths = {name: width_for(respond, span, 12, x, f) for name, (respond, span) in PEERS.items()}
    print('not here:', ', '.join(name for name, w in widths.items() if w is None) or 'none', '; widths', widths)
    figure, rows = plt.subplots(2, 2, figsize=(11, 7), constrained_layout=True)
    for column, f0 in enumerate((10000, 16000)):
        want = db(bell(f, f0, 12, 1))
        shown = {'masteringeq': spectrum(through(f'masteringeq num-bands=1 band0::frequency={f0} band0::gain=12 band0::q=1', x, pcm='f64le'), 0.25)}
        for name, (respond, _) in PEERS.items():
            if widths.get(name) is None:
                continue
            y = respond(x, f0, 12, widths[name])
            if y is not None and len(y) >= N // 2:
                shown[name] = spectrum(y, 0.25)
        for name, y in shown.items():
            ours = name == 'masteringeq'
            print(f'bell {f0} Hz, +12 dB, q 1, {name}: {np.abs(y - want)[(f >= 20) & (f <= 20000)].max():.4f} dB off up to 20 kHz')
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
