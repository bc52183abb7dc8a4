# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/bench/run compares: groups of rows, each a program on a file. The first row of a group is what its ratios refer to."""
import shutil
import subprocess

BELLS = [(60, 3), (150, -3), (400, 3), (1000, -3), (2500, 3), (6000, -3), (10000, 3), (16000, -3)]
TONES = (60, 350, 2500, 11000)          # one in each band
BASELINE = {'GST_MASTERING_ISA': 'baseline', 'ORC_CODE': '-sse3,-ssse3,-sse41,-sse42'}
F64 = 'audioconvert dithering=none ! audio/x-raw,format=F64LE,layout=interleaved'


class Row:
    """@body in a program of @kind (gst, ffmpeg, sox); @idle: the same with nothing to do, where the quality of the group needs it;
    @mono: it takes one channel, so it runs on a mono file and its cost counts twice"""

    def __init__(self, name, kind, body, env=None, idle=None, mono=False, ends_in_s16=False):
        self.name, self.kind, self.body, self.env, self.idle, self.mono = name, kind, body, env, idle, mono
        self.ends_in_s16 = ends_in_s16

    def command(self, body=None, out=None):
        """a command line with {file} in it; @out: a file of raw doubles to be written, else nothing is kept"""
        body = body or self.body
        if self.kind == 'gst':
            tail = f'{F64} ! filesink location={out}' if out else 'fakesink'
            if out and self.ends_in_s16:
                tail = f'filesink location={out}'
            return f'gst-launch-1.0 -f -q filesrc location={{file}} ! wavparse ! {body} ! {tail}'
        if self.kind == 'ffmpeg':
            tail = f'-y -f {"s16le" if self.ends_in_s16 else "f64le"} {out}' if out else \
                f'-c:a {"pcm_s16le" if self.ends_in_s16 else "pcm_f32le"} -f null -'
            return f'ffmpeg -nostdin -v error -threads 1 -filter_threads 1 -filter_complex_threads 1 -i {{file}} -af "{body}" {tail}'
        tail = f'-t raw -e floating-point -b 64 {out}' if out else '-n'
        if self.ends_in_s16:
            tail = f'-t raw -e signed -b 16 {out or "/dev/null"}'
        return f'sox {{file}} {tail} {body}'

    def is_installed(self):
        program = {'gst': 'gst-launch-1.0'}.get(self.kind, self.kind)
        if not shutil.which(program):
            return False
        first = self.body.split(' ! ')[-1 if 'volume volume=' in self.body.split(' ! ')[0] else 0].split()[0]
        return self.kind != 'gst' or subprocess.run(['gst-inspect-1.0', '--exists', first], stdout=subprocess.DEVNULL,
                                                    stderr=subprocess.DEVNULL).returncode == 0


def gst(name, body, **more):
    return Row(name, 'gst', body, **more)


def ffmpeg(name, body, **more):
    return Row(name, 'ffmpeg', body, **more)


def sox(name, body, **more):
    return Row(name, 'sox', body, **more)


def multibandcomp(ratio, bands=4, more=''):
    return f'multibandcomp num-bands={bands} {more} ' + ' '.join(
        f'band{i}::threshold=-30 band{i}::ratio={ratio} band{i}::knee=0 band{i}::attack=10 band{i}::release=100' for i in range(bands))


def lsp_multiband(mode, ratio):
    return f'lsp-plug-in-plugins-lv2-mb-compressor-stereo enabled=true mode={mode} envb=0 ' + ' '.join(
        f'ce-{i}=true al-{i}=0.031623 cr-{i}={ratio} at-{i}=10 rt-{i}=100 kn-{i}=1' for i in range(4)) + \
        ' cbe-1=true sf-1=120 cbe-2=true sf-2=1000 cbe-3=true sf-3=6000'


def calf_multiband(mode, ratio):
    return f'calf-sourceforge-net-plugins-MultibandCompressor mode={mode} ' + ' '.join(
        f'threshold{i}=0.031623 ratio{i}={ratio} attack{i}=10 release{i}=100 knee{i}=1 detection{i}=1' for i in range(4))


def acompressors(ratio):
    return ('acrossover=split=120 1000 6000:order=4th[a][b][c][d];' + ''.join(
        f'[{x}]acompressor=threshold=-30dB:ratio={ratio}:attack=10:release=100:knee=1:detection=peak[{x}{x}];' for x in 'abcd')
        + '[aa][bb][cc][dd]amix=inputs=4:normalize=0')


