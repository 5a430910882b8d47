# What a peer sends that is no dialogue.

quiet() { script <<-'END'
	event onConnect { log.info("somebody"); }
	event onDataReceived { accept(); }
	END
}

# After each: it is alive, and the next one is served.
goes_on() {
	lives
	send
	exits 0
}

for server_kind in native libmilter; do

history "$server_kind: a packet of 4 GB is promised"
quiet
serve_script --server $server_kind
throw '\0377\0377\0377\0377O'
says 'ended'
goes_on

history "$server_kind: a packet of no bytes"
quiet
serve_script --server $server_kind
throw '\0000\0000\0000\0000'
says 'ended'
goes_on

history "$server_kind: commands before the negotiation"
quiet
serve_script --server $server_kind
throw '\0000\0000\0000\0001E\0000\0000\0000\0001E'
says 'ended'
goes_on

history "$server_kind: SMTP, HTTP and TLS at the wrong door"
quiet
serve_script --server $server_kind
for words in 'EHLO x\r\nMAIL FROM:<a@b>\r\n' 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' '\0026\0003\0001\0002\0000\0001\0000\0001\0374'; do
	throw "$words"
	says 'ended'
done
goes_on

history "$server_kind: the negotiation is cut off"
quiet
serve_script --server $server_kind
throw '\0000\0000\0000\0015O\0000\0000\0000\0006'
says 'ended'
goes_on

history "$server_kind: a macro list without an end"
quiet
serve_script --server $server_kind
throw '\0000\0000\0000\0015O\0000\0000\0000\0006\0000\0000\0001\0377\0000\0037\0377\0377\0000\0000\0000\0006DCjabc'
goes_on

history "$server_kind: a connect packet without its port"
quiet
serve_script --server $server_kind
throw '\0000\0000\0000\0015O\0000\0000\0000\0006\0000\0000\0001\0377\0000\0037\0377\0377\0000\0000\0000\0006Chost4'
! grep -q 'case: somebody' log; must 'half a client was told to the script'
goes_on

done

history 'aximilter: a line of a megabyte'
serve "$aximilter" --foreground -s "listen unix:$work/s" -s 'milter inet:1@127.0.0.1'
throw "FROM: $(head -c 100000 /dev/zero | tr '\0' 'a')\r\n\r\n"
says 'ended'
lives

history 'aximilter: a command without FROM, a VERI alone, an empty request'
serve "$aximilter" --foreground -s "listen unix:$work/s" -s 'milter inet:1@127.0.0.1'
throw 'VERI: /x\r\n\r\n'
says "heard $(printf 'ERROR: ' | od -An -tx1 | tr -d ' \n')"
says "$(printf 'without FROM' | od -An -tx1 | tr -d ' \n')"
lives

history 'aximilter: a line break in a value'
serve "$aximilter" --foreground -s "listen unix:$work/s" -s 'milter inet:1@127.0.0.1'
throw 'FROM: <a@b>%%0d%%0aRCPT: <c@d>\r\n\r\n'
lives
