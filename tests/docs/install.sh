#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# tests/docs/install.sh MESON SOURCE_DIR BUILD_DIR: what `meson install` puts where, and that it works from there. TAP.
set -u
meson=$1 source=$2 build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
check () { # check STATUS WHAT
  n=$((n + 1))
  [ "$1" -eq 0 ] || printf 'not '
  echo "ok $n - $2"
}
"$meson" install --no-rebuild -C "$build" --destdir "$work" >"$work/log" 2>&1
check $? "meson install"
plugin=$(find "$work" -name libgstmastering.so)
[[ $plugin == */gstreamer-1.0/libgstmastering.so ]]
check $? "the plugin is in a gstreamer-1.0 folder: ${plugin#"$work"}"
export GST_PLUGIN_PATH_1_0=${plugin%/*} GST_REGISTRY="$work/registry"
gst-inspect-1.0 mastering | grep -qF "$plugin"
check $? "gst-inspect-1.0 finds it there"
! ldd -r "$plugin" 2>&1 | grep -E 'undefined symbol|not found'
check $? "no undefined symbol"
symbols=$(nm -D --defined-only "$plugin" | awk '{print $3}' | grep -v '^gst_plugin_mastering_\(get_desc\|register\)$')
[ -z "$symbols" ] || echo "# $symbols"
[ -z "$symbols" ]
check $? "exports the plugin's two entry points and nothing else"
strip -o "$work/stripped.so" "$plugin"
size=$(stat -c %s "$work/stripped.so")
[ "$size" -le 1500000 ]
check $? "at most 1.5 MB stripped ($size bytes)"
if readelf -d "$plugin" | grep -q TEXTREL; then false; else true; fi
check $? "position independent"
for preset in "$source"/gst/data/presets/*.prs; do
  [ -e "$preset" ] || continue
  find "$work" -path "*/gstreamer-1.0/presets/${preset##*/}" | grep -q .
  check $? "preset file ${preset##*/} is installed"
done
tool=$(find "$work" -path '*/bin/gst-master-1.0')
[ -n "$tool" ] && "$tool" --version >"$work/log" 2>&1
check $? "gst-master-1.0 is installed and starts"
stray=$(find "$work" -type f -path "$work/*" | grep -v -E "gstreamer-1.0/|/bin/gst-master-1.0|$work/[a-z.]*$|/share/gst-mastering/|/share/(man|doc)/|/share/bash-completion/")
[ -z "$stray" ] || echo "# $stray"
[ -z "$stray" ]
check $? "nothing else is installed"
echo "1..$n"
