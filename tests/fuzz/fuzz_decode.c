/* Encodings of anybody's making: what is decoded must fit its encoding, and what is encoded comes
 * back. The first byte says which. */
#include "script.h"

#include "fuzz.h"

#include "bridge/percent.h"

#include <stdlib.h>

static const char source[] =
	"function base64To(t: text) -> text { return base64Encode(t); }\n"
	"function base64From(t: text) -> text { return base64Decode(t); }\n"
	"function quotedTo(t: text) -> text { return quotedPrintableEncode(t.replace(\"\\r\\n\", "
	"\"\\n\").replace(\"\\n\", \"\\r\\n\")); }\n"
	"function quotedFrom(t: text) -> text { return "
	"quotedPrintableDecode(t).replace(\"\\r\\n\", \"\\n\"); }\n"
	"function hexTo(t: text) -> text { return hexEncode(t); }\n"
	"function hexFrom(t: text) -> text { return hexDecode(t); }\n"
	"function percentTo(t: text) -> text { return percentEncode(t); }\n"
	"function percentFrom(t: text) -> text { return percentDecode(t); }\n"
	"function wordsTo(t: text) -> text { return encodeWords(t); }\n"
	"function wordsFrom(t: text) -> text { return decodeWords(t); }\n";

static const struct codec {
	const char *to, *from;
	const char *marks; /* beside letters and digits, in what is encoded */
	bool takes_all;	   /* any bytes can be encoded */
	bool folds;	   /* CR LF and LF are one to it */
} codecs[] = {
	{ "base64To", "base64From", "+/=", true, false },
	{ "quotedTo", "quotedFrom", " \t\r\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true, true },
	{ "hexTo", "hexFrom", "", true, false },
	{ "percentTo", "percentFrom", "%-._~", true, false },
	{ "wordsTo", "wordsFrom", " \r\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", false, false },
};
enum { CODECS = sizeof(codecs) / sizeof(*codecs) };

static struct script script;

/* A copy outside of the event's memory, or NULL when the function raised an error. */
static char *call(const char *name, struct text argument, struct text *answer)
{
	value given = { .text = argument };
	enum vm_status status = script_call(&script, script_function(&script, name), &given);
	char *bytes;

	if (status == VM_FAILED && !vm_failure(script.vm)->limit)
		return NULL;
	if (status != VM_DONE)
		abort();
	*answer = vm_result(script.vm).text;
	bytes = malloc((size_t)answer->length + 1);
	if (!bytes)
		abort();
	memcpy(bytes, answer->data ? answer->data : "", answer->length);
	*answer = text_of(bytes, answer->length, LIFETIME_EVENT);
	return bytes;
}

static void check_alphabet(const struct codec *codec, struct text encoded)
{
	for (size_t i = 0; i < encoded.length; i++) {
		char byte = encoded.data[i];

		if (!byte_is_name(byte) && !(byte && strchr(codec->marks, byte)))
			abort();
	}
}

/* Line ends as LF, in place. */
static struct text fold(char *bytes, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != '\r' || i + 1 == length || bytes[i + 1] != '\n')
			bytes[kept++] = bytes[i];
	return text_of(bytes, kept, LIFETIME_EVENT);
}

static bool is_same(const struct codec *codec, struct text given, struct text back)
{
	char *copy = malloc((size_t)given.length + 1);
	bool same;

	if (!copy)
		abort();
	memcpy(copy, given.data, given.length);
	same = text_equals(codec->folds ? fold(copy, given.length) : given, back);
	free(copy);
	return same;
}

/* Does it come back? */
static void go_round(const struct codec *codec, struct text given)
{
	struct text encoded, back;
	char *there = call(codec->to, given, &encoded), *again = NULL;

	if (!there && codec->takes_all)
		abort();
	if (there) {
		check_alphabet(codec, encoded);
		again = call(codec->from, encoded, &back);
		if (!again || !is_same(codec, given, back))
			abort();
	}
	free(there);
	free(again);
}

static void decode(const struct codec *codec, struct text given)
{
	struct text decoded;
	char *bytes = call(codec->from, given, &decoded);

	if (bytes)
		go_round(codec, decoded);
	free(bytes);
}

/* The line protocol's own. */
static void bridge_words(struct text given)
{
	struct arena arena;
	struct buffer out;
	struct text back;

	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	buffer_init(&out, 1 << 20);
	percent_decode(&arena, given, &back);
	percent_append_word(&out, given);
	for (size_t i = 0; i < out.length; i++)
		if (out.data[i] <= ' ' || out.data[i] > '~')
			abort();
	if (!percent_decode(&arena, buffer_text(&out), &back) || !text_equals(back, given))
		abort();
	buffer_free(&out);
	arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text given;

	if (size == 0)
		return 0;
	if (!script.program)
		script_open(&script, source);
	given = text_of((const char *)bytes + 1, size - 1, LIFETIME_EVENT);
	if (*bytes % (CODECS + 1) == CODECS) {
		bridge_words(given);
		return 0;
	}
	decode(&codecs[*bytes % (CODECS + 1)], given);
	go_round(&codecs[*bytes % (CODECS + 1)], given);
	return 0;
}
