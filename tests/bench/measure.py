# SPDX-License-Identifier: LGPL-2.1-or-later
"""How tests/bench/run measures: CPU time of a process on one core, instructions by callgrind, and where they are spent."""
import collections
import concurrent.futures
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import threading

QUIET = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
CORE = max(os.sched_getaffinity(0))
TIMEOUT = 600


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_model():
    with open('/proc/cpuinfo') as f:
        text = f.read()
    fields = {k: (re.search(rf'^{k}\s*: (.*)', text, re.M) or [None, '?'])[1] for k in ('model name', 'cpu family', 'model', 'cpu MHz')}
    flags = re.search(r'^(?:flags|Features)\s*: (.*)', text, re.M)
    has = [f for f in ('sse4_2', 'avx2', 'fma', 'avx512f', 'asimd') if flags and f in flags[1].split()]
    return f'{fields["model name"]} (family {fields["cpu family"]}, model {fields["model"]}; {", ".join(has)})'


def alone():
    """on the one core, ahead of everything else there where that is allowed: whoever comes between leaves cold caches"""
    os.sched_setaffinity(0, {CORE})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass


def cpu(command, env=None):
    """user + system seconds of a command and its children on the one core, or None if it fails or does not end"""
    process = subprocess.Popen(shlex.split(command), env={**os.environ, **(env or {})}, preexec_fn=alone, **QUIET)
    guard = threading.Timer(TIMEOUT, process.kill)      # a plugin may spin for ever
    guard.start()
    try:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    finally:                    # Ctrl-C leaves nothing behind
        guard.cancel()
        if process.returncode is None:
            process.kill()
            process.wait()
    return used.ru_utime + used.ru_stime if status == 0 else None


def output(command, env=None, seconds=TIMEOUT, is_alone=False):
    """what a command prints, both ways, or None if it fails or does not end"""
    try:
        done = subprocess.run(shlex.split(command), env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace', timeout=seconds, preexec_fn=alone if is_alone else None)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def decode(source, raw, rate=48000, channels=2):
    """@source as interleaved floats in the file @raw; no peer is needed for it. Whether that worked and there is sound."""
    taken = output(f'gst-launch-1.0 -q filesrc location="{source}" ! decodebin ! audioconvert ! audioresample quality=10 ! '
                   f'audio/x-raw,format=F32LE,layout=interleaved,rate={rate},channels={channels} ! filesink location="{raw}"')
    return taken is not None and os.path.getsize(raw) > 0


def piece(raw, path, seconds, start=0, rate=48000, channels=2):
    """@seconds of a file of decode (), from its beginning again as often as that takes, as WAV, or as it is where @path ends in .raw"""
    frame = 4 * channels
    size, left = os.path.getsize(raw) // frame * frame, round(seconds * rate) * frame
    with open(raw, 'rb') as source, open(path, 'wb') as file:
        if not path.endswith('.raw'):
            file.write(b'RIFF' + struct.pack('<I', 36 + left) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 3, channels, rate, rate * frame, frame, 32)
                       + b'data' + struct.pack('<I', left))
        source.seek(round(start * rate) * frame % size)
        while left > 0:
            part = source.read(min(left, size, 1 << 24))
            if not part:
                source.seek(0)
            file.write(part)
            left -= len(part)


def callgrind(command, env=None):
    """instructions by (object, function) of a whole run, or None. ORC's machine code has no name of its own: it gets its caller's."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'out')
        words = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={file}', '--compress-strings=no', '--compress-pos=no',
                 *shlex.split(command)]
        try:
            done = subprocess.run(words, env={**os.environ, **(env or {})}, timeout=TIMEOUT, **QUIET)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode or not os.path.exists(file):
            return None
        counts, names = collections.Counter(), {}
        home = where = function = callee = ''
        skip = False
        with open(file, errors='replace') as f:
            for line in f:
                if skip:
                    skip = False
                elif line.startswith('ob='):
                    where = os.path.basename(line[3:].strip())
                elif line.startswith('fl='):
                    home = os.path.basename(line[3:].strip())
                elif line.startswith('fn='):
                    function = line[3:].strip()
                elif line.startswith('cfn='):
                    callee = line[4:].strip()
                elif line.startswith('calls='):
                    skip = True
                    if callee.startswith('0x') and 'orc_' in function:
                        names[callee] = function + ' (compiled by ORC)'
                elif line[:1].isdigit():
                    counts[(where, home, function)] += int(line.split()[1])
        merged = collections.Counter()
        for (where, home, function), n in counts.items():
            merged[(where, home, names.get(function, function))] += n
        return merged


def all_callgrind(jobs):
    """callgrind of many (command, env) at once, a core each: instructions do not mind the noise"""
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        try:
            return list(pool.map(lambda job: callgrind(*job), jobs))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)      # what has not begun does not begin
            raise


def per_frame(rows):
    """instructions a frame by function, for each of @rows (command, short file, long file, frames between them, env): a run over the long file less
    one over the short"""
    counted = all_callgrind([(command.replace('{file}', file), env) for command, short, long, _, env in rows for file in (short, long)])
    return [None if few is None or many is None else collections.Counter({k: (n - few[k]) / row[3] for k, n in many.items() if n != few[k]})
            for row, few, many in zip(rows, counted[::2], counted[1::2])]
