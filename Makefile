# AFSL: build, run, test. `make help` lists the targets.

MODE ?= debug
BUILD := build/$(MODE)
CC ?= gcc

PACKAGES_BUILD := gcc make flex bison pkg-config libc6-dev libedit2 libmilter-dev libpcre2-dev libc-ares-dev libidn2-dev libpsl-dev libssl-dev libcurl4-openssl-dev liblmdb-dev libarchive-dev
PACKAGES_TEST := python3 libidn2-0 libpsl5 libssl3 libcurl4 libcriterion-dev groff-base mandoc postfix opendkim opendkim-tools redis-server liblmdb0 libarchive13
PACKAGES_BUILD += libmaxminddb-dev libsqlite3-dev libhiredis-dev
PACKAGES_TEST += tnef openssl libmaxminddb0 libhiredis0.14 libsqlite3-0 redis-tools sqlite3
PACKAGES_BENCH := mailfromd mimedefang python3-milter strace valgrind
PACKAGES_BENCH_VM := lua5.4 luajit lua-rex-pcre2 lua-socket nodejs perl python3 mailfromd libhyperscan-dev
PACKAGES_SYSTEM := systemd valgrind socat clamav-daemon clamav-milter opendmarc spamass-milter spamd spamassassin mimedefang rspamd \
	c-icap libc-icap-mod-virus-scan amavisd-new amavisd-milter libsendmail-pmilter-perl nsd openssl libmail-dkim-perl python3 python3-dkim python3-nacl
PACKAGES_SYSTEM += libjansson-dev libgmime-3.0-dev libopendkim-dev
PACKAGES_FUZZ := clang libclang-rt-14-dev
PACKAGES_FUZZ_afl := afl++
PACKAGES_COVERAGE := gcovr
# Sendmail's package pushes Postfix out, so it is unpacked beside the system; its libraries are not.
PACKAGES_SYSTEM += liblockfile1 libwrap0 libnsl2 libldap-2.5-0 libsasl2-2 libdb5.3 --beside sendmail-bin

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Werror=format-security
CPPFLAGS := -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -Isrc -Iinclude -I. -I$(BUILD)/generated
CFLAGS_debug := -O1 -g
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_tsan := -O1 -g -fsanitize=thread
CFLAGS_coverage := -O0 -g --coverage -D_exit=exit
LDFLAGS_coverage := --coverage
CFLAGS_valgrind := -O1 -g -DUNDER_VALGRIND
CFLAGS_release := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
# Where it is built must not be seen in what is built.
CFLAGS_release += -ffile-prefix-map=$(CURDIR)=.
CFLAGS_fuzz := -O2 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-sanitize-coverage=trace-cmp
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_fuzz := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS := -std=c17 $(WARNINGS) $(CFLAGS_$(MODE)) -MMD -MP -pthread
LDFLAGS := $(LDFLAGS_$(MODE)) -pthread
LDLIBS := -lpcre2-8 -lcares -lm

# ---- what is built ----

