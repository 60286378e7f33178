#!/bin/sh
# Puts the secrets that docker-compose.yml asks for into .env, 32 random bytes each. Those that are there already stay.
set -eu
cd "$(dirname "$0")/.."
umask 077
touch .env
# A last line without an end would swallow the first secret.
[ -z "$(tail -c 1 .env)" ] || echo >> .env
for name in ADMIN_TOKEN ENCRYPTION_KEY POSTGRES_PASSWORD S3_SECRET_ACCESS_KEY; do
  grep -q "^$name=." .env && continue
  echo "$name=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >> .env
  echo "made $name"
done
