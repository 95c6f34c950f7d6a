"""Renders the chart and deploy/, and asks a real API server about the result."""
import json
import subprocess
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/dts-operator"
NAMESPACE = "dts-system"
# Served by no API server of ours; the ServiceMonitor is checked for its place, not for its schema.
SERVICE_MONITOR_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com",
                 "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
    "spec": {"group": "monitoring.coreos.com", "scope": "Namespaced",
             "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
             "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                 "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}
# A namespace of the restricted profile: what breaks it is warned of.
SPACES = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {
    "name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted",
                             "pod-security.kubernetes.io/warn": "restricted"}}}
          for name in (NAMESPACE, "shop", "bank")]


def tool(name):
    """The path of one of the programs of scripts/kubernetes-tools."""
    folder = subprocess.check_output([ROOT / "scripts/kubernetes-tools", "path", name], text=True)
    return Path(folder.strip()) / name


def run(*command, text=None):
    return subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True,
                          timeout=120, check=False)


def render(values, release="dts-operator"):
    """What `helm template` makes of the values, a nested dict: (text, error)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        done = run(tool("helm"), "template", release, CHART, "-n", NAMESPACE, "--values", file.name)
    return done.stdout, done.stderr if done.returncode else ""


def kustomize(folder):
    done = run(tool("kubectl"), "kustomize", ROOT / "deploy" / folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(text):
    """The objects of a stream of YAML by "Kind/namespace/name"; a name that comes twice is an error."""
    found = {}
    for item in yaml.safe_load_all(text):
        if item is None:
            continue
        meta = item["metadata"]
        key = "/".join((item["kind"], meta.get("namespace", ""), meta["name"]))
        assert key not in found, f"{key} is rendered twice"
        found[key] = item
    return found


class ApiServer:
    """A control plane of its own, with what the renderings refer to."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([ROOT / "scripts/control-plane", "run", self.folder.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert "ready" in self.process.stdout.readline(), "the control plane did not start"
        items = {"apiVersion": "v1", "kind": "List", "items": SPACES + [SERVICE_MONITOR_CRD]}
        done = self.kubectl("apply", "-f", "-", text=json.dumps(items))
        assert done.returncode == 0, done.stderr
        done = self.kubectl("wait", "--for=condition=Established", "crd", "--all")
        assert done.returncode == 0, done.stderr

    def kubectl(self, *arguments, text=None):
        return run(tool("kubectl"), "--kubeconfig", f"{self.folder.name}/admin.kubeconfig", *arguments, text=text)

    def complaints(self, text):
        """Errors and warnings of the API server about objects that it only looks at."""
        done = self.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", text=text)
        return done.stderr.strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.folder.cleanup()
