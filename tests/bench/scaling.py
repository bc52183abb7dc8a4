# SPDX-License-Identifier: LGPL-2.1-or-later
"""How cost grows: with channels, rate, length, small blocks, small buffers; what starting costs. Each function returns rows of
(what, limit as text, measured as text, True or False)."""
import os
import shlex
import statistics
import tempfile

import measure
from rows import CHAIN, DITHER, EMPTY, EQ, LIMITER, MATRIX, MULTIBAND, gst


ELEMENTS = {'masteringeq': EQ, 'multibandcomp': MULTIBAND, 'truepeaklimiter': LIMITER, 'r128meter': 'r128meter', 'tpdfdither': DITHER,
            'msmatrix': MATRIX}

# the same for ways.c: one element and the format it is to give out
BODIES = {**ELEMENTS, 'tpdfdither': DITHER.replace('audio/x-raw,format=', '')}


def launch(body):
    """one of BODIES as gst-launch takes it"""
    return body.replace(' ! ', ' ! audio/x-raw,format=') or 'identity'


def least(commands, rounds):
    """least CPU seconds of each command, in turn"""
    best = [None] * len(commands)
    for _ in range(rounds):
        for k, command in enumerate(commands):
            seconds = measure.cpu(command)
            if seconds is not None:
                best[k] = seconds if best[k] is None else min(best[k], seconds)
    return best


