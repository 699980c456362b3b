"""A site of somebody else: pages on an origin of its own, with the strictest policy that lets our widget in."""
import http.server
import threading


class Host:
    def __init__(self, ours):
        """`ours`: the origin of the stack."""
        self.pages, host = {}, self
        self.policy = (
            f"default-src 'none'; script-src {ours}; connect-src {ours}; frame-src {ours}; style-src 'none'; img-src data:; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = host.pages.get(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", host.policy)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, body, language="en"):
        """The address of a new page with this body."""
        path = f"/page-{len(self.pages)}"
        self.pages[path] = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Somebody else</title>'
            f'<link rel="icon" href="data:,"></head><body><main><h1>A page of somebody else</h1>{body}</main></body></html>'
        )
        return self.origin + path

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


hosts = {}


def host_of(page):
    """One site of somebody else for all tests of a stack."""
    if page.origin not in hosts:
        hosts[page.origin] = Host(page.origin)
    page.others.append(hosts[page.origin].origin)
    return hosts[page.origin]


def with_widget(page, body, **more):
    """The address of a new page there, with this body and the widget's script."""
    return host_of(page).page(f'{body}<script type="module" src="{page.origin}/widget.js"></script>', **more)
