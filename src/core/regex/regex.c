/* PCRE2, and what it is asked for.
 *
 * Everything is bytes: no UTF mode, no Unicode properties, since a log line may hold anything and a
 * pattern has to be right on all of it. What the vendor's names need is spelt out in two borders:
 *
 *     (?:LEFT) \K (?:NAME) RIGHT
 *
 * LEFT is "no letter of an identifier before it", or an escape sequence that ends there and whose
 * last byte only looks like one ("\nBIZ_X" in JSON, "%0ABIZ_X" in a URL, a colour on a terminal).
 * An escape has no fixed length, so no lookbehind can say it: it is consumed, and \K forgets it.
 *
 * Machine code is made when a pattern runs for the first time: a program that starts, finds nothing
 * and ends has compiled none. It is called directly, since what pcre2_match() does before is half
 * of a short match. Where it cannot be made (a hardened unit that forbids writable and executable
 * memory), PCRE2 interprets: slower, with the same result.
 *
 * PCRE2 does not tell how much a run has cost, and its match limit counts neither the bytes that a
 * step passes over nor the starts that were tried. So a pattern has more forms than one, each made
 * when it is first needed. One has a callout before each item of the pattern, which counts. All
 * find the same. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/regex/regex.h"
#include "core/base/util.h"

#include <errno.h>
#include <gloss/buf.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MATCH_LIMIT 16000000
#define DEFAULT_HEAP_LIMIT_KIB 16384
#define JIT_STACK_FIRST ((size_t)32 * 1024)

static const char no_word_before[] = "(?<![A-Za-z0-9_])";
static const char escape_before[] =
    "(?:(?:\\x1b|\\\\u001[bB]|\\\\x1[bB]|\\\\033|#033)\\[[0-?]*[ -/]*[A-Za-z]"
    "|(?<!\\\\)(?:\\\\\\\\)*+\\\\(?:[ntrbf]|u[0-9A-Fa-f]{4})"
    "|%[0-9A-Fa-f]{2})";
static const char no_word_behind[] = "(?![A-Za-z0-9_])";

/* What a run that is counted has done. */
struct meter {
    uint64_t left; /* of the work it may do */
    size_t at;     /* where in the subject it was last */
};

struct regex_env {
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_context *measured; /* calls out to meter */
    pcre2_jit_stack *stack; /* made with the first machine code; as large as the heap may be */
    size_t stack_bytes;
    uint32_t match_limit; /* of regex_exec() */
    uint32_t limit_set;   /* that match has now */
    struct meter meter;
};

enum form_kind {
    PLAIN,
    RANGED,  /* a search may be told where matches start at the latest; it is slower */
    COUNTED, /* ranged, and calls out before each item; it is much slower */
    FORMS,
};

/* One form of a pattern. */
struct form {
    pcre2_code *code; /* NULL until it is needed */
    bool jit_tried, jit;
};

struct regex {
    struct regex_env *env;
    struct form forms[FORMS];
    pcre2_match_data *data;
    uint32_t options; /* PCRE2's, of all forms */
    bool is_interpreted;
    size_t len;
    char text[]; /* as it was given to PCRE2 */
};

static void *allocate(size_t n, void *ctx)
{
    (void)ctx;
    return malloc(n);
}

static void free_memory(void *p, void *ctx)
{
    (void)ctx;
    free(p);
}

/* Called before each item of a pattern that a counted run comes to. */
static int count_step(pcre2_callout_block *block, void *ctx)
{
    struct meter *m = ctx;
    size_t at = block->current_position, moved = at > m->at ? at - m->at : m->at - at;
    uint64_t work = REGEX_STEP_WORK + moved / REGEX_MOVES_OF_WORK;

    m->at = at;
    if (work > m->left) {
        m->left = 0;
        return PCRE2_ERROR_MATCHLIMIT;
    }
    m->left -= work;
    return 0;
}

