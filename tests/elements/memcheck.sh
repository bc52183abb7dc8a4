#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/elements/memcheck.sh BUILD_DIR: each element under valgrind's memcheck, in formats and cuts of its own. TAP.
# Counted are invalid accesses, decisions on undefined values, and memory definitely lost with our plugin in the stack.
set -u
command -v valgrind >/dev/null || { echo '1..0 # SKIP valgrind is not installed'; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GST_PLUGIN_PATH_1_0="$1/gst" GST_REGISTRY="$work/registry" G_SLICE=always-malloc G_DEBUG=gc-friendly LC_ALL=C.UTF-8
n=0
gst-inspect-1.0 mastering >"$work/inspect" || exit 1
for element in $(sed -n 's/^  \([a-z0-9]*\): .*/\1/p' "$work/inspect"); do
  for shape in 'samplesperbuffer=1024 ! audio/x-raw,format=F32LE,channels=2,rate=48000' \
    'samplesperbuffer=7 ! audio/x-raw,format=F64LE,channels=2,rate=44100,layout=non-interleaved' \
    'samplesperbuffer=4801 ! audio/x-raw,format=F32LE,channels=2,rate=96000'; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # words of a pipeline
    valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=none --num-callers=30 \
      gst-launch-1.0 -q audiotestsrc wave=pink-noise num-buffers=20 ${shape%% *} ! audioconvert ! ${shape#* ! } ! "$element" ! \
      fakesink >"$work/log" 2>&1
    status=$?
    lost=$(awk '/definitely lost/ { block = $0; mine = 0 } /libgstmastering/ { mine = 1 } /==  *$/ { if (mine && block) print block; block = "" }' "$work/log")
    if [ $status -eq 0 ] && [ -z "$lost" ]; then
      echo "ok $n - $element: $shape"
    else
      echo "not ok $n - $element: $shape"
      [ $status -eq 0 ] || sed 's/^/# /' "$work/log" | head -n 40
      [ -z "$lost" ] || echo "# ${lost//$'\n'/$'\n'# }"
    fi
  done
done
echo "1..$n"
