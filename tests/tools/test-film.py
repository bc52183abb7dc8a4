#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gst-master-1.0 on files with video: what is not audio is the same to the byte and the tick, the audio is at its loudness and in its place.
usage: test-film.py PATH/TO/gst-master-1.0 PATH/TO/fuzz-film [--slow]"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy import signal as dsp

import judge
from rig import SLOW, TOOL, done, most_memory, music, ok, refuses, run

FUZZ = os.path.abspath(sys.argv[2])
LENGTH = 4          # seconds
LATE = 0.5          # of the second track


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *args], check=True)


def probe(path, *args):
    return json.loads(subprocess.run(["ffprobe", "-v", "error", "-of", "json", *args, path], capture_output=True, text=True, check=True).stdout)


def packets(path, streams):
    """All there is of them: bytes, times, flags, side data."""
    wanted = "packet=stream_index,pts,dts,pts_time,dts_time,duration,duration_time,size,flags,data_hash,side_data_list"
    return probe(path, "-select_streams", streams, "-show_packets", "-show_data_hash", "sha256", "-show_entries", wanted).get("packets", [])


def times(path, streams):
    """The same where ffmpeg's demuxer tells less and other side data, as it does of fragments: a packet lasts until the next."""
    there = packets(path, streams)
    end = {}
    for p in reversed(there):
        dts = float(p.get("dts_time", p["pts_time"]))
        p["lasts"] = round(end[p["stream_index"]] - dts, 4) if p["stream_index"] in end else None
        end[p["stream_index"]] = dts
    return [(p["stream_index"], p["pts_time"], p.get("dts_time"), p["size"], p["flags"][0], p["data_hash"], p["lasts"]) for p in there]


def shown(path):
    """Pictures, and when each is shown."""
    return [(p[1], *p[3:6]) for p in times(path, "v")]


def sound(path, track):
    """rate, seconds at which the first frame is, frames x channels: as ffmpeg decodes it."""
    p = probe(path, "-select_streams", f"a:{track}", "-show_frames", "-read_intervals", "%+#5", "-show_entries",
              "frame=pts_time:stream=sample_rate,channels")
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", f"0:a:{track}", "-f", "f64le", "-"], capture_output=True, check=True).stdout
    stream = p["streams"][0]
    return int(stream["sample_rate"]), float(p["frames"][0]["pts_time"]), np.frombuffer(raw, "<f8").reshape(-1, stream["channels"])


def placed(path, track):
    """The same with every decoded frame where its time is."""
    rate, _, x = sound(path, track)
    frames = probe(path, "-select_streams", f"a:{track}", "-show_frames", "-show_entries", "frame=pts_time,nb_samples")["frames"]
    begin, at = float(frames[0]["pts_time"]), 0
    y = np.zeros((int((float(frames[-1]["pts_time"]) - begin + 1) * rate), x.shape[1]))
    for f in frames:
        to, here = int(round((float(f["pts_time"]) - begin) * rate)), x[at:at + int(f["nb_samples"])]
        y[to:to + len(here)] = here
        at += len(here)
    return rate, begin, y


def loudness(path, track):
    """ffmpeg's ebur128, with what it says of the last block."""
    said = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", f"0:a:{track}", "-af",
                           "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-", "-f", "null", "-"], capture_output=True, text=True, check=True)
    return float(re.findall(r"lavfi.r128.I=(-?[\d.]+)", said.stdout)[-1])


def shift(source, master, track, seconds=1.8, read=sound):
    """Frames by which the track of master is later than that of source, by cross-correlation over a piece that begins 1 s after the source."""
    (rate, begin, x), (new_rate, new_begin, y) = read(source, track), sound(master, track)
    if rate != new_rate:
        x, rate = judge.resample(x, rate, new_rate), new_rate
    n = int(seconds * rate)

    def piece(z, start):
        offset = (begin + 1.0 - start) * rate       # not whole where the first frame is not on the grid
        first = int(round(offset))
        return z[first:first + n, 0], (first - offset) / rate
    (a, late_a), (b, late_b) = piece(x, begin), piece(y, new_begin)
    c = dsp.fftconvolve(b, a[::-1])
    k = int(np.argmax(c))
    fine = 0.5 * (c[k - 1] - c[k + 1]) / (c[k - 1] - 2 * c[k] + c[k + 1])
    return (k + fine - (len(a) - 1)) + (late_b - late_a) * rate


