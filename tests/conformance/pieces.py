#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real music through r128meter beside a direct implementation of the definitions in numpy; speaks TAP.

    pieces.py SOURCE_DIR BUILD_DIR

Every message (10 ms) of every piece: momentary and short-term loudness; at the end integrated loudness, range, maxima within 0.005 LU,
sample peaks exactly, true peaks within 0.02 dB of 32-fold interpolation. The pieces are the audio files under the folder MASTERING_MUSIC_DIR, else those
of the package extremetuxracer-data where it is installed or was unpacked for examples/quickstart (see tests/song).
"""
import glob
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile

source, build = sys.argv[1:3]
RATE = 48000
count = 0


def ok(passed, text):
    global count
    count += 1
    print(f'{"ok" if passed else "not ok"} {count} - {text}', flush=True)


try:
    import numpy as np
    from scipy.signal import lfilter, resample_poly, firwin
except ImportError:
    print('1..0 # SKIP python3-scipy is not installed')
    sys.exit()

if 'MASTERING_MUSIC_DIR' in os.environ:
    pieces = glob.glob(glob.escape(os.environ['MASTERING_MUSIC_DIR']) + '/**/*', recursive=True)
else:       # not what lies below: speech of the tests of dialogue is kept there
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'gst-mastering')
    pieces = [path for folder in ('/usr/share/games/etr/music', cache)
              for path in glob.glob(glob.escape(folder) + '/*')]
pieces = sorted(path for path in pieces if path.endswith(('.ogg', '.flac', '.wav', '.opus', '.mp3')))
loader = importlib.machinery.SourceFileLoader('meter', os.path.join(source, 'examples/meter'))
sys.dont_write_bytecode = True
example = importlib.util.module_from_spec(importlib.util.spec_from_loader('meter', loader))
loader.exec_module(example)     # for its reading of messages


def lufs(energy):
    with np.errstate(divide='ignore'):
        return -0.691 + 10 * np.log10(energy)


def apart(got, want):
    with np.errstate(invalid='ignore'):
        return np.where(np.asarray(got) == want, 0.0, np.abs(np.asarray(got) - want))


def definition(x):
    """BS.1770-5 and Tech 3342, block by block, of frames x channels at 48 kHz"""
    y = lfilter([1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585], x, axis=0)
    y = lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], y, axis=0)
    total = np.concatenate([[0.0], np.cumsum((y * y).sum(axis=1))])
    def means(length, step):
        ends = np.arange(step, len(x) + 1, step)
        return (total[ends] - total[np.maximum(ends - length, 0)]) / length
    momentary, short = means(19200, 480), means(144000, 480)
    blocks, shorts = means(19200, 4800)[3:], means(144000, 4800)[29:]
    floor = 10 ** ((-70 + 0.691) / 10)
    blocks = blocks[blocks >= floor]
    integrated = blocks[blocks >= 0.1 * blocks.mean()].mean() if len(blocks) else 0.0
    shorts = shorts[shorts >= floor]
    shorts = np.sort(lufs(shorts[shorts >= 0.01 * shorts.mean()])) if len(shorts) else shorts
    span = shorts[int(np.floor((len(shorts) - 1) * 0.95 + 0.5))] - shorts[int(np.floor((len(shorts) - 1) * 0.10 + 0.5))] if len(shorts) else 0.0
    return lufs(momentary), lufs(short), lufs(integrated), span


def true_peak(x):
    """The highest of 32 points a sample, by a filter of 400 taps a point, wherever it could be"""
    taps = firwin(32 * 400 + 1, 0.96 / 32, window=('kaiser', 10.0))
    top, padded = np.abs(x).max(), np.concatenate([np.zeros(400), x, np.zeros(400)])
    for begin in range(0, len(x), 4800):
        part = padded[begin:begin + 4800 + 800]
        bend = np.abs(np.diff(part, 2)).max()
        if np.abs(part).max() + bend > top:
            top = max(top, np.abs(resample_poly(part, 32, 1, window=taps)[400 * 32:-400 * 32]).max())
    return top


def measure(path, raw):
    name = path.replace('\\', '\\\\').replace('"', '\\"')
    pipeline = (f'filesrc location="{name}" ! decodebin ! audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate={RATE},channels=2 ! '
                f'r128meter interval=10000000 ! filesink location={raw}')
    run = subprocess.run(['gst-launch-1.0', '-m', *pipeline.split(' ')], text=True, capture_output=True, check=True,
                         env=dict(os.environ, GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst')))
    messages = [example.parse(line.split('r128meter,', 1)[1]) for line in run.stdout.split('\n') if '(element): r128meter,' in line]
    return np.fromfile(raw, '<f4').reshape(-1, 2).astype(float), messages


if not pieces:
    print('1..0 # SKIP no music: set MASTERING_MUSIC_DIR, or install extremetuxracer-data')
    sys.exit()
with tempfile.TemporaryDirectory() as folder:
    for path in pieces:
        x, messages = measure(path, os.path.join(folder, 'raw'))
        if not len(x):
            ok(True, f'{os.path.basename(path)} # SKIP holds no sound')
            continue
        final, regular = messages[-1], messages[:len(x) // 480]
        momentary, short, integrated, span = definition(x)
        off = [apart([m[field] for m in regular], want)[want > -100].max() for field, want in (
            ('momentary-loudness', momentary), ('shortterm-loudness', short))]
        off += [apart(final['global-loudness'], integrated), apart(final['loudness-range'], span),
                apart(final['max-momentary'], momentary.max()), apart(final['max-shortterm'], short.max())]
        peaks = [true_peak(x[:, c]) for c in range(2)]
        peak_off = [20 * np.log10(got / want) for got, want in zip(final['true-peak'], peaks)]
        exact = final['sample-peak'] == list(np.abs(x).max(axis=0))
        ok(max(off) <= 0.005 and exact and np.abs(peak_off).max() <= 0.02,
           f'{os.path.basename(path)}: {len(x) / RATE:.0f} s, I {integrated:.2f} LUFS, LRA {span:.2f} LU; off by M {off[0]:.1e}, S {off[1]:.1e}, '
           f'I {off[2]:.1e}, LRA {off[3]:.1e}, max {max(off[4:]):.1e} LU, true peak {peak_off[0]:+.4f} {peak_off[1]:+.4f} dB of {20 * np.log10(max(peaks)):.2f} dBTP')
print(f'1..{count}')
