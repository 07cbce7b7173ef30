# Needs Go and make; the race detector needs a C compiler too. Nothing but the
# Go module proxy is asked for anything, and by deps the packages of Debian.

VERSION  := $(shell sed -n 's/^\#\# \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -1)
FUZZTIME ?= 10s
LDFLAGS  := -s -w -X quiesce/internal/cli.version=$(VERSION)
# The packages whose tests hold golden files that -update rewrites.
GOLDEN    = $(shell grep -rl --include='*_test.go' 'flag.Bool."update"' . | xargs -n1 dirname | sort -u)

.DEFAULT_GOAL := help
.PHONY: help build demo test race bench bench-files fuzz lint generate generated cross e2e check crash deps clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build bin/quiesce, static, with its version
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/quiesce ./cmd/quiesce

demo: build ## show plan, apply, a failure in the middle and the way back
	@fixtures/demo/demo.sh bin/quiesce

test: ## run all tests
	go test ./...

race: ## run all tests with the race detector
	CGO_ENABLED=1 go test -race ./...

bench: ## measure check, plan and apply of runbooks of 100, 1,000 and 10,000 steps
	go test -run '^$$' -bench . -benchmem ./runbooks ./executor

bench-files: build ## measure apply, plan and rollback of files beside rsync and cp
	fixtures/bench/files.sh

# A short run that shrinks each new input for up to a minute, as go test does by
# itself, would do nothing else.
fuzz: ## run each fuzz target for FUZZTIME (10s)
	@grep -rho --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | grep -q . || { echo 'no fuzz target found'; exit 1; }
	@set -e; grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | sed 's|/[^/]*:func | |' | sort -u | \
	while read -r dir target; do \
	  echo "$$dir $$target"; go test "$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x </dev/null; \
	done

lint: ## check format, vet (also for Windows), staticcheck, known vulnerabilities
	@files=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$files" ] || { echo "not formatted: $$files"; exit 1; }
	go vet ./...
	GOOS=windows go vet ./...
	go tool staticcheck ./...
	@.ci/vulncheck

generate: ## write golden files, packs and plans anew
	go test $(GOLDEN) -update

generated: ## fail if generate would change anything
	@state() { git status --porcelain; git diff; }; \
	before=$$(state); $(MAKE) --no-print-directory generate; \
	[ "$$before" = "$$(state)" ] || { git status --short; git diff --stat; echo 'make generate changed these files: commit what it writes'; exit 1; }

cross: ## build for the other systems
	GOOS=windows CGO_ENABLED=0 go build -o /dev/null ./cmd/quiesce
	GOOS=darwin CGO_ENABLED=0 go build -o /dev/null ./cmd/quiesce

e2e: build ## upgrade a real Go toolchain, roll back, compare
	fixtures/e2e/upgrade.sh

check: ## all that CI checks
	$(MAKE) lint
	$(MAKE) generated
	$(MAKE) build cross
	$(MAKE) race
	$(MAKE) fuzz
	$(MAKE) e2e
	$(MAKE) demo </dev/null

crash: ## kill the program at every point of apply, resume and rollback
	QUIESCE_CRASH=all go test ./fixtures/crash -v -count=1 -timeout 90m

deps: ## fetch what the build and the tests need, Debian packages too
	go mod download
	@.ci/deps

clean: ## remove what was built
	rm -rf bin coverage.out
