"""The same of Python's email package: the second parser that ours is compared with."""
import email
import email.policy
import hashlib


def decoded(part):
    return part.get_payload(decode=True) or b""


def name_of(part):
    name = part.get_filename()
    return (name or "").encode("utf-8", "surrogateescape")


def charset_of(part):
    charset = part.get_param("charset")
    if isinstance(charset, tuple):
        charset = charset[2]
    return str(charset or "").lower()


def walk(part, path, out):
    out.append((path, {
        "type": part.get_content_type(),
        "charset": charset_of(part),
        "name": name_of(part).hex(),
        "body": hashlib.sha256(decoded(part)).hexdigest() if not part.is_multipart() else "",
    }))
    if part.is_multipart():
        for number, child in enumerate(part.get_payload(), 1):
            walk(child, "%s.%d" % (path, number), out)


def parts(content):
    """[(path, {field: value})]; a message that it cannot read raises."""
    out = []
    walk(email.message_from_bytes(content, policy=email.policy.compat32), "1", out)
    return out
