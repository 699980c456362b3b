"""A scan of the whole configuration: of a host, and of the containers in both profiles. Each rule is shown what it is there for."""
import os
import re

from harness import TOP
from scan import complaints, parse, reader

NGINX = reader(os.path.join(TOP, "nginx"))
# A whole server that has nothing wrong, with a place for what has.
GOOD = """server { listen 80 default_server; server_tokens off; merge_slashes off; client_max_body_size 16k; client_header_timeout 10s;
client_body_timeout 10s; add_header X-Content-Type-Options nosniff always; add_header Cross-Origin-Resource-Policy same-origin always;
error_log /var/log/nginx/error.log alert; %s }"""
PLANTED = [
    ("ssrf", "location / { proxy_pass http://$http_x_backend; }"),
    ("splitting", "location / { return 302 https://example.org$uri; }"),
    ("splitting", "location ~ ^/a/(?<where>.+)$ { return 302 /b/$where; }"),
    ("splitting", "location ~ ^/a/(?<where>[^/]+)$ { add_header X-A $where always; }"),
    ("host", "location / { return 301 https://$host/; }"),
    ("host", "location / { proxy_set_header Host $http_host; }"),
    ("multiline", 'add_header X-Long "a\n b" always;'),
    ("if", "location / { if ($arg_a) { add_header X-A b always; } }"),
    ("alias", "location /files { alias /srv/files/; }"),
    ("root", "root /etc/nginx;"),
    ("open", "autoindex on;"),
    ("open", "location /files/ { autoindex on; }"),
    ("open", "location = /status { stub_status; }"),
    ("open", "error_log off;"),
    ("resolver", "resolver 192.0.2.53;"),
    ("regex", "location ~ /a$ { return 404; }"),
    ("regex", "location ~ ^/(a+)+$ { return 404; }"),
    ("headers", "location /a { add_header X-Content-Type-Options nosniff always; }"),
    ("headers", "location /a { add_header X-A b always; }"),
    ("headers", "add_header X-A b;"),
    ("tls", "listen 443 ssl; ssl_protocols TLSv1 TLSv1.2;"),
    ("tls", "listen 443 ssl;"),
    ("allow", "location /a { allow 192.0.2.1; }"),
]
BESIDE = [
    ("log", "log_format more '$remote_addr $status';"),
    ("log", "log_format more '$status $request';"),
    ("origins", "map $http_origin $allowed { ~example.org$ 1; }"),
    ("server", "server { listen 81; return 404; } server { listen 82; server_tokens off; merge_slashes off; }"),
]


def scan(text):
    return list(complaints(parse("text", {"text": text}.get)))


def test_the_scan_of_a_host_finds_nothing(_):
    tree = parse("countersign.conf", NGINX)
    locations = sum(words[0] == "location" for _, block, _ in tree if block for words, _, _ in block)
    assert locations > 40, locations  # the includes are in it
    found = list(complaints(tree))
    assert not found, "\n".join(found)


def test_the_scan_of_the_containers_finds_nothing(_):
    variables = {"COUNTERSIGN_SITE": "sign.example.org", "COUNTERSIGN_BASE_URL": "https://sign.example.org", "COUNTERSIGN_REAL_IP": "",
                 "COUNTERSIGN_CERTIFICATE": "/etc/certificates"}
    folder = os.path.join(TOP, "deploy/docker/nginx")
    for profile in ("demo", "production"):
        templates, main = reader(os.path.join(folder, profile)), reader(folder)

        def read(name, templates=templates, main=main):
            template = templates(name.removeprefix("countersign/host/") + ".template")
            if template is not None and name.startswith("countersign/host/"):
                return re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], template)
            return main(name) if name == "nginx.conf" else NGINX(name)

        found = list(complaints(parse("nginx.conf", read)))
        assert not found, f"{profile}:\n" + "\n".join(found)


def test_the_scan_sees_what_is_planted(_):
    assert not scan(GOOD % ""), scan(GOOD % "")
    for kind, planted in PLANTED:
        found = scan(GOOD % planted)
        assert any(f": {kind}: " in one for one in found), (kind, planted, found)
    for kind, planted in BESIDE:
        found = scan(GOOD % "" + planted)
        assert any(f": {kind}: " in one for one in found), (kind, planted, found)
    assert any("none for other hosts" in one for one in scan(GOOD.replace("default_server", "") % ""))
