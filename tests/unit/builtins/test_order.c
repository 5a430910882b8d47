#include "world.h"

#include <criterion/criterion.h>

Test(order, sorts)
{
	body_holds("var a = [3, 1, 2]; a.sort(); return a == [1, 2, 3];");
	body_holds("var a = [5, 4, 3, 2, 1]; a.sort(); return a == [1, 2, 3, 4, 5];");
	body_holds("var a = [1]; a.sort(); return a == [1];");
	body_holds("var a: list[int]; a.sort(); return isEmpty(a);");
	body_holds("var a = [2.5, -1.0, 2.0]; a.sort(); return a == [-1.0, 2.0, 2.5];");
	body_holds("var a = [\"b\", \"\", \"ab\", \"a\"]; a.sort(); return a == [\"\", \"a\", \"ab\", \"b\"];");
	body_holds("var a = [1m, 1s, 1h]; a.sort(); return a == [1s, 1m, 1h];");
	HOLD("sorted([-1, -9223372036854775807, 9223372036854775807]) == "
	     "[-9223372036854775807, -1, 9223372036854775807]",
	     "length(sorted(slice([1], 0, 0))) == 0");
}

Test(order, sorts_many)
{
	body_holds("var a: list[int]; var x = 12345; for (i in 0..10000) { x = (x * 1103515245 + 12345) % 2147483648; a.push(x); } "
		   "a.sort(); for (i in 1..10000) { if (a[i - 1] > a[i]) { return false; } } return length(a) == 10000;");
	body_holds("var a: list[int]; for (i in 0..1025) { a.push(i % 7); } a.sort(); "
		   "return a[0] == 0 and a[1024] == 6 and count(a, 3) == 146 and count(a, 2) == 147;");
}

Test(order, keeps_each_once)
{
	HOLD("length(unique(slice([1], 0, 0))) == 0", "unique([3, 1, 3, 2, 1]) == [3, 1, 2]",
	     "unique([\"\", \"a\", \"\"]) == [\"\", \"a\"]",
	     "unique([\"a\\0b\", \"a\\0c\"]) == [\"a\\0b\", \"a\\0c\"]");
	body_holds("var a: list[int]; for (i in 0..5000) { a.push(i % 100); } return length(unique(a)) == 100;");
}

Test(order, finds_extremes_and_sums)
{
	HOLD("min([2, -3, 5]) == -3", "max([2, -3, 5]) == 5", "min([2.0, -3.5]) == -3.5",
	     "max([2.0, -3.5]) == 2.0", "max([-1]) == -1", "sum(slice([1], 0, 0)) == 0",
	     "sum([-1, 1]) == 0", "sum([0.25, 0.25]) == 0.5", "sum([9223372036854775807, -1]) > 0");
	RAISE("index", "min(slice([1], 0, 0))", "max(slice([1], 0, 0))", "min(slice([1.0], 0, 0))",
	      "max(slice([1.0], 0, 0))");
	RAISE("overflow", "sum([9223372036854775807, 1])");
}

Test(order, stops_at_the_limits)
{
	body_strikes(LIMIT_instructions, 100000,
		     "var a: list[int]; for (i in 0..3000) { a.push(-i); } "
		     "for (i in 0..100) { var b = sorted(a); } return true;");
	/* Texts with a long common beginning cost what comparing them costs. */
	body_strikes(LIMIT_instructions, 100000,
		     "var a: list[text]; for (i in 0..100) { a.push(repeat(\"x\", 1000)); } "
		     "for (i in 0..10) { var b = sorted(a); } return true;");
}

Test(order, survives_want_of_memory)
{
	body_survives_want("var a: list[int]; for (i in 0..2000) { a.push(2000 - i); } a.sort(); "
			   "return a[0] == 1 and length(unique(a)) == 2000;");
}
