#include "content/mailbox.h"

#include "base/ip.h"
#include "content/words.h"

/* ---- one address ---- */

/* The last "@": quotes before it may hold others. */
void address_split(struct text address, struct text *local, struct text *domain)
{
	size_t at = address.length;

	while (at && address.data[at - 1] != '@')
		at--;
	*local = text_part(address, 0, at ? at - 1 : address.length);
	*domain = at ? text_part(address, at, address.length) : TEXT_EMPTY;
}

/* atext of RFC 5322, and all beyond ASCII (RFC 6532). */
static bool byte_is_atom(char byte)
{
	return byte_is_name(byte) || (unsigned char)byte >= 0x80 ||
	       (byte && strchr("!#$%&'*+-/=?^`{|}~", byte));
}

static bool is_dot_atom(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		bool dot = text.data[i] == '.';

		if (!dot && !byte_is_atom(text.data[i]))
			return false;
		if (dot && (i == 0 || i + 1 == text.length || text.data[i + 1] == '.'))
			return false;
	}
	return text.length > 0;
}

static bool is_quoted(struct text text)
{
	if (text.length < 2 || text.data[0] != '"' || text.data[text.length - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < text.length; i++) {
		if (text.data[i] == '"' || (text.data[i] == '\\' && ++i + 1 == text.length))
			return false;
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			return false;
	}
	return true;
}

static bool is_literal(struct text domain)
{
	struct text inside;
	struct ip ip;

	if (domain.length < 3 || domain.data[0] != '[' || domain.data[domain.length - 1] != ']')
		return false;
	inside = text_part(domain, 1, domain.length - 1u);
	if (inside.length > 5 && text_equals_ignoring_case(text_part(inside, 0, 5), TEXT("IPv6:")))
		inside = text_part(inside, 5, inside.length);
	return ip_parse(inside, &ip);
}

static bool is_domain(struct text domain)
{
	size_t label = 0;

	for (size_t i = 0; i < domain.length; i++) {
		char byte = domain.data[i];
		bool edge = label == 0 || i + 1 == domain.length || domain.data[i + 1] == '.';

		if (byte == '.' ? label == 0 || i + 1 == domain.length : byte == '-' && edge)
			return false;
		if (byte != '.' && byte != '-' && !byte_is_name(byte) && (unsigned char)byte < 0x80)
			return false;
		label = byte == '.' ? 0 : label + 1;
		if (label > 63 && (unsigned char)byte < 0x80)
			return false;
	}
	return domain.length > 0 && domain.length <= 255;
}

bool address_is_valid(struct text address)
{
	struct text local, domain;

	address_split(address, &local, &domain);
	return local.length <= 64 && text_is_utf8(address) &&
	       (is_dot_atom(local) || is_quoted(local)) &&
	       (is_domain(domain) || is_literal(domain));
}

bool local_part_unquote(struct text local, struct arena *arena, struct text *out)
{
	char *bytes;
	size_t length = 0;

	*out = local;
	if (!is_quoted(local))
		return true;
	bytes = arena_bytes(arena, local.length);
	for (size_t i = 1; bytes && i + 1 < local.length; i++) {
		if (local.data[i] == '\\')
			i++;
		bytes[length++] = local.data[i];
	}
	if (bytes && is_dot_atom(text_of(bytes, length, arena->lifetime)))
		*out = text_of(bytes, length, arena->lifetime);
	return bytes != NULL;
}

/* ---- reading a field ---- */

enum kind { END, WORD, QUOTED, ANGLE, COMMA, SEMICOLON, COLON };

struct token {
	enum kind kind;
	struct text text; /* of a word as it stands; quotes and brackets left out */
};

struct reader {
	struct text value;
	size_t at;
	struct arena *arena;
	struct mailboxes *out;
	struct text group;
	/* the mailbox at hand */
	struct buffer phrase, bare, comment;
	struct text angle;
	bool has_angle, has_words, has_at;
	bool ok;
};

/* A comment, which may hold others: its text is the name of old ("a@b (Name)"). */
static void read_comment(struct reader *reader)
{
	unsigned depth = 1;

	buffer_clear(&reader->comment);
	for (reader->at++; reader->at < reader->value.length; reader->at++) {
		char byte = reader->value.data[reader->at];

		depth += byte == '(';
		depth -= byte == ')';
		if (depth == 0)
			break;
		if (byte == '\\' && reader->at + 1 < reader->value.length)
			byte = reader->value.data[++reader->at];
		buffer_append_byte(&reader->comment, byte);
	}
	reader->at += reader->at < reader->value.length;
}

/* Up to the quote or bracket that closes, which is passed over. */
static struct text read_enclosed(struct reader *reader, char close)
{
	size_t from = ++reader->at;
	bool quoted = false;
	struct text inside;

	for (; reader->at < reader->value.length; reader->at++) {
		char byte = reader->value.data[reader->at];

		if (byte == '\\' && (close == '"' || quoted))
			reader->at += reader->at + 1 < reader->value.length;
		else if (byte == close && !quoted)
			break;
		else if (byte == '"')
			quoted = !quoted;
	}
	inside = text_part(reader->value, from, reader->at);
	reader->at += reader->at < reader->value.length;
	return inside;
}

static struct text read_word(struct reader *reader)
{
	size_t from = reader->at;

	while (reader->at < reader->value.length) {
		char byte = reader->value.data[reader->at];

		if (byte == '[')
			read_enclosed(reader, ']');
		else if (byte_is_space(byte) || (byte && strchr("\"(<>,;:", byte)))
			break;
		else
			reader->at++;
	}
	return text_part(reader->value, from, reader->at);
}

static struct token next_token(struct reader *reader)
{
	while (reader->at < reader->value.length) {
		char byte = reader->value.data[reader->at];

		if (byte == '"')
			return (struct token){ QUOTED, read_enclosed(reader, '"') };
		if (byte == '<')
			return (struct token){ ANGLE, read_enclosed(reader, '>') };
		if (byte == '(') {
			read_comment(reader);
			continue;
		}
		if (!byte_is_space(byte) && byte != '>' && byte != ',' && byte != ';' &&
		    byte != ':')
			return (struct token){ WORD, read_word(reader) };
		reader->at++;
		if (byte == ',' || byte == ';' || byte == ':')
			return (struct token){ byte == ','   ? COMMA
					       : byte == ';' ? SEMICOLON
							     : COLON,
					       TEXT_EMPTY };
	}
	return (struct token){ END, TEXT_EMPTY };
}

/* ---- mailboxes ---- */

static void append_unescaped(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '\\' && i + 1 < text.length)
			i++;
		if (text.data[i] != '\r' && text.data[i] != '\n')
			buffer_append_byte(out, text.data[i]);
	}
}

