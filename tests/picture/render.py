#!/usr/bin/env python3
"""Renders a terminal session as SVG, from what wscope really prints.

    tests/picture/render.py target/release/wscope > tests/picture/inspect.svg

Each command of SESSION is run by a shell on a pseudo-terminal of 80 columns, with `wscope` on its PATH. The picture
needs no fonts, scripts or network: text in the viewer's monospace font, coloured as the terminal would.
"""

import fcntl
import html
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios

COLUMNS = 80
SESSION = [
    """wscope demo --inspect --send Hello --send-frame 'text fin=0 "Hel"' \\
       --send-frame 'cont "lo"' --send-frame 'ping "are you there"' \\
       --send-frame 'pause 0.2' --send-frame 'text rsv2 "odd"' >/dev/null </dev/null""",
    "printf '\\x81\\x05Hello' | wscope decode --detail full",
    "printf 'HTTP/1.1 400 Bad Request\\r\\n' | wscope decode --detail header",
]

CELL, LINE, MARGIN, BAR = 8.43, 18, 16, 30
BACKGROUND, FOREGROUND = "#16181d", "#d8dbe0"
COLOURS = {"31": "#ff6b6b", "32": "#7bd88f", "33": "#f4bf75", "34": "#76a9fa", "35": "#d2a6ff", "36": "#5fd7ff"}


def run(command: str, directory: str) -> str:
    """What the command shows on a terminal."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = {"PATH": f"{directory}:/usr/bin:/bin", "TERM": "xterm-256color", "HOME": "/nonexistent"}
    shell = subprocess.Popen(
        ["bash", "-c", command], stdin=terminal, stdout=terminal, stderr=terminal, env=environment, close_fds=True
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:  # the other side has gone
            break
        if not piece:
            break
        shown += piece
    shell.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")


def spans(line: str) -> str:
    """A line with escape sequences as SVG text."""
    out, style = [], []
    for part in re.split(r"(\x1b\[[\d;]*m)", line):
        code = re.fullmatch(r"\x1b\[([\d;]*)m", part)
        if code:
            style = [] if code[1] in ("", "0") else style + code[1].split(";")
        elif part:
            out.append(f"<tspan{attributes(style)}>{html.escape(part, quote=False)}</tspan>")
    return "".join(out)


def attributes(style: list[str]) -> str:
    colour = next((COLOURS[code] for code in reversed(style) if code in COLOURS), None)
    text = f' fill="{colour}"' if colour else ""
    if "1" in style:
        text += ' font-weight="bold"'
    if "2" in style:
        text += ' fill-opacity="0.6"'
    return text


def picture(lines: list[str]) -> str:
    longest = max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    width = round(longest * CELL + 2 * MARGIN)
    height = BAR + len(lines) * LINE + 2 * MARGIN
    rows = "\n".join(
        f'<text x="{MARGIN}" y="{BAR + MARGIN + index * LINE + 12}">{spans(line)}</text>'
        for index, line in enumerate(lines)
        if line
    )
    lights = "".join(
        f'<circle cx="{20 + 20 * index}" cy="{BAR / 2 + 2}" r="6" fill="{colour}"/>'
        for index, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"])
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<title>wscope shows every frame</title>
<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>
{lights}
<g xml:space="preserve" style="white-space:pre" fill="{FOREGROUND}" font-size="14" \
font-family="ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace">
{rows}
</g>
</svg>
"""


def main() -> None:
    program = pathlib.Path(sys.argv[1]).resolve()
    lines = []
    for command in SESSION:
        lines += [f"\x1b[1;32m$\x1b[0m {line}" if i == 0 else line for i, line in enumerate(command.split("\n"))]
        lines += run(command, str(program.parent)).rstrip("\n").split("\n") + [""]
    sys.stdout.write(picture(lines[:-1]))


main()
