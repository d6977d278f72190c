# `make` lists what there is. Only Go and make are needed, but for `make view`, `make interop`,
# `make conformance`, `make clients` and `make examples`: they say what else.

BIN     := bin/ai-endpoints-mcp
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Pinned, so that everyone sees the same findings and makes the same packages.
LINT_VERSION      := v2.15.0
LINT              := bin/tools/golangci-lint-$(LINT_VERSION)
RELEASER_VERSION  := v2.16.0
RELEASER          := bin/tools/goreleaser-$(RELEASER_VERSION)
LISTER_VERSION    := v1.10.0
LISTER            := bin/tools/cyclonedx-gomod-$(LISTER_VERSION)
PUBLISHER_VERSION := v1.8.9
PUBLISHER         := bin/tools/publisher-$(PUBLISHER_VERSION)
HELM_VERSION      := v3.22.0
HELM              := bin/tools/helm-$(HELM_VERSION)
CONFORM_VERSION   := v0.8.0
CONFORM           := bin/tools/kubeconform-$(CONFORM_VERSION)
VULN_VERSION      := v1.9.0
BENCHSTAT_VERSION := v0.0.0-20260908200009-22c9c6c9d4da

FUZZTIME ?= 30s
SOAK     ?= 10m
SHORT    ?=
BUILDER  ?= docker

# What `make sbom` lists, and where to.
SBOM_OF ?= $(BIN)
SBOM    ?= bin/sbom.cdx.json

BENCH_PEER := .cache/bench/litellm/bin/litellm
RUN_BENCH   = go run ./testdata/bench $(if $(TEAM),-team $(TEAM)) $(if $(PEERS),-litellm $(BENCH_PEER)) $(if $(COLD),-cold)

.DEFAULT_GOAL := help
.PHONY: help build demo test golden fuzz bench bench-write bench-compare microbench load soak lint crossvet interop conformance attack engine clients examples deploy-check chart-check nginx-check view view-check apps-check ci image \
  screencast packages registry licenses completions sbom vulns lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary bin/ai-endpoints-mcp
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) .

demo: ## build, then talk to the server over stdio on its emulator: no key, no network
	@echo "Building $(BIN); from a fresh clone that takes a minute or two."
	@$(MAKE) --no-print-directory build
	@echo "Compiling the demo, which then calls every tool of $(BIN)."
	go run ./testdata/demo $(BIN)

# Tests that measure time or memory run without the race detector, which changes both.
MEASURED := Linear|EndsWithItsContext|HeldBytes|LittleMemory|NoMemory|AreCheap|Allocations

# cgo is off where there is no C compiler; the race detector needs one.
test: ## run all tests with the race detector: unit, golden, fuzz seeds, end to end
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then race=-race; \
	else race=; echo "No C compiler here: the tests run without the race detector."; fi; \
	set -x; go test $$race -skip '$(MEASURED)' ./... && go test -run '$(MEASURED)' ./provider/... ./server/...

golden: ## rewrite the golden files from what the code does now; review the diff
	go test $$(grep -rl --include='*_test.go' '("update"' . | xargs -n1 dirname | sort -u) -update

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$target ($$pkg)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

# ONLY names steps (chats, streams, embed …), TEAM is a number of callers with rules. PEERS=1 compares LiteLLM's proxy, too, and COLD=1 builds
# with an empty cache.
bench: build $(if $(PEERS),$(BENCH_PEER)) ## compare calls with a bare mcp-go tool and the direct call, as ratios (5 minutes); ONLY=chats, TEAM=1000, PEERS=1, COLD=1
	$(RUN_BENCH) $(if $(ONLY),-only '$(ONLY)') $(BIN)

bench-write: build $(if $(PEERS),$(BENCH_PEER)) ## run the bench, write docs/performance.md, its plot, the line of the README and the figures to compare with
	$(RUN_BENCH) -write $(BIN)

bench-compare: build ## run the bench, compare it with the committed figures by benchstat (needs the network)
	$(RUN_BENCH) -figures bin/figures.txt $(if $(ONLY),-only '$(ONLY)') $(BIN)
	go run golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION) committed=testdata/bench/figures.txt now=bin/figures.txt

$(BENCH_PEER): testdata/engine/litellm.txt
	python3 -m venv $(dir $(@D))
	$(@D)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

microbench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

load: ## hold a thousand slow streams over HTTP for a minute, print what is left of them
	go test ./server/httpd -count=1 -run '^TestAThousandSlowStreams$$' -v -streams 1m

soak: build ## call all tools for SOAK (10m) from 64 callers while the upstream fails at random
	go run ./testdata/soak -for $(SOAK) $(BIN)

lint: $(LINT) ## check go.mod, format and the rules of .golangci.yml
	go mod tidy -diff
	$(LINT) run ./... ./testdata/demo ./testdata/conformance ./testdata/issuer ./testdata/licenses ./testdata/packages ./testdata/schemas ./testdata/screencast \
	  ./testdata/soak ./testdata/attack ./testdata/bench/...

# With the flags of the packages, whose compiled code it then shares.
crossvet: ## vet everything, tests too, for other systems and for 32 bits
	@set -e; for target in linux/arm64 linux/386 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
	  echo "go vet for $$target"; GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0 go vet -trimpath -tags grpcnotrace ./...; \
	done

$(LINT): TOOL := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
$(RELEASER): TOOL := github.com/goreleaser/goreleaser/v2@$(RELEASER_VERSION)
$(LISTER): TOOL := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(LISTER_VERSION)
$(PUBLISHER): TOOL := github.com/modelcontextprotocol/registry/cmd/publisher@$(PUBLISHER_VERSION)

$(HELM): TOOL := helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)
$(CONFORM): TOOL := github.com/yannh/kubeconform/cmd/kubeconform@$(CONFORM_VERSION)

