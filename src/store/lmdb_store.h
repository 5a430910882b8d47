/* Shared variables in files of LMDB: they survive a restart and a kill. The map of a file is
 * bounded (store/lmdb_file.h), and a full one is a failure. */
#ifndef STORE_LMDB_STORE_H
#define STORE_LMDB_STORE_H

#include "store/backend.h"

/* Where files are; NULL: nowhere, and nothing is opened. False when it is too long. */
bool lmdb_set_folder(const char *name);

#endif
