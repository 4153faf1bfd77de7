#!/bin/bash
# usage: postgres.sh DIR      a throw-away PostgreSQL in DIR, reached by its socket there: postgres://test@localhost/test?host=DIR
# Prints "ready" when it answers. It stops, and DIR is removed, when standard input ends: with the test process, however that ends.
# Run as root it steps down to user 'postgres' (the server refuses root); else it stays the current user. Durability is off.
set -eu
dir=$(readlink -f "$1")
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
if [ -z "$bin" ]; then echo "PostgreSQL is missing: apt-get install postgresql" >&2; exit 1; fi
as=()
if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; as=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
cd "$dir"
"${as[@]}" "$bin/initdb" -D data -U test -A trust -E UTF8 --no-locale --no-sync > initdb.log
echo 'CREATE DATABASE test' | "${as[@]}" "$bin/postgres" --single -D data postgres >> initdb.log 2>&1
"${as[@]}" "$bin/pg_ctl" start -w -s -D data -l postgres.log -o "-c listen_addresses= -c unix_socket_directories=$dir \
	-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200"
echo ready
cat > /dev/null || true
"${as[@]}" "$bin/pg_ctl" stop -w -s -m immediate -D data || true
cd / && rm -rf "$dir"
