/* The entry of the program. The first word decides what it does:
 *
 *     the name of a subcommand    runs it (a file of such a name is given as ./summary)
 *     an option, '-' or a file    means annotate
 *     no word                     annotates standard input; at a terminal, shows the help */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "core/base/util.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* When a program is started with one of its three standard descriptors closed, the first file that
 * it opens takes this number, and messages would be written into that file. So each closed one is
 * opened on /dev/null, standard input for writing only and the others for reading only. Then
 * reading or writing it fails: no missing input counts as an empty log, and no lost answer as a
 * given one. Only messages may get lost. */
static bool fill_standard_descriptors(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

/* A word with a '/' or a '.' means a file, even one that does not exist. */
static bool is_file(const char *word)
{
    struct stat st;

    return word[0] == '-' || strpbrk(word, "/.") || lstat(word, &st) == 0;
}

static int unknown_word(const char *word)
{
    const struct cmd *near = cmd_nearest(word);

    if (near)
        return message_error(word, "neither a subcommand nor a file; did you mean 'glossd %s'?",
                             near->name);
    return message_error(word,
                         "neither a subcommand nor a file; 'glossd --help' lists the subcommands");
}

static int dispatch(int argc, char **argv)
{
    const struct cmd *cmd;

    if (argc < 2)
        return isatty(STDIN_FILENO) ? cmd_help() : cmd_annotate.run(&cmd_annotate, argc, argv);
    if (STREQ(argv[1], "--help") || STREQ(argv[1], "-h"))
        return cmd_help();
    if (STREQ(argv[1], "--version") || STREQ(argv[1], "-V"))
        return cmd_version();
    cmd = cmd_find(argv[1]);
    if (cmd)
        return cmd->run(cmd, argc - 1, argv + 1);
    if (is_file(argv[1]))
        return cmd_annotate.run(&cmd_annotate, argc, argv);
    return unknown_word(argv[1]);
}

int main(int argc, char **argv)
{
    if (!fill_standard_descriptors())
        return EXIT_TROUBLE;
    /* Without these signals a write fails with EPIPE or EFBIG, and its caller says what it was
     * about. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return dispatch(argc, argv);
}
