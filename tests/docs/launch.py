#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every command that the documentation shows, and speaks TAP.

    tests/docs/launch.py SOURCE_DIR BUILD_DIR [FILE...]

Taken from README.md, docs/*.md, examples/* and the `|[ … ]|` blocks of gst/elements/*.c: whatever starts with gst-launch-1.0,
gst-inspect-1.0 or gst-master-1.0 (the first word of a line of code, or inline code), with its continuation lines.
A command passes if it ends by itself with status 0 and prints no error, warning or critical; if every file it names as output
is there and not empty. A line whose block is marked ```sh fails has to fail with a message instead.
Commands of one page run in order in one directory. Input files that a page uses are made before: seconds of synthetic music in
the format of the name. Microphones, speakers and displays are replaced: see SUBSTITUTES.
"""
import concurrent.futures
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import wave

TOOLS = 'gst-launch-1.0|gst-inspect-1.0|gst-master-1.0'
BEGIN = re.compile(rf'^\s*(?:[$#] )?((?:(?:GST|ORC|G|LC)_[A-Z_]+=\S+ )*(?:[\w./-]*/)?(?:{TOOLS})\b.*)')
INLINE = re.compile(rf'`((?:{TOOLS}) [^`]+)`')
SOURCE_LIVE = 'audiotestsrc is-live=true num-buffers=100 wave=pink-noise'
SUBSTITUTES = [
    (r'\b(?:autoaudiosrc|pulsesrc|alsasrc|jackaudiosrc|pipewiresrc)\b(?: device=\S+)?', SOURCE_LIVE),
    (r'\b(?:autoaudiosink|pulsesink|alsasink|jackaudiosink|pipewiresink)\b(?: device=\S+)?', 'fakesink sync=false'),
    (r'\bautovideosink\b', 'fakesink'),
]
BAD = re.compile(r'^(ERROR|WARNING|FIXME)|^erroneous pipeline|-(CRITICAL|WARNING) \*\*|GStreamer-WARNING|Assertion|No such element',
                 re.M)
SECONDS_MAX = 120
FORMATS = {
    'flac': 'audioconvert ! flacenc', 'ogg': 'audioconvert ! vorbisenc ! oggmux', 'mp3': 'audioconvert ! lamemp3enc',
    'opus': 'audioconvert ! audioresample ! opusenc ! oggmux', 'aiff': 'audioconvert ! avenc_pcm_s16be ! avmux_aiff',
    'mka': 'audioconvert ! flacenc ! matroskamux', 'mkv': 'audioconvert ! flacenc ! matroskamux',
}
AUDIO = r'[\w./-]+\.(?:wav|flac|ogg|opus|mp3|aiff|mka|mkv)'


def commands(path):
    """(line number, command, must fail) for each command that `path` shows"""
    with open(path, encoding='utf-8') as f:
        lines = f.read().split('\n')
    markdown, c_code = path.endswith('.md'), path.endswith('.c')
    code, fails, number = not (markdown or c_code), False, 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if c_code:
            line = re.sub(r'^ \* ?', '', line)
            if '|[' in line or ']|' in line:
                code = '|[' in line
                line = re.sub(r'.*\|\[|\]\|.*', '', line)
        elif markdown and re.match(r'^\s*```', line):
            code, fails = not code, 'fails' in line
            continue
        begin = BEGIN.match(line) if code or (markdown and line.startswith('    ')) else None
        if begin:
            first, text = number, begin.group(1)
            while text.rstrip().endswith('\\') or text.count("'") % 2 or text.count('"') % 2:
                if number >= len(lines):
                    break
                more = re.sub(r'^ \* ?', '', lines[number]) if c_code else lines[number]
                if more.strip().startswith('```'):
                    break
                text = (text.rstrip()[:-1] + ' ' if text.rstrip().endswith('\\') else text + '\n') + more.strip()
                number += 1
            yield first, text.strip(), fails
        elif markdown and not code:
            for inline in INLINE.findall(line):
                if ' ! ' in inline or inline.startswith('gst-inspect') or re.search(AUDIO, inline):
                    yield number, inline, False


def music(path, seconds=8, rate=44100):
    """A plain tune with beats: bass, chord, hits; stereo, 16 bit, crest factor about that of a mix."""
    import numpy as np
    t = np.arange(int(seconds * rate)) / rate
    beat = np.exp(-((t * 2) % 1) * 9)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((2, t.size)) * np.exp(-((t * 4 + 0.5) % 1) * 25) * 0.1
    chord = sum(np.sin(2 * np.pi * f * t + i) for i, f in enumerate((220.0, 277.2, 329.6, 440.0, 1318.5))) * 0.05
    kick = np.sin(2 * np.pi * 55 * t) * beat * 0.35
    left, right = kick + chord + noise[0], kick + np.roll(chord, 200) + noise[1]
    out = np.round(np.clip(np.stack((left, right), 1), -1, 1) * 32767).astype('<i2')
    with wave.open(path, 'wb') as f:
        f.setnchannels(2)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(out.tobytes())


