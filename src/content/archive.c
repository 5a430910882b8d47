#include "content/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/buffer.h"
#include "base/library.h"
#include "base/memory.h"

#define ARCHIVE_FUNCTIONS(F)                                                                       \
	F(archive_read_new)                                                                        \
	F(archive_read_free)                                                                       \
	F(archive_read_open_memory)                                                                \
	F(archive_read_next_header)                                                                \
	F(archive_read_data)                                                                       \
	F(archive_read_has_encrypted_entries)                                                      \
	F(archive_format)                                                                          \
	F(archive_filter_count)                                                                    \
	F(archive_filter_code)                                                                     \
	F(archive_entry_pathname)                                                                  \
	F(archive_entry_pathname_utf8)                                                             \
	F(archive_entry_size)                                                                      \
	F(archive_entry_size_is_set)                                                               \
	F(archive_entry_is_encrypted)                                                              \
	F(archive_read_support_filter_bzip2)                                                       \
	F(archive_read_support_filter_compress)                                                    \
	F(archive_read_support_filter_gzip)                                                        \
	F(archive_read_support_filter_lzma)                                                        \
	F(archive_read_support_filter_xz)                                                          \
	F(archive_read_support_filter_zstd)                                                        \
	F(archive_read_support_format_7zip)                                                        \
	F(archive_read_support_format_cab)                                                         \
	F(archive_read_support_format_cpio)                                                        \
	F(archive_read_support_format_iso9660)                                                     \
	F(archive_read_support_format_lha)                                                         \
	F(archive_read_support_format_rar)                                                         \
	F(archive_read_support_format_rar5)                                                        \
	F(archive_read_support_format_raw)                                                         \
	F(archive_read_support_format_tar)                                                         \
	F(archive_read_support_format_zip)
