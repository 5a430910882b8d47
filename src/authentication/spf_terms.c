/* The text of a record (RFC 7208 12). */
#include "authentication/spf_internal.h"

enum arguments { ARGUMENT_NONE, ARGUMENT_SPEC, ARGUMENT_SPEC_OR_NONE, ARGUMENT_ADDRESS };

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	enum arguments arguments;
	bool prefix; /* "/24//64" may follow */
} mechanisms[] = {
	{ "all", SPF_ALL, ARGUMENT_NONE, false },
	{ "include", SPF_INCLUDE, ARGUMENT_SPEC, false },
	{ "a", SPF_A, ARGUMENT_SPEC_OR_NONE, true },
	{ "mx", SPF_MX, ARGUMENT_SPEC_OR_NONE, true },
	{ "ptr", SPF_PTR, ARGUMENT_SPEC_OR_NONE, false },
	{ "ip4", SPF_IP4, ARGUMENT_ADDRESS, false },
	{ "ip6", SPF_IP6, ARGUMENT_ADDRESS, false },
	{ "exists", SPF_EXISTS, ARGUMENT_SPEC, false },
};

static bool is_letter(char c)
{
	return byte_lower(c) >= 'a' && byte_lower(c) <= 'z';
}

static size_t name_length(struct text text)
{
	size_t length = 0;

	if (text.length == 0 || !is_letter(text.data[0]))
		return 0;
	while (length < text.length &&
	       (is_letter(text.data[length]) || byte_is_digit(text.data[length]) ||
		text.data[length] == '-' || text.data[length] == '_' || text.data[length] == '.'))
		length++;
	return length;
}

/* ---- prefix lengths ---- */

/* A number without leading zeros, at most `most`, behind `from`; the whole text. */
static bool read_bits(struct text digits, unsigned most, unsigned *bits)
{
	int64_t number;

	if (digits.length == 0 || digits.length > 3 || !byte_is_digit(digits.data[0]) ||
	    (digits.length > 1 && digits.data[0] == '0') || !text_to_int(digits, &number) ||
	    number > (int64_t)most)
		return false;
	*bits = (unsigned)number;
	return true;
}

/* Where "/24" or "//64" begins at the end of the text, when it ends so. */
static bool find_prefix(struct text text, size_t *slash)
{
	size_t at = text.length;

	while (at > 0 && byte_is_digit(text.data[at - 1]))
		at--;
	*slash = at - 1;
	return at > 0 && at < text.length && text.data[at - 1] == '/';
}

/* Takes "/24", "//64" or "/24//64" off the end: a slash that no digits follow belongs to a name. */
static bool split_prefixes(struct text *text, struct spf_term *term)
{
	size_t slash;

	if (!find_prefix(*text, &slash))
		return true;
	if (slash > 0 && text->data[slash - 1] == '/') {
		if (!read_bits(text_part(*text, slash + 1, text->length), 128, &term->bits6))
			return false;
		*text = text_part(*text, 0, slash - 1);
		if (!find_prefix(*text, &slash))
			return true;
	}
	if (!read_bits(text_part(*text, slash + 1, text->length), 32, &term->bits4))
		return false;
	*text = text_part(*text, 0, slash);
	return true;
}

/* ---- arguments ---- */

static bool read_address(struct text text, bool v4, struct spf_term *term)
{
	int64_t slash = text_find(text, TEXT("/"), 0);

	if (slash >= 0 && !read_bits(text_part(text, (size_t)slash + 1, text.length), v4 ? 32 : 128,
				     v4 ? &term->bits4 : &term->bits6))
		return false;
	if (slash >= 0)
		text = text_part(text, 0, (size_t)slash);
	return text_contains_byte(text, ':') != v4 && ip_parse(text, &term->ip);
}

