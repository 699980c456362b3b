# Countersign. `make help` lists what can be asked for.

VERSION := 0.1.0
VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=
RUN ?= .run
PORT ?= 8080
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
export RUN PORT JOBS
# What people have set for PostgreSQL servers and proxies of their own is not meant for private ones.
unexport $(filter-out PG_%,$(filter PG%,$(.VARIABLES)))
comma := ,
export no_proxy := 127.0.0.1,localhost$(addprefix $(comma),$(or $(no_proxy),$(NO_PROXY)))

# ---- what is built where -------------------------------------------------------------------------

OUT := build/$(VARIANT)
# The release programs lie at the top of build/, all others in the folder of their variant.
BIN := $(if $(filter release,$(VARIANT)),build,$(OUT))
GENERATED := build/generated

# Lower layers come last, so that one pass of the linker resolves all.
LIBRARIES_OF_WORKER := serve store link core base generated
LIBRARIES_OF_MAILER := mail store link core base generated
LIBRARIES_OF_CLI := ctl store link core base generated
LIBRARIES := serve mail ctl store link core base generated

PROGRAMS := $(patsubst src/%.c,$(BIN)/%,$(wildcard src/countersignd.c src/countersign-mailer.c \
	src/countersign.c))
# All that a fuzzer takes of link.
sources_of_link = $(if $(filter fuzz,$(VARIANT)),$(addprefix src/link/,mail_parse.c gmime.c),$(sort $(wildcard src/link/*.c)))
sources_of = $(if $(filter link,$(1)),$(sources_of_link),$(sort $(wildcard src/$(1)/*.c)))
archives_of = $(foreach library,$(1),$(OUT)/lib$(library).a)

UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
ifeq ($(VARIANT),tsan)
# The rules and the command line know no threads. GLib and libcurl are not built for ThreadSanitizer: it sees races where
# they lock by futexes, and ends with a check of its own where called_from_lib is told of them.
UNSEEN_BY_TSAN := mime card smtp fetch compose data allocation run $(patsubst %.c,%,$(notdir $(wildcard src/core/*.c src/ctl/*.c)))
UNIT_TESTS := $(filter-out $(UNSEEN_BY_TSAN:%=test_%),$(UNIT_TESTS))
PROGRAMS := $(filter-out $(BIN)/countersign,$(PROGRAMS))
LIBRARIES := $(filter-out ctl,$(LIBRARIES))
endif
# What these define themselves stands in place of the module's own, so each is a program. All others are in one, `all`:
# to link a hundred took as long as to compile them.
UNIT_ALONE := $(filter $(addprefix test_,allocation committer fcgi_process keyring request trace),$(UNIT_TESTS))
UNIT_TOGETHER := $(filter-out $(UNIT_ALONE),$(UNIT_TESTS))
# What is in tests/unit/ and not called test_* helps all of them.
UNIT_HELPERS := $(filter-out $(wildcard tests/unit/test_*.c),$(sort $(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# Small C programs of the flow tests and of the benchmark.
TOOLS := $(patsubst tests/%.c,$(OUT)/%,$(sort $(wildcard tests/flow/*.c tests/bench/*.c)))

# ---- compiler and flags --------------------------------------------------------------------------

PACKAGES := fcgi libpq jansson hiredis libsodium libcurl libcrypto libidn2 libmicrohttpd gmime-3.0 libcmark pangocairo
# Asked once, and not before something is compiled: `make run` may have to install it first.
pkg_config = $(shell pkg-config $(1) 2>/dev/null)
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $(call pkg_config,--cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS = $(eval PACKAGE_LIBS := $(call pkg_config,--libs $(PACKAGES)))$(PACKAGE_LIBS)
CHECK_LIBS = $(eval CHECK_LIBS := $(call pkg_config,--libs check))$(CHECK_LIBS)
accepts = $(shell echo 'int main(void) { return 0; }' | \
	$(CC) $(1) -Werror -include stdio.h -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings -Wswitch-enum
WERROR ?=
HARDENING := -fstack-protector-strong $(call accepts,-fstack-clash-protection) \
	$(call accepts,-fcf-protection) $(call accepts,-mbranch-protection=standard)
# Debian's start files have no marks, and one that has none takes the program's away; Linux asks programs for shadow stacks alone.
MARKED := $(if $(and $(filter release,$(VARIANT)),$(findstring -fcf-protection,$(HARDENING))),-Wl$(comma)-z$(comma)ibt$(comma)-z$(comma)shstk)
FORTIFY := $(or $(call accepts,-O2 -D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)

FLAGS_release := -O2 $(HARDENING) $(filter-out -O2,$(FORTIFY))
FLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -fno-omit-frame-pointer -fsanitize=thread
FLAGS_cov := -O0 --coverage -fprofile-update=atomic
FLAGS_fuzz := $(FLAGS_asan) -fsanitize=fuzzer-no-link
ifeq ($(filter $(VARIANT),release asan tsan cov fuzz),)
$(error VARIANT is one of: release asan tsan cov fuzz)
endif
ifeq ($(VARIANT),fuzz)
CC := clang
endif

CPPFLAGS += -D_GNU_SOURCE -DCOUNTERSIGN_VERSION='"$(VERSION)"' \
	-DCOUNTERSIGN_LETTERS='"$(PREFIX)/share/countersign/letters"' \
	-DCOUNTERSIGN_PAGES='"$(PREFIX)/share/countersign/pages"' -Iinclude -Ibuild -I$(GENERATED)
# Lines are enough for a sanitizer's report; linking all else a hundred times takes a minute.
CFLAGS += $(if $(filter asan tsan fuzz,$(VARIANT)),-g1,-g) -ffunction-sections -fdata-sections -fPIE \
	$(if $(filter cov,$(VARIANT)),,'-ffile-prefix-map=$(CURDIR)=.')
COMPILE = $(CC) -std=c17 $(CPPFLAGS) $(PACKAGE_CFLAGS) $(FLAGS_$(VARIANT)) \
	$(CFLAGS) $(WARNINGS) $(WERROR) -MMD -MP
# --gc-sections: a program keeps no function that it cannot reach (a worker cannot open a seal).
LINK = $(CC) $(FLAGS_$(VARIANT)) $(CFLAGS) -pie -Wl,--gc-sections -Wl,--as-needed \
	-Wl,-z,relro,-z,now -Wl,-z,noexecstack $(MARKED) $(LDFLAGS)
LIBS = $(PACKAGE_LIBS) -lunistring -lresolv -pthread

# V=1 shows the commands.
ifndef V
Q := @
endif
quiet := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(Q),$(if $(quiet),@:,@printf '  %-5s %s\n' $(1) $@))

# ---- building ------------------------------------------------------------------------------------

.PHONY: all
all: $(PROGRAMS) ## build the programs into build/ (no network)

$(BIN)/countersignd: $(OUT)/src/countersignd.o $(call archives_of,$(LIBRARIES_OF_WORKER))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BIN)/countersign-mailer: $(OUT)/src/countersign-mailer.o $(call archives_of,$(LIBRARIES_OF_MAILER))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(BIN)/countersign: $(OUT)/src/countersign.o $(call archives_of,$(LIBRARIES_OF_CLI))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# An archive is made anew, so that a source that went away leaves nothing behind. The folder is a
# prerequisite for the same reason.
define archive
$(OUT)/lib$(1).a: $(patsubst %.c,$(OUT)/%.o,$(call sources_of,$(1))) $(wildcard src/$(1))
	@mkdir -p $$(@D) && rm -f $$@
	$(Q)$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach library,$(filter-out generated,$(LIBRARIES)),$(eval $(call archive,$(library))))

$(OUT)/libgenerated.a: $(OUT)/generated/queries.o $(OUT)/generated/places.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(OUT)/libunit.a: $(patsubst %.c,$(OUT)/%.o,$(UNIT_HELPERS))
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcs $@ $^

GENERATED_HEADERS := $(GENERATED)/queries.h $(GENERATED)/places.h
SQL := $(wildcard sql/queries sql/queries/*.sql sql/lua sql/lua/*.lua sql/migrations \
	sql/migrations/*.sql)

$(GENERATED)/queries.c: sql/embed $(SQL)
	$(call say,embed)
	$(Q)sql/embed $(GENERATED)
$(GENERATED)/places.c: deploy/dev/places
	$(call say,embed)
	$(Q)deploy/dev/places $(GENERATED)
$(GENERATED)/%.h: $(GENERATED)/%.c ;

# ISO C promises only 4095 bytes of a string; both compilers take more.
$(OUT)/generated/%.o: $(GENERATED)/%.c
	@mkdir -p $(@D)
	$(call say,cc)
	$(Q)$(COMPILE) -Wno-overlength-strings -c -o $@ $<

$(OUT)/%.o: %.c | $(GENERATED_HEADERS)
	@mkdir -p $(@D)
	$(call say,cc)
	$(Q)$(COMPILE) -c -o $@ $<

# The one module that knows where the programs are installed is compiled anew for another PREFIX, as in
# `make && make install PREFIX=/usr`.
$(OUT)/src/core/settings.o: $(OUT)/prefix
$(OUT)/prefix: always
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@
.PHONY: always
always:

# What tests the programs need not be fast, and a third of all that is compiled is that.
$(UNIT_TESTS:%=$(OUT)/tests/unit/%.o): CFLAGS += -O0 -U_FORTIFY_SOURCE
# Each test file has a main() of its own; in `all` it is called by its name.
$(UNIT_TOGETHER:%=$(OUT)/tests/unit/%.o): CPPFLAGS += -Dmain=$(@F:.o=_main)
$(UNIT_TOGETHER:%=$(OUT)/tests/unit/%.o): WARNINGS += -Wno-missing-prototypes

$(OUT)/unit/all.c: tests/unit/together $(wildcard tests/unit)
	@mkdir -p $(@D)
	$(Q)tests/unit/together $(UNIT_TOGETHER) >$@

$(OUT)/unit/all.o: $(OUT)/unit/all.c
	$(Q)$(COMPILE) -c -o $@ $<

$(OUT)/unit/all: $(OUT)/unit/all.o $(UNIT_TOGETHER:%=$(OUT)/tests/unit/%.o) $(OUT)/libunit.a \
		$(call archives_of,$(LIBRARIES))
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(CHECK_LIBS)

$(OUT)/unit/test_%: $(OUT)/tests/unit/test_%.o $(OUT)/libunit.a $(call archives_of,$(LIBRARIES))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -Wl,-z,muldefs -o $@ $^ $(LIBS) $(CHECK_LIBS)

# Its allocator fails at the n-th call.
WRAPPED := malloc calloc realloc strdup sodium_malloc idn2_lookup_u8 idn2_to_unicode_8z8z u8_normalize
$(OUT)/unit/test_allocation: LDFLAGS += $(WRAPPED:%=-Wl,--wrap=%)

# Of serve the table of routes alone, which needs nothing else of it.
$(OUT)/fuzz/fuzz_path: $(OUT)/src/serve/route.o
$(OUT)/fuzz/%: $(OUT)/tests/fuzz/%.o $(call archives_of,link core base generated)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)

$(OUT)/flow/%: $(OUT)/tests/flow/%.o $(call archives_of,$(LIBRARIES))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(OUT)/bench/%: $(OUT)/tests/bench/%.o $(call archives_of,$(LIBRARIES))
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

.PHONY: unit-binaries unit-list fuzzers tools generated
unit-binaries: $(OUT)/unit/all $(UNIT_ALONE:%=$(OUT)/unit/%)
unit-list:
	@printf '%s\n' $(UNIT_TESTS)
fuzzers: $(FUZZERS)
tools: $(TOOLS)
generated: $(GENERATED_HEADERS)

.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

# ---- running -------------------------------------------------------------------------------------

.PHONY: deps deps-test run stop
deps: ## install what building and running need (does nothing when all is there)
	deploy/dev/deps build run

deps-test: ## install what the tests need too
	deploy/dev/deps build run test
	deploy/dev/deps relay || echo "no postfix: the test that relays through it will be skipped"
	deploy/dev/deps node || echo "nothing of npm: eslint, tsc, html-validate and axe will be skipped"

run: deps ## build and start a private stack with a demo petition (PORT=8080 RUN=.run)
	$(MAKE) --no-print-directory -j$(JOBS) all
	deploy/dev/stack start

stop: ## stop the private stack (RUN=.run)
	deploy/dev/stack stop

# ---- testing -------------------------------------------------------------------------------------

# Everything under tests/NAME/ with an executable `run` that ends with "N passed, N failed".
.PHONY: test unit flow sql-test browser browser-firefox lighthouse crowd screenshots bench soak check-style sanitize fuzz coverage compose-test deb deb-test backup-test rolling-test ha-test sbom reproducible
test: deps-test ## install what is missing and run all tests
	tests/run

unit: ## unit tests (VARIANT=release|asan|tsan|cov)
	tests/run unit

flow: ## tests against a real PostgreSQL, Redis and nginx
	tests/run flow

sql-test: ## pgTAP tests of the schema
	tests/run sql

browser: ## the page in Chromium
	tests/run browser

browser-firefox: ## signing, and all that may be in its way, in Firefox (installs it)
	deploy/dev/deps build run test firefox
	tests/browser/run --firefox

lighthouse: ## Lighthouse's marks for the pages (installs it; wants a quiet machine)
	deploy/dev/deps build run test node lighthouse
	tests/browser/lighthouse

crowd: all tools ## five hundred pages poll for two minutes, counted at nginx
	tests/browser/crowd

screenshots: all tools ## a picture of each state of the pages at three widths, in build/screenshots
	tests/browser/screenshots

bench: deps-test ## measure, print a table, write JSON
	$(MAKE) --no-print-directory -j$(JOBS) all tools
	tests/bench/run

soak: deps-test ## load and faults of all kinds for as long as SECONDS says (600)
	$(MAKE) --no-print-directory -j$(JOBS) all tools
	tests/faults/soak $(or $(SECONDS),600)

# Half an hour where images have to be made, COMPOSE_TEST_ROOT=folder keeps them.
compose-test: ## docker-compose.yml with a real engine, from nothing to an upgrade (skipped, with the reason, where none can run)
	deploy/dev/deps engine || echo "no engine to be installed"
	tests/compose/run

# What is not of a release has the time of its commit behind the number, so that later ones are newer.
DEB_VERSION ?= $(VERSION)$(shell TZ=UTC0 git log -1 --date=format-local:+%Y%m%d%H%M%S --format=%cd.%h 2>/dev/null)
deb: ## Debian packages for the Debian that this is, into build/deb/
	deploy/dev/deps build package
	deploy/dev/deb $(DEB_VERSION)

deb-test: ## build and install them on a fresh host with systemd, upgrade, purge, SUITE=trixie for another Debian (skipped, with the reason, where none can be made)
	deploy/dev/deps build package || echo "not all can be installed"
	tests/deb/run $(SUITE)

backup-test: deps-test ## backups, a crash, restores: no letter twice, the sums equal
	$(MAKE) --no-print-directory -j$(JOBS) all tools
	deploy/dev/deps backup || echo "no pgbackrest: its drills will be skipped"
	tests/backup/run

rolling-test: deps-test ## keys, passwords, certificates and programs are exchanged under load, without one failed request
	$(MAKE) --no-print-directory -j$(JOBS) all tools
	tests/faults/run rolling migrations

ha-test: deps-test ## several hosts: power, links and programs fail under load, PgBouncer between (skipped, with the reason, where it cannot run)
	$(MAKE) --no-print-directory -j$(JOBS) all tools
	deploy/dev/deps ha || echo "not all can be installed"
	tests/ha/run

sbom: all ## what the programs are made of, as CycloneDX, into build/sbom.json
	deploy/dev/sbom $(VERSION) $(PROGRAMS) >build/sbom.json

# Both in folders of other names than this one: no path may be in a program.
reproducible: ## build twice, in two folders, and compare the programs byte by byte
	deploy/dev/reproducible $(notdir $(PROGRAMS))

check-style: ## lints: format, layers, names, sizes, scripts
	LINT_FULL=1 tests/run lint

sanitize: ## unit and flow tests under ASan + UBSan and TSan
	tests/run sanitize

fuzz: ## fuzz for as long as FUZZ_SECONDS says (an hour a target)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-3600} tests/run fuzz

coverage: ## lines of src/ that unit, flow and letter tests reach
	tests/coverage

# ---- installing ----------------------------------------------------------------------------------

.PHONY: install clean help
install: SHARE = $(DESTDIR)$(PREFIX)/share
install: all ## install under DESTDIR and PREFIX
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(SHARE)/countersign' '$(SHARE)/man/man1' \
		'$(SHARE)/bash-completion/completions'
	install -m 0755 $(PROGRAMS) '$(DESTDIR)$(PREFIX)/bin/'
	build/countersign help --man | install -m 0644 /dev/stdin '$(SHARE)/man/man1/countersign.1'
	build/countersign help --completion bash | \
		install -m 0644 /dev/stdin '$(SHARE)/bash-completion/completions/countersign'
	cp -RL nginx deploy/redis src/mail/letters src/serve/pages '$(SHARE)/countersign/'
	chmod -R u=rwX,go=rX '$(SHARE)/countersign'

clean: ## remove build/
	rm -rf build

help: ## this text
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
