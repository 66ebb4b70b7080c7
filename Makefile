# yizheng: every way to build, run and check it. CI calls the same targets.

GO       ?= go
BIN      := bin/yizheng
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)

# All is compiled in two ways: as it is shipped, and for the race detector with
# what needs cgo. Whatever compiles in a third takes minutes on a fresh machine; so
# go vet runs as part of go test, in whole.
SHIPPED  := CGO_ENABLED=0 GOFLAGS="$$GOFLAGS -trimpath"
# SQLite itself, generated from C, is left out of the race detector: it would look
# at each access of code that locks as C does, and take three times as long. No more
# than that one package: generic code of the standard library that one without the
# detector compiles may be linked for all, and what it orders is not seen.
RACED    := -race -tags pkcs11 -gcflags=modernc.org/sqlite/lib=-race=false
TESTED   := -vet=all -ldflags=-w

# What the tests run that is no Go module, by the name of its Debian package
# and of a command that it brings.
TOOLS := postgresql:/usr/lib/postgresql poppler-utils:pdftoppm zbar-tools:zbarimg qpdf:qpdf librsvg2-bin:rsvg-convert python3:python3 gcc:gcc libc6-dev:/usr/include/stdlib.h openssl:openssl softhsm2:softhsm2-util libnss3-tools:certutil nodejs:node npm:npm chromium:chromium fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc redis-server:redis-server prometheus:promtool buildah:buildah systemd:systemd-analyze

# A reader of codes that the tests hold ours against, from the npm registry.
ZXING := scan/scantest/zxing

# What the tests hold the pages' accessibility against.
AXE := scanner/scannertest/axe

# The verifier for others to embed, in TypeScript.
CLIENT := clients/js

# Libraries of others that make bench-scale measures beside ours.
PEERS := bench/peers

# What computes for long, one thing after another, and starts nothing beside it:
# tested without the race detector, which would find nothing and take minutes; and
# what measures or shows other processes, whose parts are raced by their own tests:
# the built program under load, a browser that goes through all pages, and what
# makes keys of passphrases, one after another. TestManyAtOnce, TestStockedFonts and
# TestConcurrentUse, which do, are raced. Tests that are not have files of their
# own, which say the same. TestVerifyingNode and TestSeenAbroad are raced as well,
# but what a node weighs and how soon an act is seen says nothing under the race
# detector. Four packages at a time: each is busy with one thing, and waits for others'
# programs.
ALONE       := bench deflate payload qr scan scan/apart scan/scantest scanner signature templates templates/pages templates/pdf
ALONE_TESTS := TestScripts TestVerifyDocument TestVerifyVectors TestVerifyingNode TestSeenAbroad TestStates TestScanStates TestTour \
  TestFileThatEndsAProcess TestReadmeSession TestRestoredDistrictGoesOn TestBackupKeepsSecretsApart TestPostgreSQLComesBack TestLoneRoot TestPassphraseOnce TestNobodyStates

empty :=
space := $(empty) $(empty)

.DEFAULT_GOAL := help

.PHONY: help
help: ## say what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: scanner
scanner: ## the offline scanner page, for the program to take in
	$(GO) run ./scanner/build

.PHONY: reader
reader: ## fetch the scanner page's reader of codes anew (npm)
	cd scanner/reader && npm ci --no-audit --no-fund && cp node_modules/zxing-wasm/dist/iife/reader/index.js zxing.js && cp node_modules/zxing-wasm/dist/reader/zxing_reader.wasm . && cp node_modules/zxing-wasm/LICENSE LICENSE-zxing-wasm && rm -r node_modules

.PHONY: build
build: scanner ## bin/yizheng, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/yizheng

.PHONY: build-pkcs11
build-pkcs11: scanner ## bin/yizheng for seals in a hardware module (cgo)
	CGO_ENABLED=1 $(GO) build -tags pkcs11 -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/yizheng

.PHONY: image
image: ## the container image, by docker or what BUILDER names (podman, buildah)
	$(or $(BUILDER),docker) build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) -t yizheng:$(VERSION) -t yizheng:latest .

.PHONY: demo
demo: build ## issue the example licenses, start everything on localhost and say what to open
	$(BIN) demo

.PHONY: drill
drill: build ## five deployments and a verifier: licenses between them, revoked, contested, stolen keys, no network
	$(GO) run ./examples/delta --program $(BIN)

