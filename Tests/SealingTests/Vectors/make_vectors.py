"""Writes the vectors of this folder from the specifications alone (Frame-Format, Control-Lane,
Signatures, Roster), through ctypes on libsodium and libzstd. Run: python3 make_vectors.py"""
import ctypes, ctypes.util, hashlib, json, os, struct

na = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
zs = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
assert na.sodium_init() >= 0
zs.ZSTD_compress.restype = ctypes.c_size_t
here = os.path.dirname(os.path.abspath(__file__))
ull = ctypes.c_ulonglong


def domain(name):
    name = b"warren." + name + b".v1"
    return bytes([len(name)]) + name


def blake(data, size=32, **more):
    return hashlib.blake2b(data, digest_size=size, **more).digest()


def kdf(key, number, context):
    return blake(b"", key=key, salt=struct.pack("<Q", number) + bytes(8), person=context + bytes(8))


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def block(data):
    return varint(len(data)) + data


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def pad(content, least=0):
    used = block(content)
    return used + bytes(padme(max(len(used), least)) - len(used))


def zstd(data):
    out = ctypes.create_string_buffer(len(data) + 1000)
    size = zs.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def pack(content):
    squeezed = b"\1" + varint(len(content)) + zstd(content)
    return squeezed if len(squeezed) <= len(content) else b"\0" + content


def aead(plain, nonce, data, key):
    out = ctypes.create_string_buffer(len(plain) + 16)
    na.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, plain, ull(len(plain)), data, ull(len(data)), None, nonce, key)
    return out.raw


