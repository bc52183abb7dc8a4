#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 with several files: what a second core gives, and the memory it takes.

    tests/bench/batch.py [--files N] [--preset NAME] [FILE]     (in `meson devenv -C build`, or installed)

FILE (default: the song of tests/song) is made FLAC, 44.1 kHz, stereo, and mastered N times (default 6): --jobs 1 on one core, --jobs 2 on
two, three rounds in turn. Times of real time, their ratio, and the largest resident memory of a process. Figures only."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def timed(cores, *args):
    """(seconds, largest memory in MB)"""
    start = time.monotonic()
    child = subprocess.Popen(['taskset', '-c', cores, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f'{" ".join(args)}: status {status}')
    return time.monotonic() - start, usage.ru_maxrss / 1024


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('file', nargs='?')
parser.add_argument('--files', type=int, default=6)
parser.add_argument('--preset', default='gentle')
options = parser.parse_args()
song = options.file or subprocess.run([os.path.join(SOURCE, 'tests', 'song')], capture_output=True, text=True, check=True).stdout.strip()
if os.cpu_count() < 2:
    sys.exit('two cores are needed')
with tempfile.TemporaryDirectory(prefix='batch-') as folder:
    first = os.path.join(folder, '0.flac')
    subprocess.run(['ffmpeg', '-v', 'error', '-i', song, '-ar', '44100', '-ac', '2', '-sample_fmt', 's16', first], check=True)
    seconds = float(subprocess.run(['ffprobe', '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', first],
                                   capture_output=True, text=True, check=True).stdout)
    names = [first] + [shutil.copy(first, os.path.join(folder, f'{k}.flac')) for k in range(1, options.files)]
    out = os.path.join(folder, 'out')
    os.mkdir(out)
    tool = ['gst-master-1.0', *names, '-o', out, '-y', '-q', '--preset', options.preset, '--max-limiting', '24', '--jobs']
    best = {}
    for _ in range(3):
        for label, cores in (('1', '0'), ('2', '0,1')):
            wall, memory = timed(cores, *tool, label)
            best[label] = min(best.get(label, (9e9, 0)), (wall, memory))
    for label, (wall, memory) in best.items():
        print(f'{label} core{"s" if label == "2" else " "}: {options.files * seconds / wall:6.1f} x real time, {memory:.0f} MB a process at most')
    print(f'ratio: {best["1"][0] / best["2"][0]:.2f}')
