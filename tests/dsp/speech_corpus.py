# SPDX-License-Identifier: LGPL-2.1-or-later
"""Speech, music and effects from Debian packages (unpacked into the user's cache, not installed) and from speech synthesisers, and
mixtures of them in which it is known where the speech is. Two parts that share no voice, piece or sound: "train" and "test".

Speech of 3 actors and announcers in train (Czech, French, Russian, English) and others in test (Dutch, English, readers of LibriVox);
synthesised: espeak-ng, flite, festival's voices. Music: scores of games (orchestra, electronic, rock, choir)."""
import glob
import os
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import signal

PACKAGES = ["fillets-ng-data", "fillets-ng-data-cs", "fillets-ng-data-nl", "asterisk-core-sounds-en-wav", "asterisk-core-sounds-fr-wav",
            "asterisk-core-sounds-ru-wav", "pocketsphinx-testdata", "singularity-music", "wesnoth-1.16-music", "warzone2100-music",
            "warzone2100-data", "extremetuxracer-data", "lincity-ng-data"]
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "gst-mastering", "speech")


def fetch():
    """Unpacks what is not there yet; a reason if that cannot be."""
    for package in PACKAGES:
        folder = os.path.join(CACHE, package)
        if os.path.isdir(folder):
            continue
        os.makedirs(CACHE, exist_ok=True)
        r = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package], cwd=CACHE, capture_output=True, text=True)
        found = glob.glob(os.path.join(CACHE, package + "_*.deb"))
        if r.returncode or not found:
            return f"apt-get download {package}: {r.stderr.strip()}"
        subprocess.run(["dpkg", "-x", found[0], folder + ".part"], check=True)
        os.remove(found[0])
        for archive in glob.glob(folder + ".part/**/base.wz", recursive=True):
            with zipfile.ZipFile(archive) as z:
                z.extractall(folder + ".part/wz", [n for n in z.namelist() if n.startswith("audio/")])
        os.rename(folder + ".part", folder)
    return None


def files(pattern):
    return sorted(glob.glob(os.path.join(CACHE, pattern), recursive=True))


def some(names, n, seed=1):
    names = list(names)
    np.random.default_rng(seed).shuffle(names)
    return names[:n]


def synthesise(part):
    """Sentences of the GPL by speech synthesisers: files in the cache."""
    folder = os.path.join(CACHE, "tts-" + part)
    if not os.path.isdir(folder):
        os.makedirs(folder + ".part")
        text = " ".join(open("/usr/share/common-licenses/GPL-3", encoding="utf-8").read().split())
        lines = [s.strip() for s in text.replace(";", ".").split(".") if 20 < len(s.strip()) < 220]
        rng = np.random.default_rng(len(part))
        voices = [v + m for v in ("en-us", "en-gb", "de", "fr", "es", "it", "pl", "ru", "cs", "nl", "pt-br", "sv", "hi", "tr", "el", "fi")
                  for m in ("+m1", "+m3", "+f2", "+f4")] if part == "train" else [v + m for v in ("en-us", "en-gb-scotland", "de")
                                                                                  for m in ("+m7", "+f5", "+croak")]
        jobs = [["espeak-ng", "-v", v, "-s", str(rng.integers(130, 200)), "-p", str(rng.integers(30, 70)), "-w"] for v in voices for _ in range(3)]
        jobs += [["flite", "-voice", v, "-o"] for v in (("kal16", "awb") if part == "train" else ("rms", "slt")) for _ in range(25)]
        for i, job in enumerate(jobs):
            name, line = os.path.join(folder + ".part", f"{job[0][:2]}{i}.wav"), lines[i % len(lines)]
            subprocess.run([*job, name] + (["-t", line] if job[0] == "flite" else [line]), check=True, capture_output=True)
        os.rename(folder + ".part", folder)
    return sorted(glob.glob(folder + "/*.wav"))


