"""Frames, the control lane, links and key wraps, after Frame-Format.md and Control-Lane.md."""

import ctypes
import ctypes.util

from nacl.bindings import (crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_box_seal_open,
                           crypto_box_seed_keypair)
from nacl.exceptions import CryptoError

from warren_bytes import Fault, Hex, Reader, blake2b, domain, subkey
from warren_keys import Device, chain_head

SUITE = 1
SEALED_MOST = 5 << 18
RUN_MOST = 2 << 20
SIGNATURE = 64
TAG = 16


def commitment(key):
    return blake2b("warren.epoch.v1", key)


def open_frame(sealed, tenant, epochs):
    """The run of transactions in a sealed frame, and the signature over its head."""
    header = 34
    if len(sealed) < header + TAG + SIGNATURE + 1:
        raise Fault("truncated")
    if len(sealed) > SEALED_MOST:
        raise Fault("tooLarge")
    if sealed[0] != 1:
        raise Fault("unknownVersion")
    if sealed[1] != SUITE:
        raise Fault("unknownSuite")
    epoch = next((key for key in epochs if commitment(key)[:8] == sealed[2:10]), None)
    if epoch is None:
        raise Fault("unknownEpoch")
    bound = domain("warren.frame.v1") + tenant + sealed[:10]
    plain = decrypt(sealed[header:], bound, sealed[10:header], subkey(epoch, 1, b"WRNframe"))
    run = read_run(unpack(unpad(plain[SIGNATURE:])))
    run["signature"] = plain[:SIGNATURE]
    return run


def decrypt(ciphertext, bound, nonce, key):
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, bound, nonce, key)
    except CryptoError as error:
        raise Fault("notAuthentic") from error


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return (length + step - 1) // step * step


def unpad(padded, least=0):
    reader = Reader(padded)
    try:
        length = reader.varint()
        content = reader.take(length)
    except Fault as fault:
        raise Fault("malformedPadding") from fault
    if len(padded) != padme(max(least, reader.offset)) or any(padded[reader.offset:]):
        raise Fault("malformedPadding")
    return content


def unpack(packed):
    if not packed or packed[0] > 1:
        raise Fault("malformedPacking")
    if packed[0] == 0:
        return packed[1:]
    reader = Reader(packed[1:])
    try:
        length = reader.varint()
    except Fault as fault:
        raise Fault("malformedPacking") from fault
    if length > RUN_MOST:
        raise Fault("malformedPacking")
    return unzstd(reader.take(reader.left), length)


def unzstd(frame, length):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for function in (zstd.ZSTD_findFrameCompressedSize, zstd.ZSTD_decompress):
        function.restype = ctypes.c_size_t
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    size = ctypes.c_size_t(len(frame))
    whole = zstd.ZSTD_findFrameCompressedSize(frame, size) == len(frame)
    if not whole or zstd.ZSTD_getFrameContentSize(frame, size) != length:
        raise Fault("malformedPacking")
    out = ctypes.create_string_buffer(max(1, length))
    if zstd.ZSTD_decompress(out, ctypes.c_size_t(length), frame, size) != length:
        raise Fault("malformedPacking")
    return out.raw[:length]


def read_run(raw):
    reader = Reader(raw)
    try:
        if reader.byte() != 1:
            raise Fault("version")
        device = reader.take(16)
        incarnation = reader.varint32("incarnation")
        low, count = reader.varint(), reader.varint()
        if low < 1 or not 1 <= count <= 4096 or low + count - 1 >= 1 << 62:
            raise Fault("sequence")
        previous = reader.take(8)
        transactions = [reader.block(1 << 20, "transaction") for _ in range(count)]
        if not all(transactions):
            raise Fault("empty transaction")
        reader.finish()
    except Fault as fault:
        raise Fault("malformedContent") from fault
    return {"device": device, "incarnation": incarnation, "low": low, "previous": previous,
            "transactions": transactions}


# The control lane and links


def open_control(sealed, bound, key):
    if len(sealed) < 26 + 208 + TAG:
        raise Fault("truncated")
    if len(sealed) > 256 << 10:
        raise Fault("tooLarge")
    if sealed[0] != 1:
        raise Fault("unknownVersion")
    if sealed[1] != SUITE:
        raise Fault("unknownSuite")
    return unpad(decrypt(sealed[26:], bound + sealed[:2], sealed[2:26], key), least=208)


def open_lane(sealed, tenant, control):
    return open_control(sealed, domain("warren.control.v1") + tenant,
                        subkey(control, 1, b"WRNcontr"))


def open_link(sealed, tenant, control, initiator, responder, direction, counter):
    bound = domain("warren.link.v1") + tenant + initiator + responder
    bound += bytes([direction]) + counter.to_bytes(8, "little")
    return open_control(sealed, bound, subkey(control, 2, b"WRNcontr"))


def unwrap(wrapped, device, tenant, number):
    public, secret = crypto_box_seed_keypair(device.box_seed)
    message = crypto_box_seal_open(wrapped, public, secret)
    if message[32:] != tenant + number.to_bytes(8, "little") + device.id:
        raise Fault("another tenant, number or recipient")
    return message[:32]


# Vectors


def check_frames(vectors, tally):
    tenant, epoch = Hex.decode(vectors["tenant"]), Hex.decode(vectors["epochKey"])
    device = Device(Hex.decode(vectors["deviceSeed"]), b"WRNdevic")
    tally.expect("commitment", Hex.encode(commitment(epoch)), vectors["commitment"])
    for case in vectors["cases"]:
        try:
            run = open_frame(Hex.decode(case["sealed"]), tenant, [epoch])
        except Fault as fault:
            tally.expect(case["name"], str(fault), case["verdict"])
            continue
        tally.expect(case["name"], "opens", case["verdict"])
        tally.expect(f"{case['name']}: transactions",
                     [Hex.encode(raw) for raw in run["transactions"]], case["transactions"])
        high = run["low"] + len(run["transactions"]) - 1
        message = chain_head(tenant, run["device"], run["incarnation"], high,
                             Hex.decode(vectors["chain"]))
        tally.expect(f"{case['name']}: writer", run["device"], device.id)
        tally.expect(f"{case['name']}: signature",
                     device.verifies(message, run["signature"]), True)


def check_control(vectors, tally):
    tenant, control = Hex.decode(vectors["tenant"]), Hex.decode(vectors["controlKey"])
    ends = [vectors[end].to_bytes(16, "big") for end in ("initiator", "responder")]
    doors = {
        "lane": lambda sealed: open_lane(sealed, tenant, control),
        "link": lambda sealed: open_link(sealed, tenant, control, *ends, 1, 0),
    }
    for case in vectors["cases"]:
        verdict = "refused"
        for name, door in doors.items():
            try:
                message = door(Hex.decode(case["sealed"]))
            except Fault:
                continue
            verdict = name
            tally.expect(f"{case['name']}: message", Hex.encode(message), case["message"])
        tally.expect(case["name"], verdict, case["verdict"])
    wrap = vectors["wrap"]
    device = Device(Hex.decode(wrap["seed"]), b"WRNdevic")
    key = unwrap(Hex.decode(wrap["wrapped"]), device, tenant, wrap["number"])
    tally.expect("key wrap", Hex.encode(key), wrap["key"])