def sign_pair(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    na.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


def sign(message, secret):
    out = ctypes.create_string_buffer(64)
    na.crypto_sign_detached(out, None, message, ull(len(message)), secret)
    return out.raw


class Device:
    def __init__(self, seed, context=b"WRNdevic"):
        self.seed = seed
        self.public, self.secret = sign_pair(kdf(seed, 1, context))
        box, self.box_secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
        na.crypto_box_seed_keypair(box, self.box_secret, kdf(seed, 2, context))
        self.box = box.raw
        self.id = blake(domain(b"device") + self.public)[:16]
        self.keys = self.public + self.box


tenant = bytes(range(1, 17))
epoch = bytes([0x11]) * 32
commitment = blake(domain(b"epoch") + epoch)
frame_key = kdf(epoch, 1, b"WRNframe")
device = Device(bytes([0x31]) * 32)
nonce = bytes(range(0xA0, 0xA0 + 24))


def run(transactions, low=15000, incarnation=2, version=1, count=None):
    return (bytes([version]) + device.id + varint(incarnation) + varint(low)
            + varint(len(transactions) if count is None else count) + bytes(range(8))
            + b"".join(block(t) for t in transactions))


def head(sequence, chain, incarnation=2, tenant=tenant):
    return (domain(b"head") + tenant + device.id + struct.pack("<I", incarnation)
            + struct.pack("<Q", sequence) + chain)


def seal(plain, version=1, suite=1, tag=commitment[:8], tenant=tenant, key=frame_key):
    header = bytes([version, suite]) + tag
    return header + nonce + aead(plain, nonce, domain(b"frame") + tenant + header, key)


def frame(transactions, padded=None, packed=None, content=None, **more):
    content = run(transactions) if content is None else content
    packed = pack(content) if packed is None else packed
    padded = pad(packed) if padded is None else padded
    chain = blake(b"chain")
    return seal(sign(head(15000 + len(transactions) - 1, chain), device.secret) + padded, **more)


def frames():
    short, long = [b"an edit of a row"], [b"the same words " * 40, b"the same words " * 9]
    plain = b"\0" + run(short)
    bomb = zstd(bytes(8 << 20))
    cases = []

    def case(name, sealed, verdict, transactions=()):
        cases.append({"name": name, "sealed": sealed.hex(), "verdict": verdict,
                      "transactions": [t.hex() for t in transactions]})

    good = frame(short)
    case("one transaction, plain", good, "opens", short)
    case("two transactions, compressed", frame(long), "opens", long)
    case("empty", b"", "truncated")
    case("cut off", good[:100], "truncated")
    case("cut off by one", good[:-1], "notAuthentic")
    case("one byte more", good + b"\0", "notAuthentic")
    case("version 2", seal(bytes(64) + pad(plain), version=2), "unknownVersion")
    case("suite 2", seal(bytes(64) + pad(plain), suite=2), "unknownSuite")
    case("unknown epoch", seal(bytes(64) + pad(plain), tag=bytes(8)), "unknownEpoch")
    case("epoch key itself", frame(short, key=epoch), "notAuthentic")
    case("another tenant", frame(short, tenant=bytes(16)), "notAuthentic")
    case("not padded", frame(short, padded=block(b"\0" + run([b"123456"]))), "malformedPadding")
    case("padded twice as far", frame(short, padded=pad(plain) + bytes(64)), "malformedPadding")
    case("padding not zero", frame(short, padded=pad(b"\0" + run([b"123456"]))[:-1] + b"\1"),
         "malformedPadding")
    case("length beyond the end", frame(short, padded=b"\x7F" + bytes(63)), "malformedPadding")
    case("packing 2", frame(short, packed=b"\2" + run(short)), "malformedPacking")
    case("nothing packed", frame(short, packed=b""), "malformedPacking")
    case("bomb, honest", frame(short, packed=b"\1" + varint(8 << 20) + bomb), "malformedPacking")
    case("bomb, lying", frame(short, packed=b"\1" + varint(2 << 20) + bomb), "malformedPacking")
    case("behind the zstd frame",
         frame(long, packed=b"\1" + varint(len(run(long))) + zstd(run(long)) + b"\0"),
         "malformedPacking")
    bad = {"content version 2": run(short, version=2), "no transaction": run([]),
           "empty transaction": run([b""]), "sequence 0": run(short, low=0),
           "sequence 2^62": run(short, low=1 << 62), "count too high": run(short, count=2),
           "incarnation 2^32": run(short, incarnation=1 << 32), "left over": run(short) + b"\0"}
    for name, content in bad.items():
        case(name, frame(short, content=content), "malformedContent")
    return {"tenant": tenant.hex(), "epochKey": epoch.hex(), "commitment": commitment.hex(),
            "nonce": nonce.hex(), "deviceSeed": device.seed.hex(), "chain": blake(b"chain").hex(),
            "cases": cases}


def control():
    key = bytes([0x22]) * 32
    lane, link = kdf(key, 1, b"WRNcontr"), kdf(key, 2, b"WRNcontr")
    initiator, responder = bytes(15) + b"\1", bytes(15) + b"\2"
    cases = []

    def case(name, message, verdict, sealed):
        cases.append({"name": name, "message": message.hex(), "verdict": verdict,
                      "sealed": sealed.hex()})

    def small(message, binding, key, version=1, suite=1, padded=None):
        plain = pad(message, 208) if padded is None else padded
        header = bytes([version, suite])
        return header + nonce + aead(plain, nonce, binding + header, key)

    on_lane = domain(b"control") + tenant

    def on_link(direction, counter):
        return (domain(b"link") + tenant + initiator + responder + bytes([direction])
                + struct.pack("<Q", counter))

    hello = b"hello"
    case("lane, short", hello, "lane", small(hello, on_lane, lane))
    case("lane, long", bytes(5000), "lane", small(bytes(5000), on_lane, lane))
    case("link, first to responder", hello, "link", small(hello, on_link(1, 0), link))
    case("link, second to responder", hello, "refused", small(hello, on_link(1, 1), link))
    case("link, to initiator", hello, "refused", small(hello, on_link(2, 0), link))
    case("lane under the link key", hello, "refused", small(hello, on_lane, link))
    case("lane under the control key itself", hello, "refused", small(hello, on_lane, key))
    case("version 2", hello, "refused", small(hello, on_lane, lane, version=2))
    case("suite 2", hello, "refused", small(hello, on_lane, lane, suite=2))
    case("below the smallest size", hello, "refused",
         small(hello, on_lane, lane, padded=pad(hello)))
    case("above its size", hello, "refused", small(hello, on_lane, lane, padded=pad(hello, 224)))
    reader = Device(bytes([0x41]) * 32)
    ephemeral, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    na.crypto_box_seed_keypair(ephemeral, secret, bytes([0x51]) * 32)
    message = epoch + tenant + struct.pack("<Q", 4) + reader.id
    box = ctypes.create_string_buffer(len(message) + 16)
    na.crypto_box_easy(box, message, ull(len(message)), blake(ephemeral.raw + reader.box, 24),
                       reader.box, secret)
    wrap = {"seed": reader.seed.hex(), "entropy": (bytes([0x51]) * 32).hex(), "number": 4,
            "key": epoch.hex(), "wrapped": (ephemeral.raw + box.raw).hex()}
    return {"tenant": tenant.hex(), "controlKey": key.hex(), "nonce": nonce.hex(),
            "initiator": 1, "responder": 2, "cases": cases, "wrap": wrap}


def roster():
    kit, second = Device(bytes([0x61]) * 32, b"WRNrecov"), Device(bytes([0x71]) * 32)
    site = bytes(9) + b"\xAA" + bytes(5) + b"\0"
    names, entries = [], []

    def entry(kind, author, parents, body, tenant, version=1, count=None):
        unsigned = (bytes([version, kind]) + tenant + author.id
                    + bytes([len(parents) if count is None else count])
                    + b"".join(parents) + block(body))
        return unsigned + sign(domain(b"entry") + unsigned, author.secret)

    def name(data):
        return blake(domain(b"entry") + data)

    def case(what, data, verdict):
        entries.append({"name": what, "bytes": data.hex(), "hash": name(data).hex(),
                        "verdict": verdict})
        return name(data)

    first = entry(1, kit, [], kit.keys + device.keys + site, bytes(16))
    own = blake(domain(b"tenant") + first[:-64])[:16]
    root = case("genesis", first, "genesis")
    added = case("add", entry(2, device, [root], second.keys + site + b"\0\2\4\5", own), "admitted")
    admin = case("add anew, as admin of all",
                 entry(2, device, [added], second.keys + site + b"\3", own), "admitted")
    voice = case("speaker", entry(3, second, [admin], site + second.id + struct.pack("<I", 7), own),
                 "admitted")
    cut = struct.pack("<IQ", 7, 99) + bytes([9]) * 32
    less = case("reduce", entry(5, device, [admin], second.id + b"\2\1" + cut, own), "admitted")
    tips = sorted([voice, less])
    several = blake(domain(b"roster") + b"\2" + tips[0] + tips[1])
    gone = case("revoke", entry(4, kit, tips, second.id + b"\1" + cut, own), "admitted")
    last = case("reserved kind", entry(7, device, [gone], b"anything", own), "admitted")
    good = entry(2, device, [last], second.keys + site + b"\2", own)
    case("signature altered", good[:-1] + bytes([good[-1] ^ 1]), "refused")
    case("body altered", good[:90] + bytes([good[90] ^ 1]) + good[91:], "refused")
    case("another author's key", entry(2, Device(bytes(32)), [last], good[67:-64], own), "malformed")
    case("unknown author", entry(7, Device(bytes(32)), [last], b"", own), "refused")
    case("another tenant", entry(7, device, [last], b"", bytes([5]) * 16), "refused")
    case("missing parent", entry(7, device, [bytes(32)], b"", own), "waiting")
    case("version 2", entry(7, device, [last], b"", own, version=2), "malformed")
    case("no parent", entry(7, device, [], b"", own), "malformed")
    case("five parents", entry(7, device, [bytes([n]) * 32 for n in range(5)], b"", own),
         "malformed")
    case("parents descending", entry(7, device, tips[::-1], b"", own), "malformed")
    case("parent twice", entry(7, device, [last, last], b"", own), "malformed")
    case("left over", good + b"\0", "malformed")
    case("cut off", good[:-1], "malformed")
    case("rights unknown", entry(2, device, [last], second.keys + site + b"\4", own), "malformed")
    case("collections descending", entry(2, device, [last], second.keys + site + b"\0\2\5\4", own),
         "malformed")
    case("cut at sequence 0", entry(4, device, [last], second.id + b"\1"
                                    + struct.pack("<IQ", 7, 0) + bytes(32), own), "malformed")
    unsigned = (b"\1" + own + device.id + site + b"\1" + struct.pack("<Q", 5 << 16) + b"\1"
                + second.id + struct.pack("<IQ", 7, 12) + bytes([3]) * 32)
    erase = unsigned + sign(domain(b"erase") + unsigned, device.secret)
    chain = bytes([8]) * 32
    message = head(12, chain, tenant=own)
    return {"tenant": own.hex(), "kitSeed": kit.seed.hex(), "deviceSeed": device.seed.hex(),
            "secondSeed": second.seed.hex(), "device": device.id.hex(), "second": second.id.hex(),
            "entries": entries, "severalTips": [t.hex() for t in tips],
            "severalHead": several.hex(), "head": last.hex(),
            "erase": {"bytes": erase.hex(), "hash": blake(domain(b"erase") + erase).hex()},
            "chainHead": {"incarnation": 2, "sequence": 12, "chain": chain.hex(),
                          "message": message.hex(),
                          "signature": sign(message, device.secret).hex()}}


for title, content in (("frames", frames()), ("control", control()), ("roster", roster())):
    with open(os.path.join(here, title + ".json"), "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
