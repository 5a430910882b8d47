"""Hard messages, each named for what is hard about it, with the anomalies that must be told at least."""
import base64

MESSAGES = {}


def message(name, content, *anomalies):
    """Lines end with CR LF unless the content is bytes, which stay as they are."""
    if isinstance(content, str):
        content = content.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
    assert name not in MESSAGES, name
    MESSAGES[name] = (content, anomalies)


HEAD = "From: a@example.net\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"
TEXT = "Content-Type: text/plain\n\nplain\n"


def single(fields, body="body\n"):
    return HEAD + fields + "\n" + body


def multipart(body, parameters="boundary=b", kind="mixed"):
    return HEAD + "Content-Type: multipart/%s; %s\n\n%s" % (kind, parameters, body)


def attached(fields, body="eA==\n"):
    return multipart("--b\n" + TEXT + "--b\nContent-Transfer-Encoding: base64\n" + fields + "\n" + body + "--b--\n")


def named(disposition):
    return attached("Content-Type: application/octet-stream\nContent-Disposition: attachment; %s\n" % disposition)


def encoded(encoding, body, kind="text/plain"):
    return single("Content-Type: %s\nContent-Transfer-Encoding: %s\n" % (kind, encoding), body)


# ---- plain ----
message("plain", single("Content-Type: text/plain\n"))
message("no-mime-at-all", "From: a@example.net\n\nbody\n")
message("no-mime-version", "From: a@example.net\nContent-Type: text/html\n\n<p>\n", "missingVersion")
message("no-body", "From: a@example.net\nSubject: x\n", "headerUnended")
message("empty", "", "headerUnended")
message("only-a-line-break", "\n")
message("body-without-header", "\nbody: yes\n")
message("lf-alone", single("Content-Type: text/plain\n").encode())
message("mixed-line-ends", b"From: a@example.net\r\nSubject: x\r\n\r\none\ntwo\r\n", "bareLf")
message("bare-cr-in-body", b"From: a@example.net\r\n\r\none\rtwo\r\n", "bareCr")
message("bare-cr-in-header", b"From: a@example.net\r\nSubject: one\rX-Two: two\r\n\r\nbody\r\n", "bareCr")
message("nul-in-body", b"From: a@example.net\r\n\r\none\0two\r\n", "nul")
message("nul-in-header", b"From: a@example.net\r\nSubject: one\0two\r\n\r\nbody\r\n", "nul")
message("long-line", single("Content-Type: text/plain\n", "x" * 5000 + "\n"), "longLine")
message("eight-bits-in-7bit", single("Content-Type: text/plain\nContent-Transfer-Encoding: 7bit\n", "caf\u00e9\n"), "eightBitBody")
message("eight-bits-in-8bit", single("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", "caf\u00e9\n"))
message("utf-8-in-header", "From: J\u00f6 <a@example.net>\nSubject: caf\u00e9\n\nbody\n")
message("latin-1-in-header", b"From: a@example.net\r\nSubject: caf\xe9\r\n\r\nbody\r\n", "eightBitHeader")

# ---- headers ----
message("line-without-colon", HEAD + "this is no field\nContent-Type: text/html\n\n<p>\n", "lineWithoutColon")
message("line-without-colon-in-part", multipart("--b\nno field here\nContent-Type: text/html\n\n<p>\n--b--\n"), "lineWithoutColon")
message("blank-before-colon", HEAD + "Content-Type : text/html\n\n<p>\n", "blankBeforeColon")
message("folded-type", single("Content-Type:\n text/html;\n\tcharset=utf-8\n", "<p>\n"))
message("header-begins-with-blank", " From: a@example.net\nContent-Type: text/html\n\n<p>\n", "lineWithoutColon")
message("two-types", single("Content-Type: text/plain\nContent-Type: text/html\n"), "duplicateType")
message("two-encodings", single("Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n", "Ym9keQ==\n"), "duplicateEncoding")
message("two-dispositions", attached("Content-Disposition: attachment; filename=a.txt\nContent-Disposition: attachment; filename=b.exe\n"), "duplicateDisposition")
message("two-from", "From: a@example.net\nFrom: b@example.net\n\nbody\n", "duplicateField")
message("two-subjects", "From: a@example.net\nSubject: a\nSubject: b\n\nbody\n", "duplicateField")
message("type-in-capitals", single("CONTENT-TYPE: TEXT/HTML\n"))
message("type-without-slash", single("Content-Type: text\n"), "malformedType")
message("type-with-two-slashes", single("Content-Type: text/html/x\n"), "malformedType")
message("type-empty", single("Content-Type:\n"), "malformedType")
message("type-with-blanks", single("Content-Type: text / html\n"), "malformedType")
message("type-with-comment", single("Content-Type: text/html (a comment; with a semicolon)\n"))
message("type-unknown", single("Content-Type: x-a/x-b\n"))
message("semicolon-at-the-end", single("Content-Type: text/html;\n"))
message("two-semicolons", single("Content-Type: text/html;; charset=utf-8\n"))
message("no-semicolon", single("Content-Type: text/html charset=utf-8\n"), "malformedType")

