#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws panels of curves, as SVG by itself or as PNG by matplotlib.

    plot.py svg|png FILE < figure.json
    plot.py --check svg|png             exit code 1 and a reason if that cannot be drawn here

figure.json: {"title": TEXT, "panels": [{"title": TEXT, "unit": TEXT, "log": false, "lines": [Y, ...],
              "curves": [{"name": TEXT, "colour": "#2171b5", "points": [[X, Y], ...]}, ...]}, ...]}
X is seconds, or with "log" Hz. "lines" are dashed, at that height.
gst-master-1.0 --plot runs it, examples/meter imports it.
"""
import importlib.util
import json
import math
import sys

WIDTH, LEFT, RIGHT, TOP, HEIGHT, GAP = 1000, 60, 20, 40, 340, 60


def can(form):
    """None, or why not"""
    if form == 'png' and importlib.util.find_spec('matplotlib') is None:
        return 'a PNG needs the package python3-matplotlib; a name that ends in .svg needs nothing'
    return None


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;')


def steps(low, high):
    """multiples of 1, 2, 5, 10 ... that cut the range into at most eight"""
    step = next(s * 10.0 ** e for e in range(-2, 6) for s in (1, 2, 5) if (high - low) / (s * 10.0 ** e) <= 8)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def ranges(panel):
    xs = [p[0] for c in panel['curves'] for p in c['points']]
    ys = [p[1] for c in panel['curves'] for p in c['points']] + panel.get('lines', [])
    low, high = min(ys, default=-40.0), max(ys, default=0.0)
    return min(xs, default=1.0) if panel.get('log') else 0.0, max(xs, default=1.0), low - 1.0, high + 1.0


def ticks(panel, begin, end):
    if panel.get('log'):
        return [(f, f'{f / 1000:g}k' if f >= 1000 else f'{f:g}') for f in (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)
                if begin <= f <= end]
    step = next((s for s in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200) if end / s <= 12), 86400)
    return [(t, f'{t // 60}:{t % 60:02}') for t in range(0, int(end) + 1, step)]


def svg_panel(panel, top):
    begin, end, low, high = ranges(panel)
    scale = math.log if panel.get('log') else float

    def x(v):
        return LEFT + (WIDTH - LEFT - RIGHT) * (scale(v) - scale(begin)) / ((scale(end) - scale(begin)) or 1.0)

    def y(v):
        return top + HEIGHT * (high - v) / (high - low)
    out = [f'<text x="{LEFT - 45}" y="{top - 8}">{escape(panel["title"])}, {escape(panel["unit"])}</text>']
    for v in steps(low, high):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{v:g}</text>')
    for v, text in ticks(panel, begin, end):
        out.append(f'<text x="{x(v):.1f}" y="{top + HEIGHT + 18}" text-anchor="middle">{text}</text>')
    for v in panel.get('lines', []):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#238b45" stroke-dasharray="6 4"/>')
    for n, curve in enumerate(panel['curves']):
        path = ' '.join(f'{x(a):.1f},{y(b):.1f}' for a, b in curve['points'])
        out.append(f'<polyline points="{path}" fill="none" stroke="{curve["colour"]}" stroke-width="1.5"/>'
                   f'<text x="{WIDTH - RIGHT - 150 * (len(panel["curves"]) - n) + 20}" y="{top - 8}" fill="{curve["colour"]}">'
                   f'{escape(curve["name"])}</text>')
    return out


def svg(figure):
    height = TOP + (HEIGHT + GAP) * len(figure['panels']) + 10
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           f'<text x="{LEFT - 45}" y="22" font-size="15">{escape(figure["title"])}</text>']
    for n, panel in enumerate(figure['panels']):
        out += svg_panel(panel, TOP + 20 + (HEIGHT + GAP) * n)
    return '\n'.join(out + ['</svg>', ''])


def png(figure, path):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    drawing, all_axes = plt.subplots(len(figure['panels']), figsize=(10, 3.9 * len(figure['panels'])), squeeze=False, layout='constrained')
    drawing.suptitle(figure['title'])
    for axes, panel in zip(all_axes[:, 0], figure['panels']):
        for curve in panel['curves']:
            axes.plot([p[0] for p in curve['points']], [p[1] for p in curve['points']], color=curve['colour'], label=curve['name'],
                      linewidth=1)
        for v in panel.get('lines', []):
            axes.axhline(v, color='#238b45', linestyle='--', linewidth=1)
        begin, end, low, high = ranges(panel)
        if panel.get('log'):
            axes.set_xscale('log')
        axes.set(title=panel['title'], ylabel=panel['unit'], xlim=(begin, end), ylim=(low, high))
        axes.set_xticks([v for v, _ in ticks(panel, begin, end)], [text for _, text in ticks(panel, begin, end)])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        if panel['curves']:
            axes.legend(loc='lower right')
    drawing.savefig(path, dpi=100, format='png')


def draw(figure, form, path):
    if form == 'png':
        png(figure, path)
    else:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(svg(figure))


def main():
    if sys.argv[1] == '--check':
        sys.exit(can(sys.argv[2]))
    draw(json.load(sys.stdin), sys.argv[1], sys.argv[2])


if __name__ == '__main__':
    main()
