# Every target sets itself up: `make demo` and `make test` work on a fresh clone with the tools that the README names.
.PHONY: help build demo test lint soak bench bench-agent bench-bindings scenarios loom header

CARGO ?= cargo
CC ?= gcc
export CARGO_TERM_COLOR ?= auto

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: ## The library, the tool hscb and the demo's C worker, in target/release
	@scripts/need cargo $(CC)
	$(CARGO) build --release --locked -p holysheep-cb -p holysheep-cb-cli
	$(CC) -std=c11 -O2 -Wall -Wextra -Werror -Iinclude examples/demo/worker.c \
	  -o target/release/demo_worker_c -Ltarget/release -lholysheep_cb

demo: build ## Eight processes meet an outage, alone and together (half a minute); KEEP=1 keeps the dashboard up
	@scripts/need python3 node npm
	scripts/demo_packages
	target/release/hscb demo $(if $(KEEP),--keep)

test: ## Every test but the long ones (see soak)
	@scripts/need cargo $(CC) g++ python3 node npm nm readelf valgrind tmux chromium prometheus promtool redis-server
	scripts/test

lint: ## Formatting, clippy, documentation
	scripts/lint

loom: ## The concurrency models
	scripts/loom

soak: ## Long storms, a deeper oracle, deeper models, fuzzing (an hour or so)
	scripts/soak

bench-agent: ## What services pay for an agent that looks at them (two minutes)
	@scripts/need cargo $(CC) redis-server
	$(CARGO) bench --quiet --locked -p holysheep-cb-cli --bench agent

bench-bindings: ## What a protected call costs in Python and Node, beside their own libraries
	@scripts/need cargo python3 node npm
	scripts/bench_bindings

bench: ## One table of the ratios that must be reached
	@scripts/need cargo $(CC)
	scripts/bench_table

scenarios: ## The guides' situations on the mock, with and without the client
	@scripts/need cargo $(CC)
	$(CARGO) bench --quiet --locked -p holysheep-cb-cli --bench scenarios

header: ## Render include/holysheep_cb.h anew
	HSCB_BLESS=1 $(CARGO) test --locked -p holysheep-cb --test header
