#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/docs/embed.sh EMBED BUILD_DIR: examples/embed.c masters a file, and says what is wrong with a missing one. TAP.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GST_PLUGIN_PATH_1_0="$2/gst" GST_REGISTRY="$work/registry" G_DEBUG=fatal-criticals
gst-launch-1.0 -q audiotestsrc num-buffers=100 wave=pink-noise ! audio/x-raw,channels=2,rate=44100 ! wavenc ! filesink location="$work/in.wav"
if "$1" "$work/in.wav" "$work/out.flac" >"$work/log" 2>&1 && flac -s -t "$work/out.flac" 2>>"$work/log"; then
  echo "ok 1 - masters a file that flac accepts"
else
  echo "not ok 1 - masters a file that flac accepts"
  sed 's/^/# /' "$work/log"
fi
frames=$(ffprobe -v error -show_entries stream=duration_ts -of csv=p=0 "$work/out.flac" 2>/dev/null)
[ "$frames" = 102400 ] || printf 'not '
echo "ok 2 - frames out = frames in ($frames)"
"$1" "$work/missing.wav" "$work/none.flac" >"$work/log" 2>&1
if [ $? -eq 1 ] && grep -q . "$work/log"; then echo "ok 3 - a missing file is an error"; else echo "not ok 3 - a missing file is an error"; fi
echo 1..3
