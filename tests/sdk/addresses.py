"""Which name of a server goes where: calls of the operator's transport and signer, on the ports that
production uses, to two servers that verify them. Started by sdk_test.py: DTS_SIMULATOR CALL_TOOL.

One call per form of address, port, scheme, way, signature and verifier. It makes itself a network of its
own, with Alibaba Cloud's real names and addresses in it, so it needs root or user namespaces.
"""

import collections
import contextlib
import datetime
import fcntl
import ipaddress
import itertools
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from verifier import Proxy, Verifier

KEY, SECRET = "key", "secret"
IPV4, IPV6 = "100.100.100.200", "2001:db8::100"  # the first is the instance metadata service's
# What stands in an endpoint, the address behind it, and the name of TLS.
ADDRESSES = {
    "IPv4": (IPV4, IPV4, None),
    "IPv6": (f"[{IPV6}]", IPV6, None),
    "name": ("dts.aliyuncs.com", IPV4, "dts.aliyuncs.com"),
    "name of IPv6": ("dts-vpc.cn-hangzhou.aliyuncs.com", IPV6, "dts-vpc.cn-hangzhou.aliyuncs.com"),
    "name with a dot": ("sts.aliyuncs.com.", IPV4, "sts.aliyuncs.com"),
}
PORTS = {"https": ["", ":443", ":8443", ":80"], "http": ["", ":80", ":8080", ":443"]}
DEFAULTS = {"https": 443, "http": 80}
PROXY = ("127.0.0.1", 3128)
SKIPPED = 77  # ctest's word for it, see CMakeLists.txt


def enter_network():
    """Starts this program again in a network and a file system of its own."""
    if "ADDRESSES_NETWORK" in os.environ:
        return
    os.environ["ADDRESSES_NETWORK"] = "entered"
    for options in (["--net", "--mount"], ["--user", "--map-root-user", "--net", "--mount"]):
        probe = ["unshare", *options, "true"]
        if shutil.which("unshare") and subprocess.run(probe, check=False, capture_output=True).returncode == 0:
            os.execvp("unshare", ["unshare", *options, sys.executable, "-B", *sys.argv])
    print("no network namespace can be made here, so nobody may listen on 443 and 80: run this test as root")
    sys.exit(1 if os.geteuid() == 0 else SKIPPED)


def build_network(folder):
    SIOCSIFADDR, SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCGIFINDEX, IFF_UP = 0x8916, 0x8913, 0x8914, 0x8933, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        def loopback(name, request, layout, *values):
            data = struct.pack("16s" + layout, name, *values).ljust(40, b"\0")
            return fcntl.ioctl(control, request, data)

        flags = struct.unpack_from("16sH", loopback(b"lo", SIOCGIFFLAGS, "H", 0))[1]
        loopback(b"lo", SIOCSIFFLAGS, "H", flags | IFF_UP)
        loopback(b"lo:1", SIOCSIFADDR, "HH4s", socket.AF_INET, 0, socket.inet_aton(IPV4))
        index = struct.unpack_from("16si", loopback(b"lo", SIOCGIFINDEX, "i", 0))[1]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR,
                    struct.pack("16sIi", socket.inet_pton(socket.AF_INET6, IPV6), 128, index))
    hosts = folder / "hosts"
    hosts.write_text("".join(f"{ip} {host} {host}.\n".replace("..", ".")
                             for host, ip, name in ADDRESSES.values() if name))
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)


