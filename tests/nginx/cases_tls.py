"""nginx/tls.conf as a client meets it: what is spoken, and what is not, whatever the client offers. Certificate and port are the test's."""
import os
import socket
import ssl
import subprocess
import time
import warnings

from ports import free_port

warnings.simplefilter("ignore", DeprecationWarning)  # of the old protocols that are tried here
OLD = {"SSLv3": ssl.TLSVersion.SSLv3, "TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}
# Kinds that a scanner marks: without encryption, without forward secrecy, by CBC, by old ciphers, without a certificate.
WEAK = ("NULL", "kRSA", "SHA1", "SHA256:!AESGCM:!CHACHA20", "AES+CBC", "3DES", "RC4", "aNULL", "PSK", "CAMELLIA", "ARIA")


def open_tls(stack):
    """The port; a second server of the same files, once."""
    if getattr(stack, "tls_port", None):
        return stack.tls_port
    key, crt = (os.path.join(stack.run, f"tls.{kind}") for kind in ("key", "crt"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", key, "-out", crt], check=True, stderr=subprocess.DEVNULL)
    port = free_port()
    with open(os.path.join(stack.run, "nginx/countersign/host/server.conf"), "a", encoding="utf-8") as file:
        file.write(f"listen 127.0.0.1:{port} ssl http2;\nssl_certificate {crt};\nssl_certificate_key {key};\ninclude countersign/tls.conf;\n")
    subprocess.run(stack.command("-s", "reload"), cwd=stack.run, check=True)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                stack.tls_port = port
                return port
        time.sleep(0.05)
    raise AssertionError("no TLS")


def context(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, ciphers=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
    made.minimum_version, made.maximum_version = least, most
    return made


def meet(stack, made):
    return made.wrap_socket(socket.create_connection(("127.0.0.1", open_tls(stack)), timeout=10), server_hostname="localhost")


def is_refused(stack, made):
    try:
        meet(stack, made).close()
    except (ssl.SSLError, ConnectionResetError):
        return True
    return False


def test_old_protocols_are_not_spoken(stack):
    for name, version in OLD.items():
        try:
            made = context(version, version)
        except ValueError:
            continue  # this client cannot even try
        assert is_refused(stack, made), name


def test_both_new_protocols_are_spoken_with_forward_secrecy(stack):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        with meet(stack, context(version, version)) as connection:
            cipher, spoken, bits = connection.cipher()
            assert spoken == name and bits >= 128, connection.cipher()
            assert cipher.startswith(("ECDHE-", "TLS_")) and ("GCM" in cipher or "CHACHA20" in cipher), cipher
            assert connection.compression() is None


def test_weak_ciphers_are_refused_even_if_nothing_else_is_offered(stack):
    tried = 0
    for kind in WEAK:
        try:
            made = context(most=ssl.TLSVersion.TLSv1_2, ciphers=kind)
        except ssl.SSLError:
            continue  # this client knows none of that kind
        tried += 1
        assert is_refused(stack, made), kind
    assert tried >= 4, tried


def test_http2_is_offered_and_the_session_has_no_ticket(stack):
    made = context(most=ssl.TLSVersion.TLSv1_2)
    made.set_alpn_protocols(["h2", "http/1.1"])
    with meet(stack, made) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        # A ticket's key would open all of yesterday's connections.
        assert not connection.session.has_ticket


def test_browsers_are_told_to_come_back_by_tls_alone(stack):
    made = context()
    made.set_alpn_protocols(["http/1.1"])
    for path in ("/", "/dashboard"):
        with meet(stack, made) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            head = b"".join(iter(lambda c=connection: c.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode().lower()
        seconds = int(head.partition("strict-transport-security: max-age=")[2].split(";")[0].split("\r")[0] or 0)
        assert seconds >= 15768000, (path, head)
