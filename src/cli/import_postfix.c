/* Postfix: access(5) maps as text, CIDR or patterns, and header_checks(5). */
#include "cli/import.h"

#include "base/ip.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what any of them may need ---- */

static bool file_mentions(const struct importer *importer, const char *word)
{
	return text_find_ignoring_case(importer->rest, text_of_string(word, LIFETIME_EVENT), 0) >=
	       0;
}

/* Recipients are replaced when all of them are known. */
static void write_redirection(struct importer *importer)
{
	import_write(importer, "message var redirectTo: text;");
	import_gap(importer);
	import_open(importer, "event onDataReceived");
	import_open(importer, "if (redirectTo != \"\")");
	import_open(importer, "for (recipient in recipients)");
	import_write(importer, "discardRcpt(recipient);");
	import_close(importer);
	import_write(importer, "addRcpt(redirectTo);");
	import_close(importer);
	import_close(importer);
	import_gap(importer);
}

static void write_parts(struct importer *importer)
{
	import_gap(importer);
	if (file_mentions(importer, "REDIRECT"))
		write_redirection(importer);
}

static bool is_pattern_file(struct importer *importer)
{
	struct importer look = *importer;
	struct import_line line;
	bool pattern;

	buffer_init(&look.joined, BUFFER_CAP_DEFAULT);
	pattern = import_next(&look, CONTINUED_BY_BLANK, &line) &&
		  (line.text.data[0] == '/' || line.text.data[0] == '!' ||
		   import_take(&line.text, "if"));
	import_free(importer, &look.joined);
	return pattern;
}

static void write_patterns(struct importer *importer, const char *subject, enum import_place place)
{
	struct import_line line;

	while (import_next(importer, CONTINUED_BY_BLANK, &line))
		import_pattern_rule(importer, &line, subject, place);
	while (importer->depth > 1)
		import_close(importer);
}

/* ---- header_checks ---- */

static void write_header_checks(struct importer *importer)
{
	bool passes = file_mentions(importer, "PASS"),
	     replaces = file_mentions(importer, "REPLACE");

	write_parts(importer);
	if (passes) {
		import_write(importer, "message var passed: bool;");
		import_gap(importer);
	}
	if (replaces) {
		import_write(importer, "# The field at hand becomes \"Name: value\".");
		import_open(importer, "function replaceField(field: text)");
		import_write(importer, "var name = before(field, \":\");");
		import_write(importer, "var value = trim(after(field, \":\"));");
		import_open(importer, "if (lower(name) == lower(headerName))");
		import_write(importer,
			     "changeHeader(headerName, headers.headerCount(headerName), value);");
		importer->depth--;
		import_open(importer, "} else");
		import_write(importer,
			     "changeHeader(headerName, headers.headerCount(headerName), \"\");");
		import_write(importer, "addHeader(name, value);");
		import_close(importer);
		import_close(importer);
		import_gap(importer);
	}
	import_open(importer, "event onHeader");
	if (passes) {
		import_open(importer, "if (passed)");
		import_write(importer, "return;");
		import_close(importer);
	}
	import_write(importer, "var field = \"%%headerName%%:%%headerRaw%%\";");
	write_patterns(importer, "field", PLACE_HEADER);
	import_close(importer);
}

const struct import_format import_postfix_header_checks = {
	"postfix-header-checks", "header_checks(5) of type regexp or pcre", write_header_checks
};

/* ---- access ---- */

/* What a map is asked about. The client and HELO are looked at with the first message, as Postfix
 * does when it delays its refusals. */
static const struct fact {
	const char *name;
	const char *event;
	const char *variable;
	bool is_address; /* a mail address, else a host */
} facts[] = {
	{ "client", "onMailFrom", "remoteSmtpHost", false },
	{ "helo", "onMailFrom", "ehloHost", false },
	{ "sender", "onMailFrom", "mailFrom", true },
	{ "recipient", "onRcptTo", "rcptTo", true },
};

static const struct fact *fact_find(const char *name)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (strcmp(facts[i].name, name) == 0)
			return facts + i;
	return NULL;
}

