"""Transactions, version 1, after Transaction-Format.md.

A transaction is the JSON object of the vectors: ids and hashes as hex, stamps and sequences as
decimal strings.
"""

from warren_bytes import Fault, Hex, Reader, Writer, blake2b

ROSTER_HEAD, CLOCK_SUSPECT, ORIGINAL = 1, 2, 4
STAMP_LIMIT = 1 << 62
KINDS = ["insert", "update", "delete"]
ACTIONS = ["assign", "increment", "add", "remove"]
VALUES = ["null", "integer", "real", "text", "blob", "reference"]
BUMP = 0x80
NOT_A_NUMBER = 0x7FF8000000000000


class Prefixes:
    """The table of id prefixes of a public part or of a section's content."""

    def __init__(self, prefixes=()):
        self.prefixes = list(prefixes)
        self.used = 0

    @classmethod
    def read(cls, reader):
        table = cls()
        for _ in range(reader.count(4096, 10, "id prefixes")):
            prefix = reader.take(10)
            if prefix in table.prefixes:
                raise Fault("notCanonical id prefix twice")
            table.prefixes.append(prefix)
        return table

    def row(self, reader):
        position = reader.varint()
        if position >= len(self.prefixes):
            raise Fault(f"unknownCode prefix {position}")
        if position > self.used:
            raise Fault("notCanonical prefix order")
        self.used = max(self.used, position + 1)
        counter = reader.varint()
        if counter >= 1 << 48:
            raise Fault("beyondLimit row counter")
        return Hex.encode(self.prefixes[position] + counter.to_bytes(6, "big"))

    def finish(self):
        if self.used != len(self.prefixes):
            raise Fault("notCanonical unused prefix")

    @classmethod
    def of(cls, ids):
        """The table of the ids of a transaction, given from left to right."""
        return cls(dict.fromkeys(Hex.decode(row)[:10] for row in ids))

    def write(self, writer):
        writer.varint(len(self.prefixes))
        writer.put(b"".join(self.prefixes))

    def write_row(self, row, writer):
        raw = Hex.decode(row)
        writer.varint(self.prefixes.index(raw[:10]))
        writer.varint(int.from_bytes(raw[10:], "big"))


# Reading


def decode(raw):
    """The transaction and its public part; Fault for anything no writer makes."""
    if len(raw) > 1 << 20:
        raise Fault("beyondLimit transaction bytes")
    reader = Reader(raw)
    transaction, base = read_head(reader)
    prefixes = Prefixes.read(reader)
    transaction["rows"] = read_rows(reader, prefixes, base)
    public = raw[:reader.offset]
    transaction["sections"] = read_sections(reader, prefixes, base)
    prefixes.finish()
    reader.finish()
    sections = transaction["sections"]
    if len(transaction["rows"]) + sum(len(s.get("rows", [])) for s in sections) > 4096:
        raise Fault("beyondLimit transaction rows")
    return transaction, public


def read_head(reader):
    version = reader.byte()
    if version != 1:
        raise Fault(f"unknownVersion {version}")
    flags = reader.byte()
    if flags & ~(ROSTER_HEAD | CLOCK_SUSPECT | ORIGINAL):
        raise Fault(f"unknownCode flags {flags}")
    base = reader.u64()
    if base >= STAMP_LIMIT:
        raise Fault("stampOutOfRange")
    transaction = {
        "stamp": str(base),
        "clockSuspect": bool(flags & CLOCK_SUSPECT),
        "minimumReader": reader.varint32("schema version"),
    }
    if flags & ROSTER_HEAD:
        transaction["rosterHead"] = Hex.encode(reader.take(32))
    if flags & ORIGINAL:
        transaction["original"] = read_name(reader, 32)
    transaction["context"] = []
    last = None
    for _ in range(reader.count(4096, 26, "context entries")):
        entry = read_name(reader, 8)
        place = (entry["device"], entry["incarnation"], entry["chain"])
        if last is not None and place <= last:
            raise Fault("notCanonical context order")
        last = place
        transaction["context"].append(entry)
    return transaction, base


