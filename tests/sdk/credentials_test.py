#!/usr/bin/env python3
"""The operator's chain of credentials beside that of the official library for Go.

usage: credentials_test.py CHAIN_TOOL

Builds credentials/ in the user's cache, from its pinned modules, and runs it: main.go says what it does.
"""

import subprocess
import sys

from sdk_test import clean_environment, go_program


def main():
    command = [go_program("credentials"), sys.argv[1]]
    sys.exit(subprocess.run(command, env=clean_environment(), check=False).returncode)


if __name__ == "__main__":
    main()
