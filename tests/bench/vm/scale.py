#!/usr/bin/env python3
"""A script of N rules that look for a literal in a subject: scale.py N >rules.afsl. `main(folder, n)` scores n
subjects; with n = 0 it only loads. See docs/performance.md, "Cost against script size"."""
import random, sys

COUNT = int(sys.argv[1])
chosen = random.Random(7)
print("# %d rules with a literal each.\n\nfunction score(subject: text) -> int {\n    var sum = 0;" % COUNT)
for i in range(COUNT):
    word = "".join(chosen.choice("abcdefghijklmnopqrstuvwxyz0123456789 ") for _ in range(chosen.randint(6, 16)))
    print('    if (contains(subject, "%s")) {\n        sum = sum + %d;\n    }' % (word.strip() or "x%d" % i, i % 9 + 1))
print("""    return sum;
}

function main(folder: text, n: int) -> text {
    var total = 0;
    for (i in 0..n) {
        total = total + score("subject number %i%: limited offer, verify your account now, meeting on friday at 10");
    }
    return "R %total%";
}""")
