# The targets are documented behind `##`; `make` alone prints them.

.DEFAULT_GOAL := help
.PHONY: help demo test build lint format check e2e e2e-full reference bench chaos soak fuzz clean \
	image deb test-deploy

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: ## catch live calls on this machine with the three processes, and show them
	@scripts/demo.sh

test: ## everything: unit tests, release build, end-to-end tests
	@scripts/test.sh

build: ## build the four executables for release: .build/release
	@scripts/build.sh

lint: ## check format, house rules, scripts
	@scripts/lint.sh

format: ## format all Swift in place
	@scripts/format.sh

check: ## what CI runs: lint and test
	@.ci/run

e2e: ## only the end-to-end tests; K=WORD picks some
	@scripts/build.sh && python3 Tests/EndToEnd/run.py $(if $(K),-k $(K))

e2e-full: ## the end-to-end tests with 50,000 requests and a receiver down for 60 s
	@scripts/build.sh && EARSHOT_E2E=full python3 Tests/EndToEnd/run.py $(if $(K),-k $(K))

test-deploy: ## what a user deploys, the heavy part too: Docker, systemd, podman; K=WORD picks some
	@scripts/build.sh && EARSHOT_DEPLOY_BUILD=$(BUILD) scripts/test-deploy.sh --heavy $(if $(K),-k $(K))

reference: ## write docs/CONFIGURATION.md, docs/METRICS.md, docs/man from what the executables say
	@scripts/build.sh && EARSHOT_WRITE_REFERENCE=1 python3 Tests/EndToEnd/run.py -k reference

chaos: ## kill, stop and starve the processes: SEEDS=200 courses, the first one SEED=1
	@scripts/build.sh && EARSHOT_CHAOS_SEEDS=$(or $(SEEDS),200) EARSHOT_SEED=$(or $(SEED),1) \
		python3 Tests/EndToEnd/run.py -k chaos

soak: ## live runs, at 1 Gbit/s too, with assemble standing still for half of SECONDS=600
	@scripts/build.sh && EARSHOT_SOAK_SECONDS=$(or $(SECONDS),600) \
		python3 Tests/EndToEnd/run.py -k soak -k gigabit

bench: ## measure every stage on a generated capture: MB/s, calls/s, ns per packet, memory
	@scripts/bench.sh

fuzz: ## fuzz every decoder for SECONDS=600 each; D="http1 body" picks some
	@SECONDS_EACH=$(or $(SECONDS),600) scripts/fuzz.sh $(D)

image: ## build the container images: earshot, earshot-capture, -assemble, -ship, -demo
	@deploy/make-images.sh

deb: ## build the Debian package: .build/earshot_VERSION_ARCH.deb
	@deploy/make-deb.sh

clean: ## remove what was built
	@rm -rf .build spool calls out
