#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""truepeaklimiter on real music, far driven: no point of the waveform above the ceiling, read at 32 times the rate by two ideal filters (numpy):
a brick wall at Nyquist, and one that rolls off from 20 kHz as a raised cosine to Nyquist. TAP.

    tests/elements/limiter-music.py SOURCE_DIR BUILD_DIR
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

import songs

SECONDS, UP, BLOCK, MARGIN, LIMIT_DB = 8, 32, 1 << 15, 1 << 12, 0.01
# rate, what is done to the music first, properties of the limiter
CASES = [
    *((rate, None, f'ceiling=-1 input-gain={drive}') for rate in (44100, 48000) for drive in (6, 12, 18)),
    (48000, 'clipped', 'ceiling=-1 input-gain=6'), (44100, 'clipped', 'ceiling=-0.1 input-gain=12'),
    (48000, None, 'ceiling=0 input-gain=18 style=loud'), (44100, None, 'ceiling=-12 input-gain=18 style=balanced link=0.5'),
    (48000, None, 'ceiling=-20 input-gain=12 link=0 lookahead=1'), (44100, None, 'ceiling=-1 input-gain=12 lookahead=1'),
    (48000, None, 'ceiling=-1 input-gain=12 clip=hard clip-threshold=1.5'), (48000, None, 'ceiling=-1 input-gain=18 clip=soft'),
    (48000, 'six', 'ceiling=-1 input-gain=12 link=0.5'), (48000, 'eight', 'ceiling=-1 input-gain=12 link-lfe=false'),
    (96000, None, 'ceiling=-1 input-gain=18'),
]


def over_db(y, rate, ceiling_db):
    """highest point over the ceiling, dB, by (brick wall, roll-off from 20 kHz)"""
    f = np.linspace(0, 1, BLOCK // 2 + 1) * rate / 2
    rolls = np.where(f < 20000, 1, 0.5 + 0.5 * np.cos(np.pi * (f - 20000) / (rate / 2 - 20000)))
    wall = np.ones_like(f)
    wall[-1] = 0.5
    highest = [0.0, 0.0]
    for x in y.T:
        x = np.concatenate([np.zeros(MARGIN), x, np.zeros(BLOCK)])
        for at in range(0, len(x) - BLOCK, BLOCK - 2 * MARGIN):
            piece = x[at:at + BLOCK]
            if np.abs(piece).max() < 0.5 * 10 ** (ceiling_db / 20):     # nothing that is this low comes near
                continue
            spectrum = np.fft.rfft(piece)
            for k, response in enumerate((wall, rolls)):
                fine = np.zeros(BLOCK * UP // 2 + 1, complex)
                fine[:len(spectrum)] = spectrum * response
                wave = np.fft.irfft(fine, BLOCK * UP)[MARGIN * UP:-MARGIN * UP] * UP
                highest[k] = max(highest[k], np.abs(wave).max())
    return [20 * np.log10(h + 1e-9) - ceiling_db for h in highest]


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    song = songs.song(source)
    with tempfile.TemporaryDirectory(prefix='limiter-music-') as directory:
        env = songs.environment(build, directory)

        def launch(pipeline):
            subprocess.run(['gst-launch-1.0', '-q', *pipeline.split()], cwd=directory, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           check=True, timeout=600)

        music = {}
        for rate, how, properties in CASES:
            if rate not in music:
                launch(f'filesrc location={song} ! decodebin ! audioconvert ! audioresample ! '
                       f'audio/x-raw,format=F32LE,rate={rate},channels=2,layout=interleaved ! filesink location=song.raw')
                music[rate] = np.fromfile(os.path.join(directory, 'song.raw'), '<f4').reshape(-1, 2)[60 * rate:(60 + SECONDS) * rate]
            x = music[rate]
            if how == 'clipped':
                x = np.clip(4 * x, -0.9, 0.9)
            elif how:           # every channel another place in the song
                x = np.stack([np.roll(x[:, c % 2], 7919 * (c // 2)) for c in range({'six': 6, 'eight': 8}[how])], 1)
            x.astype('<f4').tofile(os.path.join(directory, 'in.raw'))
            mask = {6: 0x3f, 8: 0xc3f}.get(x.shape[1])
            positions = f'capssetter caps=audio/x-raw,channel-mask=(bitmask){mask:#x} ! ' if mask else ''
            launch(f'filesrc location=in.raw blocksize={x.shape[1] * 4 * 1111} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le '
                   f'sample-rate={rate} num-channels={x.shape[1]} ! {positions}truepeaklimiter {properties} ! filesink location=out.raw')
            y = np.fromfile(os.path.join(directory, 'out.raw'), '<f4').reshape(-1, x.shape[1]).astype(float)
            ceiling_db = float(properties.split()[0].split('=')[1])
            wall, rolls = over_db(y, rate, ceiling_db)
            songs.check(f'{how + " " if how in ("clipped",) else ""}music, {x.shape[1]} channels, {rate} Hz, {properties}',
                        len(y) == len(x) and max(wall, rolls) <= LIMIT_DB and max(wall, rolls) > -1,
                        f'over by {wall:+.4f} dB (brick wall), {rolls:+.4f} dB (from 20 kHz)')
    return songs.done()


if __name__ == '__main__':
    sys.exit(main())
