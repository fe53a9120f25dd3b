# Every target calls one script, and the scripts install what they lack: see scripts/bootstrap.
.PHONY: build demo test check check-kernels conformance conformance-full bench docs format \
	kill-test kill-test-steps fuzz clean help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

build: ## the program and its plugins, release, into .build/release
	@scripts/build

demo: ## a real model: fetched, converted, published, verified
	@scripts/demo

test: ## unit and fixture tests; downloads no model
	@scripts/test

check: ## format, lint, room rules, scripts, links; builds nothing
	@scripts/check

check-kernels: ## disassembly rules of the built kernel objects
	@scripts/check-kernels

conformance: ## against gguf, safetensors, numpy and huggingface_hub on two real models
	@scripts/conformance

conformance-full: ## the same and llama.cpp, which is built once outside the checkout
	@scripts/conformance --full

bench: ## side by side with llama-quantize, cp and openssl
	@Benchmarks/run

docs: ## regenerate docs/cli.md from --help and check every link
	@scripts/docs

format: ## rewrite the Swift sources in the house format
	@scripts/format

kill-test: ## 100 conversions and publications killed at random moments
	@scripts/kill-test

kill-test-steps: ## the same at each named step, in a debug build
	@scripts/kill-test --steps

fuzz: ## both readers under libFuzzer, 600 seconds each (SECONDS_EACH=…)
	@scripts/fuzz

clean: ## remove .build; caches outside the checkout stay
	rm -rf .build
