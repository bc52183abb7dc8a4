#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What applications rely on is what it was, what it says about itself is useful, and the documentation knows all of it. TAP.

    tests/docs/abi.py SOURCE_DIR BUILD_DIR ABI_DUMP [--update]

Compares ABI_DUMP's output with tests/docs/abi.txt; --update rewrites that file, for a change that is meant. For each element
docs/<element>.md has to name each property, nick and signal in backticks and no property of its tables that is not there.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

count = 0
failed = 0


def check(what, wrong):
    global count, failed
    count += 1
    failed += bool(wrong)
    print(f'{"not " if wrong else ""}ok {count} - {what}')
    for line in list(wrong)[:40]:
        print(f'# {line}')


def main():
    source, build, dump = map(os.path.abspath, sys.argv[1:4])
    stored_name = os.path.join(source, 'tests', 'docs', 'abi.txt')
    with tempfile.TemporaryDirectory() as directory:
        env = dict(os.environ, GST_PLUGIN_PATH_1_0=os.path.join(build, 'gst'), GST_REGISTRY=os.path.join(directory, 'registry'),
                   G_DEBUG='fatal-criticals', LC_ALL='C.UTF-8')
        now, blurbs = (subprocess.run([dump, *more], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
                       for more in ([], ['--blurbs']))
        inspect = subprocess.run(['gst-inspect-1.0', 'mastering'], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    if '--update' in sys.argv:
        with open(stored_name, 'w', encoding='utf-8') as f:
            f.write('\n'.join(now) + '\n')
    with open(stored_name, encoding='utf-8') as f:
        stored = f.read().splitlines()
    check('types, pads, signals, properties, ranges, defaults and nicks are those of tests/docs/abi.txt',
          [line for line in difflib.unified_diff(stored, now, 'abi.txt', 'now', n=0, lineterm='')])
    elements = sorted({line.split()[0] for line in now if ' type ' in line})
    check('gst-inspect-1.0 mastering lists the same elements',
          set(elements) ^ set(re.findall(r'^  (\w+): ', inspect, re.M)))

    texts = [line.split(': ', 1) for line in blurbs]
    check('each property says what it is, in plain ASCII',
          [f'{name}: {text}' for name, text in texts if len(text) < 12 or not text.isascii() or text.lower() == name.split()[1]])

    for element in elements:
        page = os.path.join(source, 'docs', element + '.md')
        if not os.path.exists(page):
            check(f'docs/{element}.md', ['is not there'])
            continue
        with open(page, encoding='utf-8') as f:
            text = f.read()
        words = set(re.findall(r'[\w+:-]+', ' '.join(re.findall(r'`([^`\n]+)`', text))))
        mine = [line for line in now if re.match(rf'{element}(::band)? ', line)]
        properties = {line.split()[2].rstrip(':') for line in mine if ' property ' in line}
        signals = {line.split()[2].rstrip(':') for line in mine if ' signal ' in line}
        nicks = {nick for line in mine if ' property ' in line for nick in re.findall(r'\{ (.*?) \}', line)[:1] for nick in nick.split()}
        check(f'docs/{element}.md names each property', sorted(properties - words))
        check(f'docs/{element}.md names each nick', sorted(nicks - words))
        check(f'docs/{element}.md names each signal', sorted(signals - words))
        heads = re.findall(r'^\|\s*(?:band )?propert(?:y|ies)\b.*\n\|[-| :]+\n((?:\|.*\n)+)', text, re.M | re.I)
        rows = {name for table in heads for row in table.splitlines() for name in re.findall(r'`([\w-]+)`', row.split('|')[1])}
        check(f'docs/{element}.md has no property in its tables that is not there', sorted(rows - properties))
    print(f'1..{count}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
