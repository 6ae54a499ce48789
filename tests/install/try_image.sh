#!/usr/bin/env bash
# Runs the image's files as the image is run: as its user, on a read-only root, with one writable volume.
# tests/install/try_image.sh ROOT, as root; ROOT is where `buildah mount` shows the image.
set -euo pipefail
if [ "${2:-}" != inside ]; then
  exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$1" inside
fi
root=$(mktemp -d)
mount --bind "$1" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o uid=10001,gid=10001,mode=700 none "$root/data"
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount --bind /proc "$root/proc"
mount --rbind /dev "$root/dev"

environment=(PATH=/opt/storywatch/bin:/usr/bin HOME=/data STORYWATCH_LISTEN=127.0.0.1:9464 PYTHONDONTWRITEBYTECODE=1)
as_user=(env -i "${environment[@]}" /usr/bin/unshare --root="$root" --wd=/data --setgid=10001 --setuid=10001)
storywatch=("${as_user[@]}" /opt/storywatch/bin/storywatch)
python=("${as_user[@]}" /opt/storywatch/bin/python -c)

if "${python[@]}" "open('/opt/storywatch/written', 'w')" 2>/dev/null; then exit 1; fi
"${storywatch[@]}" init
printf '[[topics]]\nname = "police"\nquery = "police"\n' >"$root/data/storywatch.toml"
"${storywatch[@]}" check
"${storywatch[@]}" licences --format cyclonedx >/dev/null
"${storywatch[@]}" run &
running=$!
health="import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=5)"
for _ in $(seq 200); do # each look takes some tenths of a second
  if "${python[@]}" "$health" 2>/dev/null; then break; fi
done
"${python[@]}" "$health"
kill -TERM "$running"
wait "$running"
echo "the image's init, check, run, health check and end by SIGTERM work as its user on a read-only root"