def outputs(command):
    """names of the files that a command writes"""
    names = re.findall(rf'(?:file|multifile|wav)sink\s[^!]*?location="?({AUDIO}|[\w./-]+)"?', command)
    if 'gst-master-1.0' in command:
        words = shlex.split(command, comments=True)
        names += [words[i + 1] for i, word in enumerate(words[:-1]) if word in ('-o', '--output', '--plot')]
        names += [words[i + 1].replace('.', f'-{which}.') for i, word in enumerate(words[:-1]) if word == '--ab' for which in ('before', 'after')]
    return [name for name in names if not name.startswith('/dev/')]


def here(command):
    """the command for this machine and directory"""
    for pattern, by in SUBSTITUTES:
        command = re.sub(pattern, by, command)
    return command.replace('file:///path/to', 'file://$PWD')


def prepare(directory, command, song, env):
    """makes the input files that a command names and that are not there"""
    for name in dict.fromkeys(re.findall(rf'(?:(?<![\w./-])|\$PWD/)({AUDIO})(?![\w-])', command)):
        path = os.path.join(directory, name)
        if name in outputs(command) or f'--ab {name}' in command or name.startswith('/') or os.path.exists(path) or 'missing' in name:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        extension = name.rsplit('.', 1)[1]
        if extension == 'wav':
            shutil.copy(song, path)
        elif extension == 'flac' or shutil.which('ffmpeg') is None:
            subprocess.run(['gst-launch-1.0', '-q', 'filesrc', f'location={song}', '!', 'wavparse', '!',
                            *FORMATS[extension].split(), '!', 'filesink', f'location={path}'], check=True, env=env)
        else:
            subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-y', '-i', song, path], check=True)


def run(directory, command, fails, env):
    """None if all is well, else why not"""
    # (gst-launch-1.0 1.22 now and then waits for ever after an error while prerolling: then once more)
    for limit in (10, 10, SECONDS_MAX) if fails else (SECONDS_MAX,):
        try:
            done = subprocess.run(['timeout', '-s', 'KILL', str(limit), 'bash', '-c', 'set -o pipefail; ' + command], cwd=directory,
                                  env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit + 5)
            if done.returncode != -9:
                break
        except subprocess.TimeoutExpired:
            pass
    else:
        return f'did not end within {SECONDS_MAX} s'
    out = done.stdout.decode(errors='replace')
    if fails:
        if done.returncode == 0:
            return 'succeeded, but is said to fail'
        return None if out.strip() and done.returncode > 0 else f'failed without a message (status {done.returncode})'
    if done.returncode != 0:
        return f'exit status {done.returncode}\n{out[-1500:]}'
    if BAD.search(out):
        return 'complains\n' + '\n'.join(line for line in out.splitlines() if BAD.search(line))[:1500]
    for name in outputs(command):
        path = os.path.join(directory, name)
        if not (os.path.exists(path) and os.path.getsize(path) > 0) and '%' not in name:
            return f'{name} was not written'
    return None


def page(source, path, song, env):
    results = []
    shown = os.path.relpath(path, source)
    with tempfile.TemporaryDirectory(prefix='launch-') as directory:
        own = dict(env, GST_REGISTRY=os.path.join(directory, '.registry'))
        for number, command, fails in commands(path):
            try:
                adapted = here(command)
                prepare(directory, adapted, song, own)
                why = run(directory, adapted, fails, own)
            except (subprocess.CalledProcessError, ValueError) as error:
                why = str(error)
            results.append((f'{shown}:{number}: {command}', why))
    return results


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    files = sys.argv[3:] or [f for pattern in ('README.md', 'docs/*.md', 'examples/*', 'gst/elements/*.c')
                             for f in sorted(glob.glob(os.path.join(source, pattern))) if os.path.isfile(f)]
    env = dict(os.environ, LC_ALL='C.UTF-8', G_DEBUG='fatal-criticals', NO_COLOR='1',
               GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst'),
               GST_MASTERING_DATA_PATH=os.path.join(source, 'gst', 'data'),
               GST_PRESET_PATH=os.path.join(source, 'gst', 'data', 'presets'),
               PATH=os.path.join(build, 'gst', 'tools') + ':' + os.environ['PATH'])
    number = failed = 0
    with tempfile.TemporaryDirectory(prefix='song-') as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        song = os.path.join(directory, 'song.wav')
        music(song)
        for results in pool.map(lambda path: page(source, path, song, env), map(os.path.abspath, files)):
            for what, why in results:
                number += 1
                failed += why is not None
                print(f'{"not " if why else ""}ok {number} - ' + re.sub(r'\s*\n\s*', ' ', what).replace('#', '\\#'))
                for line in (why or '').splitlines():
                    print('# ' + line)
                sys.stdout.flush()
    print(f'1..{number}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
