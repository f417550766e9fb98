"""Roster entries, heads and erase orders, after Roster.md."""

from warren_bytes import Fault, Hex, Reader, Writer, blake2b, domain
from warren_keys import Device, chain_head, device_id, verifies

GENESIS, ADD, SPEAKER, REVOKE, REDUCE = 1, 2, 3, 4, 5
SIGNATURE = 64


class Entry:
    """A decoded entry; Fault for anything malformed."""

    def __init__(self, raw):
        if len(raw) > 64 << 10:
            raise Fault("above 64 KiB")
        reader = Reader(raw)
        if reader.byte() != 1:
            raise Fault("version")
        self.kind = reader.byte()
        self.tenant = reader.take(16)
        self.author = reader.take(16)
        count = reader.byte()
        if count > 4 or (count == 0) != (self.kind == GENESIS):
            raise Fault("number of parents")
        self.parents = [reader.take(32) for _ in range(count)]
        if any(first >= second for first, second in zip(self.parents, self.parents[1:])):
            raise Fault("order of parents")
        body = reader.block(64 << 10, "body")
        self.signed = domain("warren.entry.v1") + raw[:reader.offset]
        self.unsigned = raw[:reader.offset]
        self.signature = reader.take(SIGNATURE)
        reader.finish()
        self.hash = blake2b("warren.entry.v1", raw)
        self.keys = []
        self.read_body(Reader(body))

    def read_body(self, reader):
        if self.kind == GENESIS:
            self.kit, _, first, _, _ = [reader.take(n) for n in (32, 32, 32, 32, 16)]
            self.keys = [self.kit, first]
            if any(self.tenant):
                raise Fault("tenant of a genesis")
        elif self.kind == ADD:
            self.keys = [reader.take(32)]
            reader.take(32 + 16)
            read_rights(reader)
        elif self.kind == SPEAKER:
            reader.take(16 + 16 + 4)
        elif self.kind == REVOKE:
            reader.take(16)
            read_cuts(reader)
        elif self.kind == REDUCE:
            reader.take(16)
            read_rights(reader)
            read_cuts(reader)
        else:
            return
        reader.finish()


def read_rights(reader):
    flags = reader.byte()
    if flags & ~3:
        raise Fault("rights")
    if not flags & 2:
        last = -1
        for _ in range(reader.count(1024, 1, "collections")):
            collection = reader.varint32("collection")
            if collection <= last:
                raise Fault("order of collections")
            last = collection


def read_cuts(reader):
    last = -1
    for _ in range(reader.count(512, 44, "cuts")):
        incarnation = int.from_bytes(reader.take(4), "little")
        sequence = reader.u64()
        if incarnation <= last or not 1 <= sequence <= 1 << 62:
            raise Fault("cut")
        last = incarnation
        reader.take(32)


class Roster:
    """The entries admitted so far."""

    def __init__(self):
        self.tenant = None
        self.entries = {}
        self.keys = {}

    def offer(self, raw):
        try:
            entry = Entry(raw)
        except Fault:
            return "malformed", None
        if entry.kind == GENESIS:
            return self.found(entry), entry
        if entry.tenant != self.tenant:
            return "refused", entry
        if any(parent not in self.entries for parent in entry.parents):
            return "waiting", entry
        public = self.introduced(entry).get(entry.author)
        if public is None or not verifies(public, entry.signed, entry.signature):
            return "refused", entry
        self.entries[entry.hash] = entry
        return "admitted", entry

    def found(self, entry):
        is_kits = device_id(entry.kit) == entry.author
        if not is_kits or not verifies(entry.kit, entry.signed, entry.signature):
            return "refused"
        self.tenant = blake2b("warren.tenant.v1", entry.unsigned)[:16]
        self.entries[entry.hash] = entry
        return "genesis"

    def introduced(self, entry):
        """The keys that the entry's past introduces, by id."""
        keys, seen, waiting = {}, set(), list(entry.parents)
        while waiting:
            hash = waiting.pop()
            if hash not in seen:
                seen.add(hash)
                past = self.entries[hash]
                keys.update((device_id(public), public) for public in past.keys)
                waiting += past.parents
        return keys

    def tips(self):
        parents = {parent for entry in self.entries.values() for parent in entry.parents}
        return sorted(hash for hash in self.entries if hash not in parents)


def head_of(tips):
    if len(tips) == 1:
        return tips[0]
    count = Writer()
    count.varint(len(tips))
    return blake2b("warren.roster.v1", count.raw, *sorted(tips))


def read_erase_order(raw):
    """Author, message and signature of an erase order."""
    reader = Reader(raw)
    if reader.byte() != 1:
        raise Fault("version")
    tenant, author, _, _ = (reader.take(n) for n in (16, 16, 16, 1))
    if reader.u64() >= 1 << 62:
        raise Fault("stamp")
    sections = []
    for _ in range(reader.count(1024, 60, "sections")):
        device, incarnation = reader.take(16), int.from_bytes(reader.take(4), "little")
        sections.append((device, incarnation, reader.u64(), reader.take(32)))
    if any(first >= second for first, second in zip(sections, sections[1:])):
        raise Fault("order of sections")
    message = domain("warren.erase.v1") + raw[:reader.offset]
    signature = reader.take(SIGNATURE)
    reader.finish()
    return tenant, author, message, signature


def check_roster(vectors, tally):
    roster = Roster()
    for case in vectors["entries"]:
        raw = Hex.decode(case["bytes"])
        verdict, entry = roster.offer(raw)
        tally.expect(case["name"], verdict, case["verdict"])
        tally.expect(f"{case['name']}: hash", Hex.encode(blake2b("warren.entry.v1", raw)),
                     case["hash"])
    tally.expect("tenant", Hex.encode(roster.tenant), vectors["tenant"])
    tally.expect("head", Hex.encode(head_of(roster.tips())), vectors["head"])
    tips = [Hex.decode(tip) for tip in vectors["severalTips"]]
    tally.expect("head of several", Hex.encode(head_of(tips)), vectors["severalHead"])
    check_signed(vectors, tally)


def check_signed(vectors, tally):
    device = Device(Hex.decode(vectors["deviceSeed"]), b"WRNdevic")
    second = Device(Hex.decode(vectors["secondSeed"]), b"WRNdevic")
    tally.expect("device id", Hex.encode(device.id), vectors["device"])
    tally.expect("second device id", Hex.encode(second.id), vectors["second"])
    raw = Hex.decode(vectors["erase"]["bytes"])
    tenant, author, message, signature = read_erase_order(raw)
    tally.expect("erase order: tenant", Hex.encode(tenant), vectors["tenant"])
    signer = {device.id: device, second.id: second}.get(author)
    tally.expect("erase order: signature", bool(signer and signer.verifies(message, signature)),
                 True)
    tally.expect("erase order: hash", Hex.encode(blake2b("warren.erase.v1", raw)),
                 vectors["erase"]["hash"])
    head = vectors["chainHead"]
    message = chain_head(Hex.decode(vectors["tenant"]), device.id, head["incarnation"],
                         head["sequence"], Hex.decode(head["chain"]))
    tally.expect("chain head", Hex.encode(message), head["message"])
    tally.expect("chain head: signature",
                 device.verifies(message, Hex.decode(head["signature"])), True)