/* The order in which Postfix asks a map: the more exact key first. */
enum key_class { KEY_WHOLE, KEY_DOMAIN, KEY_PART, KEY_NETWORK, KEY_NULL, KEY_WRONG };

struct entry {
	struct import_line line; /* its text copied */
	struct text key, action;
	enum key_class class;
	size_t order;
};

static bool is_network(struct text key)
{
	bool digits = key.length > 0;

	for (size_t i = 0; i < key.length; i++) {
		if (key.data[i] == ':' || key.data[i] == '/')
			return true;
		digits &= byte_is_digit(key.data[i]) || key.data[i] == '.';
	}
	return digits;
}

static enum key_class class_of(const struct fact *fact, struct text key)
{
	if (text_equals(key, TEXT("<>")))
		return fact->is_address ? KEY_NULL : KEY_WRONG;
	if (!fact->is_address)
		return is_network(key) ? KEY_NETWORK : KEY_DOMAIN;
	if (key.length && key.data[key.length - 1] == '@')
		return KEY_PART;
	return text_contains_byte(key, '@') ? KEY_WHOLE : KEY_DOMAIN;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	if (one->class != other->class)
		return one->class < other->class ? -1 : 1;
	if (one->key.length != other->key.length)
		return one->key.length > other->key.length ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

/* "192.0.2" is 192.0.2.0/24; addresses and CIDR ranges are themselves. False for what is none. */
static bool write_network(struct text key, char range[64])
{
	static const char *const rest[] = { "", ".0.0.0/8", ".0.0/16", ".0/24" };
	unsigned dots = 0;
	char bytes[64];

	if (key.length >= sizeof(bytes) - 16)
		return false;
	snprintf(bytes, sizeof(bytes), "%.*s", TEXT_PRINTF(key));
	if (strchr(bytes, ':') || strchr(bytes, '/')) {
		snprintf(range, 64, "%s", bytes);
		return true;
	}
	if (bytes[strlen(bytes) - 1] == '.')
		bytes[strlen(bytes) - 1] = '\0';
	for (const char *at = bytes; *at; at++)
		dots += *at == '.';
	snprintf(range, 64, "%s%s", bytes, dots < 3 ? rest[dots + 1] : "");
	return dots <= 3;
}

static bool write_key(const struct fact *fact, const struct entry *entry, struct buffer *condition)
{
	char range[64];
	struct net net;

	switch (entry->class) {
	case KEY_WHOLE:
		buffer_printf(condition, "lower(%s) == ", fact->variable);
		break;
	case KEY_DOMAIN:
		buffer_printf(condition, "isIn(%s, ", fact->is_address ? "domain" : fact->variable);
		break;
	case KEY_PART:
		buffer_printf(condition, "lower(beforeLast(%s, \"@\")) == ", fact->variable);
		break;
	case KEY_NULL:
		buffer_printf(condition, "%s == \"\"", fact->variable);
		return true;
	case KEY_NETWORK:
		if (!write_network(entry->key, range) ||
		    !net_parse(text_of_string(range, LIFETIME_EVENT), false, &net))
			return false;
		buffer_printf(
			condition,
			"connectionFamily.startsWith(\"inet\") and remoteSmtpIp in net(\"%s\")",
			range);
		return true;
	default:
		return false;
	}
	import_quote(condition,
		     text_part(entry->key, 0, entry->key.length - (entry->class == KEY_PART)),
		     false);
	buffer_append_string(condition, entry->class == KEY_DOMAIN ? ")" : "");
	return true;
}

static void write_entry(struct importer *importer, const struct fact *fact,
			const struct entry *entry)
{
	struct buffer condition;

	buffer_init(&condition, BUFFER_CAP_DEFAULT);
	import_name_line(importer, &entry->line);
	if (!write_key(fact, entry, &condition)) {
		import_leave_out(importer, &entry->line, "\"%.*s\" is no key of a map for the %s",
				 TEXT_PRINTF(entry->key), fact->name);
	} else {
		import_open(importer, "if (%.*s)", (int)condition.length, condition.data);
		import_action(importer, &entry->line, entry->action, PLACE_ENVELOPE);
		import_close(importer);
	}
	import_free(importer, &condition);
}

/* Keys are looked for without regard to case. */
static bool copy_entry(struct entry *entry, const struct import_line *line, const struct fact *fact)
{
	size_t length = line->text.length;
	char *copy = memory_allocate(2 * length + 1);
	struct text rest, key;

	if (!copy)
		return false;
	memcpy(copy, line->text.data, length);
	entry->line = (struct import_line){ line->number, text_of(copy, length, LIFETIME_EVENT) };
	rest = entry->line.text;
	key = import_word(&rest);
	for (size_t i = 0; i < key.length; i++)
		copy[length + i] = byte_lower(key.data[i]);
	entry->key = text_of(copy + length, key.length, LIFETIME_EVENT);
	entry->action = text_trim(rest);
	entry->class = class_of(fact, entry->key);
	return true;
}

static struct entry *read_entries(struct importer *importer, const struct fact *fact, size_t *count)
{
	struct entry *entries = NULL, *grown;
	struct import_line line;
	size_t room = 0;