/* Words of a phrase are parted by one blank; those of an address touch each other. */
static void add_word(struct reader *reader, const struct token *token)
{
	if (reader->phrase.length)
		buffer_append_byte(&reader->phrase, ' ');
	if (token->kind == QUOTED) {
		append_unescaped(&reader->phrase, token->text);
		buffer_append_byte(&reader->bare, '"');
		buffer_append_text(&reader->bare, token->text);
		buffer_append_byte(&reader->bare, '"');
	} else {
		buffer_append_text(&reader->phrase, token->text);
		buffer_append_text(&reader->bare, token->text);
		reader->has_at |= text_contains_byte(token->text, '@');
	}
	reader->has_words = true;
}

static struct text keep(struct reader *reader, struct text text)
{
	return arena_copy(reader->arena, text, &reader->ok);
}

static struct text keep_decoded(struct reader *reader, const struct buffer *from)
{
	struct buffer decoded;
	struct text kept;

	buffer_init(&decoded, BUFFER_CAP_DEFAULT);
	words_decode(text_trim(buffer_text(from)), &decoded);
	reader->ok = reader->ok && !decoded.failed && !from->failed;
	kept = keep(reader, text_trim(buffer_text(&decoded)));
	buffer_free(&decoded);
	return kept;
}

/* "<@a,@b:c@d>": without the route; and without blanks outside of quotes. */
static struct text keep_address(struct reader *reader, struct text text)
{
	int64_t colon = text.length && text.data[0] == '@' ? text_find(text, TEXT(":"), 0) : -1;
	struct buffer bytes;
	struct text kept;
	bool quoted = false;

