#include "net/domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/library.h"

#define IDN2_FUNCTIONS(F) F(idn2_to_ascii_8z) F(idn2_to_unicode_8z8z) F(idn2_strerror)
static struct {
	IDN2_FUNCTIONS(LIBRARY_POINTER)
} idn2;
static const struct library_symbol idn2_symbols[] = { IDN2_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library idn2_library = LIBRARY("libidn2.so.0", "libidn2-0", idn2_symbols, idn2);

#define PSL_FUNCTIONS(F)                                                                           \
	F(psl_latest) F(psl_builtin) F(psl_registrable_domain) F(psl_unregistrable_domain)
static struct {
	PSL_FUNCTIONS(LIBRARY_POINTER)
} psl;
static const struct library_symbol psl_symbols[] = { PSL_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library psl_library = LIBRARY("libpsl.so.5", "libpsl5", psl_symbols, psl);

static const psl_ctx_t *suffixes; /* for the life of the process */
static pthread_once_t reading = PTHREAD_ONCE_INIT;

/* The system's list when there is one, else the one that the library was built with. */
static void read_suffixes(void)
{
	suffixes = psl.psl_latest(NULL);
	if (!suffixes)
		suffixes = psl.psl_builtin();
}

bool domain_load(const char **why)
{
	if (!library_load(&idn2_library, why) || !library_load(&psl_library, why))
		return false;
	pthread_once(&reading, read_suffixes);
	if (!suffixes)
		*why = "libpsl has no list of public suffixes: install the package publicsuffix";
	return suffixes != NULL;
}

struct text domain_text(const struct domain_name *name)
{
	return text_of(name->bytes, name->length, LIFETIME_EVENT);
}

/* ---- names as they come ---- */

enum { LABEL_MAX = 63 };

static bool is_ascii(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if ((unsigned char)name.data[i] >= 0x80)
			return false;
	return true;
}

static struct text without_last_dot(struct text name)
{
	return text_part(name, 0, name.length - (name.length && name.data[name.length - 1] == '.'));
}

static const char *check_labels(struct text name)
{
	size_t label = 0;

	if (name.length == 0)
		return "an empty name";
	if (name.length > DOMAIN_ASCII_MAX)
		return "a name of more than 253 bytes";
	for (size_t i = 0; i <= name.length; i++) {
		if (i < name.length && name.data[i] != '.') {
			label++;
			if ((unsigned char)name.data[i] <= ' ' || name.data[i] == 0x7f)
				return "a blank or control character in a name";
			continue;
		}
		if (label == 0)
			return "an empty label";
		if (label > LABEL_MAX)
			return "a label of more than 63 bytes";
		label = 0;
	}
	return NULL;
}

static const char *lower(struct text name, struct domain_name *out)
{
	const char *fault = check_labels(name);

	out->length = 0;
	for (size_t i = 0; !fault && i < name.length; i++)
		out->bytes[out->length++] = byte_lower(name.data[i]);
	return fault;
}

/* For the libraries, which take C strings. */
static const char *string_of(struct text name, char out[DOMAIN_UNICODE_MAX + 1])
{
	if (name.length > DOMAIN_UNICODE_MAX)
		return "a name of more than 253 bytes";
	if (text_contains_byte(name, '\0'))
		return "a NUL in a name";
	memcpy(out, name.data, name.length);
	out[name.length] = '\0';
	return NULL;
}

/* Takes the string over. */
static const char *take(char *string, int status, struct domain_name *out)
{
	size_t length = status == IDN2_OK ? strlen(string) : 0;

	if (status != IDN2_OK)
		return idn2.idn2_strerror(status);
	if (length <= sizeof(out->bytes)) {
		memcpy(out->bytes, string, length);
		out->length = length;
	}
	free(string);
	return length <= sizeof(out->bytes) ? NULL : "a name of more than 253 bytes";
}

/* ---- IDNA ---- */

const char *domain_to_ascii(struct text name, struct domain_name *out)
{
	char string[DOMAIN_UNICODE_MAX + 1], *ascii = NULL;
	const char *fault;
	int status;

	name = without_last_dot(name);
	if (is_ascii(name))
		return lower(name, out);
	out->length = 0;
	if (!text_is_utf8(name))
		return "a name that is not UTF-8";
	fault = string_of(name, string);
	if (fault || !library_load(&idn2_library, &fault))
		return fault;
	status = idn2.idn2_to_ascii_8z(string, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	fault = take(ascii, status, out);
	return fault ? fault : check_labels(domain_text(out));
}

const char *domain_to_unicode(struct text name, struct domain_name *out)
{
	char string[DOMAIN_UNICODE_MAX + 1], *unicode = NULL;
	const char *fault = domain_to_ascii(name, out);
	int status;

	if (fault || text_find(domain_text(out), TEXT("xn--"), 0) < 0)
		return fault;
	fault = string_of(domain_text(out), string);
	if (fault || !library_load(&idn2_library, &fault))
		return fault;
	status = idn2.idn2_to_unicode_8z8z(string, &unicode, 0);
	return take(unicode, status, out);
}

/* ---- public suffixes ---- */

typedef const char *part_of_name(const psl_ctx_t *, const char *);

/* "192.0.2.1" and "[192.0.2.1]": nobody registers a part of an address. */
static bool is_address(struct text name)
{
	return text_contains_byte(name, '[') || text_contains_byte(name, ':') ||
	       byte_is_digit(name.data[name.length - 1]);
}

static const char *keep_part(struct text name, part_of_name **find, struct domain_name *out)
{
	char string[DOMAIN_UNICODE_MAX + 1];
	const char *fault = domain_to_ascii(name, out), *part;

	if (fault || is_address(domain_text(out)) || !domain_load(&fault))
		return fault;
	fault = string_of(domain_text(out), string);
	if (fault)
		return fault;
	part = (*find)(suffixes, string);
	if (part) {
		out->length = strlen(part);
		memcpy(out->bytes, part, out->length);
	}
	return NULL;
}

const char *domain_organizational(struct text name, struct domain_name *out)
{
	return keep_part(name, &psl.psl_registrable_domain, out);
}

const char *domain_public_suffix(struct text name, struct domain_name *out)
{
	return keep_part(name, &psl.psl_unregistrable_domain, out);
}
