"""{{project-title}}: the command line.

    python3 main.py count FILE...    count the words of texts
    python3 main.py serve            the same as a page, on port 8000 or the one in PORT
"""

import argparse
import os
import sys
from pathlib import Path

from server import serve
from words import most_frequent


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="{{project-title}}")
    commands = parser.add_subparsers(dest="command", required=True)
    count = commands.add_parser("count", help="count the words of texts")
    count.add_argument("files", nargs="+", type=Path)
    count.add_argument("--top", type=int, default=10, help="how many words to show (default: 10)")
    commands.add_parser("serve", help="the same as a page")
    given = parser.parse_args(arguments)

    if given.command == "serve":
        return serve(int(os.environ.get("PORT") or 8000))
    try:
        text = "\n".join(file.read_text(encoding="utf-8") for file in given.files)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    for word, times in most_frequent(text, given.top):
        print(f"{times:6} {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
