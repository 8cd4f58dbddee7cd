#!/bin/sh
# Starts a PostgreSQL server of its own for tests, in a new directory below /tmp, on a Unix socket only, and prints its address.
#
#   export CRM_TEST_POSTGRES=$(examples/crm/testdata/postgres.sh)
#   examples/crm/testdata/postgres.sh stop "$CRM_TEST_POSTGRES"     stops it and removes the directory
#
# It does not wait for the disk: a test kills programs, not the server. As root it runs the server as the user postgres, for the server refuses to run as root.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v pg_ctl)")
as() { if [ "$(id -u)" = 0 ]; then (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi; }

if [ "${1:-}" = stop ]; then
	dir=${2##*host=}
	as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >&2
	rm -r "$dir"
	exit
fi
dir=$(mktemp -d /tmp/crm-postgres.XXXXXX)
[ "$(id -u)" != 0 ] || chown postgres "$dir"
chmod 755 "$dir"
as "$bin/initdb" -D "$dir/data" -U crm -A trust -E UTF8 --locale=C.UTF-8 >&2
as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "-c listen_addresses='' -k $dir -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start >&2
as "$bin/createdb" -h "$dir" -U crm crm >&2
echo "postgres://crm@/crm?host=$dir"