	text = text_part(text, (size_t)(colon + 1), text.length);
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; i < text.length; i++) {
		if (quoted && text.data[i] == '\\' && i + 1 < text.length)
			buffer_append_byte(&bytes, text.data[i++]);
		else
			quoted ^= text.data[i] == '"';
		if (quoted || !byte_is_space(text.data[i]))
			buffer_append_byte(&bytes, text.data[i]);
	}
	reader->ok = reader->ok && !bytes.failed;
	kept = keep(reader, buffer_text(&bytes));
	buffer_free(&bytes);
	return kept;
}

static struct mailbox *new_mailbox(struct reader *reader)
{
	struct mailboxes *out = reader->out;
	uint32_t room = out->room ? out->room * 2 : 4;
	struct mailbox *grown;

	if (out->count < out->room)
		return &out->items[out->count++];
	grown = arena_allocate(reader->arena, room * sizeof(*grown));
	reader->ok = reader->ok && grown;
	if (!grown)
		return NULL;
	if (out->count)
		memcpy(grown, out->items, out->count * sizeof(*grown));
	out->items = grown;
	out->room = room;
	return &out->items[out->count++];
}

static void forget_mailbox(struct reader *reader)
{
	buffer_clear(&reader->phrase);
	buffer_clear(&reader->bare);
	buffer_clear(&reader->comment);
	reader->has_angle = reader->has_words = reader->has_at = false;
}

/* What has been gathered is a mailbox: "Name <a@b>", "a@b (Name)", "a@b"; words without an address
 * are a name alone. */
static void end_mailbox(struct reader *reader)
{
	struct mailbox *mailbox =
		reader->has_angle || reader->has_words ? new_mailbox(reader) : NULL;
	struct text bare = buffer_text(&reader->bare);
	bool is_bare = !reader->has_angle && reader->has_at;

	if (!mailbox) {
		forget_mailbox(reader);
		return;
	}
	*mailbox = (struct mailbox){ .name = TEXT_EMPTY, .group = reader->group };
	mailbox->address = keep_address(reader, reader->has_angle ? reader->angle
						: is_bare	  ? bare
								  : TEXT_EMPTY);
	if (!is_bare && reader->phrase.length)
		mailbox->name = keep_decoded(reader, &reader->phrase);
	else if (reader->comment.length)
		mailbox->name = keep_decoded(reader, &reader->comment);
	address_split(mailbox->address, &mailbox->local, &mailbox->domain);
	mailbox->valid = address_is_valid(mailbox->address);
	forget_mailbox(reader);
}

/* "Name:" begins a group, unless an address has begun. */
static void begin_group(struct reader *reader)
{
	if (reader->has_angle || reader->has_at) {
		end_mailbox(reader);
		return;
	}
	reader->group = keep_decoded(reader, &reader->phrase);
	forget_mailbox(reader);
}

static bool take(struct reader *reader, const struct token *token)
{
	switch (token->kind) {
	case WORD:
	case QUOTED:
		add_word(reader, token);
		return true;
	case ANGLE:
		if (reader->has_angle) /* two addresses without a comma */
			end_mailbox(reader);
		reader->angle = token->text;
		reader->has_angle = true;
		return true;
	case COLON:
		begin_group(reader);
		return true;
	default:
		end_mailbox(reader);
		if (token->kind == SEMICOLON)
			reader->group = TEXT_EMPTY;
		return token->kind != END;
	}
}

bool mailboxes_read(struct text value, struct arena *arena, struct mailboxes *out)
{
	struct reader reader = {
		.value = value, .arena = arena, .out = out, .group = TEXT_EMPTY, .ok = true
	};
	struct token token;

	*out = (struct mailboxes){ .items = NULL };
	buffer_init(&reader.phrase, BUFFER_CAP_DEFAULT);
	buffer_init(&reader.bare, BUFFER_CAP_DEFAULT);
	buffer_init(&reader.comment, BUFFER_CAP_DEFAULT);
	do
		token = next_token(&reader);
	while (reader.ok && take(&reader, &token));
	reader.ok = reader.ok && !reader.phrase.failed && !reader.bare.failed;
	buffer_free(&reader.phrase);
	buffer_free(&reader.bare);
	buffer_free(&reader.comment);
	return reader.ok;
}
