# `make` lists what there is. Only Go and make are needed, but for `make interop`,
# `make conformance`, `make clients` and `make examples`: they say what else.

BIN     := bin/ai-endpoints-mcp
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Pinned, so that everyone sees the same findings.
LINT_VERSION := v2.15.0
LINT         := bin/tools/golangci-lint-$(LINT_VERSION)

FUZZTIME ?= 30s
SOAK     ?= 10m
SHORT    ?=
BUILDER  ?= docker

SBOM_VERSION := v1.10.0
VULN_VERSION := v1.9.0

.DEFAULT_GOAL := help
.PHONY: help build demo test golden fuzz bench microbench load soak lint crossvet interop conformance attack engine clients examples ci image licenses sbom \
  vulns lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary bin/ai-endpoints-mcp
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) .

demo: ## build, then talk to the server over stdio on its emulator: no key, no network
	@echo "Building $(BIN); from a fresh clone that takes a minute or two."
	@$(MAKE) --no-print-directory build
	@echo "Compiling the demo, which then calls every tool of $(BIN)."
	go run ./testdata/demo $(BIN)

# Tests that measure time or memory run without the race detector, which changes both.
MEASURED := Linear|EndsWithItsContext|HeldBytes|LittleMemory|NoMemory|AreCheap

# cgo is off where there is no C compiler; the race detector needs one.
test: ## run all tests with the race detector: unit, golden, fuzz seeds, end to end
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then race=-race; \
	else race=; echo "No C compiler here: the tests run without the race detector."; fi; \
	set -x; go test $$race -skip '$(MEASURED)' ./... && go test -run '$(MEASURED)' ./provider/...

golden: ## rewrite the golden files from what the code does now; review the diff
	go test $$(grep -rl --include='*_test.go' '("update"' . | xargs -n1 dirname | sort -u) -update

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$target ($$pkg)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

bench: build ## compare a chat with a bare mcp-go tool and with the direct call, as ratios (a minute)
	go run ./testdata/bench $(BIN)

microbench: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

load: ## hold a thousand slow streams over HTTP for a minute, print what is left of them
	go test ./server/httpd -count=1 -run '^TestAThousandSlowStreams$$' -v -streams 1m

soak: build ## call all tools for SOAK (10m) from 64 callers while the upstream fails at random
	go run ./testdata/soak -for $(SOAK) $(BIN)

lint: $(LINT) ## check go.mod, format and the rules of .golangci.yml
	go mod tidy -diff
	$(LINT) run ./... ./testdata/demo ./testdata/conformance ./testdata/licenses ./testdata/schemas ./testdata/soak ./testdata/attack ./testdata/bench/...

crossvet: ## vet everything, tests too, for other systems and for 32 bits
	@set -e; for target in windows/amd64 darwin/arm64 linux/386; do \
	  echo "go vet for $$target"; GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0 go vet ./...; \
	done

$(LINT):
	GOBIN=$(CURDIR)/bin/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $@

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

ci: ## everything that .ci/run checks
	@for step in lint crossvet build test demo interop conformance "clients CLIENTS=ci" examples "attack SHORT=1"; do \
	  printf '\n===== make %s =====\n' "$$step"; \
	  timeout 25m $(MAKE) --no-print-directory $$step || exit 1; \
	done

image: ## build the container image ai-endpoints-mcp with Docker, or BUILDER=podman
	$(BUILDER) build --build-arg VERSION=$(VERSION) -t ai-endpoints-mcp .

licenses: ## write the licences of all linked modules to bin/THIRD_PARTY_LICENSES.txt, as the image has them
	@mkdir -p bin
	go run ./testdata/licenses > bin/THIRD_PARTY_LICENSES.txt

sbom: build ## write the list of all modules in the binary to bin/sbom.cdx.json (CycloneDX)
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(SBOM_VERSION) bin -json -std -licenses \
	  -version $(VERSION) -output bin/sbom.cdx.json $(BIN)

vulns: ## look for known vulnerabilities in what the program calls (needs the network)
	go run golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION) -tags grpcnotrace ./...

lock: ## pin what the checks install by npm and pip, with hashes (needs npm and uv)
	testdata/lock.sh

clean: ## remove what was built and cached here
	rm -rf bin .cache
