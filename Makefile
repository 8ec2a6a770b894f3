# SPDX-License-Identifier: GPL-2.0-or-later
# mxdp: make, make check, make lint, make install DESTDIR= PREFIX=, make clean.
# SANITIZE=1 builds everything under ASan and UBSan, into a directory of its own.
# V=1 shows the commands.

VERSION    := 0.1.0
PREFIX     ?= /usr/local
DESTDIR    ?=
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
SANITIZE   ?=
V          ?=
BUILD      ?= $(if $(SANITIZE),build-sanitize,build)

CC         := gcc
CLANG      ?= clang-14
LLVM_STRIP ?= llvm-strip-14
BPFTOOL    ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)

PACKAGES := libbpf libxdp libcares libuv libconfuse jansson sqlite3 libmicrohttpd libsystemd \
            libcurl libcap nettle zlib
ifeq ($(filter clean uninstall,$(MAKECMDGOALS)),)
ifneq ($(shell pkg-config --exists $(PACKAGES) && echo yes),yes)
$(error libraries are missing: run `sudo tools/setup build` once (it installs them by apt))
endif
endif

comma    := ,
say = $(if $(V),,@echo "  $(1)	$@";)
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE \
            $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all \
            -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2)
CPPFLAGS := -D_GNU_SOURCE -DMXDP_VERSION='"$(VERSION)"' -I. -I$(BUILD) \
            $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS   := -std=gnu11 -O2 -g $(WARNINGS) $(HARDEN)
LDFLAGS  := -pie -Wl,-z,relro,-z,now,--as-needed $(if $(SANITIZE),-fsanitize=address$(comma)undefined)
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lspf2 -lm

BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -I. \
              -I/usr/include/$(shell $(CC) -print-multiarch)

LIB_SOURCES := $(wildcard maps/*.c) \
               $(filter-out userspace/mxdpd.c,$(wildcard userspace/*.c userspace/*/*.c userspace/*/*/*.c))
