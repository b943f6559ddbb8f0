#!/usr/bin/env bash
# Installs the servers that tests/it/interop.rs talks with: Python websockets and npm ws, below target/interop.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
to=target/interop
mkdir -p "$to"

if ! "$to/venv/bin/python" -c 'import websockets' 2>/dev/null; then
  python3 -m venv "$to/venv"
  "$to/venv/bin/pip" install --quiet --disable-pip-version-check 'websockets==17.*'
fi
if [ ! -d "$to/node_modules/ws" ]; then
  npm install --silent --no-audit --no-fund --prefix "$to" 'ws@8'
fi