# ---- parameters ----
message("charset-quoted", single('Content-Type: text/plain; charset="UTF-8"\n', "caf\u00e9\n"))
message("charset-twice", single("Content-Type: text/plain; charset=utf-8; charset=latin1\n"), "duplicateParameter")
message("charset-with-comment", single("Content-Type: text/plain; charset=us-ascii (plain text)\n"))
message("charset-by-rfc-2231", single("Content-Type: text/plain; charset*=us-ascii'en'utf-8\n"))
message("charset-without-value", single("Content-Type: text/plain; charset=\n"), "malformedParameter")
message("charset-with-blanks", single("Content-Type: text/plain; charset = utf-8\n"))
message("parameter-without-equals", single("Content-Type: text/plain; flowed\n"), "malformedParameter")
message("quote-without-end", single('Content-Type: text/plain; charset="utf-8\n'), "malformedParameter")
message("backslash-in-quotes", single('Content-Type: text/plain; charset="utf\\-8"\n'))

# ---- names ----
message("name-plain", named("filename=a.txt"))
message("name-quoted", named('filename="a b.txt"'))
message("name-with-semicolon", named('filename="a;b.txt"'))
message("name-with-escaped-quote", named('filename="a\\"b.txt"'))
message("name-without-quotes", named("filename=a b.exe"), "malformedParameter")
message("name-without-end", named('filename="a.exe'), "malformedParameter")
message("name-empty", named('filename=""'))
message("name-with-path", named('filename="../../etc/passwd"'))
message("name-with-backslashes", named('filename="c:\\\\temp\\\\a.exe"'))
message("name-of-windows-path", named('filename="c:\\temp\\a.exe"'))
message("name-rfc-2231", named("filename*=utf-8''caf%C3%A9.txt"))
message("name-rfc-2231-latin-1", named("filename*=iso-8859-1'fr'caf%E9.txt"))
message("name-rfc-2231-sections", named("filename*0=a; filename*1=b; filename*2=.txt"))
message("name-rfc-2231-sections-mixed", named("filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=.txt"))
message("name-rfc-2231-out-of-order", named("filename*1=.txt; filename*0=a"))
message("name-rfc-2231-gap", named("filename*0=a; filename*2=.exe"), "malformedSections")
message("name-rfc-2231-without-0", named("filename*1=a.exe"), "malformedSections")
message("name-rfc-2231-without-charset", named("filename*=a%2Eexe"))
message("name-rfc-2231-unknown-charset", named("filename*=nobodys''a%2Eexe"))
message("name-rfc-2231-bad-percent", named("filename*=utf-8''a%zz.txt"))
message("name-rfc-2231-quoted", named("filename*=\"utf-8''a.txt\""))
message("name-both-forms", named("filename=a.txt; filename*=utf-8''b.exe"), "duplicateParameter")
message("name-encoded-word", named('filename="=?utf-8?B?Y2Fmw6kuZXhl?="'), "wordInParameter")
message("name-encoded-word-q", named('filename="=?iso-8859-1?Q?caf=E9.exe?="'), "wordInParameter")
message("name-encoded-word-without-quotes", named("filename==?utf-8?Q?a.exe?="), "wordInParameter")
message("name-utf-8-raw", named('filename="caf\u00e9.txt"'))
message("name-latin-1-raw", named("filename=\"caf\udce9.txt\""), "eightBitHeader")
message("name-twice", named("filename=a.txt; filename=b.exe"), "duplicateParameter")
message("name-in-type-alone", attached("Content-Type: application/octet-stream; name=a.exe\n"))
message("name-differs", attached("Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.exe\n"), "namesDiffer")
message("name-right-to-left", named('filename="a\u202etxt.exe"'), "deceptiveName")
message("name-with-control", named("filename*=utf-8''a%00.exe"), "deceptiveName")
message("name-folded", named('\n filename="a.exe"'))
message("name-folded-inside", named('filename="a\n .exe"'))
message("name-with-comment", named("filename=a.exe (b.txt)"))
message("name-with-blanks-around-equals", named('filename = "a.exe"'))
message("name-in-capitals", named("FILENAME=A.EXE"))
message("disposition-unknown", attached("Content-Disposition: x-other; filename=a.exe\n"))
message("disposition-without-type", attached("Content-Disposition: filename=a.exe\n"))

