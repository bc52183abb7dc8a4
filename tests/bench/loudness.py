#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How loud truepeaklimiter's styles make music, and what they do to tones, beside x42 dpl (Debian: x42-plugins) at two releases.

    meson devenv -C build tests/bench/loudness.py [FILE…]

FILE: music (default: the song of tests/song), 20 s of each from the 20th second, 48 kHz stereo. Prints LU gained by 6 / 12 dB of drive under -1 dBTP
(ffmpeg's ebur128), and at +12 dB THD+N of sines and what is left beside two tones, dB; 32-bit float files.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy.io import wavfile

import dpl

RATE, SECONDS, CEILING_DB = 48000, 20, -1
DRIVES = 6, 12
TONES = {'30 Hz': [(30, 1)], '45 Hz': [(45, 1)], '60 Hz': [(60, 1)], '997 Hz': [(997, 1)], 'SMPTE': [(60, 0.8), (7000, 0.2)], 'CCIF': [(19000, 0.5), (20000, 0.5)]}


def ours(style):
    def limit(x, drive_db, folder):
        source, target = os.path.join(folder, 'in.wav'), os.path.join(folder, 'out.raw')
        wavfile.write(source, RATE, x)
        subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={source}', '!', 'wavparse', '!', 'truepeaklimiter', f'ceiling={CEILING_DB}',
                        f'input-gain={drive_db}', f'style={style}', '!', 'filesink', f'location={target}'], check=True, stdout=subprocess.DEVNULL)
        return np.fromfile(target, '<f4').reshape(-1, 2)
    return limit


def x42(release):
    return lambda x, drive_db, folder: dpl.limit(x, RATE, drive_db, CEILING_DB, release)[0]


LIMITERS = {f'`{style}`': ours(style) for style in ('transparent', 'balanced', 'loud')}
LIMITERS.update({f'x42 dpl, release {release}': x42(release) for release in (0.05, 0.01)})


def music(file):
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-ss', '20', '-t', str(SECONDS), '-i', file, '-ar', str(RATE), '-ac', '2', '-f', 'f32le', '-'],
                         stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, '<f4').reshape(-1, 2)


def loudness(x, folder):
    file = os.path.join(folder, 'loudness.wav')
    wavfile.write(file, RATE, x)
    said = subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-i', file, '-af', 'ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-',
                           '-f', 'null', '-'], stdout=subprocess.PIPE, text=True, check=True).stdout
    return float(said.rsplit('=', 1)[1])


def beside(limit, tones, folder):
    """power that is not the tones, re theirs, dB, of the last second but one of four"""
    w = 2 * np.pi * np.arange(4 * RATE) / RATE
    x = sum(a * np.sin(w * f) for f, a in tones)
    y = limit(np.stack([x, x], 1).astype('<f4'), 12, folder)[2 * RATE:3 * RATE, 0].astype(float)
    base = np.stack([g(w[:RATE] * f) for f, _ in tones for g in (np.sin, np.cos)], 1)
    fitted = base @ np.linalg.lstsq(base, y, rcond=None)[0]
    return 10 * np.log10(np.sum((y - fitted) ** 2) / np.sum(fitted ** 2) + 1e-20)


def main():
    files = sys.argv[1:] or [subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), '../song')], stdout=subprocess.PIPE, text=True,
                                            check=True).stdout.strip()]
    songs = [music(f) for f in files]
    with tempfile.TemporaryDirectory() as folder:
        before = [loudness(x, folder) for x in songs]
        names = [os.path.splitext(os.path.basename(f))[0] for f in files]
        gains = {}
        for name, limit in LIMITERS.items():
            if name.startswith('x42') and not os.path.exists(dpl.LIBRARY):
                continue
            gains[name] = np.array([[loudness(limit(x, d, folder), folder) - b for d in DRIVES] for x, b in zip(songs, before)])
        print('| LU gained by +6 / +12 dB | ' + ' | '.join(names) + ' | mean |\n|---' * 1 + '|---' * (len(names) + 1) + '|')
        for name, rows in gains.items():
            print(f'| {name} | ' + ' | '.join(f'{a:+.2f} / {b:+.2f}' for a, b in [*rows, rows.mean(0)]) + ' |')
        print('\n| +12 dB, dB | ' + ' | '.join(TONES) + ' |\n|---' + '|---' * len(TONES) + '|')
        for name in gains:
            print(f'| {name} | ' + ' | '.join(f'{beside(LIMITERS[name], t, folder):.0f}' for t in TONES.values()) + ' |')


if __name__ == '__main__':
    main()
