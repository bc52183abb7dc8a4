#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws docs/img/truepeaklimiter.png and prints the tables of docs/truepeaklimiter.md: how far over the ceiling, how much distortion, how the
gain moves; ours and the limiters that are installed.

    meson devenv -C build docs/plots/truepeaklimiter.py [PICTURE]

Every limiter gets the same files through GStreamer (ffmpeg's through ffmpeg), 12 dB of drive, ceiling -1 dB, mono or both channels alike. Peaks
are read at 32 times the rate by a brick wall (FFT); peers that are not there are left out. Debian: lsp-plugins-lv2 ffmpeg. (x42 dpl wants
an event port, which GStreamer's lv2 does not give: it passes everything there.)
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from scipy.io import wavfile

RATE = 48000
DRIVE_DB = 12
CEILING_DB = -1
TONES = [20, 30, 45, 60, 100, 200, 500, 997, 2000, 5000, 10000]
TONE_SECONDS = 3


def gst(elements, channels=2):
    return (f'gst-launch-1.0 -q filesrc location={{i}} ! wavparse ! audioconvert ! audio/x-raw,format=F32LE,channels={channels} ! {elements}'
            ' ! audioconvert ! audio/x-raw,format=F32LE ! wavenc ! filesink location={o}')


LIMITERS = {
    'truepeaklimiter': gst(f'truepeaklimiter ceiling={CEILING_DB} input-gain={DRIVE_DB}'),
    'LSP, half x4': gst(f'lsp-plug-in-plugins-lv2-limiter-stereo enabled=true ovs=6 alr=false boost=false g-in={10 ** (DRIVE_DB / 20):.6f} '
                        f'th={10 ** (CEILING_DB / 20):.6f}'),
    'alimiter in 4x': 'ffmpeg -nostdin -v error -y -i {i} -af "aresample=192000,volume=' + f'{DRIVE_DB}dB,alimiter=limit={CEILING_DB}dB:level=0:'
                      'latency=1,aresample=48000" -c:a pcm_f32le {o}',
    'rglimiter': gst(f'volume volume={10 ** ((DRIVE_DB - CEILING_DB) / 20):.6f} ! rglimiter ! volume volume={10 ** (CEILING_DB / 20):.6f}'),
}


def run(command, x, directory):
    source, target = os.path.join(directory, 'in.wav'), os.path.join(directory, 'out.wav')
    wavfile.write(source, RATE, np.stack([x, x], 1).astype(np.float32))
    if os.path.exists(target):
        os.remove(target)
    done = subprocess.run(['bash', '-c', command.format(i=source, o=target)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    if done.returncode or not os.path.exists(target):
        return None
    y = wavfile.read(target)[1].astype(float)
    return y[:, 0] if y.ndim > 1 else y


def true_peak_db(x, up=32, block=1 << 16, margin=1 << 12):
    """Pieces that overlap; what an edge of a piece does to its neighbourhood is not read."""
    highest = 0.0
    x = np.concatenate([np.zeros(margin), x, np.zeros(margin + block)])
    for at in range(0, len(x) - block, block - 2 * margin):
        spectrum = np.fft.rfft(x[at:at + block])
        spectrum[-1] *= 0.5
        for p in range(up):
            y = np.fft.irfft(spectrum * np.exp(2j * np.pi * np.arange(len(spectrum)) * p / up / block))
            highest = max(highest, np.abs(y[margin:-margin]).max())
    return 20 * np.log10(highest + 1e-12)


def signals():
    random = np.random.default_rng(1)
    n = 4 * RATE
    t = np.arange(n)
    bursts = np.zeros(n)
    for at in range(2000, n - 2000, 6000):
        bursts[at:at + 240] = np.sign(random.standard_normal(240))
    hits = 0.7 * np.sin(2 * np.pi * 70 * t / RATE) * np.exp(-(t % 12000) / 3000) + 0.5 * random.uniform(-1, 1, n) * np.exp(-(t % 12000) / 500)
    song = subprocess.run([os.path.join(os.path.dirname(__file__), '../../tests/song')], stdout=subprocess.PIPE, text=True).stdout.strip()
    if song:
        raw = subprocess.run(['ffmpeg', '-v', 'error', '-ss', '30', '-t', '20', '-i', song, '-ar', str(RATE), '-ac', '1', '-f', 'f32le', '-'],
                             stdout=subprocess.PIPE).stdout
        yield 'music', np.frombuffer(raw, np.float32).astype(float)
    yield 'hits', hits
    yield 'sine at 1/4', np.sin(np.pi / 2 * t + np.pi / 4) * np.minimum(1, np.minimum(t, n - t) / 2000)
    yield 'clipped 997 Hz', np.clip(4 * np.sin(2 * np.pi * 997 * t / RATE), -1, 1)
    yield 'square 60 Hz', np.sign(np.sin(2 * np.pi * 60 * t / RATE + 0.01))
    yield 'white noise', 0.25 * random.standard_normal(n)
    yield 'bursts of signs', bursts


def distortion(command, directory):
    n = TONE_SECONDS * RATE
    x = np.concatenate([np.sin(2 * np.pi * f * np.arange(n) / RATE) for f in TONES])
    y = run(command, x, directory)
    if y is None:
        return None
    result = []
    for i, f in enumerate(TONES):
        piece = y[i * n + n // 2:i * n + n // 2 + RATE]       # late by less than the rest of the tone
        w = 2 * np.pi * f * np.arange(len(piece)) / RATE
        base = np.stack([np.sin(w), np.cos(w)], 1)
        fitted = base @ np.linalg.lstsq(base, piece, rcond=None)[0]
        result.append(10 * np.log10(np.sum((piece - fitted) ** 2) / np.sum(fitted ** 2) + 1e-20))
    return result


def gain_after_a_peak(style, directory):
    """A constant under one loud cycle of 2 kHz, and under half a second of it."""
    n = 2 * RATE
    t = np.arange(n)
    x = np.full(n, 0.01)
    for begin, frames in ((RATE // 4, 24), (RATE * 3 // 4, RATE // 2)):
        x[begin:begin + frames] += np.sin(2 * np.pi * 2000 * (t[begin:begin + frames] - begin) / RATE)
    y = run(gst(f'truepeaklimiter input-gain={DRIVE_DB} style={style}'), x, directory)
    # the constant is what the mean over a cycle of 2 kHz leaves
    smooth = np.convolve(y, np.ones(24) / 24, 'same') / (0.01 * 10 ** (DRIVE_DB / 20))
    return 20 * np.log10(np.maximum(np.abs(smooth), 1e-3))


def main():
    picture = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '../img/truepeaklimiter.png')
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    with tempfile.TemporaryDirectory() as directory:
        test = dict(signals())
        overs = {}
        for name, command in LIMITERS.items():
            readings = {}
            for id_, x in test.items():
                y = run(command, x, directory)
                if y is None:
                    break
                readings[id_] = true_peak_db(y) - CEILING_DB
            else:
                overs[name] = readings
        print(f'Over the ceiling of {CEILING_DB} dBTP at +{DRIVE_DB} dB, dB\n\n| | ' + ' | '.join(test) + ' |\n|---|' + '---|' * len(test))
        for name, row in overs.items():
            print(f'| {name} | ' + ' | '.join(f'{v:+.3f}' for v in row.values()) + ' |')
        thd = {name: distortion(LIMITERS[name], directory) for name in overs}
        print(f'\nTHD+N at +{DRIVE_DB} dB, dB, 32-bit float files\n\n| Hz | ' + ' | '.join(map(str, TONES)) + ' |\n|---|' + '---|' * len(TONES))
        for name, row in thd.items():
            print(f'| {name} | ' + ' | '.join(f'{v:.0f}' for v in row) + ' |')
        figure, (a, b, c) = plt.subplots(3, 1, figsize=(9, 12), constrained_layout=True)
        width = 0.8 / len(overs)
        for i, (name, row) in enumerate(overs.items()):
            a.bar(np.arange(len(row)) + i * width - 0.4 + width / 2, [max(v, 0.001) for v in row.values()], width, label=name)
        a.axhline(0.01, color='k', lw=0.5, ls='--')
        a.set(yscale='log', ylabel='dB over the ceiling (0.001: none)', title=f'True peak over {CEILING_DB} dBTP, driven by {DRIVE_DB} dB')
        a.set_xticks(range(len(test)), list(test), rotation=15)
        a.legend(fontsize=8)
        for name, row in thd.items():
            b.semilogx(TONES, row, 'o-', ms=3, label=name)
        b.set(xlabel='Hz', ylabel='dB', title=f'THD+N of a sine {DRIVE_DB} dB over the ceiling (files of 32-bit float)')
        b.grid(True, alpha=0.3)
        b.legend(fontsize=8)
        for style in ('transparent', 'balanced', 'loud'):
            gain = gain_after_a_peak(style, directory)
            c.plot(np.arange(len(gain)) / RATE, gain, lw=1, label=style)
        c.set(xlabel='s', ylabel='dB', xlim=(0.2, 2.0), ylim=(-16, 1), title='Gain after one loud cycle of 2 kHz, and after half a second of it')
        c.grid(True, alpha=0.3)
        c.legend(fontsize=8)
        figure.savefig(picture, dpi=90)


if __name__ == '__main__':
    main()
