/* libmilter as the tests want it: it writes down what it is told. */
#ifndef TEST_FAKE_MILTER_H
#define TEST_FAKE_MILTER_H

#include <libmilter/mfapi.h>

#include "base/buffer.h"

struct fake {
	struct smfiDesc callbacks; /* as registered */
	struct buffer log;
	int fail_after; /* calls until one fails; negative: none fails */
	void *private_data;
	const char *macros[32]; /* names and values, NULL at the end */
	int (*serve)(void);	/* what smfi_main does */
	int stopped;
};
extern struct fake fake;

void fake_reset(void);
const char *fake_log(void);

#endif
