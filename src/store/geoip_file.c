#include "store/geoip_file.h"

#include "base/library.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { BETWEEN_LOOKS = 1000000, PATH_PARTS_MAX = 8, PART_MAX = 64, DATABASES_MAX = 64 };

/* ---- the library ---- */

#define MAXMINDDB_FUNCTIONS(F)                                                                     \
	F(MMDB_open) F(MMDB_close) F(MMDB_lookup_sockaddr) F(MMDB_aget_value) F(MMDB_strerror)

static struct {
	MAXMINDDB_FUNCTIONS(LIBRARY_POINTER)
} maxminddb;
static const struct library_symbol symbols[] = { MAXMINDDB_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libmaxminddb.so.0", "libmaxminddb0", symbols, maxminddb);

bool geoip_load(const char **why)
{
	return library_load(&library, why);
}

/* ---- open databases ---- */

struct content { /* of a file as it was once; whoever looks into it keeps it meanwhile */
	atomic_uint users;
	MMDB_s mmdb;
};

struct database {
	struct database *next;
	char *file;
	struct content *content;
	struct stat seen;
	int64_t next_look; /* clock_monotonic() */
};

static struct {
	pthread_mutex_t lock;
	struct database *first;
	unsigned count;
} databases = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void content_release(struct content *content)
{
	if (!content || atomic_fetch_sub(&content->users, 1) != 1)
		return;
	maxminddb.MMDB_close(&content->mmdb);
	memory_free(content);
}

static struct content *content_open(const char *file, const char **fault)
{
	struct content *content = memory_zeroed(1, sizeof(*content));
	int error;

	*fault = "there is no memory for it";
	if (!content)
		return NULL;
	atomic_init(&content->users, 1);
	error = maxminddb.MMDB_open(file, MMDB_MODE_MMAP, &content->mmdb);
	if (error == MMDB_SUCCESS)
		return content;
	*fault = error == MMDB_FILE_OPEN_ERROR ? strerror(errno) : maxminddb.MMDB_strerror(error);
	memory_free(content);
	return NULL;
}

/* Once a second at most; a bad file is tried again when it has changed. */
static void look_again(struct database *database, const char **fault)
{
	int64_t now = clock_monotonic();
	struct content *fresh;
	struct stat status;

	if (now < database->next_look)
		return;
	database->next_look = now + BETWEEN_LOOKS;
	if (stat(database->file, &status) < 0 || system_is_untouched(&database->seen, &status))
		return;
	database->seen = status;
	fresh = content_open(database->file, fault);
	if (!fresh) {
		log_line(LOG_LEVEL_WARNING, "%s is not read again: %s; the old one stays",
			 database->file, *fault);
		return;
	}
	log_line(LOG_LEVEL_INFO, "%s is read again", database->file);
	content_release(database->content);
	database->content = fresh;
}

static struct database *database_new(const char *file, const char **fault)
{
	struct database *database;

	*fault = "too many databases are open";
	if (databases.count == DATABASES_MAX)
		return NULL;
	database = memory_zeroed(1, sizeof(*database));
	*fault = "there is no memory for it";
	if (!database)
		return NULL;
	database->file = memory_copy_string(file);
	if (database->file && stat(file, &database->seen) == 0)
		database->content = content_open(file, fault);
	else if (database->file)
		*fault = strerror(errno);
	if (database->content) {
		database->next_look = clock_monotonic() + BETWEEN_LOOKS;
		database->next = databases.first;
		databases.count++;
		return databases.first = database;
	}
	memory_free(database->file);
	memory_free(database);
	return NULL;
}

static struct content *content_of(const char *file, const char **fault)
{
	struct database *database;
	struct content *content = NULL;

	pthread_mutex_lock(&databases.lock);
	for (database = databases.first; database; database = database->next)
		if (strcmp(database->file, file) == 0)
			break;
	if (database)
		look_again(database, fault);
	else
		database = database_new(file, fault);
	if (database) {
		content = database->content;
		atomic_fetch_add(&content->users, 1);
	}
	pthread_mutex_unlock(&databases.lock);
	return content;
}

/* ---- looking up ---- */

struct parts {
	char bytes[PATH_PARTS_MAX][PART_MAX];
	const char *path[PATH_PARTS_MAX + 1]; /* NULL at the end */
};

static bool split(struct text path, struct parts *parts)
{
	unsigned count = 0;

	for (size_t from = 0; from <= path.length; count++) {
		int64_t slash = text_find(path, TEXT("/"), from);
		size_t to = slash < 0 ? path.length : (size_t)slash, length = to - from;

		if (count == PATH_PARTS_MAX || length == 0 || length >= PART_MAX)
			return false;
		memcpy(parts->bytes[count], path.data + from, length);
		parts->bytes[count][length] = '\0';
		parts->path[count] = parts->bytes[count];
		from = to + 1;
	}
	parts->path[count] = NULL;
	return true;
}

static struct sockaddr_storage socket_address(struct ip ip)
{
	struct sockaddr_storage address = { .ss_family = ip_is_v4(ip) ? AF_INET : AF_INET6 };

	if (ip_is_v4(ip))
		memcpy(&((struct sockaddr_in *)&address)->sin_addr, ip.bytes + 12, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&address)->sin6_addr, ip.bytes, 16);
	return address;
}

