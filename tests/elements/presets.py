#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each preset of multibandcomp says it does, on six songs brought to the working level of -18 LUFS. TAP.

    tests/elements/presets.py SOURCE_DIR BUILD_DIR

Figures by band: reduction on average over the song, over the loudest quarter of its 0.4 s parts, and at most; loudness by BS.1770 (judge.py)."""
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

SOURCE, BUILD = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'tools'))
import judge  # noqa: E402
import songs  # noqa: E402

RATE, SECONDS, PART, LUFS = 48000, 30, 19200, -18.0
SONGS = {'freezingpoint': 60, 'spunkyrace-ks': 20, 'credits1-cp': 20, 'calmrace-ks': 20, 'race1-jt': 20, 'options1-jt': 10}


def presets():
    found = {}
    with open(os.path.join(SOURCE, 'gst', 'data', 'presets', 'GstMultibandComp.prs'), encoding='utf-8') as f:
        for line in f:
            if line.startswith('['):
                found[line.strip()[1:-1]] = settings = []
            elif '=' in line and not line.startswith('_'):
                settings.append(line.strip())
    del found['_presets_']
    return found


def run(directory, x, settings):
    """Reduction in dB: mean, loud and most, by band; change of loudness in LU."""
    x.astype('<f4').tofile(os.path.join(directory, 'in.raw'))
    env = songs.environment(BUILD, directory, GST_DEBUG='0')
    done = subprocess.run(['gst-launch-1.0', '-m', 'filesrc', 'location=in.raw', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                           'pcm-format=f32le', f'sample-rate={RATE}', 'num-channels=2', '!', 'multibandcomp', 'post-messages=true',
                           f'interval={PART * 10 ** 9 // RATE}', *settings, '!', 'filesink', 'location=out.raw'],
                          cwd=directory, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    parts, whole = [], None
    for line in done.stdout.splitlines():
        row = [re.search(name + r'=[^<{]*[<{](.*?)[>}]', line) for name in ('gain-reduction-mean', 'gain-reduction-max')]
        if row[0] is None:
            continue
        row = [[float(v) for v in re.sub(r'\(double\)', '', r.group(1)).split(',')] for r in row]
        if 'final=(boolean)true' in line:
            whole = row
        else:
            parts.append(row[0])
    assert done.returncode == 0 and whole, done.stdout + done.stderr
    power = np.array([np.square(x[i * PART:(i + 1) * PART]).mean() for i in range(len(parts))])
    loud = np.array(parts)[power >= np.quantile(power, 0.75)].mean(axis=0)
    out = np.fromfile(os.path.join(directory, 'out.raw'), '<f4').reshape(-1, 2).astype(float)
    return np.array(whole[0]), loud, np.array(whole[1]), judge.loudness(out, RATE) - judge.loudness(x, RATE)


def show(name, what, values, good):
    songs.check(f'{name}: {what} ' + ', '.join(f'{v:.1f}' for v in values), good)


def main():
    pieces = []
    for name, start in SONGS.items():
        raw = subprocess.run(['ffmpeg', '-v', 'error', '-ss', str(start), '-t', str(SECONDS), '-i', songs.song(SOURCE, name), '-ar', str(RATE),
                              '-ac', '2', '-f', 'f64le', '-'], stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
        x = np.frombuffer(raw, '<f8').reshape(-1, 2)
        pieces.append(x * 10 ** ((LUFS - judge.loudness(x, RATE)) / 20))
    found = presets()
    with tempfile.TemporaryDirectory(prefix='presets-') as directory:
        figures = {name: [run(directory, x, settings) for x in pieces] for name, settings in found.items()}

    def most(name, which, bands=slice(None)):
        """Of each song, of the band that is reduced most."""
        return [max(f[which][bands]) for f in figures[name]]
    mean, loud, peak = 0, 1, 2

    v = most('glue', loud)
    show('glue', 'dB on the loud parts, said 1 to 2:', v, all(1 <= a <= 2 for a in v))
    v = most('gentle-4-band-master', loud)
    show('gentle-4-band-master', 'dB on the loud parts in the band that has most, said up to 3:', v, all(1 <= a <= 3.1 for a in v))
    v = most('bass-tightening', peak)
    show('bass-tightening', 'dB at most, said 6:', v, all(a <= 6.05 for a in v) and max(v) > 2)
    v = most('de-harsh', peak)
    show('de-harsh', 'dB where it is hardest, said 2 to 4:', v, all(2 <= a <= 4.05 for a in v))
    v = most('broadcast-leveller', mean)
    show('broadcast-leveller', 'dB on average in the band that has most, said 2 to 6:', v, all(2 <= a <= 6 for a in v))
    v = most('parallel-punch', mean)
    show('parallel-punch', 'dB on average of the copy, said 10 to 20:', v, all(10 <= a <= 20 for a in v))
    v = [f[3] for f in figures['parallel-punch']]
    show('parallel-punch', 'LU louder, said as loud as before:', v, all(abs(a) <= 0.5 for a in v))
    v = most('de-esser', peak)
    show('de-esser', 'dB at most, said 6:', v, all(a <= 6.05 for a in v) and max(v) > 3)
    v = most('de-esser', mean)
    show('de-esser', 'dB on average, said only when it sticks out:', v, all(a <= 2 for a in v))
    for name, band in (('bass-tightening', 1), ('de-harsh', 0), ('de-harsh', 2), ('de-esser', 0)):
        v = [f[peak][band] for f in figures[name]]
        show(name, f'the rest (band {band}) is left alone:', v, all(abs(a) < 1e-9 for a in v))
    return songs.done()


if __name__ == '__main__':
    sys.exit(main())