def ways(build, jobs):
    """what a frame costs in µs, an array of turns for each of @jobs, (channels, rate, frames in a buffer, file, element and format): ways.c"""
    import numpy as np
    words = [shlex.quote(','.join(map(str, job))) for job in jobs]
    text = measure.output(' '.join([os.path.join(build, 'tests', 'bench', 'bench-ways'), *words]), is_alone=True)
    if not text:
        return None
    turns = np.array([[float(v) for v in line.split('\t')] for line in text.splitlines()])
    return list(turns[len(turns) // 20:].T)                 # by then every cache and filter is warm


def quartiles(values):
    return statistics.quantiles(values, n=4)


def limited(what, limit, times, most):
    """@times: the middle of its quartiles counts, the others are shown"""
    if times is None:
        return what, limit, 'fails', False
    return what, limit, '{1:.2f} × ({0:.2f}–{2:.2f})'.format(*times), times[1] <= most


def raw(file, rate, channels, body):
    return (f'gst-launch-1.0 -f -q filesrc location={file} blocksize={1920 * channels * 4} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le '
            f'sample-rate={rate} num-channels={channels} ! {body} ! fakesink')


def noise(frames, channels, seed=1):
    """white, its level coming and going"""
    import numpy as np
    random = np.random.default_rng(seed)
    slow = np.sin(np.arange(frames) / 20000)[:, None]
    return (0.15 * random.standard_normal((frames, channels)) * (1 + 0.8 * slow)).astype('<f4')


def channels(build):
    """64 channels beside two; instructions from the second after the first half"""
    rows = []
    bodies = {'': '', **{k: v for k, v in BODIES.items() if k != 'msmatrix'}}
    with tempfile.TemporaryDirectory() as folder:
        def made(n, length):
            file = os.path.join(folder, f'{n}-{length}.raw')
            noise(int(48000 * length), n).tofile(file)
            return file
        files = {n: made(n, 8) for n in (2, 64)}
        pieces = {n: (made(n, 0.5), made(n, 1.5)) for n in (2, 64)}
        keys = [(n, name) for name in bodies for n in (2, 64)]
        cost = ways(build, [(n, 48000, 1024, files[n], bodies[name]) for n, name in keys])
        cost = dict(zip(keys, cost or []))
        counted = measure.per_frame([(raw('{file}', 48000, n, launch(bodies[name])), *pieces[n], 48000, None) for n, name in keys])
        counted = {k: v and sum(v.values()) for k, v in zip(keys, counted)}
    for name in list(bodies)[1:]:
        times = quartiles((cost[64, name] - cost[64, '']) / (cost[2, name] - cost[2, ''])) if cost else None
        what, limit, got, holds = limited(f'{name}: 64 channels', '≤ 40 × stereo', times, 40)
        if None not in (counted[64, name], counted[64, ''], counted[2, name], counted[2, '']):
            got += f', {(counted[64, name] - counted[64, ""]) / (counted[2, name] - counted[2, ""]):.1f} × in instructions'
        rows.append((what, limit, got, holds))
    return rows


def rate(build):
    """192 kHz beside 48 kHz, the same music"""
    with tempfile.TemporaryDirectory() as folder:
        files = {hz: os.path.join(folder, f'{hz}.raw') for hz in (48000, 192000)}
        for hz, file in files.items():
            measure.decode(os.environ['BENCH_MINUTE'], os.path.join(folder, 'all'), hz)
            measure.piece(os.path.join(folder, 'all'), file, 20, rate=hz)
        keys = [(hz, name) for name in ('', *BODIES) for hz in files]
        cost = ways(build, [(2, hz, 1024, files[hz], BODIES.get(name, '')) for hz, name in keys])
    if not cost:
        return [('192 kHz', '≤ 4.4 × 48 kHz', 'fails', False)]
    cost = {(hz, name): c - nothing for (hz, name), c, nothing in zip(keys, cost, cost[:2] * (len(keys) // 2))}
    cost |= {(hz, 'all six'): sum(cost[hz, name] for name in BODIES) for hz in files}
    return [limited(f'{name}: 192 kHz', '≤ 4.4 × 48 kHz', quartiles(4 * cost[192000, name] / cost[48000, name]), 4.4) for name in (*BODIES, 'all six')]


def length(rounds):
    """a minute of a stream of ten minutes beside a minute of a stream of one"""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f'{minutes}.wav') for minutes in (1, 10)]
        measure.decode(os.environ['BENCH_MINUTE'], os.path.join(folder, 'all'))
        for file, minutes in zip(files, (1, 10)):
            measure.piece(os.path.join(folder, 'all'), file, 60 * minutes)
        for name, body in {'r128meter': 'r128meter', 'six elements': CHAIN}.items():
            t = least([command.replace('{file}', file) for file in files for command in (gst(name, body).command(), EMPTY['gst'].command())], rounds)
            got = None if None in t else (t[2] - t[3]) / 10 / (t[0] - t[1])
            rows.append((f'{name}: a minute of ten', 'flat: ≤ 1.1 × a minute of one', 'fails' if got is None else f'{got:.2f} ×', got is not None and got <= 1.1))
    return rows


def blocks(build):
    text = measure.output(os.path.join(build, 'tests', 'bench', 'bench-blocks'), is_alone=True)
    rows = []
    for line in (text or '').splitlines():
        name, kind, small, large = line.split('\t')
        limit = 2.0 if kind == 'orc' else 1.6
        ratio = float(small) / float(large)
        rows.append((f'dsp: {name}, {float(large):.4f} s a minute', f'64 frames ≤ {limit} × 1024', f'{ratio:.2f} ×', ratio <= limit))
    return rows


def buffers(build):
    """cost of a buffer beyond that of its frames: buffers of 64 frames beside those of 1920"""
    small, large = 64, 1920
    names = ['', 'volume', *BODIES]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'x.raw')
        measure.decode(os.environ['BENCH_MINUTE'], file)
        cost = ways(build, [(2, 48000, n, file, {'volume': 'volume volume=0.5', **BODIES}.get(name, '')) for name in names for n in (small, large)])
    if not cost:
        return [('a buffer more', '≤ 2 × volume', 'fails', False)]
    cost = [(a - b) / (1 / small - 1 / large) for a, b in zip(cost[::2], cost[1::2])]
    cost = {name: c - cost[0] for name, c in zip(names, cost)}
    middle = {name: statistics.median(c) for name, c in cost.items()}
    return [limited(f'{name}: a buffer more costs {middle[name]:.2f} µs', f'≤ 2 × volume ({middle["volume"]:.2f} µs)', quartiles(cost[name] / cost['volume']), 2)
            for name in BODIES]


def startup(build, rounds):
    """load of the plugin, and first buffer of each element, ms; least of the rounds"""
    plugin = os.path.join(build, 'gst', 'libgstmastering.so')
    best = {}
    for _ in range(rounds):
        for line in (measure.output(f'{os.path.join(build, "tests", "bench", "bench-startup")} {plugin}') or '').splitlines():
            name, *values = line.split('\t')
            values = [float(v) for v in values]
            best[name] = [min(a, b) for a, b in zip(best.get(name, values), values)]
    load = best.pop('load')[0]
    total = load + sum(v[0] for v in best.values())
    each = ', '.join(f'{k.removeprefix("Gst")} {v[0]:.1f}' for k, v in best.items())
    late = max(best.items(), key=lambda kv: kv[1][1])
    stripped = os.path.join(tempfile.gettempdir(), 'gstmastering-stripped.so')
    measure.output(f'strip -o {stripped} {plugin}')
    size = os.path.getsize(stripped) / 1e6
    os.remove(stripped)
    return [(f'load of the plugin {load:.1f} ms; to the first buffer of {each} ms', '≤ 30 ms in all', f'{total:.1f} ms', total <= 30),
            (f'first buffer less the second, at most ({late[0].removeprefix("Gst")})', 'no compiler in the streaming thread', f'{late[1][1]:.2f} ms',
             late[1][1] < 5),
            ('libgstmastering.so, stripped', '≤ 1.5 MB', f'{size:.2f} MB ({os.path.getsize(plugin) / 1e6:.2f} unstripped)', size <= 1.5)]


def measure_all(build, rounds):
    rows = startup(build, max(rounds, 5))
    for part in (blocks, buffers, channels, rate):
        measure.say(f'scaling: {part.__name__}')
        rows += part(build)
    rows += length(min(rounds, 3))
    return [(*texts, bool(holds)) for *texts, holds in rows]      # numpy's own kind of bool is not JSON's