int regex_env_new(struct regex_env **ret_env, uint32_t match_limit, uint32_t heap_limit_kib)
{
    CLEANUP(regex_env_freep) struct regex_env *env = calloc(1, sizeof(*env));

    if (!env)
        return -ENOMEM;
    env->general = pcre2_general_context_create(allocate, free_memory, NULL);
    if (!env->general)
        return -ENOMEM;
    env->compile = pcre2_compile_context_create(env->general);
    env->match = pcre2_match_context_create(env->general);
    env->measured = pcre2_match_context_create(env->general);
    if (!env->compile || !env->match || !env->measured)
        return -ENOMEM;
    if (heap_limit_kib == 0)
        heap_limit_kib = DEFAULT_HEAP_LIMIT_KIB;
    env->match_limit = match_limit ? match_limit : DEFAULT_MATCH_LIMIT;
    env->stack_bytes = MAX((size_t)heap_limit_kib * 1024, JIT_STACK_FIRST);
    pcre2_set_newline(env->compile, PCRE2_NEWLINE_LF);
    pcre2_set_heap_limit(env->match, heap_limit_kib);
    pcre2_set_heap_limit(env->measured, heap_limit_kib);
    pcre2_set_match_limit(env->measured, env->match_limit);
    pcre2_set_callout(env->measured, count_step, &env->meter);
    *ret_env = TAKE_PTR(env);
    return 0;
}

struct regex_env *regex_env_free(struct regex_env *env)
{
    if (!env)
        return NULL;
    pcre2_jit_stack_free(env->stack);
    pcre2_match_context_free(env->match);
    pcre2_match_context_free(env->measured);
    pcre2_compile_context_free(env->compile);
    pcre2_general_context_free(env->general);
    free(env);
    return NULL;
}

/* PCRE2's codes end here. */
static int compile_failed(int code, size_t offset, struct regex_error *reterr_error)
{
    if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED)
        return -ENOMEM;
    reterr_error->offset = offset;
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reterr_error->text, sizeof(reterr_error->text));
    return REGEX_E_SYNTAX;
}

/* Returns 0, or PCRE2's code and the place of the error. */
static int compile_form(struct regex *re, enum form_kind kind, size_t *reterr_offset)
{
    static const uint32_t of_kind[] = {
        [RANGED] = PCRE2_USE_OFFSET_LIMIT,
        [COUNTED] = PCRE2_USE_OFFSET_LIMIT | PCRE2_AUTO_CALLOUT,
    };
    uint32_t options = re->options | of_kind[kind] | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    struct form *form = &re->forms[kind];
    int code = 0;

    form->code = pcre2_compile((PCRE2_SPTR)re->text, re->len, options, &code, reterr_offset,
                               re->env->compile);
    return form->code ? 0 : code;
}

static int compile_whole(struct regex **ret_regex, struct regex_env *env, struct gloss_span pattern,
                         uint32_t options, struct regex_error *reterr_error)
{
    CLEANUP(regex_freep) struct regex *re = calloc(1, sizeof(*re) + pattern.len + 1);
    size_t offset = 0;
    int code;

    if (!re)
        return -ENOMEM;
    re->env = env;
    re->options = options;
    re->len = pattern.len;
    if (pattern.len > 0)
        memcpy(re->text, pattern.ptr, pattern.len);
    code = compile_form(re, PLAIN, &offset);
    if (code != 0)
        return compile_failed(code, offset, reterr_error);
    re->data = pcre2_match_data_create_from_pattern(re->forms[PLAIN].code, env->general);
    if (!re->data)
        return -ENOMEM;
    *ret_regex = TAKE_PTR(re);
    return 0;
}

/* Before a search PCRE2 looks for a byte that each match must have. From one start that would take
 * longer than the match, and as long again from the next start. */
static uint32_t options_of(unsigned flags)
{
    return flags & REGEX_ANCHORED ? PCRE2_NO_START_OPTIMIZE : 0;
}

/* Whether a pattern has, or may have, an atomic group. What the machine code of PCRE2 10.42 finds
 * with one is now and then wrong, and depends on the starts that were tried before. */
static bool may_be_atomic(struct gloss_span pattern)
{
    static const char *const signs[] = {"(?>", "(*", ")*+", ")++", ")?+", "}+"};

    for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
        if (memmem(pattern.ptr, pattern.len, signs[i], strlen(signs[i])))
            return true;
    return false;
}

