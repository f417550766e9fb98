"""Draws ZPL with a renderer written by others and reads the codes off the picture.

    zpl_oracle.py IN.zpl OUT.png WIDTH HEIGHT [DPI]

Width and height are dots at 203 dpi, or at the resolution given. On standard output: one line a code, its format, a tab and
its text. Whatever the renderer does not understand ends the run with status 1.
"""

import sys

import zxingcpp
from PIL import Image
from zplkit import Options, render
from zplkit.parse import parse

# Settings of a device, which a renderer of pictures refuses.
SETTINGS = {b"PQ"}


def main():
    source, target, width, height = sys.argv[1:5]
    dpi = int(sys.argv[5]) if len(sys.argv) > 5 else 203
    with open(source, "rb") as file:
        zpl = file.read()
    drawable = b"".join(
        bytes(element)
        for element in parse(zpl).elements
        if not (
            element.kind in ("format_command", "control_command")
            and bytes(element)[1:3].upper() in SETTINGS
        )
    )
    options = Options(profile="zd621", width=int(width), height=int(height), dpi=dpi)
    document = render(drawable, options)
    if len(document.labels) != 1:
        sys.exit(f"{len(document.labels)} labels where one was expected")
    with open(target, "wb") as file:
        file.write(document.labels[0].png())
    for code in zxingcpp.read_barcodes(Image.open(target).convert("L")):
        print(f"{code.format}\t{code.text}")


if __name__ == "__main__":
    main()
