#include "content/mailbox.h"

#include <criterion/criterion.h>

#include "base/buffer.h"

/* "name|address|group" of each, valid ones with "+" before, joined by " ; ". */
static void are(const char *value, const char *wanted)
{
	struct mailboxes mailboxes;
	struct arena arena;
	struct buffer shown;

	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	buffer_init(&shown, 1 << 20);
	cr_assert(mailboxes_read(text_of_string(value, LIFETIME_PROGRAM), &arena, &mailboxes));
	for (uint32_t i = 0; i < mailboxes.count; i++) {
		const struct mailbox *one = &mailboxes.items[i];

		buffer_printf(&shown, "%s%s%.*s|%.*s|%.*s", i ? " ; " : "", one->valid ? "+" : "",
			      TEXT_PRINTF(one->name), TEXT_PRINTF(one->address),
			      TEXT_PRINTF(one->group));
	}
	cr_expect(text_equals_string(buffer_text(&shown), wanted), "%s\n%.*s, not %s", value,
		  TEXT_PRINTF(buffer_text(&shown)), wanted);
	buffer_free(&shown);
	arena_reset(&arena);
}

Test(mailbox, in_all_the_ways)
{
	are("", "");
	are("a@b.example", "+|a@b.example|");
	are("Jo Doe <a@b.example>", "+Jo Doe|a@b.example|");
	are("\"Doe, Jo\" <a@b.example>, c@d.example", "+Doe, Jo|a@b.example| ; +|c@d.example|");
	are("a@b.example (Jo (the first) Doe)", "+Jo (the first) Doe|a@b.example|");
	are("=?utf-8?Q?J=C3=B6?= <a@b.example>", "+J\303\266|a@b.example|");
	are("<@x,@y:a@b.example>", "+|a@b.example|");
	are("Team: a@b.example, Jo <c@d.example>;, e@f.example",
	    "+|a@b.example|Team ; +Jo|c@d.example|Team ; +|e@f.example|");
	are("undisclosed-recipients:;", "");
	are("\"a@b\"@c.example", "+|\"a@b\"@c.example|");
	are("a@[192.0.2.1], b@[IPv6:2001:db8::1]", "+|a@[192.0.2.1]| ; +|b@[IPv6:2001:db8::1]|");
	are("j\303\266@b\303\274cher.example", "+|j\303\266@b\303\274cher.example|");
	are("a @ b . example", "+|a@b.example|");
}

Test(mailbox, that_lie_or_are_none)
{
	are("\"real@bank.example\" <thief@evil.example>", "+real@bank.example|thief@evil.example|");
	are("<a@b.example> <c@d.example>", "+|a@b.example| ; +|c@d.example|");
	are("Jo Doe", "Jo Doe||");
	are("<>", "||");
	are("a..b@c.example", "|a..b@c.example|");
	are(".a@c.example, a.@c.example", "|.a@c.example| ; |a.@c.example|");
	are("a@b_.example", "+|a@b_.example|");
	are("a@-b.example", "|a@-b.example|");
	are("a@b..example", "|a@b..example|");
	are("a@[x]", "|a@[x]|");
	are("\"unclosed <a@b.example>", "unclosed <a@b.example>||");
	are("Jo <a@b.example", "+Jo|a@b.example|");
	are("(((((", "");
	are(",,;:,>", "");
}
