# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests on real music share: checks as TAP, the songs, an environment with this build's plugin."""
import os
import subprocess
import sys

counts = {True: 0, False: 0}


def check(what, good, detail=''):
    counts[bool(good)] += 1
    text = ' '.join(str(detail).split())
    print(f'{"" if good else "not "}ok {sum(counts.values())} - {what}' + (f': {text}' if text else ''), flush=True)


def done():
    """The plan; the exit status."""
    print(f'1..{sum(counts.values())}')
    return counts[False] > 0


def song(source, *name):
    """Path of a song (see tests/song); where it cannot be had the test ends here, skipped."""
    found = subprocess.run([os.path.join(source, 'tests', 'song'), *name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if found.returncode:
        print('1..0 # SKIP the song could not be fetched')
        sys.exit(0)
    return found.stdout.strip()


def environment(build, directory, **more):
    return dict(os.environ, GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst'), GST_REGISTRY=os.path.join(directory, 'registry'), LC_ALL='C.UTF-8', **more)
