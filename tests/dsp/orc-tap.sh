#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# orc-tap.sh PROGRAM: what a program made by `orcc --test` says (each ORC program compiled, by its C fallback and by ORC's emulator
# on random data) as TAP.
log=$("$1" 2>&1)
status=$?
printf '%s\n' "$log" | awk -v status=$status '
  /^[a-z0-9_]+:$/ { name = $1 }
  /PASSED|FAILED/ { n++; print (/FAILED/ ? "not ok " : "ok ") n " - " name " " $1 " " $2 }
  END { n++; print (status == 0 && n > 1 ? "ok " : "not ok ") n " - exit status " status; print "1.." n }'