static enum geoip_status print(const MMDB_entry_data_s *data, struct buffer *out)
{
	switch (data->type) {
	case MMDB_DATA_TYPE_UTF8_STRING:
		buffer_append(out, data->utf8_string, data->data_size);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_UINT16:
		buffer_printf(out, "%u", (unsigned)data->uint16);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_UINT32:
		buffer_printf(out, "%u", data->uint32);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_INT32:
		buffer_printf(out, "%d", data->int32);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_UINT64:
		buffer_printf(out, "%llu", (unsigned long long)data->uint64);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_DOUBLE:
		buffer_printf(out, "%.10g", data->double_value);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_FLOAT:
		buffer_printf(out, "%.6g", (double)data->float_value);
		return GEOIP_FOUND;
	case MMDB_DATA_TYPE_BOOLEAN:
		buffer_append_string(out, data->boolean ? "yes" : "no");
		return GEOIP_FOUND;
	default:
		return GEOIP_NO_VALUE;
	}
}

static enum geoip_status fail(int error, const char **fault)
{
	*fault = maxminddb.MMDB_strerror(error);
	return GEOIP_FAILED;
}

static enum geoip_status find_in(MMDB_s *mmdb, struct ip ip, const char *const *path,
				 struct buffer *out, const char **fault)
{
	struct sockaddr_storage address = socket_address(ip);
	int error = MMDB_SUCCESS;
	MMDB_entry_data_s data;
	MMDB_lookup_result_s result =
		maxminddb.MMDB_lookup_sockaddr(mmdb, (const struct sockaddr *)&address, &error);

	if (error == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
		return GEOIP_UNKNOWN;
	if (error != MMDB_SUCCESS)
		return fail(error, fault);
	if (!result.found_entry)
		return GEOIP_UNKNOWN;
	error = maxminddb.MMDB_aget_value(&result.entry, &data, path);
	if (error == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR ||
	    error == MMDB_INVALID_LOOKUP_PATH_ERROR)
		return GEOIP_UNKNOWN;
	if (error != MMDB_SUCCESS)
		return fail(error, fault);
	return data.has_data ? print(&data, out) : GEOIP_UNKNOWN;
}

enum geoip_status geoip_find(const char *file, struct ip address, struct text path,
			     struct buffer *out, const char **fault)
{
	struct parts parts;
	struct content *content;
	enum geoip_status status;

	if (ip_is_none(address) || !split(path, &parts))
		return GEOIP_UNKNOWN;
	content = content_of(file, fault);
	if (!content)
		return GEOIP_FAILED;
	status = find_in(&content->mmdb, address, parts.path, out, fault);
	content_release(content);
	return status;
}
