# SPDX-License-Identifier: LGPL-2.1-or-later
"""What truepeaklimiter costs on the signals that cost it most, beside music at +6 dB in the same run: tones to 0.49 of the rate, squares, noise,
12 dB over, and with a clipper. Rows of (what, limit as text, measured as text, True or False)."""
import os
import tempfile

import numpy as np

import measure
from quality import write
from rows import EMPTY, LIMITER, gst

RATE, SECONDS = 48000, 20
DRIVEN = LIMITER.replace('input-gain=6', 'input-gain=12')


def square(hz):
    return lambda t, random: np.sign(np.sin(2 * np.pi * hz * t + 0.01))


def sine(hz):
    return lambda t, random: np.sin(2 * np.pi * hz * t + 0.3)


SIGNALS = {
    **{f'{hz:g} Hz': sine(hz) for hz in (20, 60, 997, 5000, 12000, 18000, 20000, 21000, 21500, 22000, 22500, 23000, 23520)},
    **{f'square {hz} Hz': square(hz) for hz in (60, 1003, 5003)},
    'clipped 997 Hz': lambda t, random: np.clip(4 * np.sin(2 * np.pi * 997 * t), -1, 1),
    'white noise': lambda t, random: 0.25 * random.standard_normal(len(t)),
    'pink noise': lambda t, random: pink(random, len(t)),
    'random signs': lambda t, random: np.sign(random.standard_normal(len(t))),
    'sweep': lambda t, random: np.sin(np.pi * 0.95 * RATE / 2 * t * t / t[-1]),
}


def pink(random, n):
    spectrum = np.fft.rfft(random.standard_normal(n))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    y = np.fft.irfft(spectrum, n)
    return 0.25 * y / y.std()


def measure_all(rounds):
    rows, random = [], np.random.default_rng(1)
    t = np.arange(RATE * SECONDS) / RATE
    with tempfile.TemporaryDirectory() as folder:
        files, jobs = {}, []
        for name, make in SIGNALS.items():
            files[name] = os.path.join(folder, f'{len(files)}.wav')
            x = make(t, random)
            write(files[name], RATE, np.stack([x, x], 1))
            jobs.append((name + ', +12 dB', DRIVEN, files[name], 3))
        files['music'] = os.path.join(folder, 'music.wav')
        measure.decode(os.environ['BENCH_MINUTE'], os.path.join(folder, 'all'))
        measure.piece(os.path.join(folder, 'all'), files['music'], SECONDS, 30)
        jobs += [('music, +12 dB', DRIVEN, files['music'], 3)]
        for clip in ('soft', 'hard'):
            jobs += [(f'{name}, +12 dB, clip={clip}', f'{DRIVEN} clip={clip}', files[name], None) for name in ('music', '997 Hz')]
        commands = [gst('', body).command().replace('{file}', file) for _, body, file, _ in jobs]
        empty = EMPTY['gst'].command().replace('{file}', files['music'])
        music = gst('', LIMITER).command().replace('{file}', files['music'])
        least = [float('inf')] * (len(commands) + 2)
        for _ in range(rounds):
            for k, command in enumerate([empty, music, *commands]):
                least[k] = min(least[k], measure.cpu(command) or float('inf'))
    cost = [(seconds - least[0]) * 60 / SECONDS for seconds in least[1:]]
    rows.append(('truepeaklimiter: music, +6 dB', '≤ 0.07 s a minute', f'{cost[0]:.4f} s', cost[0] <= 0.07))
    for (name, _, _, limit), seconds in zip(jobs, cost[1:]):
        ratio = seconds / cost[0]
        rows.append((f'truepeaklimiter: {name}', '≤ 3 × music at +6 dB' if limit else '', f'{seconds:.4f} s, {ratio:.2f} ×', limit is None or ratio <= limit))
    return rows
