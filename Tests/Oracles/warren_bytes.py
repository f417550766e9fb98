"""The pieces that Warren's formats are made of: varints, fixed numbers, counts, blocks."""

import hashlib


class Fault(Exception):
    """Bytes that no writer makes."""


class Hex:
    encode = staticmethod(lambda raw: bytes(raw).hex())
    decode = staticmethod(bytes.fromhex)


def domain(name):
    """How every preimage begins: the length of a domain's name, and the name."""
    return bytes([len(name)]) + name.encode("ascii")


def blake2b(name, *parts):
    """BLAKE2b-256 over a domain and the parts."""
    return hashlib.blake2b(domain(name) + b"".join(parts), digest_size=32).digest()


def subkey(key, number, context):
    """libsodium's crypto_kdf_derive_from_key, 32 bytes."""
    return hashlib.blake2b(key=key, salt=number.to_bytes(8, "little") + bytes(8),
                           person=context + bytes(8), digest_size=32).digest()


class Reader:
    """Takes pieces off the front of some bytes."""

    def __init__(self, raw):
        self.raw = raw
        self.offset = 0

    @property
    def left(self):
        return len(self.raw) - self.offset

    def take(self, count):
        if count > self.left:
            raise Fault("truncated")
        self.offset += count
        return self.raw[self.offset - count:self.offset]

    def byte(self):
        return self.take(1)[0]

    def u64(self):
        return int.from_bytes(self.take(8), "little")

    def varint(self):
        number = 0
        for place in range(10):
            group = self.byte()
            if place == 9 and group != 1:
                raise Fault("varintNotMinimal")
            number |= (group & 0x7F) << (7 * place)
            if group < 0x80:
                if group == 0 and place > 0:
                    raise Fault("varintNotMinimal")
                return number
        raise Fault("varintNotMinimal")

    def varint32(self, what):
        number = self.varint()
        if number >= 1 << 32:
            raise Fault(f"beyondLimit {what}")
        return number

    def signed(self):
        number = self.varint()
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    def count(self, limit, least, what):
        number = self.varint()
        if number > limit:
            raise Fault(f"beyondLimit {what}")
        if number * least > self.left:
            raise Fault("truncated")
        return number

    def block(self, limit, what):
        return self.take(self.count(limit, 1, what))

    def finish(self):
        if self.left:
            raise Fault(f"trailing {self.left}")


class Writer:
    """Puts pieces one after another."""

    def __init__(self):
        self.raw = bytearray()

    def put(self, raw):
        self.raw += raw

    def byte(self, number):
        self.raw.append(number)

    def u64(self, number):
        self.raw += number.to_bytes(8, "little")

    def varint(self, number):
        while number >= 0x80:
            self.raw.append(number & 0x7F | 0x80)
            number >>= 7
        self.raw.append(number)

    def signed(self, number):
        self.varint(2 * number if number >= 0 else -2 * number - 1)

    def block(self, raw):
        self.varint(len(raw))
        self.raw += raw
