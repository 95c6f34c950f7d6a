#!/usr/bin/env python3
"""Official SDKs of Alibaba Cloud, unmodified, against dts-simulator; or their code as a verifier.

usage: sdk_test.py suite.py DTS_SIMULATOR
       sdk_test.py addresses.py DTS_SIMULATOR CALL_TOOL

Sets itself up: a venv and, for the suite, a Go program in the user's cache, from the pinned versions
beside this file; Node joins in where it is installed.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "dts-operator"


def folder_for(name, *files):
    """A folder in the cache that changes with the contents of `files`."""
    digest = hashlib.sha256(b"".join((HERE / file).read_bytes() for file in files)).hexdigest()[:12]
    return CACHE / f"{name}-{digest}"


def prepare(folder, build):
    """Calls `build(folder)` unless that has succeeded before. Several tests may want it at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            (folder / "done").touch()
    return folder


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")


def python_folder():
    def build(folder):
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "-r", HERE / "requirements.txt")

    return prepare(folder_for("sdk-python", "requirements.txt"), build)


def go_program(source):
    """The program of the folder `source`, built of all that is in it."""
    def build(folder):
        # scripts/kubernetes-tools keeps a Go here where none is installed.
        go = shutil.which("go") or next(map(str, sorted(CACHE.glob("go-*/bin/go"))), None)
        if go is None:
            sys.exit("no go: run scripts/kubernetes-tools")
        run(go, "build", "-o", folder / "program", ".", cwd=HERE / source)

    files = sorted(f"{source}/{path.name}" for path in (HERE / source).glob("go.*"))
    files += sorted(f"{source}/{path.name}" for path in (HERE / source).glob("*.go"))
    return prepare(folder_for(f"sdk-program-{source}", *files), build) / "program"


def clean_environment():
    """Ours without the user's own credentials and proxies, which are not to be asked."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("ALIBABA_CLOUD_") and not name.lower().endswith("_proxy")}


def node_client():
    """The folder of the client for Node with its modules, or None without Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("no node: its SDKs are left out")
        return None

    def build(folder):
        for file in ("package.json", "package-lock.json", "client.js"):
            shutil.copy(HERE / "node" / file, folder)
        run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=folder)

    files = [f"node/{file}" for file in ("package.json", "package-lock.json", "client.js")]
    return prepare(folder_for("sdk-node", *files), build)


def main():
    python = python_folder() / "bin/python"
    command = [python, "-B", HERE / sys.argv[1], *sys.argv[2:]]
    if sys.argv[1] == "suite.py":
        command.append(go_program("go"))
        node = node_client()
        if node is not None:
            command.append(node / "client.js")
    sys.exit(subprocess.run(command, env=clean_environment(), check=False).returncode)


if __name__ == "__main__":
    main()
