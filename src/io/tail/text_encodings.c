#include "io/tail/text_encodings.h"

#include "core/base/util.h"

#include <strings.h>

/* Whether the name says nothing about the order of bytes. */
static bool lacks_order(const char *encoding)
{
    static const char *const names[] = {"utf-16", "utf16", "utf-32", "utf32"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcasecmp(encoding, names[i]) == 0)
            return true;
    return false;
}

static int init_marked(struct text_encodings *encodings)
{
    int r = 0;

    for (int i = 0; i < GLOSS_ENCODING_GUESSES && r == 0; i++) {
        const char *name = gloss_encoding_name((enum gloss_encoding_guess)i);

        r = name ? line_encoding_init(&encodings->marked[i], name) : 0;
    }
    return r;
}

int text_encodings_init(struct text_encodings *encodings, const char *encoding)
{
    int r;

    *encodings = (struct text_encodings){.rule = TEXT_BY_CONTENT};
    r = line_encoding_init(&encodings->plain, /* encoding= */ NULL);
    if (r == 0)
        r = init_marked(encodings);
    if (r == 0 && encoding) {
        encodings->rule = lacks_order(encoding) ? TEXT_BY_MARK : TEXT_AS_NAMED;
        r = line_encoding_init(&encodings->named, encoding);
    }
    return r;
}

void text_encodings_deinit(struct text_encodings *encodings)
{
    for (size_t i = 0; i < ARRAY_SIZE(encodings->marked); i++)
        line_encoding_deinit(&encodings->marked[i]);
    line_encoding_deinit(&encodings->named);
}

static const char *problem_of(enum gloss_encoding_guess guess)
{
    switch (guess) {
    case GLOSS_ENCODING_UTF16_UNMARKED:
        return "looks like UTF-16 without a byte order mark, so no code can be found";
    case GLOSS_ENCODING_UTF32_UNMARKED:
        return "looks like UTF-32 without a byte order mark, so no code can be found";
    default:
        return NULL;
    }
}

struct line_encoding *text_encodings_choose(struct text_encodings *encodings,
                                            struct gloss_span start, const char **ret_problem)
{
    enum gloss_encoding_guess guess;

    *ret_problem = NULL;
    if (encodings->rule == TEXT_AS_NAMED)
        return &encodings->named;
    if (start.len == 0 || gloss_encoding_undecided(start))
        return NULL;
    guess = gloss_encoding_guess(start);
    if (gloss_encoding_name(guess))
        return &encodings->marked[guess];
    if (encodings->rule == TEXT_BY_MARK)
        return &encodings->named;
    *ret_problem = problem_of(guess);
    return &encodings->plain;
}

size_t text_encodings_width(const struct text_encodings *encodings)
{
    return encodings->rule == TEXT_BY_CONTENT ? 1 : MAX(encodings->named.width, (size_t)1);
}
