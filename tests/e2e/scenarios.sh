#!/usr/bin/env bash
# The package in a booted machine, from its installation to its purge, as an operator uses it. The
# script runs in the machine, as root.
#
#   scenarios.sh FORMER.deb CURRENT.deb     FORMER is the same package with a lower version
#
# shellcheck disable=SC2016,SC2317 # what others expand and call
set -uo pipefail
former=$1 current=$2
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
# shellcheck source=tests/e2e/lib.sh
source lib.sh
export DEBIAN_FRONTEND=noninteractive

# The folders in which packages and services may leave something.
every_file() {
    find /etc /usr /lib/systemd /var /opt \( -path /var/log/journal -o -path /var/cache/man -o -path /var/tmp \) -prune -o -print 2>/dev/null |
        grep -i glossd | sort
}
before=$(every_file)

restarts=0
restarted() { # restarted UNIT: waits until systemd has started the unit once more
    restarts=$((restarts + 1))
    within 20 is "$1" NRestarts "$restarts" && within 10 is "$1" SubState running
}

drop_in() { # drop_in UNIT NAME LINE...
    local folder=/etc/systemd/system/$1.service.d name=$2
    shift 2
    mkdir -p "$folder"
    printf '%s\n' '[Service]' "$@" >"$folder/$name.conf"
    systemctl daemon-reload
}

title 'installed'
mkdir -p /var/log/app
expect 'the package installs' apt-get install -y --allow-downgrades "$former"
[[ -x /usr/bin/glossd ]] || exit 1
expect 'the unit is enabled' systemctl is-enabled glossd
expect 'and runs' within 10 systemctl is-active --quiet glossd
expect 'systemd-analyze has nothing to say' bash -c \
    'out=$(systemd-analyze verify glossd.service glossd@x.service 2>&1); echo "$out"; [[ -z $out ]]'
for unit in glossd.service glossd@x.service; do
    expect "exposure of $unit is at most 1.5" systemd-analyze security --no-pager --threshold=15 "$unit"
    systemd-analyze security --no-pager "$unit" | tail -n 1
done
same 'mode of the state' 'glossd 750 640' \
    "$(stat -c '%U %a' /var/lib/glossd) $(stat -c %a /var/lib/glossd/state.db)"
same 'mode of the sink' 'glossd 750 640' \
    "$(stat -c '%U %a' /var/log/glossd) $(stat -c %a $sink)"
expect 'nothing is said of a missing JIT' bash -c '! journalctl -q -u glossd -o cat | grep -i interprets'

title 'a log is followed'
write_lines /var/log/app/app.log 1 3
expect 'its lines are annotated' within 10 has_count $sink 3
same 'the first line' 'yes' "$(head -n 1 $sink | grep -q 'send 1 failed: BIZ_TOPIC_NOT_FOUND  # BIZ_TOPIC' && echo yes)"
expect 'the status counts' within 5 status_has glossd 'Following 1 file, 3 lines read, 3 hits, 0 bytes behind.'
expect 'the state answers an operator' within 5 bash -c 'glossd summary --state /var/lib/glossd/state.db --format csv | grep -q "BIZ_TOPIC_NOT_FOUND.*,3,3,"'

title 'an upgrade while a writer writes'
write_lines /var/log/app/app.log 4 1500 &
writer=$!
expect 'the upgrade' apt-get install -y "$current"
wait $writer
exactly_once 'upgrade' 1 1500 $sink
expect 'it is enabled and runs' bash -c 'systemctl is-enabled glossd && systemctl is-active glossd'

title 'reload'
mkdir -p /etc/glossd/catalogs
cp /usr/share/glossd/catalogs/aliyun-mqtt.yaml /etc/glossd/catalogs/
printf 'catalog: own\ncodes:\n  OWN_TROUBLE:\n    cause: Ours.\n    solution: Mend it.\n' >/etc/glossd/catalogs/own.yaml
sed -i 's|^#catalogs:|catalogs:|' /etc/glossd/glossd.yaml
expect 'with a new catalog' systemctl reload glossd
expect 'it is said' within 10 said glossd 'reloaded '
echo 'x OWN_TROUBLE x' >>/var/log/app/app.log
expect 'its codes count' within 10 has $sink 'OWN_TROUBLE: Ours. Fix: Mend it.'
echo '  WRONG:' >>/etc/glossd/catalogs/own.yaml
expect 'with a bad one it fails' bash -c '! systemctl reload glossd'
expect 'and names the mistake' said glossd 'own.yaml:6'
expect 'the service goes on' systemctl is-active --quiet glossd
systemctl kill -s HUP glossd
expect 'a bare SIGHUP keeps the old one, too' within 10 said glossd 'going on with the old configuration'
echo 'y OWN_TROUBLE y' >>/var/log/app/app.log
expect 'and its codes' within 10 has $sink 'y OWN_TROUBLE y'
sed -i '$d' /etc/glossd/catalogs/own.yaml

