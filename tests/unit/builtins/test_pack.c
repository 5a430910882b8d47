#include "world.h"

#include <criterion/criterion.h>

Test(pack, packs)
{
	HOLD("pack.u8(0) == \"\\0\"", "pack.u8(255) == \"\\xff\"", "u16be(65535) == \"\\xff\\xff\"",
	     "u16le(1) == \"\\x01\\0\"", "u32be(4294967295) == \"\\xff\\xff\\xff\\xff\"",
	     "u32be(16909060) == \"\\x01\\x02\\x03\\x04\"", "u32le(16909060) == \"\\x04\\x03\\x02\\x01\"",
	     "i64be(-9223372036854775807 - 1) == \"\\x80\" + repeat(\"\\0\", 7)",
	     "i64le(256) == \"\\0\\x01\\0\\0\\0\\0\\0\\0\"");
	RAISE("argument", "pack.u8(256)", "pack.u8(-1)", "u16be(65536)", "u16le(-1)",
	      "u32be(4294967296)", "u32le(-1)");
}

Test(pack, unpacks)
{
	HOLD("pack.u8(\"\\xff\") == 255", "pack.u8(\"ab\", 1) == 98", "u16be(\"\\xff\\xfe\") == 65534",
	     "u16le(\"\\xff\\xfe\") == 65279", "u32be(\"\\xff\\xff\\xff\\xff\") == 4294967295",
	     "u32le(\"x\\x04\\x03\\x02\\x01\", 1) == 16909060", "i64be(i64be(-2)) == -2",
	     "i64le(i64le(9223372036854775807)) == 9223372036854775807");
	RAISE("index", "pack.u8(\"\")", "pack.u8(\"a\", 1)", "pack.u8(\"a\", -1)", "u16be(\"a\")",
	      "u16be(\"abc\", 2)", "u32le(\"abc\")", "i64be(\"abcdefg\")",
	      "i64be(\"abcdefgh\", 9223372036854775807)");
}