def make_media():
    for seed, (name, rate, channels) in enumerate((("eng", 48000, 2), ("fra", 44100, 1), ("six", 48000, 6))):
        x = music(LENGTH, rate, seed)
        judge.write_wav(f"{name}.wav", np.stack([np.roll(x[:, k % 2], 700 * k) for k in range(channels)], axis=1) * 0.25, rate)
    with open("lines.srt", "w") as f:
        f.write("1\n00:00:01,000 --> 00:00:02,000\nFish & <i>chips</i>\n\n2\n00:00:03,000 --> 00:00:04,040\nÀ bientôt\n")
    with open("about.txt", "w") as f:
        f.write(";FFMETADATA1\ntitle=Harbour\nartist=Nobody\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2000\ntitle=One\n"
                "[CHAPTER]\nTIMEBASE=1/1000\nSTART=2000\nEND=4000\ntitle=Two\n")
    with open("font.ttf", "wb") as f:
        f.write(bytes(range(256)) * 9)
    inputs = ["-f", "lavfi", "-i", f"testsrc=s=160x120:r=25:d={LENGTH}", "-i", "eng.wav", "-itsoffset", str(LATE), "-i", "fra.wav", "-i", "six.wav",
              "-i", "lines.srt", "-i", "about.txt", "-map", "0", "-map", "1", "-map", "2"]
    names = ["-map_metadata", "5", "-map_chapters", "5", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra",
             "-disposition:a:0", "0", "-disposition:a:1", "default"]
    titles = ["-metadata:s:a:0", "title=Stereo", "-metadata:s:a:1", "title=Commentaire", "-metadata:s:s:0", "language=deu"]
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "30", "-pix_fmt", "yuv420p"]
    ffmpeg(*inputs, "-map", "3", "-map", "4", *names, *titles, *x264, "-c:a", "aac", "-b:a", "192k", "-c:s", "mov_text", "film.mp4")
    ffmpeg(*inputs, "-map", "3", "-map", "4", *names, *titles, *x264, "-c:a", "aac", "-b:a", "192k", "-c:s", "srt", "-disposition:s:0", "forced",
           "-attach", "font.ttf", "-metadata:s:t", "mimetype=application/x-truetype-font", "film.mkv")
    ffmpeg(*inputs, "-map", "4", *names, *titles, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-c:s", "webvtt", "film.webm")
    ffmpeg(*inputs, *names, "-c:v", "prores_ks", "-c:a", "pcm_s24le", "-timecode", "10:00:00:00", "film.mov")
    ffmpeg(*inputs, *names, *titles, *x264, "-c:a", "flac", "-movflags", "+faststart", "lossless.mkv")


def check_film(name, args, codecs, loud=-20.0, tracks=None, chapters=True, like=None):
    """One film: everything but the audio of tracks the same, those at their loudness and in their place. @like: it is in fragments, and its
    pictures have the times of those in that file, which is the film itself unless ffmpeg moves them."""
    out = "out." + name
    r = run(name, "-o", out, "--loudness", str(loud), "--max-limiting", "30", "--overwrite", "--report", "report.json", *args)
    if r.returncode != 0:
        return ok(False, f"{name} {' '.join(args)}", r.stdout + r.stderr)
    kept = ["v", "s", "d"] + [f"a:{k}" for k in range(len(codecs)) if tracks is not None and k not in tracks]
    differ = [s for s in kept if (packets(name, s) != packets(out, s) if like is None
                                  else times(name, s) != times(out, s) if s != "v" or like == name else shown(like) != shown(out))]
    ok(not differ and len(packets(name, "v")) > 30, f"{name}: video{', subtitles' if packets(name, 's') else ''}, every packet and its times as before", differ)
    entries = "stream=index,codec_type:stream_tags:stream_disposition:stream_side_data:format=nb_streams:format_tags"
    told = [probe(f, "-show_chapters", "-show_entries", entries) for f in (name, out)]
    for t in told:
        for stream in t["streams"]:         # of the old audio, and of its encoder
            for tag in [k for k in stream.get("tags", {}) if k.split("-")[0] in ("ENCODER", "DURATION")]:
                del stream["tags"][tag]
            if not stream.get("tags", {}):
                stream.pop("tags", None)
    if like is not None:
        brands = [t["format"]["tags"].pop(k, "") for k in ("compatible_brands", "major_brand") for t in told][1::2]
        whole = open(out, "rb").read()
        ok(b"moof" not in whole and b"mvex" not in whole and not any(b in "".join(brands) for b in ("dash", "cmf", "iso5", "iso6", "msdh")),
           f"{name}: not in fragments any more", brands)
    ok(told[0] == told[1] and (told[0]["chapters"] or not chapters), f"{name}: tags, languages, flags, chapters, attachments as before", told)
    for k, codec in enumerate(codecs):
        if tracks is not None and k not in tracks:
            continue
        is_codec = probe(out, "-select_streams", f"a:{k}", "-show_entries", "stream=codec_name")["streams"][0]["codec_name"]
        rate, _, x = sound(out, k)
        # ffmpeg counts the back channels of 7.1 as those at the side, ITU-R BS.1770-4, annex 3, as those in front
        lufs = loudness(out, k) if x.shape[1] < 8 else judge.loudness(x * np.sqrt([1, 1, 1, 0, 1, 1, 1.41, 1.41]), rate)
        dbtp, late = judge.true_peak(x, rate), shift(name, out, k, read=sound if like is None else placed)
        ok(is_codec == codec and abs(lufs - loud) <= 0.1 and dbtp <= -0.95 and abs(late) < 1.0 and x.shape[1] == sound(name, k)[2].shape[1],
           f"{name}, track {k + 1}: {is_codec}, {lufs:.2f} LUFS, {dbtp:.2f} dBTP, {late:+.2f} frames late", r.stderr)
    return r


def check_receipt():
    told = json.load(open("report.json"))
    ok([t["track"] for t in told["tracks"]] == [1, 2, 3] and [t["language"] for t in told["tracks"][:2]] == ["eng", "fra"]
       and all(abs(t["output"]["integrated-lufs"] + 20) < 0.1 for t in told["tracks"]), "the receipt tells of each track", told)
    r = run("--verify", "report.json")
    ok(r.returncode == 0 and r.stdout.count("audio track") == 6, "--verify measures each track", r.stdout + r.stderr)
    if SLOW:
        r = run("--again", "report.json", "-o", "again.mp4")
        ok(r.returncode == 0 and open("again.mp4", "rb").read() == open("out.film.mp4", "rb").read(), "--again: the same bytes", r.stderr)
    shutil.copy("out.film.mp4", "other.mp4")
    told["output"]["file"] = "other.mp4"
    told["tracks"][1]["output"]["integrated-lufs"] = -21
    json.dump(told, open("other.json", "w"))
    r = run("--verify", "other.json")
    ok(r.returncode == 8 and "the receipt says -21.00" in r.stdout, "--verify: a track is other", r.stdout + r.stderr)


def check_words():
    r = run("--measure", "film.mkv")
    ok(r.returncode == 0 and [f"Audio track {k} of 3" in r.stdout for k in (1, 2, 3)] == [True] * 3, "--measure: all tracks", r.stdout + r.stderr)
    r = run("--dry-run", "film.mkv", "--track", "2", "--loudness", "-30")
    ok(r.returncode == 0 and r.stdout.count("Planned gain") == 1 and "Audio track 2 of 3, fra" in r.stdout, "--dry-run --track 2", r.stdout + r.stderr)
    r = run("film.mkv", "-o", "sound.flac", "--track", "2", "--loudness", "-30")
    told = probe("sound.flac", "-show_entries", "stream=codec_name,sample_rate")["streams"][0] if r.returncode == 0 else {}
    ok(told.get("codec_name") == "flac" and told.get("sample_rate") == "44100", "-o sound.flac takes the sound alone", r.stderr)


def check_folder():
    os.makedirs("clips/deep", exist_ok=True)
    ffmpeg("-i", "lossless.mkv", "-map", "0:v", "-map", "0:a:0", "-c", "copy", "-t", "3", "clips/deep/a.mkv")
    ffmpeg("-i", "eng.wav", "-t", "3", "clips/b.wav")
    args = ["-R", "clips", "-o", "made", "--loudness", "-30", "--resume"]
    r = run(*args)
    found = sorted(os.path.join(d, f) for d, _, fs in os.walk("made") for f in fs if not f.endswith("json"))
    ok(r.returncode == 0 and found == ["made/b.flac", "made/deep/a.mkv"], "--recursive: films stay films", r.stdout + r.stderr)
    r = run(*args)
    ok(r.returncode == 0 and r.stdout.count("done already") == 2, "--resume: a film that is done is not done again", r.stdout + r.stderr)
    with open("film.mov", "rb") as f:
        r = subprocess.run([TOOL, "-", "-o", "piped.mov", "--loudness", "-20", "--max-limiting", "30", "--track", "1"], stdin=f, capture_output=True)
    ok(r.returncode == 0 and packets("piped.mov", "v") == packets("film.mov", "v"), "a film from stdin", r.stderr.decode())


def check_refusals():
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-c", "copy", "mute.mp4")
    refuses("no audio", ["mute.mp4", "-o", "o.mp4"], 4, "no audio", "nothing to master")
    refuses("another container", ["film.mp4", "-o", "o.mkv"], 2, "MP4", "stays so")
    refuses("a codec that WebM does not take", ["film.webm", "-o", "o.webm", "--format", "flac"], 2, "WebM", "opus")
    refuses("a codec that MP4 does not take", ["film.mp4", "-o", "o.mp4", "--format", "mp3"], 2, "MP4", "aac", "alac")
    refuses("audio as a film", ["eng.wav", "-o", "o.mp4"], 2, "video", "master.flac")
    refuses("a track that is not there", ["film.mkv", "-o", "o.mkv", "--track", "4"], 4, "has 3")
    refuses("the input itself", ["film.mkv", "-o", "film.mkv", "--overwrite"], 5, "input itself")
    refuses("too loud", ["film.mov", "-o", "o.mov", "--policy", "linear", "--loudness", "-14"], 3, "limiting")
    whole = {n: open(n, "rb").read() for n in ("film.mp4", "film.mkv", "film.mov")}
    for name, data in whole.items():
        for share in (0.3, 0.97):
            with open("part." + name, "wb") as f:
                f.write(data[:int(len(data) * share)])
            refuses(f"{share:.0%} of {name}", ["part." + name, "-o", "o." + name], 4, "part." + name, "cut off")


PIECES = {      # by ffmpeg's flags
    "base.mp4": "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
    "delay.mp4": "frag_keyframe+delay_moov+global_sidx+default_base_moof"}
MORE_PIECES = {
    "keys.mp4": "frag_keyframe", "keys.mov": "frag_keyframe+delay_moov",
    "empty.mp4": "frag_keyframe+empty_moov", "apart.mp4": "frag_keyframe+empty_moov+separate_moof", "dash.mp4": "dash+frag_keyframe+delay_moov",
    "implied.mp4": "frag_keyframe+empty_moov+omit_tfhd_offset", "sidx.mp4": "frag_keyframe+empty_moov+global_sidx+default_base_moof",
    "cmaf.mp4": "cmaf+frag_keyframe", "signed.mp4": "frag_keyframe+empty_moov+negative_cts_offsets",
    "delayed.mp4": "frag_keyframe+delay_moov+negative_cts_offsets", "short.mp4": "empty_moov"}


def check_pieces():
    """Films in fragments: base offsets of each kind, with and without indices, several tracks, times that are signed, edit lists. Of
    subtitles ffmpeg 5.1 writes wrong places beside sidx."""
    for name, flags in {**PIECES, **(MORE_PIECES if SLOW else {})}.items():
        length = ["-frag_duration", "400000"] if name == "short.mp4" else []
        streams = ["-map", "0:v", "-map", "0:a"] + (["-map", "0:s"] if name.endswith("mp4") and "sidx" not in flags else [])
        ffmpeg("-i", "film.mp4", *streams, "-c", "copy", "-movflags", flags, *length, "pieces." + name)
        signed = "cmaf" in flags or "negative" in flags         # ffmpeg shows these a frame or two later than they are
        check_film("pieces." + name, ["--track", "2"], ["aac"] * 3, tracks=[1], like="film.mp4" if signed else "pieces." + name)
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-map", "0:a:0", "-c", "copy", "-output_ts_offset", "30", "-movflags", "frag_keyframe+delay_moov", "pieces.late.mp4")
    check_film("pieces.late.mp4", [], ["aac"], like="pieces.late.mp4")
    whole = open("pieces.delay.mp4", "rb").read()
    at = [m.start() - 4 for m in re.finditer(b"moof", whole)]
    for end, where in ((at[-1], "between fragments, of which the index tells"), (at[-1] + 40, "within the head of a fragment"), (at[-1] - 40, "within a fragment")):
        with open("part.mp4", "wb") as f:
            f.write(whole[:end])
        refuses(f"cut off {where}", ["part.mp4", "-o", "o.mp4"], 4, "part.mp4", "cut off")
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-map", "0:a:0", "-c", "copy", "two.mp4")
    for name, mux in (("m.mp4", "mp4mux fragment-duration=700"), ("m.mov", "qtmux fragment-duration=700")) if SLOW else ():
        subprocess.run(f"gst-launch-1.0 -q filesrc location=two.mp4 ! qtdemux name=d d.video_0 ! queue ! h264parse ! m.video_0 "
                       f"d.audio_0 ! queue ! aacparse ! m.audio_0 {mux} name=m ! filesink location=pieces.{name}", shell=True, check=True)
        check_film("pieces." + name, [], ["aac"], like="pieces." + name, chapters=False)
    # sound alone, in fragments
    ffmpeg("-i", "eng.wav", "-c:a", "aac", "-movflags", "frag_keyframe+delay_moov+default_base_moof", "-frag_duration", "500000", "pieces.m4a")
    r = run("pieces.m4a", "-o", "pieces.wav", "--loudness", "-30", "--overwrite")
    ok(r.returncode == 0 and sound("pieces.wav", 0)[2].shape[0] == LENGTH * 48000, "an M4A in fragments, to the frame", r.stderr)


def check_fuzz(n):
    ffmpeg("-i", "eng.wav", "-t", "1", "-c:a", "aac", "part.m4a")
    ffmpeg("-i", "eng.wav", "-t", "1", "-c:a", "flac", "part.mka")
    pieces = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "300000"]
    delayed = ["-movflags", "delay_moov+global_sidx", "-frag_duration", "300000"]
    for name, part, args in (("film.mp4", "part.m4a", []), ("pieces.base.mp4", "part.m4a", pieces), ("pieces.delay.mp4", "part.m4a", delayed),
                             ("film.mkv", "part.mka", []), ("film.webm", "part.mka", [])):
        short = "short." + name
        ffmpeg("-i", name, "-map", "0:v", "-map", "0:a:0", "-t", "1", "-c", "copy", *args, short)
        r = subprocess.run([FUZZ, short, part, str(n)], capture_output=True, text=True, timeout=900)
        ok(r.returncode == 0 and "AddressSanitizer" not in r.stderr, f"{name}, damaged {n} times: {r.stdout.strip()}", r.stderr[-2000:])