def read_name(reader, chain_bytes):
    device = Hex.encode(reader.take(16))
    incarnation = reader.varint32("incarnation")
    sequence = reader.varint()
    if not 1 <= sequence < 1 << 62:
        raise Fault("beyondLimit sequence")
    return {"device": device, "incarnation": incarnation, "sequence": str(sequence),
            "chain": Hex.encode(reader.take(chain_bytes))}


def read_bump(reader, base):
    distance = reader.varint()
    if distance == 0:
        raise Fault("notCanonical stamp without bump")
    if base + distance >= STAMP_LIMIT:
        raise Fault("stampOutOfRange")
    return str(base + distance)


def read_rows(reader, prefixes, base):
    return [read_row(reader, prefixes, base) for _ in range(reader.count(4096, 5, "rows"))]


def read_row(reader, prefixes, base):
    row = {"collection": reader.varint32("collection")}
    code = reader.byte()
    if code & ~BUMP >= len(KINDS):
        raise Fault(f"unknownCode row kind {code}")
    row["kind"] = KINDS[code & ~BUMP]
    if code & BUMP and row["kind"] != "delete":
        raise Fault("notCanonical row stamp without delete")
    row["row"] = prefixes.row(reader)
    if code & BUMP:
        row["stamp"] = read_bump(reader, base)
    cells = reader.count(512, 2, "cells")
    if cells and row["kind"] == "delete":
        raise Fault("notCanonical delete with cells")
    row["cells"] = []
    for _ in range(cells):
        cell = read_cell(reader, prefixes, base)
        if row["cells"] and cell["field"] <= row["cells"][-1]["field"]:
            raise Fault("notCanonical field order")
        row["cells"].append(cell)
    return row


def read_cell(reader, prefixes, base):
    field = reader.varint32("field")
    if field == 0:
        raise Fault("unknownCode field 0")
    code = reader.byte()
    kind, action = code & 0x0F, (code & ~BUMP) >> 4
    if kind >= len(VALUES):
        raise Fault(f"unknownCode value {kind}")
    if action >= len(ACTIONS):
        raise Fault(f"unknownCode cell action {action}")
    if ACTIONS[action] == "increment" and VALUES[kind] != "integer":
        raise Fault("notCanonical increment")
    cell = {"field": field, "action": ACTIONS[action]}
    if code & BUMP:
        cell["stamp"] = read_bump(reader, base)
    cell["value"] = {VALUES[kind]: read_value(VALUES[kind], reader, prefixes)}
    return cell


def read_value(kind, reader, prefixes):
    if kind == "null":
        return True
    if kind == "integer":
        return str(reader.signed())
    if kind == "real":
        return read_real(reader)
    if kind == "text":
        try:
            return reader.block(262144, "text bytes").decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise Fault("notUTF8") from error
    if kind == "blob":
        return Hex.encode(reader.block(262144, "blob bytes"))
    return prefixes.row(reader)


def read_real(reader):
    bits = reader.u64()
    magnitude = bits & (1 << 63) - 1
    is_other_nan = magnitude > 0x7FF0000000000000 and bits != NOT_A_NUMBER
    if is_other_nan or bits == 1 << 63:
        raise Fault("notCanonical real")
    return f"{bits:016x}"


def read_sections(reader, prefixes, base):
    sections = []
    for _ in range(reader.count(4096, 19, "sections")):
        form = reader.byte()
        if form > 1:
            raise Fault(f"unknownCode section form {form}")
        section = {"subject": prefixes.row(reader)}
        if sections and section["subject"] <= sections[-1]["subject"]:
            raise Fault("notCanonical section order")
        if form == 0:
            section["erased"] = Hex.encode(reader.take(32))
        else:
            section["salt"] = Hex.encode(reader.take(16))
            section["rows"] = read_content(reader.block(1 << 20, "section bytes"), base)
        sections.append(section)
    return sections


def read_content(raw, base):
    reader = Reader(raw)
    prefixes = Prefixes.read(reader)
    rows = read_rows(reader, prefixes, base)
    prefixes.finish()
    reader.finish()
    if any(row["kind"] != "update" for row in rows):
        raise Fault("notCanonical section row kind")
    if not rows:
        raise Fault("notCanonical empty section")
    return rows