def mcompand(curve):
    return 'mcompand ' + ' 120 '.join((f'"0.01,0.1 {curve}"',) * 2) + f' 1000 "0.01,0.1 {curve}" 6000 "0.01,0.1 {curve}"'


EQ = 'masteringeq bands="' + '; '.join(f'bell {f} {g} q=1' for f, g in BELLS) + '"'
MULTIBAND = multibandcomp(2)
LIMITER = 'truepeaklimiter ceiling=-1 input-gain=6'
MATRIX = 'msmatrix width=1.2 mono-below=120'
DITHER = 'tpdfdither bits=16 ! audio/x-raw,format=S16LE'
CHAIN = ' ! '.join((EQ, MULTIBAND, MATRIX, LIMITER, 'r128meter', DITHER))
FF_EQ = ','.join(f'equalizer=f={f}:t=q:w=1:g={g}' for f, g in BELLS)
FF_LIMITER = 'aresample=192000,volume=6dB,alimiter=limit=-1dB:level=0,aresample=48000'
FF_CHAIN = ','.join((FF_EQ, acompressors(2), FF_LIMITER, 'aformat=channel_layouts=stereo', 'ebur128=peak=true:framelog=verbose',
                     'aresample=osf=s16:dither_method=triangular'))

# name: (what is measured of the sound, rows)
# cheap ones need more audio than two minutes, and to be heard more than once a round
MINUTES = {'meter-lufs': 4, 'matrix': 8, 'dither': 6}
TURNS = {'meter-lufs': 3, 'matrix': 5, 'dither': 3}
GROUPS = {
    'eq': ('EQ, 8 bells', [
        gst('masteringeq', EQ),
        gst('masteringeq, SSE2', EQ, env=BASELINE),
        gst('masteringeq, linear phase', 'masteringeq phase=linear bands="' + EQ.split('"')[1] + '"'),
        gst('LSP para-equalizer', 'lsp-plug-in-plugins-lv2-para-equalizer-x16-stereo enabled=true ' + ' '.join(
            f'ft-{i}=1 fm-{i}=1 f-{i}={f} g-{i}={10 ** (g / 20):.4f} q-{i}=1' for i, (f, g) in enumerate(BELLS))),
        gst('Calf Equalizer12Band', 'calf-sourceforge-net-plugins-Equalizer12Band ' + ' '.join(
            f'p{i + 1}-active=1 p{i + 1}-freq={f} p{i + 1}-level={10 ** (g / 20):.4f} p{i + 1}-q=1' for i, (f, g) in enumerate(BELLS))),
        gst('x42 fil4', 'gareus-org-oss-lv2-fil4-mono enable=true ' + ' '.join(
            f'sec{i + 1}=true freq{i + 1}={f} gain{i + 1}={g} q{i + 1}=1' for i, (f, g) in enumerate(BELLS[:4])), mono=True),
        gst('equalizer-nbands', 'equalizer-nbands num-bands=10 ' + ' '.join(
            f'band{i + 1}::freq={f} band{i + 1}::bandwidth={f} band{i + 1}::gain={g}' for i, (f, g) in enumerate(BELLS))),
        ffmpeg('ffmpeg equalizer', FF_EQ),
        sox('sox equalizer', ' '.join(f'equalizer {f} 1q {g}' for f, g in BELLS)),
    ]),
    'multiband': ('compressor, 4 bands', [
        gst('multibandcomp', MULTIBAND, idle=multibandcomp(1)),
        gst('multibandcomp, SSE2', MULTIBAND, env=BASELINE),
        gst('multibandcomp, rms', multibandcomp(2) + ''.join(f' band{i}::detector=rms' for i in range(4)), idle=multibandcomp(1)),
        gst('multibandcomp, one band', multibandcomp(2, 1)),
        gst('LSP mb-compressor, classic', lsp_multiband(0, 2), idle=lsp_multiband(0, 1)),
        gst('LSP mb-compressor, modern', lsp_multiband(1, 2), idle=lsp_multiband(1, 1)),
        gst('Calf MultibandCompressor, LR4', calf_multiband(0, 2), idle=calf_multiband(0, 1)),
        ffmpeg('ffmpeg acrossover, acompressor', acompressors(2), idle=acompressors(1)),
        sox('sox mcompand', mcompand('-90,-90,-30,-30,0,-15'), idle=mcompand('-90,-90,0,0')),
    ]),
    'limiter': ('limiter, +6 dB', [
        gst('truepeaklimiter', LIMITER),
        gst('truepeaklimiter, SSE2', LIMITER, env=BASELINE),
        gst('LSP limiter, half x4', 'lsp-plug-in-plugins-lv2-limiter-stereo enabled=true ovs=6 g-in=1.99526 th=0.891251'),
        gst('LSP limiter, full x4', 'lsp-plug-in-plugins-lv2-limiter-stereo enabled=true ovs=16 g-in=1.99526 th=0.891251'),
        gst('Calf Limiter, 4x', 'calf-sourceforge-net-plugins-Limiter level-in=1.99526 limit=0.891251 oversampling=4 auto-level=false'),
        gst('x42 dpl', 'gareus-org-oss-lv2-dpl-mono enable=true truepeak=true gain=6 threshold=-1', mono=True),
        gst('ZaMaximX2', 'ladspa-zamaximx2-ladspa-so-zamaximx2 threshold=-7 output-ceiling=-1'),
        ffmpeg('ffmpeg alimiter in 4x', FF_LIMITER),
        gst('rglimiter', 'volume volume=1.99526 ! rglimiter'),
    ]),
    'meter': ('meter with true peak', [
        gst('r128meter', 'r128meter'),
        gst('r128meter, SSE2', 'r128meter', env=BASELINE),
        gst('libebur128 (r128meter)', 'r128meter engine=libebur128'),
        ffmpeg('ffmpeg ebur128', 'ebur128=peak=true:framelog=verbose'),
    ]),
    'meter-lufs': ('meter without true peak', [
        gst('r128meter', 'r128meter true-peak=false'),
        ffmpeg('ffmpeg ebur128', 'ebur128=framelog=verbose'),
    ]),
    'matrix': ('mid/side, width', [
        gst('msmatrix', 'msmatrix width=1.2 post-messages=false'),
        gst('msmatrix, mono-below, messages', MATRIX),
        gst('audioconvert mix-matrix', 'audioconvert mix-matrix="<<(float)1.1,(float)-0.1>,<(float)-0.1,(float)1.1>>" ! audio/x-raw,channels=2'),
        ffmpeg('ffmpeg pan', 'pan=stereo|c0=1.1*c0-0.1*c1|c1=1.1*c1-0.1*c0'),
        gst('volume (for scale)', 'volume volume=0.5'),
    ]),
    'dither': ('dither to 16 bit', [
        gst('tpdfdither', DITHER, ends_in_s16=True),
        gst('tpdfdither, SSE2', DITHER, ends_in_s16=True, env=BASELINE),
        gst('tpdfdither, high-pass', DITHER.replace('bits', 'dither=high-pass-triangular bits'), ends_in_s16=True),
        gst('tpdfdither, light', DITHER.replace('bits', 'noise-shaping=light bits'), ends_in_s16=True),
        gst('tpdfdither, medium', DITHER.replace('bits', 'noise-shaping=medium bits'), ends_in_s16=True),
        gst('tpdfdither, shaped', DITHER.replace('bits', 'noise-shaping=strong bits'), ends_in_s16=True),
        gst('audioconvert tpdf', 'audioconvert dithering=tpdf ! audio/x-raw,format=S16LE', ends_in_s16=True),
        gst('audioconvert tpdf, high', 'audioconvert dithering=tpdf noise-shaping=high ! audio/x-raw,format=S16LE', ends_in_s16=True),
        ffmpeg('ffmpeg triangular', 'aresample=osf=s16:dither_method=triangular', ends_in_s16=True),
        ffmpeg('ffmpeg shibata', 'aresample=osf=s16:dither_method=shibata', ends_in_s16=True),
        sox('sox dither', 'dither', ends_in_s16=True),
        sox('sox dither -s', 'dither -s', ends_in_s16=True),
    ]),
    'chain': ('the whole chain', [
        gst('six elements', CHAIN, ends_in_s16=True),
        gst('six elements, SSE2', CHAIN, ends_in_s16=True, env=BASELINE),
        gst('six elements, ORC_CODE=backup', CHAIN, ends_in_s16=True, env={'ORC_CODE': 'backup'}),
        ffmpeg('ffmpeg, the same stages', FF_CHAIN, ends_in_s16=True),
    ]),
}
EMPTY = {'gst': Row('empty', 'gst', 'identity'), 'ffmpeg': Row('empty', 'ffmpeg', 'anull'), 'sox': Row('empty', 'sox', '')}
