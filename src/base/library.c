#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local char reason[256];
static bool hidden;

/* The first symbol that is missing, or NULL: dlsym gives object pointers, which POSIX lets hold
 * functions. */
static const char *fill(struct library *library, void *handle)
{
	for (size_t i = 0; i < library->count; i++) {
		library->pointers[i] = dlsym(handle, library->symbols[i].name);
		if (library->pointers[i] == NULL)
			return library->symbols[i].name;
	}
	return NULL;
}

static bool load(struct library *library)
{
	void *handle = hidden ? NULL : dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	const char *missing;

	if (handle == NULL) {
		snprintf(reason, sizeof(reason), "%s is not installed: install the package %s",
			 library->file, library->package);
		return false;
	}
	missing = fill(library, handle);
	if (missing != NULL) {
		snprintf(reason, sizeof(reason),
			 "%s has no %s: a newer version of the package %s is needed", library->file,
			 missing, library->package);
		dlclose(handle);
		return false;
	}
	__atomic_store_n(&library->handle, handle, __ATOMIC_RELEASE);
	return true;
}

bool library_load(struct library *library, const char **why)
{
	bool loaded = __atomic_load_n(&library->handle, __ATOMIC_ACQUIRE) != NULL;

	if (loaded)
		return true;
	pthread_mutex_lock(&loading);
	loaded = library->handle != NULL || load(library);
	pthread_mutex_unlock(&loading);
	*why = loaded ? NULL : reason;
	return loaded;
}

void library_hide(bool hide)
{
	hidden = hide;
}
