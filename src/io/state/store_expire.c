/* A name that the configuration has no more may come back: somebody mends a mistake, or goes back
 * to an older version. So the state notes when the name was first found missing, and forgets what
 * it remembers of that name only a long time later. */

#include "io/state/store_private.h"

#include "core/base/util.h"

/* Which tables remember names of a kind, and how one is forgotten. A sink for which something is
 * pending stays. */
#define DROPS 3
static const struct kind {
    const char *names; /* and since when each is unused, 0: not */
    const char *drop[DROPS];
} kinds[] = {
    [STORE_SOURCES] =
        {"SELECT name, ifnull(since_ns, 0) FROM"
         " (SELECT source AS name FROM files UNION SELECT source FROM cursors"
         "  UNION SELECT source FROM skipped UNION SELECT name FROM unused WHERE kind = 0)"
         " LEFT JOIN (SELECT name, since_ns FROM unused WHERE kind = 0) USING (name)",
         {"DELETE FROM files WHERE source = ?1", "DELETE FROM cursors WHERE source = ?1",
          "DELETE FROM skipped WHERE source = ?1"}},
    [STORE_SINKS] = {"SELECT name, ifnull(since_ns, 0) FROM"
                     " (SELECT path AS name FROM sinks WHERE length(owed) = 0"
                     "  UNION SELECT name FROM unused WHERE kind = 1)"
                     " LEFT JOIN (SELECT name, since_ns FROM unused WHERE kind = 1) USING (name)",
                     {"DELETE FROM sinks WHERE path = ?1 AND length(owed) = 0"}},
    [STORE_GROUPS] = {"SELECT name, ifnull(since_ns, 0) FROM"
                      " (SELECT name FROM groups UNION SELECT name FROM unused WHERE kind = 2)"
                      " LEFT JOIN (SELECT name, since_ns FROM unused WHERE kind = 2) USING (name)",
                      {"DELETE FROM groups WHERE name = ?1"}},
};

struct name {
    char *text; /* owned */
    uint64_t since_ns;
};

struct names {
    struct name *items;
    size_t n, size;
};

static void names_deinit(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i].text);
    free(names->items);
}

static int on_name(void *ctx, struct db_row *row)
{
    struct names *names = ctx;
    char *text;

    if (GROW(&names->items, &names->size, names->n + 1) < 0)
        return -ENOMEM;
    text = strdup(db_text(row, 0));
    if (!text)
        return -ENOMEM;
    names->items[names->n++] = (struct name){.text = text, .since_ns = db_number(row, 1)};
    return 0;
}

static int note(struct store *s, enum store_kind kind, const char *name, uint64_t now_ns)
{
    return DB_RUN(s->db, "INSERT INTO unused (kind, name, since_ns) VALUES (?1, ?2, ?3)",
                  DB_NUMBER(kind), DB_TEXT(name), DB_NUMBER(now_ns));
}

static int unnote(struct store *s, enum store_kind kind, const char *name)
{
    return DB_RUN(s->db, "DELETE FROM unused WHERE kind = ?1 AND name = ?2", DB_NUMBER(kind),
                  DB_TEXT(name));
}

static int drop(struct store *s, enum store_kind kind, const char *name)
{
    int r = unnote(s, kind, name);

    for (size_t i = 0; i < DROPS && r == 0 && kinds[kind].drop[i]; i++)
        r = DB_RUN(s->db, kinds[kind].drop[i], DB_TEXT(name));
    return r;
}

int store_forget_unused(struct store *s, enum store_kind kind,
                        bool (*is_used)(void *ctx, const char *name), void *ctx, uint64_t now_ns,
                        uint64_t older_than_ns)
{
    CLEANUP(names_deinit) struct names names = {0};
    int r = store_may_put(s);

    if (r < 0)
        return r;
    r = db_each(s->db, kinds[kind].names, on_name, &names);
    for (size_t i = 0; i < names.n && r == 0; i++) {
        const struct name *n = &names.items[i];

        if (is_used(ctx, n->text))
            r = n->since_ns != 0 ? unnote(s, kind, n->text) : 0;
        else if (n->since_ns == 0)
            r = note(s, kind, n->text, now_ns);
        else if (n->since_ns < older_than_ns)
            r = drop(s, kind, n->text);
    }
    return store_fail(s, r);
}
