# AFSL: build, run, test. `make help` lists the targets.

MODE ?= debug
BUILD := build/$(MODE)
CC ?= gcc

PACKAGES_BUILD := gcc make flex bison pkg-config libc6-dev libmilter-dev libpcre2-dev
PACKAGES_TEST := libcriterion-dev

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wundef -Wvla -Wformat=2 -Werror=format-security
CPPFLAGS := -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -Isrc -Iinclude -I. -I$(BUILD)/generated
CFLAGS_debug := -O1 -g
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_release := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS := -std=c17 $(WARNINGS) $(CFLAGS_$(MODE)) -MMD -MP -pthread
LDFLAGS := $(LDFLAGS_$(MODE)) -pthread
LDLIBS := -lpcre2-8 -lm

# ---- what is built ----

GENERATED := $(BUILD)/generated
ROOMS := base match net mail milter store bytecode vm builtins compiler engine
LIBRARY_SOURCES := $(sort $(wildcard $(ROOMS:%=src/%/*.c)))
GENERATED_SOURCES := $(if $(wildcard grammar/afsl.y),$(GENERATED)/afsl.tab.c $(GENERATED)/afsl.lex.c)
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(BUILD)/%.o) $(GENERATED_SOURCES:%.c=%.o)
LIBRARY := $(BUILD)/libafsl.a

# A program is a folder of src; what it needs beside the library stands here.
PROGRAMS := $(if $(wildcard src/cli/*.c),afsl) $(if $(wildcard src/daemon/*.c),afsld)
afsl_ROOMS := cli
afsld_ROOMS := daemon host
afsld_LIBS := -lmilter
# The configuration's grammar belongs to the daemon alone.
afsld_GENERATED := $(GENERATED)/config.tab.c $(GENERATED)/config.lex.c
PROGRAM_PATHS := $(PROGRAMS:%=$(BUILD)/%)

.PHONY: all
all: $(LIBRARY) $(PROGRAM_PATHS)

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

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

define program_rule
$(BUILD)/$(1): $$(patsubst %.c,$(BUILD)/%.o,$$(foreach room,$$($(1)_ROOMS),$$(wildcard src/$$(room)/*.c))) \
	$$($(1)_GENERATED:%.c=%.o) $(LIBRARY)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$($(1)_LIBS) $$(LDLIBS)
$$(patsubst %.c,$(BUILD)/%.o,$$(wildcard src/$$(word 1,$$($(1)_ROOMS))/*.c)): | $$($(1)_GENERATED)
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

# ---- tests ----

UNIT_ROOMS := $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard tests/unit/*/test_*.c)))))
UNIT_TESTS := $(UNIT_ROOMS:%=$(BUILD)/tests/unit_%)
# Tests of a room that is not in the library link its objects too.
unit_host_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/host/*.c))
unit_host_LIBS := -lmilter
unit_daemon_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/daemon/main.c,$(wildcard src/daemon/*.c)) \
	$(wildcard src/host/*.c)) $(afsld_GENERATED:%.c=%.o)
unit_daemon_LIBS := -lmilter

define unit_rule
$(BUILD)/tests/unit_$(1): $$(patsubst %.c,$(BUILD)/%.o,$$(wildcard tests/unit/$(1)/*.c)) $$(unit_$(1)_OBJECTS) $(LIBRARY)
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ -lcriterion $$(unit_$(1)_LIBS) $$(LDLIBS)
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call unit_rule,$(room))))

# Criterion hides leaks and undefined behaviour that do not abort.
SANITIZER_ENVIRONMENT := ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

.PHONY: unit
unit: $(UNIT_TESTS)
	@failed=0; for test in $(UNIT_TESTS); do echo "== $$test"; \
		$(SANITIZER_ENVIRONMENT) $$test -q --short-filename || { $$test --short-filename; failed=1; }; done; exit $$failed

# A third-party milter that does what messages tell it to do.
$(BUILD)/tests/testmilter: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/system/testmilter*.c))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

.PHONY: deps
deps:
	@sh tests/system/install-packages $(PACKAGES_BUILD) $(PACKAGES_TEST)

.PHONY: clean
clean:
	rm -rf build

.PHONY: map
map:
	@sh tests/map

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
