#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The target table as C: targets.py targets.csv > targets-table.h

Every row becomes an initialiser of MstTarget (gst/dsp/target.h), so that what the program knows and what the file says cannot differ.
"""
import csv
import json
import math
import re
import sys

NUMBERS = ['integrated_lufs', 'tolerance_lu', 'max_true_peak_dbtp', 'max_sample_peak_dbfs', 'max_short_term_lufs', 'max_lra_lu', 'max_ldr_lu',
           'max_rms_dbfs']
TEXTS = ['id', 'name', 'kind', 'gate', 'grade', 'source', 'source_date', 'low_speech_target', 'not_measured']
GATES = {'program', 'dialogue', 'none'}
GRADES = {'standard', 'platform-published', 'reported', 'community'}
BEHAVIOURS = {'none', 'attenuate-only', 'static-gain', 'boost-until-tp', 'boost-with-limiter', 'player-gain', 'qc', 'qc-reject',
              'unknown'}


def row(line, fields):
    def stop(what):
        sys.exit(f'{sys.argv[1]}:{line}: {fields["id"]}: {what}')

    if None in fields or None in fields.values():
        stop('the number of columns differs from the first line')
    behaviour = re.fullmatch(r'([a-z-]+)(?:\((-?[0-9.]+)\))?', fields['platform_behaviour'])
    if not behaviour or behaviour[1] not in BEHAVIOURS:
        stop(f'platform_behaviour "{fields["platform_behaviour"]}" is not known')
    for key, known in (('gate', GATES), ('grade', GRADES)):
        if fields[key] not in known:
            stop(f'{key} "{fields[key]}" is not one of {", ".join(sorted(known))}')
    parts = [f'.{key} = {json.dumps(fields[key], ensure_ascii=False)}' for key in TEXTS]
    for key in NUMBERS:
        value = float(fields[key]) if fields[key] else math.nan
        parts.append(f'.{key} = {"NAN" if math.isnan(value) else repr(value)}')
    parts.append('.behaviour = MST_TARGET_' + behaviour[1].upper().replace('-', '_'))
    parts.append(f'.behaviour_ceiling_dbtp = {float(behaviour[2]) if behaviour[2] else "NAN"}')
    return '  { ' + ', '.join(parts) + ' },'


with open(sys.argv[1], encoding='utf-8', newline='') as f:
    reader = csv.DictReader(f)
    rows = [(reader.line_num, fields) for fields in reader]
ids = [fields['id'] for _, fields in rows]
if len(set(ids)) != len(ids):
    sys.exit(f'{sys.argv[1]}: an id stands twice: {sorted(i for i in ids if ids.count(i) > 1)[0]}')
print('/* Made from targets.csv by targets.py */')
for line, fields in rows:
    print(row(line, fields))
