#!/bin/sh
# Runs the test blocks of the cases that say "# expect tests: N passed, N failed, N skipped".
#   tests/lang/tests.sh AFSL FOLDER
set -u
afsl=$1
passed=0 failed=0
for case in $(grep -rl '^# expect tests: ' --include='*.afsl' "$2" | sort); do
	wanted=$(sed -n 's/^# expect tests: //p' "$case")
	said=$("$afsl" test "$case" 2>&1)
	if [ "$(printf '%s\n' "$said" | tail -n 1)" = "$wanted" ]; then
		passed=$((passed + 1))
	else
		printf 'FAIL %s\n%s\n' "$case" "$said"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
