#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0: what a master keeps of its mix, and what it says of its own loudness.
usage: test-master-fidelity.py PATH/TO/gst-master-1.0 [--slow]"""
import json
import os
import subprocess
import tempfile

import numpy as np

import judge
from rig import RATE, SLOW, done, music, ok, refuses, run

GIVEN = {"title": "Die T\u00fcr", "artist": "Me; and you", "album": "One", "date": "2024", "genre": "Odd", "track": "3", "composer": "X",
         "comment": "said", "copyright": "(c) me", "isrc": "DEXX12400001", "mood": "odd"}
STALE = {"REPLAYGAIN_TRACK_GAIN": "-3.00 dB", "REPLAYGAIN_TRACK_PEAK": "0.9", "REPLAYGAIN_ALBUM_GAIN": "-2.50 dB", "R128_TRACK_GAIN": "-300"}
# What has no place in the tags of a format, as GStreamer maps them
LOST = {"mp3": {"mood"}, "m4a": {"isrc", "mood"}, "alac": {"isrc", "mood"}}


def tags_of(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags:stream=codec_name", "-of", "json", path],
                         capture_output=True, text=True).stdout
    found = json.loads(out)
    tags = {}
    for part in [*[s for s in found.get("streams", []) if s.get("codec_name") != "png"], found.get("format", {})]:
        tags.update({k.lower(): v for k, v in part.get("tags", {}).items()})
    return tags, [s.get("codec_name") for s in found.get("streams", [])]


def same_tag(key, tags, value):
    names = {"isrc": ("isrc", "tsrc"), "track": ("track", "tracknumber"), "comment": ("comment", "c0")}.get(key, (key,))
    return any(tags.get(n, "").startswith(value) for n in names)


def check_tags(formats):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", "cover.png"], check=True)
    meta = [a for k, v in {**GIVEN, **STALE}.items() for a in ("-metadata", f"{k}={v}")]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "song.wav", "-i", "cover.png", "-map", "0", "-map", "1",
                    "-disposition:v", "attached_pic", *meta, "tagged.flac"], check=True)
    for name in formats:
        out = f"tagged.out.{name}"
        r = run("tagged.flac", "-o", out, "--loudness", "-19.37", *(["--format", "alac"] if name == "alac" else []))
        tags, codecs = tags_of(out)
        missing = [k for k, v in GIVEN.items() if k not in LOST.get(name, ()) and not same_tag(k, tags, v)]
        ok(r.returncode == 0 and not missing, f"{name}: tags are kept", f"{missing} {tags} {r.stderr}")
        ok("png" in codecs, f"{name}: cover art is kept", codecs)
        rate, x = judge.decode(out)
        lufs, peak = judge.loudness(x, rate), judge.true_peak(x, rate)
        if name == "opus":
            gain = int(tags.get("r128_track_gain", "0")) / 256 + 23
            right = "replaygain_track_gain" not in tags and abs(gain + lufs) < 0.02
        else:
            gain = float(tags.get("replaygain_track_gain", "0 dB").split()[0]) + 18
            right = "r128_track_gain" not in tags and abs(gain + lufs) < 0.02 \
                and abs(20 * np.log10(float(tags.get("replaygain_track_peak", "1"))) - peak) < 0.05
        ok(right and "replaygain_album_gain" not in tags, f"{name}: its loudness is in the tags, {-gain:.2f}, decoded {lufs:.3f} LUFS; "
           "that of the mix is not", tags)


def id3_of(path):
    """Frames of the ID3v2.4 chunk of a WAV or AIFF file, by id; TXXX by its name."""
    data, at, frames, order = open(path, "rb").read(), 12, {}, "big" if path.endswith("aiff") else "little"
    whole = int.from_bytes(data[4:8], order) + 8 == len(data)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4:at + 8], order)
        if data[at:at + 4].lower() == b"id3 ":
            tag = data[at + 8:at + 8 + size]
            assert tag[:4] == b"ID3\x04"
            k, end = 10, 10 + sum(b << 7 * (3 - i) for i, b in enumerate(tag[6:10]))
            while k + 10 <= end and tag[k]:
                n = sum(b << 7 * (3 - i) for i, b in enumerate(tag[k + 4:k + 8]))
                name, body = tag[k:k + 4].decode(), tag[k + 10:k + 10 + n]
                if name == "TXXX":
                    name, body = body[1:].split(b"\0", 1)[0].decode(), b"\x03" + body[1:].split(b"\0", 1)[1]
                frames[name] = body
                k += 10 + n
        at += 8 + size + size % 2
    return whole, frames


def check_chunks():
    """WAV and AIFF: tags, cover and loudness in an ID3 chunk, at the end of a file whose length is right; the samples are the same."""
    for name in ("wav", "aiff"):
        for mix in ("tagged.flac", "song.wav"):
            out = f"chunk.{name}"
            r = run(mix, "-o", out, "-y", "--loudness", "-19.37")
            whole, frames = id3_of(out)
            rate, x = judge.decode(out)
            gain = float(frames.get("REPLAYGAIN_TRACK_GAIN", b"\x030 dB")[1:].split()[0]) + 18
            ok(r.returncode == 0 and whole and abs(gain + judge.loudness(x, rate)) < 0.02 and len(x) == 3 * RATE, f"{mix} as {name}: {sorted(frames)}", r.stderr)
        run("tagged.flac", "-o", out, "-y", "--loudness", "-19.37")
        whole, frames = id3_of(out)
        ids = {"TIT2": "title", "TPE1": "artist", "TALB": "album", "TRCK": "track", "TCOM": "composer", "TSRC": "isrc", "TCON": "genre", "TCOP": "copyright"}
        texts = {i: frames.get(i, b" ")[1:].decode("utf-16" if frames.get(i, b" ")[0] == 1 else "utf-8" if frames.get(i, b" ")[0] == 3 else "latin-1") for i in ids}
        ok(all(texts[i].startswith(GIVEN[k]) for i, k in ids.items()) and b"said" in frames.get("COMM", b"") and b"PNG" in frames.get("APIC", b"")
           and "REPLAYGAIN_ALBUM_GAIN" not in frames, f"{name}: all tags and the cover, not the mix's loudness", texts)
        ok("png" in tags_of(out)[1], f"{name}: ffprobe finds the cover", tags_of(out))
        one = open(out, "rb").read()
        run("tagged.flac", "-o", out, "-y", "--loudness", "-19.37")
        ok(open(out, "rb").read() == one, f"{name} with tags: twice the same bytes")
        r = run(out, "-o", "round.flac", "-y", "--loudness", "-22")
        tags, codecs = tags_of("round.flac")
        ok(r.returncode == 0 and (name == "wav" or (same_tag("title", tags, GIVEN["title"]) and "png" in codecs)), f"{name}, and back into FLAC", (tags, codecs, r.stderr))


def check_header_gain():
    """An Opus file with a header gain of +6 dB is 6 dB louder than its samples: RFC 7845, 5.1."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "song.wav", "-c:a", "libopus", "gain.opus"], check=True)
    data = bytearray(open("gain.opus", "rb").read())
    level = float(json_of("gain.opus")["integrated-lufs"])
    at = data.index(b"OpusHead")
    data[at + 16:at + 18] = (6 * 256).to_bytes(2, "little")
    end = 27 + data[26] + sum(data[27:27 + data[26]])
    data[22:26] = bytes(4)
    crc = 0
    for byte in data[:end]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x104c11db7 if crc & 0x80000000 else 0)
    data[22:26] = crc.to_bytes(4, "little")
    open("gain.opus", "wb").write(data)
    louder = float(json_of("gain.opus")["integrated-lufs"])
    ok(abs(louder - level - 6) < 0.05, f"the header gain of an Opus input counts: {louder - level:.2f} dB of 6")


