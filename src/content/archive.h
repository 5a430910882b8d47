/* What an archive holds: names alone, nothing is written anywhere. By libarchive, loaded on first
 * use. */
#ifndef CONTENT_ARCHIVE_H
#define CONTENT_ARCHIVE_H

#include "base/arena.h"
#include "content/anomaly.h"

struct archive_member {
	struct text name; /* with its folders, as the archive has it */
	struct text
		within; /* the archive within that holds it, "a.zip/b.zip"; "" for the outer one */
	int64_t size;	/* as the archive says; -1: it does not */
	bool encrypted;
	uint32_t depth; /* 1: of the outer archive */
};

struct archive_listing {
	const char *format; /* "zip", "7zip", "rar", "tar", ...; "" when it is no archive */
	struct archive_member *members;
	uint32_t count;
	bool encrypted;	       /* one of them, or the list of names itself */
	anomaly_set anomalies; /* damagedArchive, archiveTooLarge */
};

/* 0 allows nothing. */
struct archive_limits {
	uint32_t members, depth;
	uint64_t bytes; /* that come out of decompression, of all levels together */
};

/* False with a sentence in *why. */
bool archive_load(const char **why);
/* Archives within are known by their first bytes, and looked into up to `limits->depth` levels.
 * False when memory has ended; archive_load() must have been called. */
bool archive_list(struct text bytes, const struct archive_limits *limits, struct arena *arena,
		  struct archive_listing *out);

#endif
