#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws a track before and after: waveform, short-term loudness over time, spectrum.

    docs/plots/before-after.py BEFORE AFTER PICTURE.png

The picture in README: `examples/quickstart` first, then this on ~/.cache/gst-mastering/freezingpoint.ogg and the written FLAC.
Both files are decoded by GStreamer; loudness is what r128meter reports (GST_PLUGIN_PATH or `meson devenv`).
"""
import os
import re
import subprocess
import sys
import tempfile

import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import welch

RATE = 44100
COLOURS = {'before': '#8a8f98', 'after': '#1f6fb4'}


def read(path):
    """samples (2, n), short-term loudness over time, the sums of r128meter's final message"""
    with tempfile.TemporaryDirectory() as directory:
        raw = os.path.join(directory, 'raw')
        out = subprocess.run(
            ['gst-launch-1.0', '-m', 'filesrc', f'location={path}', '!', 'decodebin', '!', 'audioconvert', '!', 'audioresample', '!',
             f'audio/x-raw,format=F32LE,rate={RATE},channels=2,layout=interleaved', '!', 'r128meter', '!', 'filesink', f'location={raw}'],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        samples = np.fromfile(raw, '<f4').reshape(-1, 2).T.astype(float)
    times, loudness, sums = [], [], {}
    for line in out.splitlines():
        if '(element): r128meter' not in line:
            continue
        fields = dict(re.findall(r'([\w-]+)=\(\w+\)(-?[\w.+-]+)', line))
        if fields.get('final') == 'true':
            sums = fields
        elif 'shortterm-loudness' in fields:
            times.append(int(fields['endtime']) / 1e9)
            loudness.append(float(fields['shortterm-loudness']))
    return samples, np.array(times), np.array(loudness), sums


def third_octaves(samples):
    """dB in bands of a third of an octave, each channel's power added"""
    f, power = welch(samples, RATE, nperseg=16384)
    power = power.sum(0)
    centres = 1000 * 2.0 ** (np.arange(-17, 14) / 3)
    edges = 2 ** (1 / 6)
    bands = [power[(f >= c / edges) & (f < c * edges)].sum() * (f[1] - f[0]) for c in centres]
    return centres, 10 * np.log10(np.maximum(bands, 1e-15))


def main():
    before, after, picture = sys.argv[1:4]
    plt.rcParams.update({'font.size': 9, 'axes.spines.top': False, 'axes.spines.right': False, 'axes.grid': True,
                         'grid.color': '#e4e6ea', 'axes.axisbelow': True})
    figure = plt.figure(figsize=(10, 6.4), dpi=110)
    grid = figure.add_gridspec(3, 2, height_ratios=(1, 1, 1.5), hspace=0.55, wspace=0.2)
    loud, spectrum = figure.add_subplot(grid[2, 0]), figure.add_subplot(grid[2, 1])
    for row, (name, path) in enumerate((('before', before), ('after', after))):
        samples, times, loudness, sums = read(path)
        wave = figure.add_subplot(grid[row, :])
        seconds = samples.shape[1] / RATE
        step = max(1, samples.shape[1] // 2000)
        cut = samples[:, :samples.shape[1] // step * step].reshape(2, -1, step)
        t = np.arange(cut.shape[1]) * step / RATE
        wave.fill_between(t, cut.min((0, 2)), cut.max((0, 2)), color=COLOURS[name], linewidth=0)
        wave.set(xlim=(0, seconds), ylim=(-1.05, 1.05), yticks=(-1, 0, 1))
        peak = float(sums.get('max-true-peak', 'nan'))
        wave.set_title(f'{name}: {float(sums["global-loudness"]):.1f} LUFS, loudness range {float(sums["loudness-range"]):.1f} LU, '
                       f'true peak {peak:+.2f} dBTP', loc='left', fontsize=10)
        shown = loudness > -70
        loud.plot(times[shown], loudness[shown], color=COLOURS[name], label=name, linewidth=1.3)
        spectrum.semilogx(*third_octaves(samples), color=COLOURS[name], label=name, linewidth=1.6)
    loud.set(title='short-term loudness', xlabel='s', ylabel='LUFS', xlim=(0, seconds))
    loud.legend(frameon=False)
    spectrum.set(title='spectrum, thirds of an octave', xlabel='Hz', ylabel='dB', xlim=(20, 20000))
    spectrum.set_xticks([20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000],
                        ['20', '50', '100', '200', '500', '1k', '2k', '5k', '10k', '20k'])
    spectrum.minorticks_off()
    spectrum.legend(frameon=False)
    figure.savefig(picture, bbox_inches='tight')


if __name__ == '__main__':
    main()
