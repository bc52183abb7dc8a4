# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the sound is worth beside what it costs: for each group of rows.py a function that runs a row on signals made here and judges the
result by definition. It returns the figures, a dictionary, and whether the row does at all what the group is about; works() finds out the
latter alone."""
import os
import re

import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter

import dither
import measure
from rows import BELLS, TONES

CEILING_DB = -1.0
PATIENCE = 180                  # seconds for a row to render a judge's signal; some that fail spin for ever


def write(path, rate, x):
    wavfile.write(path, rate, x.astype(np.float32))


def render(row, x, rate, folder, body=None):
    """@x (frames by channels) through the row, as it comes out: doubles, frames by channels; None if it fails"""
    source, target = os.path.join(folder, 'judged.wav'), os.path.join(folder, 'judged.raw')
    if row.mono:
        x = x[:, :1]
    write(source, rate, x)
    if os.path.exists(target):
        os.remove(target)
    if measure.output(row.command(body, target).replace('{file}', source), row.env, PATIENCE) is None or not os.path.exists(target):
        return None
    y = np.fromfile(target, '<i2') / 2.0 ** 15 if row.ends_in_s16 else np.fromfile(target, '<f8')
    return y.reshape(-1, x.shape[1])


def response_db(h, rate, at_hz):
    n = 1 << 18
    f = np.fft.rfftfreq(n, 1 / rate)
    return np.interp(at_hz, f, 20 * np.log10(np.abs(np.fft.rfft(h, n)) + 1e-12))


def impulse(rate, level=0.5):
    x = np.zeros((2 * rate, 2))
    x[rate] = level             # by then all smoothing of parameters at the start is over
    return x


def analog_bells_db(f):
    total = np.zeros_like(f)
    for centre, gain in BELLS:
        s, a = 1j * f / centre, 10 ** (gain / 40)
        total += 20 * np.log10(np.abs((s * s + s * a + 1) / (s * s + s / a + 1)))
    return total


def eq(row, folder):
    """largest distance from the analog curve at 44.1 kHz, in all and below 1 kHz, where conventions of bandwidth differ and nothing else"""
    rate = 44100
    y = render(row, impulse(rate), rate, folder)
    if y is None:
        return {}, False
    f = np.geomspace(20, 20000, 2000)
    got, want = response_db(y[:, 0] / 0.5, rate, f), analog_bells_db(f)
    return {'error to 20 kHz at 44.1 kHz, dB': float(np.abs(got - want).max()), 'below 1 kHz, dB': float(np.abs(got - want)[f < 1000].max())}, \
        bool(np.ptp(got) > 3)


def multiband(row, folder):
    """how far the idle bands' sum is from flat; by how much a tone of -10 dBFS in each band comes down (20 dB over, ratio 2: 10 dB)"""
    rate, figures = 48000, {}
    reduction = []
    for hz in TONES:
        t = np.arange(3 * rate) / rate
        tone = 10 ** (-10 / 20) * np.sin(2 * np.pi * hz * t)
        y = render(row, np.stack([tone, tone], 1), rate, folder)
        if y is None or len(y) < 2 * rate:
            return {}, False
        reduction.append(10 * np.log10(np.mean(tone[rate:2 * rate] ** 2) / (np.mean(y[rate:2 * rate, 0] ** 2) + 1e-20)))
    figures['tones in the bands come down by, dB'] = ' '.join(f'{r:.1f}' for r in reduction)
    if row.idle:
        y = render(row, impulse(rate, 0.01), rate, folder, row.idle)
        if y is not None:
            f = np.geomspace(20, 20000, 2000)
            figures['idle sum, dB from flat'] = float(np.abs(response_db(y[:, 0] / 0.01, rate, f)).max())
    return figures, min(reduction) > 1.0


