"""A DTS endpoint that takes nothing from this code: it computes the signature of each request as it was
received, with what Alibaba publishes for its clients, and a proxy as RFC 9112 describes one."""

import contextlib
import hashlib
import http.server
import json
import socket
import socketserver
import ssl
import threading
from urllib.parse import parse_qsl, urlsplit

from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.auth.algorithm import sha_hmac1
from aliyunsdkcore.auth.composer import rpc_signature_composer
from darabonba.request import DaraRequest


def acs3_is_right(request, parameters, headers, authorization, secret):
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(field.strip().split("=", 1) for field in rest.split(","))
    names = fields["SignedHeaders"].split(";")
    if not {"host", "x-acs-content-sha256", *(n for n in headers if n.startswith("x-acs-"))} <= set(names):
        return False
    dara = DaraRequest()
    dara.method, dara.pathname, dara.query = request.command, urlsplit(request.path).path, parameters
    dara.headers = {name: headers[name] for name in names}
    payload = hashlib.sha256(b"").hexdigest()
    return authorization == Utils.get_authorization(dara, algorithm, payload, fields["Credential"], secret)


def v1_is_right(request, parameters, secret):
    signature = parameters.pop("Signature", "")
    text = getattr(rpc_signature_composer, "__compose_string_to_sign")(request.command, parameters)
    return (signature == Utils.get_rpcsignature(parameters, request.command, secret) ==
            sha_hmac1.get_sign_string(text, secret + "&"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def answer(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "authorization" in headers:
            right = acs3_is_right(self, parameters, headers, headers["authorization"], self.server.secret)
        else:
            right = v1_is_right(self, parameters, self.server.secret)
        self.server.seen.append({"hosts": self.headers.get_all("Host"), "right": right,
                                 "sni": getattr(self.request, "sni", None)})
        body = json.dumps({"Success": right, "Code": "200" if right else "SignatureDoesNotMatch"}).encode()
        self.send_response(200 if right else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Verifier(socketserver.ThreadingTCPServer):
    """Listens until closed; `seen` has what each request came with."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, port, secret, certificate=None):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.secret, self.seen, self.tls = secret, [], None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
            self.tls.sni_callback = lambda connection, name, _: setattr(connection, "sni", name)
        super().__init__((address, port), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, *_):
        pass  # a client that leaves during the handshake is told by the client's own outcome


class ProxyHandler(socketserver.StreamRequestHandler):
    def handle(self):
        lines = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line.decode().rstrip("\r\n"))
        if not lines:
            return
        self.server.requests.append(lines[0])
        method, target, _ = lines[0].split(" ")
        url = urlsplit(target if method != "CONNECT" else "//" + target)
        # The socket's own functions take a name with a final dot, too.
        with socket.create_connection((url.hostname, url.port or 80), timeout=10) as server:
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                # "MUST ignore the received Host ... and instead replace it", RFC 9112, 3.2.2
                kept = [line for line in lines[1:] if not line.lower().startswith("host:")]
                path = target[target.index(url.netloc) + len(url.netloc):]
                head = [f"{method} {path} HTTP/1.1", f"Host: {url.netloc}", *kept]
                server.sendall("\r\n".join([*head, "", ""]).encode())
            back = threading.Thread(target=relay, args=(server, self.connection), daemon=True)
            back.start()
            relay(self.connection, server)
            back.join(10)


def relay(source, drain):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            drain.sendall(data)
    with contextlib.suppress(OSError):
        drain.shutdown(socket.SHUT_WR)


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTP proxy; `requests` has the first line of each connection."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, port):
        self.requests = []
        super().__init__((address, port), ProxyHandler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
