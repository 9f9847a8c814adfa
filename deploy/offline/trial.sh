#!/bin/bash
# Run by `bin/offline try` inside a minimal Debian without a network: install, migrate, seal, serve.
set -euo pipefail

if getent hosts example.org >/dev/null 2>&1; then echo "il y a un réseau" >&2; exit 1; fi
/srv/bundle/install.sh
/srv/bundle/install.sh >/dev/null  # again: nothing changes
cd /opt/clausier
# The loopback of a new namespace is down.
python3 -c "
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 0x1 | 0x40))"
export CLAUSIER_HOME=/var/lib/clausier DEMO=1
run() { setpriv --reuid clausier --regid clausier --init-groups env "$@"; }
run .venv/bin/python manage.py migrate -v0
run .venv/bin/python manage.py createcachetable
run .venv/bin/python manage.py collectstatic --noinput -v0
run .venv/bin/python manage.py load_clausiers >/dev/null
run .venv/bin/python manage.py load_demo >/dev/null
assessment=$(run .venv/bin/python manage.py list_assessments | cut -f1 | sed -n 1p)
run .venv/bin/python manage.py export_assessment "$assessment" --out /var/lib/clausier/un.pdf
run .venv/bin/python manage.py verify_document /var/lib/clausier/un.pdf >/dev/null
run PORT=8000 .venv/bin/gunicorn --config python:uniha_clausier.webserver &
server=$!
python3 - <<'PYTHON'
import time, urllib.request
for _ in range(60):
    try:
        page = urllib.request.urlopen("http://127.0.0.1:8000/connexion/", timeout=5)
        break
    except OSError:
        time.sleep(0.5)
assert page.status == 200, page.status
PYTHON
kill "$server"
wait "$server" || true
echo "ESSAI RÉUSSI : installé, scellé, vérifié et servi sans réseau."
