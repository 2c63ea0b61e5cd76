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
 * memory), PCRE2 interprets: slower, with the same result. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/regex/regex.h"
#include "core/base/util.h"

#include <errno.h>
#include <gloss/buf.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MATCH_LIMIT 1000000
#define DEFAULT_HEAP_LIMIT_KIB 16384
#define JIT_STACK_BYTES (512 * 1024)

static const char no_word_before[] = "(?<![A-Za-z0-9_])";
static const char escape_before[] =
    "(?:(?:\\x1b|\\\\u001[bB]|\\\\x1[bB]|\\\\033|#033)\\[[0-?]*[ -/]*[A-Za-z]"
    "|(?<!\\\\)(?:\\\\\\\\)*+\\\\(?:[ntrbf]|u[0-9A-Fa-f]{4})"
    "|%[0-9A-Fa-f]{2})";
static const char no_word_behind[] = "(?![A-Za-z0-9_])";

struct regex_env {
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_jit_stack *stack; /* made with the first machine code */
};

struct regex {
    struct regex_env *env;
    pcre2_code *code;
    pcre2_match_data *data;
    bool jit_tried, jit;
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
    if (!env->compile || !env->match)
        return -ENOMEM;
    pcre2_set_match_limit(env->match, match_limit ? match_limit : DEFAULT_MATCH_LIMIT);
    pcre2_set_heap_limit(env->match, heap_limit_kib ? heap_limit_kib : DEFAULT_HEAP_LIMIT_KIB);
    *ret_env = TAKE_PTR(env);
    return 0;
}

struct regex_env *regex_env_free(struct regex_env *env)
{
    if (!env)
        return NULL;
    pcre2_jit_stack_free(env->stack);
    pcre2_match_context_free(env->match);
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

static int compile_whole(struct regex **ret_regex, struct regex_env *env, struct gloss_span pattern,
                         struct regex_error *reterr_error)
{
    CLEANUP(regex_freep) struct regex *re = calloc(1, sizeof(*re));
    int code = 0;
    size_t offset = 0;

    if (!re)
        return -ENOMEM;
    re->env = env;
    re->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
                             PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &code, &offset, env->compile);
    if (!re->code)
        return compile_failed(code, offset, reterr_error);
    re->data = pcre2_match_data_create_from_pattern(re->code, env->general);
    if (!re->data)
        return -ENOMEM;
    *ret_regex = TAKE_PTR(re);
    return 0;
}

int regex_compile(struct regex **ret_regex, struct regex_env *env, struct gloss_span pattern,
                  unsigned flags, struct regex_error *reterr_error)
{
    struct gloss_buf whole = {0};
    size_t left;
    int r;

    if (flags == 0)
        return compile_whole(ret_regex, env, pattern, reterr_error);
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
                     : compile_whole(ret_regex, env, gloss_buf_view(&whole), reterr_error);
    gloss_buf_deinit(&whole);
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
    pcre2_code_free(re->code);
    free(re);
    return NULL;
}

bool regex_matches_empty(const struct regex *re)
{
    uint32_t empty = 0;

    pcre2_pattern_info(re->code, PCRE2_INFO_MATCHEMPTY, &empty);
    return empty != 0;
}

size_t regex_n_names(const struct regex *re)
{
    uint32_t n = 0;

    pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &n);
    return n;
}

const char *regex_name(const struct regex *re, size_t i, uint32_t *ret_group)
{
    PCRE2_SPTR table = NULL;
    uint32_t size = 0;

    /* Each row: the number in two bytes, the high one first, then the name with its NUL. */
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
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
static void jit_prepare(struct regex *re)
{
    struct regex_env *env = re->env;

    re->jit_tried = true;
    re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
    if (!re->jit || env->stack)
        return;
    env->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, env->general);
    pcre2_jit_stack_assign(env->match, NULL, env->stack);
}

int regex_exec(struct regex *re, const struct regex_subject *subject, size_t start,
               struct text_range *ret_match)
{
    uint32_t flags =
        (subject->begins_line ? 0 : PCRE2_NOTBOL) | (subject->ends_line ? 0 : PCRE2_NOTEOL);
    const size_t *pairs;
    int r;

    if (!re->jit_tried)
        jit_prepare(re);
    r = (re->jit ? pcre2_jit_match : pcre2_match)(re->code, (PCRE2_SPTR)subject->ptr, subject->len,
                                                  start, flags, re->data, re->env->match);
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