def speech(part):
    if part == "train":
        cs = files("fillets-ng-data-cs/**/cs/*.ogg")
        found = some(cs, 1100) + some(files("asterisk-core-sounds-fr-wav/**/fr_CA_f_June/*.wav"), 120)
        found += some(files("asterisk-core-sounds-ru-wav/**/ru_RU_*/*.wav"), 120)
        found += [f for d in ("tutorial", "taunts/*", "nexus", "vtoltalk", "trnsppil") for f in files(f"warzone2100-data/wz/audio/{d}/*.ogg")]
    else:
        found = some(files("fillets-ng-data-nl/**/nl/*.ogg"), 250) + some(files("asterisk-core-sounds-en-wav/**/en_US_f_Allison/*.wav"), 120)
        found += files("pocketsphinx-testdata/**/librivox/*.wav") + files("pocketsphinx-testdata/**/cards/*.wav")
    monsters = ("-b1-", "-b2-", "-k1-")         # no words
    return [f for f in found if not any(m in os.path.basename(f) for m in monsters)] + synthesise(part)


def music(part):
    """Every third piece is a test's."""
    found = [f for p in ("wesnoth-1.16-music/**/*.ogg", "singularity-music/**/*.ogg", "warzone2100-music/**/*.opus", "lincity-ng-data/**/*.ogg",
                         "extremetuxracer-data/**/music/*.ogg", "fillets-ng-data/**/music/*.ogg") for f in files(p)]
    return [f for i, f in enumerate(found) if (i % 3 == 2) == (part == "test")]


def effects(part):
    return files("warzone2100-data/wz/audio/sfx/**/*.ogg")[part == "test"::2]


def voice_of(name):
    base = os.path.basename(name)
    if "/tts-" in name:
        return base[:2]
    role = next((r for r in ("-m-", "-v-") if r in base), "") if "fillets" in name else ""
    return name[len(CACHE):].split("/")[1] + role


