"""Messages between boxes and relays (Relay-Wire.md): reads the document's own vectors."""

from warren_bytes import Fault, Hex, Reader, Writer, blake2b, domain
from warren_messages import BLOCK, opaque

ITEM_MAX, KEYS_MAX, PAGE_ITEMS, PAGE_BYTES = 1_310_976, 1024, 256, 1_048_576


def number(size):
    """A fixed little-endian number of so many bytes."""
    return (lambda reader: int.from_bytes(reader.take(size), "little"),
            lambda writer, value: writer.put(value.to_bytes(size, "little")))


def within(part, least, most, fault):
    """A part whose value lies within bounds."""

    def read(reader):
        value = part[0](reader)
        if not least <= value <= most:
            raise Fault(fault)
        return value

    return read, part[1]


def raw(size):
    return lambda reader: reader.take(size), Writer.put


def record(*parts, check=lambda values: None):
    """Parts one after another, as a list of their values."""

    def read(reader):
        values = [part[0](reader) for part in parts]
        check(values)
        return values

    def write(writer, values):
        for part, value in zip(parts, values):
            part[1](writer, value)

    return read, write


def ordered(values):
    if not 1 <= values[0] <= values[1]:
        raise Fault("notCanonical")


def floor_below_head(values):
    if values[1] > values[0][1]:
        raise Fault("notCanonical")


def read_keys(reader):
    keys = [reader.take(32) for _ in range(reader.count(KEYS_MAX, 32, "keys"))]
    if any(left >= right for left, right in zip(keys, keys[1:])):
        raise Fault("notCanonical")
    return keys


def write_keys(writer, keys):
    writer.varint(len(keys))
    for key in keys:
        writer.put(key)


def page(values):
    if not values[1] or not values[2] or values[3] > 1:
        raise Fault("notCanonical")
    if values[1] > PAGE_ITEMS or values[2] > PAGE_BYTES:
        raise Fault("beyondLimit")


U8, U16, U32, U64 = number(1), number(2), number(4), number(8)
NUMBER = within(U64, 0, (1 << 62) - 1, "beyondLimit")
ITEM_NUMBER = within(U64, 1, (1 << 62) - 1, "beyondLimit")
VERSION = within(U8, 1, 255, "unknownVersion")
CURSOR = record(U64, NUMBER, raw(32))
CLAIM = (raw(16), raw(32), raw(64))
ITEM = (opaque(ITEM_MAX), Writer.put)
KEY_DEED = record(U32, raw(32))


def code(most):
    return within(U8, 1, most, "unknownCode")


KINDS = {
    0x41: record(U8, U8, raw(16), raw(32), check=ordered),
    0x42: record(VERSION, code(2), *CLAIM),
    0x43: record(VERSION, raw(32), *CLAIM),
    0x44: record(CURSOR, NUMBER, raw(32), U64, U64, U64, check=floor_below_head),
    0x45: record(U32, ITEM),
    0x46: record(U32, ITEM_NUMBER, raw(32)),
    0x47: record(U32, code(10)),
    0x48: record(CURSOR, U16, U32, U8, check=page),
    0x49: record(ITEM_NUMBER, ITEM),
    0x4A: record(CURSOR, NUMBER),
    0x4B: record(code(4), CURSOR),
    0x4C: record(U32, NUMBER),
    0x4D: KEY_DEED,
    0x4E: KEY_DEED,
    0x4F: KEY_DEED,
    0x50: record(U32),
    0x51: record(U32),
    0x52: record(U32, (read_keys, write_keys)),
    0x53: record(code(14)),
}


def decode(message):
    """A message as (kind, values)."""
    reader = Reader(message)
    kind = reader.byte()
    if kind not in KINDS:
        raise Fault("unknownCode")
    values = KINDS[kind][0](reader)
    reader.finish()
    return kind, values


def encode(kind, values):
    writer = Writer()
    writer.byte(kind)
    KINDS[kind][1](writer, values)
    return bytes(writer.raw)


def signed(login, relay, nonce, binding, purpose, token=b""):
    """What the key of a login or create signs."""
    version, mailbox, key = login[0], login[-3], login[-2]
    return (domain("warren.relay.v1") + bytes([version, purpose]) + relay + binding + nonce
            + mailbox + key + token)


def check_signed(found, blocks, tally):
    """The blocks that are no messages: what is signed, and the chain behind the messages."""
    relay, nonce = found[0x41][2], found[0x41][3]
    login = signed(found[0x42], relay, nonce, b"\0" + bytes(32), 1)
    tally.expect("signed-login", Hex.encode(login), Hex.encode(blocks["signed-login"]))
    point = b"\2" + blake2b("warren.relaypoint.v1", b"certificate")
    token = found[0x43][1]
    create = signed(found[0x43], relay, nonce, point, 3, token)
    tally.expect("signed-create", Hex.encode(create), Hex.encode(blocks["signed-create"]))
    tally.expect("invite-hash", Hex.encode(blake2b("warren.invite.v1", token)),
                 Hex.encode(blocks["invite-hash"]))
    item = blake2b("warren.item.v1", found[0x45][1])
    tally.expect("receipt", Hex.encode(found[0x46][2]), Hex.encode(item))
    chain = blake2b("warren.mailbox.v1", bytes(32), item)
    tally.expect("chain in page end", Hex.encode(found[0x4A][0][2]), Hex.encode(chain))
    tally.expect("chain in welcome", Hex.encode(found[0x44][0][2]), Hex.encode(chain))


def check_relay(document, tally):
    found, others = {}, {}
    for name, refusal, body in BLOCK.findall(document):
        message = Hex.decode("".join(body.split()))
        if name.startswith("signed-") or name == "invite-hash":
            others[name] = message
            continue
        try:
            kind, values = decode(message)
        except Fault as fault:
            tally.expect(name, str(fault).split()[0], refusal or "accepted")
            continue
        tally.expect(name, "", refusal)
        tally.expect(f"{name}: bytes", Hex.encode(encode(kind, values)), Hex.encode(message))
        found[kind] = values
        if kind in (0x45, 0x49):
            continue
        for length in range(len(message)):
            try:
                decode(message[:length])
                tally.expect(f"{name}: cut to {length} bytes", "accepted", "refused")
            except Fault:
                pass
    tally.expect("every kind has a vector", sorted(found), sorted(KINDS))
    check_signed(found, others, tally)