# ---- transfer encodings ----
message("base64", encoded("base64", "Ym9keQ==\n"))
message("base64-many-lines", encoded("base64", base64.encodebytes(b"x" * 500).decode()))
message("base64-without-padding", encoded("base64", "Ym9keQ\n"), "badBase64")
message("base64-cut", encoded("base64", "Ym9keQabc\n"), "badBase64")
message("base64-with-rubbish", encoded("base64", "Ym!9k-eQ==\n"), "badBase64")
message("base64-behind-padding", encoded("base64", "Ym8=ZHk=\n"), "dataAfterPadding")
message("base64-in-pieces", encoded("base64", "Ym9keQ==\nYm9keQ==\n"), "dataAfterPadding")
message("base64-with-text-behind", encoded("base64", "Ym9keQ==\n\nsent by a list\n"), "dataAfterPadding")
message("base64-padding-alone", encoded("base64", "====\n"), "badBase64")
message("base64-empty", encoded("base64", ""))
message("base64-in-capitals", encoded("BASE64", "Ym9keQ==\n"))
message("base64-with-comment", encoded("base64 (of course)", "Ym9keQ==\n"))
message("base64-url-alphabet", encoded("base64", "-_-_\n"), "badBase64")
message("quoted-printable", encoded("quoted-printable", "a=3Db=\nc =C3=A9\n"))
message("quoted-printable-lower-case", encoded("quoted-printable", "=c3=a9\n"))
message("quoted-printable-wrong", encoded("quoted-printable", "a=zz b=4\n"), "badQuotedPrintable")
message("quoted-printable-blanks-at-end", encoded("quoted-printable", "a  \nb= \nc\n"))
message("quoted-printable-equals-at-end", encoded("quoted-printable", "a="))
message("quoted-printable-eight-bits", encoded("quoted-printable", "caf\u00e9\n"), "eightBitBody")
message("encoding-unknown", encoded("base46", "body\n"), "unknownEncoding")
message("encoding-with-semicolon", encoded("base64;", "Ym9keQ==\n"))
message("encoding-empty", encoded("", "body\n"))
message("uuencode-as-encoding", encoded("x-uuencode", "begin 644 a.txt\n$8F]D>0``\n`\nend\n"))
message("uuencode-in-text", single("", "see:\nbegin 644 a.exe\n$8F]D>0``\n`\nend\n"), "uuencode")
message("uuencode-without-end", encoded("x-uuencode", "begin 644 a.txt\n$8F]D>0``\n"))
message("encoded-multipart", HEAD + "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n" + TEXT + "--b--\n", "encodedParts")
message("encoded-message", HEAD + "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKeQo=\n", "encodedParts")