class Corpus:
    """Signals of one part at a rate, mono, and items mixed of them."""

    def __init__(self, part, rate, seconds=75):
        def decode(name):
            r = subprocess.run(["ffmpeg", "-v", "error", "-t", str(seconds), "-i", name, "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"],
                               capture_output=True)
            return np.frombuffer(r.stdout, "<f4")

        def read(names, least):
            with ThreadPoolExecutor(2) as pool:
                return [(n, x) for n, x in zip(names, pool.map(decode, names)) if len(x) > least * rate and np.abs(x).max() > 1e-3]

        self.rate, self.is_train = rate, part == "train"
        self.high_pass = signal.butter(2, 100, "high", fs=rate, output="sos")
        self.voices = {}
        for n, x in read(speech(part), 0.4):
            self.voices.setdefault(voice_of(n), []).append(self.trim(x))
        self.music = read(music(part), 1)
        self.effects = [x for _, x in read(effects(part), 0.05)]

    def trim(self, x):
        """Without what is 35 dB below the loudest 20 ms at both ends."""
        width = self.rate // 50
        level = np.sqrt(np.convolve(x * x, np.ones(width) / width, "same"))
        at = np.flatnonzero(level > level.max() * 10 ** (-35 / 20))
        return x[at[0]:at[-1] + 1]

    def level(self, x):
        """RMS of the blocks of 100 ms within 10 dB of the mean."""
        y, block = signal.sosfilt(self.high_pass, x), self.rate // 10
        if len(y) < block:
            return np.sqrt(np.mean(y * y) + 1e-12)
        e = np.mean(y[:len(y) // block * block].reshape(-1, block) ** 2, 1)
        return np.sqrt(np.mean(e[e >= 0.1 * e.mean()]) + 1e-12)

    def tilt(self, x, rng, db=5):
        k, a = np.tan(np.pi * rng.uniform(300, 2500) / self.rate), 10 ** (rng.uniform(-db, db) / 20)
        return signal.lfilter([(1 + a * k) / (1 + k), (a * k - 1) / (1 + k)], [1, (k - 1) / (1 + k)], x)

    def reverb(self, x, rng):
        n = int(rng.uniform(0.1, 0.6) * self.rate)
        h = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
        h *= 10 ** (rng.uniform(-20, -8) / 20) / np.sqrt((h * h).sum())
        h[0] = 1
        return signal.fftconvolve(x, h)[:len(x)]

    def noise(self, n, rng):
        kind, w = rng.integers(3), rng.standard_normal(n)
        if kind == 0:
            return w
        pole = np.exp(-(600 if kind == 1 else 120) / self.rate)
        return signal.lfilter([1 - pole], [1, -pole], w)

    def piece(self, n, rng):
        while True:
            _, x = self.music[rng.integers(len(self.music))]
            x = np.tile(x, -(-(n + self.rate) // len(x)))
            at = rng.integers(0, len(x) - n)
            if self.level(x[at:at + n]) > 1e-3:
                return x[at:at + n] / self.level(x[at:at + n])

    def talk(self, n, kind, rng):
        """Speech at level 1 and where it is: utterances, pauses of less than 0.3 s between them included."""
        rate, names = self.rate, sorted(self.voices)
        x, is_speech = np.zeros(n), np.zeros(n, bool)
        at = rng.uniform(0, 12 if kind == "podcast" else 6) * rate
        while at < n - rate:
            voice = self.voices[names[rng.integers(len(names))]]
            for _ in range(rng.integers(6, 20) if kind == "podcast" else rng.integers(1, 7)):
                s = voice[rng.integers(len(voice))]
                if self.is_train:       # other voices of the same
                    s = np.interp(np.arange(0, len(s) - 1, rng.uniform(0.85, 1.18)), np.arange(len(s)), s)
                s = self.tilt(s / self.level(s) * 10 ** (rng.normal(0, 1.5) / 20), rng)
                if rng.random() < 0.4:
                    s = self.reverb(s, rng)
                s = s[:n - int(at)]
                if len(s) < 0.3 * rate:
                    break
                x[int(at):int(at) + len(s)] += s
                is_speech[int(at):int(at) + len(s)] = True
                at += len(s) + rng.exponential(0.35) * rate
                if at > n - rate:
                    break
            at += rng.exponential({"film": 7, "dense": 2.5, "podcast": 2.5}[kind]) * rate
        edges = np.flatnonzero(np.diff(np.concatenate([[0], is_speech.astype(int), [0]])))
        for end, begin in zip(edges[1:-1:2], edges[2::2]):
            if begin - end < 0.3 * rate:
                is_speech[end:begin] = True
        return x, is_speech

    def sprinkle(self, x, how_many, most_db, rng):
        for _ in range(how_many):
            e = self.effects[rng.integers(len(self.effects))]
            at = rng.integers(0, len(x) - 10)
            e = (e / self.level(e) * 10 ** (rng.uniform(-20, most_db) / 20))[:len(x) - at]
            x[at:at + len(e)] += e

    def item(self, kind, rng, seconds=60):
        """@kind: film, dense, podcast (speech over beds of music and noise, music in between, effects), music, effects.
        Returns the mixture and where there is speech, by sample."""
        rate, n = self.rate, int(seconds * self.rate)
        x, is_speech = np.zeros(n), np.zeros(n, bool)
        if kind == "music":
            x = self.tilt(self.piece(n, rng), rng, 3)
        elif kind == "effects":
            x = self.noise(n, rng) * 10 ** (rng.uniform(-50, -15) / 20)
            self.sprinkle(x, rng.integers(30, 150), 4, rng)
        else:
            x, is_speech = self.talk(n, kind, rng)
            if kind != "podcast" or rng.random() < 0.6:
                bed, loud = 10 ** (rng.uniform(-28, -8) / 20), 10 ** (rng.uniform(-12, 6) / 20)
                up = max(bed, loud) if rng.random() < 0.7 else bed
                step = rate // 100
                near = np.convolve(is_speech[::step], np.ones(101), "same") > 0
                gain = np.resize(np.where(near, bed, up).repeat(step), n)
                fade = np.hanning(rate // 2 * 2 + 1)
                gain = signal.fftconvolve(np.pad(gain, len(fade), mode="edge"), fade / fade.sum(), "same")[len(fade):-len(fade)]
                x = x + self.piece(n, rng) * gain
            x = x + self.noise(n, rng) * 10 ** (rng.uniform(-60, -28) / 20)
            if kind != "podcast":
                self.sprinkle(x, rng.integers(0, 25), 4, rng)
        return x * 10 ** (rng.uniform(-32, -18) / 20), is_speech


KINDS = ["film", "film", "dense", "podcast", "music", "music", "effects"]
