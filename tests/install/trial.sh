#!/bin/sh
# Installs, starts, upgrades, removes and purges the Debian package in a machine that systemd has booted.
# /trial holds storywatch.deb, upgraded.deb and the configuration; the first command that fails ends the trial.
set -eux

as_service() { setpriv --reuid storywatch --regid storywatch --clear-groups "$@"; }
items() { as_service storywatch items search police --format json; }

dpkg -i /trial/storywatch.deb
test "$(stat -c %U:%G:%a /var/lib/storywatch /etc/storywatch/storywatch.toml | xargs)" = \
  "storywatch:storywatch:700 root:storywatch:640"
grep -q 'database = "sqlite:////var/lib/storywatch/storywatch.db"' /etc/storywatch/storywatch.toml
(cd /etc/storywatch && as_service storywatch check)
test -f /usr/share/man/man1/storywatch.1.gz
if systemctl is-active storywatch; then exit 1; fi # the owner writes the configuration first

cat /trial/storywatch.toml >/etc/storywatch/storywatch.toml
cd /var/lib/storywatch
systemd-analyze verify storywatch.service
systemctl enable --now storywatch # Type=notify: returns when the daemon says that it is ready
found=
for _ in $(seq 60); do # each look takes half a second
  if items | grep 'Police buy cameras'; then found=yes && break; fi
done
test "$found"
test "$(stat -c %U /proc/"$(systemctl show -P MainPID storywatch)")" = storywatch
systemctl reload storywatch
systemctl is-active storywatch
before=$(systemctl show -P MainPID storywatch)

dpkg -i /trial/upgraded.deb
test "$(dpkg-query -W -f '${Version}' storywatch)" = "$(cat /trial/upgraded.version)"
systemctl is-active storywatch
test "$(systemctl show -P MainPID storywatch)" != "$before"
grep -q '"police"' /etc/storywatch/storywatch.toml # the owner's file was kept
items | grep -q 'Police buy cameras'

systemctl stop storywatch
test "$(systemctl show -P Result storywatch)" = success
systemctl start storywatch
dpkg --remove storywatch
if systemctl is-active storywatch; then exit 1; fi
test -f /var/lib/storywatch/storywatch.db
test -f /etc/storywatch/storywatch.toml
test ! -e /opt/storywatch
test ! -e /usr/bin/storywatch

dpkg --purge storywatch
test ! -e /var/lib/storywatch
test ! -e /etc/storywatch
