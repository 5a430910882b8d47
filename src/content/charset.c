#include "content/charset.h"

#include <errno.h>
#include <iconv.h>

enum { NAME_MAX_LENGTH = 40, PIECE = 4096 };

/* Only what mail uses reaches iconv, which would load any module that a name asks for. */
static const char *const families[] = {
	"ascii",    "us-ascii", "utf-",	       "iso-8859-", "iso8859", "latin",	  "windows-",
	"cp125",    "cp43",	"cp8",	       "koi8-",	    "gb",      "big5",	  "euc-",
	"shift_",   "sjis",	"iso-2022-",   "tis-620",   "mac",     "ks_c_56", "ibm8",
	"ansi_x3.", "iso646",	"unicode-1-1", "hz-gb-",    "viscii",  "utf8",	  "utf7",
};

/* What iconv calls otherwise. */
static const struct {
	const char *mail, *iconv;
} aliases[] = { { "ks_c_5601-1987", "CP949" },	  { "unicode-1-1-utf-7", "UTF-7" },
		{ "unicode-1-1-utf-8", "UTF-8" }, { "x-sjis", "SJIS" },
		{ "utf-8mb4", "UTF-8" },	  { "iso-8859-8-i", "ISO-8859-8" } };

static bool is_of(struct text name, const char *family)
{
	size_t length = strlen(family);

	return name.length >= length &&
	       text_equals_ignoring_case(text_part(name, 0, length),
					 text_of(family, length, LIFETIME_PROGRAM));
}

static bool is_known(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_name(name.data[i]) && (!name.data[i] || !strchr("-.:", name.data[i])))
			return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (is_of(name, families[i]))
			return true;
	return false;
}

static iconv_t open_charset(struct text name)
{
	char string[NAME_MAX_LENGTH + 1];

	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(aliases[i].mail, LIFETIME_PROGRAM)))
			return iconv_open("UTF-8", aliases[i].iconv);
	if (name.length == 0 || name.length > NAME_MAX_LENGTH || !is_known(name))
		return (iconv_t)-1;
	memcpy(string, name.data, name.length);
	string[name.length] = '\0';
	return iconv_open("UTF-8", string);
}

static void append_replacement(struct buffer *out)
{
	buffer_append(out, "\357\277\275", 3);
}

/* One piece of output at a time; what iconv stops at is skipped, byte by byte. */
static void convert(iconv_t converter, struct text bytes, struct buffer *out)
{
	char *in = (char *)(uintptr_t)bytes.data, piece[PIECE];
	size_t left = bytes.length;

	while (left && !out->failed) {
		char *to = piece;
		size_t room = sizeof(piece), status = iconv(converter, &in, &left, &to, &room);
		int fault = status == (size_t)-1 ? errno : 0;

		buffer_append(out, piece, sizeof(piece) - room);
		if (fault == 0 || fault == E2BIG)
			continue;
		append_replacement(out);
		in++;
		left--;
	}
	/* what a stateful charset still holds back */
	{
		char *to = piece;
		size_t room = sizeof(piece);

		iconv(converter, NULL, NULL, &to, &room);
		buffer_append(out, piece, sizeof(piece) - room);
	}
}

void utf8_append(struct text bytes, struct buffer *out)
{
	size_t from = 0;

	if (text_is_utf8(bytes)) {
		buffer_append_text(out, bytes);
		return;
	}
	for (size_t at = 0, length; at < bytes.length; at += length ? length : 1) {
		length = text_character(bytes, at);
		if (length)
			continue;
		buffer_append(out, bytes.data + from, at - from);
		append_replacement(out);
		from = at + 1;
	}
	buffer_append(out, bytes.data + from, bytes.length - from);
}

static struct text without_language(struct text name)
{
	int64_t star = text_find(name, TEXT("*"), 0);

	return text_trim(star >= 0 ? text_part(name, 0, (size_t)star) : name);
}

bool charset_decode(struct text charset, struct text bytes, struct buffer *out)
{
	iconv_t converter;

	charset = without_language(charset);
	if (text_equals_ignoring_case(charset, TEXT("utf-8")) ||
	    text_equals_ignoring_case(charset, TEXT("us-ascii"))) {
		utf8_append(bytes, out);
		return true;
	}
	converter = open_charset(charset);
	if (converter == (iconv_t)-1)
		return false;
	convert(converter, bytes, out);
	iconv_close(converter);
	return true;
}
