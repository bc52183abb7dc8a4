#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The limiter weakened on purpose: test-limiter-many, whose judge is an interpolator of its own, must fail for each (four more are not known to: the lower gate
from 80 kHz on, reading sharply again under a moving gain, the reserve next to Nyquist, and the full window). Every row changes one place in a copy
of a file of gst/dsp, which is compiled and linked before the library. TAP.
    limiter-weakened.py SOURCE BUILD COMPILER…"""
import os
import subprocess
import sys

# what, file, text that must be there once, what it becomes, classes of test-limiter-many of which one must fail
ROWS = [
    ('first reading: 16 taps', 'limiter.c', 'mst_truepeak_new (2 * (unsigned) self->detect_lag, detect_edge)', 'mst_truepeak_new (16, 0.70)', 'random signs'),
    ('first reading: 24 taps', 'limiter.c', 'mst_truepeak_new (2 * (unsigned) self->detect_lag, detect_edge)', 'mst_truepeak_new (24, 0.80)', 'square 3'),
    ('first reading: samples only', 'limiter-stages.c', 'double r = allowed / p[highest];', 'double r = allowed / fabs (self->clean[ch][at + highest]);', 'square 4001'),
    ('first reading: its margin', 'limiter-stages.c', '0.99907939', '1.002', 'square 4001'),
    ('second reading: none', 'limiter-verify.c', '  if (reading <= gate)\n', '  if (1)\n', 'noise'),
    ('second reading: gate at the ceiling', 'limiter.c', 'rate_hz < 80000.0 ? 0.93 : 0.80', '1.0', 'noise'),
    ('second reading: soft filters never', 'limiter-verify.c', 'by[to] = (unsigned char) how;', 'by[to] = MST_PEAKVERIFY_SHARP;', 'noise'),
    ('second reading: no filter from 20 kHz', 'peakverify.c', 'rate_hz > 44100.0 && rate_hz <= 52000.0', '0', 'noise'),
    ('second reading: no filter from 0.907 beside it', 'peakverify.c', '|| by == MST_PEAKVERIFY_ALL || by == MST_PEAKVERIFY_SOFTS)', ')', 'jumps'),
    ('second reading: all that is next to Nyquist is steady', 'limiter-verify.c', 'return lowest > STEADY * highest;', 'return lowest >= 0.0f;', 'jumps'),
    ('second reading: tones in the top as all else', 'limiter-verify.c', 'if ((count < TOP_LEAST && !self->clipper) ||', 'if (1 ||', 'jumps'),
    ('second reading: the usual gate for them', 'limiter-private.h', 'TOP_GATE 0.85', 'TOP_GATE 1.0', 'jumps'),
    ('second reading: behind the clipper as without it', 'limiter-verify.c', '(count < TOP_LEAST && !self->clipper)', 'count < TOP_LEAST', 'behind the clipper'),
    ('guard: none', 'nyquistguard.c', 'return self->mode == MST_NYQUIST_GUARD_ON;\n  c->', 'return self->mode == MST_NYQUIST_GUARD_ON;\n  return 0;\n  c->', 'signs'),
    ('guard: only where it is loud', 'nyquistguard.h', 'GUARD_LEVEL 0.35', 'GUARD_LEVEL 3.5', 'signs'),
    ('ends of the stream: no margin', 'limiter-verify.c', '(distance > 60.0 ? 20.0 / distance : 0.33)', '0.0', 'tones'),
    ('ends of the stream: what rings there is judged', 'limiter-stages.c', 'self->clean[ch][at + i] = 0.0;', ';', 'signs,tones'),
    ('reserve of the top of the band', 'limiter-private.h', '(0.016 * NEPER_PER_DB)', '0.0', 'square'),
]


def libraries(build):
    found = []
    for folder in ('gst/dsp', 'orc'):
        for where, _, names in os.walk(os.path.join(build, folder)):
            found += [os.path.join(where, name) for name in names if name.endswith('.a')]
    return found


def fails(source, build, compiler, folder, name, old, new, only):
    """the failing checks of one row, or None if it could not be made"""
    dsp = os.path.join(source, 'gst', 'dsp')
    with open(os.path.join(dsp, name), encoding='utf-8') as f:
        text = f.read()
    if text.count(old) != 1:
        print(f'# {name}: found {text.count(old)} times: {old!r}')
        return None
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
        f.write(text.replace(old, new))
    # a header is quoted by its neighbours: they are copied to stand beside it
    files = [name] if name.endswith('.c') else ['limiter.c', 'limiter-stages.c', 'limiter-verify.c', 'limiter-stats.c', 'gainpath.c', 'nyquistguard.c']
    for other in files:
        if other != name:
            with open(os.path.join(dsp, other), encoding='utf-8') as f, open(os.path.join(folder, other), 'w', encoding='utf-8') as to:
                to.write(f.read())
    program = os.path.join(folder, 'judge')
    flags = ['-std=gnu11', '-O2', '-w', '-ffp-contract=off', f'-I{folder}', f'-I{dsp}', f'-I{build}/orc', f'-I{source}/tests/dsp']
    orc = subprocess.run(['pkg-config', '--cflags', '--libs', 'orc-0.4'], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    subprocess.run([*compiler, *flags, os.path.join(source, 'tests', 'dsp', 'test-limiter-many.c'), *(os.path.join(folder, f) for f in files),
                    '-o', program, '-Wl,--start-group', *libraries(build), '-Wl,--end-group', *orc, '-lm'], check=True)
    done = subprocess.run([program, only], stdout=subprocess.PIPE, text=True)
    return [line for line in done.stdout.splitlines() if line.startswith('not ok')]


def main():
    source, build, compiler = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    for k, (what, name, old, new, only) in enumerate(ROWS):
        found = fails(source, build, compiler, os.path.join(build, 'tests', 'dsp', 'weakened', str(k)), name, old, new, only)
        good = bool(found)
        print(f'{"ok" if good else "not ok"} {k + 1} - {what}: {"not made" if found is None else len(found)} checks fail{", " + found[0][7:] if found else ""}'.replace('#', ''),
              flush=True)
    print(f'1..{len(ROWS)}')


if __name__ == '__main__':
    main()
