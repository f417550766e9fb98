#!/bin/sh
# Shows that a durable commit syncs the log before it is answered.
#
# Usage: strace_commit.sh PROGRAM [ARGUMENT...]
# PROGRAM commits and, after each commit, writes a line beginning with "acknowledged" to its
# standard output. Exit 0: each such write comes after an fdatasync of a -wal file that itself comes
# after the last write to it. Exit 1 names the first acknowledgement that came too early.
set -eu
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
strace -f -y -qq -o "$trace" -e trace=pwrite64,write,writev,fdatasync,fsync "$@" >/dev/null
awk '
    / pwrite64\([0-9]+<[^>]*-wal>/ { dirty = NR; synced = 0 }
    / (fdatasync|fsync)\([0-9]+<[^>]*-wal>\) += 0/ { if (dirty) synced = NR; commits++ }
    / writev?\(1</ && /acknowledged/ {
        answers++
        if (!dirty || !synced) { print "answered before the sync: line " NR ": " $0; bad = 1; exit }
        dirty = 0
    }
    END {
        if (bad) exit 1
        if (!answers) { print "the program acknowledged nothing"; exit 1 }
        print answers " acknowledgements, each after its sync (" commits " syncs of the log)"
    }' "$trace"
