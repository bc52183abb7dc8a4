#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CPU seconds per minute of audio, ours and what else is installed, in one run. Figures only: nothing passes or fails.

    tests/bench/speed.py [--rounds N] [--only GROUP] [FILE]        (in `meson devenv -C build`, or with the plugin installed)

FILE (default: the song of tests/song) is decoded to 48 kHz stereo F32 and cut or repeated to two minutes. Each row is run N times
(default 5), the rows of a group in turn so that a busy machine hits all alike; what counts is the least user + system time of
the whole process, less that of the same program doing nothing (identity, anull), per minute of audio.
Peers that are not installed are left out by name. Debian: lsp-plugins-lv2 x42-plugins calf-plugins gstreamer1.0-plugins-bad.
"""
import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

MINUTES = 2
BELLS = [(60, 3), (150, -3), (400, 3), (1000, -3), (2500, 3), (6000, -3), (10000, 3), (16000, -3)]


def gst(elements):
    return ('gst-launch-1.0 -q filesrc location={file} ! wavparse ! ' + elements + ' ! fakesink', 'gst')


def ffmpeg(filters, tail='-f null -'):
    return ('ffmpeg -nostdin -v error -threads 1 -filter_threads 1 -i {file} -af "' + filters + '" ' + tail, 'ffmpeg')


def sox(effects):
    return ('sox {file} -n ' + effects, 'sox')


def lsp_bells():
    name = 'lsp-plug-in-plugins-lv2-para-equalizer-x16-stereo'
    return f'{name} enabled=true ' + ' '.join(
        f'ft-{i}=1 fm-{i}=1 f-{i}={f} g-{i}={10 ** (g / 20):.4f} q-{i}=1' for i, (f, g) in enumerate(BELLS))


FF_EQ = ','.join(f'equalizer=f={f}:t=q:w=1:g={g}' for f, g in BELLS)
FF_BANDS = ('acrossover=split=120 1000 6000:order=4th[a][b][c][d];' + ''.join(
    f'[{x}]acompressor=threshold=-30dB:ratio=2:attack=10:release=100[{x}{x}];' for x in 'abcd') + '[aa][bb][cc][dd]amix=inputs=4:normalize=0')
FF_LIMIT = 'aresample=192000,volume=6dB,alimiter=limit=-1dB:level=0,aresample=48000'
EQ = 'masteringeq bands="' + '; '.join(f'bell {f} {g} q=1' for f, g in BELLS) + '"'
BANDS = 'multibandcomp num-bands=4 ' + ' '.join(f'band{i}::threshold=-30 band{i}::ratio=2 band{i}::attack=10 band{i}::release=100'
                                                for i in range(4))
LIMIT = 'truepeaklimiter ceiling=-1 input-gain=6'
MS = 'msmatrix width=1.2 mono-below=120'
DITHER = 'tpdfdither bits=16 ! audio/x-raw,format=S16LE'
GROUPS = {
    'EQ, 8 bells': [
        ('masteringeq', gst(EQ)),
        ('LSP para-equalizer x16', gst(lsp_bells())),
        ('equalizer-nbands', gst('equalizer-nbands num-bands=10 ' + ' '.join(
            f'band{i + 1}::freq={f} band{i + 1}::bandwidth={f} band{i + 1}::gain={g}' for i, (f, g) in enumerate(BELLS)))),
        ('ffmpeg equalizer', ffmpeg(FF_EQ)),
        ('sox equalizer', sox(' '.join(f'equalizer {f} 1q {g}' for f, g in BELLS))),
    ],
    'multiband, 4 bands': [
        ('multibandcomp', gst(BANDS)),
        ('Calf MultibandCompressor', gst('calf-sourceforge-net-plugins-MultibandCompressor')),
        ('ffmpeg acrossover, acompressor', ffmpeg(FF_BANDS)),
        ('sox mcompand', sox('mcompand "0.01,0.1 6:-30,-15" 120 "0.01,0.1 6:-30,-15" 1000 "0.01,0.1 6:-30,-15" 6000 "0.01,0.1 6:-30,-15"')),
    ],
    'limiter, +6 dB': [
        ('truepeaklimiter', gst(LIMIT)),
        ('LSP limiter, half x4', gst('lsp-plug-in-plugins-lv2-limiter-stereo enabled=true ovs=6 g-in=2 th=0.891')),
        ('ffmpeg alimiter in 4x', ffmpeg(FF_LIMIT)),
        ('rglimiter (no true peak)', gst('volume volume=2 ! rglimiter')),
    ],
    'meter with true peak': [
        ('r128meter', gst('r128meter')),
        ('r128meter engine=libebur128', gst('r128meter engine=libebur128')),
        ('ffmpeg ebur128=peak=true', ffmpeg('ebur128=peak=true:framelog=verbose')),
    ],
    'meter without true peak': [
        ('r128meter', gst('r128meter true-peak=false')),
        ('ffmpeg ebur128', ffmpeg('ebur128=framelog=verbose')),
    ],
    'mid/side width': [
        ('msmatrix', gst('msmatrix width=1.2')),
        ('audioconvert mix-matrix', gst('audioconvert mix-matrix="<<(float)1.1,(float)-0.1>,<(float)-0.1,(float)1.1>>" ! '
                                        'audio/x-raw,channels=2')),
        ('ffmpeg pan', ffmpeg('pan=stereo|c0=1.1*c0-0.1*c1|c1=1.1*c1-0.1*c0')),
        ('volume (for scale)', gst('volume volume=0.5')),
    ],
    'dither to 16 bit': [
        ('tpdfdither', gst(DITHER)),
        ('audioconvert tpdf', gst('audioconvert dithering=tpdf ! audio/x-raw,format=S16LE')),
        ('ffmpeg triangular', ffmpeg('aresample=osf=s16:dither_method=triangular', '-c:a pcm_s16le -f null -')),
    ],
    'the whole chain': [
        ('the six elements', gst(' ! '.join((EQ, BANDS, MS, LIMIT, 'r128meter', DITHER)))),
        ('ffmpeg', ffmpeg(','.join((FF_EQ, FF_BANDS, FF_LIMIT, 'aformat=channel_layouts=stereo', 'ebur128=peak=true:framelog=verbose',
                                    'aresample=osf=s16:dither_method=triangular')))),
    ],
}
IDLE = {'gst': gst('identity')[0], 'ffmpeg': ffmpeg('anull')[0], 'sox': sox('')[0]}


def cpu(command):
    """user + system seconds of a command and its children, or None if it fails"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(['bash', '-c', command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return None if done.returncode else after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--only', default='')
    parser.add_argument('file', nargs='?')
    options = parser.parse_args()
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    song = options.file or subprocess.run([os.path.join(source, 'tests', 'song')], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    model = re.search(r'model name\s*: (.*)', open('/proc/cpuinfo').read())
    print(f'{os.path.basename(song)}, 48 kHz stereo F32, {MINUTES} min; {model.group(1) if model else "?"}; CPU s per minute of audio, '
          f'least of {options.rounds}, less an empty pipeline')
    with tempfile.TemporaryDirectory(prefix='speed-') as directory:
        file = os.path.join(directory, 'in.wav')
        subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-stream_loop', '9', '-i', song, '-t', str(60 * MINUTES), '-ar', '48000', '-ac', '2',
                        '-c:a', 'pcm_f32le', file], check=True)
        idle = {}
        for kind, command in IDLE.items():
            times = [cpu(command.format(file=file)) for _ in range(options.rounds)] if shutil.which(command.split()[0]) else [None]
            idle[kind] = min((t for t in times if t is not None), default=0.0)
        for group, rows in GROUPS.items():
            if options.only not in group:
                continue
            best, absent = {}, []
            for round_ in range(options.rounds):
                for name, (command, kind) in rows:
                    if name in absent:
                        continue
                    seconds = cpu(command.format(file=file))
                    if seconds is None:
                        absent.append(name)
                    else:
                        best[name] = min(best.get(name, 1e9), (seconds - idle[kind]) / MINUTES)
            print(f'\n{group}')
            ours = best.get(rows[0][0])
            for name, _ in rows:
                if name in best:
                    ratio = f'{best[name] / ours:8.1f} x' if ours and ours > 0 else ''
                    print(f'  {name:34} {best[name]:8.4f} {ratio}')
                else:
                    print(f'  {name:34} not here')
            sys.stdout.flush()


if __name__ == '__main__':
    main()