def json_of(path):
    run("--measure", path, "--report", "m.json", "--overwrite")
    return json.load(open("m.json"))["input"]


def check_layout(formats):
    """5.1: each channel has its own tone; it comes out where it went in."""
    n = RATE * 2
    freqs = [300, 500, 700, 60, 900, 1100]              # L R C LFE Ls Rs
    x = np.stack([0.1 * np.sin(2 * np.pi * f * np.arange(n) / RATE) for f in freqs], axis=1)
    with open("six.raw", "wb") as f:
        f.write(x.astype("<f4").tobytes())
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "6", "-channel_layout", "5.1", "-i", "six.raw",
                    "-c:a", "pcm_s24le", "six.wav"], check=True)
    for name in formats:
        out = f"six.out.{name}"
        r = run("six.wav", "-o", out, "--loudness", "-16", "--overwrite", *(["--format", name]))
        got = judge.decode(out)[1] if r.returncode == 0 else np.zeros((n, 6))
        peaks = [np.argmax(np.abs(np.fft.rfft(c[:RATE]))) for c in got.T]
        ok(len(got) == n and peaks == freqs, f"5.1 in {name}: {peaks}", r.stderr)
        layout = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=channel_layout", "-of", "csv=p=0", out],
                                capture_output=True, text=True).stdout.strip().strip(",")
        ok(layout in ("5.1", "5.1(side)"), f"5.1 in {name}: the layout is told ({layout})")


