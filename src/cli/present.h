/* What came out of a simulated session, for people or programs. */
#ifndef CLI_PRESENT_H
#define CLI_PRESENT_H

#include "cli/deliver.h"
#include "cli/envelope.h"

struct presentation {
	const struct envelope *envelope;
	struct envelope_sources sources;
	struct outcome *outcome;
	const struct delivery *delivery; /* NULL: nothing is delivered */
	const struct buffer *log;	 /* lines of JSON texts, comma separated */
	bool colour;
	bool show_content;
	bool dialogue; /* with a milter: steps are timed and have been printed already */
	bool failed;   /* the dialogue: there is no verdict */
	const struct buffer *sent;    /* show the difference to this instead of the content */
	const struct buffer *members; /* of the JSON object, before all others */
};

/* "accept", "reject" ...: what becomes of the message as a whole. */
const char *final_word(const struct outcome *outcome);

/* The client and the envelope, with where each was taken from: printed before the events run. */
void present_envelope(const struct presentation *presentation, struct buffer *out);
/* What a terminal would obey is made visible; later lines are indented. */
void present_lines(struct buffer *out, const char *lines, const char *indent);
void present_step(const struct presentation *presentation, struct buffer *out,
		  const struct step *step);
void present_text(const struct presentation *presentation, struct buffer *out);
void present_json(const struct presentation *presentation, struct buffer *out);

#endif
