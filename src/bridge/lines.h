/* The shape of aximilter.conf: a setting is a line, its name and its values; a block is a line that
 * ends in "{" and the lines up to "}". */
#ifndef BRIDGE_LINES_H
#define BRIDGE_LINES_H

#include "service/config.h"

/* As config_read(). One value is a text, several are a set; a block is an object, and what stands
 * before its brace is its entry "address". */
struct config_value *lines_read(uint32_t source, struct arena *arena,
				struct diagnostics *diagnostics);

#endif
