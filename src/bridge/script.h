/* filters/aximilter.afsl and what it uses, as they were when the program was built. */
#ifndef BRIDGE_SCRIPT_H
#define BRIDGE_SCRIPT_H

#include "afsl.h"

/* The script itself, then what is found by `use`. */
enum { SCRIPT_COUNT = 3 };
void scripts_get(struct afsl_source scripts[SCRIPT_COUNT]);

#endif
