#include "cli/import_clauses.h"
#include "cli/import.h"

static bool write_address_match(struct buffer *out, const char *fact, struct text word)
{
	struct text pattern, flags, rest = word;
	size_t from = out->length;

	if (word.length && word.data[0] == '/' && import_pattern(&rest, &pattern, &flags)) {
		buffer_printf(out, "%s =~ ", fact);
		if (!import_regex(out, pattern, "i"))
			out->length = from;
		return out->length > from;
	}
	if (word.length > 1 && word.data[0] == '<' && word.data[word.length - 1] == '>')
		word = text_part(word, 1, word.length - 1);
	buffer_printf(out, "lower(%s) == lower(", fact);
	import_quote(out, word, false);
	buffer_append_byte(out, ')');
	return true;
}

/* Names of clients are compared from their end. */
static bool write_domain_match(struct buffer *out, const char *fact, struct text word)
{
	if (word.length && word.data[0] == '/')
		return write_address_match(out, fact, word);
	buffer_printf(out, "lower(%s).endsWith(lower(", fact);
	import_quote(out, word, false);
	buffer_append_string(out, "))");
	return true;
}

static bool write_network_match(struct buffer *out, const char *fact, struct text word)
{
	(void)fact;
	buffer_append_string(out, "clientIsIn(net(");
	import_quote(out, word, false);
	buffer_append_string(out, "))");
	return true;
}

static const struct import_clause clauses[] = {
	{ "addr", "", write_network_match },
	{ "domain", "remoteSmtpHost", write_domain_match },
	{ "helo", "ehloHost", write_domain_match },
	{ "from", "mailFrom", write_address_match },
	{ "rcpt", "rcptTo", write_address_match },
};
enum { CLAUSE_COUNT = sizeof(clauses) / sizeof(*clauses) };

const struct import_clause *import_clause_take(struct text *rest)
{
	for (int i = 0; i < CLAUSE_COUNT; i++)
		if (import_take(rest, clauses[i].word))
			return clauses + i;
	return NULL;
}
