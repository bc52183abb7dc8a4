# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channel layouts through gst-master-1.0: a tone of its own in every channel, and it must come out of the loudspeaker it went in for, as ffmpeg
decodes and names them; into each format, back out of it, and out of files of other programs. What a format has no name for is refused."""
import json
import os
import re
import struct
import subprocess
import tempfile

import numpy as np

import judge
from rig import RATE, SLOW, done, ok, refuses, run

FREQS = [300, 500, 700, 60, 900, 1100, 1300, 1500]
N = RATE
# ffmpeg's names: layout to loudspeakers
PLACES = {line.split()[0]: line.split()[1].split("+") for line in subprocess.run(
    ["ffmpeg", "-hide_banner", "-layouts"], capture_output=True, text=True).stdout.splitlines() if re.fullmatch(r"\S+ +[A-Z0-9+]+", line) and "NAME" not in line}
# what each format has a name for
NAMED = {
    "mono": "wav flac aiff alac opus vorbis mp3 aac", "stereo": "wav flac aiff alac opus vorbis mp3 aac",
    "3.0": "wav flac aiff alac opus vorbis aac", "quad": "wav flac aiff opus vorbis", "4.0": "wav aiff alac aac",
    "5.0": "wav flac aiff alac opus vorbis aac", "5.0(side)": "wav flac aiff alac opus vorbis aac", "5.1": "wav flac aiff alac opus vorbis aac",
    "5.1(side)": "wav flac aiff alac opus vorbis aac", "6.1": "wav flac aiff alac opus vorbis", "6.1(back)": "wav flac aiff alac opus vorbis",
    "7.1": "wav flac aiff opus vorbis", "7.1(wide)": "wav aiff alac", "2.1": "wav aiff", "hexagonal": "wav aiff"}
FORMATS = "wav flac aiff alac opus vorbis mp3 aac".split()


def tones(n):
    t = np.arange(N) / RATE
    return np.stack([0.2 * np.sin(2 * np.pi * f * t) for f in FREQS[:n]], axis=1)


def surround(place):
    return {"SL": "BL", "SR": "BR"}.get(place, place)


def pairs(places):
    """Names under which a single pair of surrounds is one pair, at the side or behind."""
    return [surround(p) if not {"BL", "SL"} <= set(places) else p for p in places]


def heard(path):
    """Layout; tone by loudspeaker; the lowest of the tones' levels: ffmpeg's reading."""
    probe = json.loads(subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=channel_layout,channels", "-of", "json", path],
                                      capture_output=True, text=True).stdout)["streams"][0]
    rate, x = judge.decode(path)
    layout = probe.get("channel_layout", {1: "mono", 2: "stereo"}.get(int(probe["channels"]), "unknown"))
    places = PLACES.get(layout, {"mono": ["FC"], "stereo": ["FL", "FR"]}.get(layout, []))
    tone = [int(round(np.argmax(np.abs(np.fft.rfft(c, rate))))) for c in x.T]
    return layout, {p: f for p, f in zip(pairs(places), tone)} if len(places) == len(tone) else {}, np.sqrt((x ** 2).mean(0)).min() if len(x) else 0


def same(a, b):
    return len(a) > 0 and a.keys() == b.keys() and all(abs(a[p] - b[p]) <= 3 for p in a)


def expected(layout):
    return dict(zip(pairs(PLACES.get(layout, {"mono": ["FC"], "stereo": ["FL", "FR"]}.get(layout))), FREQS))


def check_formats(layouts, formats):
    for layout in layouts:
        n = len(expected(layout))
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f64le", "-ar", str(RATE), "-ac", str(n), "-channel_layout", layout, "-i", "-", "-c:a", "pcm_s24le", "in.wav"],
                       input=tones(n).tobytes(), check=True)
        for name in formats:
            if name not in NAMED[layout].split():
                refuses(f"{layout} into {name}", ["in.wav", "-o", "no.x", "--format", name], 6, f"{n} channels", "use --format wav")
                continue
            out = "out.m4a" if name in ("alac", "aac") else f"out.{name.replace('vorbis', 'ogg')}"
            r = run("-q", "-y", "in.wav", "-o", out, "--format", name, "--loudness", "-18", "--max-limiting", "24")
            told, tone, level = heard(out) if r.returncode == 0 else ("", {}, 0)
            ok(same(tone, expected(layout)) and level > 0.01, f"{layout} into {name}: {told} {tone}", r.stderr)
            r = run("-q", "-y", out, "-o", "back.wav", "--loudness", "-18", "--max-limiting", "24") if tone else r
            told, tone, level = heard("back.wav") if r.returncode == 0 else ("", {}, 0)
            ok(same(tone, expected(layout)) and level > 0.01, f"{layout} back out of {name}: {told}", r.stderr)


def write_aiff(path, x, chan):
    n = x.shape[1]
    data = np.rint(x * 32767).astype(">i2").tobytes()
    comm = struct.pack(">hIh", n, len(x), 16) + struct.pack(">HQ", 16383 + 15, RATE << 48)
    chunks = b"COMM" + struct.pack(">I", len(comm)) + comm + b"SSND" + struct.pack(">III", len(data) + 8, 0, 0) + data
    if chan is not None:
        chunks = b"CHAN" + struct.pack(">I", len(chan)) + chan + chunks
    open(path, "wb").write(b"FORM" + struct.pack(">I", len(chunks) + 4) + b"AIFF" + chunks)


def write_caf(path, x, chan):
    n = x.shape[1]
    desc = struct.pack(">d4sIIIII", RATE, b"lpcm", 0, 2 * n, 1, n, 16)
    data = np.rint(x * 32767).astype(">i2").tobytes()
    out = b"caff\0\1\0\0" + b"desc" + struct.pack(">q", 32) + desc
    if chan is not None:
        out += b"chan" + struct.pack(">q", len(chan)) + chan
    open(path, "wb").write(out + b"data" + struct.pack(">qI", len(data) + 4, 0) + data)


LABELS = {"FL": 1, "FR": 2, "FC": 3, "LFE": 4, "BL": 5, "BR": 6, "FLC": 7, "FRC": 8, "BC": 9, "SL": 10, "SR": 11}
# as CoreAudioBaseTypes.h says of the tags; surrounds are BL BR where there is one pair
TAGS = [(113, "FL FR FC"), (114, "FC FL FR"), (108, "FL FR BL BR"), (115, "FL FR FC BC"), (116, "FC FL FR BC"), (117, "FL FR FC BL BR"), (119, "FL FC FR BL BR"),
        (120, "FC FL FR BL BR"), (121, "FL FR FC LFE BL BR"), (122, "FL FR BL BR FC LFE"), (123, "FL FC FR BL BR LFE"), (124, "FC FL FR BL BR LFE"),
        (142, "FC FL FR BL BR BC LFE"), (126, "FL FR FC LFE BL BR FLC FRC"), (127, "FC FLC FRC FL FR BL BR LFE"), (128, "FL FR FC LFE SL SR BL BR"),
        (189, "FL FR FC LFE BL BR SL SR"), (144, "FC FL FR SL SR BL BR BC"), (133, "FL FR LFE")]


def check_apple(tags, every):
    """Each order of channels that Apple has a number for, or that is written out label by label, from AIFF and CAF."""
    cases = [(f"tag {tag}", struct.pack(">III", tag << 16 | len(places.split()), 0, 0), places.split()) for tag, places in tags]
    odd = "LFE BR BL FC FR FL".split()
    cases.append(("labels", struct.pack(">III", 0, 0, 6) + b"".join(struct.pack(">IIfff", LABELS[p], 0, 0, 0, 0) for p in odd), odd))
    cases.append(("bits", struct.pack(">III", 0x10000, 0x60f, 0), "FL FR FC LFE SL SR".split()))
    for n, convention in ((3, "3.0"), (4, "quad"), (5, "5.0"), (6, "5.1"), (7, "6.1"), (8, "7.1"))[0 if every else 5:]:
        cases.append((f"nothing said of {n}", None, PLACES[convention]))
    for name, chan, places in cases:
        for kind, write in (("aiff", write_aiff), ("caf", write_caf)):
            write(f"in.{kind}", tones(len(places)), chan)
            r = run("-q", "-y", f"in.{kind}", "-o", "out.wav", "--loudness", "-18", "--max-limiting", "24")
            told, tone, _ = heard("out.wav") if r.returncode == 0 else ("", {}, 0)
            rate, x = judge.decode("out.wav") if r.returncode == 0 else (RATE, np.zeros((1, 1)))
            mask = int.from_bytes(open("out.wav", "rb").read()[40:44], "little")
            order = [p for bit, p in enumerate("FL FR FC LFE BL BR FLC FRC BC SL SR".split()) if mask >> bit & 1]
            found = dict(zip(pairs(order), [int(round(np.argmax(np.abs(np.fft.rfft(c, rate))))) for c in x.T]))
            ok(same(found, dict(zip(pairs(places), FREQS))), f"{kind}, {name}, {' '.join(places)}: {told} {found}", r.stderr)


def check_cookie():
    """Apple's layout stands in the ALAC configuration, and the sample entry tells the number of channels."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f64le", "-ar", str(RATE), "-ac", "6", "-channel_layout", "5.1", "-i", "-", "-c:a", "pcm_s24le", "in.wav"],
                   input=tones(6).tobytes(), check=True)
    r = run("-q", "-y", "in.wav", "-o", "cookie.m4a", "--format", "alac", "--bits", "24", "--loudness", "-18", "--max-limiting", "24")
    data = open("cookie.m4a", "rb").read() if r.returncode == 0 else b""
    at = data.rfind(b"stsd")
    entry = data[at + 12:]
    ok(entry[4:8] == b"alac" and struct.unpack(">H", entry[24:26])[0] == 6 and entry[40:44] == b"alac" and entry[48 + 9] == 6
       and struct.unpack(">I4sII", entry[72:88]) == (24, b"chan", 0, 124 << 16 | 6), "the ALAC cookie names 5.1", f"{entry[:100]} {r.stderr}")


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    check_formats(NAMED if SLOW else ["5.1(side)"], FORMATS)
    if not SLOW:
        check_formats(["7.1"], ["opus", "flac"])
        check_formats(["6.1", "7.1"], ["alac"])
    check_apple(TAGS if SLOW else TAGS[11::8], SLOW)
    check_cookie()
    os.chdir("/")
done()