def check_disk():
    """The disk is full while a track is rendered, and while the film is written."""
    for limit in (30000, 250000):
        def small(size=limit):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        refuses(f"disk full at {limit} bytes", ["film.mp4", "-o", "o.mp4", "--track", "1", "--loudness", "-20", "--max-limiting", "30"], 5,
                "cannot write o.mp4", preexec_fn=small)


def check_kill():
    for word in ("plan:", "audio track 2", "check film"):
        p = subprocess.Popen([TOOL, "film.mp4", "-o", "killed.mp4", "--loudness", "-20", "--max-limiting", "30"], stderr=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, text=True)
        for line in p.stderr:
            if word in line:
                break
        p.send_signal(signal.SIGKILL)
        p.stderr.close()
        p.wait()
        ok(not os.path.exists("killed.mp4"), f"kill -9 at \"{word}\": nothing stands under the name", os.listdir("."))
    time.sleep(2.1)
    r = run("film.mp4", "-o", "killed.mp4", "--loudness", "-20", "--max-limiting", "30")
    ok(r.returncode == 0 and not [f for f in os.listdir(".") if f.endswith(".part")], "the next run removes what was left", os.listdir("."))


def check_odd():
    """Times that are not even, or do not begin at 0; heads without durations; other codecs; eight channels."""
    late = ["-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=4", "-i", "eng.wav"]
    ffmpeg(*late, "-i", "about.txt", "-map_chapters", "2", "-vf", "select='not(eq(mod(n,7),3))+gt(n,50)',format=yuv420p", "-vsync", "vfr",
           "-c:v", "libx264", "-bf", "3", "-c:a", "aac", "vfr.mp4")
    ffmpeg("-i", "vfr.mp4", "-c", "copy", "-output_ts_offset", "10", "offset.mkv")
    for name, form in (("live.mkv", "matroska"), ("live.webm", "webm")):
        source = "vfr.mp4" if form == "matroska" else "film.webm"
        with open(name, "wb") as f:         # to a pipe: no duration, no cues
            f.write(subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-map", "0:v", "-map", "0:a:0", "-c", "copy", "-f", form, "-"],
                                   capture_output=True, check=True).stdout)
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-map", "0:a", "-c", "copy", "-ss", "1.3", "cut.mp4")
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-map", "0:a:0", "-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", "-c:a", "copy",
           "hevc.mp4")
    ffmpeg("-i", "film.mp4", "-map", "0:v", "-map", "0:a:0", "-c", "copy", "-movflags", "+faststart", "-metadata:s:v", "rotate=90", "first.mp4")
    x = music(4, 48000, 5) * 0.2
    judge.write_wav("eight.wav", np.stack([np.roll(x[:, k % 2], 300 * k) for k in range(8)], axis=1), 48000)
    ffmpeg(*late[:4], "-i", "eight.wav", "-i", "about.txt", "-map_chapters", "2", "-c:v", "libx264", "-c:a", "libopus", "-b:a", "512k",
           "eight.mkv")
    ffmpeg("-i", "eight.mkv", "-c:v", "copy", "-c:a", "flac", "reordered.mkv")
    check_film("reordered.mkv", [], ["flac"])
    for name, codecs in (("vfr.mp4", ["aac"]), ("offset.mkv", ["opus"]), ("live.mkv", ["opus"]), ("live.webm", ["opus"]), ("cut.mp4", ["aac"] * 3),
                         ("hevc.mp4", ["aac"]), ("first.mp4", ["aac"]), ("eight.mkv", ["opus"])):
        check_film(name, [], codecs, chapters=name not in ("live.webm",))
    check_film("film.mkv", [], ["opus"] * 3)
    check_film("film.webm", [], ["opus"] * 2)
    check_film("film.mkv", ["--format", "flac"], ["flac"] * 3)
    check_film("film.mov", ["--format", "aac"], ["aac"] * 2)
    check_film("film.mov", ["--format", "alac"], ["alac"] * 2)
    check_film("film.mov", ["--bits", "16", "--rate", "44100"], ["pcm_s16le"] * 2)


