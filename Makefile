# One door to everything. `make` alone prints the targets.

SEEDS ?= 100
FIRST ?= 1

build_packages := libsqlite3-dev libsodium-dev libzstd-dev pkg-config
test_packages := $(build_packages) sqlite3 strace python3-venv

# Readers written by others, against which our bytes and pictures are checked.
oracles := .build/oracles
oracle_pins := pynacl==1.6.2 zplkit==0.3.2 zxing-cpp==3.1.1 pillow==13.0.0
oracle_imports := import nacl, zplkit, zxingcpp, PIL

.DEFAULT_GOAL := help
.PHONY: help test run picture oracles ground node simulate bench format packages-build packages-test

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: packages-test $(oracles)/ready ## install what tests need, then run all of them
	swift test
	$(MAKE) readers simulate SEEDS=$(SEEDS) FIRST=$(FIRST)

vectors := Tests/SealingTests/Vectors
reader := Tests/Oracles/warren_reader.py

readers: $(oracles)/ready ## let the outside reader judge every vector
	python3 $(reader) transactions Tests/CRDTTests/Vectors/transactions.json
	for kind in frames control roster; do \
		$(oracles)/bin/python $(reader) $$kind $(vectors)/$$kind.json || exit 1; \
	done

run: packages-build ## build, then start a demo tenant on loopback; Ctrl-C ends it
	swift build --product warren
	@exec "$$(swift build --show-bin-path)/warren" demo

LABEL ?= $(lastword $(sort $(wildcard .warren/demo/north/printer/*.zpl)))
PICTURE ?= .warren/label.png

picture: $(oracles)/ready ## draw a label's ZPL: make picture LABEL=file.zpl [PICTURE=file.png]
	@test -n "$(LABEL)" || { echo "name a label: make picture LABEL=file.zpl" >&2; exit 1; }
	@mkdir -p $(dir $(PICTURE))
	@$(oracles)/bin/python Tests/Oracles/zpl_oracle.py "$(LABEL)" "$(PICTURE)"
	@echo "drawn in $(PICTURE)"

oracles: $(oracles)/ready ## lay out the readers written by others

ground: packages-build ## test the pure rooms and the house: seconds
	WARREN_FLOOR=ground swift test --scratch-path .build-ground

node: packages-build ## test everything below the doors
	WARREN_FLOOR=node swift test --scratch-path .build-node

simulate: packages-build ## replay bad days, SEEDS of them beginning with FIRST
	WARREN_FLOOR=node swift run -c release --scratch-path .build-node \
		simulate --seeds $(SEEDS) --first $(FIRST)

mutants: packages-build ## plant named bugs; every one must be noticed within 200 seeds
	python3 Tests/Mutants/mutants.py

# Each in a process of its own: the sanitizer keeps much of what was freed.
decoders := transaction frame control roster erase

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

bench: packages-build ## measure the replica beside its peers
	WARREN_FLOOR=node swift run -c release --scratch-path .build-node replica-benchmark \
		selftest --seed 1

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

# Made anew when a pin changes; a half-made environment has no `ready` file.
$(oracles)/ready: Makefile | packages-test
	@rm -rf $(oracles) && mkdir -p .build
	@{ python3 -m venv $(oracles) \
		&& $(oracles)/bin/pip install --quiet --disable-pip-version-check $(oracle_pins) \
		&& $(oracles)/bin/python -c '$(oracle_imports)' \
		&& touch $@; } || { \
		echo "The oracles could not be installed ($(oracle_pins))." >&2; \
		echo "Check that pip reaches its package index, then: rm -rf $(oracles) && make test" >&2; \
		exit 1; }
