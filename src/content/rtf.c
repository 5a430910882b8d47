#include "content/rtf.h"

#include "base/crc32.h"
#include "base/cursor.h"

enum {
	COMPRESSED = 0x75465a4c, /* "LZFu" */
	STORED = 0x414c454d,	 /* "MELA" */
	SIZE_FIELD = 4,
	DICTIONARY = 4096, /* the last bytes that were written; a reference begins anywhere in it */
	REFERENCE_LEAST = 2,
	TOKENS = 8, /* behind a byte that tells of each, from the lowest bit on, what it is */
};

/* Each begins with these words in its dictionary. */
static const char first_words[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
	"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
	"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct decoder {
	struct cursor in;
	char *out;     /* NULL: it only counts */
	size_t length; /* of what came out */
	unsigned at;   /* where it goes on in the dictionary */
	unsigned used; /* how much of that was ever written */
	bool ended;
	bool wrong; /* what was never written is referred to */
	char dictionary[DICTIONARY];
};

static void put(struct decoder *decoder, char byte)
{
	decoder->dictionary[decoder->at] = byte;
	decoder->at = (decoder->at + 1) % DICTIONARY;
	if (decoder->used < DICTIONARY)
		decoder->used++;
	if (decoder->out)
		decoder->out[decoder->length] = byte;
	decoder->length++;
}

/* It may reach into what it writes itself. To where the next byte would go: the end. */
static void follow_reference(struct decoder *decoder)
{
	unsigned reference = cursor_u16(&decoder->in);
	unsigned from = reference / 16, count = reference % 16 + REFERENCE_LEAST;

	decoder->ended = decoder->in.failed || from == decoder->at;
	for (unsigned i = 0; i < count && !decoder->ended; i++) {
		decoder->wrong |= from >= decoder->used;
		put(decoder, decoder->dictionary[from]);
		from = (from + 1) % DICTIONARY;
	}
}

static void decode_tokens(struct decoder *decoder)
{
	unsigned kinds = cursor_byte(&decoder->in);

	for (unsigned i = 0; i < TOKENS && !decoder->ended && decoder->in.rest.length; i++) {
		if (kinds >> i & 1)
			follow_reference(decoder);
		else
			put(decoder, (char)cursor_byte(&decoder->in));
	}
}

/* Gives the length of what comes out, which is written when `out` is none of NULL. */
static size_t decode(struct text tokens, char *out, bool *whole)
{
	struct decoder decoder = { .in = cursor_of(tokens), .out = out };

	decoder.at = decoder.used = sizeof(first_words) - 1;
	memcpy(decoder.dictionary, first_words, decoder.used);
	while (!decoder.ended && decoder.in.rest.length)
		decode_tokens(&decoder);
	*whole = !decoder.in.failed && !decoder.wrong;
	return decoder.length;
}

/* Twice through the tokens, for no more memory than it takes. */
static bool decompress(struct text tokens, struct arena *arena, struct text *out, bool *whole)
{
	size_t length = decode(tokens, NULL, whole);
	char *bytes = length < UINT32_MAX ? arena_bytes(arena, length) : NULL;

	if (!bytes)
		return false;
	decode(tokens, bytes, whole);
	*out = text_of(bytes, length, LIFETIME_EVENT);
	return true;
}

bool rtf_decompress(struct text bytes, struct arena *arena, struct text *out, bool *whole)
{
	struct cursor header = cursor_of(bytes);
	uint32_t size = cursor_little(&header, 4), length = cursor_little(&header, 4),
		 kind = cursor_little(&header, 4), crc = cursor_little(&header, 4);
	bool ok = true;

	*out = header.rest;
	*whole = kind == COMPRESSED || kind == STORED;
	if (header.failed)
		*whole = false;
	else if (kind == COMPRESSED)
		ok = decompress(header.rest, arena, out, whole);
	*whole = *whole && size == bytes.length - SIZE_FIELD && length == out->length &&
		 crc == (kind == STORED ? 0 : crc32_add(0, header.rest));
	return ok;
}
