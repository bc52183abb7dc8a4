#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws docs/img/dither-spectra.png and dither-tone.png: the error of tpdfdither and of whatever else is installed, and a tone of -100 dBFS rounded,
dithered and shaped.

    meson devenv -C build docs/plots/tpdfdither.py [FOLDER]
"""
import os
import subprocess
import sys
import tempfile

import matplotlib
import numpy as np
from scipy.signal import welch

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tests', 'bench'))
import dither

matplotlib.use('Agg')
import matplotlib.pyplot as plt


def plot(results, directory):
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
    x = 1e-5 * np.sin(2 * np.pi * dither.TONE / dither.RATE * np.arange(120 * dither.RATE))
    with tempfile.TemporaryDirectory() as scratch:
        for axis, (title, element) in zip(axes, (('rounded to 16 bits: nothing left', 'tpdfdither bits={bits} dither=none'),
                                                 ('dithered', 'tpdfdither bits={bits}'),
                                                 ('shaped, strong', 'tpdfdither bits={bits} noise-shaping=strong'))):
            y = dither.convert(dither.gst(element), x, 16, scratch)
            f, power = welch(y, dither.RATE, 'blackmanharris', nperseg=48000, scaling='spectrum', detrend=False)
            axis.plot(f[10:-1] / 1000, 10 * np.log10(np.maximum(2 * power[10:-1], 1e-18)), lw=0.7)
            axis.set(title=title, xlabel='kHz', ylim=(-165, -90))
    axes[0].set_ylabel('dBFS in 1 Hz, 1 kHz tone at −100 dBFS')
    figure.tight_layout()
    figure.savefig(os.path.join(directory, 'dither-tone.png'), dpi=110)


def main():
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, command in dither.COMMANDS.items():
            try:
                results[name] = dither.measure(command, 60, scratch)
            except (subprocess.CalledProcessError, OSError):
                print(f'not here: {name}')
    plot(results, sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'img'))


if __name__ == '__main__':
    main()
