/* Macros of a record (RFC 7208 7). */
#include "authentication/spf_internal.h"

#include <stdio.h>

/* "%{d2r-}" */
struct macro {
	char letter;
	bool upper;
	unsigned digits; /* 0: all parts */
	bool reverse;
	struct text delimiters;
};

static bool is_delimiter(char c)
{
	return memchr(".-+,/_=", c, 7) && c;
}

/* Reads the macro behind "%{" and moves behind its "}". */
static bool read_macro(struct text spec, size_t *at, bool explanation, struct macro *macro)
{
	size_t i = *at, from;

	if (i >= spec.length)
		return false;
	*macro = (struct macro){ .letter = byte_lower(spec.data[i]),
				 .upper = spec.data[i] != byte_lower(spec.data[i]),
				 .delimiters = TEXT(".") };
	if (!memchr(explanation ? "slodiphvcrt" : "slodiphv", macro->letter, explanation ? 11 : 8))
		return false;
	for (i++, from = i; i < spec.length && byte_is_digit(spec.data[i]); i++)
		macro->digits = macro->digits > 1000
					? 1000
					: macro->digits * 10 + (unsigned)(spec.data[i] - '0');
	if (i > from && macro->digits == 0)
		return false;
	if (i < spec.length && byte_lower(spec.data[i]) == 'r') {
		macro->reverse = true;
		i++;
	}
	for (from = i; i < spec.length && is_delimiter(spec.data[i]);)
		i++;
	if (i > from)
		macro->delimiters = text_part(spec, from, i);
	*at = i + 1;
	return i < spec.length && spec.data[i] == '}';
}

bool spf_macros_are_right(struct text spec, bool explanation)
{
	struct macro macro;

	for (size_t i = 0; i < spec.length;) {
		if (spec.data[i] < 0x21 || spec.data[i] > 0x7e)
			return false;
		if (spec.data[i++] != '%')
			continue;
		if (i >= spec.length || !memchr("%_-{", spec.data[i], 4))
			return false;
		if (spec.data[i++] == '{' && !read_macro(spec, &i, explanation, &macro))
			return false;
	}
	return true;
}

/* ---- values ---- */

static struct text local_part(const struct spf_check *check)
{
	int64_t at = -1;

	for (size_t i = 0; i < check->sender.length; i++)
		if (check->sender.data[i] == '@')
			at = (int64_t)i;
	return at > 0 ? text_part(check->sender, 0, (size_t)at) : TEXT("postmaster");
}

static struct text sender_domain(const struct spf_check *check)
{
	size_t at = check->sender.length;

	while (at > 0 && check->sender.data[at - 1] != '@')
		at--;
	return at > 0 ? text_part(check->sender, at, check->sender.length) : check->domain;
}

static void append_ip(const struct spf_check *check, bool readable, struct buffer *out)
{
	char printed[IP_PRINTED_MAX], reversed[80];

	if (readable || ip_is_v4(check->ip)) {
		buffer_append(out, printed, ip_print(check->ip, printed));
		return;
	}
	/* "2.0.0.1.0.d. ..." from the first digit on */
	dns_reverse_name(check->ip, "", reversed, sizeof(reversed));
	for (size_t i = strlen(reversed); i-- > 0;)
		buffer_append_byte(out, reversed[i]);
}

static enum spf_result append_value(struct spf *spf, const struct macro *macro, struct text domain,
				    struct buffer *out)
{
	const struct spf_check *check = spf->check;
	char name[DNS_NAME_MAX + 1];

	switch (macro->letter) {
	case 's':
		buffer_append_text(out, local_part(check));
		buffer_append_byte(out, '@');
		buffer_append_text(out, sender_domain(check));
		break;
	case 'l':
		buffer_append_text(out, local_part(check));
		break;
	case 'o':
		buffer_append_text(out, sender_domain(check));
		break;
	case 'd':
		buffer_append_text(out, domain);
		break;
	case 'i':
	case 'c':
		append_ip(check, macro->letter == 'c', out);
		break;
	case 'p':
		if (spf_validated_name(spf, domain, name) == SPF_PENDING)
			return SPF_PENDING;
		buffer_append_string(out, *name ? name : "unknown");
		break;
	case 'v':
		buffer_append_string(out, ip_is_v4(check->ip) ? "in-addr" : "ip6");
		break;
	case 'h':
		buffer_append_text(out, check->helo);
		break;
	case 'r':
		buffer_append_text(out, check->receiver.length ? check->receiver : TEXT("unknown"));
		break;
	default:
		buffer_printf(out, "%lld", (long long)check->now);
		break;
	}
	return SPF_PASS;
}

/* ---- transformers ---- */

enum { PARTS_MAX = 128 };

static unsigned split(struct text value, struct text delimiters, struct text parts[PARTS_MAX])
{
	unsigned count = 0;
	size_t from = 0;

	for (size_t i = 0; i <= value.length; i++) {
		if (i < value.length && !text_contains_byte(delimiters, value.data[i]))
			continue;
		if (count < PARTS_MAX)
			parts[count++] = text_part(value, from, i);
		from = i + 1;
	}
	return count;
}

static void append_escaped(struct buffer *out, struct text text, bool upper)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];
		bool plain = byte_is_name(c) || c == '-' || c == '.' || c == '~';

		if (!upper || plain)
			buffer_append_byte(out, c);
		else
			buffer_printf(out, "%%%02X", (unsigned char)c);
	}
}

static void append_transformed(struct buffer *out, const struct macro *macro, struct text value)
{
	struct text parts[PARTS_MAX];
	unsigned count = split(value, macro->delimiters, parts), from = 0;

	if (macro->digits && macro->digits < count)
		from = count - macro->digits;
	for (unsigned i = from; i < count; i++) {
		unsigned part = macro->reverse ? count - 1 - i : i;

		/* the rightmost parts of what is reversed are the leftmost of the value */
		if (i > from)
			buffer_append_byte(out, '.');
		append_escaped(out, parts[part], macro->upper);
	}
}

static enum spf_result append_macro(struct spf *spf, const struct macro *macro, struct text domain,
				    struct buffer *out)
{
	struct buffer value;
	enum spf_result result;

	buffer_init(&value, 4096);
	result = append_value(spf, macro, domain, &value);
	if (result == SPF_PASS)
		append_transformed(out, macro, buffer_text(&value));
	out->failed |= value.failed;
	buffer_free(&value);
	return result;
}

enum spf_result spf_expand(struct spf *spf, struct text spec, struct text domain, bool explanation,
			   struct buffer *out)
{
	for (size_t i = 0; i < spec.length;) {
		char c = spec.data[i++];
		struct macro macro;

		if (c != '%') {
			buffer_append_byte(out, c);
			continue;
		}
		if (i >= spec.length)
			return SPF_PERMERROR;
		c = spec.data[i++];
		if (c == '%')
			buffer_append_byte(out, '%');
		else if (c == '_')
			buffer_append_byte(out, ' ');
		else if (c == '-')
			buffer_append_string(out, "%20");
		else if (c != '{' || !read_macro(spec, &i, explanation, &macro))
			return SPF_PERMERROR;
		else if (append_macro(spf, &macro, domain, out) == SPF_PENDING)
			return SPF_PENDING;
	}
	return SPF_PASS;
}
