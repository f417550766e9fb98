"""A tap in a TCP connection, and the WebSocket messages in what it recorded (RFC 6455)."""

import socket
import threading


class Tap:
    """Stands between boxes and a relay on loopback and keeps every byte, by connection and
    direction: `toRelay` and `toBox`."""

    def __init__(self, port):
        self.target = port
        self.streams = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                box, _ = self.door.accept()
            except OSError:
                return  # closed
            try:
                relay = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                box.close()
                continue
            stream = {"toRelay": bytearray(), "toBox": bytearray()}
            self.streams.append(stream)
            for source, target, name in ((box, relay, "toRelay"), (relay, box, "toBox")):
                threading.Thread(
                    target=self.carry, args=(source, target, stream[name]), daemon=True).start()

    @staticmethod
    def carry(source, target, record):
        try:
            while piece := source.recv(1 << 16):
                record += piece
                target.sendall(piece)
        except OSError:
            pass  # a side is gone; so is the other one now
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.door.close()

    def raw(self):
        """Every byte as it crossed the wire."""
        return [bytes(stream[name]) for stream in self.streams for name in ("toRelay", "toBox")]

    def messages(self):
        """Every whole message as (direction, bytes). A box masks what it sends by a key that
        stands beside it, so that its bytes on the wire alone would hide any text."""
        return [(name, message) for stream in self.streams for name in ("toRelay", "toBox")
                for message in messages(bytes(stream[name]))]


def messages(stream):
    """The binary messages after the upgrade; a text message or a set reserved bit (a compressed
    one) is nothing that boxes and relays say."""
    end = stream.find(b"\r\n\r\n")
    if end < 0:
        return
    place, parts = end + 4, bytearray()
    while place + 2 <= len(stream):
        head, size = stream[place], stream[place + 1] & 0x7F
        isMasked, isLast, code = stream[place + 1] & 0x80, head & 0x80, head & 0x0F
        place += 2
        if size > 125:
            count = 2 if size == 126 else 8
            size = int.from_bytes(stream[place:place + count], "big")
            place += count
        mask = stream[place:place + 4] if isMasked else b"\0\0\0\0"
        place += 4 if isMasked else 0
        content = stream[place:place + size]
        if len(content) < size:
            return  # cut off
        place += size
        if head & 0x70 or code not in (0, 2, 8, 9, 10):
            raise ValueError(f"no message of ours begins with {head:02x}")
        if code > 2:
            continue
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        parts += (int.from_bytes(content, "big") ^ key).to_bytes(size, "big")
        if isLast:
            yield bytes(parts)
            parts = bytearray()
