# SPDX-License-Identifier: LGPL-2.1-or-later
"""How cost grows: with channels, rate, length, small blocks, small buffers; what starting costs. Each function returns rows of
(what, limit as text, measured as text, True or False)."""
import os
import tempfile

import measure
from quality import write
from rows import BASELINE, CHAIN, DITHER, EMPTY, EQ, LIMITER, MATRIX, MULTIBAND, gst


ELEMENTS = {'masteringeq': EQ, 'multibandcomp': MULTIBAND, 'truepeaklimiter': LIMITER, 'r128meter': 'r128meter', 'tpdfdither': DITHER,
            'msmatrix': MATRIX}


def least(commands, rounds):
    """least CPU seconds of each command, in turn"""
    best = [None] * len(commands)
    for _ in range(rounds):
        for k, command in enumerate(commands):
            seconds = measure.cpu(command)
            if seconds is not None:
                best[k] = seconds if best[k] is None else min(best[k], seconds)
    return best


def growth(commands, rounds, share=1):
    """cost of the third command less the fourth, per @share, over that of the first less the second; None where one fails"""
    t = least(commands, rounds)
    return None if None in t else (t[2] - t[3]) / share / (t[0] - t[1])


def limited(what, limit, times, most):
    return (what, limit, 'fails', False) if times is None else (what, limit, f'{times:.2f} ×', times <= most)


def on(files, name, body):
    """the element on each file, and nothing on it"""
    return [command.replace('{file}', file) for file in files for command in (gst(name, body).command(), EMPTY['gst'].command())]


def raw(file, rate, channels, body):
    return (f'gst-launch-1.0 -f -q filesrc location={file} blocksize={1920 * channels * 4} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le '
            f'sample-rate={rate} num-channels={channels} ! {body} ! fakesink')


def noise(frames, channels, seed=1):
    """white, its level coming and going"""
    import numpy as np
    random = np.random.default_rng(seed)
    slow = np.sin(np.arange(frames) / 20000)[:, None]
    return (0.15 * random.standard_normal((frames, channels)) * (1 + 0.8 * slow)).astype('<f4')


def channels(rounds):
    """64 channels beside two; instructions from the second after the first half"""
    rows, seconds = [], {2: 240, 64: 16}
    with tempfile.TemporaryDirectory() as folder:
        def made(n, length):
            file = os.path.join(folder, f'{n}-{length}.raw')
            noise(int(48000 * length), n).tofile(file)
            return file
        files = {n: made(n, seconds[n]) for n in seconds}
        short = {n: (made(n, 0.5), made(n, 1.5)) for n in seconds}
        for name, body in ELEMENTS.items():
            if name == 'msmatrix':
                continue
            times = growth([raw(files[n], 48000, n, b) for n in seconds for b in (body, 'identity')], rounds, seconds[64] / seconds[2])
            counted = {(n, b): measure.per_frame(raw('{file}', 48000, n, b), *short[n], 48000) for n in seconds for b in (body, 'identity')}
            what, limit, got, holds = limited(f'{name}: 64 channels', '≤ 40 × stereo', times, 40)
            if None not in counted.values():
                per = {k: sum(v.values()) for k, v in counted.items()}
                got += f', {(per[64, body] - per[64, "identity"]) / (per[2, body] - per[2, "identity"]):.1f} × in instructions'
            rows.append((what, limit, got, holds))
    return rows


def rate(rounds):
    """192 kHz beside 48 kHz, the same music"""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f'{hz}.wav') for hz in (48000, 192000)]
        for file, hz in zip(files, (48000, 192000)):
            measure.output(f'ffmpeg -v error -nostdin -y -i {os.environ["BENCH_MUSIC"]} -ar {hz} -c:a pcm_f32le {file}')
        return [limited(f'{name}: 192 kHz', '≤ 4.4 × 48 kHz', growth(on(files, name, body), rounds), 4.4)
                for name, body in {**ELEMENTS, 'six elements': CHAIN}.items()]


def length(rounds):
    """a minute of a stream of ten minutes beside a minute of a stream of one"""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f'{minutes}.wav') for minutes in (1, 10)]
        for file, minutes in zip(files, (1, 10)):
            measure.output(f'ffmpeg -v error -nostdin -y -stream_loop {minutes} -t {60 * minutes} -i {os.environ["BENCH_MINUTE"]} -c:a pcm_f32le {file}')
        return [limited(f'{name}: a minute of ten', 'flat: ≤ 1.1 × a minute of one', growth(on(files, name, body), rounds, 10), 1.1)
                for name, body in {'r128meter': 'r128meter', 'six elements': CHAIN}.items()]


def blocks(build):
    text = measure.output(os.path.join(build, 'tests', 'bench', 'bench-blocks'))
    rows = []
    for line in (text or '').splitlines():
        name, kind, small, large = line.split('\t')
        limit = 2.0 if kind == 'orc' else 1.6
        ratio = float(small) / float(large)
        rows.append((f'dsp: {name}, {float(large):.4f} s a minute', f'64 frames ≤ {limit} × 1024', f'{ratio:.2f} ×', ratio <= limit))
    return rows


def buffers(rounds, frames=64, seconds=20):
    """cost of a buffer beyond that of its frames: buffers of @frames beside those of 1920, less the same pipeline without the element"""
    bodies = {'volume': 'volume volume=0.5', **{k: v if k == 'masteringeq' or k == 'tpdfdither' else v + ' post-messages=false' for k, v in ELEMENTS.items()}}
    bodies['tpdfdither'] = 'tpdfdither bits=16 post-messages=false ! audio/x-raw,format=S16LE'
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'x.raw')
        noise(48000 * seconds, 2).tofile(file)
        commands = [raw(file, 48000, 2, f'audiobuffersplit output-buffer-duration={n}/48000 {body}')
                    for body in [''] + [f'! {body}' for body in bodies.values()] for n in (frames, 1920)]
        t = least(commands, rounds)
        n_buffers = 48000 * seconds * (1 / frames - 1 / 1920)
        cost = {name: (t[2 * k + 2] - t[2 * k + 3] - t[0] + t[1]) / n_buffers * 1e6 for k, name in enumerate(bodies)}
        noise(48000 * 2, 2).tofile(file)
        counted = [sum((measure.callgrind(c) or {}).values()) for c in commands]
        n_buffers = 48000 * 2 * (1 / frames - 1 / 1920)
        counts = {name: (counted[2 * k + 2] - counted[2 * k + 3] - counted[0] + counted[1]) / n_buffers for k, name in enumerate(bodies)}
    return [(f'{name}: a buffer more costs {cost[name]:.2f} µs, {counts[name]:.0f} instructions', f'≤ 2 × volume ({cost["volume"]:.2f} µs, {counts["volume"]:.0f})',
             f'{cost[name] / cost["volume"]:.2f} ×, {counts[name] / counts["volume"]:.2f} × in instructions', cost[name] <= 2 * cost['volume'])
            for name in bodies if name != 'volume']


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
    rows += blocks(build)
    for part in (buffers, channels, rate, length):
        measure.say(f'scaling: {part.__name__}')
        rows += part(min(rounds, 3))
    return rows