/* A domain-end: a macro, or a last label that is not all digits (RFC 7208 7.1). */
static bool has_domain_end(struct text spec)
{
	size_t end = spec.length, from;
	bool letter = false;

	if (end && spec.data[end - 1] == '}')
		return true;
	if (end && spec.data[end - 1] == '.')
		end--;
	for (from = end; from > 0 && spec.data[from - 1] != '.'; from--) {
		char c = spec.data[from - 1];

		if (!is_letter(c) && !byte_is_digit(c) && c != '-')
			return false;
		letter |= !byte_is_digit(c);
	}
	return from > 0 && from < end && letter && spec.data[from] != '-' &&
	       spec.data[end - 1] != '-';
}

static bool read_spec(struct text spec, struct spf_term *term)
{
	term->spec = spec;
	return spec.length > 0 && spf_macros_are_right(spec, false) && has_domain_end(spec);
}

static const char *read_arguments(const struct mechanism *mechanism, struct text rest,
				  struct spf_term *term)
{
	bool colon;

	if (mechanism->prefix && !split_prefixes(&rest, term))
		return "a prefix length";
	colon = rest.length > 0 && rest.data[0] == ':';
	if (rest.length > 0 && !colon)
		return "what follows a mechanism's name";
	struct text argument = colon ? text_part(rest, 1, rest.length) : TEXT_EMPTY;
	switch (mechanism->arguments) {
	case ARGUMENT_NONE:
		return colon ? "an argument where none belongs" : NULL;
	case ARGUMENT_ADDRESS:
		return read_address(argument, mechanism->kind == SPF_IP4, term) ? NULL
										: "an address";
	case ARGUMENT_SPEC_OR_NONE:
		if (!colon)
			return NULL;
		break;
	case ARGUMENT_SPEC:
		break;
	}
	return read_spec(argument, term) ? NULL : "a domain";
}

/* ---- terms ---- */

static enum spf_result qualifier_of(char c)
{
	switch (c) {
	case '+':
		return SPF_PASS;
	case '-':
		return SPF_FAIL;
	case '~':
		return SPF_SOFTFAIL;
	case '?':
		return SPF_NEUTRAL;
	default:
		return SPF_NONE;
	}
}

static const char *read_modifier(struct text name, struct text value, struct spf_term *term)
{
	if (text_equals_ignoring_case(name, TEXT("redirect")))
		term->kind = SPF_REDIRECT;
	else if (text_equals_ignoring_case(name, TEXT("exp")))
		term->kind = SPF_EXP;
	else
		term->kind = SPF_UNKNOWN;
	if (term->kind == SPF_UNKNOWN)
		return spf_macros_are_right(value, true) ? NULL : "a macro";
	return read_spec(value, term) ? NULL : "a domain";
}

static const char *read_term(struct text text, struct spf_term *term)
{
	enum spf_result qualifier = qualifier_of(text.data[0]);
	struct text bare = qualifier == SPF_NONE ? text : text_part(text, 1, text.length);
	size_t length = name_length(bare);
	struct text name = text_part(bare, 0, length), rest = text_part(bare, length, bare.length);

	*term = (struct spf_term){ .text = text, .bits4 = 32, .bits6 = 128, .spec = TEXT_EMPTY };
	if (length && rest.length && rest.data[0] == '=')
		return qualifier == SPF_NONE
			       ? read_modifier(name, text_part(rest, 1, rest.length), term)
			       : "a modifier with a qualifier";
	term->qualifier = qualifier == SPF_NONE ? SPF_PASS : qualifier;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++) {
		if (!text_equals_ignoring_case(
			    name, text_of_string(mechanisms[i].name, LIFETIME_PROGRAM)))
			continue;
		term->kind = mechanisms[i].kind;
		return read_arguments(mechanisms + i, rest, term);
	}
	return "a mechanism";
}

bool spf_next_term(struct text *rest, struct spf_term *term, const char **wrong)
{
	size_t from = 0, to;

	*wrong = NULL;
	while (from < rest->length && rest->data[from] == ' ')
		from++;
	for (to = from; to < rest->length && rest->data[to] != ' ';)
		to++;
	if (from == to)
		return false;
	*wrong = read_term(text_part(*rest, from, to), term);
	*rest = text_part(*rest, to, rest->length);
	return !*wrong;
}
