# huike: make run, make test. Everything else is what these are made of.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export GOFLAGS := -tags=nolibopusfile
PACKAGES_RUN  := gcc pkg-config libopus-dev libspeexdsp-dev flite espeak-ng gcin-voice libvorbisfile3
PACKAGES_TEST := redis-server postgresql chromium coturn ffmpeg sox opus-tools baresip-core sip-tester kamailio kamailio-tls-modules
PAGES  := cmd/huike/web/dist/index.html
PAGE_SOURCES := $(shell find cmd/huike/web \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.go' ! -name '*.png' -print)
CLIENTS := $(addsuffix /node_modules/.package-lock.json,session/realtime/testdata/clients session/rtvi/testdata/client)
GO_SOURCES := $(shell find audio cmd dialog member session \( -name node_modules -o -name testdata -o -path cmd/huike/web \) -prune -o -type f ! -name '*_test.go' ! -name '*.md' ! -name '*.png' -print) $(wildcard cmd/huike/web/*.go)
LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: build ## install what is missing, build, and answer calls on loopback
	@bin/huike serve

.PHONY: build
build: packages models bin/huike ## bin/huike with its pages and models

bin/huike: $(PAGES) $(GO_SOURCES) go.mod go.sum
	@echo 'building bin/huike'
	@go build -trimpath -ldflags "-X main.version=$$(git describe --tags --always --dirty 2>/dev/null || echo dev)" -o $@ ./cmd/huike
	@touch $@

.PHONY: packages
packages:
	@.ci/packages $(PACKAGES_RUN)

.PHONY: test-packages
test-packages:
	@.ci/packages $(PACKAGES_RUN) $(PACKAGES_TEST)

.PHONY: models
models: ## fetch the pinned models into bin/models
	@node audio/infer/models/install.mjs bin/models

.PHONY: pages
pages: $(PAGES) ## build the pages
$(PAGES): $(PAGE_SOURCES)
	@echo 'building the pages'
	@cd cmd/huike/web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@cd cmd/huike/web && npm run --silent build -- --logLevel warn
	@touch $@

$(CLIENTS): %/node_modules/.package-lock.json: %/package-lock.json
	@echo 'fetching the public clients that $* pins'
	@cd $* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test
test: test-packages build $(CLIENTS) ## every test, the end-to-end ones included
	@cd cmd/huike/web && npm test --silent
	@echo 'building the tests'
	@go vet ./...
	@go test -p 1 -timeout 20m ./... # one package at a time: calls keep time, and so must what they are tested on

.PHONY: check
check: test-packages build $(CLIENTS) ## format, vet, lint, race tests, fuzz seeds
	@go run $(LINT) fmt --diff ./...
	@go run $(LINT) run ./...
	@cd cmd/huike/web && npm test --silent
	@go test -race -p 1 -timeout 30m ./...

SEEDS    ?= 2
FUZZ     ?= audio dialog member session cmd
FUZZTIME ?= 10m

.PHONY: fuzz
fuzz: models ## every parser with made-up input, FUZZTIME (10m) each; FUZZ=session/sip for one room
	@grep -ro --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z]*' $(FUZZ) | sed -E 's|/[^/]*:func | |' | sort -u | \
		while read -r room name; do echo "$$room $$name"; go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) ./$$room < /dev/null; done

.PHONY: bench
bench: models ## the path of a frame, a turn and a profile
	@go test -run '^$$' -bench . -benchmem ./audio/... ./dialog/... ./member/... ./session/...

SPEECH = real_call_centre_talk real_prompts_heard_whole synthetic_complaint real_hello_hours_goodbye

.PHONY: random
random: ## 100,000 random conversations: none is stuck, nothing is written unasked or twice
	@go test ./dialog/flow -run Random -calls 100000 -timeout 30m -v

.PHONY: bench-neteq
bench-neteq: test-packages ## packet traces through our jitter buffer and Chromium's (10 minutes, on an idle machine)
	@go run ./cmd/neteq $(SPEECH:%=--sound testdata/calls/%/caller.wav) --out bin/neteq.json testdata/packets/*.txt

.PHONY: bench-neteq-simulated
bench-neteq-simulated: bin/neteq ## packet traces of fresh seeds through our jitter buffer and NetEq itself, in simulated time (SEEDS=2)
	@for seed in $(SEEDS); do \
		go run ./cmd/huike eval jitter --generate bin/packets/$$seed --seed $$seed 2> /dev/null; \
		go run ./cmd/neteq --simulator bin/neteq --sound testdata/calls/real_call_centre_talk/caller.wav bin/packets/$$seed/*.txt || true; done

bin/neteq: cmd/neteq/simulator/neteq.cc # needs Debian's libtgowt-dev, 40 MB of libwebrtc
	@.ci/packages g++ libtgowt-dev
	@g++ -std=c++17 -O2 -DWEBRTC_POSIX -DWEBRTC_LINUX -isystem /usr/include/tg_owt -o $@ $< \
		-ltg_owt -Wl,--start-group $$(ls /usr/lib/*/libabsl_*.a) -Wl,--end-group -lopus -lpthread -ldl

.PHONY: clean
clean: ## remove what was built
	rm -rf bin cmd/huike/web/dist/assets cmd/huike/web/dist/desk cmd/huike/web/dist/members cmd/huike/web/dist/learn $(PAGES)