GENERATED := $(BUILD)/generated
ROOMS := base match net authentication content mail milter store bytecode vm builtins compiler engine
LIBRARY_SOURCES := $(sort $(wildcard $(ROOMS:%=src/%/*.c)))
GENERATED_SOURCES := $(if $(wildcard grammar/afsl.y),$(GENERATED)/afsl.tab.c $(GENERATED)/afsl.lex.c)
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o) $(GENERATED_SOURCES:%.c=%.o)
LIBRARY := $(BUILD)/libafsl.a

# A program is a folder of src; what it needs beside the library stands here.
PROGRAMS := $(if $(wildcard src/cli/*.c),afsl) $(if $(wildcard src/daemon/*.c),afsld) $(if $(wildcard src/bridge/*.c),aximilter) \
	$(if $(wildcard src/control/*.c),afslctl)
afsl_ROOMS := cli test
afsld_ROOMS := daemon service host
afsld_LIBS := -lmilter
afslctl_ROOMS := control
# The configuration's grammar belongs to the daemons alone.
SERVICE_GENERATED := $(GENERATED)/config.tab.c $(GENERATED)/config.lex.c
afsld_GENERATED := $(SERVICE_GENERATED)
aximilter_ROOMS := bridge service host
aximilter_LIBS := -lmilter
aximilter_GENERATED := $(SERVICE_GENERATED)
$(BUILD)/src/bridge/script.o: $(wildcard filters/*.afsl filters/lib/*.afsl)
$(patsubst %.c,$(BUILD)/%.o,$(wildcard src/service/*.c)): | $(SERVICE_GENERATED)
# In those that serve messages the rooms of an event become part of each other (EVENT_ROOMS).
JOINED_release := -O3 -flto=auto -frandom-seed=afsl -ffile-prefix-map=$(CURDIR)=.
afsld_LINK_release := $(JOINED_release)
aximilter_LINK_release := $(JOINED_release)
afsl_LINK_release := -fno-lto
afslctl_LINK_release := -fno-lto
PROGRAM_PATHS := $(PROGRAMS:%=$(BUILD)/%)

.DEFAULT_GOAL := all
.PHONY: all
all: $(LIBRARY) $(PROGRAM_PATHS)

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	ar rcsD $@ $^

# Values are copied half by half, which the vectorizer would join again: see copy_value there. Each opcode's label would
# begin with ENDBR64, for a kind of protection that Linux has not for programs and Debian's C library is not built for.
CFLAGS_dispatch_release := -fcf-protection=return
$(BUILD)/src/vm/run.o: CFLAGS += -fno-tree-slp-vectorize $(CFLAGS_dispatch_$(MODE))

# An event passes through many small functions of these rooms: where a daemon is linked they become part of each other.
# The objects are whole ones too, for whoever links libafsl.a. The dispatch loop stays as it is written.
EVENT_ROOMS := base mail milter builtins engine host vm
EVENT_OBJECTS := $(filter-out %/vm/run.o,$(patsubst %.c,$(BUILD)/%.o,$(wildcard $(EVENT_ROOMS:%=src/%/*.c))))
CFLAGS_event_release := -O3 -flto=auto -ffat-lto-objects -Wa,--debug-prefix-map=$(CURDIR)=.
$(EVENT_OBJECTS): CFLAGS += $(CFLAGS_event_$(MODE))
# What the compiler would choose by chance must be the same in each build.
SEED_release = -frandom-seed=$<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(SEED_$(MODE)) -c -o $@ $<

$(GENERATED)/%.o: $(GENERATED)/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(GENERATED)/%.tab.c $(GENERATED)/%.tab.h: grammar/%.y
	@mkdir -p $(@D)
	bison -Wall -Wno-yacc -Werror --header=$(GENERATED)/$*.tab.h -o $(GENERATED)/$*.tab.c $<

$(GENERATED)/%.lex.c: grammar/%.l $(GENERATED)/%.tab.h
	@mkdir -p $(@D)
	flex --header-file=$(GENERATED)/$*.lex.h -o $@ $<

.PRECIOUS: $(GENERATED)/%.tab.c $(GENERATED)/%.tab.h $(GENERATED)/%.lex.c

# Everything may include the generated headers.
$(LIBRARY_OBJECTS): | $(GENERATED_SOURCES)

program_objects = $(patsubst %.c,$(BUILD)/%.o,$(sort $(foreach room,$($(1)_ROOMS),$(wildcard src/$(room)/*.c)))) \
	$($(1)_GENERATED:%.c=%.o)

define program_rule
$(BUILD)/$(1): $$(call program_objects,$(1)) $(LIBRARY)
	$$(CC) $$(LDFLAGS) $$($(1)_LINK_$(MODE)) -o $$@ $$^ $$($(1)_LIBS) $$(LDLIBS)
$$(patsubst %.c,$(BUILD)/%.o,$$(wildcard src/$$(word 1,$$($(1)_ROOMS))/*.c)): | $$($(1)_GENERATED)
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

# ---- tests ----

UNIT_ROOMS := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard tests/unit/*/test_*.c)))))
UNIT_TESTS := $(UNIT_ROOMS:%=$(BUILD)/tests/unit_%)
# Tests of a room that is not in the library link its objects too.
unit_builtins_OBJECTS = $(BUILD)/tests/unit/store/mmdb.o
unit_host_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/host/*.c))
unit_host_LIBS := -lmilter
unit_test_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/test/*.c))
unit_cli_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/cli/main.c,$(wildcard src/cli/*.c)) $(wildcard src/test/*.c))
unit_service_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/service/*.c src/host/*.c)) $(SERVICE_GENERATED:%.c=%.o)
unit_service_LIBS := -lmilter
unit_daemon_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/daemon/main.c,$(wildcard src/daemon/*.c))) \
	$(unit_service_OBJECTS)
unit_daemon_LIBS := -lmilter
unit_bridge_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/bridge/main.c,$(wildcard src/bridge/*.c))) \
	$(unit_service_OBJECTS)
unit_bridge_LIBS := -lmilter

define unit_rule
$(BUILD)/tests/unit_$(1): $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/unit/$(1)/*.c tests/unit/runner.c)) $$(unit_$(1)_OBJECTS) $(LIBRARY)
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ -lcriterion $$(unit_$(1)_LIBS) $$(LDLIBS)
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call unit_rule,$(room))))

# Criterion hides leaks and undefined behaviour that do not abort.
SANITIZER_ENVIRONMENT := ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

# A target for each room, unit-vm: make -j2 runs two rooms beside each other, criterion the tests of a room one after
# the other, for its runner is no good at several at once. None runs for ever.
UNIT_RUN := timeout --foreground -k 10 900
UNITS := $(UNIT_ROOMS:%=unit-%)
.PHONY: unit $(UNITS)
unit: $(UNITS)
$(UNITS): unit-%: $(BUILD)/tests/unit_%
	@echo "== $<"; $(SANITIZER_ENVIRONMENT) $(UNIT_RUN) $< --short-filename -j1

# Programs of the language that say what they expect of it.
$(BUILD)/tests/lang_runner: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lang/*.c)) \
	$(patsubst %,$(BUILD)/src/%.o,cli/simulate cli/outcome cli/message test/client test/macros test/reply) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# One folder or case alone: make lang NAME=2-types/lists
.PHONY: lang
lang: $(BUILD)/tests/lang_runner $(BUILD)/afsl
	@$(SANITIZER_ENVIRONMENT) $< tests/lang/$(NAME)
	@$(SANITIZER_ENVIRONMENT) tests/lang/tests.sh $(BUILD)/afsl tests/lang

# Unit and language tests under valgrind.
VALGRINDS := $(UNIT_ROOMS:%=valgrind-%) valgrind-lang
.PHONY: valgrind $(VALGRINDS)
ifeq ($(MODE),valgrind)
valgrind: $(VALGRINDS)
$(UNIT_ROOMS:%=valgrind-%): valgrind-%: $(BUILD)/tests/unit_%
	@echo "== $<"; tests/valgrind $(BUILD)/words/$* $< --short-filename -j1
valgrind-lang: $(BUILD)/tests/lang_runner
	@tests/valgrind $(BUILD)/words/lang $< tests/lang
else
valgrind $(VALGRINDS):
	@sh tests/system/install-packages valgrind
	@tests/all $@:valgrind
endif

# What threads share, as plain programs: criterion cannot run under ThreadSanitizer. MODE=tsan looks for races.
THREAD_TESTS := $(patsubst tests/threads/%.c,$(BUILD)/tests/threads_%,$(wildcard tests/threads/*.c))
$(THREAD_TESTS): $(BUILD)/tests/threads_%: $(BUILD)/tests/threads/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(THREAD_LIBS) $(LDLIBS)
# A thousand sessions of each server across reloads.
$(BUILD)/tests/threads_server: $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/host/*.c))
$(BUILD)/tests/threads_server: THREAD_LIBS := -lmilter

THREAD_OPERATIONS := $(if $(filter tsan,$(MODE)),100000,1000000)
HELGRIND_OPERATIONS := 100000

.PHONY: threads
threads: $(THREAD_TESTS)
	@failed=0; for test in $(THREAD_TESTS); do \
		TSAN_OPTIONS=suppressions=tests/threads/tsan.supp $$test 4 $(THREAD_OPERATIONS) || failed=1; done; exit $$failed

# The same under valgrind's view of threads: helgrind knows locks that TSan does not, and no atomics.
.PHONY: helgrind
ifeq ($(MODE),valgrind)
helgrind: $(THREAD_TESTS)
	@failed=0; for test in $(THREAD_TESTS); do valgrind --quiet --tool=helgrind --error-exitcode=9 \
		--suppressions=tests/threads/helgrind.supp $$test 4 $(HELGRIND_OPERATIONS) || failed=1; done; exit $$failed
else
helgrind:
	@sh tests/system/install-packages valgrind
	@tests/all helgrind:valgrind
endif

# afsl fmt changes no program.
.PHONY: style
style: all
	@tests/lang/format.sh $(BUILD)/afsl

# The tests that the ready filters bring along.
.PHONY: filters
filters: all
	@$(BUILD)/afsl fmt --check filters/*.afsl
	@! $(BUILD)/afsl check filters/*.afsl 2>&1 | grep .
	@$(BUILD)/afsl test filters

# afsl test itself, with tests that fail on purpose.
.PHONY: trials
trials: all
	@tests/trials/run $(BUILD)

# The command as people and scripts call it: wrong command lines and files, what each command writes.
.PHONY: cli
cli: all $(BUILD)/tests/testmilter
	@failed=0; for test in tests/cli/*; do $$test $(BUILD) || failed=1; done; exit $$failed

# What has happened to other filters and mail servers, done to ours. One class: make history CLASS=depth
.PHONY: history
history: all $(BUILD)/tests/testmilter
	@tests/history/run $(BUILD) $(CLASS)

# A third-party milter that does what messages tell it to do.
$(BUILD)/tests/testmilter: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/system/testmilter*.c))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# Scripts of a fake filter against our client, each also byte by byte.
$(BUILD)/tests/protocol_client: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/protocol/client/*.c)) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# A fake mail server against the whole daemon.
$(BUILD)/tests/protocol_server: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/protocol/server/*.c))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# Clients of the bridge, and test milters behind it.
$(BUILD)/tests/protocol_bridge: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/protocol/bridge/*.c))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

PROTOCOLS := $(addprefix protocol-,bridge client server libmilter)
.PHONY: protocol $(PROTOCOLS)
protocol: $(PROTOCOLS)
protocol-bridge: $(BUILD)/tests/protocol_bridge $(BUILD)/aximilter $(BUILD)/tests/testmilter
	@$(SANITIZER_ENVIRONMENT) $^
protocol-client: $(BUILD)/tests/protocol_client
	@$(SANITIZER_ENVIRONMENT) $< tests/protocol/client/*.mt
protocol-server: $(BUILD)/tests/protocol_server $(BUILD)/afsld
	@$(SANITIZER_ENVIRONMENT) $^ tests/protocol/server/scripts
protocol-libmilter: $(BUILD)/tests/protocol_server $(BUILD)/afsld
	@$(SANITIZER_ENVIRONMENT) $^ tests/protocol/server/scripts --libmilter

# ---- injected faults: allocations and system calls that fail on purpose ----

comma := ,
# What a fault is put before: all allocations of ours, and what builtins cost.
WRAPPED_ALLOCATIONS := $(addprefix -Wl$(comma)--wrap=memory_,allocate zeroed resize copy_string)
WRAPPED := $(WRAPPED_ALLOCATIONS) -Wl,--wrap=call_charge

$(BUILD)/tests/injected_allocations: $(BUILD)/tests/injected/allocations.o $(BUILD)/tests/injected/choice.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(WRAPPED) -o $@ $^ $(LDLIBS)

# The programs as they are, with what makes their calls fail linked in.
define injected_rule
$(BUILD)/injected/$(1): $$(call program_objects,$(1)) $(BUILD)/tests/injected/plan.o $(LIBRARY)
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$($(1)_LIBS) $$(LDLIBS)
endef
$(foreach program,afsld aximilter,$(eval $(call injected_rule,$(program))))

# The command with what makes each of its own allocations fail.
$(BUILD)/injected/afsl: $(call program_objects,afsl) $(BUILD)/tests/injected/plan.o $(BUILD)/tests/injected/ways.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(WRAPPED_ALLOCATIONS) -o $@ $^ $(LDLIBS)

# The unit tests without criterion.
INJECTED_ROOMS := $(UNIT_ROOMS)
define injected_unit_rule
$(BUILD)/injected/unit_$(1): $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/unit/$(1)/*.c) tests/injected/units.c tests/injected/choice.c) $$(unit_$(1)_OBJECTS) $(LIBRARY)
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) $$(WRAPPED) -o $$@ $$^ -lcriterion $$(unit_$(1)_LIBS) $$(LDLIBS)
endef
$(foreach room,$(INJECTED_ROOMS),$(eval $(call injected_unit_rule,$(room))))

# As many allocations of each test at most.
injected_units_run = failed=0; for room in $(INJECTED_ROOMS); do \
	echo "== $$room"; $(BUILD)/injected/unit_$$room $(1) || failed=1; done; exit $$failed

# Each allocation of each script, each call of whole sessions; `quick` is a sample of both.
INJECTED_SCRIPTS := $(sort $(wildcard filters/*.afsl) $(shell find tests/lang -name '*.afsl'))
INJECTED := $(BUILD)/tests/injected_allocations $(INJECTED_ROOMS:%=$(BUILD)/injected/unit_%) $(addprefix $(BUILD)/injected/,afsl afsld aximilter) $(BUILD)/tests/testmilter
.PHONY: faults-injected faults-injected-quick faults-injected-units
faults-injected: all $(INJECTED)
	@$(SANITIZER_ENVIRONMENT) $(BUILD)/tests/injected_allocations 1 $(INJECTED_SCRIPTS)
	@$(call injected_units_run,3)
	@$(SANITIZER_ENVIRONMENT) tests/injected/commands $(BUILD) 100
	@$(SANITIZER_ENVIRONMENT) tests/injected/sessions $(BUILD)
faults-injected-quick: all $(INJECTED)
	@$(SANITIZER_ENVIRONMENT) $(BUILD)/tests/injected_allocations 499 $(INJECTED_SCRIPTS)
	@$(call injected_units_run,1)
	@$(SANITIZER_ENVIRONMENT) tests/injected/commands $(BUILD) 2
	@$(SANITIZER_ENVIRONMENT) tests/injected/sessions $(BUILD) quick

# The unit tests alone, and the commands; make faults-injected-units POINTS=50
POINTS ?= 3
.PHONY: faults-injected-commands
faults-injected-commands: $(BUILD)/injected/afsl $(BUILD)/tests/testmilter
	@$(SANITIZER_ENVIRONMENT) tests/injected/commands $(BUILD) $(POINTS)
faults-injected-units: $(INJECTED_ROOMS:%=$(BUILD)/injected/unit_%)
	@$(call injected_units_run,$(POINTS))

# ---- fuzzing: a file tests/fuzz/fuzz_NAME.c for each target ----

ENGINE ?= libfuzzer
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
# What a target is fed beside its corpus.
fuzz_source_SEEDS := tests/lang filters
fuzz_format_SEEDS := tests/lang filters
fuzz_syntax_SEEDS := tests/lang filters

# libFuzzer comes with clang; any compiler builds what replays a corpus.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(LIBRARY) $(LDLIBS)
$(BUILD)/fuzz/source $(BUILD)/fuzz/format: $(if $(filter fuzzlibfuzzer,$(MODE)$(ENGINE)),$(BUILD)/tests/fuzz/mutate_source.o)
ifneq ($(MODE),fuzz)
$(FUZZ_TARGETS:%=$(BUILD)/fuzz/%): $(BUILD)/tests/fuzz/replay.o
endif

# What is tested lies in no library.
$(BUILD)/fuzz/lines: $(patsubst %,$(BUILD)/src/bridge/%.o,dialogue facts letter message_file percent replies verbs work) \
	$(BUILD)/src/host/milter_plan.o $(BUILD)/src/host/counters.o
$(BUILD)/fuzz/decode: $(BUILD)/src/bridge/percent.o
$(BUILD)/fuzz/address: $(BUILD)/src/host/milter_client.o
FUZZ_SETTINGS := $(patsubst %,$(BUILD)/src/service/%.o,config kinds quantity settings settings_show) \
	$(SERVICE_GENERATED:%.c=%.o) $(BUILD)/tests/fuzz/configuration.o
$(BUILD)/fuzz/config: $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/daemon/settings*.c)) $(FUZZ_SETTINGS)
$(BUILD)/fuzz/aximilter: $(patsubst %,$(BUILD)/src/bridge/%.o,access kinds lines settings) $(FUZZ_SETTINGS)
$(BUILD)/fuzz/server: $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/native_server.c,$(wildcard src/host/native_*.c src/host/milter_*.c)) src/host/served.c src/host/counters.c)
$(patsubst %,$(BUILD)/fuzz/%,client server): $(BUILD)/tests/fuzz/quiet.o
$(patsubst %,$(BUILD)/fuzz/%,client redis): $(BUILD)/tests/fuzz/peer.o
# Those that call functions of a script.
$(patsubst %,$(BUILD)/fuzz/%,decode headers program vm): $(BUILD)/tests/fuzz/script.o
$(BUILD)/fuzz/headers: $(BUILD)/src/cli/message.o
$(BUILD)/fuzz/vm: $(BUILD)/tests/fuzz/instructions.o

# make fuzz SECONDS=600 NAME=source: each target so long, or one of them. ENGINE=afl: with AFL++, without sanitizers.
SECONDS ?= 60
FUZZ_BUILD_libfuzzer := CC=clang
FUZZ_BUILD_afl := CC=afl-clang-fast BUILD=build/afl CFLAGS_fuzz='-O2 -g1' LDFLAGS_fuzz=
.PHONY: fuzz fuzz-run fuzz-replay
fuzz:
	@sh tests/system/install-packages $(PACKAGES_BUILD) $(PACKAGES_FUZZ) $(PACKAGES_FUZZ_$(ENGINE))
	@$(MAKE) -s --no-print-directory MODE=fuzz $(FUZZ_BUILD_$(ENGINE)) fuzz-run
fuzz-run: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
	@$(foreach target,$(or $(NAME),$(FUZZ_TARGETS)), \
		tests/fuzz/run-$(ENGINE) $(BUILD)/fuzz/$(target) $(SECONDS) $(fuzz_$(target)_SEEDS) &&) true

# What was found once, again.
fuzz-replay: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
	@$(foreach target,$(FUZZ_TARGETS),$(SANITIZER_ENVIRONMENT) \
		$(BUILD)/fuzz/$(target) tests/fuzz/corpus/$(target) $(fuzz_$(target)_SEEDS) &&) true

# What the tests reach of src, room by room: build/coverage/coverage.html. COVERAGE="unit lang" counts those targets alone.
.PHONY: coverage
ifeq ($(MODE),coverage)
coverage: all $(UNIT_TESTS)
	@tests/coverage $(BUILD) $(COVERAGE)
else
coverage: deps
	@sh tests/system/install-packages $(PACKAGES_COVERAGE)
	@$(MAKE) -s --no-print-directory MODE=coverage -j$$(nproc) coverage
endif

# ---- the example of embedding ----

$(BUILD)/example: $(BUILD)/docs/examples/embed.o $(LIBRARY)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Built from the public header alone, and run: what it prints is compared.
.PHONY: example
example: $(BUILD)/example
	@$(SANITIZER_ENVIRONMENT) $< docs/examples/embed.afsl | diff docs/examples/embed.expected - && echo "1 passed, 0 failed"

# ---- whole system: real mail servers, real filters ----

$(BUILD)/tests/smtp-talk: $(BUILD)/tests/system/smtp-talk.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# A name server for those filters that ask one.
$(BUILD)/tests/test-dns: $(BUILD)/tests/system/test-dns.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

SYSTEM_PROGRAMS := $(BUILD)/tests/testmilter $(BUILD)/tests/smtp-talk $(BUILD)/tests/test-dns

# One alone: make system NAME=postfix-opendkim/multipart
.PHONY: system system-quick
system: deps-system all $(SYSTEM_PROGRAMS)
	@BUILD=$(BUILD) $(SANITIZER_ENVIRONMENT) tests/system/run $(NAME)
# The same with the older server.
.PHONY: system-libmilter
system-libmilter: deps-system all $(SYSTEM_PROGRAMS)
	@SERVER=libmilter BUILD=$(BUILD) $(SANITIZER_ENVIRONMENT) tests/system/run $(NAME)
system-quick: all $(SYSTEM_PROGRAMS)
	@BUILD=$(BUILD) $(SANITIZER_ENVIRONMENT) tests/system/run --quick

# The systemd units, by systemd's own measure.
.PHONY: units
units:
	@tests/units

# ---- all tests together ----

# tests/all runs the modes beside each other; after `--`, what must be alone.
TESTS_QUICK := map unit threads threads:tsan lang style mime filters trials cli history protocol faults-injected-quick documents example \
	unit:asan lang:asan fuzz-replay:asan protocol:asan example:asan system-quick:asan
TESTS_FULL := $(TESTS_QUICK:faults-injected-quick=faults-injected) units libraries reproducible:release valgrind:valgrind helgrind:valgrind \
	-- system -- system-libmilter -- attacks:release -- bench-server:release -- bench:release

.PHONY: test full
test: deps
	@tests/all $(TESTS_QUICK)
full: deps-system
	@tests/all $(TESTS_FULL)

# Hard messages, and what a second parser makes of them.
.PHONY: mime
mime: all
	@tests/mime/run $(BUILD)
	@tests/mime/files $(BUILD)

# What we promise, asked of the libraries that could do it; those without their -dev package are skipped. What afsld
# weighs with each that it loads: make weigh
.PHONY: libraries weigh
libraries:
	@tests/libraries/run $(BUILD) $(NAME)
ifeq ($(MODE),release)
weigh: all
	@ldd $(BUILD)/afsld
	@tests/libraries/weigh $(BUILD)
else
weigh:
	@$(MAKE) -s --no-print-directory MODE=release weigh
endif

# The commands and scripts of README, guide and cookbook, as typed.
.PHONY: documents
documents: all $(BUILD)/demo-milter
	@BUILD=$(BUILD) tests/documents

# ---- a demonstration ----

$(BUILD)/demo-milter: $(BUILD)/demo/milter.o
	$(CC) $(LDFLAGS) -o $@ $^ -lmilter

.PHONY: run
run: deps-build
	@$(MAKE) -s --no-print-directory MODE=release -j$$(nproc) demo
.PHONY: demo
demo: all $(BUILD)/demo-milter
	@BUILD=$(BUILD) demo/run

# ---- bench ----

BENCH_PROGRAMS := milterload epfilter wfilter crowd
$(BUILD)/bench/wfilter: LDLIBS += -lmilter
$(BENCH_PROGRAMS:%=$(BUILD)/bench/%): $(BUILD)/bench/%: $(BUILD)/tests/bench/milter/%.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# make bench BENCH="--rounds 5 --crowds"; what is missing of the peers is left out. make chart draws the results.
.PHONY: bench chart
ifeq ($(MODE),release)
bench: all $(BENCH_PROGRAMS:%=$(BUILD)/bench/%)
	@tests/bench/check/run $(BUILD)
	@BUILD=$(BUILD) tests/bench/run $(BENCH)
else
bench:
	@sh tests/system/install-packages $(PACKAGES_BENCH) || true
	@$(MAKE) -s --no-print-directory MODE=release bench
endif
chart:
	@tests/bench/chart build/release/bench.json >docs/performance.svg

# An honest client in a crowd; BENCH="native" for one server alone.
.PHONY: bench-server
ifeq ($(MODE),release)
bench-server: all $(BENCH_PROGRAMS:%=$(BUILD)/bench/%)
	@BUILD=$(BUILD) tests/bench/server $(BENCH)
else
bench-server:
	@$(MAKE) -s --no-print-directory MODE=release bench-server
endif

# ---- the reference ----

# Man pages, Markdown and HTML from the language's tables, in build/docs.
DOCS := build/docs
.PHONY: docs
docs: all
	@docs/reference.sh $(BUILD)/afsl $(DOCS) && echo "$(DOCS)/man $(DOCS)/reference"

# Hostile scripts and failing third parties beside honest sessions: make attacks ATTACKS="--only loop,garbage"
.PHONY: attacks
ifeq ($(MODE),release)
attacks: all $(BUILD)/bench/milterload
	@BUILD=$(BUILD) tests/attacks/run $(ATTACKS)
else
attacks:
	@$(MAKE) -s --no-print-directory MODE=release attacks
endif

# What the language costs beside C and other interpreters: make bench-vm BENCH="--only 01_fib --instructions"
.PHONY: bench-vm
ifeq ($(MODE),release)
bench-vm: all
	@BUILD=$(BUILD) tests/bench/vm/run $(BENCH)
else
bench-vm:
	@sh tests/system/install-packages $(PACKAGES_BENCH_VM)
	@$(MAKE) -s --no-print-directory MODE=release bench-vm
endif

# ---- what is promised of all of it ----

# The same bytes, wherever it is built.
.PHONY: reproducible soak
reproducible:
	@tests/reproducible

# Memory over 10^5 messages: make soak MESSAGES=1000000
MESSAGES ?= 100000
soak: all
	@tests/soak $(BUILD) $(MESSAGES)

# ---- what Debian has to bring ----

.PHONY: deps deps-build deps-system
deps-build:
	@sh tests/system/install-packages $(PACKAGES_BUILD)
deps:
	@sh tests/system/install-packages $(PACKAGES_BUILD) $(PACKAGES_TEST)
deps-system:
	@sh tests/system/install-packages $(PACKAGES_BUILD) $(PACKAGES_TEST) $(PACKAGES_SYSTEM)

# ---- install ----

DESTDIR :=
PREFIX := /usr/local
INSTALL_TO = $(DESTDIR)$(PREFIX)

.PHONY: install
ifeq ($(MODE),release)
install: all docs
	install -d $(INSTALL_TO)/bin $(INSTALL_TO)/sbin $(INSTALL_TO)/lib $(INSTALL_TO)/include \
		$(INSTALL_TO)/share/afsl/filters/lib $(INSTALL_TO)/share/doc/afsl
	install -m 755 $(BUILD)/afsl $(INSTALL_TO)/bin/
	install -m 755 $(BUILD)/afsld $(BUILD)/aximilter $(BUILD)/afslctl $(INSTALL_TO)/sbin/
	objcopy --enable-deterministic-archives --wildcard --remove-section='.gnu.*lto_*' $(LIBRARY) $(INSTALL_TO)/lib/$(notdir $(LIBRARY))
	chmod 644 $(INSTALL_TO)/lib/$(notdir $(LIBRARY))
	install -m 644 include/afsl.h $(INSTALL_TO)/include/
	install -m 644 $(filter-out %.test.afsl,$(wildcard filters/*.afsl)) $(INSTALL_TO)/share/afsl/filters/
	install -m 644 filters/recipients.txt $(INSTALL_TO)/share/afsl/filters/
	install -m 644 $(filter-out %.test.afsl,$(wildcard filters/lib/*.afsl)) $(INSTALL_TO)/share/afsl/filters/lib/
	install -m 644 README.md LICENSE $(INSTALL_TO)/share/doc/afsl/
	install -d $(INSTALL_TO)/lib/systemd/system
	for unit in packaging/systemd/*; do sed 's,/usr/local,$(PREFIX),' $$unit >$(INSTALL_TO)/lib/systemd/system/$${unit##*/}; done
	for page in docs/guide/*.md docs/cookbook/*.md $(DOCS)/reference/*; do \
		folder=$${page%/*}; install -D -m 644 $$page $(INSTALL_TO)/share/doc/afsl/$${folder##*/}/$${page##*/}; done
	for page in docs/man/*.[1-8] $(DOCS)/man/*.7; do \
		install -D -m 644 $$page $(INSTALL_TO)/share/man/man$${page##*.}/$${page##*/}; done
