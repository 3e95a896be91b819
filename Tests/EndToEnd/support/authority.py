"""A throw-away certificate authority, through the openssl tool."""

import ssl
import subprocess


class Authority:
    """Certificates for a server on 127.0.0.1 and for clients, valid for a day."""

    def __init__(self, directory, name="authority"):
        self.directory = directory
        self.name = name
        self.certificate = directory / f"{name}.pem"
        self.key = directory / f"{name}.key"
        self.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                 f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def run(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def issue(self, name, address="IP:127.0.0.1"):
        """A certificate and its key for `name`; returns both paths."""
        stem = f"{self.name}-{name}"
        key, request, extensions, certificate = (
            self.directory / f"{stem}{suffix}" for suffix in (".key", ".csr", ".ext", ".pem"))
        extensions.write_text(f"subjectAltName={address}\n")
        self.run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                 "-out", request)
        self.run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                 "-CAcreateserial", "-days", "1", "-extfile", extensions, "-out", certificate)
        return certificate, key

    def server_context(self, address="IP:127.0.0.1", asks_clients=False):
        """What a server needs; with `asks_clients` it takes only clients of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue("server", address))
        if asks_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.certificate)
        return context