def write_certificate(folder):
    """Its own CA; returns the files for a server, and what clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    names = [x509.DNSName(host) for _, _, host in ADDRESSES.values() if host]
    names += [x509.DNSName("kubernetes.default.svc")]
    names += [x509.IPAddress(ipaddress.ip_address(text)) for text in (IPV4, IPV6, "192.0.2.1")]
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
                   .public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName(names), critical=False)
                   .sign(key, hashes.SHA256()))
    files = folder / "tls.crt", folder / "tls.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return files


@contextlib.contextmanager
def simulator(program, folder, ip, port, certificate):
    config = folder / "simulator.yaml"
    config.write_text(json.dumps({"accounts": [{"accessKeyId": KEY, "accessKeySecret": SECRET}],
                                  "jobs": [{"jobId": "job"}],
                                  "quotas": {"DescribeDtsJobDetail": {"perSecond": 9999, "burst": 9999}}}))
    tls = ["--tls-cert", certificate[0], "--tls-key", certificate[1]] if certificate else []
    command = [program, "--config", config, "--listen", f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}",
               "--control-listen", "127.0.0.1:0", "--log-level", "error", *tls]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if '"listening"' not in process.stdout.readline():
                sys.exit(f"dts-simulator can't listen on {ip}:{port}")
            yield None
        finally:
            process.terminate()


@contextlib.contextmanager
def published_code(_program, _folder, ip, port, certificate):
    with Verifier(ip, port, SECRET, certificate) as server:
        yield server.seen
        server.shutdown()


class Matrix:
    def __init__(self, simulator_program, call_tool, folder):
        self.simulator, self.folder = simulator_program, folder
        self.certificate = write_certificate(folder)
        self.tool = subprocess.Popen([call_tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.proxy = Proxy(*PROXY)
        self.cells = collections.Counter()
        self.wrong = []

    def call(self, **call):
        self.tool.stdin.write(json.dumps({"key": KEY, "secret": SECRET, "ca": str(self.certificate[0]),
                                          "action": "DescribeDtsJobDetail", "parameters": {"DtsJobId": "job"},
                                          **call}) + "\n")
        self.tool.stdin.flush()
        return json.loads(self.tool.stdout.readline())

    def check(self, row, what, problem):
        self.cells[row] += 1
        if problem:
            self.wrong.append(f"{' '.join(row)}: {what}: {problem}")

    def run(self):
        verifiers = {"dts-simulator": simulator, "published code": published_code}
        for (verifier, listen), scheme, ip in itertools.product(verifiers.items(), PORTS, (IPV4, IPV6)):
            certificate = self.certificate if scheme == "https" else None
            for port in sorted({DEFAULTS[scheme] if not p else int(p[1:]) for p in PORTS[scheme]}):
                with listen(self.simulator, self.folder, ip, port, certificate) as seen:
                    self.calls(verifier, scheme, ip, port, seen)

    def calls(self, verifier, scheme, ip, port, seen):
        for form, (host, behind, name) in ADDRESSES.items():
            texts = [p for p in PORTS[scheme] if (int(p[1:]) if p else DEFAULTS[scheme]) == port]
            for text, way, signature in itertools.product(texts, ("direct", "proxy"), ("acs3", "v1")):
                if behind == ip:
                    row = (form, f"{scheme}://...{text}", verifier)
                    problem = self.one(f"{scheme}://{host}{text}", way, signature, seen, {
                        "host": host + ("" if port == DEFAULTS[scheme] else f":{port}"), "sni": name,
                        "target": f"{host}:{port}"})
                    self.check(row, f"{way} {signature}", problem)
            if seen is not None and behind == ip and scheme == "https":
                self.server_names(form, host, port, texts[0], seen)

    def one(self, origin, way, signature, seen, expected):
        """What is wrong with one call, or None."""
        del self.proxy.requests[:]
        if seen:
            del seen[:]
        proxy = "http://{}:{}".format(*PROXY) if way == "proxy" else ""
        outcome = self.call(origin=origin, proxy=proxy, signature=signature)
        if outcome["status"] != 200 or not json.loads(outcome["body"]).get("Success"):
            return outcome
        if seen is not None:
            [request] = seen
            if request["hosts"] != [expected["host"]]:
                return f"Host {request['hosts']} instead of {expected['host']}"
            if origin.startswith("https") and request["sni"] != expected["sni"]:
                return f"SNI {request['sni']} instead of {expected['sni']}"
        if way == "proxy":
            begin = ("CONNECT " + expected["target"] + " " if origin.startswith("https") else
                     "POST http://" + expected["host"] + "/")
            if len(self.proxy.requests) != 1 or not self.proxy.requests[0].startswith(begin):
                return f"the proxy got {self.proxy.requests} instead of {begin}"
        elif self.proxy.requests:
            return "went through the proxy"
        return None

    def server_names(self, form, host, port, text, seen):
        """tls-server-name of a kubeconfig: it is the name of TLS, and Host stays what it was."""
        for name, sni in (("kubernetes.default.svc", "kubernetes.default.svc"), ("192.0.2.1", None)):
            for way in ("direct", "proxy"):
                del seen[:]
                proxy = "http://{}:{}".format(*PROXY) if way == "proxy" else ""
                outcome = self.call(origin=f"https://{host}{text}", serverName=name, signature="acs3",
                                    proxy=proxy)
                want = {"hosts": [host + ("" if port == 443 else f":{port}")], "right": True, "sni": sni}
                self.check((form, f"https://...{text}", "tls-server-name"), f"{way} {name}",
                           None if seen == [want] else f"{seen} instead of {want}; {outcome}")

    def unsigned(self):
        """As the metadata service, a credentials URI and a Kubernetes API server behind a name are asked."""
        for origin, host in ((f"http://{IPV4}", IPV4), (f"https://{IPV4}", IPV4)):
            with Verifier(IPV4, DEFAULTS[origin.split(":")[0]], SECRET,
                          self.certificate if origin.startswith("https") else None) as server:
                self.call(origin=origin, target="/latest/meta-data/ram/security-credentials/")
                self.check(("IPv4", origin.split("/")[0] + "//...", "no signature"), "GET",
                           None if [r["hosts"] for r in server.seen] == [[host]] else server.seen)
                server.shutdown()

    def refusals(self):
        """Both verifiers can say no: to another secret, whatever else is right."""
        for verifier, listen in (("dts-simulator", simulator), ("published code", published_code)):
            with listen(self.simulator, self.folder, IPV4, 443, self.certificate):
                for signature in ("acs3", "v1"):
                    outcome = self.call(origin=f"https://{IPV4}", signature=signature, secret="other")
                    self.check(("IPv4", "https://...", verifier), f"another secret {signature}",
                               None if "SignatureDoesNotMatch" in outcome["body"] else outcome)

    def report(self):
        rows = sorted({row[:2] for row in self.cells})
        columns = ("dts-simulator", "published code", "tls-server-name", "no signature")
        print("calls per cell, each of acs3 and v1, direct and through a proxy".ljust(50), *columns, sep=" | ")
        for row in rows:
            counts = [str(self.cells[(*row, column)] or "-").rjust(len(column)) for column in columns]
            print(" ".join(row).ljust(50), *counts, sep=" | ")
        print(f"{sum(self.cells.values())} calls, {len(self.wrong)} wrong")
        for problem in self.wrong:
            print(problem)
        return 1 if self.wrong else 0


def main():
    enter_network()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build_network(folder)
        matrix = Matrix(sys.argv[1], sys.argv[2], folder)
        matrix.run()
        matrix.unsigned()
        matrix.refusals()
        matrix.tool.stdin.close()
        matrix.tool.wait(10)
        sys.exit(matrix.report())


if __name__ == "__main__":
    main()