.PHONY: tools
tools: ## install what the tests run (Debian, root), or say what is missing
	@missing=; \
	for t in $(TOOLS); do \
	  cmd=$${t#*:}; case $$cmd in /*) [ -e "$$cmd" ] ;; *) command -v "$$cmd" >/dev/null 2>&1 ;; esac || missing="$$missing $${t%%:*}"; \
	done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "installing:$$missing"; \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	else \
	  echo "missing:$$missing"; echo "install these packages (Debian's names), or run make test as root"; exit 1; \
	fi
	@for folder in $(ZXING) $(CLIENT) $(AXE); do \
	  (cd $$folder && { cmp -s package-lock.json node_modules/.lock || { npm ci --no-fund --no-audit && cp package-lock.json node_modules/.lock; }; }) || exit 1; \
	done

.PHONY: client
client: tools ## the verifier in TypeScript, as an npm package in clients/js
	cd $(CLIENT) && npm run build && npm pack --ignore-scripts

.PHONY: lint
lint: check ## gofmt, staticcheck, go vet
	$(SHIPPED) $(GO) vet ./...
	CGO_ENABLED=1 $(GO) vet $(RACED) ./keys/pkcs11/... ./cmd/yizheng

.PHONY: check
check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	$(SHIPPED) $(GO) tool staticcheck ./...

.PHONY: test
test: tools scanner check ## set up what the tests need, look at the code, and run all tests, with the race detector
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=20 $(GO) test $(RACED) $(TESTED) -timeout 40m $$($(GO) list ./... | grep -vE '/($(subst $(space),|,$(ALONE)))$$')
	CGO_ENABLED=1 $(GO) test $(RACED) $(TESTED) -run 'AtOnce|Stocked|Concurrent' ./templates ./templates/pdf ./payload
	$(SHIPPED) $(GO) test $(TESTED) -p 4 -timeout 20m $(ALONE:%=./%)
	$(SHIPPED) $(GO) test $(TESTED) -timeout 20m -run '^($(subst $(space),|,$(ALONE_TESTS)))$$' ./cmd/yizheng
	cd deploy/lint && $(SHIPPED) $(GO) vet ./... && $(SHIPPED) $(GO) test ./...
	$(SHIPPED) $(GO) test $(TESTED) -run 'NotBuilt|SaysHowToBuild' ./keys/pkcs11 ./cmd/yizheng
	cd $(CLIENT) && npm test
	$(MAKE) compare N=100

.PHONY: test-faults
test-faults: tools scanner ## kill, cut off, fill up and set back what the program runs on; long (SEED=n repeats)
	$(GO) test ./faults -long -v -count 1 -timeout 3h $(if $(SEED),-seed $(SEED))

.PHONY: compare
compare: tools ## hold the verifier in TypeScript to this one in N (default 1000) made-up situations of SEED
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/yizheng
	cd $(CLIENT) && npm run build && node compare.mjs ../../$(BIN) $(or $(N),1000) $(or $(SEED),1)

.PHONY: bench
bench: bench-scan ## the figures of docs/benchmarks.md, each beside its floor
	$(GO) test -run '^$$' -bench . -benchmem -count 3 ./verifier ./payload ./qr ./issuer ./templates ./status ./api ./exchange
	$(GO) test -run '^$$' -bench . -benchtime 3x ./batch
	$(GO) test -run '^$$' -bench ActsTravel -benchtime 500x ./cmd/yizheng
	$(GO) test -run '^$$' -bench SeenAbroad -benchtime 150x ./cmd/yizheng
	$(GO) test -run '^$$' -bench Ready -benchtime 20x ./cmd/yizheng

.PHONY: bench-scan
bench-scan: tools ## the table of conditions under which codes are read; some minutes
	cd scan/scantest && $(GO) test -run TestTable -count 1 -timeout 60m -all

.PHONY: bench-scale
bench-scale: tools scanner ## under load and at a million licenses, beside floors and peers; an hour, 40 GB of disk
	cd $(PEERS) && npm ci --no-audit --no-fund --ignore-scripts
	$(GO) test ./bench -count 1 -timeout 4h -v -full

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (default 20s)
	@for target in $$(git grep -hoE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed 's/^func //' | sort -u); do \
	  for file in $$(git grep -lE "^func $$target\(" -- '*_test.go'); do \
	    echo "$$(dirname $$file) $$target"; \
	    $(GO) test ./$$(dirname $$file) -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZTIME),20s) -fuzzminimizetime 20x || exit 1; \
	  done; \
	done

.PHONY: vectors
vectors: ## make the test vectors and generated files anew
	$(GO) generate ./...

.PHONY: fonts
fonts: ## make the embedded fonts anew from their packages (npm, Debian)
	sh templates/font/source/fetch.sh /tmp/yizheng-fonts && $(GO) generate ./templates/font

.PHONY: golden
golden: ## rewrite the golden files; look at them before you commit
	$(GO) test ./... -update