def true_peak_db(x, up=32, block=1 << 16, margin=1 << 12):
    """highest point of the waveform between the samples, by a brick wall at Nyquist: pieces that overlap"""
    highest = 0.0
    for channel in x.T:
        channel = np.concatenate([np.zeros(margin), channel, np.zeros(margin + block)])
        for at in range(0, len(channel) - block, block - 2 * margin):
            piece = channel[at:at + block]
            if np.abs(piece).max() < 0.6 * highest:
                continue
            spectrum = np.fft.rfft(piece)
            spectrum[-1] *= 0.5
            for p in range(up):
                y = np.fft.irfft(spectrum * np.exp(2j * np.pi * np.arange(len(spectrum)) * p / up / block))
                highest = max(highest, np.abs(y[margin:-margin]).max())
    return 20 * np.log10(highest + 1e-12)


def k_weighted(x):
    """BS.1770's coefficients at 48 kHz"""
    x = lfilter([1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585], x, axis=0)
    return lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], x, axis=0)


def loudness(x, rate=48000):
    """integrated, BS.1770-5, straight from its text"""
    y = k_weighted(x) ** 2
    total = np.concatenate([[0], np.cumsum(y.sum(1))])
    begins = np.arange(0, len(x) - int(0.4 * rate) + 1, int(0.1 * rate))
    blocks = (total[begins + int(0.4 * rate)] - total[begins]) / int(0.4 * rate)
    lufs = lambda z: -0.691 + 10 * np.log10(z + 1e-20)
    blocks = blocks[lufs(blocks) > -70]
    if not len(blocks):
        return -np.inf
    return float(lufs(blocks[lufs(blocks) > lufs(blocks.mean()) - 10].mean()))


def sign_bursts(n):
    random = np.random.default_rng(1)
    x = np.zeros(n)
    for at in range(2000, n - 2000, 6000):
        x[at:at + 240] = np.sign(random.standard_normal(240))
    return np.stack([x, x], 1)


def music(seconds):
    raw = os.environ['BENCH_MUSIC']
    rate, x = wavfile.read(raw)
    return x[:seconds * rate].astype(float)


def limiter(row, folder):
    """over the ceiling, read at 32 times the rate; loudness gained; distortion of a 60 Hz tone driven 6 dB over the ceiling"""
    x = music(30)
    y = render(row, x, 48000, folder)
    if y is None:
        return {}, False
    if y.shape[1] < x.shape[1]:
        x = x[:, :1]
    gained = loudness(y) - loudness(x)
    z = render(row, sign_bursts(48000 * 4), 48000, folder)
    t = np.arange(4 * 48000) / 48000
    tone = np.sin(2 * np.pi * 60 * t) * 10 ** (-1 / 20)
    w = render(row, np.stack([tone, tone], 1), 48000, folder)
    figures = {'over on music, dB': true_peak_db(y) - CEILING_DB, 'louder by, LU': gained}
    if z is not None and w is not None:
        piece = w[72000:120000, 0]
        base = np.stack([np.sin(2 * np.pi * 60 * t[:48000]), np.cos(2 * np.pi * 60 * t[:48000])], 1)
        rest = piece - base @ np.linalg.lstsq(base, piece, rcond=None)[0]
        figures['over on sign bursts, dB'] = true_peak_db(z) - CEILING_DB
        figures['60 Hz, THD+N, dB'] = float(10 * np.log10(np.sum(rest ** 2) / np.sum(piece ** 2) + 1e-20))
    return figures, gained > 2 and figures['over on music, dB'] < 3


def readings(row, x, rate, folder):
    """integrated loudness and true peak in dB that a meter reads"""
    source = os.path.join(folder, 'judged.wav')
    write(source, rate, x)
    if row.kind == 'gst':
        text = measure.output(row.command().replace('-q', '-m').replace('{file}', source), row.env) or ''
        final = [line for line in text.splitlines() if 'final=(boolean)true' in line]
        if not final:
            return None
        lufs = re.search(r'global-loudness=\(double\)([-\d.e+inf]+)', final[-1])
        peaks = re.search(r'true-peak=\(GValueArray\)< (.*?) >|true-peak=\(double\)< (.*?) >', final[-1])
        peak = max(float(v) for v in re.findall(r'[\d.]+(?:e[-+]?\d+)?', re.sub(r'\(\w+\)', '', (peaks[1] or peaks[2])))) if peaks else 0
        return float(lufs[1]), 20 * np.log10(peak + 1e-12)
    text = measure.output(row.command(row.body.replace('framelog=verbose', 'framelog=verbose:metadata=1') + ',ametadata=print:file=-')
                          .replace('-f null -', '-f null /dev/null').replace('{file}', source), row.env) or ''
    lufs = re.findall(r'lavfi\.r128\.I=(.*)', text)
    peaks = [max(float(v) for v in re.findall(rf'lavfi\.r128\.true_peaks_ch{c}=(.*)', text) or [0]) for c in range(2)]
    return (float(lufs[-1]), 20 * np.log10(max(peaks) + 1e-12)) if lufs else None


