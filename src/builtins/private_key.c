#include "builtins/private_key.h"

#include "base/memory.h"
#include "base/system.h"
#include "builtins/key_file.h"
#include "builtins/mail_call.h"

#include <pthread.h>
#include <unistd.h>

enum { KEYS_MOST = 64 };

/* Keys of files; the one that was read last is the last. */
static struct {
	pthread_mutex_t lock;
	struct kept_key {
		char *path;
		struct stat facts;
		struct key *key;
	} keys[KEYS_MOST];
	unsigned count, read;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- with the lock held ---- */

static struct kept_key *find(struct text path)
{
	for (unsigned i = 0; i < kept.count; i++)
		if (text_equals_string(path, kept.keys[i].path))
			return &kept.keys[i];
	return NULL;
}

static void forget(struct kept_key *one)
{
	memory_free(one->path);
	key_free(one->key);
	kept.count--;
	memmove(one, one + 1, (size_t)(&kept.keys[kept.count] - one) * sizeof(*one));
}

/* One that cannot be kept is read again. */
static void keep(struct text path, const struct stat *facts, struct key *key)
{
	char *copy = memory_allocate((size_t)path.length + 1);

	if (!copy)
		return;
	memcpy(copy, path.data, path.length);
	copy[path.length] = '\0';
	if (kept.count == KEYS_MOST)
		forget(&kept.keys[0]);
	kept.keys[kept.count++] = (struct kept_key){ copy, *facts, key_keep(key) };
}

/* ---- reading ---- */

/* False when memory has ended; of nothing there is no key. */
static bool parse(struct buffer *pem, struct key **key)
{
	bool ok = !pem->failed && (pem->length == 0 || key_private(buffer_text(pem), key));

	if (pem->data)
		explicit_bzero(pem->data, pem->room);
	buffer_free(pem);
	return ok;
}

static const char *read_file(struct text path, int fd, const struct stat *facts, struct key **key)
{
	struct buffer pem;
	const char *fault;

	buffer_init(&pem, BUFFER_CAP_DEFAULT);
	kept.read++;
	fault = key_file_read(fd, facts, &pem);
	if (!parse(&pem, key))
		return "memory has ended";
	if (*key && !fault)
		keep(path, facts, *key);
	return fault;
}

static const char *live_key(struct text path, struct key **key)
{
	struct kept_key *found;
	struct stat facts;
	const char *fault;
	int fd;

	fault = key_file_open(path, &fd, &facts);
	if (fault)
		return fault;
	pthread_mutex_lock(&kept.lock);
	found = find(path);
	if (found && system_is_untouched(&found->facts, &facts)) {
		*key = key_keep(found->key);
	} else {
		if (found)
			forget(found);
		fault = read_file(path, fd, &facts, key);
	}
	pthread_mutex_unlock(&kept.lock);
	close(fd);
	return fault;
}

/* That of a test, or why there is none. */
static const char *outside_key(struct context *context, struct text path, struct key **key)
{
	struct buffer pem;
	const char *fault;

	buffer_init(&pem, BUFFER_CAP_DEFAULT);
	fault = context->outside->private_key(context->outside_argument, path, &pem);
	return parse(&pem, key) ? fault : "memory has ended";
}

enum call_result private_key_of(struct call *call, struct text path, struct key **key)
{
	struct context *context = context_of(call);
	const char *fault;

	*key = NULL;
	fault = context->outside->private_key ? outside_key(context, path, key)
					      : live_key(path, key);
	if (!fault && !*key)
		fault = "it holds no private key of RSA or Ed25519 in PEM";
	if (!fault)
		return CALL_DONE;
	key_free(*key);
	*key = NULL;
	return call_raise(call, "key", 0, false, "the key %.*s: %s", TEXT_PRINTF(path), fault);
}

unsigned private_keys_forget(void)
{
	unsigned read;

	pthread_mutex_lock(&kept.lock);
	while (kept.count)
		forget(&kept.keys[kept.count - 1]);
	read = kept.read;
	kept.read = 0;
	pthread_mutex_unlock(&kept.lock);
	return read;
}
