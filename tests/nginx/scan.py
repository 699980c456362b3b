"""What a scanner of nginx configurations (gixy's list and some more) would find: complaints(tree) of the whole configuration, read with its
includes as nginx reads it. A directive is (words, block or None, where)."""
import os
import re

TOKEN = re.compile(r'\s+|#[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?:\$\{|[^\s;{}\\]|\\.)(?:\$\{[^}]*\}|[^\s;{}\\]|\\.)*|[;{}]', re.S)
# What a caller writes and nginx hands on as it is, or decoded.
DECODED = re.compile(r"\$\{?(uri|document_uri|request_filename|arg_\w+|cookie_\w+)\b")
CALLERS_HOST = re.compile(r"\$\{?(http_host|host)\b")
PERSONAL = re.compile(r"\$\{?(remote_addr|binary_remote_addr|remote_user|realip_remote_addr|request|request_uri|uri|args|query_string|arg_\w+|"
                      r"http_\w+|cookie_\w+|request_body)\b")
PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass")
# Where what a caller decodes becomes a line of an answer, or an address.
SPEAKS = ("return", "rewrite", "add_header", "proxy_set_header", "proxy_redirect", "auth_request_set")
OF_IF = ("return", "rewrite", "set", "break")
NESTED = re.compile(r"\([^()]*[+*]\)[+*]|\([^()]*[+*]\)\{\d+,\}")


def words_of(text):
    """(word, line) of a file."""
    line = 1
    for found in TOKEN.finditer(text):
        word = found[0]
        if not word.isspace() and word[0] != "#":
            yield word, line
        line += word.count("\n")


def parse(name, read):
    """The directives of a file. `read(name)` gives a file's text, or None for one that is not ours."""
    stack, words = [[]], []
    for word, line in words_of(read(name)):
        if word not in ";{}":
            words.append(word[1:-1] if word[0] in "\"'" else word)
            continue
        if word == "}":
            stack.pop()
        elif word == "{":
            block = []
            stack[-1].append((words, block, f"{name}:{line}"))
            stack.append(block)
        elif words[:1] == ["include"] and read(words[1]) is not None:
            stack[-1] += parse(words[1], read)
        elif words:
            stack[-1].append((words, None, f"{name}:{line}"))
        words = []
    assert len(stack) == 1 and not words, f"{name}: a block does not end"
    return stack[0]


def every(block, above=()):
    """(words, block, where, blocks above) of all levels."""
    for words, inner, where in block:
        yield words, inner, where, above
        if inner is not None:
            yield from every(inner, (*above, (words, inner)))


def is_literal(block, name):
    return any(words[0] == name for words, _, _ in block)


def captures(regex):
    """Named captures that may hold the end of a line: of any character, or of all but some."""
    for name, pattern in re.findall(r"\(\?<(\w+)>((?:\\.|\[(?:\\.|[^\]\\])*\]|[^()\\])*)", regex):
        if re.search(r"(?<!\\)\.", re.sub(r"\[(?:\\.|[^\]\\])*\]", "", pattern)) or re.search(r"\[\^(?![^\]]*\\n)", pattern) or r"\s" in pattern:
            yield name


def of_one(words, block, above, risky):
    """What is wrong with a directive, wherever it stands."""
    name, rest = words[0], " ".join(words[1:])
    if name in PASSES and "$" in rest:
        yield "ssrf: a caller may choose whom nginx asks"
    if name in SPEAKS and DECODED.search(rest):
        yield "splitting: what a caller writes is decoded into an answer or an address"
    if name in SPEAKS:
        yield from (f"splitting: ${one} may hold the end of a line" for one in risky if re.search(rf"\$\{{?{one}\b", rest))
    if CALLERS_HOST.search(rest):
        yield "host: the caller's Host is believed"
    if name in ("add_header", "return") and ("\n" in rest or "\\n" in rest):
        yield "multiline: a header of several lines"
    if name == "if" and block is not None and any(inner[0] not in OF_IF for inner, _, _ in block) and above and above[-1][0][0] == "location":
        yield "if: in a location it is for return and rewrite"
    if name == "alias" and above and not above[-1][0][1].startswith(("=", "~")) and rest.endswith("/") and not above[-1][0][-1].endswith("/"):
        yield "alias: what follows the path leads out of the folder"
    if name in ("root", "alias") and re.match(r"/(etc(/nginx)?)?/?$", rest):
        yield "root: too much is served"
    if (name, rest) in (("server_tokens", "on"), ("ssl_session_tickets", "on"), ("merge_slashes", "on"), ("underscores_in_headers", "on")):
        yield f"open: {name} {rest}"
    if (name, rest) == ("autoindex", "on") and not (above and above[-1][0][:2] == ["location", "="]):
        yield "open: names of files are told, of more than one chosen folder"
    if name in ("stub_status", "perl", "perl_modules", "js_include", "valid_referers", "ssi") or (name, rest) == ("error_log", "off"):
        yield f"open: {name}"
    if name == "resolver" and not all(re.match(r"(127\.|\[::1\]|\w+=)", word) for word in words[1:]):
        yield "resolver: who answers it chooses whom nginx asks"


