#!/usr/bin/env python3
"""Compares the operator's signatures with those of an independent implementation.

usage: signer_differential.py SIGNER_TOOL [REQUESTS [SEED]]

The rules of both signatures are written down here a second time, from Alibaba's manual, on Python's
hmac and hashlib. Every request is also read as a server reads it: whatever bytes a parameter holds, the
query must decode to exactly the parameters that were given, and no header may hold a line break.
"""

import base64
import hashlib
import hmac
import json
import random
import subprocess
import sys
import tempfile
import time
from urllib.parse import unquote_to_bytes

ORIGINS = {
    "https://dts.aliyuncs.com": "dts.aliyuncs.com",
    "https://dts-vpc.cn-zhangjiakou.aliyuncs.com:443": "dts-vpc.cn-zhangjiakou.aliyuncs.com",
    "http://127.0.0.1:18080": "127.0.0.1:18080",
}
# What somebody would write into a DtsJob to smuggle a parameter, a header or a line.
ATTACKS = [
    b"x&Action=DeleteDtsJob", b"x%26Action%3DDeleteDtsJob", b"a=b&c", b"&", b"=", b"%", b"%2", b"%zz",
    b"a+b", b" ", b"+", b"x\r\nx-acs-action: DeleteDtsJob", b"x\r\n\r\nPOST / HTTP/1.1", b"\n", b"\0",
    b"~*'()!", b"#fragment", b"?a=b", b";a=b", b"//evil.example/", b"\xff\xfe", b"\xc0\xaf", b"\x7f",
    "数据".encode(), "\u202e".encode(), "\U0001f600".encode(), b"\xed\xa0\x80",
]


def random_bytes(rng, most):
    kind = rng.randrange(5)
    if kind == 0:
        return rng.choice(ATTACKS)
    if kind == 1:
        return "".join(chr(rng.choice((rng.randrange(1, 0xd800), rng.randrange(0xe000, 0x110000))))
                       for _ in range(rng.randint(1, most // 4))).encode()
    if kind == 2:
        return rng.randbytes(rng.randint(1, most))
    if kind == 3:
        return bytes(rng.choices(b"&=%+ ~*-_.!'();:@,/?#[]$\"\\", k=rng.randint(1, most)))
    return b"dts" + rng.randbytes(6).hex().encode()


def random_request(rng, number):
    names = set()
    for _ in range(rng.randrange(5)):
        names.add(b"P" + random_bytes(rng, 8) if rng.random() < 0.3 else b"P%d" % rng.randrange(1000))
    parameters = [(name, random_bytes(rng, 20)) for name in names]
    rng.shuffle(parameters)
    printable = bytes(range(0x21, 0x7f))
    return {
        "kind": rng.choice((b"v1", b"acs3")),
        "action": rng.choice((b"StartDtsJob", b"SuspendDtsJob", b"DescribeDtsJobs")),
        "version": b"2020-01-01",
        "origin": rng.choice(list(ORIGINS)).encode(),
        "key": bytes(rng.choices(printable, k=rng.randint(1, 30))),
        "secret": random_bytes(rng, 40),
        "token": bytes(rng.choices(printable, k=rng.randint(1, 60))) if rng.random() < 0.5 else b"",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_500_000_000 + number * 977)).encode(),
        "nonce": rng.randbytes(16).hex().encode(),
        "parameters": parameters,
    }


def line_of(request):
    fields = [request[name] for name in
              ("kind", "action", "version", "origin", "key", "secret", "token", "time", "nonce")]
    for pair in request["parameters"]:
        fields.extend(pair)
    return b" ".join(field.hex().encode() or b"-" for field in fields)


KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
ENCODED = [chr(byte) if byte in KEPT else f"%{byte:02X}" for byte in range(256)]


def encode(data):
    return "".join(map(ENCODED.__getitem__, data))


def query_of(parameters):
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(parameters))


def mac(secret, text, digest):
    return hmac.new(secret, text.encode(), digest)


def expect_v1(request):
    """The target, and the headers besides Host and Accept."""
    every = request["parameters"] + [
        (b"Action", request["action"]), (b"Version", request["version"]), (b"Format", b"JSON"),
        (b"AccessKeyId", request["key"]), (b"SignatureMethod", b"HMAC-SHA1"),
        (b"SignatureVersion", b"1.0"), (b"SignatureNonce", request["nonce"]),
        (b"Timestamp", request["time"])]
    if request["token"]:
        every.append((b"SecurityToken", request["token"]))
    text = "POST&%2F&" + encode(query_of(every).encode())
    signature = base64.b64encode(mac(request["secret"] + b"&", text, hashlib.sha1).digest())
    every.append((b"Signature", signature))
    return "/?" + query_of(every), {}, every


def expect_acs3(request):
    host = ORIGINS[request["origin"].decode()]
    body = hashlib.sha256(b"").hexdigest()
    signed = {"host": host, "x-acs-action": request["action"].decode(), "x-acs-content-sha256": body,
              "x-acs-date": request["time"].decode(), "x-acs-signature-nonce": request["nonce"].decode(),
              "x-acs-version": request["version"].decode()}
    if request["token"]:
        signed["x-acs-security-token"] = request["token"].decode()
    query = query_of(request["parameters"])
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    names = ";".join(sorted(signed))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{body}"
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    signature = mac(request["secret"], text, hashlib.sha256).hexdigest()
    authorization = (f"ACS3-HMAC-SHA256 Credential={request['key'].decode()},"
                     f"SignedHeaders={names},Signature={signature}")
    del signed["host"]
    return ("/?" + query if query else "/"), {**signed, "authorization": authorization}, \
        request["parameters"]


def check(request, answer):
    """What is wrong with the answer, or None."""
    target, headers, parameters = (expect_v1 if request["kind"] == b"v1" else expect_acs3)(request)
    sent = dict(answer["headers"])
    headers["host"] = ORIGINS[request["origin"].decode()]
    headers["accept"] = "application/json"
    if answer["target"] != target:
        return f"target {answer['target']!r} instead of {target!r}"
    if sent != headers or len(answer["headers"]) != len(headers):
        return f"headers {sent!r} instead of {headers!r}"
    if answer["method"] != "POST" or answer["body"]:
        return "not an empty POST"
    if any("\r" in text or "\n" in text or "\0" in text for pair in answer["headers"] for text in pair):
        return "a header with a line break"
    # As a server reads it.
    _, _, query = answer["target"].partition("?")
    read = [tuple(unquote_to_bytes(part) for part in item.split("=")) for item in query.split("&") if item]
    if sorted(read) != sorted(parameters):
        return f"a server reads {read!r} instead of {parameters!r}"
    return None


def main():
    tool = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    seen = set()
    with tempfile.TemporaryFile() as file:
        requests = []
        for number in range(count):
            request = random_request(rng, number)
            requests.append(request)
            for _, value in request["parameters"]:
                seen.update(value)
            file.write(line_of(request) + b"\n")
        file.seek(0)
        with subprocess.Popen([tool], stdin=file, stdout=subprocess.PIPE) as process:
            for number, request in enumerate(requests):
                problem = check(request, json.loads(process.stdout.readline()))
                if problem:
                    process.kill()
                    sys.exit(f"request {number} of seed {seed}, {request['kind'].decode()}: {problem}")
    if process.returncode:
        sys.exit(f"signer_tool ended with {process.returncode}")
    if len(seen) < 256:
        sys.exit(f"only {len(seen)} of 256 byte values were in parameters: more requests are needed")
    print(f"{count} requests, all 256 byte values in parameters: signatures agree")


if __name__ == "__main__":
    main()