# ---- boundaries ----
message("multipart", multipart("--b\n" + TEXT + "--b--\n"))
message("multipart-preamble-epilogue", multipart("before\n--b\n" + TEXT + "--b--\nbehind\n"), "textAfterEnd")
message("multipart-quoted-boundary", multipart("--a b\n" + TEXT + "--a b--\n", 'boundary="a b"'))
message("multipart-boundary-in-single-quotes", multipart("--'b'\n" + TEXT + "--'b'--\n", "boundary='b'"))
message("multipart-no-boundary", multipart("--b\n" + TEXT + "--b--\n", "charset=utf-8"), "missingBoundary")
message("multipart-empty-boundary", multipart("--\n" + TEXT + "----\n", 'boundary=""'), "missingBoundary")
message("multipart-unused-boundary", multipart("nothing here\n"), "unusedBoundary")
message("multipart-no-end", multipart("--b\n" + TEXT), "unclosed")
message("multipart-end-alone", multipart("--b--\n"))
message("multipart-cut-in-header", multipart("--b\nContent-Type: text/html\n"), "unclosed", "headerUnended")
message("multipart-no-line-break-at-end", multipart("--b\n" + TEXT + "--b--"))
message("multipart-blanks-behind-boundary", multipart("--b  \t\n" + TEXT + "--b--  \n"))
message("multipart-text-behind-boundary", multipart("--b\n" + TEXT + "--bc\nContent-Type: text/html\n\n<p>\n--b--\n"), "almostBoundary")
message("multipart-two-boundaries-given", multipart("--b\n" + TEXT + "--b--\n", "boundary=b; boundary=c"), "duplicateParameter")
message("multipart-boundary-by-rfc-2231", multipart("--b\n" + TEXT + "--b--\n", "boundary*=us-ascii''b"))
message("multipart-boundary-in-sections", multipart("--bc\n" + TEXT + "--bc--\n", "boundary*0=b; boundary*1=c"))
message("multipart-long-boundary", multipart("--%s\n%s--%s--\n" % ("b" * 100, TEXT, "b" * 100), "boundary=" + "b" * 100), "malformedBoundary")
message("multipart-boundary-with-blank-at-end", multipart("--b\n" + TEXT + "--b--\n", 'boundary="b "'), "malformedBoundary")
message("multipart-boundary-with-comment", multipart("--b\n" + TEXT + "--b--\n", "boundary=b (a comment)"))
message("multipart-boundary-of-hyphens", multipart("----\n" + TEXT + "------\n", "boundary=--"))
message("multipart-part-without-header", multipart("--b\n\nplain\n--b--\n"))
message("multipart-empty-part", multipart("--b\n--b--\n"))
message("multipart-boundary-after-end", multipart("--b\n" + TEXT + "--b--\n--b\n" + TEXT + "--b--\n"), "boundaryAfterEnd")
message("multipart-end-twice", multipart("--b\n" + TEXT + "--b--\n--b--\n"), "boundaryAfterEnd")
message("multipart-same-boundary-within", multipart("--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + TEXT + "--b--\n--b--\n"), "repeatedBoundary")
message("multipart-prefix-within", multipart("--b\nContent-Type: multipart/mixed; boundary=bc\n\n--bc\n" + TEXT + "--bc--\n--b--\n"), "boundaryPrefix")
message("multipart-prefix-around", multipart("--bc\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + TEXT + "--b--\n--bc--\n", "boundary=bc"), "boundaryPrefix")
message("multipart-inner-cut", multipart("--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" + TEXT + "--b\n" + TEXT + "--b--\n"), "unclosed")
message("multipart-lf-alone", multipart("--b\n" + TEXT + "--b--\n").encode())
message("multipart-within-multipart", multipart("--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n" + TEXT + "--c\nContent-Type: text/html\n\n<p>\n--c--\n--b\n" + TEXT + "--b--\n"))
message("multipart-twenty-levels", HEAD + "".join("Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n" % (i, i) for i in range(20)) + TEXT, "unclosed")
message("multipart-hundred-parts", multipart("".join("--b\nContent-Type: text/plain; name=%d.txt\n\n%d\n" % (i, i) for i in range(100)) + "--b--\n"))
message("multipart-sixty-levels", HEAD + "".join("Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n" % (i, i) for i in range(60)) + TEXT, "tooDeep")

# ---- messages within ----
message("message-within", multipart("--b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<p>\n--b--\n"))
message("message-within-message", single("Content-Type: message/rfc822\n", "Content-Type: message/rfc822\n\nSubject: deep\n\nbody\n"))
message("message-within-empty", multipart("--b\nContent-Type: message/rfc822\n\n--b--\n"))
message("message-with-multipart", single("Content-Type: message/rfc822\n", multipart("--b\n" + TEXT + "--b--\n")))
message("message-partial", single("Content-Type: message/partial; id=1; number=1; total=2\n"), "partialMessage")
message("message-external-body", single("Content-Type: message/external-body; access-type=url\n", "Content-Type: text/plain\n\n"), "externalBody")
message("message-delivery-status", multipart("--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\n--b--\n", "report-type=delivery-status; boundary=b", "report"))
message("message-global", single("Content-Type: message/global\n", "Subject: caf\u00e9\n\nbody\n"))
message("digest", multipart("--b\n\nSubject: one\n\n1\n--b\n\nSubject: two\n\n2\n--b--\n", kind="digest"))
message("digest-with-text", multipart("--b\n" + TEXT + "--b--\n", kind="digest"))

# ---- charsets ----
message("charset-koi8-r", encoded("8bit", "\udcc4\udcc1\n", "text/plain; charset=koi8-r"))
message("charset-iso-2022-jp", encoded("7bit", "\x1b$B$\"\x1b(B\n", "text/plain; charset=iso-2022-jp"))
message("charset-utf-16", encoded("base64", "//5hAGIA\n", "text/plain; charset=utf-16"))
message("charset-utf-7", encoded("7bit", "+AOk-\n", "text/plain; charset=utf-7"))
message("charset-unknown", encoded("8bit", "caf\u00e9\n", "text/plain; charset=nobodys"))
message("charset-that-lies", encoded("8bit", "caf\udce9\n", "text/plain; charset=utf-8"))
