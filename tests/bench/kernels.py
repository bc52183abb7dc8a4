# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cost of every ORC program beside its alternatives, in ns per 1000 elements (blocks of 256 in the first-level cache, least of 9 runs).

jit: as ORC compiles it here (SSE). C, C AVX2: the same program as plain C by the system's compiler at -O3, for the baseline and with
AVX2. fallback: ORC's own C when it may not make code (ORC_CODE=backup). Figures only: nothing passes or fails.
"""
import os
import re
import subprocess
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
USED_BY = {'compressor': 'multibandcomp', 'convert': 'all (the edge)', 'dither': 'tpdfdither', 'matrix': 'msmatrix'}
FLAGS = ['-O3', '-std=gnu11', '-w', '-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off']

MAIN = r'''
#include <stdio.h>
#include <time.h>
static double memory[12][256] __attribute__ ((aligned (64)));
static double now (void) { struct timespec t; clock_gettime (CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
#define TIME(name, call) do { double best = 1e30; for (int r = 0; r < 9; r++) { double t = now (); \
  for (int k = 0; k < 2000; k++) { call; } t = now () - t; best = t < best ? t : best; } \
  printf ("%s %.1f\n", name, best / 2000 / 256 * 1000); } while (0)
int main (void) {
  for (int i = 0; i < 12 * 256; i++) ((float *) memory)[2 * i] = ((float *) memory)[2 * i + 1] = 0.5f;
'''


def arguments(prototype):
    pointers = 0
    out = []
    for a in prototype.split(','):
        if '*' in a:
            out.append(f'(void *) memory[{pointers}]')
            pointers += 1
        elif a.split()[-1] == 'n':
            out.append('256')
        else:
            out.append('0.5')
    return ', '.join(out)


def build(folder, name, calls, headers, sources, flags):
    pkg = subprocess.run(['pkg-config', '--cflags', '--libs', 'orc-0.4'], check=True, capture_output=True, text=True).stdout.split()
    program = os.path.join(folder, name + '.c')
    with open(program, 'w') as f:
        f.write(''.join(f'#include "{h}"\n' for h in headers) + MAIN + calls + '  return 0;\n}\n')
    subprocess.run(['cc', *FLAGS, *flags, '-I', folder, program, *sources, '-o', program[:-2], *pkg, '-lm'], check=True)
    return program[:-2]


def figures(program, **environment):
    text = subprocess.run([program], env={**os.environ, **environment}, check=True, capture_output=True, text=True).stdout
    return {k: float(v) for k, v in (line.split() for line in text.splitlines())}


def table():
    """the Markdown table of docs/kernels.md"""
    with tempfile.TemporaryDirectory() as folder:
        rows, headers, sources, plain_headers, plain_sources = [], [], [], [], []
        for file in sorted(os.listdir(os.path.join(ROOT, 'orc'))):
            if not file.endswith('.orc'):
                continue
            topic = file[:-4]
            for kind, suffix in (('--header', '.h'), ('--implementation', '.c')):
                subprocess.run(['orcc', kind, '-o', os.path.join(folder, topic + suffix), os.path.join(ROOT, 'orc', file)], check=True)
                with open(os.path.join(folder, topic + suffix)) as f:
                    text = f.read()
                with open(os.path.join(folder, 'plain-' + topic + suffix), 'w') as f:
                    f.write(text.replace('mst_orc_', 'mst_plain_'))
            headers.append(topic + '.h')
            sources.append(os.path.join(folder, topic + '.c'))
            plain_headers.append('plain-' + topic + '.h')
            plain_sources.append(os.path.join(folder, 'plain-' + topic + '.c'))
            with open(os.path.join(folder, topic + '.h')) as f:
                rows += [(topic, m[1], m[2]) for m in re.finditer(r'^void (mst_orc_\w+) \((.*)\);', f.read(), re.M)]
        calls = ''.join(f'  TIME ("{name}", {name} ({arguments(prototype)}));\n' for _, name, prototype in rows)
        jit = build(folder, 'jit', calls, headers, sources, [])
        plain = calls.replace('mst_orc_', 'mst_plain_').replace('"mst_plain_', '"mst_orc_')
        base = build(folder, 'plain', plain, plain_headers, plain_sources, ['-DDISABLE_ORC'])
        avx2 = build(folder, 'plain-avx2', plain, plain_headers, plain_sources, ['-DDISABLE_ORC', '-mavx2'])
        columns = [figures(jit), figures(base), figures(avx2), figures(jit, ORC_CODE='backup')]

    return ['| program | element | jit | C | C AVX2 | fallback |', '|---|---|---|---|---|---|'] + [
        f'| `{name}` | {USED_BY.get(topic, topic)} | ' + ' | '.join(f'{c[name]:.0f}' for c in columns) + ' |' for topic, name, _ in rows]