static struct {
	ARCHIVE_FUNCTIONS(LIBRARY_POINTER)
} lib;
static const struct library_symbol symbols[] = { ARCHIVE_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libarchive.so.13", "libarchive13", symbols, lib);

bool archive_load(const char **why)
{
	return library_load(&library, why);
}

/* ---- formats ---- */

static const char *format_name(int format)
{
	static const struct {
		int format;
		const char *name;
	} names[] = {
		{ ARCHIVE_FORMAT_ZIP, "zip" },	   { ARCHIVE_FORMAT_7ZIP, "7zip" },
		{ ARCHIVE_FORMAT_TAR, "tar" },	   { ARCHIVE_FORMAT_RAR, "rar" },
		{ ARCHIVE_FORMAT_RAR_V5, "rar" },  { ARCHIVE_FORMAT_CAB, "cab" },
		{ ARCHIVE_FORMAT_ISO9660, "iso" }, { ARCHIVE_FORMAT_CPIO, "cpio" },
		{ ARCHIVE_FORMAT_LHA, "lha" },	   { ARCHIVE_FORMAT_RAW, "compressed" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((format & ARCHIVE_FORMAT_BASE_MASK) ==
		    (names[i].format & ARCHIVE_FORMAT_BASE_MASK))
			return names[i].name;
	return "";
}

/* Members of others may be compressed as one: passing one by decompresses it. */
static bool skips_freely(int format)
{
	return (format & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

static bool begins_with(struct text bytes, size_t at, struct text magic)
{
	return bytes.length >= at + magic.length &&
	       memcmp(bytes.data + at, magic.data, magic.length) == 0;
}

/* By their first bytes; 32774 of them for an image of a disk. */
static bool looks_like_archive(struct text bytes)
{
	return begins_with(bytes, 0, TEXT("PK\003\004")) ||
	       begins_with(bytes, 0, TEXT("PK\005\006")) ||
	       begins_with(bytes, 0, TEXT("7z\274\257\047\034")) ||
	       begins_with(bytes, 0, TEXT("Rar!\032\007")) ||
	       begins_with(bytes, 0, TEXT("\037\213")) || begins_with(bytes, 0, TEXT("\037\235")) ||
	       begins_with(bytes, 0, TEXT("BZh")) || begins_with(bytes, 0, TEXT("\3757zXZ\0")) ||
	       begins_with(bytes, 0, TEXT("\050\265\057\375")) ||
	       begins_with(bytes, 0, TEXT("MSCF")) || begins_with(bytes, 0, TEXT("07070")) ||
	       begins_with(bytes, 2, TEXT("-lh")) || begins_with(bytes, 257, TEXT("ustar")) ||
	       begins_with(bytes, 32769, TEXT("CD001"));
}

static struct archive *open_archive(struct text bytes)
{
	struct archive *archive = lib.archive_read_new();

	if (!archive)
		return NULL;
	lib.archive_read_support_filter_bzip2(archive);
	lib.archive_read_support_filter_compress(archive);
	lib.archive_read_support_filter_gzip(archive);
	lib.archive_read_support_filter_lzma(archive);
	lib.archive_read_support_filter_xz(archive);
	lib.archive_read_support_filter_zstd(archive);
	lib.archive_read_support_format_7zip(archive);
	lib.archive_read_support_format_cab(archive);
	lib.archive_read_support_format_cpio(archive);
	lib.archive_read_support_format_iso9660(archive);
	lib.archive_read_support_format_lha(archive);
	lib.archive_read_support_format_rar(archive);
	lib.archive_read_support_format_rar5(archive);
	lib.archive_read_support_format_raw(archive);
	lib.archive_read_support_format_tar(archive);
	lib.archive_read_support_format_zip(archive);
	if (lib.archive_read_open_memory(archive, bytes.data, bytes.length) == ARCHIVE_OK)
		return archive;
	lib.archive_read_free(archive);
	return NULL;
}

/* ---- the list ---- */

/* An archive that waits to be looked into. */
struct job {
	struct text bytes;
	char *owned;	  /* its memory; NULL for the outer one */
	struct text name; /* how it is called, with those around it */
	uint32_t depth;
	struct job *next;
};

struct listing {
	const struct archive_limits *limits;
	struct arena *arena;
	struct archive_listing *out;
	uint32_t room;
	uint64_t left; /* bytes that may still come out */
	struct job *jobs;
	bool ok; /* memory has not ended */
};

static void give_up(struct listing *listing)
{
	listing->out->anomalies |= ANOMALY_BIT(archiveTooLarge);
}

static struct archive_member *new_member(struct listing *listing)
{
	struct archive_listing *out = listing->out;
	uint32_t room = listing->room ? listing->room * 2 : 8;
	struct archive_member *grown;

	if (out->count < listing->room)
		return &out->members[out->count++];
	grown = arena_allocate(listing->arena, room * sizeof(*grown));
	listing->ok = listing->ok && grown;
	if (!grown)
		return NULL;
	if (out->count)
		memcpy(grown, out->members, out->count * sizeof(*grown));
	out->members = grown;
	listing->room = room;
	return &out->members[out->count++];
}

/* As UTF-8 when the archive says what it is in; else as the bytes are. */
static struct text member_name(struct archive_entry *entry)
{
	const char *name = lib.archive_entry_pathname_utf8(entry);

	if (!name)
		name = lib.archive_entry_pathname(entry);
	return text_of_string(name ? name : "", LIFETIME_EVENT);
}

static struct archive_member *add_member(struct listing *listing, const struct job *job,
					 struct archive_entry *entry)
{
	struct archive_member *member = new_member(listing);

	if (!member)
		return NULL;
	*member = (struct archive_member){
		.name = arena_copy(listing->arena, member_name(entry), &listing->ok),
		.within = job->name,
		.size = lib.archive_entry_size_is_set(entry) ? lib.archive_entry_size(entry) : -1,
		.encrypted = lib.archive_entry_is_encrypted(entry) > 0,
		.depth = job->depth,
	};
	listing->out->encrypted |= member->encrypted;
	return listing->ok ? member : NULL;
}

/* "a.zip/b.zip". */
static struct text joined_name(struct listing *listing, struct text outer, struct text inner)
{
	struct buffer name;
	struct text copy;

	if (outer.length == 0)
		return inner;
	buffer_init(&name, BUFFER_CAP_DEFAULT);
	buffer_append_text(&name, outer);
	buffer_append_byte(&name, '/');
	buffer_append_text(&name, inner);
	listing->ok = listing->ok && !name.failed;
	copy = arena_copy(listing->arena, buffer_text(&name), &listing->ok);
	buffer_free(&name);
	return copy;
}

/* Takes the bytes over. */
static void add_job(struct listing *listing, const struct job *outer,
		    const struct archive_member *member, struct buffer *bytes)
{
	struct job *job;

	if (outer->depth >= listing->limits->depth) {
		give_up(listing);
		buffer_free(bytes);
		return;
	}
	job = memory_zeroed(1, sizeof(*job));
	listing->ok = listing->ok && job;
	if (!job) {
		buffer_free(bytes);
		return;
	}
	*job = (struct job){ .bytes = buffer_text(bytes),
			     .owned = bytes->data,
			     .name = joined_name(listing, outer->name, member->name),
			     .depth = outer->depth + 1,
			     .next = listing->jobs };
	listing->jobs = job;
}

/* ---- one archive ---- */

enum { PIECE = 65536 };

/* Reads a member as far as it must be read: to count what comes out, and to keep it when it is an
 * archive itself. False when the archive cannot be read on. */
static bool read_member(struct listing *listing, struct archive *archive, bool skips,
			struct buffer *kept)
{
	char *piece = memory_allocate(PIECE);
	bool nested = false, first = true;
	la_ssize_t length = 0;

	listing->ok = listing->ok && piece;
	while (piece && (length = lib.archive_read_data(archive, piece, PIECE)) > 0) {
		if (first)
			nested = looks_like_archive(text_of(piece, (size_t)length, LIFETIME_EVENT));
		first = false;
		if ((uint64_t)length > listing->left) {
			listing->left = 0;
			give_up(listing);
			break;
		}
		listing->left -= (uint64_t)length;
		if (nested)
			buffer_append(kept, piece, (size_t)length);
		else if (skips)
			break;
	}
	memory_free(piece);
	if (length < 0)
		listing->out->anomalies |= ANOMALY_BIT(damagedArchive);
	return piece && length >= 0 && listing->left > 0;
}

static bool list_member(struct listing *listing, const struct job *job, struct archive *archive,
			struct archive_entry *entry)
{
	struct archive_member *member;
	struct buffer kept;
	bool goes_on;

	if (listing->out->count >= listing->limits->members) {
		give_up(listing);
		return false;
	}
	member = add_member(listing, job, entry);
	if (!member)
		return false;
	if (member->encrypted)
		return true;
	buffer_init(&kept, (size_t)listing->limits->bytes + 1);
	goes_on = read_member(listing, archive, skips_freely(lib.archive_format(archive)), &kept);
	listing->ok = listing->ok && !kept.failed;
	if (kept.length && listing->ok)
		add_job(listing, job, member, &kept);
	else
		buffer_free(&kept);
	return goes_on && listing->ok;
}

/* Bytes that no filter has changed and no format knows are no archive. */
static bool is_raw(struct archive *archive)
{
	return lib.archive_format(archive) == ARCHIVE_FORMAT_RAW &&
	       (lib.archive_filter_count(archive) < 2 ||
		lib.archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE);
}

static void list_members(struct listing *listing, const struct job *job, struct archive *archive)
{
	struct archive_entry *entry;
	int status;

	while ((status = lib.archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
	       status == ARCHIVE_WARN || status == ARCHIVE_RETRY) {
		if (status == ARCHIVE_RETRY || is_raw(archive))
			return;
		if (job->depth == 1)
			listing->out->format = format_name(lib.archive_format(archive));
		if (!list_member(listing, job, archive, entry))
			return;
	}
	if (lib.archive_read_has_encrypted_entries(archive) > 0)
		listing->out->encrypted = true;
	if (status != ARCHIVE_EOF && looks_like_archive(job->bytes))
		listing->out->anomalies |= ANOMALY_BIT(damagedArchive);
	if (job->depth == 1 && !*listing->out->format && looks_like_archive(job->bytes))
		listing->out->format = format_name(lib.archive_format(archive));
}

static void list_archive(struct listing *listing, const struct job *job)
{
	struct archive *archive = open_archive(job->bytes);

	if (archive) {
		list_members(listing, job, archive);
		lib.archive_read_free(archive);
	} else if (looks_like_archive(job->bytes)) {
		listing->out->anomalies |= ANOMALY_BIT(damagedArchive);
	}
}

static void free_job(struct job *job)
{
	memory_free(job->owned);
	memory_free(job);
}

bool archive_list(struct text bytes, const struct archive_limits *limits, struct arena *arena,
		  struct archive_listing *out)
{
	struct job whole = { .bytes = bytes, .name = TEXT_EMPTY, .depth = 1 };
	struct listing listing = {
		.limits = limits, .arena = arena, .out = out, .left = limits->bytes, .ok = true
	};

	*out = (struct archive_listing){ .format = "" };
	if (bytes.length && limits->depth && limits->bytes)
		list_archive(&listing, &whole);
	else if (bytes.length)
		give_up(&listing);
	while (listing.jobs) {
		struct job *job = listing.jobs;

		listing.jobs = job->next;
		if (listing.ok)
			list_archive(&listing, job);
		free_job(job);
	}
	return listing.ok;
}
