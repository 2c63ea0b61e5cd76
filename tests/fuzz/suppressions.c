/* libfyaml 0.7.12 loses the list of a scalar's pieces when it has to grow twice: 24 quotes in a
 * row, '''''''''''''''''''''''', are enough, without an error and after every call that destroys.
 * A fuzzer finds that within a minute. Trees of ours live in arenas of ours, so only what libfyaml
 * itself allocated is forgiven, and only here: the tests under sanitizers forgive nothing. */

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}
