/* Private keys that scripts name by their file. */
#ifndef BUILTINS_PRIVATE_KEY_H
#define BUILTINS_PRIVATE_KEY_H

#include "authentication/crypto.h"
#include "vm/vm.h"

/* CALL_DONE with a key, to be given back by key_free(), or "key" raised. Files are read once, and
 * again when they have changed; whether they may be read is looked at each time. */
enum call_result private_key_of(struct call *call, struct text path, struct key **key);
/* How often a file was read, and forgets them all: for tests. */
unsigned private_keys_forget(void);

#endif