	*count = 0;
	while (import_next(importer, CONTINUED_BY_BLANK, &line)) {
		if (*count == room) {
			room = room ? 2 * room : 64;
			grown = memory_resize(entries, room * sizeof(*entries));
			importer->out.failed |= !grown;
			if (!grown)
				break;
			entries = grown;
		}
		entries[*count].order = *count;
		if (copy_entry(entries + *count, &line, fact))
			++*count;
		else
			importer->out.failed = true;
	}
	return entries;
}

/* A map of CIDR ranges is gone through from its top; any other is asked by key. */
static bool is_cidr_map(const struct entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].class != KEY_NETWORK)
			return false;
	for (size_t i = 0; i < count; i++)
		if (text_contains_byte(entries[i].key, '/'))
			return true;
	return false;
}

static void write_is_in(struct importer *importer)
{
	import_write(importer, "# The domain itself and what lies below it; with a dot before it, "
			       "what lies below it alone.");
	import_open(importer, "function isIn(name: text, domain: text) -> bool");
	import_write(importer, "var host = lower(name);");
	import_write(importer, "return host == domain or host.endsWith(domain.startsWith(\".\") ? "
			       "domain : \".%%domain%%\");");
	import_close(importer);
	import_gap(importer);
}

static bool has_class(const struct entry *entries, size_t count, enum key_class class)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].class == class)
			return true;
	return false;
}

static void write_map(struct importer *importer, const struct fact *fact)
{
	size_t count;
	struct entry *entries = read_entries(importer, fact, &count);
	bool domains = has_class(entries, count, KEY_DOMAIN);

	if (count && !is_cidr_map(entries, count))
		qsort(entries, count, sizeof(*entries), compare_entries);
	if (domains)
		write_is_in(importer);
	import_open(importer, "event %s", fact->event);
	if (domains && fact->is_address)
		import_write(importer, "var domain = afterLast(%s, \"@\");", fact->variable);
	for (size_t i = 0; i < count; i++)
		write_entry(importer, fact, entries + i);
	import_close(importer);
	for (size_t i = 0; i < count; i++)
		memory_free((void *)entries[i].line.text.data);
	memory_free(entries);
}

static void write_access(struct importer *importer)
{
	const struct fact *fact = fact_find(importer->check);
	bool patterns = is_pattern_file(importer);

	if (!fact) {
		struct import_line line = { 0, TEXT_EMPTY };

		import_leave_out(importer, &line,
				 "--check is client, helo, sender or recipient, not %s",
				 importer->check);
		return;
	}
	write_parts(importer);
	if (!patterns) {
		write_map(importer, fact);
		return;
	}
	import_open(importer, "event %s", fact->event);
	write_patterns(importer, fact->variable, PLACE_ENVELOPE);
	import_close(importer);
}

const struct import_format import_postfix_access = {
	"postfix-access", "access(5) as text, or of type cidr, regexp or pcre", write_access
};
