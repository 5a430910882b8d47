# Signals, and processes that die.

waiting() { script <<-'END'
	event onEhlo { reject("served"); }
	END
}

history 'SIGPIPE: a client goes while it is answered'
waiting
serve_script
for _ in 1 2 3 4 5; do throw '\0000\0000\0000\0015O\0000\0000\0000\0006\0000\0000\0001\0377\0000\0037\0377\0377'; done
kill -PIPE "$server"
send
lives
says 'served'

history 'HUP with a script that is wrong keeps the old one'
waiting
serve_script
printf 'event onEhlo { reject("served" }\n' >case.afsl
kill -HUP "$server"
sleep 1
send
says 'served'
logs 'E0'

history 'HUP with a script that is right takes it'
waiting
serve_script
printf 'event onEhlo { reject("anew"); }\n' >case.afsl
kill -HUP "$server"
for _ in $(seq 40); do
	send
	grep -q anew out && break
	sleep 0.25
done
says 'anew'

history 'OpenSSH 2006: signals one upon the other'
waiting
serve_script
i=0
while [ $i -lt 200 ]; do kill -HUP "$server"; kill -USR1 "$server" 2>/dev/null; kill -CHLD "$server"; i=$((i + 1)); done
sleep 1
kill -0 "$server"; must 'the daemon is gone'
send
says 'served'

history 'a worker is killed: the next session is served'
waiting
serve_script
worker=$(sed -n 's/.*served by process \([0-9]*\).*/\1/p' log | head -n 1)
kill -KILL "$worker"
for _ in $(seq 40); do
	send
	grep -q served out && break
	sleep 0.25
done
says 'served'
lives

history 'the supervisor is killed: nobody stays behind'
waiting
serve_script
worker=$(sed -n 's/.*served by process \([0-9]*\).*/\1/p' log | head -n 1)
kill -KILL "$server"
for _ in $(seq 60); do
	kill -0 "$worker" 2>/dev/null || break
	sleep 0.25
done
! kill -0 "$worker" 2>/dev/null; must 'the worker lives on'

history 'TERM ends it, and its socket is gone'
waiting
serve_script
kill -TERM "$server"
wait "$server"
[ ! -e s ] || [ ! -S s ]; must 'the socket stays'

history 'a socket file that another daemon listens on is not taken away'
waiting
serve_script
try "$afsld" --foreground --listen "unix:$work/s" case.afsl
[ "$status" -ne 0 ]; must 'a second one has taken it'
send
says 'served'
