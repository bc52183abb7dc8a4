#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws docs/img/truepeaklimiter.png and truepeaklimiter-clip.png and prints the tables of docs/truepeaklimiter.md: how far over the ceiling, how
much distortion, how loud, how the gain moves, what the clipper adds; ours and the limiters that are installed.

    meson devenv -C build docs/plots/truepeaklimiter.py [FOLDER]

Every limiter gets the same files through GStreamer (ffmpeg's through ffmpeg, x42 dpl through tests/bench/dpl.py), 12 dB of drive, ceiling -1 dB,
mono or both channels alike. Peaks are read at 32 times the rate by a brick wall (FFT), loudness by ffmpeg's ebur128; peers that are not
there are left out. Debian: lsp-plugins-lv2 x42-plugins ffmpeg.
"""
import os
import re
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
PAIRS = {'SMPTE, 60 + 7000 Hz 4:1': ((60, 0.8), (7000, 0.2)), 'CCIF, 19 + 20 kHz': ((19000, 0.5), (20000, 0.5))}
CLIP_DB = [9, 6, 4.5, 3, 1.5, 0, -1.5, -3]      # above the ceiling


def gst(elements, channels=2):
    return (f'gst-launch-1.0 -q filesrc location={{i}} ! wavparse ! audioconvert ! audio/x-raw,format=F32LE,channels={channels} ! {elements}'
            ' ! audioconvert ! audio/x-raw,format=F32LE ! wavenc ! filesink location={o}')


HERE = os.path.dirname(os.path.abspath(__file__))
LIMITERS = {
    'truepeaklimiter': gst(f'truepeaklimiter ceiling={CEILING_DB} input-gain={DRIVE_DB}'),
    'LSP, half x4': gst(f'lsp-plug-in-plugins-lv2-limiter-stereo enabled=true ovs=6 alr=false boost=false g-in={10 ** (DRIVE_DB / 20):.6f} '
                        f'th={10 ** (CEILING_DB / 20):.6f}'),
    'alimiter in 4x': 'ffmpeg -nostdin -v error -y -i {i} -af "aresample=192000,volume=' + f'{DRIVE_DB}dB,alimiter=limit={CEILING_DB}dB:level=0:'
                      'latency=1,aresample=48000" -c:a pcm_f32le {o}',
    'x42 dpl': f'/usr/bin/python3 {HERE}/../../tests/bench/dpl.py {{i}} {{o}} --gain {DRIVE_DB} --threshold {CEILING_DB}',
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


def music():
    """20 s of the song of tests/song, mono"""
    song = subprocess.run([f'{HERE}/../../tests/song'], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-ss', '30', '-t', '20', '-i', song, '-ar', str(RATE), '-ac', '1', '-f', 'f32le', '-'],
                         stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, np.float32).astype(float)


def loudness(y, directory):
    file = os.path.join(directory, 'loudness.wav')
    wavfile.write(file, RATE, np.stack([y, y], 1).astype(np.float32))
    said = subprocess.run(['ffmpeg', '-nostdin', '-hide_banner', '-i', file, '-af', 'ebur128=framelog=verbose', '-f', 'null', '-'],
                          stderr=subprocess.PIPE, text=True).stderr
    return float(re.findall(r'I:\s+(-?[\d.]+) LUFS', said)[-1])


def signals():
    random = np.random.default_rng(1)
    n = 4 * RATE
    t = np.arange(n)
    bursts = np.zeros(n)
    for at in range(2000, n - 2000, 6000):
        bursts[at:at + 240] = np.sign(random.standard_normal(240))
    hits = 0.7 * np.sin(2 * np.pi * 70 * t / RATE) * np.exp(-(t % 12000) / 3000) + 0.5 * random.uniform(-1, 1, n) * np.exp(-(t % 12000) / 500)
    yield 'music', music()
    yield 'hits', hits
    yield 'sine at 1/4', np.sin(np.pi / 2 * t + np.pi / 4) * np.minimum(1, np.minimum(t, n - t) / 2000)
    yield 'clipped 997 Hz', np.clip(4 * np.sin(2 * np.pi * 997 * t / RATE), -1, 1)
    yield 'square 60 Hz', np.sign(np.sin(2 * np.pi * 60 * t / RATE + 0.01))
    yield 'white noise', 0.25 * random.standard_normal(n)
    yield 'bursts of signs', bursts


def beside(y, tones):
    """Power that is not the tones, re theirs, dB: of the second of @y that begins with it, without late starts"""
    w = 2 * np.pi * np.arange(len(y)) / RATE
    base = np.concatenate([[np.sin(w * f), np.cos(w * f)] for f in tones]).T
    fitted = base @ np.linalg.lstsq(base, y, rcond=None)[0]
    return 10 * np.log10(np.sum((y - fitted) ** 2) / np.sum(fitted ** 2) + 1e-20)


def distortion(command, directory, tones=TONES):
    """Of each sine, a second of it after it has come to rest, late by less than the rest of the tone"""
    n = TONE_SECONDS * RATE
    y = run(command, np.concatenate([np.sin(2 * np.pi * f * np.arange(n) / RATE) for f in tones]), directory)
    return [beside(y[i * n + n // 2:i * n + n // 2 + RATE], [f]) for i, f in enumerate(tones)]


def intermodulation(command, directory):
    n = TONE_SECONDS * RATE
    t = np.arange(n)
    return [beside(run(command, sum(a * np.sin(2 * np.pi * f * t / RATE) for f, a in pair), directory)[n // 2:n // 2 + RATE],
                   [f for f, _ in pair]) for pair in PAIRS.values()]


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


def table(title, columns, rows, form):
    print(f'\n{title}\n\n| | ' + ' | '.join(map(str, columns)) + ' |\n|---|' + '---|' * len(columns))
    for name, row in rows.items():
        print(f'| {name} | ' + ' | '.join(form.format(v) for v in row) + ' |')


def clipper(directory):
    """{shape: (LU gained, THD+N of 997 Hz, intermodulation of SMPTE)} by threshold, and the same without a clipper"""
    x = music()
    before = loudness(x, directory)
    result = {}
    for shape in ('none', 'soft', 'hard'):
        rows = []
        for threshold in CLIP_DB if shape != 'none' else [0]:
            command = gst(f'truepeaklimiter ceiling={CEILING_DB} input-gain={DRIVE_DB} clip={shape} clip-threshold={threshold}')
            rows.append((loudness(run(command, x, directory), directory) - before, distortion(command, directory, [997])[0],
                         intermodulation(command, directory)[0]))
        result[shape] = np.array(rows).T
    return result


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, '../img')
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    with tempfile.TemporaryDirectory() as directory:
        test = dict(signals())
        before = loudness(test['music'], directory)
        overs, thd, pairs, louder = {}, {}, {}, {}
        for name, command in LIMITERS.items():
            outs = [run(command, x, directory) for x in test.values()]
            if any(y is None for y in outs):
                continue
            overs[name] = [true_peak_db(y) - CEILING_DB for y in outs]
            thd[name] = distortion(command, directory)
            pairs[name] = intermodulation(command, directory)
            louder[name] = [loudness(outs[0], directory) - before]
        table(f'Over the ceiling of {CEILING_DB} dBTP at +{DRIVE_DB} dB, dB', test, overs, '{:+.3f}')
        table(f'THD+N at +{DRIVE_DB} dB, dB, 32-bit float files', TONES, thd, '{:.0f}')
        table(f'Intermodulation at +{DRIVE_DB} dB, dB', PAIRS, pairs, '{:.0f}')
        table(f'LU gained by +{DRIVE_DB} dB, music', ['LU'], louder, '{:+.1f}')
        clips = clipper(directory)
        for shape, (gained, of_997, smpte) in clips.items():
            columns = CLIP_DB if shape != 'none' else ['']
            table(f'clip={shape}', columns, {'LU gained': gained, '997 Hz': of_997, 'SMPTE': smpte}, '{:+.1f}')

        figure, (a, b, c) = plt.subplots(3, 1, figsize=(9, 12), constrained_layout=True)
        width = 0.8 / len(overs)
        for i, (name, row) in enumerate(overs.items()):
            a.bar(np.arange(len(row)) + i * width - 0.4 + width / 2, [max(v, 0.001) for v in row], width, label=name)
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
        figure.savefig(os.path.join(folder, 'truepeaklimiter.png'), dpi=90)

        figure, axes = plt.subplots(1, 3, figsize=(12, 4), constrained_layout=True)
        titles = (f'LU gained by +{DRIVE_DB} dB (music)', f'THD+N of 997 Hz at +{DRIVE_DB} dB', f'SMPTE intermodulation at +{DRIVE_DB} dB')
        for k, (axis, title) in enumerate(zip(axes, titles)):
            for shape in ('soft', 'hard'):
                axis.plot(CLIP_DB, clips[shape][k], 'o-', ms=3, label=shape)
            axis.axhline(clips['none'][k][0], color='k', lw=0.7, ls='--', label='none')
            axis.set(xlabel='clip-threshold, dB above the ceiling', ylabel='LU' if k == 0 else 'dB', title=title)
            axis.invert_xaxis()
            axis.grid(True, alpha=0.3)
            axis.legend(fontsize=8)
        figure.savefig(os.path.join(folder, 'truepeaklimiter-clip.png'), dpi=90)


if __name__ == '__main__':
    main()
