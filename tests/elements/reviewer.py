#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a reviewer types first: each element of the plugin in gst-launch-1.0, which has to be silent at GST_DEBUG=*:WARN.

    tests/elements/reviewer.py SOURCE_DIR BUILD_DIR

Elements come from gst-inspect-1.0, so a new one is covered by being there. Speaks TAP.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import wave

STEREO = 'audio/x-raw,channels=2'
SOURCE = 'audiotestsrc num-buffers=50 {} ! ' + STEREO
BAD = re.compile(r'WARN|ERROR|CRITICAL|FIXME|assertion|Caught SIG', re.I)
# What GStreamer's own files and parsers say of themselves
OTHERS = re.compile(r' (basesrc|wavenc|wavparse|flacdec|flacparse|default gsttypefindhelper)')
PLAIN_FRAMES = 12345


def wav(path, frames=PLAIN_FRAMES, rate=44100, channels=2):
    with wave.open(path, 'wb') as f:
        f.setnchannels(channels)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(bytes((i * 37 + i // 7) % 251 if i % 2 == 0 else (i // 9) % 64 for i in range(frames * channels * 2)))


class Reviewer:
    def __init__(self, build, directory):
        self.directory = directory
        self.env = dict(os.environ, LC_ALL='C.UTF-8', GST_DEBUG='*:WARN', GST_DEBUG_NO_COLOR='1', G_DEBUG='fatal-criticals',
                        GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst'), GST_REGISTRY=os.path.join(directory, 'registry'))

    def run(self, command, timeout=30, **env):
        try:
            done = subprocess.run(['timeout', '-k', '1', str(timeout), 'bash', '-c', 'set -o pipefail; ' + command], cwd=self.directory,
                                  env=dict(self.env, **env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=timeout + 3)
        except subprocess.TimeoutExpired:
            return 124, f'did not end within {timeout} s'
        return done.returncode, done.stdout.decode(errors='replace')

    def good(self, command, **env):
        """None, or what is wrong: it has to succeed and to be silent"""
        status, out = self.run('gst-launch-1.0 ' + command, **env)
        if status:
            return f'exit status {status}\n{out[-1500:]}'
        bad = [line for line in out.splitlines() if BAD.search(line) and not OTHERS.search(re.sub(' +', ' ', line))]
        return 'complains:\n' + '\n'.join(bad[:8]) if bad else None

    def error(self, command):
        """status and text of a pipeline that may end in an error. gst-launch-1.0 1.22 now and then waits for ever after an
        error while prerolling, with GStreamer's own elements too: then it is ended, and the error that it said counts."""
        status, out = self.run('timeout -s KILL 5 gst-launch-1.0 ' + command, GST_DEBUG='0')
        return 1 if status in (137, -9) and 'ERROR: from element' in out else status, out

    def elements(self):
        status, out = self.run('gst-inspect-1.0 mastering')
        return sorted(re.findall(r'^  (\w+): ', out, re.M)) if status == 0 else []

    def plugin(self):
        names = self.elements()
        yield 'gst-inspect-1.0 mastering lists elements', None if names else 'none'
        _, out = self.run('gst-inspect-1.0 -b')
        yield 'no plugin is blacklisted', None if 'mastering' not in out else out
        status, out = self.run('gst-inspect-1.0 mastering | grep Filename')
        yield 'the plugin is the one just built', None if self.env['GST_PLUGIN_PATH_1_0'] in out else out
        for name in names:
            status, _ = self.run(f'gst-inspect-1.0 --exists {name}')
            yield f'gst-inspect-1.0 --exists {name}', None if status == 0 else f'status {status}'

    def element(self, name):
        def check(what, why):
            return f'{name}: {what}', why

        status, out = self.run(f'gst-inspect-1.0 {name}')
        wrong = [w for w in ('Author', 'Klass', 'Rank') if w not in out]
        yield check('gst-inspect-1.0 explains it', None if status == 0 and not wrong else out[:500])
        yield check('rank none', None if re.search(r'Rank\s+none \(0\)', out) else 'not none')

        for round_ in ('once', 'again'):
            why = self.good(SOURCE.format('') + f' ! {name} ! {name} ! fakesink')
            yield check(f'two in series, {round_}', why)
        status, out = self.run('gst-launch-1.0 -v ' + SOURCE.format('') + f' ! {name} ! {name} ! fakesink silent=false')
        disconts = [line for line in out.splitlines() if 'last-message = chain' in line and 'discont' in line.lower()]
        yield check('two in series: only the first buffer is DISCONT', None if len(disconts) <= 1 else '\n'.join(disconts[:3]))
        for frames in (1, 48000):
            yield check(f'buffers of {frames} frames', self.good(
                SOURCE.format(f'samplesperbuffer={frames}').replace('=50', '=50' if frames > 1 else '=5000') + f' ! {name} ! fakesink'))
        yield check('no buffer at all', self.good(f'audiotestsrc num-buffers=0 ! {STEREO} ! {name} ! fakesink'))
        status, out = self.error(f'filesrc location=a.wav ! {name} ! fakesink')
        yield check('bytes without caps: an error, no crash', None if status == 1 and 'ERROR' in out else f'{status}\n{out[-400:]}')
        for extension in ('wav', 'flac'):
            copy = f'{name}-{extension}.wav'
            why = self.good(f'filesrc location=a.{extension} ! decodebin ! audioconvert ! {name} ! audioconvert ! '
                            f'audio/x-raw,format=S16LE ! wavenc ! filesink location={copy}')
            if why is None:
                with wave.open(os.path.join(self.directory, copy), 'rb') as f:
                    frames = f.getnframes()
                why = None if frames == PLAIN_FRAMES else f'{frames} frames out for {PLAIN_FRAMES}'
            yield check(f'{extension} in, frames in = frames out', why)
        status, out = self.run(f'gst-launch-1.0 playbin uri=file://$PWD/a.flac audio-filter={name} audio-sink=fakesink')
        yield check('as audio-filter of playbin', None if status == 0 and 'CRITICAL' not in out else out[-500:])
        for caps in ('format=F32LE,layout=interleaved', 'format=F64LE,layout=interleaved', 'format=F32LE,layout=non-interleaved',
                     'format=F64LE,layout=non-interleaved,rate=192000', 'format=F32LE,rate=8000', 'format=F64LE,rate=384000'):
            yield check(caps, self.good('audiotestsrc num-buffers=20 ! audioconvert ! '
                                        f'{STEREO},{caps} ! {name} ! fakesink'))
        for channels in (1, 6, 64):
            caps = f'audio/x-raw,channels={channels},format=F32LE' + (',"channel-mask=(bitmask)0"' if channels == 64 else '')
            status, out = self.error(f'audiotestsrc num-buffers=10 ! {caps} ! {name} ! fakesink')
            remedy = re.search(rf'{name}: .*stereo', out)
            ok = (status == 0) or (status == 1 and remedy and 'not-negotiated' not in out.split('\n')[2:3])
            yield check(f'{channels} channels: works, or says what to do', None if ok else out[-600:])
        yield check('without ORC\'s compiler', self.good(SOURCE.format('') + f' ! {name} ! fakesink', ORC_CODE='backup'))
        status, out = self.run('gst-launch-1.0 ' + SOURCE.format('') + f' ! {name} ! fakesink',
                               GST_TRACERS='leaks', GST_DEBUG='GST_TRACER:7')
        leaks = [line for line in out.splitlines() if 'object-alive, ' in line and 'format string' not in line]
        yield check('leaks nothing', None if status == 0 and not leaks else '\n'.join(leaks[:5]) or out[-300:])
        if 'Analyzer' in self.run(f'gst-inspect-1.0 {name}')[1]:
            status, out = self.run('gst-launch-1.0 -m ' + SOURCE.format('') + f' ! {name} ! fakesink')
            finals = [line for line in out.splitlines() if 'final=(boolean)true' in line]
            yield check('one final message', None if len(finals) == 1 else f'{len(finals)}')


def main():
    build = os.path.abspath(sys.argv[2])
    number = failed = 0
    with tempfile.TemporaryDirectory(prefix='reviewer-') as directory:
        reviewer = Reviewer(build, directory)
        wav(os.path.join(directory, 'a.wav'))
        status, out = reviewer.run('gst-launch-1.0 -q filesrc location=a.wav ! wavparse ! audioconvert ! flacenc ! filesink location=a.flac')
        assert status == 0, out
        jobs = [reviewer.plugin] + [lambda name=name: reviewer.element(name) for name in reviewer.elements()]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for results in pool.map(lambda job: list(job()), jobs):
                for what, why in results:
                    number += 1
                    failed += why is not None
                    print(f'{"not " if why else ""}ok {number} - {what}')
                    for line in (why or '').splitlines():
                        print('# ' + line)
    print(f'1..{number}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
