# SPDX-License-Identifier: LGPL-2.1-or-later
"""Independent judges for files that gst-master-1.0 wrote: decoding by ffmpeg, loudness and true peak by definition."""
import subprocess
import wave

import numpy as np
from scipy import signal


def write_wav(path, x, rate, bits=16):
    """x: frames x channels, full scale 1."""
    x = np.clip(np.asarray(x, float), -1, 1)
    with wave.open(path, "wb") as w:
        w.setnchannels(x.shape[1])
        w.setsampwidth(bits // 8)
        w.setframerate(rate)
        i = np.rint(x * (2 ** (bits - 1) - 1)).astype("<i4")
        if bits == 16:
            w.writeframes(i.astype("<i2").tobytes())
        else:
            w.writeframes(np.ascontiguousarray(i).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


def decode(path):
    """rate, frames x channels, by ffmpeg (not GStreamer)."""
    probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels",
                            "-of", "csv=p=0", path], capture_output=True, text=True, check=True).stdout.strip().split(",")
    rate, channels = int(probe[0]), int(probe[1])
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-f", "f64le", "-"],
                         capture_output=True, check=True).stdout
    return rate, np.frombuffer(raw, "<f8").reshape(-1, channels)


def k_weight(x, rate):
    """ITU-R BS.1770-4, annex 1: the two filters given at 48 kHz, carried to the rate by the bilinear transform (De Man 2014)."""
    f0, g, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * f0 / rate)
    vh = 10 ** (g / 20)
    vb = vh ** 0.4996667741545416
    a0 = 1 + k / q + k * k
    x = signal.lfilter(np.array([vh + vb * k / q + k * k, 2 * (k * k - vh), vh - vb * k / q + k * k]) / a0,
                       [1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0], x, axis=0)
    f0, q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * f0 / rate)
    a0 = 1 + k / q + k * k
    return signal.lfilter([1, -2, 1], [1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0], x, axis=0)


def loudness(x, rate):
    """Integrated loudness of mono or stereo: blocks of 400 ms every 100 ms, gates at -70 LUFS and -10 LU."""
    if rate < 32000:                    # the bilinear transform bends the shelf there, by 0.2 LU at 8 kHz
        x, rate = resample(x, rate, 48000), 48000
    y = k_weight(x, rate)
    power = np.concatenate([[0], np.cumsum((y * y).sum(axis=1))])
    step, block = rate // 10, rate * 4 // 10
    starts = np.arange(0, len(x) - block + 1, step)
    z = (power[starts + block] - power[starts]) / block
    z = z[z > 10 ** ((-70 + 0.691) / 10)]
    if len(z) == 0:
        return -np.inf
    z = z[z > 0.1 * z.mean()]
    return -0.691 + 10 * np.log10(z.mean())


def true_peak(x, rate, factor=32):
    """Highest point of the interpolated waveform in dBTP, by a long polyphase filter. Every fourth of a frame is looked at first: the
    highest point has one within 0.7 dB of it beside it, so only there the rest is worked out. factor: a multiple of 4."""
    assert factor % 4 == 0
    taps = signal.firwin(128 * factor + 1, 1.0 / factor, window=("kaiser", 12.0)) * factor
    coarse = [np.abs(signal.upfirdn(taps[::factor // 4], channel, 4)[256:256 + 4 * len(channel)]) for channel in x.T]
    peak = max((y.max(initial=0.0) for y in coarse), default=0.0)
    for channel, y in zip(x.T, coarse):
        near = np.unique(np.flatnonzero(y >= 0.9 * peak) // 4)
        for part in np.split(near, np.flatnonzero(np.diff(near) > 256) + 1):
            if len(part) == 0:
                continue
            start, stop = max(part[0] - 1, 0), part[-1] + 2
            first = max(start - 128, 0)
            fine = np.abs(signal.upfirdn(taps, channel[first:stop + 128], factor))
            begin = (start - first + 64) * factor
            peak = max(peak, fine[begin:begin + (stop - start) * factor].max())
    return 20 * np.log10(peak) if peak > 0 else -np.inf


def true_peak_factor(rate):
    """Points a frame for the same points a second, 1.4 million or more."""
    return max(8, 32 // max(1, rate // 44100))


def resample(x, rate, new_rate):
    return signal.resample_poly(x, new_rate, rate, axis=0, window=("kaiser", 14.0))
