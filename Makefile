# The menu; the work is in scripts/. `make` prints it.
.DEFAULT_GOAL := help
.PHONY: help demo demo-down test e2e image bench fuzz build format lint loop-times clean tools

help: ## Print this menu
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: tools ## See the operator at work: real API server, simulated DTS. Ctrl-C stops it
	@scripts/build dev dts-operator dts-simulator
	@scripts/demo up

demo-down: ## Stop the demo from another terminal, or after a crash
	@scripts/demo down

test: tools ## Build with AddressSanitizer and run all tests
	@scripts/kubernetes-tools helm
	@scripts/build asan
	@ctest --preset asan --parallel $$((3 * $$(nproc)))

image: build ## Make the container images, with buildah (scripts/image)
	@scripts/setup e2e
	@scripts/image

e2e: build ## Install it on a real Kubernetes node and let it live there; as root
	@scripts/setup e2e
	@scripts/kubernetes-tools all
	@tests/e2e/run

bench: tools ## Measure the release: client of DTS, latency, memory, cold start, quotas (tests/bench)
	@scripts/build release dts-operator dts-simulator client_bench
	@build/release/bin/client_bench
	@tests/bench/bench.py
	@tests/bench/quota_bench.py

fuzz: ## Fuzz every reader of foreign bytes with libFuzzer; SECONDS_EACH=60
	@scripts/setup
	@scripts/fuzz

build: ## Build the programs for release, into build/release/bin
	@scripts/setup
	@scripts/build release

format: ## Format the source files in place
	@git ls-files -z '*.cc' '*.h' | xargs -0 clang-format -i

lint: ## Check format, code (clang-tidy) and scripts
	@scripts/setup
	@cmake --preset lint >/dev/null
	@scripts/lint build/lint

loop-times: ## Measure build, tests and one file touched (15 min; COLD=1: and a first demo)
	@scripts/loop-times

clean: ## Remove everything that was built here; the Kubernetes programs stay in ~/.cache
	@scripts/demo down
	@! test -e build/e2e/init.pid || tests/e2e/node/node down build/e2e
	@rm -rf build

tools:
	@scripts/setup
	@scripts/kubernetes-tools