title 'death and hanging'
write_lines /var/log/app/app.log 1501 3000 &
writer=$!
within 10 has_count $sink 1600
systemctl kill -s KILL glossd
expect 'SIGKILL: it is back' restarted glossd
wait $writer
exactly_once 'SIGKILL' 1 3000 $sink
drop_in glossd watchdog WatchdogSec=2s
systemctl restart glossd
restarts=$(property glossd NRestarts)
write_lines /var/log/app/app.log 3001 3200
systemctl kill -s STOP glossd
write_lines /var/log/app/app.log 3201 3400
expect 'SIGSTOP: the watchdog brings it back' restarted glossd
expect 'for that reason' within 5 said glossd 'Watchdog timeout'
exactly_once 'SIGSTOP' 1 3400 $sink
rm -r /etc/systemd/system/glossd.service.d
systemctl daemon-reload
systemctl restart glossd

title 'stop'
write_lines /var/log/app/app.log 3401 3500
begin=$(date +%s%N)
expect 'stops' systemctl stop glossd
took=$((($(date +%s%N) - begin) / 1000000))
expect "within 5 s ($took ms)" [ $took -lt 5000 ]
same 'in good order' 'success 0' "$(property glossd Result) $(property glossd ExecMainStatus)"
size=$(stat -c %s $sink)
left=$(cksum <$sink)
systemctl start glossd
exactly_once 'stop and start' 1 3500 $sink
same 'the last checkpoint held all of the sink' "$left" \
    "$(head -c "$size" $sink | cksum)"
expect 'verify agrees, where it can be asked' bash -c \
    '! glossd --help | grep -q "^  verify" || glossd verify --state /var/lib/glossd/state.db'

title 'logrotate'
expect 'turns' logrotate -f /etc/logrotate.d/glossd
expect 'a new file is opened' within 15 test -e $sink
write_lines /var/log/app/app.log 3501 3600
within 20 has_count $sink 100
exactly_once 'rotated' 1 3600 $sink.1 $sink

title 'rights'
echo 'for adm BIZ_TOPIC_EXISTED' >/var/log/app/adm.log
chown root:adm /var/log/app/adm.log
chmod 640 /var/log/app/adm.log
expect 'a log of group adm is read' within 15 has $sink 'for adm BIZ_TOPIC_EXISTED'
(umask 077 && echo 'for root BIZ_TOPIC_EXISTED' >/var/log/app/root.log)
expect 'one of root alone is missed aloud' within 15 status_has glossd 'Degraded: 1 file or folder cannot be read'
mkdir -p /etc/systemd/system/glossd.service.d
cp /usr/share/doc/glossd/examples/read-all-logs.conf /etc/systemd/system/glossd.service.d/
systemctl daemon-reload
systemctl restart glossd
expect 'with the drop-in it is read' within 15 has $sink 'for root BIZ_TOPIC_EXISTED'
expect 'nobody else can read the sink' bash -c \
    "! setpriv --reuid=nobody --regid=nogroup --clear-groups cat $sink"
rm -r /etc/systemd/system/glossd.service.d
systemctl daemon-reload
systemctl restart glossd

title 'two instances'
for name in one two; do
    mkdir -p "/var/log/$name"
    printf '%s\n' "state: /var/lib/glossd/$name/state.db" "sources: [{follow: /var/log/$name/*.log}]" \
        "sinks: [{file: /var/log/glossd/$name/out.log}]" >"/etc/glossd/$name.yaml"
    expect "glossd@$name starts" systemctl enable --now "glossd@$name"
    echo "of $name ONS_SYSTEM_ERROR" >"/var/log/$name/a.log"
done
for name in one two; do
    expect "glossd@$name has its own" within 10 has "/var/log/glossd/$name/out.log" "of $name ONS_SYSTEM_ERROR"
    same 'and nothing else' 1 "$(wc -l <"/var/log/glossd/$name/out.log")"
done

