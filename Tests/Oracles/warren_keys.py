"""Ids, keys and signed heads, after Signatures.md."""

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from warren_bytes import blake2b, domain, subkey


class Device:
    """A device, or with context WRNrecov the recovery kit, from its 32-byte seed."""

    def __init__(self, seed, context):
        self.signing = SigningKey(subkey(seed, 1, context))
        self.box_seed = subkey(seed, 2, context)
        self.public = bytes(self.signing.verify_key)
        self.id = device_id(self.public)

    def verifies(self, message, signature):
        return verifies(self.public, message, signature)


def device_id(public):
    return blake2b("warren.device.v1", public)[:16]


def verifies(public, message, signature):
    try:
        VerifyKey(public).verify(message, signature)
        return True
    except BadSignatureError:
        return False


def chain_head(tenant, device, incarnation, sequence, chain):
    """The 91 bytes that a writer signs."""
    return (domain("warren.head.v1") + tenant + device + incarnation.to_bytes(4, "little")
            + sequence.to_bytes(8, "little") + chain)
