# The journal as a source and as a sink, with an instance of its own. scenarios.sh sources this file.
# shellcheck shell=bash disable=SC2016 # what others expand

unit=glossd@journal
out=/var/log/glossd/journal/out.log

# The number of entries of that code that a glossd has written.
entries() { journalctl -q --no-pager -t glossd GLOSS_CODE="$1" -o cat | wc -l; }
has_entries() { (($(entries "$1") == $2)); }
says_here() { journalctl -q --no-pager -t app -o cat | grep -qF -- "$1"; }

# log_lines FROM TO: writes numbered lines to the journal, by logger
log_lines() {
    seq "$1" "$2" | sed 's/.*/app: send & failed: BIZ_TOPIC_NOT_FOUND/' | logger -t app
    within 10 says_here "send $2 failed"
}

title 'the journal as a source'
mkdir -p /var/log/journal-e2e
printf '%s\n' 'state: /var/lib/glossd/journal/state.db' 'sources:' \
    '  - {name: sys, journal: {}}' '  - {name: app, follow: /var/log/journal-e2e/*.log}' \
    'sinks:' "  - {name: text, file: $out, sources: [sys]}" '  - journal: true' \
    'log_level: info' >/etc/glossd/journal.yaml
expect 'check has nothing to say to who may read it' bash -c \
    '! setpriv --reuid=glossd --regid=glossd --groups=systemd-journal glossd check --config /etc/glossd/journal.yaml | grep -i journal'
log_lines 1 3
expect "$unit starts" systemctl enable --now $unit
expect 'lines of logger that were there before are annotated' within 10 has_count $out 3
echo 'by systemd-cat BIZ_SUBSCRIPTION_EXISTED' | systemd-cat -t app
expect 'so are lines of systemd-cat' within 10 has $out 'by systemd-cat BIZ_SUBSCRIPTION_EXISTED  # BIZ_SUBSCRIPTION_EXISTED: '
expect 'the status speaks of it' within 5 status_has $unit 'and the journal, '
expect 'a unit that logs' systemd-run -q --wait -u e2e-app echo 'by a unit BIZ_TOPIC_EXISTED'
expect 'is read' within 10 has $out 'by a unit BIZ_TOPIC_EXISTED'

title 'the journal as a sink'
expect 'an entry for each line and code' within 10 has_entries BIZ_SUBSCRIPTION_EXISTED 1
fields=$(journalctl -q --no-pager -o export GLOSS_CODE=BIZ_SUBSCRIPTION_EXISTED)
for field in 'MESSAGE=by systemd-cat BIZ_SUBSCRIPTION_EXISTED' PRIORITY=4 SYSLOG_IDENTIFIER=glossd GLOSS_SOURCE=sys \
    GLOSS_CATALOG=aliyun-mqtt GLOSS_SEVERITY=warning 'GLOSS_CAUSE=The group ID given is already in use.' \
    _SYSTEMD_UNIT=$unit.service; do
    expect "with $field" grep -qxF "$field" <<<"$fields"
done
expect 'and journalctl -x explains it' bash -c \
    'journalctl -q --no-pager -x -t glossd GLOSS_CODE=BIZ_SUBSCRIPTION_EXISTED | grep -q "Cause: The group ID given is already in use"'
echo 'of a file ONS_SYSTEM_ERROR' >/var/log/journal-e2e/a.log
expect 'lines of files go there, too' within 10 has_entries ONS_SYSTEM_ERROR 1
same 'what it wrote itself is not read again' '1 1' \
    "$(entries ONS_SYSTEM_ERROR) $(grep -c 'by systemd-cat BIZ_SUBSCRIPTION_EXISTED' $out)"
expect 'not even into a file' lacks $out 'of a file ONS_SYSTEM_ERROR'

title 'restarts and rotation'
log_lines 4 400 &
writer=$!
systemctl restart $unit
journalctl -q --rotate
systemctl kill -s KILL $unit
journalctl -q --rotate
wait $writer
expect 'SIGKILL: it is back' within 20 is $unit SubState running
exactly_once 'restart, SIGKILL and rotation' 1 400 $out
systemctl stop $unit
log_lines 401 410
journalctl -q --rotate
log_lines 411 420
systemctl start $unit
exactly_once 'rotated while it was stopped' 1 420 $out
journalctl -q --rotate --vacuum-files=1 2>/dev/null
log_lines 421 430
exactly_once 'vacuumed while it runs' 1 430 $out
systemctl stop $unit
journalctl -q --rotate --vacuum-files=1 2>/dev/null
journalctl -q --rotate --vacuum-files=1 2>/dev/null
log_lines 431 440
systemctl start $unit
exactly_once 'vacuumed while it was stopped' 1 440 $out
expect 'which is said' within 5 said $unit 'is no longer in the journal'
systemctl restart $unit
log_lines 441 442
exactly_once 'and goes on' 1 442 $out
expect 'state tells' bash -c \
    'glossd state show --state /var/lib/glossd/journal/state.db | grep -q "^sys  .* there$"'

title 'a journal that takes nothing'
sockets=(systemd-journald.socket systemd-journald-dev-log.socket)
systemctl stop "${sockets[@]}" systemd-journald.service 2>/dev/null
echo 'meanwhile EMPOWER_EXIST_ERROR' >>/var/log/journal-e2e/a.log
expect 'is a status' within 15 status_has $unit 'the journal cannot be written'
systemctl start "${sockets[@]}" systemd-journald.service
expect 'heals' within 30 has_entries EMPOWER_EXIST_ERROR 1

title 'rights on the journal'
drop_in $unit groups SupplementaryGroups=
systemctl restart $unit
expect 'that are missing are a status' within 10 status_has $unit "'sys' cannot read all of the journal"
expect 'and said with the mend' within 5 said $unit 'SupplementaryGroups=systemd-journal'
log_lines 443 444
rm -r "/etc/systemd/system/$unit.service.d"
systemctl daemon-reload
systemctl restart $unit
exactly_once 'given back' 1 444 $out
expect 'a bare account is told by check' bash -c \
    'setpriv --reuid=glossd --regid=glossd --clear-groups glossd check --config /etc/glossd/journal.yaml 2>&1 | grep -q "must be in the group systemd-journal"'
systemctl disable -q --now $unit
rm -r /etc/glossd/journal.yaml /var/log/journal-e2e
