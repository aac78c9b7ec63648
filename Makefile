# make demo | make test. Needs python3 (3.11 or newer); everything else lands in .venv and .uv of this folder.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
UV := .uv/bin/uv
PYTEST := $(BIN)/python -m pytest
CATALOGUES := $(patsubst %.po,%,$(wildcard locale/*/LC_MESSAGES/django.po))
BABEL := $(BIN)/python -m babel.messages.frontend -q
# Set around us, it would compile every package anew at each start: 9 s instead of 4 for the smallest suite.
unexport PYTHONDONTWRITEBYTECODE
# The certificates that this machine trusts, not those that uv brings: behind a proxy only the former are right.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1
.DELETE_ON_ERROR:
.PHONY: help demo test test-all lint coverage install messages catalogues chromium hooks clean

help:
	@echo 'make demo      a town with two years of history, in a browser; Ctrl-C ends it (PORT, CAUDAL_HOME)'
	@echo 'make test      style, types, layers and the tests: under ten minutes'
	@echo 'make test-all  also faults, long property runs and PostgreSQL 15: under an hour'
	@echo 'make lint | coverage | hooks | clean'

demo: install
	@$(BIN)/caudal demo

test: install chromium lint
	@$(PYTEST) -n 2

# Longer, and against real processes that are killed; then everything once more on the oldest PostgreSQL we support.
test-all: test
	@$(PYTEST) -n 0 -m faults
	@$(PYTEST) -n 2 -m 'long or properties' --hypothesis-profile=long
	@sh bin/postgres15 $(PYTEST) -n 2

lint: install
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

coverage: install chromium
	@$(PYTEST) -n 2 --cov --cov-report=term

install: .venv/synced messages

# uv.lock decides; when nothing changed this costs a look at two files. Offline, what is cached must do.
.venv/synced: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --frozen --quiet || $(UV) sync --frozen --offline
	@touch $@

$(UV):
	@PYTHON='$(PYTHON)' sh bin/bootstrap

messages: $(CATALOGUES:=.mo)

%.mo: %.po | .venv/synced
	@$(BABEL) compile -i $< -o $@

# New sentences into both catalogues, gone ones out of them; then somebody writes what is empty (docs/glossary.md).
catalogues: | install
	@$(call gathered,es,babel.cfg)
	@$(call gathered,en,babel-en.cfg)

gathered = $(BABEL) extract -F $(2) --add-location=file --sort-by-file -o $(1).pot caudal \
	&& $(BABEL) update -i $(1).pot -d locale -D django -l $(1) -N --ignore-obsolete --ignore-pot-creation-date -w 110 \
	&& rm $(1).pot

chromium: | install
	@sh bin/chromium

hooks: install
	@$(BIN)/pre-commit install

clean:
	rm -rf .venv .uv $(CATALOGUES:=.mo)
