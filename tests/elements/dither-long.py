#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tpdfdither over long times: ten minutes of quiet sines without a spur, ramps and steps without a trace in the power of the error,
autocorrelation at all lags to 2^24, and channels that know nothing of each other. TAP; a minute or two, 2 GB."""
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy import fft

RATE = 48000
STEP = 2.0 ** -15
count = failed = 0


def claim(passed, text):
    global count, failed
    count += 1
    failed += not passed
    print(f'{"ok" if passed else "not ok"} {count} - {text}', flush=True)


def dither(x, channels=1, properties=''):
    """@x (F32, interleaved) through the element to S16; the output in steps"""
    with tempfile.TemporaryDirectory() as directory:
        source, target = os.path.join(directory, 'in'), os.path.join(directory, 'out')
        x.astype('<f4').tofile(source)
        subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={source}', 'blocksize=262144', '!', 'rawaudioparse', 'format=pcm', 'pcm-format=f32le',
                        f'sample-rate={RATE}', f'num-channels={channels}', '!', 'tpdfdither', 'bits=16', 'seed=20', *properties.split(),
                        '!', 'audio/x-raw,format=S16LE', '!', 'filesink', f'location={target}'], check=True)
        return np.fromfile(target, '<i2')


def no_spurs():
    n, window_length = 600 * RATE, RATE
    window = np.hanning(window_length)
    for level in (-90, -105, -120, -135, -150):
        x = (10 ** (level / 20) * np.sin(2 * np.pi * 997.0 / RATE * np.arange(n))).astype('f4')
        error = dither(x) - x.astype('f8') / STEP
        power = np.zeros(window_length // 2 + 1)
        for i in range(0, n, window_length):
            power += np.abs(fft.rfft(error[i:i + window_length] * window)) ** 2
        power /= n // window_length * (window ** 2).sum() * 0.25
        sigma = 1 / np.sqrt(n / window_length)
        worst = np.max(np.abs(power[2:-2] - 1)) / sigma
        claim(worst < 6, f'{level} dBFS, ten minutes: no bin of 1 Hz is further than {worst:.2f} sigma from flat (limit 6)')


def no_modulation():
    n = 300 * RATE
    t = np.arange(n)
    for name, x in (('ramp', (t - n / 2) * (40.0 / n)), ('DC steps', np.floor(t * 64.0 / n) / 16)):
        x = (x * STEP).astype('f4')
        error = dither(x, properties='auto-transparent=false auto-blank=false') - x.astype('f8') / STEP
        parts = error[:n // 64 * 64].reshape(64, -1)
        sigma = 1 / np.sqrt(parts.shape[1])
        mean = np.max(np.abs(parts.mean(1))) / (0.5 * sigma)
        variance = np.max(np.abs(parts.var(1) / 0.25 - 1)) / (sigma * np.sqrt(2))
        claim(mean < 5 and variance < 5, f'{name}: mean within {mean:.2f}, power within {variance:.2f} sigma in each of 64 parts (limit 5)')


def memory():
    n = 1 << 25
    x = np.full(n, 0.37 * STEP, 'f4')
    error = (dither(x) - x.astype('f8') / STEP).astype('f4')
    spectrum = fft.rfft(error - error.mean(), 2 * n)
    r = fft.irfft((spectrum.real ** 2 + spectrum.imag ** 2).astype('f4'))[:n // 2 + 1]
    worst = np.max(np.abs(r[1:] / r[0]) * np.sqrt(n - np.arange(1, n // 2 + 1)))
    claim(worst < 6, f'autocorrelation at every lag to 2^24: at most {worst:.2f} / sqrt N (limit 6)')
    n = 1 << 23
    error = dither(np.full(2 * n, 0.37 * STEP, 'f4'), 2).reshape(-1, 2) - 0.37
    a, b = (fft.rfft((error[:, c] - error[:, c].mean()).astype('f4'), 2 * n) for c in (0, 1))
    r = fft.irfft(a * np.conj(b))
    worst = np.max(np.abs(np.concatenate((r[:n // 2], r[-n // 2:])))) / np.sqrt(n) / 0.25
    claim(worst < 6, f'two channels: at most {worst:.2f} / sqrt N at any lag to 2^22 either way (limit 6)')


def main():
    no_spurs()
    no_modulation()
    memory()
    print(f'1..{count}')
    return 1 if failed else 0


sys.exit(main())
