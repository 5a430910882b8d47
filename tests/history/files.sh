# File names from outside, code from outside, and who may write what is read.

history 'Courier, Cyrus: ../../etc/passwd'
script <<'END'
event onEhlo { try { log.info("read %{length(file.read(ehloHost))}"); } catch (e) { log.info("refused %{e.kind}"); } }
END
mkdir open
for name in ../letter ../../../../../../etc/passwd /etc/passwd ./../letter open/../../letter .. . '' /; do
	try "$afsl" run --files open --helo "$name" case.afsl letter
	says 'refused io'
done

history 'a symbolic link leads out of the folder'
script <<'END'
event onConnect {
    for (name in ["link", "folder/passwd"]) {
        try { log.info("read %{length(file.read(name))}"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
mkdir open
ln -s /etc/passwd open/link
ln -s /etc open/folder
simulate --files open
counts 2 'refused io'

history 'a pipe, a device, a folder in the place of a file'
script <<'END'
event onConnect {
    for (name in ["pipe", "folder", "null"]) {
        try { log.info("read %{length(file.read(name))}"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
mkdir -p open/folder
mkfifo open/pipe
ln -s /dev/zero open/null
simulate --files open
counts 3 'refused io'

history 'a file of a gigabyte'
script <<'END'
event onConnect { try { log.info("read %{length(file.read("large"))}"); } catch (e) { log.info("refused %{e.kind}"); } }
END
mkdir open
truncate -s 1G open/large
simulate --files open
says_not 'case.afsl: read'

history 'without a folder no file is read at all'
script <<'END'
event onConnect { try { log.info("read %{length(file.read("letter"))}"); } catch (e) { log.info("refused %{e.kind}"); } }
END
simulate
says 'refused io'

history 'VERI names a file outside of the spool'
serve "$aximilter" --foreground -s "listen unix:$work/s" -s 'milter inet:1@127.0.0.1'
for name in /etc/passwd ../../etc/passwd "$work/letter" 'a\0b'; do
	throw "FROM: <a@example.net>\r\nRCPT: <b@example.org>\r\nVERI: $name\r\n\r\n"
	says_not "$(printf ACCEPT | od -An -tx1 | tr -d ' \n')"
done
lives

history 'a library file that everybody can write to'
script <<'END'
use "other.afsl" as other;
event onConnect { }
END
printf 'const A = 1;\n' >other.afsl
chmod 666 other.afsl
if [ "$(id -u)" -eq 0 ]; then
	try "$afsld" -t --listen "unix:$work/s" case.afsl
	[ "$status" -ne 0 ]; must 'root loads it'
	says 'E0507'
else
	seen=1
fi

history 'a script that everybody can write to'
script <<'END'
event onConnect { }
END
chmod 666 case.afsl
if [ "$(id -u)" -eq 0 ]; then
	try "$afsld" -t --listen "unix:$work/s" case.afsl
	[ "$status" -ne 0 ]; must 'root loads it'
else
	seen=1
fi

# ---- code ----

history 'Lua bytecode: code that was made elsewhere is loaded unverified'
script <<'END'
event onConnect { }
END
"$afsl" dump case.afsl >dumped
mv dumped case.afsl
check
exits 65

history 'an ELF file, a compressed file, a picture as a script'
head -c 10000 "$afsl" >case.afsl
check
exits 65
printf '\037\213\010\0\0\0\0\0' >case.afsl
check
exits 65

history 'a byte order mark, and UTF-16'
printf '\377\376e\0v\0e\0n\0t\0' >case.afsl
check
exits 65

history 'Trojan Source 2021: characters that turn the reading round'
printf 'event onConnect { if (isESMTP) { reject("no"); } } # \342\200\256 } ;)"on"(tcejer\n' >case.afsl
check
[ "$status" -eq 0 ] || exits 65
says ''

history 'a homoglyph in a name'
printf 'event onMailFrom { if (m\320\260ilFrom == "x") { reject("no"); } }\n' >case.afsl
refused_at_load 'E0104'

history 'machine code of a pattern needs more than its stack'
script <<'END'
event onDataReceived { log.info("%{header("X-Long") =~ re"^(?:x|y|(z))*$" ? "yes" : "no"}"); } # afsl: allow W0307
END
{ printf 'X-Long: '; head -c 100000 /dev/zero | tr '\0' 'x'; printf '\r\n\r\nx\r\n'; } >letter
simulate
says_not 'case.afsl: no'