CLI_SOURCES := $(wildcard tools/mxdp/*.c)
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PACKET_TESTS := $(patsubst tests/packet/%.c,$(BUILD)/tests/packet/%, \
                $(wildcard tests/packet/test_*.c))
PACKET_HELPERS := $(patsubst %.c,$(BUILD)/%.o, \
                $(filter-out tests/packet/test_% %.bpf.c,$(wildcard tests/packet/*.c)))
UNIT_HELPERS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
SPF_SUITE   := $(BUILD)/tests/spf/conformance
SPF_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/spf/*.c)) \
               $(BUILD)/tests/unit/spf_zone.o $(BUILD)/tests/unit/dns_server.o
PEERS       := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c))
KERNEL_TOOLS := $(patsubst tests/kernels/%.c,$(BUILD)/tests/kernels/%,$(wildcard tests/kernels/*.c))
BENCHES     := $(addprefix $(BUILD)/bench/,sets drop_rate feed_load packet_cost replies results summary bots swarm gather xdp_time verdicts nobody.aux.o)
BENCH_HELPERS := $(patsubst %.c,$(BUILD)/%.o,bench/addresses.c bench/report.c bench/result_file.c bench/sets_fill.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/%.o)

.PHONY: all bench bench-quick benches check fuzz lint tidy format install uninstall clean tests verifier-report
all: $(BUILD)/mxdpd $(BUILD)/mxdp

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h maps/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
	@$(LLVM_STRIP) -g $@

# A skeleton is generated: the analyser has no say in it.
$(BUILD)/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(call say,SKEL)(echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name $*_bpf && \
		echo '/* NOLINTEND */') > $@.new
	@mv $@.new $@

# Programs that are not part of mxdp: of tests and benchmarks.
$(BUILD)/%.aux.o: %.bpf.c $(wildcard bpf/*.h maps/*.h bench/*.h tests/packet/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
	@$(LLVM_STRIP) -g $@

$(BUILD)/%.skel.h: $(BUILD)/%.aux.o
	$(call say,SKEL)(echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf && \
		echo '/* NOLINTEND */') > $@.new
	@mv $@.new $@

# Compiling waits for the skeletons: which files include them is known only afterwards.
SKELETONS := $(patsubst bpf/%.bpf.c,$(BUILD)/%.skel.h,$(wildcard bpf/*.bpf.c))
$(BUILD)/%.o: %.c Makefile | $(SKELETONS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libmxdp.a: $(LIB_OBJECTS)
	@rm -f $@
	$(call say,AR)$(AR) qcs $@ $^

$(BUILD)/mxdpd: $(BUILD)/userspace/mxdpd.o $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/mxdp: $(CLI_OBJECTS) $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# What the lab needs beside mxdp itself.
LAB_TOOLS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tools/lab/*.c))
.PHONY: lab
lab: all $(LAB_TOOLS)

tests: lab $(UNIT_TESTS) $(PACKET_TESTS) $(PEERS) $(KERNEL_TOOLS) $(SPF_SUITE)
CHECK_LIBS = $(shell pkg-config --libs check)

benches: $(BENCHES)

# The benchmarks: for figures, and for function alone. bench/README.md says how to read them.
bench:
	bench/run
bench-quick:
	bench/run --quick

$(BUILD)/bench/sets.o $(BUILD)/bench/feed_load.o: $(BUILD)/bench/sets.skel.h
$(BUILD)/bench/feed_load: $(BUILD)/bench/flip.o
$(BUILD)/bench/link.o $(BUILD)/bench/contenders.o: $(BUILD)/bench/drop_rate.skel.h
$(BUILD)/bench/drop_rate: $(addprefix $(BUILD)/bench/,link.o contenders.o netfilter.o)
$(BUILD)/bench/packet_cost.o: $(BUILD)/bench/sets.skel.h
$(BUILD)/bench/replies.o: $(BUILD)/bench/replies.skel.h
$(BUILD)/bench/replies: $(BUILD)/bench/link.o
$(BUILD)/bench/swarm: $(BUILD)/bench/swarm_wire.o
$(BUILD)/bench/packet_cost $(BUILD)/bench/replies: LDLIBS += $(CHECK_LIBS)
$(BUILD)/bench/packet_cost $(BUILD)/bench/replies: $(PACKET_HELPERS)
$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BENCH_HELPERS) $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $(filter %.o,$^) $(BUILD)/libmxdp.a $(LDLIBS) -o $@

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o $(UNIT_HELPERS) $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $^ $(LDLIBS) $(CHECK_LIBS) -o $@

$(BUILD)/tests/packet/test_snapshot_kernel.o: $(BUILD)/tests/packet/snapshot_lookup.skel.h
$(BUILD)/tests/packet/test_snapshot_swap.o: $(BUILD)/tests/packet/swap_watch.skel.h
$(BUILD)/tests/packet/test_snapshot_kernel $(BUILD)/tests/packet/test_snapshot_swap: \
	$(BUILD)/tests/unit/snapshot_reference.o
$(BUILD)/tests/packet/test_%: $(BUILD)/tests/packet/test_%.o $(PACKET_HELPERS) $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $(filter %.o,$^) $(BUILD)/libmxdp.a $(LDLIBS) $(CHECK_LIBS) -o $@

$(BUILD)/tools/lab/%: $(BUILD)/tools/lab/%.o
	$(call say,LD)$(CC) $(LDFLAGS) $^ -o $@

$(BUILD)/tests/e2e/%: $(BUILD)/tests/e2e/%.o
	$(call say,LD)$(CC) $(LDFLAGS) $^ -o $@

$(BUILD)/tests/kernels/%: $(BUILD)/tests/kernels/%.o $(BUILD)/libmxdp.a
	$(call say,LD)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# Daemons to upgrade to: the same program under another tag, and one whose maps have another ABI.
define LATER_DAEMON
tests: $(1)/mxdpd
$(1)/mxdp.bpf.o: bpf/mxdp.bpf.c tests/kernels/other_tag.h $$(wildcard bpf/*.h maps/*.h) Makefile
	@mkdir -p $$(@D)
	$$(call say,BPF)$$(CLANG) $$(BPF_CFLAGS) -include tests/kernels/other_tag.h $(2) -c $$< -o $$@
	@$$(LLVM_STRIP) -g $$@

$(1)/mxdp.skel.h: $(1)/mxdp.bpf.o
	@$$(BPFTOOL) gen skeleton $$< name mxdp_bpf > $$@.new
	@mv $$@.new $$@

$(1)/%.o: userspace/datapath/%.c $(1)/mxdp.skel.h Makefile
	$$(call say,CC)$$(CC) -I$(1) $$(CPPFLAGS) $$(CFLAGS) $(2) -MMD -MP -c $$< -o $$@

$(1)/config.o: userspace/config/config.c $(1)/mxdp.bpf.o Makefile
	$$(call say,CC)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $(2) -MMD -MP -c $$< -o $$@

# Objects before the library: what differs is taken from here.
$(1)/mxdpd: $(1)/datapath.o $(1)/dispatcher.o $(1)/pins.o $(1)/config.o $(BUILD)/userspace/mxdpd.o \
		$(BUILD)/libmxdp.a
	$$(call say,LD)$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(eval $(call LATER_DAEMON,$(BUILD)/tests/kernels/other,))
$(eval $(call LATER_DAEMON,$(BUILD)/tests/kernels/other_abi,-DMXDP_ABI_VERSION=1000))

check:
	tools/check

# Fuzzing: each tests/fuzz/fuzz_X.c runs FUZZ_SECONDS at the lowest priority, from its seeds and what
# earlier runs found (build-fuzz/X). An input that fails is left in build-fuzz/.
FUZZ_SECONDS ?= 600
FUZZERS      := $(patsubst tests/fuzz/fuzz_%.c,build-fuzz/fuzz_%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS   := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -O1 -g -std=gnu11
build-fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_SOURCES) \
                   $(wildcard maps/*.h userspace/*.h userspace/*/*.h userspace/*/*/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(CPPFLAGS) $< $(FUZZ_SOURCES_$*) -o $@ $(LDLIBS)
FUZZ_SOURCES_spf := $(wildcard userspace/checks/spf/*.c userspace/resolver/*.c) userspace/log.c \
                    maps/address.c
FUZZ_SOURCES_feed := $(wildcard userspace/feeds/format/*.c) maps/address.c
FUZZ_SOURCES_said := userspace/said/line.c
FUZZ_SOURCES_checksum := userspace/feeds/checksum.c

fuzz: $(FUZZERS)
	@set -e; for fuzzer in $(FUZZERS:build-fuzz/fuzz_%=%); do \
		mkdir -p build-fuzz/$$fuzzer; \
		dictionary=tests/fuzz/$$fuzzer.dict; \
		nice -n 19 build-fuzz/fuzz_$$fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=8192 \
			-timeout=60 -print_final_stats=1 -artifact_prefix=build-fuzz/ \
			$$(test -e $$dictionary && echo -dict=$$dictionary) \
			build-fuzz/$$fuzzer tests/fuzz/seeds/$$fuzzer; \
	done

$(SPF_SUITE): $(SPF_OBJECTS) $(BUILD)/libmxdp.a
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# What each program costs the verifier under the supported kernels, into docs/verifier.md.
verifier-report: $(SKELETONS) $(BUILD)/tests/kernels/verifier_report
	tests/kernels/verifier-report

C_FILES := $(wildcard bpf/*.[ch] maps/*.[ch] userspace/*.[ch] userspace/*/*.[ch] userspace/*/*/*.[ch] tools/*/*.[ch] \
           tests/*/*.[ch] bench/*.[ch])
lint:
	tools/lint

# For tools/lint: a file is looked at again when it or any header has changed.
TIDY := clang-tidy-14 --quiet
TIDY_C := $(patsubst %.c,$(BUILD)/%.tidy,$(filter-out %.bpf.c,$(filter %.c,$(C_FILES))))
TIDY_BPF := $(patsubst %.bpf.c,$(BUILD)/%.bpf.tidy,$(filter %.bpf.c,$(C_FILES)))
$(TIDY_C) $(TIDY_BPF): $(filter %.h,$(C_FILES)) .clang-tidy tests/.clang-tidy | $(SKELETONS)
$(TIDY_C): $(BUILD)/%.tidy: %.c
	@mkdir -p $(@D)
	@$(TIDY) $*.c -- $(subst -I$(BUILD),-isystem $(BUILD),$(CPPFLAGS)) -std=gnu11 2>/dev/null
	@touch $@
$(TIDY_BPF): $(BUILD)/%.tidy: %.c
	@mkdir -p $(@D)
	@$(TIDY) $*.c -- $(BPF_CFLAGS) 2>/dev/null
	@touch $@
$(BUILD)/bench/sets.tidy $(BUILD)/bench/packet_cost.tidy: $(BUILD)/bench/sets.skel.h
$(BUILD)/bench/replies.tidy: $(BUILD)/bench/replies.skel.h
$(BUILD)/bench/contenders.tidy $(BUILD)/bench/link.tidy: $(BUILD)/bench/drop_rate.skel.h
$(BUILD)/tests/packet/test_snapshot_kernel.tidy: $(BUILD)/tests/packet/snapshot_lookup.skel.h
$(BUILD)/tests/packet/test_snapshot_swap.tidy: $(BUILD)/tests/packet/swap_watch.skel.h
tidy: $(TIDY_C) $(TIDY_BPF)

format:
	clang-format-14 -i $(C_FILES)

install: all
	install -D -m 755 $(BUILD)/mxdpd $(DESTDIR)$(PREFIX)/sbin/mxdpd
	install -D -m 755 $(BUILD)/mxdp $(DESTDIR)$(PREFIX)/sbin/mxdp
	install -D -m 644 conf/mxdp.conf $(DESTDIR)$(SYSCONFDIR)/mxdp/mxdp.conf.example
	test -e $(DESTDIR)$(SYSCONFDIR)/mxdp/mxdp.conf || \
		install -m 644 conf/mxdp.conf $(DESTDIR)$(SYSCONFDIR)/mxdp/mxdp.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/mxdp/generic-names || \
		install -m 644 conf/generic-names $(DESTDIR)$(SYSCONFDIR)/mxdp/generic-names
	install -D -m 644 docs/mxdp.8 $(DESTDIR)$(PREFIX)/share/man/man8/mxdp.8
	install -D -m 644 docs/mxdpd.8 $(DESTDIR)$(PREFIX)/share/man/man8/mxdpd.8
	install -D -m 644 docs/mxdp.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/mxdp.conf.5
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@PREFIX@|$(PREFIX)|' conf/mxdpd.service.in > $(DESTDIR)$(UNITDIR)/mxdpd.service
	install -D -m 644 conf/mxdp.sysusers $(DESTDIR)$(SYSUSERSDIR)/mxdp.conf
	$(if $(DESTDIR),,-systemd-sysusers $(SYSUSERSDIR)/mxdp.conf)
	$(if $(DESTDIR),,$(WITH_SYSTEMD) systemctl daemon-reload)

# Where systemd runs, which it does not in a chroot or a container.
WITH_SYSTEMD = -test ! -d /run/systemd/system ||

# Detaches first: removing the files must not leave a program on the NIC that nobody can steer.
uninstall:
	$(if $(DESTDIR),,-$(PREFIX)/sbin/mxdp detach)
	$(if $(DESTDIR),,$(WITH_SYSTEMD) systemctl -q disable --now mxdpd)
	rm -f $(DESTDIR)$(PREFIX)/sbin/mxdpd $(DESTDIR)$(PREFIX)/sbin/mxdp \
		$(DESTDIR)$(PREFIX)/share/man/man8/mxdp.8 $(DESTDIR)$(PREFIX)/share/man/man8/mxdpd.8 \
		$(DESTDIR)$(PREFIX)/share/man/man5/mxdp.conf.5 $(DESTDIR)$(UNITDIR)/mxdpd.service \
		$(DESTDIR)$(SYSUSERSDIR)/mxdp.conf
	$(if $(DESTDIR),,$(WITH_SYSTEMD) systemctl daemon-reload)

clean:
	rm -rf build build-sanitize build-fuzz

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
