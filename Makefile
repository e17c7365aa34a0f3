# Every task is a script under scripts/ or one command, so that nothing here needs make.
#
#     make run FROM=en TO=hi        make bench ARGS='--rows full'        echo "Hello" | make run

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench parity test-neon tsan clean

help: ## List the tasks
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing on Debian or Ubuntu; elsewhere say what is
	@scripts/setup

run: ## Build in release mode, translate a sample, then what is typed or piped in (FROM=auto, TO=es)
	@scripts/run

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

tsan: ## Run the ThreadSafety suites under the thread sanitizer
	@scripts/tsan

clean: ## Remove everything that was built or installed inside this folder
	rm -rf .build .build-* .venv
