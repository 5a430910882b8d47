#!/bin/sh
# Formats every script of the tree that has no errors, and sees that the program is the same and that
# formatting again changes nothing.   tests/lang/format.sh AFSL
set -u
afsl=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

cd "$top" || exit 70
# Folders that hold scripts, with what the scripts use.
folders=$(find . -path ./build -prune -o -path ./.git -prune -o -name '*.afsl' -printf '%h\n' | sort -u)
for copy in before after; do
	mkdir "$work/$copy"
	# shellcheck disable=SC2086
	cp -r --parents $folders "$work/$copy/" || exit 70
done

# The code without the source lines in it; nothing when the script has errors.
code() {
	(cd "$work/$1" && "$afsl" dump "$2" 2>/dev/null | grep -v '^ *; ')
}

# Scripts whose options must be given, and wrong ones, have no code to compare.
for script in $(cd "$work/before" && find . -name '*.afsl' | sort); do
	code before "$script" >"$work/code.before"
	[ -s "$work/code.before" ] || continue
	if ! "$afsl" fmt "$work/after/$script" 2>"$work/log"; then
		echo "not formatted: $script"
		failed=$((failed + 1))
	elif ! "$afsl" fmt --check "$work/after/$script" >/dev/null; then
		echo "formatting twice differs: $script"
		failed=$((failed + 1))
	elif code after "$script" >"$work/code.after" && ! cmp -s "$work/code.before" "$work/code.after"; then
		echo "another program: $script"
		diff "$work/code.before" "$work/code.after" | head -n 6
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
