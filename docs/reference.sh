#!/bin/sh
# The reference, from the language's tables alone: man pages, Markdown and HTML.   docs/reference.sh AFSL FOLDER
set -eu
afsl=$1 out=$2
mkdir -p "$out/man" "$out/reference"
index=$out/reference/index.html
printf '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>AFSL reference</title></head>\n' >"$index"
printf '<body><h1>AFSL reference</h1>\n<ul>\n' >>"$index"
for topic in events variables functions limits records profiles diagnostics; do
	"$afsl" describe --man $topic >"$out/man/afsl-$topic.7"
	"$afsl" describe --markdown $topic >"$out/reference/$topic.md"
	"$afsl" describe --html $topic >"$out/reference/$topic.html"
	printf '<li><a href="%s.html">%s</a></li>\n' $topic $topic >>"$index"
done
printf '</ul></body></html>\n' >>"$index"
