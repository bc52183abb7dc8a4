#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The six elements in one pipeline on real music: nothing lost, the cut invisible, figures as an independent meter reads them. TAP.

    tests/elements/chain.py SOURCE_DIR BUILD_DIR
"""
import array
import hashlib
import os
import re
import subprocess
import sys
import tempfile

import songs

RATE, SECONDS = 44100, 40
CHAIN = ('masteringeq bands="high-pass 28 slope=24; bell 250 -1.5 q=0.9; high-shelf 10k 1.5" ! '
         'multibandcomp num-bands=4 band0::threshold=-24 band1::threshold=-22 band2::threshold=-22 band3::threshold=-26 ! '
         'msmatrix width=1.1 mono-below=120 ! truepeaklimiter input-gain=5 ceiling=-1 ! r128meter name=meter ! '
         'tpdfdither bits=16 seed=7')


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    song = songs.song(source)
    with tempfile.TemporaryDirectory(prefix='chain-') as directory:
        env = songs.environment(build, directory, G_DEBUG='fatal-criticals', GST_DEBUG='*:WARN', GST_DEBUG_NO_COLOR='1')

        def shell(command, **more):
            return subprocess.run(['bash', '-c', command], cwd=directory, env=dict(env, **more), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', timeout=300)

        raw = f'audio/x-raw,format=F32LE,rate={RATE},channels=2,layout=interleaved'
        done = shell(f'gst-launch-1.0 -q filesrc location={song} ! decodebin ! audioconvert ! audioresample ! {raw} ! '
                     'filesink location=whole.raw', GST_DEBUG='0')
        assert done.returncode == 0, done.stdout
        with open(os.path.join(directory, 'whole.raw'), 'rb') as f:
            begin = f.read(RATE * SECONDS * 8)
        frames = len(begin) // 8
        with open(os.path.join(directory, 'in.raw'), 'wb') as f:
            f.write(begin)

        def chain(block, output, **more):
            return shell(f'gst-launch-1.0 -m filesrc location=in.raw blocksize={block * 8} ! '
                         f'rawaudioparse use-sink-caps=false format=pcm pcm-format=f32le sample-rate={RATE} num-channels=2 ! '
                         f'{CHAIN} ! audio/x-raw,format=S16LE ! filesink location={output}', **more)

        def digest(name):
            with open(os.path.join(directory, name), 'rb') as f:
                return hashlib.sha256(f.read()).hexdigest()

        done = chain(1024, 'a.raw')
        songs.check('the chain plays to its end', done.returncode == 0, done.stdout[-600:] if done.returncode else '')
        if done.returncode:
            return songs.done()
        said = [line for line in done.stdout.splitlines() if re.search(r'WARN|ERROR|CRITICAL', line) and ' basesrc ' not in line]
        songs.check('silent at GST_DEBUG=*:WARN', not said, ' '.join(said[:2]))
        size = os.path.getsize(os.path.join(directory, 'a.raw'))
        songs.check('frames out = frames in', size == frames * 4, f'{size // 4} of {frames}')
        for block in (64, 1920, RATE):
            again = chain(block, 'b.raw')
            songs.check(f'buffers of {block} frames give the same bits', again.returncode == 0 and digest('a.raw') == digest('b.raw'))
        finals = [line for line in done.stdout.splitlines() if 'r128meter' in line and 'final=(boolean)true' in line]
        songs.check('one final message of the meter', len(finals) == 1, len(finals))
        ours = dict(re.findall(r'([\w-]+)=\(double\)([^,;]+)', finals[0])) if finals else {}

        report = shell(f'ffmpeg -nostdin -hide_banner -f s16le -ar {RATE} -ac 2 -i a.raw -af ebur128=peak=true -f null -').stdout
        summary = report[report.rindex('Summary:'):]
        theirs = {name: float(re.search(rf'\b{name}: +(-?[\d.]+)', summary).group(1)) for name in ('I', 'LRA', 'Peak')}
        songs.check('true peak of the output as ffmpeg reads it, at most -1 dBTP', theirs['Peak'] <= -0.95, theirs['Peak'])
        for name, field, limit in (('I', 'global-loudness', 0.1), ('LRA', 'loudness-range', 0.2), ('Peak', 'max-true-peak', 0.3)):
            mine = float(ours.get(field, 'nan'))
            songs.check(f'{field} within {limit} of what ffmpeg reads', abs(mine - theirs[name]) <= limit + 0.05, f'{mine:.2f}, {theirs[name]}')
        done = chain(1920, 'c.raw', ORC_CODE='backup')
        with open(os.path.join(directory, 'a.raw'), 'rb') as a, open(os.path.join(directory, 'c.raw'), 'rb') as c:
            x, y = array.array('h', a.read()), array.array('h', c.read())
        apart = max((abs(p - q) for p, q in zip(x, y)), default=0)
        songs.check('without ORC\'s compiler: within one step of 16 bits', len(x) == len(y) and apart <= 1, apart)
    return songs.done()


if __name__ == '__main__':
    sys.exit(main())
