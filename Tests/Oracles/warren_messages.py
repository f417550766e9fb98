"""Messages between replicas (Wire-Format.md): reads the document's own vectors."""

import re

from warren_bytes import Fault, Hex, Reader, Writer

ENTRIES_MAX, BRANCHES_MAX, PINS_MAX, HEADS_MAX = 4096, 16, 1024, 256
FRAME_MAX, CONTROL_MAX, CREDIT_MAX = 1_310_720, 196_608, 4_194_304
SUMMARY_SIZE = 148


def decode(raw):
    """A message as (kind, content)."""
    reader = Reader(raw)
    kind = reader.byte()
    if kind not in KINDS:
        raise Fault("unknownCode")
    content = KINDS[kind][0](reader)
    reader.finish()
    return kind, content


def encode(kind, content):
    writer = Writer()
    writer.byte(kind)
    KINDS[kind][1](writer, content)
    return bytes(writer.raw)


def read_summary(reader):
    raw = Reader(reader.take(SUMMARY_SIZE))
    return {"generation": raw.u64(), "schema": int.from_bytes(raw.take(4), "little"),
            "roster": raw.take(32), "vector": raw.take(32), "digest": raw.take(32),
            "rows": int.from_bytes(raw.take(8), "little", signed=True), "floor": raw.take(32)}


def write_summary(writer, summary):
    writer.u64(summary["generation"])
    writer.put(summary["schema"].to_bytes(4, "little"))
    for name in ("roster", "vector", "digest"):
        writer.put(summary[name])
    writer.put(summary["rows"].to_bytes(8, "little", signed=True))
    writer.put(summary["floor"])


def read_hello(reader):
    oldest, newest = reader.byte(), reader.byte()
    if not 1 <= oldest <= newest:
        raise Fault("notCanonical")
    return oldest, newest, reader.take(16), read_summary(reader)


def write_hello(writer, hello):
    writer.byte(hello[0])
    writer.byte(hello[1])
    writer.put(hello[2])
    write_summary(writer, hello[3])


def read_entry(reader):
    device = reader.take(16)
    incarnation = reader.varint32("incarnation")
    sequence = reader.varint()
    if not 1 <= sequence < 1 << 62:
        raise Fault("beyondLimit")
    return device, incarnation, reader.take(8), sequence


def entries(limit, branches):
    """How a list of at most so many entries is read, so many of one writer."""

    def read(reader):
        found = []
        for _ in range(reader.count(limit, 26, "entries")):
            entry = read_entry(reader)
            if found and found[-1] >= entry:
                raise Fault("notCanonical")
            found.append(entry)
        writers = [entry[:2] for entry in found]
        if any(writers.count(writer) > branches for writer in set(writers)):
            raise Fault("beyondLimit")
        return found

    return read


def write_entries(writer, found):
    writer.varint(len(found))
    for device, incarnation, chain, sequence in found:
        writer.put(device)
        writer.varint(incarnation)
        writer.varint(sequence)
        writer.put(chain)


def opaque(limit):
    """All the rest, at least one byte."""

    def read(reader):
        if reader.left > limit:
            raise Fault("beyondLimit")
        if not reader.left:
            raise Fault("truncated")
        return reader.take(reader.left)

    return read


def read_credit(reader):
    granted = int.from_bytes(reader.take(4), "little")
    if not granted:
        raise Fault("notCanonical")
    if granted > CREDIT_MAX:
        raise Fault("beyondLimit")
    return granted


def read_heads(reader):
    return [reader.take(32) for _ in range(reader.count(HEADS_MAX, 32, "heads"))]


def write_heads(writer, heads):
    writer.varint(len(heads))
    for head in heads:
        writer.put(head)


def read_reason(reader):
    reason = reader.byte()
    if not 1 <= reason <= 10:
        raise Fault("unknownCode")
    return reason


VECTOR = (entries(ENTRIES_MAX, BRANCHES_MAX), write_entries)
KINDS = {
    1: (read_hello, write_hello),
    2: VECTOR,
    3: (opaque(FRAME_MAX), Writer.put),
    4: VECTOR,
    5: (read_credit, lambda writer, granted: writer.put(granted.to_bytes(4, "little"))),
    6: (opaque(CONTROL_MAX), Writer.put),
    7: (read_heads, write_heads),
    8: (entries(PINS_MAX, PINS_MAX), write_entries),
    9: (read_summary, write_summary),
    10: (read_reason, Writer.byte),
}

BLOCK = re.compile(r"^```hex (\S+)(?: refused:(\S+))?\n(.*?)^```", re.M | re.S)


def check_messages(document, tally):
    kinds = set()
    for name, refusal, body in BLOCK.findall(document):
        raw = Hex.decode("".join(body.split()))
        try:
            kind, content = decode(raw)
        except Fault as fault:
            tally.expect(name, str(fault).split()[0], refusal or "accepted")
            continue
        tally.expect(name, "", refusal)
        tally.expect(f"{name}: bytes", Hex.encode(encode(kind, content)), Hex.encode(raw))
        kinds.add(kind)
        if kind in (3, 6):
            continue
        for length in range(len(raw)):
            try:
                decode(raw[:length])
                tally.expect(f"{name}: cut to {length} bytes", "accepted", "refused")
            except Fault:
                pass
    tally.expect("every kind has a vector", sorted(kinds), sorted(KINDS))
