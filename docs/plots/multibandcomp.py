#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pictures of docs/multibandcomp.md, drawn from the element: static curves, times, the sum of idle bands beside the peers', slopes. Its figures are
printed: sums, and the times of bursts.

    docs/plots/multibandcomp.py docs/img        (GST_PLUGIN_PATH or `meson devenv`; ffmpeg, sox, LSP and Calf by LV2 where they are installed)
"""
import os
import shutil
import subprocess
import sys
import tempfile

import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np

RATE = 48000


def through(element, x):
    """@x, mono, through a gst-launch description"""
    with tempfile.TemporaryDirectory() as d:
        x.astype('<f8').tofile(f'{d}/in')
        subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={d}/in', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                        'pcm-format=f64le', f'sample-rate={RATE}', 'num-channels=1', '!', *element.split(), '!', 'filesink',
                        f'location={d}/out'], check=True)
        return np.fromfile(f'{d}/out', '<f8')


def through_stereo(element, x):
    """@x on both channels through a plugin of LV2, in float; the left one"""
    with tempfile.TemporaryDirectory() as d:
        np.repeat(x, 2).astype('<f4').tofile(f'{d}/in')
        subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={d}/in', '!', 'rawaudioparse', 'use-sink-caps=false', 'format=pcm',
                        'pcm-format=f32le', f'sample-rate={RATE}', 'num-channels=2', '!', *element.split(), '!', 'audioconvert', '!',
                        'audio/x-raw,format=F32LE,layout=interleaved', '!', 'filesink', f'location={d}/out'], check=True)
        return np.fromfile(f'{d}/out', '<f4').astype(float)[::2]


def has(element):
    return subprocess.run(['gst-inspect-1.0', '--exists', element], stderr=subprocess.DEVNULL).returncode == 0


LSP = 'lsp-plug-in-plugins-lv2-mb-compressor-stereo'
CALF = 'calf-sourceforge-net-plugins-MultibandCompressor'


def through_command(command, x):
    """@x, mono, through a command with {i} and {o}: float WAV files"""
    from scipy.io import wavfile
    with tempfile.TemporaryDirectory() as d:
        wavfile.write(f'{d}/i.wav', RATE, x.astype('<f4'))
        subprocess.run([w.format(i=f'{d}/i.wav', o=f'{d}/o.wav') for w in command], check=True, stderr=subprocess.DEVNULL)
        return wavfile.read(f'{d}/o.wav')[1].astype(float)


def db(x):
    return 20 * np.log10(np.maximum(np.abs(x), 1e-12))


def static_curves(axes):
    levels = np.arange(-72.0, 0.5, 1.5)
    second = RATE // 4
    t = np.arange(second) / RATE
    x = np.concatenate([10 ** (level / 20) * np.sin(2 * np.pi * 1000 * t) for level in levels])
    for name, settings in {
            'compress 4:1, knee 12': 'mode=compress ratio=4 knee=12', 'limit': 'mode=limit knee=0', 'upward 2:1, range 12': 'mode=upward ratio=2 range=12',
            'expand 2:1': 'mode=expand ratio=2', 'gate, range 24': 'mode=gate range=24 knee=0'}.items():
        props = ' '.join(f'band0::{w}' for w in settings.split())
        y = through(f'multibandcomp num-bands=1 band0::threshold=-30 band0::attack=5 band0::release=10 {props}', x)
        out = [db(np.sqrt(2 * np.mean(part[second // 2:] ** 2))) for part in y.reshape(-1, second)]
        axes.plot(levels, out, label=name)
    axes.plot(levels, levels, color='#aaaaaa', lw=0.8, zorder=0)
    axes.set(title='Static curves, threshold −30 dB (1 kHz)', xlabel='level in, dB', ylabel='level out, dB', xlim=(-72, 0), ylim=(-90, 0))
    axes.legend(fontsize=7)


def times(axes):
    n = int(1.6 * RATE)
    x = np.sin(2 * np.pi * 10000 * np.arange(n) / RATE + 0.3) * 10 ** (-30 / 20)
    x[int(0.1 * RATE):int(0.7 * RATE)] *= 10
    for name, settings in {
            'attack 20, release 100': '', 'hold 150': 'band0::hold=150', 'auto-release': 'band0::auto-release=true', 'look-ahead 20': 'lookahead=20'}.items():
        y = through(f'multibandcomp num-bands=1 band0::threshold=-30 band0::ratio=4 band0::knee=0 band0::attack=20 band0::release=100 {settings}', x)
        frames = np.abs(x) > 0.7 * np.abs(x).max() * np.where(np.abs(x) > 0.05, 1, 0.1)
        axes.plot(np.flatnonzero(frames) / RATE * 1000, db(y[frames] / x[frames]), label=name, lw=1.2)
    axes.set(title='Gain: 20 dB up at 100 ms, down at 700 ms', xlabel='ms', ylabel='dB', xlim=(60, 1500))
    axes.legend(fontsize=7)


def sums(axes):
    x = np.zeros(1 << 17)
    x[60000] = 0.5     # late enough for plugins that fade themselves in
    curves = {'multibandcomp lr4': through('multibandcomp crossovers=<120.0,1000.0,6000.0>', x),
              'multibandcomp lr8': through('multibandcomp crossover=lr8 crossovers=<120.0,1000.0,6000.0>', x),
              'multibandcomp linear-phase': through('multibandcomp crossover=linear-phase crossovers=<120.0,1000.0,6000.0>', x)}
    if has(LSP):
        curves['LSP mb-compressor, classic'] = through_stereo(
            f'{LSP} enabled=true mode=0 envb=0 cbe-1=true sf-1=120 cbe-2=true sf-2=1000 cbe-3=true sf-3=6000 '
            + ' '.join(f'ce-{i}=true cr-{i}=1' for i in range(4)), x)
    for mode, name in ((0, 'LR4'), (1, 'LR8')) if has(CALF) else ():
        curves[f'Calf MultibandCompressor, {name}'] = through_stereo(
            f'{CALF} mode={mode} freq0=120 freq1=1000 freq2=6000 ' + ' '.join(f'ratio{i}=1' for i in range(4)), x)
    if shutil.which('ffmpeg'):
        curves['ffmpeg acrossover 4th'] = through_command(
            ['ffmpeg', '-v', 'error', '-y', '-i', '{i}', '-filter_complex',
             'acrossover=split=120 1000 6000:order=4th:precision=double[a][b][c][d];[a][b][c][d]amix=4:normalize=0', '-c:a', 'pcm_f32le', '{o}'], x)
    if shutil.which('sox'):
        curves['sox mcompand'] = through_command(
            ['sox', '{i}', '-e', 'float', '-b', '32', '{o}', 'mcompand', '0.01,0.1 -90,-90,0,0', '120', '0.01,0.1 -90,-90,0,0', '1000',
             '0.01,0.1 -90,-90,0,0', '6000', '0.01,0.1 -90,-90,0,0'], x)
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    seen = (f > 20) & (f < 20000)
    print('sum of idle bands at 120, 1000 and 6000 Hz, 48 kHz: largest deviation 20 Hz to 20 kHz')
    for name, y in curves.items():
        h = db(np.fft.rfft(y[:len(x)]) / 0.5)[seen]
        print(f'  {name}: {np.abs(h).max():.2g} dB')
        axes.semilogx(f[seen], h, label=f'{name}: {np.abs(h).max():.1g} dB', lw=1.2)
    axes.set(title='Sum of four idle bands', xlabel='Hz', ylabel='dB', xlim=(20, 20000), ylim=(-2.5, 0.5))
    axes.legend(fontsize=6, loc='lower left')


def warping(axes):
    x = np.zeros(1 << 16)
    x[0] = 1.0
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    seen = (f >= 20) & (f < 20000)
    for fc in (120, 1000, 6000, 12000):
        for crossover, style in (('lr4', {'lw': 1.2, 'label': f'{fc} Hz'}), ('linear-phase', {'lw': 0.8, 'ls': '--'})):
            y = through(f'multibandcomp crossover={crossover} crossovers=<{fc}.0> band0::solo=true', x)
            line, = axes.semilogx(f[seen], db(np.fft.rfft(y[:len(x)]))[seen], **style, **({} if crossover == 'lr4' else {'color': line.get_color()}))
    axes.set(title='Low-pass at 48 kHz: lr4, and linear-phase (dashed)', xlabel='Hz', ylabel='dB', ylim=(-80, 3), xlim=(20, 20000))
    axes.legend(fontsize=7, loc='lower left')


def late(hz, phase, levels_db, settings, attack=10, release=100, pilot_db=None):
    """Bursts of @hz, at @levels_db before, in and after: ms from their begin and their end until the gain has gone 63 % of its way in dB, less attack and release.
    A pilot shows the gain where there is no signal"""
    n = int((0.02 + 0.009 * release) * RATE) + 4 * RATE // 10
    t = np.arange(3 * n)
    x = np.repeat(10 ** (np.array(levels_db) / 20), n) * np.sin(2 * np.pi * (hz * (t - n) / RATE + phase))
    if pilot_db is not None:
        x += 10 ** (pilot_db / 20) * np.sin(2 * np.pi * 15000 * t / RATE + 0.1)
    y = through(f'multibandcomp num-bands=1 band0::attack={attack} band0::release={release} {settings}', x)
    seen = np.flatnonzero(np.abs(x) > 0.02 * np.repeat([np.abs(part).max() for part in x.reshape(3, n)], n))
    gain = db(y[seen] / x[seen])
    rest = [gain[seen < n * k][-1] for k in (1, 2, 3)]
    found = []
    for k in (1, 2):
        target = rest[k - 1] + (rest[k] - rest[k - 1]) * (1 - np.exp(-1))
        i = np.flatnonzero((seen >= k * n) & ((gain - target) * np.sign(rest[k] - rest[k - 1]) >= 0))[0]
        before, at = (gain[i - 1], seen[i - 1]) if seen[i - 1] >= k * n else (rest[k - 1], k * n - 1)
        found.append((at + 1 - k * n + (target - before) / (gain[i] - before) * (seen[i] - at)) * 1000 / RATE - (attack, release)[k - 1])
    return found


def delays():
    phases = np.arange(8) / 16
    print('what the detector adds to attack 10 and release 100 ms, 48 kHz, ms')
    for hz in (30, 60, 100, 200, 1000, 10000):
        step = np.array([late(hz, p, (-300, -10, -300), 'band0::threshold=-30 band0::ratio=inf band0::knee=0', pilot_db=-100) for p in phases])
        study = late(hz, 0, (-300, -8, -300), 'band0::threshold=-20 band0::ratio=4 band0::knee=6', pilot_db=-100)
        print(f'  {hz} Hz: onset of 20 dB {step[:, 0].min():.2f} to {step[:, 0].max():.2f}, end {step[:, 1].min():.2f} to {step[:, 1].max():.2f};'
              f' 9 dB, phase 0: {study[0]:.2f}, {study[1]:.2f}')
    print('10 kHz, attack and release set alike, 48 kHz: off by, ms')
    for time in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20, 100):
        line = []
        for step in (6, 12, 20, 40):
            off = np.array([late(10000, p, (-10 - step, -10, -10 - step), f'band0::threshold={-10 - step} band0::ratio=inf band0::knee=0', time, time) for p in phases])
            line.append(f'{step} dB {off[:, 0].min():+.3f}..{off[:, 0].max():+.3f} and {off[:, 1].min():+.3f}..{off[:, 1].max():+.3f}')
        print(f'  {time} ms: ' + ', '.join(line))


def main():
    plt.rcParams.update({'font.size': 9, 'axes.spines.top': False, 'axes.spines.right': False, 'axes.grid': True, 'grid.alpha': 0.3})
    figure, axes = plt.subplots(2, 2, figsize=(10, 7))
    static_curves(axes[0, 0])
    times(axes[0, 1])
    sums(axes[1, 0])
    warping(axes[1, 1])
    delays()
    figure.tight_layout()
    figure.savefig(os.path.join(sys.argv[1], 'multibandcomp.png'), dpi=110)


main()
