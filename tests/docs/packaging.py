#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""debian/ against what meson installs, speaking TAP: packaging.py MESON SOURCE_DIR BUILD_DIR

Each installed file belongs to one binary package, each line of debian/*.install finds one, and the versions are the same. Building the
packages takes minutes: dpkg-buildpackage -b -us -uc.
"""
import fnmatch
import glob
import json
import os
import re
import subprocess
import sys

meson, source, build = sys.argv[1:4]
count = 0


def ok(passed, text):
    global count
    count += 1
    print(f'{"ok" if passed else "not ok"} {count} - {text}', flush=True)


def introspect(what):
    return json.loads(subprocess.run([*meson.split(), 'introspect', what, build], capture_output=True, text=True, check=True).stdout)


options = {o['name']: o['value'] for o in introspect('--buildoptions')}
# (without dpkg-dev meson does not know the folder of this architecture; debhelper tells it)
libraries = os.path.join('usr', options['libdir'], '')
installed = sorted(re.sub('^' + re.escape(libraries) + '(?!.*-linux-gnu)', 'usr/lib/any-linux-gnu/', 'usr/' + os.path.relpath(path, options['prefix']))
                   for path in introspect('--installed').values())
claims = {os.path.basename(path)[:-len('.install')]: open(path, encoding='utf-8').read().split()
          for path in glob.glob(os.path.join(source, 'debian', '*.install'))}
used = set()
for path in installed:
    owners = [(package, pattern) for package, patterns in claims.items() for pattern in patterns
              if fnmatch.fnmatch(path, pattern) or path.startswith(pattern.rstrip('/') + '/')]
    used.update(owners)
    ok(len({package for package, _ in owners}) == 1, f'{path} is in {", ".join(package for package, _ in owners) or "no package"}')
ok(used == {(package, pattern) for package, patterns in claims.items() for pattern in patterns}, 'every line of debian/*.install finds a file')
control = open(os.path.join(source, 'debian/control'), encoding='utf-8').read()
ok(set(re.findall(r'^Package: (\S+)', control, re.M)) == set(claims), 'every package has files')
version = introspect('--projectinfo')['version']
changelog = open(os.path.join(source, 'debian/changelog'), encoding='utf-8').readline()
ok(f'({version})' in changelog, f'version {version} in debian/changelog')
wanted = re.findall(r'^build +(\S+)', subprocess.run(['sed', '-n', '/^LIST$/q;p', os.path.join(source, 'tests/install')],
                                                     capture_output=True, text=True, check=True).stdout, re.M)
missing = [package for package in wanted if package not in control and package not in ('gcc', 'libc6-dev')]
ok(wanted and not missing, f'what tests/install needs to build is in Build-Depends {missing or ""}')
print(f'1..{count}')
