/* libfyaml 0.7.12 leaks the list of the pieces of a scalar when the list grows twice: 24 quotation
 * marks in a row, '''''''''''''''''''''''', are enough. There is no error, and no call frees the
 * list. A fuzzer meets this within a minute. Our trees live in our own arenas, so leaks of what
 * libfyaml itself allocated can be ignored without hiding ours. That is done in the fuzzers only;
 * the tests with sanitizers ignore nothing. */

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}
