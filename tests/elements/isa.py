#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each element on real music with the kernels of the baseline (GST_MASTERING_ISA=baseline, ORC kept to SSE2), with ORC's compiler off, and with
the best there are: static equaliser, crossover and mid/side within 1e-9 in F64, what has a gain computer within -120 dB of the signal,
meter within 0.001 LU, dither to the bit for identical input. TAP.

    tests/elements/isa.py SOURCE_DIR BUILD_DIR
"""
import array
import concurrent.futures
import math
import os
import re
import subprocess
import sys
import tempfile

import songs

SECONDS = 8
BELLS = 'bands="high-pass 28 slope=24; bell 250 -3 q=0.9; notch 50 q=30; bell 6k 4 q=2; high-shelf 10k 1.5 channels=side"'
IDLE = ' '.join(f'band{b}::ratio=1' for b in range(4))
WORKING = ' '.join(f'band{b}::threshold=-30 band{b}::ratio=3' for b in range(4))
MANNERS = {'best': {}, 'baseline': {'GST_MASTERING_ISA': 'baseline', 'ORC_CODE': '-sse3,-ssse3,-sse41,-sse42'}, 'ORC_CODE=backup': {'ORC_CODE': 'backup'}}
# what, element, largest difference or dB below the signal
ROWS = [
    ('static equaliser', f'masteringeq {BELLS}', 1e-9, None),
    ('linear phase', f'masteringeq phase=linear {BELLS}', 1e-9, None),
    ('crossover', f'multibandcomp {IDLE}', 1e-9, None),
    ('crossover, linear phase', f'multibandcomp crossover=linear-phase {IDLE}', 1e-9, None),
    ('mid/side', 'msmatrix width=1.3 balance=0.1', 1e-9, None),
    ('mono bass', 'msmatrix width=1.3 mono-below=120', 1e-9, None),
    ('dynamic band', 'masteringeq bands="bell 3k 0 q=1 range=-8 threshold=-40 ratio=3"', None, -120),
    ('compressor', f'multibandcomp {WORKING}', None, -120),
    ('compressor, RMS', f'multibandcomp {WORKING} ' + ' '.join(f'band{b}::detector=rms' for b in range(4)), None, -120),
    ('limiter', 'truepeaklimiter input-gain=9', None, -120),
    ('limiter and clipper', 'truepeaklimiter input-gain=12 clip=soft', None, -120),
    ('dither', 'tpdfdither bits=16 seed=3 ! audio/x-raw,format=S16LE', 0, None),
    ('dither, shaped', 'tpdfdither bits=16 seed=3 noise-shaping=strong ! audio/x-raw,format=S16LE', 0, None),
]
READINGS = ('global-loudness', 'max-momentary', 'max-shortterm', 'loudness-range', 'max-true-peak')


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    song = songs.song(source)
    with tempfile.TemporaryDirectory(prefix='isa-') as directory:
        env = songs.environment(build, directory)
        raw = 'audio/x-raw,format=F64LE,rate=48000,channels=2,layout=interleaved'

        def launch(line, manner='best'):
            done = subprocess.run(['bash', '-c', f'gst-launch-1.0 -m {line}'], cwd=directory, env=dict(env, **MANNERS[manner]), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', timeout=300)
            assert done.returncode == 0, done.stdout[-2000:]
            return done.stdout

        launch(f'filesrc location={song} ! decodebin ! audioconvert ! audioresample ! {raw} ! filesink location=whole.raw')
        with open(os.path.join(directory, 'whole.raw'), 'rb') as f:
            f.seek(40 * 48000 * 16)
            begin = f.read(SECONDS * 48000 * 16)
        os.remove(os.path.join(directory, 'whole.raw'))
        with open(os.path.join(directory, 'in.raw'), 'wb') as f:
            f.write(begin)
        play = 'filesrc location=in.raw blocksize=16384 ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f64le sample-rate=48000 num-channels=2'

        def render(job):
            k, manner = job
            name = os.path.join(directory, f'{k}-{manner}.raw')
            launch(f'{play} ! {ROWS[k][1]} ! filesink location={name}', manner)
            x = array.array('h' if 'S16LE' in ROWS[k][1] else 'd')
            with open(name, 'rb') as f:
                x.frombytes(f.read())
            os.remove(name)
            return x

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for k, (what, _, most, db) in enumerate(ROWS):
                best, *others = pool.map(render, [(k, manner) for manner in MANNERS])
                for manner, y in zip(list(MANNERS)[1:], others):
                    if len(best) != SECONDS * 96000 or len(y) != len(best):
                        songs.check(f'{what}, {manner}', False, f'{len(best)} and {len(y)} samples')
                    elif most is not None:
                        off = max(map(lambda a, b: abs(a - b), best, y))
                        songs.check(f'{what}, {manner}', off <= most, f'{off:.3g} (limit {most:g})')
                    else:
                        off = math.fsum((a - b) ** 2 for a, b in zip(best, y)) / math.fsum(a * a for a in best)
                        off = 10 * math.log10(off + 1e-30)
                        songs.check(f'{what}, {manner}', off <= db, f'{off:.0f} dB (limit {db})')

            texts = pool.map(lambda manner: launch(f'{play} ! r128meter ! fakesink', manner), MANNERS)
            finals = [[line for line in text.splitlines() if 'final=(boolean)true' in line][-1] for text in texts]
            for manner, final in zip(list(MANNERS)[1:], finals[1:]):
                off = 0.0
                for field in READINGS:
                    a, b = (float(re.search(rf'{field}=\(double\)([-+\d.e]+)', text)[1]) for text in (finals[0], final))
                    off = max(off, abs(a - b))
                songs.check(f'meter, {manner}', off <= 0.001, f'{off:.2g} LU or dB off at most (limit 0.001)')
    return songs.done()


if __name__ == '__main__':
    sys.exit(main())
