#include "net/dns.h"

#include <stdio.h>

static const struct {
	const char *name;
	int number;
} types[] = {
#define DNS_TYPE(name, number, form) { #name, number },
#include "net/dns_types.def"
#undef DNS_TYPE
};

int dns_type_of(struct text name)
{
	int64_t number;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(types[i].name, LIFETIME_PROGRAM)))
			return types[i].number;
	if (name.length < 5 || !text_equals_ignoring_case(text_part(name, 0, 4), TEXT("TYPE")))
		return -1;
	if (!byte_is_digit(name.data[4]) || !text_to_int(text_part(name, 4, name.length), &number))
		return -1;
	return number >= 1 && number <= 65535 ? (int)number : -1;
}

bool dns_name_is_valid(struct text name)
{
	size_t label = 0;

	if (text_equals_string(name, "."))
		return true;
	if (name.length && name.data[name.length - 1] == '.')
		name.length--;
	if (name.length == 0 || name.length > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.length; i++) {
		char byte = name.data[i];

		if (byte == '.' ? label == 0 : byte < ' ' || byte > '~' || byte == '\\')
			return false;
		label = byte == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

static size_t print_v4(struct ip ip, char *out, size_t size)
{
	const uint8_t *b = ip.bytes + 12;

	return (size_t)snprintf(out, size, "%u.%u.%u.%u", b[3], b[2], b[1], b[0]);
}

static size_t print_v6(struct ip ip, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = 0;

	if (size < 64)
		return size;
	for (int i = 15; i >= 0; i--) {
		out[length++] = digits[ip.bytes[i] & 15];
		out[length++] = '.';
		out[length++] = digits[ip.bytes[i] >> 4];
		out[length++] = '.';
	}
	out[--length] = '\0';
	return length;
}

const char *dns_reverse_name(struct ip ip, const char *zone, char *out, size_t size)
{
	bool v4 = ip_is_v4(ip);
	size_t length = v4 ? print_v4(ip, out, size) : print_v6(ip, out, size);
	int more;

	if (!zone)
		zone = v4 ? "in-addr.arpa" : "ip6.arpa";
	if (length >= size)
		return NULL;
	if (!*zone)
		return out;
	more = snprintf(out + length, size - length, ".%s", zone);
	return more > 0 && (size_t)more < size - length ? out : NULL;
}