def check_bits():
    rng = np.random.default_rng(4)
    judge.write_wav("random.wav", music(4, RATE, 3) * 0.4 + rng.uniform(-1, 1, (RATE * 4, 2)) * 2e-7, RATE, 24)
    lufs = judge.loudness(judge.decode("random.wav")[1], RATE)
    for name in ("flac", "wav", "aiff", "alac"):
        r = run("random.wav", "-o", f"bits.{name}", "--format", name, "--bits", "24", "--loudness", f"{lufs:.2f}")
        same = r.returncode == 0 and np.array_equal(judge.decode(f"bits.{name}")[1], judge.decode("random.wav")[1])
        ok(same, f"24 bit, --bits 24, 0 dB, {name}: bit by bit the same", r.stdout + r.stderr)


def check_lengths(formats):
    for frames in (RATE + 1, 3 * RATE + 577):
        judge.write_wav("odd.wav", music(4, RATE, 5)[:frames] * 0.3, RATE)
        for name in formats:
            r = run("odd.wav", "-o", "odd.out", "--format", name, "--loudness", "-20", "--overwrite", "--report", "odd.json")
            got = json.load(open("odd.json")) if r.returncode == 0 else {"output": {"frames": 0, "rate": 1}}
            exact = round(frames * 48000 / RATE) if name == "opus" else frames
            off = (len(judge.decode("odd.out")[1]) if name == "vorbis" else got["output"]["frames"]) - exact
            ok(r.returncode == 0 and (off == 0 if name not in ("mp3", "aac") else 0 <= off < 3000),
               f"{frames} frames in {name}: {off:+d}", r.stderr)


def check_same(formats):
    """The same input and options: the same bytes, or of lossy formats and MP4 (which tells the time) the same samples."""
    for name in formats:
        for k in (1, 2):
            run("song.wav", "-o", f"same{k}.{name}", "--format", name, "--loudness", "-17", "--bits" if name in ("flac", "wav", "aiff", "alac") else "-q",
                *(["16"] if name in ("flac", "wav", "aiff", "alac") else []))
        if name in ("flac", "wav", "aiff"):
            same = open(f"same1.{name}", "rb").read() == open(f"same2.{name}", "rb").read()
        else:
            same = np.array_equal(judge.decode(f"same1.{name}")[1], judge.decode(f"same2.{name}")[1])
        ok(same, f"{name}: twice the same")


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    judge.write_wav("song.wav", music(3, RATE) * 0.2, RATE)
    check_bits()
    check_tags(["flac", "opus", "mp3", "m4a", "ogg", "alac"] if SLOW else ["flac", "opus", "mp3", "m4a"])
    check_chunks()
    check_header_gain()
    check_same(["flac", "wav", "aiff", "alac", "opus", "vorbis", "mp3", "aac"] if SLOW else ["wav", "aiff"])
    check_layout(["flac", "wav"] if SLOW else ["flac"])
    refuses("5.1 into mp3", ["six.wav", "-o", "no.x", "--format", "mp3"], 6, "6 channels")
    check_lengths(["flac", "wav", "aiff", "alac", "opus", "vorbis", "mp3", "aac"] if SLOW else ["flac", "opus"])
    os.chdir("/")
done()
