"""A page for the words of a text, with what Python has by itself."""

import html
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from words import most_frequent

PAGE = Path(__file__).with_name("page.html")
MAX_TEXT_BYTES = 100_000


def render(text: str) -> str:
    """The page with a text and its words."""
    rows = "".join(
        f"<tr><td>{html.escape(word)}</td><td>{times}</td></tr>" for word, times in most_frequent(text)
    )
    table = f"<table><tr><th>Word</th><th>Times</th></tr>{rows}</table>" if rows else ""
    page = PAGE.read_text(encoding="utf-8")
    return page.replace("<!-- text -->", html.escape(text)).replace("<!-- words -->", table)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/":
            self.answer(404, "<h1>Nothing is here</h1>")
            return
        self.answer(200, render(""))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_TEXT_BYTES:
            self.answer(413, "<h1>That text is too long</h1>")
            return
        form = parse_qs(self.rfile.read(length).decode("utf-8", errors="replace"))
        self.answer(200, render(form.get("text", [""])[0]))

    def answer(self, status: int, page: str) -> None:
        body = page.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(port: int) -> int:
    """Serves the page to this machine until it is interrupted."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror}). Choose another one in PORT.", file=sys.stderr)
        return 1
    print(f"http://localhost:{port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return 0
