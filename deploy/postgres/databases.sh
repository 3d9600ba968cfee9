#!/bin/sh
# Makes each service's database and logins where missing, and sets the logins' passwords (P3.7).
# Run by a superuser (PGHOST, PGUSER … as psql reads them): by compose when the volume is new, by a
# job of the chart jixiao-database on each install and upgrade. Run again after a password changed.
#   databases.sh PASSWORDS   lines of: <database> <api> <job> <migrator>, the last three passwords
set -eu
here=$(dirname "$0")
export PGOPTIONS="-c client_min_messages=warning"
run() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }

while read -r database api job migrator; do
  case "$database$api$job$migrator" in *[!a-zA-Z0-9-]*) echo "$database: letters and digits only" >&2; exit 1 ;; esac
  name=$(printf %s "$database" | tr - _)
  if [ -z "$(run --dbname postgres --command "SELECT 1 FROM pg_database WHERE datname = '$database'")" ]; then
    run --dbname postgres --command "CREATE DATABASE \"$database\""
    run --dbname "$database" --set database="$database" --set own="own_$name" --set api="${name}_api" \
      --set job="${name}_job" --set migrator="${name}_migrator" --file "$here/roles.sql"
  fi
  # On standard input: arguments can be seen by every process.
  run --dbname postgres <<SQL
ALTER ROLE "${name}_api" PASSWORD '$api';
ALTER ROLE "${name}_job" PASSWORD '$job';
ALTER ROLE "${name}_migrator" PASSWORD '$migrator';
SQL
done < "${1:-/run/secrets/database-passwords}"
