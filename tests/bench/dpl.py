#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""x42 dpl (Debian: x42-plugins) on a file: GStreamer's lv2 gives it no event port and it then passes everything, so this is its host.

    tests/bench/dpl.py IN.wav OUT.wav [--gain DB] [--threshold DB] [--release S] [--sample-peak]

32-bit float WAV, mono or stereo, in and out; the output is aligned to the input. Prints CPU seconds per minute of audio.
"""
import argparse
import ctypes
import os
import time

import numpy as np
from scipy.io import wavfile

LIBRARY = '/usr/lib/lv2/dpl.lv2/dpl.so'
BLOCK = 1024
# dpl.ttl
CONTROL, NOTIFY, ENABLE, GAIN, THRESHOLD, RELEASE, TRUE_PEAK, LEVEL, LATENCY, AUDIO = range(10)


class Feature(ctypes.Structure):
    _fields_ = [('uri', ctypes.c_char_p), ('data', ctypes.c_void_p)]


MAP = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_char_p)


class Map(ctypes.Structure):
    _fields_ = [('handle', ctypes.c_void_p), ('map', MAP)]


class Descriptor(ctypes.Structure):
    _fields_ = [('uri', ctypes.c_char_p),
                ('instantiate', ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double, ctypes.c_char_p,
                                                 ctypes.POINTER(ctypes.POINTER(Feature)))),
                ('connect_port', ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)),
                ('activate', ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ('run', ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)),
                ('deactivate', ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ('cleanup', ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ('extension_data', ctypes.c_void_p)]


def limit(x, rate, gain_db=0.0, threshold_db=-1.0, release=0.01, true_peak=True):
    """@x: frames by channels, float32. Returns the same shape, aligned, and the CPU seconds it took."""
    n, channels = x.shape
    library = ctypes.CDLL(LIBRARY)
    library.lv2_descriptor.restype = ctypes.POINTER(Descriptor)
    wanted = b'http://gareus.org/oss/lv2/dpl#' + (b'mono' if channels == 1 else b'stereo')
    index = 0
    while (found := library.lv2_descriptor(index)) and found.contents.uri != wanted:
        index += 1
    dpl = found.contents
    numbers = {}
    urid = Map(None, MAP(lambda handle, uri: numbers.setdefault(uri, len(numbers) + 1)))
    feature = Feature(b'http://lv2plug.in/ns/ext/urid#map', ctypes.cast(ctypes.byref(urid), ctypes.c_void_p))
    features = (ctypes.POINTER(Feature) * 2)(ctypes.pointer(feature), None)
    handle = dpl.instantiate(found, rate, os.path.dirname(LIBRARY).encode() + b'/', features)
    sequence = numbers.setdefault(b'http://lv2plug.in/ns/ext/atom#Sequence', len(numbers) + 1)
    control = np.array([8, sequence, 0, 0], np.uint32)          # an atom: size, type; body: unit, pad, no events
    notify = np.zeros(4096, np.uint32)
    ports = {ENABLE: 1.0, GAIN: gain_db, THRESHOLD: threshold_db, RELEASE: release, TRUE_PEAK: float(true_peak), LEVEL: 0.0, LATENCY: 0.0}
    ports = {k: np.array([v], np.float32) for k, v in ports.items()}
    for k, v in ports.items():
        dpl.connect_port(handle, k, v.ctypes.data)
    dpl.connect_port(handle, CONTROL, control.ctypes.data)
    dpl.connect_port(handle, NOTIFY, notify.ctypes.data)
    blocks = -(-(n + 4096) // BLOCK)
    source = np.zeros((channels, blocks * BLOCK), np.float32)
    source[:, :n] = x.T
    target = np.zeros_like(source)
    if dpl.activate:
        dpl.activate(handle)
    seconds = time.process_time()
    for at in range(0, blocks * BLOCK, BLOCK):
        notify[0] = notify.nbytes - 8                           # the room there is
        for c in range(channels):                               # in, out, or in, out, in, out
            dpl.connect_port(handle, AUDIO + 2 * c, source[c, at:].ctypes.data)
            dpl.connect_port(handle, AUDIO + 2 * c + 1, target[c, at:].ctypes.data)
        dpl.run(handle, BLOCK)
    seconds = time.process_time() - seconds
    if dpl.deactivate:
        dpl.deactivate(handle)
    dpl.cleanup(handle)
    late = int(ports[LATENCY][0])
    return target[:, late:late + n].T, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('input')
    parser.add_argument('output')
    parser.add_argument('--gain', type=float, default=0.0)
    parser.add_argument('--threshold', type=float, default=-1.0)
    parser.add_argument('--release', type=float, default=0.01)
    parser.add_argument('--sample-peak', action='store_true')
    options = parser.parse_args()
    rate, x = wavfile.read(options.input)
    x = x.reshape(len(x), -1).astype(np.float32)
    y, seconds = limit(x, rate, options.gain, options.threshold, options.release, not options.sample_peak)
    wavfile.write(options.output, rate, y)
    print(f'{seconds / (len(x) / rate) * 60:.4f}')


if __name__ == '__main__':
    main()
