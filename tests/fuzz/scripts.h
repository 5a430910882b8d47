/* A script for targets that play whole sessions: what the client says goes into everything that leaves, and the sender
 * decides how each event ends. */
#ifndef TESTS_FUZZ_SCRIPTS_H
#define TESTS_FUZZ_SCRIPTS_H

static const char script_of_sinks[] =
	"session var seen = 0;\n"
	"session var kept: map[text, list[text]];\n"
	"message var subjects: list[text];\n"
	"shared var hits: counter;\n"
	"function tell(what: text, t: text) { log.info(\"%what%: %t%\"); kept[what] = [t]; }\n"
	"function decide(t: text) {\n"
	"    if (contains(t, \"reject\")) { reject(550, \"5.7.1\", \"no %t%\".replace(\"\\r\", \" \").replace(\"\\0\", \" \")); }\n"
	"    if (contains(t, \"words\")) { reject(t); }\n"
	"    if (contains(t, \"later\")) { tempfail(t); }\n"
	"    if (contains(t, \"accept\")) { accept(); }\n"
	"    if (contains(t, \"close\")) { disconnect(); }\n"
	"    if (contains(t, \"throw\")) { throw t; }\n"
	"    if (contains(t, \"loop\")) { while (seen >= 0) { seen += 1; } }\n"
	"}\n"
	"event onConnect { seen = 1; tell(\"name\", remoteSmtpHost); hits.add(); if (remoteSmtpPort == 1) { reject(); } }\n"
	"event onEhlo { tell(\"ehlo\", ehloHost); decide(ehloHost); }\n"
	"event onMailFrom { tell(\"from\", mailFrom); decide(mailFrom); }\n"
	"event onRcptTo { tell(\"rcpt\", rcptTo); if (contains(rcptTo, \"drop\")) { discard(); } decide(rcptTo); }\n"
	"event onHeader { subjects.push(headerValue); if (headerName == \"Loop\") { decide(headerValue); } }\n"
	"event onUnknownCommand { tell(\"command\", command); decide(command); }\n"
	"event onBodyChunk { seen += length(bodyChunk); }\n"
	"event onAbort { seen = 0; }\n"
	"event onDataReceived {\n"
	"    for (s in subjects) { try { addHeader(\"X-Subject\", s); } catch (e) { addHeader(\"X-Not\", e.kind); } }\n"
	"    for (s in subjects) { try { addHeader(s, s); } catch (e) { tell(e.message, s); } }\n"
	"    try { insertHeader(1, \"X-From\", mailFrom); changeHeader(\"Subject\", 1, header(\"Subject\") + ehloHost); } catch (e) { tell(\"why\", e.message); }\n"
	"    try { addRcpt(mailFrom); changeSender(\"<%ehloHost%>\"); } catch (e) { tell(\"why\", e.message); }\n"
	"    try { discardRcpt(mailFrom); quarantine(macro(\"i\")); } catch (e) { tell(\"why\", e.message); }\n"
	"    if (contains(mailFrom, \"body\")) { replaceBody(\"new\\r\\n%mailFrom%\\r\\n\"); }\n"
	"    removeHeader(\"X-Gone\");\n"
	"    decide(header(\"Subject\"));\n"
	"}\n";

#endif