int regex_compile(struct regex **ret_regex, struct regex_env *env, struct gloss_span pattern,
                  unsigned flags, struct regex_error *reterr_error)
{
    uint32_t options = options_of(flags);
    struct gloss_buf whole = {0};
    size_t left;
    int r;

    if (flags == 0) {
        r = compile_whole(ret_regex, env, pattern, options, reterr_error);
        if (r == 0)
            (*ret_regex)->is_interpreted = may_be_atomic(pattern);
        return r;
    }
    /* PCRE2_ANCHORED as an option of the match would switch the machine code off; \G does not. */
    gloss_buf_str(&whole, flags & REGEX_ANCHORED ? "\\G(?:" : "(?:");
    if (flags & REGEX_BEHIND_BORDER)
        gloss_buf_str(&whole, no_word_before);
    if ((flags & REGEX_BORDERED) == REGEX_BORDERED)
        gloss_buf_str(&whole, "|");
    if (flags & REGEX_BEHIND_ESCAPE)
        gloss_buf_str(&whole, escape_before);
    gloss_buf_str(&whole, flags & REGEX_BORDERED ? ")\\K(?:" : ")(?:");
    left = whole.len;
    gloss_buf_span(&whole, pattern);
    gloss_buf_str(&whole, "\\E)"); /* a \Q may stand open, and is closed by the end only */
    if (flags & REGEX_BORDERED)
        gloss_buf_str(&whole, no_word_behind);
    r = whole.failed ? -ENOMEM
                     : compile_whole(ret_regex, env, gloss_buf_view(&whole), options, reterr_error);
    gloss_buf_deinit(&whole);
    if (r == 0)
        (*ret_regex)->is_interpreted = may_be_atomic(pattern);
    if (r == REGEX_E_SYNTAX) {
        size_t at = reterr_error->offset;

        reterr_error->offset = at < left ? 0 : MIN(at - left, pattern.len);
    }
    return r;
}

struct regex *regex_free(struct regex *re)
{
    if (!re)
        return NULL;
    pcre2_match_data_free(re->data);
    for (size_t i = 0; i < FORMS; i++)
        pcre2_code_free(re->forms[i].code);
    free(re);
    return NULL;
}

bool regex_matches_empty(const struct regex *re)
{
    uint32_t empty = 0;

    pcre2_pattern_info(re->forms[PLAIN].code, PCRE2_INFO_MATCHEMPTY, &empty);
    return empty != 0;
}

size_t regex_n_names(const struct regex *re)
{
    uint32_t n = 0;

    pcre2_pattern_info(re->forms[PLAIN].code, PCRE2_INFO_NAMECOUNT, &n);
    return n;
}

