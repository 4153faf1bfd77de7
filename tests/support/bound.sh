#!/bin/sh
# usage: bound.sh COMMAND ...    runs it until standard input ends: with the test process, however that ends.
# The command is asked to stop (SIGTERM), and after a second all that it has started, until they have: a child that
# Kamailio has just made misses its word, and it waits for each. Its exit status is this script's.
exec 3<&0
setsid "$@" </dev/null 3<&- &
child=$!
{ cat <&3; kill -TERM $child; while sleep 1; kill -TERM -$child; do :; done; } >/dev/null 2>&1 &
exec 3<&-
wait $child
status=$?
# A signal interrupts the wait; the command is waited for all the same.
while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
kill -KILL -$child 2>/dev/null
exit $status
