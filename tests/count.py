#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what really ran: the checks inside test programs, from meson's testlog.json files.

    tests/count.py LOG.json...

TAP subtests and gstcheck's "Checks: N" are counted, not programs. A program that fails without a failed check
(crash, time limit, broken plan) is one failure; so is one that succeeds without having checked anything.
Prints failures, what was skipped by name, a table, and last `N passed, N failed[, N skipped]`.
Exit status 1 if anything failed or nothing ran.
"""
import json
import re
import sys

TAP = re.compile(r'^(not )?ok\b *(\d+)? *-? *([^#]*)(#\s*(SKIP|TODO)\b(.*))?', re.I)
PLAN_SKIP = re.compile(r'^1\.\.0\b.*#\s*SKIP\S*\s*(.*)', re.I)
CHECK = re.compile(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)


def count(test):
    """(passed, failed lines, skipped lines) of one test program"""
    out = test.get('stdout') or ''
    passed, failed, skipped = 0, [], []
    said = False                # the diagnostics of a failed check belong to it
    for line in out.splitlines():
        if line.startswith('#') and said and failed[-1].count('\n') < 8:
            failed[-1] += '\n      ' + line
            continue
        said = False
        plan = PLAN_SKIP.match(line)
        if plan:
            skipped.append(plan.group(1).strip() or 'all of it')
            continue
        tap = TAP.match(line)
        if not tap:
            continue
        what = (tap.group(3) or '').strip()
        directive = (tap.group(5) or '').upper()
        if directive == 'SKIP':
            skipped.append(f'{what} ({tap.group(6).strip()})' if tap.group(6).strip() else what)
        elif tap.group(1) and directive != 'TODO':
            failed.append(what or line)
            said = True
        elif not tap.group(1):
            passed += 1
    for checks, failures, errors in CHECK.findall(out):
        bad = int(failures) + int(errors)
        passed += int(checks) - bad
        lines = [l for l in out.splitlines() if re.search(r':\d+:[FE]:', l)]
        failed += (lines + ['a check failed'] * bad)[:bad]
    result = test['result']
    if result == 'SKIP' and not skipped:
        skipped.append('all of it')
    if result not in ('OK', 'SKIP', 'EXPECTEDFAIL') and not failed:
        code = test.get('returncode')
        failed.append(f'{result.lower()}, exit status {code}: ' + last_line(test))
    if result == 'OK' and not passed and not failed and not skipped:
        failed.append('ran no checks')
    return passed, failed, skipped


def last_line(test):
    lines = ((test.get('stderr') or '') + '\n' + (test.get('stdout') or '')).strip().splitlines()
    return lines[-1][:200] if lines else 'no output'


def main(paths):
    rows, failures, skips = {}, [], []
    for path in paths:
        run = re.sub(r'.*/|\.json$', '', path)
        try:
            log = open(path, encoding='utf-8', errors='replace')
        except OSError as error:
            failures.append(f'{run}: {error}')
            row = rows.setdefault(run, [0, 0, 0, 0, 0.0])
            row[2] += 1
            continue
        with log:
            for text in log:
                test = json.loads(text)
                passed, failed, skipped = count(test)
                title, _, name = test['name'].rpartition(' / ')
                suite = re.sub(r'.*:', '', title) or 'all'
                row = rows.setdefault(suite if run == 'testlog' else f'{run}: {suite}', [0, 0, 0, 0, 0.0])
                for i, n in enumerate((1, passed, len(failed), len(skipped), test.get('duration') or 0.0)):
                    row[i] += n
                failures += [f'{run}: {suite}/{name}: {what}' for what in failed]
                skips += [f'{suite}/{name}: {what}' for what in skipped]
    for title, lines in (('Failed', failures), ('Skipped', sorted(set(skips)))):
        if lines:
            print(f'\n{title}:')
            for line in lines[:200]:
                print('  ' + line)
            if len(lines) > 200:
                print(f'  and {len(lines) - 200} more')
    width = max([len(title) for title in rows] + [5])
    print(f'\n{"suite":{width}}  programs   passed   failed  skipped  seconds')
    for title, (programs, passed, failed, skipped, seconds) in rows.items():
        print(f'{title:{width}}  {programs:8}  {passed:7}  {failed:7}  {skipped:7}  {seconds:7.1f}')
    passed, failed, skipped = (sum(row[i] for row in rows.values()) for i in (1, 2, 3))
    if not passed and not failed:
        failed = 1
        print('\nNothing ran at all.')
    print(f'\n{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
