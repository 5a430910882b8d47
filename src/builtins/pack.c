/* Module pack: numbers as bytes, in both orders. */
#include "builtins/answer.h"
#include "builtins/builtins.h"

/* How a number lies in a text. */
struct layout {
	unsigned bytes;
	bool little; /* lowest byte first */
	int64_t least, most;
};

static unsigned shift_of(const struct layout *layout, unsigned i)
{
	return 8 * (layout->little ? i : layout->bytes - 1 - i);
}

static enum call_result pack(struct call *call, const struct layout *layout)
{
	int64_t number = call->arguments[0].i;
	char bytes[8];

	if (number < layout->least || number > layout->most)
		return call_raise(call, "argument", 0, false, "%lld does not fit into %u bytes",
				  (long long)number, layout->bytes);
	for (unsigned i = 0; i < layout->bytes; i++)
		bytes[i] = (char)((uint64_t)number >> shift_of(layout, i));
	return call_return_text(call, bytes, layout->bytes);
}

static enum call_result unpack(struct call *call, const struct layout *layout)
{
	struct text text = call->arguments[0].text;
	int64_t at = call->arguments[1].i;
	uint64_t number = 0;

	if (at < 0 || text.length < layout->bytes || at > text.length - layout->bytes)
		return call_raise(call, "index", 0, false,
				  "there are no %u bytes at %lld in a text of %u", layout->bytes,
				  (long long)at, text.length);
	for (unsigned i = 0; i < layout->bytes; i++)
		number |= (uint64_t)(unsigned char)text.data[(size_t)at + i] << shift_of(layout, i);
	return answer_int(call, (int64_t)number);
}

#define LAYOUT(name, bytes, little, least, most)                                                   \
	static const struct layout layout_##name = { bytes, little, least, most };                 \
	enum call_result builtin_pack_##name(struct call *call)                                    \
	{                                                                                          \
		return pack(call, &layout_##name);                                                 \
	}                                                                                          \
	enum call_result builtin_unpack_##name(struct call *call)                                  \
	{                                                                                          \
		return unpack(call, &layout_##name);                                               \
	}
LAYOUT(u8, 1, false, 0, UINT8_MAX)
LAYOUT(u16be, 2, false, 0, UINT16_MAX)
LAYOUT(u16le, 2, true, 0, UINT16_MAX)
LAYOUT(u32be, 4, false, 0, UINT32_MAX)
LAYOUT(u32le, 4, true, 0, UINT32_MAX)
LAYOUT(i64be, 8, false, INT64_MIN, INT64_MAX)
LAYOUT(i64le, 8, true, INT64_MIN, INT64_MAX)
