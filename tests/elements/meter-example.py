#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/meter from outside, speaking TAP: meter-example.py SOURCE_DIR BUILD_DIR"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import wave
import xml.dom.minidom

source, build = sys.argv[1:3]
environment = dict(os.environ, GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst'))
count = 0


def ok(passed, text):
    global count
    count += 1
    print(f'{"ok" if passed else "not ok"} {count} - {text}', flush=True)


def meter(*arguments):
    return subprocess.run([sys.executable, os.path.join(source, 'examples/meter'), *arguments], env=environment, text=True,
                          capture_output=True, timeout=120)


def tone(path, dbfs, seconds=4):
    with wave.open(path, 'wb') as f:
        f.setnchannels(2)
        f.setsampwidth(2)
        f.setframerate(48000)
        level = 32767 * 10 ** (dbfs / 20)
        period = b''.join(struct.pack('<hh', *[round(level * math.sin(2 * math.pi * i / 48))] * 2) for i in range(48))
        f.writeframes(period * (1000 * seconds))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    tone('odd "name" \\ with  blanks.wav', -23)
    tone('loud.wav', -10)
    run = meter('--json', '--target', 'ebu-r128', 'odd "name" \\ with  blanks.wav')
    figures = json.loads(run.stdout) if run.returncode == 0 else {}
    ok(run.returncode == 0 and figures.get('verdict') == 'pass', f'a tone of -23 LUFS passes ebu-r128 {run.stderr}')
    ok(abs(figures.get('global-loudness', 0) + 22.993) < 0.01 and abs(figures.get('max-true-peak', 0) + 23) < 0.05
       and len(figures.get('true-peak', [])) == 2, 'JSON has the figures')
    run = meter('--target', 'ebu-r128', 'loud.wav')
    ok(run.returncode == 1 and 'integrated loudness +13.01 LU' in run.stdout, 'a loud one does not: exit code 1 and by how much')
    run = meter('loud.wav')
    ok(run.returncode == 0 and 'integrated' in run.stdout and '\r' not in run.stdout, 'without a target: figures, no bars in a pipe')
    run = meter('--plot', 'plot.svg', '--target', 'ebu-r128', 'odd "name" \\ with  blanks.wav')
    lines = xml.dom.minidom.parse('plot.svg').getElementsByTagName('polyline') if os.path.exists('plot.svg') else []
    ok(run.returncode == 0 and len(lines) == 3 and open('plot.svg').read().count('stroke-dasharray') == 3, 'an SVG with three curves and the target')
    try:
        import matplotlib  # noqa: F401
        run = meter('--plot', 'plot.png', 'loud.wav')
        ok(run.returncode == 0 and open('plot.png', 'rb').read(4) == b'\x89PNG', f'a PNG {run.stderr}')
    except ImportError:
        ok(True, 'a PNG # SKIP python3-matplotlib is not installed')
    open('broken.flac', 'w').write('nothing')
    for arguments, code, text in ((['missing.wav'], 3, 'no file missing.wav'), (['broken.flac'], 3, 'meter: '),
                                  (['--target', 'sopotify', 'loud.wav'], 3, 'no target "sopotify"'), ([], 2, 'give a file'),
                                  (['--plot', 'x.pdf', 'loud.wav'], 2, '.svg or .png')):
        run = meter(*arguments)
        ok(run.returncode == code and text in run.stderr and 'Traceback' not in run.stderr, f'{" ".join(arguments) or "nothing"}: exit code {code}, "{text}"')
print(f'1..{count}')
