/* Files of LMDB, loaded and opened when first used. A file is opened once in a process, whoever
 * uses it, and again in a child: what was open before a fork is the parent's. */
#ifndef STORE_LMDB_FILE_H
#define STORE_LMDB_FILE_H

#include "base/library.h"
#include "base/text.h"

#include <lmdb.h>

#define LMDB_FUNCTIONS(F)                                                                          \
	F(mdb_env_create)                                                                          \
	F(mdb_env_set_mapsize)                                                                     \
	F(mdb_env_info)                                                                            \
	F(mdb_env_open)                                                                            \
	F(mdb_env_close)                                                                           \
	F(mdb_txn_begin)                                                                           \
	F(mdb_txn_commit)                                                                          \
	F(mdb_txn_abort)                                                                           \
	F(mdb_dbi_open)                                                                            \
	F(mdb_stat)                                                                                \
	F(mdb_get)                                                                                 \
	F(mdb_put)                                                                                 \
	F(mdb_del)                                                                                 \
	F(mdb_cursor_open)                                                                         \
	F(mdb_cursor_get)                                                                          \
	F(mdb_cursor_close)                                                                        \
	F(mdb_reader_check)                                                                        \
	F(mdb_strerror)

struct lmdb_functions {
	LMDB_FUNCTIONS(LIBRARY_POINTER)
};

extern struct lmdb_functions lmdb;

/* False with a sentence in *why. All else comes after it. */
bool lmdb_load(const char **why);

/* NULL, or what is wrong with the name of a file of a store. */
const char *lmdb_name_fault(struct text name);

/* A file never grows beyond this; for tests it can be made smaller. */
#define LMDB_FILE_MAX ((size_t)1 << 30)
void lmdb_set_file_max(size_t bytes);

struct lmdb_file;

/* A file that may be written, and is made when it is not there. NULL with the reason in *fault. */
struct lmdb_file *lmdb_file_open(const char *path, const char **fault);
void lmdb_file_close(struct lmdb_file *file);
/* Its environment in this process; NULL with the reason in *fault. */
MDB_env *lmdb_file_env(struct lmdb_file *file, const char **fault);

#endif