title 'a disk that is full'
mkdir -p /var/log/glossd/one/small
mount -t tmpfs -o size=64k,uid="$(id -u glossd)",gid="$(id -g glossd)" small /var/log/glossd/one/small
sed -i 's|/one/out.log|/one/small/out.log|' /etc/glossd/one.yaml
systemctl restart glossd@one
write_lines /var/log/one/a.log 1 600
expect 'is a status' within 15 status_has glossd@one 'No space left on device'
mount -o remount,size=4m /var/log/glossd/one/small
expect 'heals' within 30 status_has glossd@one '0 bytes behind.'
exactly_once 'full disk' 1 600 /var/log/glossd/one/small/out.log

title 'memory that runs out'
drop_in glossd@two limit LimitAS=8M
systemctl restart glossd@two 2>/dev/null
expect 'is a death, and starts follow' within 20 bash -c '(($(systemctl show -P NRestarts glossd@two) > 0))'
echo 'later ONS_SYSTEM_ERROR' >>/var/log/two/a.log
rm -r /etc/systemd/system/glossd@two.service.d
systemctl daemon-reload
systemctl reset-failed glossd@two
systemctl restart glossd@two
expect 'and nothing is lost by it' within 10 has /var/log/glossd/two/out.log 'later ONS_SYSTEM_ERROR'
same 'nor doubled' 2 "$(wc -l </var/log/glossd/two/out.log)"
systemctl disable -q --now glossd@one
umount /var/log/glossd/one/small

title 'programs of Debian'
sed -i '/listen \[::\]/d' /etc/nginx/sites-available/default
expect 'nginx runs' systemctl restart nginx
expect 'rsyslog runs' systemctl restart rsyslog
printf '%s\n' 'state: /var/lib/glossd/two/state.db' \
    'sources: [{follow: /var/log/two/*.log}, {name: web, follow: /var/log/nginx/access.log}, {name: system, follow: /var/log/user.log}]' \
    'sinks: [{file: /var/log/glossd/two/out.log}]' >/etc/glossd/two.yaml
systemctl reload glossd@two
expect 'rsyslog writes' within 10 bash -c \
    'logger -p user.err "by logger BIZ_NO_MESSAGE"; grep -q BIZ_NO_MESSAGE /var/log/user.log'
exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET /?code=BIZ_TOPIC_EXISTED HTTP/1.0\r\n\r\n' >&3
cat <&3 >/dev/null
exec 3>&-
expect "nginx's log" within 15 has /var/log/glossd/two/out.log 'GET /?code=BIZ_TOPIC_EXISTED HTTP/1.0'
expect "rsyslog's log" within 75 has /var/log/glossd/two/out.log 'by logger BIZ_NO_MESSAGE'
expect "nginx's log is turned" logrotate -f /etc/logrotate.d/nginx
exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET /?code=BIZ_NO_MESSAGE&turned HTTP/1.0\r\n\r\n' >&3
cat <&3 >/dev/null
exec 3>&-
expect 'and followed on' within 15 has /var/log/glossd/two/out.log 'GET /?code=BIZ_NO_MESSAGE&turned'

title 'the journal explains'
id=$(glossd catalog export --format journal | grep -B 1 'Error code BIZ_TOPIC_NOT_FOUND' | sed -n 's/^-- //p')
printf 'MESSAGE=refused\nMESSAGE_ID=%s\n' "$id" | logger --journald
expect 'journalctl -x' within 5 bash -c "journalctl --no-pager -q -x MESSAGE_ID=$id | grep -q 'Cause: There is no such topic'"

# shellcheck source=tests/e2e/journal.sh
source ./journal.sh

title "an administrator's choices"
systemctl disable -q --now glossd
expect 'installed once more' apt-get install -y --reinstall "$current"
same 'disabled stays disabled' 'disabled inactive' \
    "$(systemctl is-enabled glossd) $(systemctl is-active glossd)"
expect 'a changed conffile stays' has /etc/glossd/glossd.yaml 'catalogs: [/etc/glossd/catalogs]'

title 'gone'
expect 'removed' apt-get remove -y glossd
expect 'the instance has stopped' bash -c '! systemctl is-active --quiet glossd@two'
expect 'state and logs stay' test -e /var/lib/glossd/state.db -a -e $sink -a -e /etc/glossd/glossd.yaml
rm -r /etc/glossd/catalogs /etc/glossd/one.yaml /etc/glossd/two.yaml
expect 'purged' apt-get purge -y glossd
expect 'no user is left' bash -c '! getent passwd glossd && ! getent group glossd'
same 'no file is left' "$before" "$(every_file)"

((failures == 0)) || printf '\n%d FAILED\n' "$failures"
exit $((failures > 0))
