# Every task is a script under scripts/ or one command, so that nothing here needs make.
#
#     make run        DRAGOMAN_API_PORT=9000 make run        echo "Hello" | make translate TO=hi        make bench ARGS='--rows full'

.DEFAULT_GOAL := help
.PHONY: help setup run translate test lint format bench bench-server soak chaos bench-queue bench-scaling parity test-neon tsan fuzz check-deploy replay-dockerfile dist clean

help: ## List the tasks
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing on Debian or Ubuntu; elsewhere say what is
	@scripts/setup

run: ## Build in release mode and run the server on http://127.0.0.1:8080
	@scripts/run

translate: ## Build in release mode, translate a sample, then what is typed or piped in (FROM=auto, TO=es)
	@scripts/translate

test: ## Build in release mode and run every test
	@scripts/test

lint: ## Check format and house rules
	@scripts/lint

format: ## Format every Swift file in place
	@swift format --in-place --parallel --recursive Sources Tests Package.swift

bench: ## Measure against CTranslate2 and write docs/BENCHMARKS.md (ARGS='--rows full')
	@scripts/bench $(ARGS)

parity: ## Compare translations with CTranslate2's (ARGS='--lines 50')
	@scripts/parity $(ARGS)

test-neon: ## Check the kernels of other processors under an emulator
	@scripts/test-neon

bench-server: ## Measure the server under load and write docs/BENCHMARKS.md
	@scripts/bench-server $(ARGS)

soak: ## Run a mixed load for ten minutes and watch memory (ARGS='--minutes 2')
	@scripts/soak $(ARGS)

chaos: ## Break a cluster while it works: processes, servers, connections, disks (ARGS='--short')
	@scripts/chaos $(ARGS)

bench-queue: ## Compare jobs a second with Celery and write docs/BENCHMARKS.md
	@scripts/bench-queue $(ARGS)

bench-scaling: ## Measure jobs a second with one, two and four workers
	@scripts/bench-scaling $(ARGS)

check-deploy: ## Check what is in Deploy: manifests, rules, proxy
	@scripts/check-deploy

replay-dockerfile: ## Follow the Dockerfile in a clean root, without a container engine (as root)
	@scripts/replay-dockerfile

dist: ## Make a tarball that runs from any folder
	@scripts/dist

fuzz: ## Try a million made-up inputs on everything that reads what strangers write
	@scripts/fuzz

tsan: ## Run the suites in which threads meet under the thread sanitizer
	@scripts/tsan

clean: ## Remove everything that was built or installed inside this folder
	rm -rf .build .build-* .venv dist
