#include "store/lmdb_file.h"

#include "base/memory.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* LMDB's table of readers, for as many as there are without mdb_env_set_maxreaders. */
enum { LOCK_SIZE = 8192 };

struct lmdb_file {
	struct lmdb_file *next;
	unsigned users;
	char *path;
	MDB_env *env;
	MDB_env *inherited; /* a parent's: it may be neither used nor closed */
	pid_t owner;	    /* of `env` */
};

static struct {
	pthread_mutex_t lock;
	struct lmdb_file *first;
	size_t file_max;
} files = { PTHREAD_MUTEX_INITIALIZER, NULL, LMDB_FILE_MAX };

/* ---- the library ---- */

struct lmdb_functions lmdb;
static const struct library_symbol symbols[] = { LMDB_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("liblmdb.so.0", "liblmdb0", symbols, lmdb);

bool lmdb_load(const char **why)
{
	return library_load(&library, why);
}

void lmdb_set_file_max(size_t bytes)
{
	files.file_max = bytes;
}

const char *lmdb_name_fault(struct text name)
{
	if (name.length == 0 || name.length > NAME_MAX - 8)
		return "write \"lmdb:NAME\": the name of a file in the folder of stores";
	for (uint32_t i = 0; i < name.length; i++)
		if (!byte_is_name(name.data[i]) && name.data[i] != '.' && name.data[i] != '-')
			return "the name of a store is made of letters, digits, point, _ and -";
	return name.data[0] == '.' ? "the name of a store does not begin with a point" : NULL;
}

/* ---- files ---- */

/* The table of readers is written through a map. */
static int reserve_lock(const char *path)
{
	char name[PATH_MAX];
	int fd, error;

	if (snprintf(name, sizeof(name), "%s-lock", path) >= PATH_MAX)
		return ENAMETOOLONG;
	fd = system_open(name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	error = system_reserve(fd, LOCK_SIZE) ? 0 : errno;
	close(fd);
	return error;
}

/* NOMETASYNC: after a crash of the system the last change may be missing, and all is whole. */
static int open_env(struct lmdb_file *file)
{
	int error = reserve_lock(file->path), dead;

	if (!error)
		error = lmdb.mdb_env_create(&file->env);
	if (error)
		return error;
	lmdb.mdb_env_set_mapsize(file->env, files.file_max);
	error = lmdb.mdb_env_open(file->env, file->path, MDB_NOSUBDIR | MDB_NOMETASYNC | MDB_NOTLS,
				  0600);
	if (error) {
		lmdb.mdb_env_close(file->env);
		file->env = NULL;
		return error;
	}
	file->owner = getpid();
	lmdb.mdb_reader_check(file->env, &dead);
	return 0;
}

MDB_env *lmdb_file_env(struct lmdb_file *file, const char **fault)
{
	MDB_env *env;
	int error = 0;

	pthread_mutex_lock(&files.lock);
	if (!file->env || file->owner != getpid()) {
		file->inherited = file->env ? file->env : file->inherited;
		file->env = NULL;
		error = open_env(file);
	}
	env = file->env;
	pthread_mutex_unlock(&files.lock);
	*fault = error ? lmdb.mdb_strerror(error) : NULL;
	return env;
}

static struct lmdb_file *new_file(const char *path)
{
	struct lmdb_file *file = memory_zeroed(1, sizeof(*file));

	if (!file)
		return NULL;
	file->path = memory_copy_string(path);
	if (!file->path) {
		memory_free(file);
		return NULL;
	}
	file->next = files.first;
	return files.first = file;
}

struct lmdb_file *lmdb_file_open(const char *path, const char **fault)
{
	struct lmdb_file *file;

	if (!lmdb_load(fault))
		return NULL;
	pthread_mutex_lock(&files.lock);
	file = files.first;
	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	if (!file)
		file = new_file(path);
	if (file)
		file->users++;
	pthread_mutex_unlock(&files.lock);
	*fault = file ? NULL : "there is no memory for it";
	return file;
}

static void unlink_file(struct lmdb_file *file)
{
	struct lmdb_file **link = &files.first;

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
}

void lmdb_file_close(struct lmdb_file *file)
{
	bool last;

	pthread_mutex_lock(&files.lock);
	last = --file->users == 0;
	if (last)
		unlink_file(file);
	pthread_mutex_unlock(&files.lock);
	if (!last)
		return;
	if (file->env && file->owner == getpid())
		lmdb.mdb_env_close(file->env);
	memory_free(file->path);
	memory_free(file);
}