else
install:
	@$(MAKE) -s --no-print-directory MODE=release install DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'
endif

# ---- the house ----

.PHONY: map lint format clean help
map:
	@sh tests/map && tests/places && tests/faults/run --check && echo '3 passed, 0 failed'

lint:
	@sh tests/lint $(CPPFLAGS)

format:
	clang-format -i --style=file $(shell git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'demo/*.c')

clean:
	rm -rf build

define HELP
make                the programs and the library, debug build; MODE=asan, MODE=release
make run            what is missing from Debian, a release build, and a demonstration
make test           unit, language, protocol and one Postfix system test, debug and ASan builds
make system         all system tests; NAME=suite or NAME=suite/case for one; SKIP=peer; SERVER=libmilter: by the older server
make full           every test, valgrind and helgrind, and the benchmark: some two hours and a half
make valgrind       unit and language tests under valgrind; valgrind-vm for one room
make fuzz           random inputs under sanitizers: SECONDS=600, NAME=target; fuzz-replay gives what was found again
make coverage       which lines and branches of src the tests reach; build/coverage/coverage.html
make threads        what threads share; MODE=tsan and make helgrind look for races
make attacks        hostile scripts and failing third parties, and what honest sessions notice of them
make bench-server   how an honest client fares in a crowd, for both servers
make bench          a message in afsld, in C and in the filters that Debian packages; BENCH="--rounds 5 --json"
make chart          the chart in docs from what `make bench` has measured
make bench-vm       the language beside C, Lua, LuaJIT, Node, Python, Perl and mailfromd
make unit|lang|mime|filters|protocol|system-quick|documents   one kind of test
make deps           packages for `make test`; deps-build, deps-system: for less, for all
make docs           the reference, from the language's tables: build/docs
make install        PREFIX=/usr/local, DESTDIR=
make faults-injected  allocations and system calls that fail, one after the other
make reproducible   two builds in two folders give the same bytes
make soak           memory over MESSAGES=100000 messages
make libraries      what GMime, libopendkim, jansson and hiredis keep of what we promise; make weigh: what loaded ones cost
make map            which room includes which; fails on a loop
make lint format clean
endef
export HELP
help:
	@echo "$$HELP"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
