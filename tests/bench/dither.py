#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Statistics of dither, ours and what else is installed, by one measure. Figures only: nothing passes or fails.

    tests/bench/dither.py [--seconds N] [--plot DIRECTORY]        (in `meson devenv -C build`, or with the plugin installed)

Input: N seconds (default 90) of mono F64 at 48 kHz, a sine of -100 dBFS, a sine of -20 dBFS, and a constant of a quarter step, made here; each
program turns them into 16 bits (the sine of -20 dBFS also into 24). From the error, output less input in steps:
  mean, power      of the constant: 0 and 0.25 are right for triangular dither
  white            largest departure of 32 bands from flat, dB, where it is to be flat
  repeats          highest autocorrelation at any lag from 8192 frames to half the length, in units of 1/sqrt N: 6 is chance, and where
  again            correlation of the noise of two runs: 1 = every file gets the same noise, so what is mixed adds coherently
  heard            noise weighted by the threshold of hearing (Terhardt 1979), dB against flat triangular dither
  total            noise in all, against flat triangular dither
  level            of the -20 dBFS sine, dB off
  24 bits          power of the error at 24 bits: 0.25 dithered, 0.083 merely rounded
--plot writes spectra.png and tone.png (a -100 dBFS tone rounded, dithered, shaped).
"""
import argparse
import os
import shutil
import subprocess
import tempfile

import numpy as np
from scipy.signal import welch

RATE = 48000
TONE = 1000.0


def gst(element):
    return ['gst-launch-1.0', '-q', 'filesrc', 'location={in}', '!',
            *f'rawaudioparse format=pcm pcm-format=f64le sample-rate={RATE} num-channels=1'.split(), '!',
            *element.split(), '!', 'audio/x-raw,format={gst}', '!', 'filesink', 'location={out}']


def ffmpeg(method):
    return ['ffmpeg', '-nostdin', '-v', 'error', '-y', '-f', 'f64le', '-ar', str(RATE), '-ac', '1', '-i', '{in}',
            '-af', f'aresample=osf={{ff}}:dither_method={method}', '-f', '{ffraw}', '{out}']


def sox(effect):
    return ['sox', '-D', '-t', 'f64', '-r', str(RATE), '-c', '1', '{in}', '-t', 'raw', '-e', 'signed', '-b', '{bits}', '{out}'] + effect.split()


ROWS = [
    ('tpdfdither', gst('tpdfdither bits={bits}')),
    ('tpdfdither high-pass', gst('tpdfdither bits={bits} dither=high-pass-triangular')),
    ('tpdfdither light', gst('tpdfdither bits={bits} noise-shaping=light')),
    ('tpdfdither medium', gst('tpdfdither bits={bits} noise-shaping=medium')),
    ('tpdfdither strong', gst('tpdfdither bits={bits} noise-shaping=strong')),
    ('audioconvert tpdf', gst('audioconvert dithering=tpdf')),
    ('audioconvert tpdf, high', gst('audioconvert dithering=tpdf noise-shaping=high')),
    ('ffmpeg triangular', ffmpeg('triangular')),
    ('ffmpeg shibata', ffmpeg('shibata')),
    ('sox dither', sox('dither')),
    ('sox dither -s', sox('dither -s')),
]


def convert(command, x, bits, directory):
    """@x through a program, back as doubles"""
    source, target = os.path.join(directory, 'in'), os.path.join(directory, 'out')
    x.astype('<f8').tofile(source)
    words = {'in': source, 'out': target, 'bits': bits, 'gst': 'S16LE' if bits == 16 else 'S32LE' if bits == 32 else 'S24LE',
             'ff': 's16' if bits == 16 else 's32', 'ffraw': 's16le' if bits == 16 else 's24le'}
    subprocess.run([word.format(**words) for word in command], check=True)
    raw = np.fromfile(target, np.uint8)
    if bits == 16:
        return raw.view('<i2') / 2.0 ** 15
    three = raw.reshape(-1, 3).astype(np.int32)
    k = three[:, 0] | three[:, 1] << 8 | three[:, 2] << 16
    return np.where(k >= 1 << 23, k - (1 << 24), k) / 2.0 ** 23


def threshold(f):
    k = np.maximum(f, 20.0) / 1000
    return 3.64 * k ** -0.8 - 6.5 * np.exp(-0.6 * (k - 3.3) ** 2) + 1e-3 * k ** 4


def autocorrelation(e):
    """highest value at any lag up to half the length, in units of 1/sqrt N, and its lag in frames; shaped noise is whitened first"""
    f, power = welch(e, RATE, nperseg=1024, detrend=False)
    n = len(e)
    spectrum = np.fft.rfft(e - e.mean(), 2 * n)
    spectrum /= np.sqrt(np.interp(np.linspace(0, RATE / 2, len(spectrum)), f, power))
    r = np.fft.irfft(np.abs(spectrum) ** 2)[:n // 2]
    r = np.abs(r[8192:] / r[0]) * np.sqrt(n - np.arange(8192, n // 2))
    lag = int(np.argmax(r))
    return r[lag], lag + 8192


def measure(command, seconds, directory):
    n = seconds * RATE
    step = 2.0 ** -15
    t = np.arange(n)
    sine = np.sin(2 * np.pi * TONE / RATE * t)
    loud = 0.1 * np.sin(2 * np.pi * round(997.0 * seconds) / n * t)
    constant = np.full(n, 3.25 * step)
    e_constant = (convert(command, constant, 16, directory)[:n] - constant) / step
    e_again = (convert(command, loud, 16, directory)[:n] - loud) / step
    out = convert(command, loud, 16, directory)[:n]
    level = 20 * np.log10(abs(np.dot(out, loud)) / np.dot(loud, loud))
    e = (out - loud) / step
    f, power = welch(e, RATE, nperseg=4096, detrend=False)
    power *= RATE / 2
    bands = np.array_split(power[8:-8], 32)
    centre = [10 * np.log10(b.mean() / power[8:-8].mean()) for b in bands]
    heard = f < 20000
    weight = 10 ** (-threshold(f[heard]) / 10)
    e24 = (convert(command, 0.9 * sine, 24, directory)[:n] - 0.9 * sine) * 2 ** 23
    repeats, lag = autocorrelation(e_constant)
    return {'mean': e_constant.mean(), 'power': e_constant.var(), 'white': np.abs(centre).max(), 'repeats': repeats, 'lag': lag / RATE,
            'again': np.corrcoef(e, e_again)[0, 1], 'heard': 10 * np.log10((power[heard] * weight).sum() / (0.25 * weight).sum()),
            'total': (e ** 2).mean() / 0.25, 'level': level, '24': e24.var(), 'spectrum': (f, power)}


def plot(results, directory):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    plt.rcParams.update({'font.size': 9, 'axes.grid': True, 'grid.alpha': 0.3, 'axes.spines.top': False, 'axes.spines.right': False})
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    for name, r in results.items():
        axis = axes[0] if name.startswith('tpdfdither') else axes[1]
        f, power = r['spectrum']
        axis.plot(f[2:-1] / 1000, 10 * np.log10(power[2:-1] / 0.25), lw=1, label=name)
    for axis, title in zip(axes, ('tpdfdither', 'others')):
        axis.set(title=title, xlabel='kHz', ylim=(-45, 35))
        axis.legend(fontsize=7)
    axes[0].set_ylabel('error, dB re flat triangular dither')
    figure.tight_layout()
    figure.savefig(os.path.join(directory, 'dither-spectra.png'), dpi=110)

    figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
    x = 1e-5 * np.sin(2 * np.pi * TONE / RATE * np.arange(120 * RATE))
    with tempfile.TemporaryDirectory() as scratch:
        for axis, (title, element) in zip(axes, (('rounded to 16 bits: nothing left', 'tpdfdither bits={bits} dither=none'),
                                                 ('dithered', 'tpdfdither bits={bits}'),
                                                 ('shaped, strong', 'tpdfdither bits={bits} noise-shaping=strong'))):
            y = convert(gst(element), x, 16, scratch)
            f, power = welch(y, RATE, 'blackmanharris', nperseg=48000, scaling='spectrum', detrend=False)
            axis.plot(f[10:-1] / 1000, 10 * np.log10(np.maximum(2 * power[10:-1], 1e-18)), lw=0.7)
            axis.set(title=title, xlabel='kHz', ylim=(-165, -90))
    axes[0].set_ylabel('dBFS in 1 Hz, 1 kHz tone at −100 dBFS')
    figure.tight_layout()
    figure.savefig(os.path.join(directory, 'dither-tone.png'), dpi=110)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=int, default=90)
    parser.add_argument('--plot', metavar='DIRECTORY')
    options = parser.parse_args()
    results = {}
    print('| | mean | power | white, dB | repeats, /√N | again | heard, dB | total | level, dB | 24 bits |')
    print('|---|---|---|---|---|---|---|---|---|---|')
    for name, command in ROWS:
        if not shutil.which(command[0]):
            print(f'not installed: {command[0]}')
            continue
        with tempfile.TemporaryDirectory() as directory:
            r = results[name] = measure(command, options.seconds, directory)
        white = f'{r["white"]:.2f}' if r['white'] < 1 else '–'
        bits24 = f'{r["24"]:.3f}' if r['24'] < 1e3 else 'broken'
        where = f' at {r["lag"]:.2f} s' if r['repeats'] > 7 else ''
        print(f'| {name} | {r["mean"]:+.5f} | {r["power"]:.4f} | {white} | {r["repeats"]:.1f}{where} | {r["again"]:+.3f} | '
              f'{r["heard"]:+.1f} | × {r["total"]:.1f} | {r["level"]:+.5f} | {bits24} |', flush=True)
    if options.plot:
        plot(results, options.plot)


if __name__ == '__main__':
    main()
