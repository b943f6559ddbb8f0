#!/usr/bin/env bash
# The large runs that tests/it/volume.rs makes small: 1 GiB through the demo, and one message of 1 GiB to stdout,
# each whole (SHA-256) and in less than 64 MiB of resident memory. Takes some minutes; needs Python 3 and 1 GiB in TMPDIR.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --release --locked
wscope=$(realpath "${CARGO_TARGET_DIR:-target}")/release/wscope
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true' EXIT

# Runs a command, says how much memory it used at most, and fails where that was 64 MiB or more.
within_64_mib() {
  python3 -c '
import os, resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"  status {status}, at most {mib:.1f} MiB resident", file=sys.stderr)
sys.exit(status or mib >= 64)' "$@"
}

same() {
  if [ "$1" != "$2" ]; then
    echo "not the same bytes: $1 $2" >&2
    exit 1
  fi
  echo "  whole: sha256 $1"
}

head -c 1G /dev/urandom > "$work/data"
sent=$(sha256sum < "$work/data")

echo '1 GiB through the demo, in chunks:'
got=$(within_64_mib "$wscope" demo --binary < "$work/data" | sha256sum)
same "$sent" "$got"

echo 'one message of 1 GiB to stdout:'
python3 tests/interop/one_message.py "$work/data" > "$work/port" &
server=$!
until [ -s "$work/port" ]; do kill -0 "$server"; sleep 0.1; done
got=$(within_64_mib "$wscope" --binary --max-message-size 2G "ws://127.0.0.1:$(cat "$work/port")/" < /dev/null | sha256sum)
same "$sent" "$got"
