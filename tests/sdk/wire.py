"""A recorder between an SDK and the simulator: what passes can be sent again, byte for byte."""

import socket
import threading


def exchange(port, request):
    """Sends raw bytes, returns the answer: one connection, closed by whoever is done first."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as server:
        server.sendall(request)
        return read_message(server)


def read_message(connection):
    """One HTTP/1.1 message with its body by Content-Length; b"" at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Recorder:
    """Listens on `address`, forwards to 127.0.0.1:`port`, keeps every request in `requests`."""

    def __init__(self, port):
        self.port = port
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            while True:
                request = read_message(client)
                if not request:
                    return
                self.requests.append(request)
                client.sendall(exchange(self.port, request))

    def close(self):
        self.listener.close()
