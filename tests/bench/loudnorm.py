#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 beside ffmpeg's loudnorm in two passes: how fast, and how far the written file is from what was asked.

    tests/bench/loudnorm.py [--seconds N] [--loudness LUFS] [FILE...]      (in `meson devenv -C build`, or installed)

FILE (default: the song of tests/song) is cut or repeated to N seconds (default 180) of 44.1 kHz stereo FLAC and made a FLAC at the
loudness asked for (default -14 LUFS, -1 dBTP): by gst-master-1.0 with the presets transparent and gentle, and by loudnorm with the
figures of a first pass and linear=true, which turns dynamic by itself where the peaks are in the way. A second row each has 30 s of
silence first. CPU time of everything, held on one core, in times of real time; loudness and true peak of the decoded file by definition
(tests/tools/judge.py). Figures only: nothing passes or fails."""
import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile


SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'tools'))
import judge  # noqa: E402


ONE_CORE = ['taskset', '-c', str(max(os.sched_getaffinity(0)))]


def cpu(run):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    note = run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, note


def ours(preset, lufs):
    def run(source, out):
        r = subprocess.run([*ONE_CORE, 'gst-master-1.0', '-q', '-y', '--preset', preset, '--loudness', str(lufs), '--ceiling', '-1', '--max-limiting', '12',
                            '-o', out, source], capture_output=True, text=True)
        return '' if r.returncode == 0 else (r.stderr.strip().splitlines() or ['failed'])[-1]
    return run


def loudnorm(lufs):
    def run(source, out):
        asked = f'loudnorm=I={lufs}:TP=-1:LRA=20'
        first = subprocess.run([*ONE_CORE, 'ffmpeg', '-nostdin', '-threads', '1', '-i', source, '-af', asked + ':print_format=json', '-f', 'null', '-'],
                               capture_output=True, text=True).stderr
        m = json.loads(re.search(r'\{[^{}]*\}', first[first.rindex('Parsed_loudnorm'):]).group(0))
        second = subprocess.run([*ONE_CORE, 'ffmpeg', '-y', '-nostdin', '-threads', '1', '-i', source, '-af', asked + f':linear=true:measured_I={m["input_i"]}:'
                                 f'measured_TP={m["input_tp"]}:measured_LRA={m["input_lra"]}:measured_thresh={m["input_thresh"]}:offset={m["target_offset"]}'
                                 ':print_format=json', '-threads', '1', out], capture_output=True, text=True)
        kind = json.loads(re.search(r'\{[^{}]*\}', second.stderr[second.stderr.rindex('Parsed_loudnorm'):]).group(0))
        return kind['normalization_type'] if second.returncode == 0 else 'failed'
    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=180)
    parser.add_argument('--loudness', type=float, default=-14)
    parser.add_argument('files', nargs='*')
    o = parser.parse_args()
    files = o.files or [subprocess.run([os.path.join(SOURCE, 'tests', 'song')], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()]
    rows = [('gst-master-1.0, transparent', ours('transparent', o.loudness)), ('gst-master-1.0, gentle', ours('gentle', o.loudness)),
            ('ffmpeg loudnorm, two passes', loudnorm(o.loudness))]
    if not shutil.which('gst-master-1.0'):
        sys.exit('tests/bench/loudnorm.py: there is no gst-master-1.0: run it in `meson devenv -C build`, or install it')
    with tempfile.TemporaryDirectory(prefix='loudnorm-') as directory:
        for file in files:
            for silence in (0, 30):
                source, out = os.path.join(directory, 'in.flac'), os.path.join(directory, 'out.flac')
                subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-y', '-stream_loop', '9', '-i', file, '-af', f'adelay={silence * 1000}:all=1',
                                '-t', str(o.seconds), '-ar', '44100', '-ac', '2', '-sample_fmt', 's32', source], check=True)
                print(f'\n{os.path.basename(file)}{", 30 s of silence first" if silence else ""}, {o.seconds:g} s, to {o.loudness:g} LUFS, -1 dBTP')
                print(f'  {"":30} {"x real time":>12} {"LU off":>8} {"dBTP":>8} {"rate":>8}')
                for name, run in rows:
                    if os.path.exists(out):
                        os.remove(out)
                    seconds, note = cpu(lambda: run(source, out))
                    if not os.path.exists(out):
                        print(f'  {name:30} {"":12} no file: {note}')
                        continue
                    rate, x = judge.decode(out)
                    print(f'  {name:30} {o.seconds / seconds:12.1f} {judge.loudness(x, rate) - o.loudness:+8.3f} '
                          f'{judge.true_peak(x, rate, judge.true_peak_factor(rate)):8.2f} {rate:8} {note}', flush=True)


if __name__ == '__main__':
    main()
