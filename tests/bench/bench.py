#!/usr/bin/env python3
"""Measures the released operator against a real API server and dts-simulator.

usage: tests/bench/bench.py [--jobs 1000] [--samples 200]

Needs `make build` and scripts/kubernetes-tools; `make bench` runs them. Prints one JSON object:
  apply_to_start_ms   POST of a DtsJob answered -> StartDtsJob received by DTS, one job at a time
  apply_to_ready_ms   the same -> the write of Ready=True has been seen on a watch
  rss_mib             resident memory of the operator when settled with 10 and with --jobs DtsJobs
  cold_start          all jobs applied before the operator starts: seconds until each was started,
                      and the operator's CPU time per job
The simulator's jobs come up at once and its quotas are wide, so that what is measured is the operator
and the API server, on whatever else the machine is doing.
"""
import argparse
import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
JOBS = "/apis/dts.aliyun.com/v1alpha1/namespaces/default/dtsjobs"
TIMEOUT_S = 120
WIDE = {"perSecond": 100000, "burst": 100000}


class Api:
    """The API server as admin, over one kept connection."""

    def __init__(self, kubeconfig):
        kubectl = [os.environ["KUBECTL"], "--kubeconfig", str(kubeconfig), "config", "view", "--raw", "-o", "json"]
        config = json.loads(subprocess.check_output(kubectl))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        ca = cluster.get("certificate-authority-data")
        pem = base64.b64decode(ca).decode() if ca else Path(cluster["certificate-authority"]).read_text()
        self.context = ssl.create_default_context(cadata=pem)
        self.host = cluster["server"].removeprefix("https://")
        self.headers = {"Content-Type": "application/json"}
        if "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        self.connection = self.connect()

    def connect(self):
        return http.client.HTTPSConnection(self.host, context=self.context, timeout=TIMEOUT_S)

    def call(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        response = self.connection.getresponse()
        data = json.loads(response.read())
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {data}")
        return data

    def watch_ready(self, seen):
        """Writes the time of each DtsJob's first Ready=True into `seen`, for ever."""
        connection = self.connect()
        connection.request("GET", JOBS + "?watch=1", headers=self.headers)
        response = connection.getresponse()
        while line := response.readline():
            job = json.loads(line)["object"]
            for condition in job.get("status", {}).get("conditions", []):
                if condition["type"] == "Ready" and condition["status"] == "True":
                    seen.setdefault(job["metadata"]["name"], time.time())


def manifest(n, poll="1h"):
    return {"apiVersion": "dts.aliyun.com/v1alpha1", "kind": "DtsJob", "metadata": {"name": f"job-{n}"},
            "spec": {"dtsJobId": f"bench{n}", "regionId": "cn-hangzhou", "pollInterval": poll}}


def wait_for(what, condition):
    deadline = time.time() + TIMEOUT_S
    while not condition():
        if time.time() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def percentiles(values):
    values = sorted(values)
    pick = lambda p: round(values[min(len(values) - 1, int(len(values) * p))], 2)
    return {"p50": pick(0.5), "p99": pick(0.99), "max": pick(1), "n": len(values)}


class Stack:
    """Control plane, simulator with `jobs` jobs, and operators as they are started."""

    def __init__(self, folder, jobs, start_quota=WIDE, read_quotas=WIDE):
        self.folder = folder
        self.control_plane = subprocess.Popen([ROOT / "scripts/control-plane", "run", folder / "cluster"],
                                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if "ready" not in self.control_plane.stdout.readline():
            raise RuntimeError("the control plane did not start")
        self.kubeconfig = folder / "cluster/admin.kubeconfig"
        self.kubectl("apply", "-k", ROOT / "deploy")
        self.kubectl("wait", "--for=condition=Established", "crd/dtsjobs.dts.aliyun.com")
        wait_for("DtsJobs are served", lambda: self.kubectl("get", "dtsjobs", check=False) == 0)
        (folder / "simulator.yaml").write_text(json.dumps({
            "accounts": [{"accessKeyId": "bench", "accessKeySecret": "bench"}],
            "quotas": {"StartDtsJob": start_quota} | ({"DescribeDtsJobDetail": WIDE, "DescribeDtsJobs": WIDE}
                                                      if read_quotas is WIDE else read_quotas),
            "jobs": [{"jobId": "bench{n}", "count": jobs, "precheckDuration": "0s", "initializeDuration": "0s"}]}))
        self.simulator = subprocess.Popen([BIN / "dts-simulator", "--config", folder / "simulator.yaml", "--listen",
                                           "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--log-level", "error"],
                                          stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.simulator.stdout.readline())
        self.dts, self.control = ports["port"], ports["controlPort"]
        self.operator = None

    def kubectl(self, *args, check=True):
        command = [os.environ["KUBECTL"], "--kubeconfig", self.kubeconfig, *args]
        return subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def start_operator(self, flags=("--dts-start-qps", "1000", "--dts-describe-qps", "1000", "--dts-list-qps", "1000")):
        env = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "bench", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "bench"}
        self.operator = subprocess.Popen(
            [BIN / "dts-operator", "--kubeconfig", self.kubeconfig, "--dts-endpoint", f"http://127.0.0.1:{self.dts}",
             "--own-credentials-namespaces", "*", "--metrics-bind-address", "0", "--health-probe-bind-address", "0", "--log-level", "warn",
             *flags], env=os.environ | env)

    def stop_operator(self):
        self.operator.terminate()
        self.operator.wait(timeout=30)

    def ask(self, method, path, body=None):
        """The control endpoint's answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.control}{path}", method=method,
                                         data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def calls(self, since=0):
        """What DTS received after call number `since`, with `at` in seconds since the epoch."""
        calls = []
        while page := self.ask("GET", f"/calls?since={calls[-1]['seq'] if calls else since}")["calls"]:
            calls += page
        for call in calls:
            moment = call["time"].rstrip("Z")
            whole, _, fraction = moment.partition(".")
            call["at"] = time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + (fraction or "0"))
        return calls

    def starts(self):
        """Time of the first StartDtsJob that DTS received, by job id."""
        seen = {}
        for call in self.calls():
            if call["action"] == "StartDtsJob":
                seen.setdefault(call["jobId"], call["at"])
        return seen

    def rss_mib(self):
        status = Path(f"/proc/{self.operator.pid}/status").read_text()
        return round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1)

    def cpu_ms(self):
        fields = Path(f"/proc/{self.operator.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def stop(self):
        for process in (self.operator, self.simulator):
            if process and process.poll() is None:
                process.terminate()
                process.wait(timeout=30)
        self.control_plane.stdin.close()
        self.control_plane.wait(timeout=30)


def measure(stack, samples, jobs):
    api = Api(stack.kubeconfig)
    ready = {}
    threading.Thread(target=api.watch_ready, args=(ready,), daemon=True).start()
    result = {}
    stack.start_operator()
    applied = {}
    for n in range(1, samples + 1):
        api.call("POST", JOBS, manifest(n))
        applied[n] = time.time()
        wait_for(f"job-{n} is Ready", lambda n=n: f"job-{n}" in ready)
        if n == 10:
            time.sleep(3)
            result["rss_mib"] = {"10": stack.rss_mib()}
    starts = stack.starts()
    result["apply_to_start_ms"] = percentiles([(starts[f"bench{n}"] - applied[n]) * 1e3 for n in applied])
    result["apply_to_ready_ms"] = percentiles([(ready[f"job-{n}"] - applied[n]) * 1e3 for n in applied])

    stack.stop_operator()
    for n in range(samples + 1, jobs + 1):
        api.call("POST", JOBS, manifest(n))
    began = time.time()
    stack.start_operator()
    wait_for("all jobs are Ready", lambda: len(ready) >= jobs)
    result["cold_start"] = {
        "jobs": jobs - samples, "first_start_s": round(min(stack.starts()[f"bench{n}"] for n in range(samples + 1, jobs + 1)) - began, 3),
        "all_started_s": round(max(stack.starts().values()) - began, 2),
        "all_ready_s": round(max(ready.values()) - began, 2),
        "cpu_ms_per_job": round(stack.cpu_ms() / jobs, 3)}
    time.sleep(5)
    result["rss_mib"][str(jobs)] = stack.rss_mib()
    return result


def use_kubectl():
    tools = subprocess.check_output([ROOT / "scripts/kubernetes-tools", "path"], text=True).strip()
    os.environ["KUBECTL"] = tools + "/kubectl"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=200)
    args = parser.parse_args()
    use_kubectl()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), args.jobs)
        try:
            print(json.dumps(measure(stack, args.samples, args.jobs), indent=2))
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