const char *regex_name(const struct regex *re, size_t i, uint32_t *ret_group)
{
    PCRE2_SPTR table = NULL;
    uint32_t size = 0;

    /* Each row: the number in two bytes, the high one first, then the name with its NUL. */
    pcre2_pattern_info(re->forms[PLAIN].code, PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(re->forms[PLAIN].code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    table += i * size;
    *ret_group = (uint32_t)table[0] << 8 | table[1];
    return (const char *)table + 2;
}

bool regex_has_name(const struct regex *re, struct gloss_span name)
{
    size_t n = regex_n_names(re);
    uint32_t group;

    for (size_t i = 0; i < n; i++)
        if (gloss_span_equal(gloss_span_str(regex_name(re, i, &group)), name))
            return true;
    return false;
}

/* Failure is no error: PCRE2 interprets then. */
static void jit_prepare(const struct regex *re, struct form *form)
{
    struct regex_env *env = re->env;

    form->jit_tried = true;
    if (re->is_interpreted)
        return;
    form->jit = pcre2_jit_compile(form->code, PCRE2_JIT_COMPLETE) == 0;
    if (!form->jit || env->stack)
        return;
    env->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, env->stack_bytes, env->general);
    pcre2_jit_stack_assign(env->match, NULL, env->stack);
    pcre2_jit_stack_assign(env->measured, NULL, env->stack);
}

static int run(struct regex *re, enum form_kind kind, pcre2_match_context *ctx,
               const struct regex_subject *subject, size_t start, struct text_range *ret_match)
{
    struct form *form = &re->forms[kind];
    uint32_t flags =
        (subject->begins_line ? 0 : PCRE2_NOTBOL) | (subject->ends_line ? 0 : PCRE2_NOTEOL);
    const size_t *pairs;
    int r;

    if (!form->jit_tried)
        jit_prepare(re, form);
    r = (form->jit ? pcre2_jit_match : pcre2_match)(form->code, (PCRE2_SPTR)subject->ptr,
                                                    subject->len, start, flags, re->data, ctx);
    if (r == PCRE2_ERROR_NOMATCH)
        return 0;
    if (r == PCRE2_ERROR_NOMEMORY)
        return -ENOMEM;
    if (r < 0)
        return REGEX_E_LIMIT;
    pairs = pcre2_get_ovector_pointer(re->data);
    *ret_match = (struct text_range){.begin = pairs[0], .end = pairs[1]};
    return 1;
}

/* Makes a form that is needed. Returns 0; REGEX_E_LIMIT: it is too large; -ENOMEM. */
static int make_form(struct regex *re, enum form_kind kind)
{
    struct regex_error ignored;
    size_t offset = 0;
    int code = re->forms[kind].code ? 0 : compile_form(re, kind, &offset);

    if (code == 0)
        return 0;
    return compile_failed(code, offset, &ignored) < 0 ? -ENOMEM : REGEX_E_LIMIT;
}

static inline void set_limit(struct regex_env *env, uint32_t limit)
{
    if (env->limit_set != limit)
        pcre2_set_match_limit(env->match, limit);
    env->limit_set = limit;
}

int regex_exec(struct regex *re, const struct regex_subject *subject, size_t start,
               struct text_range *ret_match)
{
    set_limit(re->env, re->env->match_limit);
    return run(re, PLAIN, re->env->match, subject, start, ret_match);
}

int regex_try(struct regex *re, const struct regex_subject *subject, struct regex_starts starts,
              uint32_t limit, struct text_range *ret_match)
{
    pcre2_match_context *ctx = re->env->match;
    int r;

    set_limit(re->env, limit);
    if (starts.last >= subject->len || re->options & PCRE2_NO_START_OPTIMIZE)
        return run(re, PLAIN, ctx, subject, starts.first, ret_match);
    r = make_form(re, RANGED);
    if (r != 0)
        return r;
    pcre2_set_offset_limit(ctx, starts.last);
    r = run(re, RANGED, ctx, subject, starts.first, ret_match);
    pcre2_set_offset_limit(ctx, PCRE2_UNSET);
    return r;
}

int regex_measure(struct regex *re, const struct regex_subject *subject, struct regex_starts starts,
                  uint64_t *work, struct text_range *ret_match)
{
    pcre2_match_context *ctx = re->env->measured;
    int r = make_form(re, COUNTED);

    if (r != 0)
        return r;
    re->env->meter = (struct meter){.left = *work, .at = starts.first};
    pcre2_set_offset_limit(ctx, starts.last < subject->len ? starts.last : PCRE2_UNSET);
    r = run(re, COUNTED, ctx, subject, starts.first, ret_match);
    *work = re->env->meter.left;
    return r;
}

size_t regex_began(const struct regex *re)
{
    return pcre2_get_startchar(re->data);
}

bool regex_group(const struct regex *re, uint32_t group, struct text_range *ret_range)
{
    const size_t *pairs = pcre2_get_ovector_pointer(re->data);

    if (group >= pcre2_get_ovector_count(re->data) || pairs[2 * group] == PCRE2_UNSET)
        return false;
    *ret_range = (struct text_range){.begin = pairs[2 * group], .end = pairs[2 * group + 1]};
    return true;
}

bool gloss_jit_available(void)
{
    static const char probe[] = "a";
    pcre2_code *code;
    size_t offset, size = 0;
    int error;

    code = pcre2_compile((PCRE2_SPTR)probe, 1, 0, &error, &offset, NULL);
    if (!code)
        return false;
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0)
        pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size);
    pcre2_code_free(code);
    return size > 0;
}
