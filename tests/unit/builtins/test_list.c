#include "world.h"

#include <criterion/criterion.h>

Test(list, finds)
{
	HOLD("not contains([1, 2], 3)", "contains([[1], [2]], [2])", "contains([\"a\", \"b\"], \"b\")",
	     "indexOf([1, 2, 1], 1) == 0", "indexOf([1], 2) == -1", "count([\"a\"], \"b\") == 0",
	     "count([1.5, 1.5], 1.5) == 2", "length([1, 2, 3]) == 3", "first([7]) == 7",
	     "last([7]) == 7", "first([[1, 2], [3]]) == [1, 2]");
	RAISE("index", "first(slice([1], 0, 0))", "last(slice([1], 0, 0))");
}

Test(list, pushes_and_pops)
{
	body_holds("var a = [1]; a.push(2); push(a, 3); return a == [1, 2, 3];");
	body_holds("var a = [1, 2]; var x = a.pop(); return x == 2 and a == [1];");
	body_holds("var a: list[text]; a.push(\"x\"); a.extend([\"y\", \"z\"]); return a.join() == \"xyz\";");
	body_holds("var a = [1, 2]; a.extend(a); return a == [1, 2, 1, 2];");
	body_holds("var a = [1]; a.clear(); return isEmpty(a) and length(a) == 0;");
	body_raises("index", "var a: list[int]; var x = a.pop(); return true;");
}

Test(list, inserts_and_removes)
{
	body_holds("var a = [1, 3]; a.insert(1, 2); a.insert(0, 0); a.insert(4, 4); return a == [0, 1, 2, 3, 4];");
	body_holds("var a = [1, 2, 3]; var x = a.removeAt(0); return x == 1 and a == [2, 3];");
	body_holds("var a = [1, 2, 3]; var x = a.removeAt(2); return x == 3 and a == [1, 2];");
	body_holds("var a = [1, 2, 1]; return a.remove(1) and a == [2, 1] and not a.remove(9);");
	body_raises("index", "var a = [1]; a.insert(2, 5); return true;");
	body_raises("index", "var a = [1]; a.insert(-1, 5); return true;");
	body_raises("index", "var a = [1]; var x = a.removeAt(1); return true;");
	body_raises("index", "var a = [1]; var x = a.removeAt(-1); return true;");
}

/* Lists are values: no change of one shows in another. */
Test(list, keeps_copies_apart)
{
	body_holds("var a = [1, 2]; var b = a; b.push(3); return a == [1, 2] and b == [1, 2, 3];");
	body_holds("var a = [[1], [2]]; var b = first(a); b.push(9); return a == [[1], [2]];");
	body_holds("var a = [[1], [2]]; var b = a.slice(0, 1); b[0].push(9); return a == [[1], [2]] and b == [[1, 9]];");
	body_holds("var a = [[1]]; var b = a.concat([[2]]); b[0].push(9); b[1].push(8); return a == [[1]];");
	body_holds("var a = [[2], [1]]; var b = reversed(a); b[0].push(9); return a == [[2], [1]];");
	body_holds("var inner = [1]; var a: list[list[int]]; a.push(inner); a[0].push(2); return inner == [1];");
	body_holds("var a = [3, 1, 2]; var b = sorted(a); return a == [3, 1, 2] and b == [1, 2, 3];");
	body_holds("var a = [[1], [2]]; var b = a.pop(); b.push(3); return b == [2, 3] and a == [[1]];");
	body_holds("var a = [[1]]; var b = last(a); a[0].push(5); return b == [1];");
}

Test(list, slices_and_joins)
{
	HOLD("slice([1, 2, 3], 0, 3) == [1, 2, 3]", "length(slice([1, 2, 3], 2, 1)) == 0",
	     "length(slice([1], 5, 9)) == 0", "concat([1], slice([2], 0, 0)) == [1]",
	     "length(reversed(slice([1], 0, 0))) == 0", "reversed([1, 2, 3]) == [3, 2, 1]");
	RAISE("index", "slice([1], -1, 1)", "slice([1], 0, -1)");
	body_holds("var a = [1, 2, 3, 4]; a.reverse(); return a == [4, 3, 2, 1];");
}

Test(list, stops_at_the_limits)
{
	body_strikes(LIMIT_eventMemory, 100000,
		     "var a: list[int]; while (true) { a.push(1); } return true;");
	body_strikes(LIMIT_instructions, 100000,
		     "var a: list[int]; for (i in 0..5000) { a.push(i); } "
		     "for (i in 0..5000) { if (contains(a, -1)) { return false; } } return true;");
}

Test(list, survives_want_of_memory)
{
	body_survives_want("var a: list[int]; for (i in 0..3000) { a.push(i); } "
			   "return length(a.concat(reversed(a))) == 6000;");
}
