#include "authentication/dkim_canon.h"

const char *dkim_canon_name(enum dkim_canon canon)
{
	return canon == DKIM_SIMPLE ? "simple" : "relaxed";
}

/* Gathers bytes, so that the hash is not called for each. */
struct sink {
	struct digest *digest;
	size_t used;
	char bytes[1024];
};

static void sink_flush(struct sink *sink)
{
	digest_add(sink->digest, sink->bytes, sink->used);
	sink->used = 0;
}

static void sink_add(struct sink *sink, char byte)
{
	if (sink->used == sizeof(sink->bytes))
		sink_flush(sink);
	sink->bytes[sink->used++] = byte;
}

static void sink_end_line(struct sink *sink)
{
	sink_add(sink, '\r');
	sink_add(sink, '\n');
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* ---- header fields ---- */

static void add_simple(struct sink *sink, struct text name, struct text raw)
{
	for (size_t i = 0; i < name.length; i++)
		sink_add(sink, name.data[i]);
	sink_add(sink, ':');
	for (size_t i = 0; i < raw.length; i++) {
		if (raw.data[i] == '\n' && (i == 0 || raw.data[i - 1] != '\r'))
			sink_add(sink, '\r');
		sink_add(sink, raw.data[i]);
	}
}

static void add_relaxed(struct sink *sink, struct text name, struct text raw)
{
	bool blank = false, any = false;

	name = text_trim(name);
	for (size_t i = 0; i < name.length; i++)
		sink_add(sink, byte_lower(name.data[i]));
	sink_add(sink, ':');
	for (size_t i = 0; i < raw.length; i++) {
		char byte = raw.data[i];

		if (is_blank(byte))
			blank = true;
		if (is_blank(byte) || byte == '\n' ||
		    (byte == '\r' && (i + 1 == raw.length || raw.data[i + 1] == '\n')))
			continue;
		if (blank && any)
			sink_add(sink, ' ');
		sink_add(sink, byte);
		any = true;
		blank = false;
	}
}

void dkim_canon_header(struct digest *digest, enum dkim_canon canon, struct text name,
		       struct text raw, bool last)
{
	struct sink sink;

	sink.digest = digest;
	sink.used = 0;

	if (canon == DKIM_SIMPLE)
		add_simple(&sink, name, raw);
	else
		add_relaxed(&sink, name, raw);
	if (!last)
		sink_end_line(&sink);
	sink_flush(&sink);
}

/* ---- bodies ---- */

bool dkim_body_init(struct dkim_body *body, enum dkim_canon canon, uint64_t limit)
{
	*body = (struct dkim_body){ .digest = digest_new(), .canon = canon, .limit = limit };
	return body->digest != NULL;
}

void dkim_body_free(struct dkim_body *body)
{
	digest_free(body->digest);
	body->digest = NULL;
}

static void put(struct dkim_body *body, struct sink *sink, char byte)
{
	if (body->length++ < body->limit)
		sink_add(sink, byte);
}

/* A byte that is no line end and, relaxed, no blank: what was held back comes before it. */
static void put_content(struct dkim_body *body, struct sink *sink, char byte)
{
	for (; body->lines; body->lines--) {
		put(body, sink, '\r');
		put(body, sink, '\n');
	}
	if (body->blank_held)
		put(body, sink, ' ');
	body->blank_held = false;
	body->any = true;
	put(body, sink, byte);
}

static void put_byte(struct dkim_body *body, struct sink *sink, char byte)
{
	if (body->return_held && byte != '\n')
		put_content(body, sink, '\r');
	body->return_held = byte == '\r';
	if (byte == '\n') {
		body->blank_held = false;
		body->lines++;
	} else if (body->canon == DKIM_RELAXED && is_blank(byte)) {
		body->blank_held = true;
	} else if (byte != '\r') {
		put_content(body, sink, byte);
	}
}

void dkim_body_add(struct dkim_body *body, struct text piece)
{
	struct sink sink;

	sink.digest = body->digest;
	sink.used = 0;

	for (size_t i = 0; i < piece.length; i++)
		put_byte(body, &sink, piece.data[i]);
	sink_flush(&sink);
}

/* One line end ends the body, whatever stood there; an empty body has one when it is simple, and
 * none when relaxed. */
void dkim_body_end(struct dkim_body *body, uint8_t hash[SHA256_LENGTH])
{
	struct sink sink;

	sink.digest = body->digest;
	sink.used = 0;

	if (body->return_held)
		put_content(body, &sink, '\r');
	if (body->any || body->canon == DKIM_SIMPLE) {
		put(body, &sink, '\r');
		put(body, &sink, '\n');
	}
	sink_flush(&sink);
	digest_end(body->digest, hash);
}
