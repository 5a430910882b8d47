#include "authentication/authors.h"

#include "authentication/comments.h"

/* A mailbox as far as it has been read. */
struct mailbox {
	char domain[DOMAIN_UNICODE_MAX]; /* what stands behind the last @, without comments */
	size_t length;
	bool at, angle, closed; /* seen: @, <, > */
	bool words;		/* anything at all */
	bool gap;		/* a blank or comment is behind what stands in `domain` */
	bool wrong;
};

static void begin_domain(struct mailbox *mailbox, bool at)
{
	mailbox->at = at;
	mailbox->length = 0;
	mailbox->gap = false;
}

static void add_byte(struct mailbox *mailbox, char byte)
{
	mailbox->words = true;
	if (mailbox->closed) {
		mailbox->wrong = true;
		return;
	}
	if (!mailbox->at)
		return;
	/* two words are no domain, blanks around its dots are old */
	if (mailbox->gap && mailbox->length && byte != '.' &&
	    mailbox->domain[mailbox->length - 1] != '.')
		mailbox->wrong = true;
	mailbox->gap = false;
	if (mailbox->length == sizeof(mailbox->domain))
		mailbox->wrong = true;
	else
		mailbox->domain[mailbox->length++] = byte;
}

static void open_angle(struct mailbox *mailbox)
{
	mailbox->wrong |= mailbox->angle;
	mailbox->angle = mailbox->words = true;
	begin_domain(mailbox, false);
}

static bool is_there(const struct authors *authors, const struct domain_name *domain)
{
	for (unsigned i = 0; i < authors->count; i++)
		if (text_equals(domain_text(authors->domains + i), domain_text(domain)))
			return true;
	return false;
}

static const char *end_mailbox(struct mailbox *mailbox, struct authors *authors)
{
	struct mailbox whole = *mailbox;
	struct text text = text_of(whole.domain, whole.length, LIFETIME_EVENT);
	struct domain_name domain;

	*mailbox = (struct mailbox){ .at = false };
	if (!whole.words)
		return NULL; /* an empty place between two commas */
	if (whole.wrong || whole.angle != whole.closed)
		return "an address in From that cannot be read";
	if (!whole.at || domain_to_ascii(text, &domain) || domain.bytes[0] == '[')
		return "an address in From without a domain";
	if (is_there(authors, &domain))
		return NULL;
	if (authors->count == AUTHORS_MAX)
		return "more than 10 domains in From";
	authors->domains[authors->count++] = domain;
	return NULL;
}

/* A sign that is no quoted text, blank or comment. */
static const char *read_sign(struct mailbox *mailbox, char sign, struct authors *authors)
{
	bool inside = mailbox->angle && !mailbox->closed;

	switch (sign) {
	case '<':
		open_angle(mailbox);
		return NULL;
	case '>':
		mailbox->wrong |= !inside;
		mailbox->closed = true;
		return NULL;
	case '@':
		mailbox->wrong |= mailbox->closed || (mailbox->at && !inside);
		begin_domain(mailbox, true);
		return NULL;
	case ':': /* behind the name of a group, or a route */
		if (inside)
			begin_domain(mailbox, false);
		else
			*mailbox = (struct mailbox){ .at = false };
		return NULL;
	case ',':
	case ';':
		return inside ? NULL : end_mailbox(mailbox, authors);
	default:
		add_byte(mailbox, sign);
		return NULL;
	}
}

const char *authors_read(struct text field, struct authors *authors)
{
	struct mailbox mailbox = { .at = false };
	const char *fault = NULL;
	size_t at = 0;

	authors->count = 0;
	while (at < field.length && !fault) {
		size_t next = comments_end(field, at);

		if (next > at) {
			mailbox.gap = true;
		} else if (field.data[at] == '"') {
			next = quoted_end(field, at);
			if (next == 0)
				return "an address in From that cannot be read";
			mailbox.words = true;
			mailbox.wrong |= mailbox.at || mailbox.closed;
		} else {
			next = at + 1;
			fault = read_sign(&mailbox, field.data[at], authors);
		}
		at = next;
	}
	if (!fault)
		fault = end_mailbox(&mailbox, authors);
	return fault || authors->count ? fault : "no address in From";
}