def meter(row, folder):
    """integrated loudness of music by the text of BS.1770; of an 8 kHz tone at 192 kHz, which reads what it reads at 48 kHz; true peak
    of a tone at 0.42 of the rate whose samples miss the top"""
    x = music(30)
    got = readings(row, x, 48000, folder)
    if got is None:
        return {}, False
    figures = {'music, LU off': got[0] - loudness(x)}
    t = np.arange(4 * 48000) / 48000
    tone = 0.1 * np.sin(2 * np.pi * 8000 * t)
    want = loudness(np.stack([tone, tone], 1))
    t = np.arange(4 * 192000) / 192000
    tone = 0.1 * np.sin(2 * np.pi * 8000 * t)
    high = readings(row, np.stack([tone, tone], 1), 192000, folder)
    if high:
        figures['8 kHz at 192 kHz, LU off'] = high[0] - want
    if 'true-peak=false' not in row.body and (row.kind == 'gst' or 'peak=true' in row.body):
        k = np.arange(4 * 48000)
        tone = 0.5 * np.sin(2 * np.pi * 0.42 * k + 0.3) * np.clip(np.minimum(k, k[::-1]) / 4800, 0, 1) ** 2
        top = readings(row, np.stack([tone, tone], 1), 48000, folder)
        if top:
            figures['true peak at 0.42 of the rate, dB off'] = top[1] - 20 * np.log10(0.5)
    return figures, abs(figures['music, LU off']) < 1


def matrix(row, folder):
    """distance from the matrix by its definition; tones above the mono bass"""
    n = 96000
    t = np.arange(n) / 48000
    x = np.stack([0.4 * np.sin(2 * np.pi * 3000 * t), 0.3 * np.sin(2 * np.pi * 5000 * t + 1)], 1)
    y = render(row, x, 48000, folder)
    if y is None:
        return {}, False
    if 'volume volume' in row.body:
        return {}, True
    if 'mono-below' in row.body:
        return {}, bool(np.abs(y - x).max() > 0.01)
    want = x @ np.array([[1.1, -0.1], [-0.1, 1.1]])
    error = np.abs(y - want)[48000:90000].max()
    return {'error, dBFS': float(20 * np.log10(error + 1e-12))}, bool(error < 0.01)


def dithered(row, folder):
    """noise of a constant, and a search for repeats: dither.py"""
    return dither.figures(row, folder)


def chain(row, folder):
    """true peak and loudness of the 16-bit result"""
    x = music(30)
    y = render(row, x, 48000, folder)
    if y is None or not len(y):
        return {}, False
    return {'over on music, dB': true_peak_db(y) - CEILING_DB, 'loudness, LUFS': loudness(y)}, bool(np.abs(y).max() > 0.1)


def works(key, row, folder):
    """whether a row does at all what its group is about, the short way"""
    if key in ('eq', 'multiband', 'matrix'):
        return JUDGES[key](row, folder)[1]
    x = music(8)
    if key.startswith('meter'):
        got = readings(row, x, 48000, folder)
        return got is not None and abs(got[0] - loudness(x)) < 1
    y = render(row, x, 48000, folder)
    if y is None or not len(y) or np.abs(y).max() < 0.01:
        return False
    return key != 'limiter' or loudness(y) - loudness(x[:, :y.shape[1]]) > 2


JUDGES = {'eq': eq, 'multiband': multiband, 'limiter': limiter, 'meter': meter, 'meter-lufs': meter, 'matrix': matrix, 'dither': dithered,
          'chain': chain}
