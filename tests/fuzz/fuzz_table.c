/* A table's file, read as each kind of table. */
#include "fuzz.h"

#include "store/rows.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void read_as(const uint8_t *bytes, size_t size, enum table_key key, bool keyed)
{
	static const struct span nowhere;
	struct diagnostics *diagnostics = calloc(1, sizeof(*diagnostics));
	int fd = memfd_create("table", MFD_CLOEXEC);
	struct rows *rows = NULL;
	struct text item;

	if (diagnostics && fd >= 0 && write(fd, bytes, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0) {
		diagnostics_init(diagnostics);
		rows = rows_read(fd, "table", key, keyed, nowhere, diagnostics);
		if (rows && (key == TABLE_IP || key == TABLE_NET))
			rows_find_ip(rows, (struct ip){ .bytes = { [10] = 0xff, 0xff, 10, 1, 2, 3 } }, &item);
		if (rows && key == TABLE_TEXT)
			rows_find_text(rows, TEXT("key"), &item);
		rows_release(rows);
		diagnostics_free(diagnostics);
	}
	if (fd >= 0)
		close(fd);
	free(diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (enum table_key key = TABLE_TEXT; key <= TABLE_REGEX; key++) {
		read_as(bytes, size, key, true);
		read_as(bytes, size, key, false);
	}
	return 0;
}
