/* Questions by HTTP, answered by a test's own words. */
#include "test/mock.h"

bool mock_add_page(struct mocks *mocks, struct text url, const struct outside_answer *answer)
{
	struct mock_page *page = arena_zeroed(mocks->arena, sizeof(*page));
	bool ok = true;

	if (!page)
		return false;
	page->url = arena_copy(mocks->arena, url, &ok);
	page->answer.status = answer->status;
	page->answer.headers = arena_copy(mocks->arena, answer->headers, &ok);
	page->answer.body = arena_copy(mocks->arena, answer->body, &ok);
	page->next = mocks->pages;
	mocks->pages = page;
	return ok;
}

struct mock_page *mock_find_page(const struct mocks *mocks, struct text url)
{
	struct mock_page *page = mocks->pages;

	while (page && !text_equals(page->url, url))
		page = page->next;
	return page;
}

/* "POST", headers, an empty line, the body. */
static void hear(struct mocks *mocks, struct mock_page *page,
		 const struct outside_question *question)
{
	struct heard *heard = arena_zeroed(mocks->arena, sizeof(*heard));
	struct buffer said;
	bool ok = true;

	if (!heard)
		return;
	buffer_init(&said, BUFFER_CAP_DEFAULT);
	buffer_append_text(&said, question->method);
	buffer_append_byte(&said, '\n');
	buffer_append_text(&said, question->headers);
	buffer_append_byte(&said, '\n');
	buffer_append_text(&said, question->body);
	heard->line = arena_copy(mocks->arena, buffer_text(&said), &ok);
	buffer_free(&said);
	*(page->last_heard ? &page->last_heard->next : &page->heard) = heard;
	page->last_heard = heard;
	page->heard_count++;
}

/* mock.refuses and mock.allow say enough of a server. */
static bool is_settled(const struct mocks *mocks, const char *name)
{
	for (const struct mock_place *place = mocks->places; place; place = place->next)
		if ((place->kind == PLACE_REFUSES || place->kind == PLACE_ALLOWED) &&
		    strcmp(place->name, name) == 0)
			return true;
	return false;
}

enum outside_http mocked_http(void *argument, const struct outside_question *question,
			      struct outside_answer *answer)
{
	struct mocks *mocks = argument;
	struct mock_page *page = mock_find_page(mocks, question->url);

	if (page) {
		hear(mocks, page, question);
		*answer = page->answer;
		return OUTSIDE_ANSWERS;
	}
	if (is_settled(mocks, question->place))
		return OUTSIDE_ASKS;
	mock_fault(mocks,
		   "the script asks %.*s, which this test has not mocked\n"
		   "      write: mock.http(\"%.*s\", \"...\");",
		   TEXT_PRINTF(question->url), TEXT_PRINTF(question->url));
	return OUTSIDE_REFUSES;
}
