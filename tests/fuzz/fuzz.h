/* What a fuzz target gives: one file fuzz_NAME.c for each untrusted input, with a dictionary
 * NAME.dict and a corpus corpus/NAME. libFuzzer calls it with bytes of its own making, replay.c
 * with the files of a corpus. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Always 0. What is wrong ends the process: a sanitizer's report, an assert, abort(). */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* mutate_NAME.c, where a target knows more of its input than that it is bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

#endif
