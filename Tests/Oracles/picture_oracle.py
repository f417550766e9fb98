"""Compares our pictures of labels with those of a renderer written by others.

    picture_oracle.py WARREN LABEL.zpl ...

For each label: what is no text and no code is the same dot for dot; each code reads as the same text
in both pictures; each line of text, drawn alone, begins and ends in the same places in both, within a
sixth of its height and two dots (the letters' shapes are our own). Any difference ends the run with
status 1.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops
from zplkit import Options, render

FIELD = re.compile(rb"\^FO(\d+),(\d+)(.*?)\^FS\n?", re.DOTALL)
TEXT = re.compile(rb"\^A0([NR]),(\d+),")


def theirs(zpl, folder):
    width, height = (int(re.search(rb"\^%s(\d+)" % name, zpl)[1]) for name in (b"PW", b"LL"))
    options = Options(profile="zd621", width=width, height=height, dpi=203)
    document = render(re.sub(rb"\^PQ\d+", b"", zpl), options)
    target = folder / "theirs.png"
    target.write_bytes(document.labels[0].png())
    return Image.open(target).convert("L").point(lambda grey: 255 if grey > 127 else 0)


def ours(warren, zpl, folder):
    source, target = folder / "label.zpl", folder / "ours.png"
    source.write_bytes(zpl)
    subprocess.run([warren, "picture", source, target], check=True)
    return Image.open(target).convert("L")


def only(zpl, keep):
    """The label with those fields that are to be kept."""
    return FIELD.sub(lambda field: field[0] if keep(field[0]) else b"", zpl)


def ink(picture):
    return ImageChops.invert(picture).getbbox()


def codes(picture):
    return sorted(code.text for code in zxingcpp.read_barcodes(picture))


def compare(warren, path, folder):
    zpl = Path(path).read_bytes()
    problems = []
    whole = (ours(warren, zpl, folder), theirs(zpl, folder))
    if whole[0].size != whole[1].size:
        problems.append(f"sizes {whole[0].size} and {whole[1].size}")
        return problems, 0, 0, 0
    read = [codes(picture) for picture in whole]
    count = zpl.count(b"^BQ")
    if read[0] != read[1] or len(read[0]) != count:
        problems.append(f"{count} codes read as {read[0]} and {read[1]}")

    boxes = only(zpl, lambda field: b"^GB" in field or b"^GF" in field)
    pair = (ours(warren, boxes, folder), theirs(boxes, folder))
    if ImageChops.difference(*pair).getbbox():
        problems.append(f"boxes differ at {ImageChops.difference(*pair).getbbox()}")

    lines, worst = 0, 0.0
    for field in FIELD.finditer(zpl):
        text = TEXT.search(field[0])
        if not text:
            continue
        # Reversed text shows on white paper as well.
        alone = only(zpl, lambda other, wanted=field[0]: other == wanted).replace(b"^FR", b"")
        places = [ink(picture) for picture in (ours(warren, alone, folder), theirs(alone, folder))]
        lines += 1
        if None in places:
            if places[0] != places[1]:
                problems.append(f"a line at {field[1]},{field[2]} is in one picture only")
            continue
        height = int(text[2])
        off = max(abs(a - b) for a, b in zip(*places))
        worst = max(worst, off / height)
        if off > height / 6 + 2:
            problems.append(f"a line at {field[1]},{field[2]} of {height}: {places}")
    return problems, count, lines, worst


def main():
    warren, labels = sys.argv[1], sys.argv[2:]
    failed = not labels
    with tempfile.TemporaryDirectory() as folder:
        for label in labels:
            problems, count, lines, worst = compare(warren, label, Path(folder))
            for problem in problems:
                print(f"{label}: {problem}", file=sys.stderr)
            failed = failed or bool(problems)
            print(
                f"{Path(label).name}: {count} codes and {lines} lines, "
                f"off by {worst:.3f} of their height at most, {len(problems)} problems"
            )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
