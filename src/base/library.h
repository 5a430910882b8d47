/* Heavy libraries, loaded when a script first uses them: a program that needs none of them starts
 * fast, stays small and runs where they are not installed.
 *
 * Who uses one lists its functions once, and calls them through the pointers:
 *
 *	#define MAXMINDDB_FUNCTIONS(F) F(MMDB_open) F(MMDB_close)
 *	static struct { MAXMINDDB_FUNCTIONS(LIBRARY_POINTER) } maxminddb;
 *	static const struct library_symbol symbols[] = { MAXMINDDB_FUNCTIONS(LIBRARY_SYMBOL) };
 *	static struct library library = LIBRARY("libmaxminddb.so.0", "libmaxminddb0", symbols,
 *maxminddb);
 *	...
 *	if (!library_load(&library, &why))
 *		return ...;
 *	maxminddb.MMDB_open(path, ...);
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_symbol {
	const char *name;
};

struct library {
	const char *file;    /* as the loader knows it: "libmaxminddb.so.0" */
	const char *package; /* Debian's package that brings it, for the message */
	const struct library_symbol *symbols;
	size_t count;
	void **pointers; /* one for each symbol, in their order */
	void *handle;	 /* NULL until loaded */
};

#define LIBRARY_POINTER(function) __typeof__(&function) function;
#define LIBRARY_SYMBOL(function)  { #function },
#define LIBRARY(file_name, package_name, symbol_list, pointer_struct)                              \
	{                                                                                          \
		.file = (file_name), .package = (package_name), .symbols = (symbol_list),          \
		.count = sizeof(symbol_list) / sizeof((symbol_list)[0]),                           \
		.pointers = (void **)&(pointer_struct)                                             \
	}

/* Loads the library and fills the pointers, once; later calls cost a look. From any thread. False
 * with a sentence in *why (which stays valid) when the library or one of its functions is not
 * there. It is never unloaded. */
bool library_load(struct library *library, const char **why);

/* None that is not loaded yet is found, as on a machine without them. Only for tests; process-wide. */
void library_hide(bool hidden);

#endif
