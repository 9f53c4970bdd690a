# Two commands: `make demo` shows the box at work, `make test` proves it. Both set up what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Of the order of the tests; make test SEED=2 has another one.
SEED ?= 1
# Length of make canary and make flapping.
MINUTES ?= 60
# One more than cores: a third of the time of the tests is waiting for brokers, clocks and browsers.
WORKERS ?= $(shell echo $$(( $$(nproc) + 1 )))
PYTEST := $(RUN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
  --randomly-seed=$(SEED)

RTSP_SERVER := gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good \
  gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly

PACKAGING := PYTHONPATH=packaging $(RUN)/python -m
# Of packages: make deb DEB="deb12 amd64"; all four by default.
DEB ?=
# Of images: make image IMAGE=amd64; both by default.
IMAGE ?= arm64 amd64
# Folder for what make screens-firefox has seen; none by default.
PICTURES ?=
# What is installed on a blank machine by make acceptance.
PACKAGE ?= $(firstword $(wildcard dist/classbox_*~deb12_amd64.deb))

.PHONY: help setup demo test check lock faults picture examples deb image acceptance acceptance-arm64 \
  broker rtsp browser firefox contract-page screens-pictures screens-latency screens-commands \
  screens-firefox screens-torture screens-attacks locks canary flapping deliveries policy-torture \
  silence flood fuzz last-word clean

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMP) broker ## Make the virtual environment and check for Mosquitto

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "classbox needs Python 3.11 or newer as '$(PYTHON)'; install it, or run: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt,python3-venv)
	@echo "Setting up $(VENV) (once; takes a minute and 930 MB)"
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

broker: ## Install Mosquitto where it is missing and that is allowed
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || $(call apt,mosquitto)

rtsp: ## Install GStreamer's RTSP server, for the tests that need a real camera on the network
	@/usr/bin/python3 -c "import gi; gi.require_version('GstRtspServer', '1.0')" 2>/dev/null || $(call apt,$(RTSP_SERVER))

browser: ## Install Chromium, for the tests that look at pages as people do
	@command -v chromium >/dev/null || $(call apt,chromium)

firefox: ## Install Firefox, for make screens-firefox
	@command -v firefox-esr >/dev/null || command -v firefox >/dev/null || $(call apt,firefox-esr)

demo: setup ## Replay the packaged clip through the whole box
	@$(RUN)/classbox demo

test: setup ## Run the tests side by side on all cores, in any order
	@echo "In the order of seed $(SEED)"
	@$(PYTEST)

check: setup ## Format, lint, types, layers and tests: what a review expects to be green
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	@echo "In the order of seed $(SEED)"
	$(PYTEST)

faults: setup ## Inject every fault into a box and print what classbox doctor says of it
	@$(RUN)/python -m tests.support.faults.table

examples: setup ## Write the broker's examples again
	@$(RUN)/python -m appliance.commands.broker.examples systemd/config.example.toml mqtt_contracts/mosquitto

contract-page: setup ## Write docs/mqtt.html again, the MQTT contract for reading
	@$(PACKAGING) release.contract_page

canary: setup ## Look for known pictures in all that a box leaves behind: make canary MINUTES=60
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.canary --minutes $(MINUTES)

flapping: setup rtsp ## Compare status and truth of a camera that comes and goes: make flapping MINUTES=60
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.flapping --minutes $(MINUTES)

deliveries: setup broker ## Send 620 commands while broker and box are killed: lost, late or twice? Ten minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.deliveries --seed $(SEED)

screens-latency: setup broker ## Time commands to 30 pages and two browsers; memory and processor of the screens; three minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.screens.latency

screens-commands: setup broker browser ## Show every command of Table 1 in Chromium, in both languages, and count; two minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.screens.table_one

screens-firefox: setup broker firefox ## Try the pages in Firefox: student, teacher, IT, changed files; PICTURES=folder keeps what they look like; two minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.screens.firefox $(if $(PICTURES),--pictures $(PICTURES))

screens-torture: setup broker ## Send 2,000 commands to 32 pages while broker, box and server are killed; sixteen minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.screens.torture --seed $(SEED)

silence: setup rtsp ## Measure a good camera beside seven that say nothing
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.silence

flood: setup broker ## One terminal sends 150,000 messages in 12 s; is everybody else heard?
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.flood

fuzz: setup broker ## 400,000 messages that are almost of the contract: exceptions, memory
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.flood.fuzz

last-word: setup ## Hold 10,000 random sequences of words, kills and damage against a model of who may be looked at
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.last_word $(LAST_WORD)

locks: setup ## Lock a virtual screen with the real Veyon 104 times and take everything away, as root; 15 minutes
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.locks $(LOCKS)

screens-attacks: setup broker ## Try everything that somebody could try on the pages, with a real broker and Chromium
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.screens.attacks $(ATTACKS)

policy-torture: setup ## Kill a box that decides and learns 100 times; make 10,000 decisions again
	@PYTHONPATH=packaging $(RUN)/python -m acceptance.torture

picture: setup ## Draw the lesson of README again
	@$(RUN)/classbox replay appliance/commands/demo/assets/demo.mp4 --config docs/lesson.toml --picture docs/lesson.png

screens-pictures: setup browser ## Take the pictures of docs/SCREENS.md again
	@CLASSBOX_SHOTS=docs/screens $(RUN)/python -m pytest -q -p no:randomly tests/screens/pages/test_pictures.py

lock: ## Pin every dependency again, for all platforms
	@$(PYTHON) -m pip install --quiet uv && $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 \
	  --extra dev --extra plots --extra screens --generate-hashes --no-header -o requirements.lock pyproject.toml
	@# What comes with a package: one version of each for both releases, of those above.
	@$(PYTHON) -m uv pip compile --quiet --python-version 3.11 --python-platform linux -c requirements.lock \
	  --extra screens --generate-hashes --no-header --no-annotate -o packaging/requirements.lock pyproject.toml

deb: setup ## Build the Debian packages; DEB="deb12 amd64" builds one of the four
	$(PACKAGING) release $(DEB)

image: ## Build the images out of the packages, with Docker or buildah
	$(MAKE) deb DEB="deb12 $(IMAGE)"
	packaging/image.sh $(IMAGE)

acceptance: setup ## Install the package on a blank Debian without network, as root; a table of what held
	@test -n "$(PACKAGE)" || $(MAKE) deb DEB="deb12 amd64"
	$(PACKAGING) acceptance.install $(or $(PACKAGE),$$(ls dist/classbox_*~deb12_amd64.deb))

acceptance-arm64: setup ## The same package for ARM64 under emulation, compared with this processor; hours
	@test -f "$(wildcard dist/classbox_*~deb12_arm64.deb)" || $(MAKE) deb DEB="deb12 arm64"
	$(PACKAGING) acceptance.arm64 $$(ls dist/classbox_*~deb12_arm64.deb)

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Installs a Debian package when we may; otherwise says what to do.
define apt
{ \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing $(1)"; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then echo "Installing $(1)"; \
    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
  else echo "$(1) is missing. Install it, then try again:  sudo apt-get install $(1)"; exit 1; fi; }
endef
