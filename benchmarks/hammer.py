"""A load generator of one process and one connection at a time, kept for a while: plain HTTP/1.1 from the standard
library, so that it costs the machine little beside the server. Speaks JSON: {port, seconds, requests: [[path, header,
…], …]} in, [milliseconds, …] out.
"""

import json
import random
import socket
import sys
import time
from typing import Any, Final

END: Final = b"\r\n\r\n"
ENOUGH: Final = 1 << 16
OK: Final = b" 200 "
KEPT: Final = 25  # requests on one connection, then whoever asks leaves and another comes


def hammer(*, port: int, seconds: float, requests: list[list[str]], seed: int) -> list[float]:
    """Ask one thing after the other, in a random order, for some seconds; how long each answer took, in ms."""
    ready = [_request(port, path, headers) for path, *headers in requests]
    order = random.Random(seed)
    taken: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(KEPT):
                started = time.perf_counter()
                if started >= ends:
                    break
                _ask(connection, order.choice(ready))
                taken.append((time.perf_counter() - started) * 1000)
    return taken


def _request(port: int, path: str, headers: list[str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _ask(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)
    answer = b""
    while END not in answer:
        answer += _more(connection)
    head, _end, body = answer.partition(END)
    status, *fields = head.split(b"\r\n")
    if OK not in status:
        raise RuntimeError(f"{request.splitlines()[0].decode()}: {status.decode()}")
    left = int(_field(fields, b"content-length")) - len(body)
    while left > 0:
        left -= len(_more(connection))


def _field(fields: list[bytes], name: bytes) -> bytes:
    for field in fields:
        key, _colon, value = field.partition(b":")
        if key.lower() == name:
            return value
    raise RuntimeError(f"an answer without {name.decode()}")


def _more(connection: socket.socket) -> bytes:
    block = connection.recv(ENOUGH)
    if not block:
        raise RuntimeError("the server closed the connection")
    return block


if __name__ == "__main__":
    asked: dict[str, Any] = json.load(sys.stdin)
    json.dump(hammer(**asked), sys.stdout)
