/* Gives a fuzz target the files of a corpus, one after the other, without libFuzzer: for CI, and
 * for any compiler.
 *
 *     fuzz_NAME FILE-OR-FOLDER... */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static size_t count;

static int replay(const char *path, const struct stat *status, int type, struct FTW *where)
{
	size_t size = (size_t)status->st_size;
	uint8_t *bytes;
	FILE *file;

	(void)where;
	if (type != FTW_F)
		return 0;
	file = fopen(path, "rb");
	bytes = malloc(size + 1);
	if (!file || !bytes || fread(bytes, 1, size, file) != size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	/* Exactly as large as the file, so that a byte too far is seen. */
	bytes = realloc(bytes, size ? size : 1);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	count++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], replay, 20, FTW_PHYS) != 0) {
			perror(argv[i]);
			return 1;
		}
	printf("%zu passed, 0 failed\n", count);
	return count == 0;
}
