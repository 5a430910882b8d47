/* Message files that a client names: opened inside the spool folder, or not at all. */
#ifndef BRIDGE_MESSAGE_FILE_H
#define BRIDGE_MESSAGE_FILE_H

#include "base/text.h"

/* A descriptor of a plain file, or -1 with `why` (never NULL then). The name is absolute and begins
 * with the folder, or starts there. Nothing outside the folder is opened, whatever the name says
 * and whatever lies there: no "..", no symbolic links, no other file systems on the way. */
int message_file_open(const char *folder, struct text name, const char **why);

#endif
