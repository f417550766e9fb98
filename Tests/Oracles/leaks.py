"""Looks for texts in bytes that must not hold them, in every form in which they could leak."""

import base64
import ctypes
import ctypes.util
import re
import zlib

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
OPEN_MAX = 64 << 20


def forms(word):
    """A word, by the name of the form, as the byte strings of which one stands there."""
    plain = word.encode()
    found = {
        "UTF-16LE": [word.encode("utf-16-le")], "UTF-16BE": [word.encode("utf-16-be")],
        "hex": [plain.hex().encode(), plain.hex().upper().encode()],
        "reversed": [plain[::-1]],
        "ASCII85": [base64.a85encode(plain[start:start + 4 * ((len(plain) - start) // 4)])
                    for start in range(4)],
    }
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode),
                         ("base32", base64.b32encode)):
        # In the middle of a longer text it begins at any place of a group; of each only the
        # digits that nothing else has a part in.
        group, digits = (5, 8) if name == "base32" else (3, 4)
        bits = 5 if name == "base32" else 6
        found[name] = []
        for before in range(group):
            whole = encode(b"\0" * before + plain + b"\0" * (-(before + len(plain)) % group))
            first = -(-before * 8 // bits)
            last = (before + len(plain)) * 8 // bits
            found[name].append(whole[first:last])
    return found


def unpacked(bytes):
    """What zstd, gzip and zlib would make of any place in some bytes."""
    for place in re.finditer(re.escape(ZSTD_MAGIC), bytes):
        if text := zstd(bytes[place.start():]):
            yield "zstd", text
    for place in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", bytes):
        piece = bytes[place.start():]
        try:
            yield "deflate", zlib.decompressobj(47).decompress(piece, OPEN_MAX)
        except zlib.error:
            continue


def zstd(bytes):
    """As much as one frame gives, also of one that was cut off; none for what is none."""
    library = ctypes.CDLL(ctypes.util.find_library("zstd"))
    library.ZSTD_createDStream.restype = ctypes.c_void_p
    library.ZSTD_decompressStream.restype = ctypes.c_size_t
    library.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]

    class Buffer(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t), ("place", ctypes.c_size_t)]

    source = ctypes.create_string_buffer(bytes, len(bytes))
    target = ctypes.create_string_buffer(1 << 20)
    stream = library.ZSTD_createDStream()
    given = Buffer(ctypes.cast(source, ctypes.c_void_p), len(bytes), 0)
    text = b""
    try:
        while given.place < given.size and len(text) < OPEN_MAX:
            taken = Buffer(ctypes.cast(target, ctypes.c_void_p), len(target), 0)
            left = library.ZSTD_decompressStream(
                stream, ctypes.byref(taken), ctypes.byref(given))
            text += target.raw[:taken.place]
            if library.ZSTD_isError(ctypes.c_size_t(left)) or left == 0 or not taken.place:
                break
    finally:
        library.ZSTD_freeDStream(stream)
    return text


def hits(word, bytes, isPacked=True):
    """How often a word stands in some bytes, by form; letters count in any case."""
    lower = bytes.lower()
    found = {"UTF-8": lower.count(word.lower().encode())}
    for name, needles in forms(word).items():
        # base64 and ASCII85 tell letters by case; the others do not.
        isCased = name.startswith("base64") or name == "ASCII85"
        place = bytes if isCased else lower
        for needle in needles:
            found[name] = found.get(name, 0) + place.count(needle if isCased else needle.lower())
    if isPacked:
        for name, text in unpacked(bytes):
            found[name] = found.get(name, 0) + sum(hits(word, text, False).values())
    return {name: count for name, count in found.items() if count}


def prove(word):
    """The search finds what is planted, in each form; raises where it does not."""
    text = f"before {word} behind"
    plain = text.encode()
    compressor = ctypes.CDLL(ctypes.util.find_library("zstd"))
    target = ctypes.create_string_buffer(1_000)
    # Long enough to be worth compressing, and the word in one piece.
    many = plain + b" " * 500
    size = compressor.ZSTD_compress(target, 1_000, many, len(many), 3)
    planted = [
        ("UTF-8", plain.upper()), ("UTF-16LE", text.encode("utf-16-le")),
        ("UTF-16BE", text.encode("utf-16-be")), ("hex", plain.hex().encode()),
        ("reversed", plain[::-1]), ("zstd", target.raw[:size]), ("deflate", zlib.compress(plain)),
    ]
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode),
                         ("base32", base64.b32encode), ("ASCII85", base64.a85encode)):
        planted += [(name, encode(b"x" * shift + plain)) for shift in range(5)]
    for name, bytes in planted:
        if not hits(word, b"\x00noise" + bytes + b"noise\xff").get(name):
            raise AssertionError(f"the search does not find what is planted as {name}")
    return sorted({name for name, _ in planted})


def repeats(pieces, size):
    """At how many places a run of bytes stands that stands elsewhere in the pieces too: one that
    begins at a multiple of `size` in a piece. Any run of twice that length holds one."""
    known, places = {}, 0
    for number, piece in enumerate(pieces):
        for start in range(0, len(piece) - size + 1, size):
            known.setdefault(piece[start:start + size], (number, start))
    for number, piece in enumerate(pieces):
        for start in range(len(piece) - size + 1):
            first = known.get(piece[start:start + size])
            if first is not None and first != (number, start):
                places += 1
    return places
