"""What the end-to-end tests talk to: the cluster, DTS's simulator, and processes of pods."""
import http.client
import json
import os
import re
import ssl
import subprocess
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
JOBS = "/apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/dts-system/leases/dts-operator"


def eventually(what, condition, limit=120, pause=0.05):
    """The first value of condition() that is not false."""
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(pause)
    return value


class Shell:
    """Commands as a user types them, from the top of the repository; it remembers them."""

    def __init__(self):
        self.typed = set()
        self.env = os.environ | {"ACCESS_KEY_ID": "simulated-key", "ACCESS_KEY_SECRET": "simulated-secret"}

    def __call__(self, command, check=True):
        self.typed.add(command)
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=self.env, capture_output=True, text=True,
                              timeout=180, check=False)
        if check and done.returncode:
            raise AssertionError(f"$ {command}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()


class Api:
    """The API server, over one kept connection."""

    def __init__(self):
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        cluster = config["clusters"][0]["cluster"]
        context = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self.connection = http.client.HTTPSConnection(cluster["server"].removeprefix("https://"), context=context,
                                                      timeout=120)
        self.headers = {"Authorization": "Bearer " + config["users"][0]["user"]["token"],
                        "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.get('message')}")
        return answer

    def get(self, path):
        return self.call("GET", path)

    def pods(self, selector="app.kubernetes.io%2Fname=dts-operator", namespace="dts-system"):
        """The pods that are not about to go."""
        items = self.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")["items"]
        return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]

    def leader(self):
        """The name of the pod that holds the Lease, or ""."""
        return (self.get(LEASE)["spec"].get("holderIdentity") or "").split("_")[0]

    def create_job(self, name, dts_job, namespace="shop", labels=None, **spec):
        spec = {"dtsJobId": dts_job, "regionId": "cn-hangzhou", "credentialsSecretRef": {"name": "dts-credentials"}} | spec
        self.call("POST", JOBS.replace("shop", namespace), {
            "apiVersion": "dts.aliyun.com/v1alpha1", "kind": "DtsJob",
            "metadata": {"name": name, "labels": labels}, "spec": spec})

    def condition(self, name, kind="Ready", namespace="shop"):
        conditions = self.get(JOBS.replace("shop", namespace) + "/" + name).get("status", {}).get("conditions", [])
        return next((c for c in conditions if c["type"] == kind), {"status": "", "reason": "", "message": ""})

    def await_ready(self, name, namespace="shop"):
        eventually(f"{name} is Ready", lambda: self.condition(name, namespace=namespace)["status"] == "True")

    def await_reason(self, name, reason):
        eventually(f"{name} has the reason {reason}", lambda: self.condition(name)["reason"] == reason)
        return self.condition(name)["message"]


class Simulator:
    """The control endpoint of dts-simulator."""

    def __init__(self, address):
        self.address = address

    def get(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=120)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def job(self, name):
        return self.get(f"/jobs/{name}")

    def jobs(self):
        return self.get("/jobs")["jobs"]

    def first_start(self, name):
        """When StartDtsJob for the job was received, as seconds since 1970, or None."""
        since = 0
        while page := self.get(f"/calls?since={since}")["calls"]:
            for call in page:
                if call["action"] == "StartDtsJob" and call["jobId"] == name:
                    whole, _, fraction = call["time"].rstrip("Z").partition(".")
                    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(f"0.{fraction}")
            since = page[-1]["seq"]
        return None


def process_of(pod):
    """The process id of the one container of a pod, as this machine sees it."""
    container = pod["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    for entry in Path("/proc").glob("[0-9]*/cgroup"):
        try:
            if container in entry.read_text():
                return int(entry.parent.name)
        except OSError:
            continue
    raise AssertionError(f"no process of container {container}")


def signal_container(pod, number):
    os.kill(process_of(pod), number)


def rss_mib(pod):
    status = Path(f"/proc/{process_of(pod)}/status").read_text()
    return round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, 1)


def documented_commands():
    """The commands in the fences of docs/install.md."""
    text = (ROOT / "docs/install.md").read_text()
    fences = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    return [line for fence in fences for line in fence.splitlines() if line]
