#include "world.h"

#include <criterion/criterion.h>

Test(math, compares)
{
	HOLD("min(2, 1) == 1", "max(2, 1) == 2", "min(-0.5, 0.5) == -0.5", "max(-0.5, 0.5) == 0.5",
	     "max(1s, 1m) == 1m", "clamp(-5, 0, 10) == 0", "clamp(5, 0, 10) == 5",
	     "clamp(3.0, 1.0, 2.0) == 2.0", "sign(0) == 0", "sign(3) == 1", "abs(0) == 0",
	     "abs(5) == 5", "abs(2.5) == 2.5");
	RAISE("argument", "clamp(1, 2, 1)", "clamp(1.0, 2.0, 1.0)");
	RAISE("overflow", "abs(-9223372036854775807 - 1)");
}

Test(math, rounds)
{
	HOLD("floor(1.9) == 1", "floor(-0.5) == -1", "ceil(-0.5) == 0", "ceil(1.0) == 1",
	     "round(0.4) == 0", "round(-2.5) == -3", "round(2.4) == 2",
	     "floor(9007199254740993.0) == 9007199254740992");
	RAISE("overflow", "floor(10000000000.0 * 10000000000.0)",
	      "round(-10000000000.0 * 10000000000.0)", "ceil(9223372036854775807.0)");
}

Test(math, prints)
{
	HOLD("fixed(0.5, 0) == \"0\"", "fixed(-1.005, 1) == \"-1.0\"", "fixed(2.0, 15) == \"2.000000000000000\"",
	     "toBase(0, 2) == \"0\"", "toBase(-255, 16) == \"-ff\"", "toBase(35, 36) == \"z\"",
	     "toBase(-9223372036854775807 - 1, 2) == \"-1\" + repeat(\"0\", 63)");
	RAISE("argument", "fixed(1.0, 16)", "fixed(1.0, -1)", "toBase(1, 1)", "toBase(1, 37)");
}

Test(math, raises_to_powers)
{
	HOLD("pow(3, 0) == 1", "pow(0, 0) == 1", "pow(-2, 3) == -8", "pow(2, 62) == 4611686018427387904",
	     "pow(-2, 63) == -9223372036854775807 - 1", "pow(1, 9223372036854775807) == 1",
	     "pow(-1, 9223372036854775807) == -1", "pow(10, 18) == 1000000000000000000",
	     "pow(2.0, -1.0) == 0.5", "sqrt(0.0) == 0.0", "round(exp(1.0) * 1000.0) == 2718",
	     "round(ln(10.0) * 1000.0) == 2303", "log10(0.1) == -1.0");
	RAISE("overflow", "pow(2, 63)", "pow(10, 19)", "pow(-3, 50)", "exp(1000.0)",
	      "pow(10.0, 1000.0)");
	RAISE("argument", "pow(2, -1)", "sqrt(-1.0)", "pow(-1.0, 0.5)", "ln(0.0)", "ln(-1.0)",
	      "log10(0.0)");
}

Test(math, works_on_bits)
{
	HOLD("bitAnd(-1, 255) == 255", "bitOr(0, -1) == -1", "bitXor(-1, -1) == 0", "bitNot(-1) == 0",
	     "shiftLeft(1, 63) == -9223372036854775807 - 1", "shiftLeft(3, 63) == shiftLeft(1, 63)",
	     "shiftLeft(5, 0) == 5", "shiftRight(-1, 63) == 1", "shiftRight(-1, 60) == 15",
	     "bitCount(0) == 0", "bitCount(-1) == 64", "signed(127, 8) == 127",
	     "signed(128, 8) == -128", "signed(65535, 8) == -1", "signed(-1, 64) == -1",
	     "signed(1, 1) == -1", "signed(0, 1) == 0", "signed(2147483648, 32) == -2147483648");
	RAISE("argument", "shiftLeft(1, 64)", "shiftLeft(1, -1)", "shiftRight(1, 64)",
	      "shiftRight(1, -1)", "signed(1, 0)", "signed(1, 65)");
}

Test(math, gives_random_numbers)
{
	body_holds("for (i in 0..1000) { var x = random(10); if (x < 0 or x > 9) { return false; } } return true;");
	body_holds("var seen: map[int, bool]; for (i in 0..1000) { seen.put(random(4), true); } return length(seen) == 4;");
	body_holds("return random(9223372036854775807) >= 0;");
	RAISE("argument", "random(0)", "random(-5)");
}
