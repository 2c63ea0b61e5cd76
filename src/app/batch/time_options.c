#include "app/batch/time_options.h"

#include "app/common/clock.h"
#include "app/common/exit_status.h"
#include "app/common/message.h"

#include <gloss/times.h>
#include <stdlib.h>

int time_options_format(struct time_options *o, const char *format)
{
    const char *problem = gloss_times_format_problem(format);
    const char **grown;

    if (problem)
        return message_error("--time-format", "'%s' %s", format, problem);
    grown = realloc(o->formats, (o->n_formats + 1) * sizeof(*grown));
    if (!grown)
        return message_no_memory();
    o->formats = grown;
    o->formats[o->n_formats++] = format;
    return 0;
}

static int read_since(struct time_options *o, const struct gloss_clock *clock)
{
    int r = time_argument_read("--since", o->since_text, clock, &o->since);

    if (r == EXIT_OK && o->since.at_ns > clock->now_ns)
        return message_error(
            "--since",
            "'%s' is in the future; a time without a zone is local time, Z behind it means UTC",
            o->since_text);
    return r;
}

static int check_order(const struct time_options *o, const struct gloss_clock *clock)
{
    if (!o->since_text || !o->until_text ||
        time_argument_ns(&o->since, clock->now_ns) <= time_argument_ns(&o->until, clock->now_ns))
        return EXIT_OK;
    return message_error("--until", "'%s' is before --since, '%s'; give a later time",
                         o->until_text, o->since_text);
}

int time_options_read(struct time_options *o)
{
    struct clock clock;
    int r = EXIT_OK;

    if (!o->since_text && !o->until_text)
        return EXIT_OK;
    clock_init(&clock);
    if (o->since_text)
        r = read_since(o, &clock.base);
    if (r == EXIT_OK && o->until_text)
        r = time_argument_read("--until", o->until_text, &clock.base, &o->until);
    return r == EXIT_OK ? check_order(o, &clock.base) : r;
}

void time_options_deinit(struct time_options *o)
{
    free(o->formats);
    *o = (struct time_options){0};
}
