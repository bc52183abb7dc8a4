# SPDX-License-Identifier: LGPL-2.1-or-later
"""Statistics of dither, ours and what else is installed, by one measure.

Input: mono F64 at 48 kHz, a sine of -20 dBFS and a constant of a quarter step, made here; each program turns them into 16 bits, and
a sine of -1 dBFS into 24. From the error, output less input in steps:
  mean, power      of the constant: 0 and 0.25 are right for triangular dither
  white            largest departure of 32 bands from flat, dB
  repeats          highest autocorrelation at any lag from 8192 frames to half the length, in units of 1/sqrt N: 6 is chance, and where
  again            correlation of the noise of two runs: 1 = every file gets the same noise, so what is mixed adds coherently
  heard            noise weighted by the threshold of hearing (Terhardt 1979), dB against flat triangular dither
  total            noise in all, against flat triangular dither
  level            of the -20 dBFS sine, dB off
  24 bits          power of the error at 24 bits: 0.25 dithered, 0.083 merely rounded
"""
import os
import subprocess

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


# by the names of rows.py
COMMANDS = {
    'tpdfdither': gst('tpdfdither bits={bits}'),
    'tpdfdither, high-pass': gst('tpdfdither bits={bits} dither=high-pass-triangular'),
    'tpdfdither, light': gst('tpdfdither bits={bits} noise-shaping=light'),
    'tpdfdither, medium': gst('tpdfdither bits={bits} noise-shaping=medium'),
    'tpdfdither, shaped': gst('tpdfdither bits={bits} noise-shaping=strong'),
    'audioconvert tpdf': gst('audioconvert dithering=tpdf'),
    'audioconvert tpdf, high': gst('audioconvert dithering=tpdf noise-shaping=high'),
    'ffmpeg triangular': ffmpeg('triangular'),
    'ffmpeg shibata': ffmpeg('shibata'),
    'sox dither': sox('dither'),
    'sox dither -s': sox('dither -s'),
}


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


def figures(row, folder, seconds=45):
    """for quality.py: what is measured, by column, and whether there is dither at all"""
    if row.name not in COMMANDS:
        return {}, True
    try:
        r = measure(COMMANDS[row.name], seconds, folder)
    except (subprocess.CalledProcessError, OSError):
        return {}, False
    where = f' at {r["lag"]:.2f} s' if r['repeats'] > 7 else ''
    return {'power': float(r['power']), 'white, dB': float(r['white']), 'repeats, /√N': f'{r["repeats"]:.1f}{where}', 'again': float(r['again']),
            'heard, dB': float(r['heard']), 'total': float(r['total']), 'level, dB': f'{r["level"]:+.5f}',
            '24 bits': float(r['24']) if r['24'] < 1e3 else 'broken'}, bool(r['power'] > 0.01)
