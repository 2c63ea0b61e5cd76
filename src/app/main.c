/* The program's entry: finds out what it was asked to do. */

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("glossd %s\n", GLOSSD_VERSION) < 0 ? 2 : 0;
    fprintf(stderr, "Usage: glossd --version\n");
    return 2;
}
