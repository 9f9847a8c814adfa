#!/bin/bash
# Installe Clausier depuis ce dossier, sans réseau. À lancer en tant qu’administrateur.
#
# Recommencer ne change rien ; /etc/clausier et les données ne sont jamais touchés une fois faits.
set -euo pipefail
cd "$(dirname "$0")"

[ "$(id -u)" -eq 0 ] || { echo "Lancez ce programme en tant qu’administrateur." >&2; exit 1; }
sha256sum --quiet --check SHA256SUMS || { echo "Ce dossier est abîmé : rien n’est installé." >&2; exit 1; }

VERSION=$(cat version)
readonly VERSION
readonly PLACE="/opt/clausier-$VERSION"

packages() {
    local list apt
    list=$(mktemp)
    echo "deb [trusted=yes] file:$PWD/debs ./" >"$list"
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o "Dir::Etc::sourcelist=$list"
        -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null
    rm -f "$list"
}

application() {
    [ -d "$PLACE" ] || tar --extract --gzip --file sources.tar.gz --directory /opt --no-same-owner
    [ -x "$PLACE/.venv/bin/gunicorn" ] && return
    python3 -m venv --clear "$PLACE/.venv"
    "$PLACE/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-index --find-links wheels --require-hashes -r "$PLACE/requirements/base.txt"
}

settings() {
    id clausier >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/clausier \
        --no-create-home --shell /usr/sbin/nologin clausier
    install -d -o clausier -g clausier -m 0700 /var/lib/clausier /var/backups/clausier
    install -d -o root -g clausier -m 0750 /etc/clausier
    if [ ! -e /etc/clausier/secret-key ]; then
        (umask 0137; python3 -c "import secrets; print(secrets.token_urlsafe(64))" >/etc/clausier/secret-key)
        chgrp clausier /etc/clausier/secret-key
    fi
    [ -e /etc/clausier/clausier.env ] || install -o root -g clausier -m 0640 \
        "$PLACE/deploy/clausier.env.example" /etc/clausier/clausier.env
}

# An older version goes on serving, by its own units, until the tables are those of the new one.
link() {
    if [ -e /opt/clausier ] && [ "$(readlink -f /opt/clausier)" != "$PLACE" ]; then
        echo "Clausier $VERSION est dans $PLACE. Une autre version sert encore : suivez « Mettre à jour »"
        echo "de $PLACE/docs/operations.md, à partir de l’étape 3."
        return
    fi
    ln -sfn "$PLACE" /opt/clausier
    install -m 0644 "$PLACE"/deploy/systemd/* /etc/systemd/system/
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    echo "Clausier $VERSION est dans $PLACE. Remplissez /etc/clausier/clausier.env, puis suivez"
    echo "« Première mise en service » de /opt/clausier/docs/operations.md."
}

# shellcheck disable=SC2046 # a list of names
packages $(sed -n '/^RUN_PACKAGES=(/,/)/p' <(tar -xzOf sources.tar.gz "clausier-$VERSION/bin/setup") \
    | tr -d '()' | sed 's/RUN_PACKAGES=//') python3 ca-certificates openssl postgresql-client "$@"
application
settings
link
