/* Each row says who writes the form. No two rows read one line as different times, so their order
 * does not matter, and the row that read the last line may be tried first; a test holds the
 * examples to that.
 *
 * Some rows ask for more than the time, where the time alone could be something else: six digits
 * before a time of day are a date in MySQL's log and the number of a process in that of strace. */

#include "core/text/time_forms.h"

#include "core/base/util.h"

#define ANY FORM_ANY_DIGITS
#define MONTH FORM_BY_MONTH
#define WEEKDAY FORM_BY_WEEKDAY
#define SEVERITY FORM_BY_SEVERITY

/* clang-format off */
const struct time_form time_forms[] = {
    /* The year first. */
    {4, '-', FORM_DATE, "%Y-%m-%d%~%T%+", "RFC 3339, ISO 8601, and most programs", "2024-03-05T10:00:01.123+01:00"},
    {4, '/', FORM_DATE, "%Y/%m/%d%~%T%+", "nginx, Go, Samba, GIN", "2024/03/05 10:00:01"},
    {4, '.', FORM_DATE, "%Y.%m.%d%~%T%+", "Windows programs", "2024.03.05 10:00:01"},
    {4, '-', FORM_DATE, "%Y-%m-%d-%H.%M.%S%+", "Db2, BlueGene", "2024-03-05-10.00.01.123456"},
    {4, '-', FORM_DATE, "%Y-%jT%T%+", "ISO 8601, day of the year", "2024-065T10:00:01Z"},
    {4, '-', FORM_DATE, "%Y-W%VT%T%+", "ISO 8601, week", "2024-W10-2T10:00:01Z"},
    {4, '\xe5', FORM_DATE, "%Y年%m月%d日%~%T%+", "programs in Chinese and Japanese", "2024年03月05日 10:00:01"},
    {8, 'T', FORM_DATE, "%Y%m%dT%H%M%S%+", "ISO 8601, basic", "20240305T100001Z"},
    {8, 0, FORM_DATE, "%Y%m%d%~%T%+", "scripts", "20240305 10:00:01"},
    {8, '-', FORM_LEAD, "%Y%m%d-%H:%M:%S%+", "HealthApp", "20240305-9:0:1:23|x"},
    {8, 0, FORM_DATE, "%Y%m%d%~%H%M%S%+", "scripts", "20240305-100001"},
    {14, 0, FORM_DATE, "%Y%m%d%H%M%S%+", "scripts", "20240305100001"},
    {6, ' ', FORM_LEAD, "%y%m%d %H%M%S %# %l ", "HDFS", "240305 100001 148 INFO x"},
    {6, ' ', FORM_LEAD, "%y%m%d %T [", "MySQL before 5.7", "240305 10:00:01 [Note] x"},
    {6, ' ', FORM_LEAD, "%y%m%d %T InnoDB", NULL, "240305 10:00:01  InnoDB: x"},
    {6, ' ', FORM_LEAD, "%y%m%d %T mysqld", NULL, "240305 10:00:01 mysqld_safe x"},
    {2, '/', FORM_LEAD, "%o %T %l %J ", "Spark, Hadoop (log4j)", "24/03/05 10:00:01 INFO spark.SecurityManager: x"},

    /* The day first. */
    {2, '/', FORM_DATE, "%d/%b/%Y%~%T%+", "access logs, Django", "05/Mar/2024:10:00:01 +0100"},
    {2, '-', FORM_DATE, "%d-%b-%Y%~%T%+", "Tomcat, BIND, PHP, Oracle", "05-Mar-2024 10:00:01.123"},
    {2, ' ', FORM_DATE, "%d %b %Y%~%T%+", "log4j, Java, RFC 5322", "05 Mar 2024 10:00:01,123"},
    {2, '.', FORM_DATE, "%d. %b %Y %T%+", "date(1) in German", "5. Mar 2024 10:00:01"},

    /* Numbers whose order the rest of the log tells; dots before a year of four digits are sure. */
    {2, '.', FORM_DATE, "%o%~%T%+", "programs in German and Russian", "05.03.2024 10:00:01"},
    {2, '/', FORM_DATE, "%o%~%T%+", "Windows, .NET, WebSphere; the order as said below", "3/15/2024 10:00:01 AM"},
    {2, '-', FORM_DATE, "%o%~%T%+", NULL, "15-03-2024 10:00:01"},
    {0, '[', FORM_LEAD, "[%q %T]", "Proxifier; the order as said below", "[03.15 10:00:01] x"},

    /* Names first. */
    {0, MONTH, FORM_DATE, "%b %e %T%+", "syslog, Cisco, Asterisk", "Mar  5 10:00:01"},
    {0, MONTH, FORM_DATE, "%b %e %Y%~%T%+", "Cisco ASA", "Mar  5 2024 10:00:01"},
    {0, MONTH, FORM_DATE, "%b %d, %Y %T%+", "Java (java.util.logging), WebLogic", "Mar 5, 2024 10:00:01 AM"},
    {0, WEEKDAY, FORM_DATE, "%a %b %e %T%+", "date(1), ctime(3), Apache, Oracle, git", "Tue Mar  5 10:00:01 CET 2024"},
    {0, WEEKDAY, FORM_DATE, "%a, %d %b %Y %T%+", "RFC 5322, HTTP", "Tue, 05 Mar 2024 10:00:01 GMT"},
    {0, WEEKDAY, FORM_DATE, "%a %d %b %Y %T%+", "date(1)", "Tue 05 Mar 2024 10:00:01 AM CET"},
    {0, WEEKDAY, FORM_DATE, "%a %d. %b %T%+", "date(1) in German", "Di 5. Mär 10:00:01 CET 2024"},
    {0, WEEKDAY, FORM_DATE, "%a %Y-%m-%d %T%+", "journalctl -o short-full", "Tue 2024-03-05 10:00:01 CET"},
    {0, SEVERITY, FORM_LEAD, "%c%m%d %T%+", "klog, glog", "I0305 10:00:01.123456"},
    {0, SEVERITY, FORM_LEAD, "%c%Y%m%d %T%+", "glog with the year", "I20240305 10:00:01.123456"},

    {0, '[', FORM_LEAD, "[%c %y%m%d %T ", "Tornado", "[I 240305 10:00:01 web:2271] x"},

    /* A month and a day of numbers, which one program alone writes. */
    {2, '-', FORM_LEAD, "%m-%d %T.%f %# %# %c ", "Android", "03-05 10:00:01.123  1702  2395 D x"},
    {2, '-', FORM_LEAD, "%m-%d %T.%f %c/", NULL, "03-05 10:00:01.123 D/x"},

    /* Leads. */
    {ANY, ':', FORM_LEAD, "%#:%k %d %b %Y %T%+", "Redis", "12:M 05 Mar 2024 10:00:01.123 * x"},
    {0, '[', FORM_LEAD, "[%#] %d %b %T%+", "Redis 2", "[12] 05 Mar 10:00:01.123 # x"},
    {0, '[', FORM_LEAD, "[pid: %*} [%a %b %e %T %Y]", "uWSGI", "[pid: 7|app: 0|req: 1/1] 127.0.0.1 () {3 vars in 6 bytes} [Tue Mar  5 10:00:01 2024] x"},
    {0, 0, FORM_LEAD, "%*::%*::%Y-%m-%d %T%+", "vdsm", "Thread-13::DEBUG::2024-03-05 10:00:01,123::x"},
    {0, 0, FORM_LEAD, "%? %s %Y.%m.%d ", "BlueGene/L, Thunderbird", "- 1709632801 2024.03.05 R02-M1-N0 x"},
    {ANY, ' ', FORM_LEAD, "%# %? %? %? %s %# ", "HPC clusters", "134681 node-246 unix.hw state_change 1709632801 1 x"},
    {0, 0, FORM_LEAD, "%g %Y-%m-%d %T%+", "OpenStack, collected", "nova-api.log.1 2024-03-05 10:00:01.123 x"},
    {0, '#', FORM_LEAD, "# Time: %Y-%m-%d%~%T%+", "MySQL's slow query log", "# Time: 2024-03-05T10:00:01.123456Z"},
    {0, '#', FORM_LEAD, "# Time: %y%m%d %T", NULL, "# Time: 240305 10:00:01"},
    {0, '=', FORM_LEAD, "=%*==== %d-%b-%Y::%T%+", "Erlang, RabbitMQ", "=ERROR REPORT==== 5-Mar-2024::10:00:01 ==="},
    {0, 'S', FORM_LEAD, "Start-Date: %Y-%m-%d %T", "apt", "Start-Date: 2024-03-05  10:00:01"},
    {0, 'E', FORM_LEAD, "End-Date: %Y-%m-%d %T", NULL, "End-Date: 2024-03-05  10:00:01"},
    {0, 'L', FORM_LEAD, "Log started: %Y-%m-%d %T", NULL, "Log started: 2024-03-05  10:00:01"},
    {0, 'L', FORM_LEAD, "Log ended: %Y-%m-%d %T", NULL, "Log ended: 2024-03-05  10:00:01"},
    {0, 'u', FORM_LEAD, "update-alternatives %Y-%m-%d %T", "update-alternatives", "update-alternatives 2024-03-05 10:00:01: x"},
    {0, '[', FORM_LEAD, "[GIN] %Y/%m/%d%~%T%+", "GIN", "[GIN] 2024/03/05 - 10:00:01 | 200 |"},
    {0, '#', FORM_LEAD, "####<%b %d, %Y %T%+", "WebLogic", "####<Mar 5, 2024 10:00:01 AM CET> <Error> x"},
    {0, 0, FORM_LEAD, "%l [%*] %Y-%m-%d %T%+", "Cassandra", "INFO  [main] 2024-03-05 10:00:01,123 x"},
    {0, '*', FORM_LEAD, "*%b %e %T%+", "Cisco IOS", "*Mar  5 10:00:01.123: %SYS-5-RESTART: x"},
    {0, '.', FORM_LEAD, ".%b %e %T%+", NULL, ".Mar  5 10:00:01.123: %SYS-5-RESTART: x"},
    {ANY, ':', FORM_LEAD, "%#: %b %e %T%+", NULL, "000123: Mar  5 10:00:01.123: %SYS-5-RESTART: x"},
    {ANY, ':', FORM_LEAD, "%#: *%b %e %T%+", NULL, "000123: *Mar  5 10:00:01.123: %SYS-5-RESTART: x"},
    {0, '[', FORM_LEAD, "[Thr %#] %a %b %e %T%+", "SAP", "[Thr 1234] Tue Mar  5 10:00:01 2024"},

    /* Since 1970. */
    {10, '.', FORM_DATE, "%s", "Squid, Zeek, strace -ttt", "1709632801.123"},
    {13, 0, FORM_DATE, "%s", "milliseconds since 1970", "1709632801123"},
    {16, 0, FORM_DATE, "%s", "microseconds since 1970", "1709632801123456"},
    {0, '[', FORM_LEAD, "[%s]", "Nagios, Icinga", "[1709632801] x"},

    {0, 0, FORM_LAST, "%@%d/%b/%Y%~%T%+", "Apache, nginx, HAProxy: access logs", "127.0.0.1 - - [05/Mar/2024:10:00:01 +0100] x"},

    /* Times since the start of a machine, times of day, and numbers that count leap seconds in one
     * program and not in another. */
    {0, '[', FORM_NONE, "[%#.%#]", "dmesg", "[12345.678901] x"},
    {0, '[', FORM_NONE, "[ %#.%#]", NULL, "[   12.345678] x"},
    {2, ':', FORM_NONE, "%T", "a time of day without a date", "10:00:01 x"},
    {ANY, ' ', FORM_NONE, "%# %T.%f", "strace -tt", "4711 10:00:01.123456 x"},
    {0, '@', FORM_NONE, "@4000000", "TAI64N", "@40000000433225833b6e1a8c x"},
};
/* clang-format on */

const size_t time_n_forms = ARRAY_SIZE(time_forms);