# Writing


def encode(transaction):
    writer = Writer()
    flags = CLOCK_SUSPECT if transaction["clockSuspect"] else 0
    flags |= ROSTER_HEAD if "rosterHead" in transaction else 0
    flags |= ORIGINAL if "original" in transaction else 0
    base = int(transaction["stamp"])
    writer.byte(1)
    writer.byte(flags)
    writer.u64(base)
    writer.varint(transaction["minimumReader"])
    if "rosterHead" in transaction:
        writer.put(Hex.decode(transaction["rosterHead"]))
    if "original" in transaction:
        write_name(transaction["original"], writer)
    writer.varint(len(transaction["context"]))
    for entry in transaction["context"]:
        write_name(entry, writer)
    subjects = [section["subject"] for section in transaction["sections"]]
    prefixes = Prefixes.of(ids_of(transaction["rows"]) + subjects)
    write_rows(transaction["rows"], prefixes, base, writer)
    writer.varint(len(transaction["sections"]))
    for section in transaction["sections"]:
        writer.byte(0 if "erased" in section else 1)
        prefixes.write_row(section["subject"], writer)
        if "erased" in section:
            writer.put(Hex.decode(section["erased"]))
        else:
            writer.put(Hex.decode(section["salt"]))
            writer.block(content_of(section, base))
    return bytes(writer.raw)


def content_of(section, base):
    writer = Writer()
    write_rows(section["rows"], Prefixes.of(ids_of(section["rows"])), base, writer)
    return bytes(writer.raw)


def ids_of(rows):
    """Row ids from left to right: each row's own, then the references in its cells."""
    ids = []
    for row in rows:
        ids.append(row["row"])
        for cell in row["cells"]:
            ids += [cell["value"]["reference"]] if "reference" in cell["value"] else []
    return ids


def write_name(name, writer):
    writer.put(Hex.decode(name["device"]))
    writer.varint(name["incarnation"])
    writer.varint(int(name["sequence"]))
    writer.put(Hex.decode(name["chain"]))


def write_rows(rows, prefixes, base, writer):
    prefixes.write(writer)
    writer.varint(len(rows))
    for row in rows:
        writer.varint(row["collection"])
        writer.byte(KINDS.index(row["kind"]) | (BUMP if "stamp" in row else 0))
        prefixes.write_row(row["row"], writer)
        if "stamp" in row:
            writer.varint(int(row["stamp"]) - base)
        writer.varint(len(row["cells"]))
        for cell in row["cells"]:
            write_cell(cell, prefixes, base, writer)


def write_cell(cell, prefixes, base, writer):
    (kind, value), = cell["value"].items()
    bump = BUMP if "stamp" in cell else 0
    writer.varint(cell["field"])
    writer.byte(bump | ACTIONS.index(cell["action"]) << 4 | VALUES.index(kind))
    if bump:
        writer.varint(int(cell["stamp"]) - base)
    if kind == "integer":
        writer.signed(int(value))
    elif kind == "real":
        writer.u64(int(value, 16))
    elif kind == "text":
        writer.block(value.encode("utf-8"))
    elif kind == "blob":
        writer.block(Hex.decode(value))
    elif kind == "reference":
        prefixes.write_row(value, writer)


# Hashing


def chain_hash(previous, public, transaction):
    """The next chain hash, and the hashes of the sections in it."""
    base = int(transaction["stamp"])
    hashes = [section_hash(section, base) for section in transaction["sections"]]
    count = Writer()
    count.varint(len(hashes))
    parts = [previous, public, count.raw]
    for section, hash in zip(transaction["sections"], hashes):
        parts += [Hex.decode(section["subject"]), hash]
    return blake2b("warren.txn.v1", *parts), hashes


def section_hash(section, base):
    if "erased" in section:
        return Hex.decode(section["erased"])
    return blake2b("warren.section.v1", Hex.decode(section["salt"]), content_of(section, base))


def chain_start(tenant, device, incarnation):
    """Where a writer's chain begins; tenant and device as 16 bytes each."""
    return blake2b("warren.chain.v1", tenant, device, incarnation.to_bytes(4, "little"))
