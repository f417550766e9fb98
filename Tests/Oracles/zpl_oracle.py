"""Draws ZPL with a renderer written by others and reads the codes off the picture.

    zpl_oracle.py IN.zpl OUT.png [WIDTH HEIGHT [DPI]]

Width and height are dots; without them they are read from the label, and a strip that runs out
sideways is turned, so that a person can read it. Without a resolution it is 203 dpi. On standard
output: one line a code, its format, a tab and its text. Whatever the renderer does not understand
ends the run with status 1.
"""

import re
import sys

import zxingcpp
from PIL import Image
from zplkit import Options, render
from zplkit._native import RenderError
from zplkit.parse import parse

# Settings of a device, which a renderer of pictures refuses.
SETTINGS = {b"PQ"}
SIZES = (rb"\^PW(\d+)", rb"\^LL(\d+)")


def main():
    source, target = sys.argv[1:3]
    with open(source, "rb") as file:
        zpl = file.read()
    sizes = [int(size) for size in sys.argv[3:5]]
    dpi = int(sys.argv[5]) if len(sys.argv) > 5 else 203
    width, height = sizes or [int(re.search(command, zpl)[1]) for command in SIZES]
    drawable = b"".join(
        bytes(element)
        for element in parse(zpl).elements
        if not (
            element.kind in ("format_command", "control_command")
            and bytes(element)[1:3].upper() in SETTINGS
        )
    )
    options = Options(profile="zd621", width=int(width), height=int(height), dpi=dpi)
    try:
        document = render(drawable, options)
    except RenderError as error:
        sys.exit(f"the renderer cannot draw this label: {error}")
    if len(document.labels) != 1:
        sys.exit(f"{len(document.labels)} labels where one was expected")
    with open(target, "wb") as file:
        file.write(document.labels[0].png())
    if not sizes and b"^A0R" in zpl:
        Image.open(target).rotate(90, expand=True).save(target)
    for code in zxingcpp.read_barcodes(Image.open(target).convert("L")):
        print(f"{code.format}\t{code.text}")


if __name__ == "__main__":
    main()