def of_regexes(words, above):
    name = words[0]
    inside_map = bool(above) and above[-1][0][0] == "map"
    regex = words[2] if name == "location" and words[1] in ("~", "~*") else name.lstrip("~*") if inside_map and name.startswith("~") else None
    if regex:
        if not inside_map and not (regex.startswith("^") and regex.endswith("$")):
            yield "regex: not bound at both ends"
        if inside_map and "origin" in above[-1][0][1] + above[-1][0][2] and not (regex.startswith("^") and regex.endswith("$")) and "/" not in regex:
            yield "origins: a name that only ends or begins so is taken"
        if NESTED.search(regex):
            yield "regex: takes a time that grows without bound"


def of_headers(block, above):
    """A block with add_header has no header of the blocks above."""
    own = {words[1].lower(): words for words, _, _ in block if words[0] == "add_header"}
    for words in own.values():
        if words[-1] != "always":
            yield f"headers: {words[1]} is missing from errors"
    inherited = {words[1].lower() for _, outer in above for words, _, _ in outer if words[0] == "add_header"}
    wanted = {"x-content-type-options", "cross-origin-resource-policy"} if inherited else set()
    if own and (missing := wanted - set(own)):
        yield f"headers: {', '.join(sorted(missing))} of the blocks above are lost"


def of_server(block):
    names = [words for words, _, _ in block]
    for name, want in (("server_tokens", ["off"]), ("merge_slashes", ["off"])):
        if not is_literal(block, "return") and [name, *want] not in names:
            yield f"server: no {name} {want[0]}"
    listens = [words for words in names if words[0] == "listen"]
    if any("ssl" in words for words in listens):
        protocols = {word for words in names if words[0] == "ssl_protocols" for word in words[1:]}
        if not protocols or not protocols <= {"TLSv1.2", "TLSv1.3"}:
            yield "tls: old protocols"
    for bound in ("client_max_body_size", "client_header_timeout", "client_body_timeout"):
        if not is_literal(block, "return") and not is_literal(block, bound):
            yield f"server: no {bound}"


def complaints(tree):
    risky = {one for words, _, _, _ in every(tree) for one in captures(" ".join(words))}
    for words, block, where, above in every(tree):
        if above and above[-1][0][0] in ("map", "split_clients", "types", "geo"):
            found = list(of_regexes(words, above))
        elif words[0] == "log_format":
            found = [f"log: {one} is written" for one in PERSONAL.findall(" ".join(words[1:]))]
        else:
            found = [*of_one(words, block, above, risky), *of_regexes(words, above)]
        if words[0] in ("server", "location") and block is not None:
            found += of_headers(block, above)
        if words[0] == "server" and block is not None:
            found += of_server(block)
        if words[0] == "allow" and not any(inner[:2] == ["deny", "all"] for inner, _, _ in above[-1][1]):
            found.append("allow: without deny all")
        yield from (f"{where}: {one}" for one in found)
    if not any(words[0] == "listen" and "default_server" in words for words, _, _, _ in every(tree)):
        yield "server: none for other hosts"


def reader(top):
    """Files below a folder, as /etc/nginx/countersign."""
    def read(name):
        path = os.path.join(top, name.removeprefix("countersign/"))
        if not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()
    return read