$(LINT) $(RELEASER) $(LISTER) $(PUBLISHER) $(HELM) $(CONFORM):
	GOBIN=$(CURDIR)/bin/tools go install $(TOOL)
	mv $(firstword $(subst -v, ,$@)) $@

interop: build ## try the binary with clients, an upstream and schemas of others (needs npm and python3-venv)
	testdata/interop/run.sh $(BIN)

conformance: build ## run the protocol's conformance suite over HTTP (needs npm)
	testdata/conformance/run.sh $(BIN)

attack: build ## attack the binary in many ways, check what it promises (6 minutes; with SHORT=1 about two)
	go run ./testdata/attack $(if $(SHORT),-short) $(BIN)

engine: ## try the binary with llama.cpp and LiteLLM, write docs/engines.md (needs a C++ compiler and python3-venv)
	testdata/engine/run.sh

# CLIENTS: all, which also writes docs/clients.md; cli, the command-line hosts of npm; ci, the hosts of PyPI.
CLIENTS ?= all
clients: build ## drive hosts of others against a scripted model, record what it is shown (needs npm and python3-venv)
	testdata/clients/run.sh $(BIN) $(CLIENTS)

examples: build ## run the examples on the emulator, Airflow and LiteLLM too (needs npm and python3-venv)
	examples/run.sh $(BIN)

# Helm is built while the slow call waits.
deploy-check: build ## judge the Helm chart, the systemd units and nginx before the binary, with a call of 90 s (needs nginx and systemd)
	testdata/deploy/systemd.sh $(BIN)
	$(MAKE) --no-print-directory -j2 chart-check nginx-check

chart-check: $(HELM) $(CONFORM)
	testdata/deploy/helm.sh $(HELM) $(CONFORM)
	@mkdir -p bin/tools/path
	ln -sf ../$(notdir $(HELM)) bin/tools/path/helm
	PATH="$(CURDIR)/bin/tools/path:$$PATH" go test ./e2e -count=1 -run '^TestTheChart'

nginx-check:
	@command -v nginx >/dev/null || { echo "there is no nginx"; exit 1; }
	go test ./e2e -count=1 -v -run '^TestNginx' -nginx-call 90s

view: ## build the page and app of the catalogue, resources/view/catalog.html, from its TypeScript (needs npm)
	cd resources/view && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check && npm run --silent build

# Debian's Chromium is used: nothing fetches a browser.
view-check: build view ## check that the built view is the committed one, then use it in Chromium (needs npm and chromium)
	git diff --exit-code --stat -- resources/view/catalog.html
	cd testdata/view && npm ci --no-audit --no-fund --loglevel=error && npx --no-install playwright test

apps-check: build ## show the MCP App in a host of the official app-bridge and in the Inspector (needs npm and chromium)
	testdata/apps/run.sh $(BIN)

ci: ## everything that .ci/run checks
	@for step in lint crossvet build test demo interop conformance "clients CLIENTS=ci" examples "attack SHORT=1" view-check apps-check deploy-check packages; do \
	  printf '\n===== make %s =====\n' "$$step"; \
	  timeout 25m $(MAKE) --no-print-directory $$step || exit 1; \
	done

image: ## build the container image ai-endpoints-mcp with Docker, or BUILDER=podman
	$(BUILDER) build --build-arg VERSION=$(VERSION) -t ai-endpoints-mcp .

screencast: build ## draw docs/screencast.svg from what the binary prints
	go run ./testdata/screencast $(BIN) docs/screencast.svg

# With CLIS=1 they are tried with Claude Code and Gemini CLI, too (1.3 GB of npm).
CLIS ?=
# At a tag these are the packages of its version, else a snapshot. GoReleaser wants the address of a remote, which not every clone has.
packages: $(RELEASER) $(LISTER) ## make all packages of a release in dist, offline, and run each that can run here
	$(RELEASER) check
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/ai-endpoints-mcp/ai-endpoints-mcp \
	  $(RELEASER) release --clean $(if $(filter $(VERSION),$(shell git tag --points-at HEAD)),--skip=publish,--snapshot)
	go run ./testdata/packages $(VERSION)
	go run ./packaging dist
	testdata/channels/run.sh dist $(if $(CLIS),cli)

registry: $(PUBLISHER) ## name the release of dist/server.json in the MCP registry (in the release workflow)
	cd dist && ../$(PUBLISHER) login github-oidc && ../$(PUBLISHER) publish

licenses: ## write the licences of all linked modules to bin/THIRD_PARTY_LICENSES.txt, as the image has them
	@mkdir -p bin
	go run ./testdata/licenses > bin/THIRD_PARTY_LICENSES.txt

completions: build ## write the scripts that complete commands in a shell to bin/completions
	@mkdir -p bin/completions
	$(BIN) completion bash > bin/completions/ai-endpoints-mcp.bash
	$(BIN) completion fish > bin/completions/ai-endpoints-mcp.fish
	$(BIN) completion powershell > bin/completions/ai-endpoints-mcp.ps1
	$(BIN) completion zsh > bin/completions/_ai-endpoints-mcp

sbom: $(LISTER) $(if $(filter $(BIN),$(SBOM_OF)),build) ## write the list of all modules in the binary to bin/sbom.cdx.json (CycloneDX)
	$(LISTER) bin -json -std -licenses -version $(VERSION) -output $(SBOM) $(SBOM_OF)

vulns: ## look for known vulnerabilities in what the program calls (needs the network)
	go run golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION) -tags grpcnotrace ./...

lock: ## pin what the checks install by npm and pip, with hashes (needs npm and uv)
	testdata/lock.sh

clean: ## remove what was built and cached here
	rm -rf bin dist .cache
