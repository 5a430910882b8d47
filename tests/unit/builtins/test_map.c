#include "world.h"

#include <criterion/criterion.h>

Test(map, reads)
{
	HOLD("get([\"a\": 1], \"a\", 7) == 1", "get([1: \"x\"], 2, \"\") == \"\"", "has([1: 2], 1)",
	     "not has([\"a\": 1], \"A\")", "contains([\"\": 1], \"\")", "not contains([\"a\": 1], \"b\")",
	     "keys([2: 1, 1: 2]) == [2, 1]", "values([\"x\": [1], \"y\": [2]]) == [[1], [2]]",
	     "length([\"a\": 1, \"b\": 2]) == 2",
	     "get([\"a\\0b\": 1, \"a\\0c\": 2], \"a\\0c\", 0) == 2");
}

Test(map, changes)
{
	body_holds("var m: map[text, int]; m.put(\"a\", 1); m.put(\"b\", 2); m.put(\"a\", 3); "
		   "return m == [\"a\": 3, \"b\": 2] and length(m) == 2;");
	body_holds("var m = [\"a\": 1, \"b\": 2]; return m.remove(\"a\") and not m.remove(\"a\") and keys(m) == [\"b\"];");
	body_holds("var m = [\"a\": 1]; m.merge([\"b\": 2, \"a\": 5]); return m == [\"a\": 5, \"b\": 2];");
	body_holds("var m = [\"a\": 1]; m.merge(m); return m == [\"a\": 1];");
	body_holds("var m = [\"a\": 1]; m.clear(); m.put(\"b\", 2); return keys(m) == [\"b\"] and isEmpty(m) == false;");
	body_holds("var m: map[int, int]; for (i in 0..1000) { m.put(i, i); } m.clear(); "
		   "m.put(5, 6); return length(m) == 1 and get(m, 5, 0) == 6 and not has(m, 7);");
}

Test(map, keeps_copies_apart)
{
	body_holds("var m = [\"a\": [1]]; var v = get(m, \"a\", [0]); v.push(2); return m == [\"a\": [1]];");
	body_holds("var other = [0]; var m = [\"a\": [1]]; var v = get(m, \"b\", other); v.push(2); return other == [0];");
	body_holds("var m = [\"a\": [1]]; var v = values(m); v[0].push(2); return m == [\"a\": [1]];");
	body_holds("var m = [\"a\": 1]; var n = m; n.put(\"b\", 2); return length(m) == 1;");
}

Test(map, survives_want_of_memory)
{
	body_survives_want("var m: map[text, int]; for (i in 0..500) { m.put(\"k%{i}\", i); } "
			   "return length(keys(m)) == 500 and length(values(m)) == 500;");
}