def check_memory():
    """Two hours: memory does not grow with the length."""
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=7200", "-f", "lavfi", "-i", "anoisesrc=r=8000:a=0.1:c=pink:seed=1:d=7200", "-c:v", "mpeg4",
           "-bf", "2", "-c:a", "aac", "-b:a", "24k", "long.mp4")
    ffmpeg("-i", "long.mp4", "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "pieces.long.mp4")
    ffmpeg("-i", "long.mp4", "-c:v", "copy", "-c:a", "flac", "-compression_level", "0", "long.mkv")
    for name in ("long.mp4", "pieces.long.mp4", "long.mkv"):
        status, most = most_memory([TOOL, name, "-o", "out." + name, "-q", "--loudness", "-25", "--max-limiting", "20"])
        ok(status == 0 and 10 * 1024 < most < 150 * 1024, f"two hours of {name}: {most / 1024:.0f} MB at most")


with tempfile.TemporaryDirectory(prefix="gst-master-") as folder:
    os.chdir(folder)
    make_media()
    check_film("film.mp4", [], ["aac", "aac", "aac"])
    check_receipt()
    check_film("film.webm", ["--track", "2"], ["opus", "opus"], tracks=[1])
    check_film("film.mov", ["--track", "2"], ["pcm_s24le", "pcm_s24le"], tracks=[1])
    check_film("lossless.mkv", [], ["flac", "flac"])
    check_film("film.mkv", ["--track", "2"], ["aac", "opus", "aac"], tracks=[1])
    check_pieces()
    check_words()
    check_folder()
    check_refusals()
    check_disk()
    check_fuzz(5000 if SLOW else 300)
    if SLOW:
        check_odd()
        check_kill()
        check_memory()
    os.chdir("/")
done()
