"""Receivers of every temper: TLS, certificates, proxies, tokens, refusals, pauses."""

import http.server
import json
import socket
import threading
import time

from support import processes, records, ruled_calls
from support.authority import Authority
from support.case import EndToEndCase
from support.rules import Rules
from support.sink import Sink
from support.waiting import wait_until


class Proxy:
    """An HTTP proxy: CONNECT for https, whole URLs for http. It counts what it is asked."""

    def __init__(self):
        proxy = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request to the proxy."""

            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Says nothing."""

            def do_CONNECT(self):
                proxy.asked.append(("CONNECT", self.path))
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port)), timeout=10) as target:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=pump, args=(target, self.connection),
                                            daemon=True)
                    back.start()
                    pump(self.connection, target)
                    back.join(5)
                self.close_connection = True

            def do_POST(self):
                proxy.asked.append(("POST", self.path))
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def pump(source, target):
    """Bytes one way until the end."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class ReceiverTest(EndToEndCase):
    """earshot-ship and what it meets."""

    count = 50

    def setUp(self):
        super().setUp()
        calls = ruled_calls.RuledCalls(self.count, Rules(""))
        capture = calls.capture.write(self.directory / "calls.pcap")
        self.run_earshot("earshot-capture", "-r", capture, "--spool", self.spool, "--drain")
        self.run_earshot("earshot-assemble", "--spool", self.spool, "--drain")

    def ship(self, *arguments, **options):
        """Ships everything and ends."""
        return self.run_earshot("earshot-ship", "--spool", self.spool, "--drain", *arguments,
                                seconds=30, **options)

    def expect_all(self, sink):
        self.assertEqual(sink.distinct_count(), self.count)
        self.assertEqual(len(sink.lines), self.count)
        self.assertEqual(sink.violations(), [])

    def test_https_with_an_authority_of_its_own(self):
        self.need_tools("openssl")
        authority = Authority(self.directory)
        with Sink(self.directory, tls=authority.server_context()) as sink:
            self.ship("--to", sink.url, "--tls-ca", authority.certificate,
                      environment={"USAGE_LOGGERS_RULES": "include strict"})
            self.expect_all(sink)

    def test_https_with_an_authority_the_system_trusts(self):
        self.need_tools("openssl")
        authority = Authority(self.directory)
        with Sink(self.directory, tls=authority.server_context()) as sink:
            self.ship(environment={"USAGE_LOGGERS_URL": sink.url,
                                   "SSL_CERT_FILE": str(authority.certificate)})
            self.expect_all(sink)

    def test_a_certificate_nobody_trusts_is_refused_with_a_line_that_says_so(self):
        self.need_tools("openssl")
        authority = Authority(self.directory)
        other = Authority(self.directory, "other")
        for options, address, words in (
                ([], "IP:127.0.0.1", "local issuer certificate"),
                (["--tls-ca", other.certificate], "IP:127.0.0.1", "certificate"),
                (["--tls-ca", authority.certificate], "DNS:elsewhere.example",
                 "no alternative certificate subject name")):
            with Sink(self.directory, tls=authority.server_context(address)) as sink:
                ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url,
                                  *options)
                wait_until(lambda: words in ship.stderr, 20, ship.tail)
                self.assertIn("sink=", ship.stderr)
                self.assertIn("--tls-ca", ship.stderr)
                ship.stop()
                self.assertEqual(sink.request_count, 0)
        self.assertNotEqual(records.call_segments(self.spool), [])

    def test_a_client_shows_its_certificate_when_it_is_asked(self):
        self.need_tools("openssl")
        authority = Authority(self.directory)
        certificate, key = authority.issue("client")
        with Sink(self.directory, tls=authority.server_context(asks_clients=True)) as sink:
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url,
                              "--tls-ca", authority.certificate)
            wait_until(lambda: "sink=" in ship.stderr and "reason=" in ship.stderr, 20, ship.tail)
            ship.stop()
            self.assertEqual(sink.lines, [])
            self.ship("--to", sink.url, "--tls-ca", authority.certificate, "--tls-certificate",
                      certificate, "--tls-key", key)
            self.expect_all(sink)

    def test_a_token_comes_from_a_file_or_a_variable_and_is_told_nobody(self):
        token = self.directory / "token"
        token.write_text("token-that-is-secret\n")
        for name, options, environment in (
                ("file", ["--bearer-token-file", token], {}),
                ("variable", [], {"EARSHOT_BEARER_TOKEN": "token-that-is-secret"})):
            with self.subTest(name), Sink(self.directory) as sink:
                done = self.ship("--to", sink.url, "--log-level", "trace", *options,
                                 environment=environment)
                self.expect_all(sink)
                self.assertEqual({dict(head)["Authorization"] for head in sink.heads},
                                 {"Bearer token-that-is-secret"})
                self.assertNotIn("that-is-secret", done.stderr + done.stdout)
                check = self.ship("--to", sink.url, "--check", *options, environment=environment)
                self.assertNotIn("that-is-secret", check.stderr + check.stdout)

    def test_a_password_and_headers_of_ones_own(self):
        with Sink(self.directory) as sink:
            self.ship("--to", sink.url, "--header", "X-Team: blue green",
                      "--header", "X-Origin: here",
                      environment={"EARSHOT_SINK_USER": "me:secret"})
            self.expect_all(sink)
            for head in sink.heads:
                head = dict(head)
                self.assertEqual((head["X-Team"], head["X-Origin"]), ("blue green", "here"))
                self.assertEqual(head["Authorization"], "Basic bWU6c2VjcmV0")

    def test_proxies_come_from_the_usual_variables(self):
        self.need_tools("openssl")
        authority = Authority(self.directory)
        proxy = Proxy()
        self.addCleanup(proxy.close)
        with Sink(self.directory, tls=authority.server_context()) as sink:
            self.ship("--to", sink.url, "--tls-ca", authority.certificate,
                      environment={"HTTPS_PROXY": proxy.url})
            self.expect_all(sink)
            self.assertEqual(set(proxy.asked), {("CONNECT", f"127.0.0.1:{sink.port}")})
        self.ship("--to", "http://receiver.invalid/message", environment={"http_proxy": proxy.url})
        self.assertIn(("POST", "http://receiver.invalid/message"), proxy.asked)
        before = len(proxy.asked)
        with Sink(self.directory) as sink:
            self.ship("--to", sink.url, environment={"http_proxy": proxy.url,
                                                     "no_proxy": "127.0.0.1"})
            self.expect_all(sink)
        self.assertEqual(len(proxy.asked), before)

    def test_plain_http_needs_a_word_and_says_so_at_the_start(self):
        with Sink(self.directory) as sink:
            for environment in (
                    {"USAGE_LOGGERS_URL": sink.url, "USAGE_LOGGERS_RULES": "include strict"},
                    {"USAGE_LOGGERS_URL": sink.url, "USAGE_LOGGERS_RULES": "include default"},
                    {"USAGE_LOGGERS_URL": sink.url, "USAGE_LOGGERS_RULES": ""},
                    {"USAGE_LOGGERS_URL": sink.url, "USAGE_LOGGERS_RULES": "# allow_http_url"},
                    {"EARSHOT_TO": sink.url, "USAGE_LOGGERS_RULES": "include standard"},
                    {"EARSHOT_TO": sink.url, "EARSHOT_RULES": "include strict"}):
                done = self.ship(code=78, environment=environment)
                self.assertEqual(len(done.stderr.splitlines()), 1, done)
                self.assertIn("allow_http_url", done.stderr)
                self.assertIn(sink.url, done.stderr)
            self.assertEqual(sink.request_count, 0)
            for environment in (
                    {"USAGE_LOGGERS_URL": sink.url, "USAGE_LOGGERS_RULES": "include debug"},
                    {"USAGE_LOGGERS_URL": sink.url,
                     "USAGE_LOGGERS_RULES": "include strict\\nallow_http_url"}):
                self.ship("--check", environment=environment)
            self.ship(environment={"USAGE_LOGGERS_URL": sink.url, "EARSHOT_ALLOW_HTTP": "true",
                                   "USAGE_LOGGERS_RULES": "include strict"})
            self.expect_all(sink)

    def test_compression_is_skipped_when_the_rules_say_so(self):
        for index, (rules, coding) in enumerate((("include debug", "deflated"),
                                                 ("include debug\nskip_compression", None))):
            with Sink(self.directory) as sink:
                self.ship("--to", sink.url, environment={"USAGE_LOGGERS_RULES": rules})
                self.expect_all(sink)
                self.assertEqual({dict(head).get("Content-Encoding") for head in sink.heads},
                                 {coding}, index)

    def test_retry_after_is_kept_to_and_nothing_is_sent_before(self):
        with Sink(self.directory, status=503) as sink:
            sink.answer_headers = [("Retry-After", "3")]
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url)
            wait_until(lambda: sink.request_count == 1, 20, ship.tail)
            begin = time.monotonic()
            sink.answer_headers, sink.status = [], 204
            wait_until(lambda: sink.distinct_count() == self.count, 20, ship.tail)
            self.assertGreater(time.monotonic() - begin, 2.5)
            self.assertEqual(sink.request_count, 2)
            ship.stop()
            self.expect_all(sink)

    def test_401_pauses_loses_nothing_and_shows_in_readyz_and_metrics(self):
        port = processes.free_port()
        with Sink(self.directory, status=401) as sink:
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url, "--listen",
                              port)
            wait_until(lambda: sink.request_count == 1, 20, ship.tail)
            wait_until(lambda: "401" in ship.stderr, 20, ship.tail)
            metrics = self.get(port, "/metrics")[1]
            self.assertRegex(metrics, r'(?m)^earshot_ship_sink_state\{[^}]*state="paused"\} 1')
            self.assertEqual(sink.request_count, 1)
            ship.stop()
        self.assertEqual(list(self.spool.glob("dead/*/*.json")), [])
        with Sink(self.directory, port=sink.port) as again:
            self.ship("--to", again.url)
            self.expect_all(again)

    def test_a_refused_record_goes_to_the_dead_letters_and_all_others_arrive(self):
        for status in (400, 413, 422):
            with self.subTest(status), Sink(self.directory) as sink:
                sink.judge = lambda lines, status=status: (
                    status if any("calls/7/" in line for line in lines) else 204)
                self.ship("--to", sink.url)
                self.assertEqual(len(sink.lines), self.count - 1)
                self.assertEqual(sink.distinct_count(), self.count - 1)
                letters = list(self.spool.glob(f"dead/*{sink.port}*/*.json"))
                self.assertEqual(len(letters), 1)
                letter = json.loads(letters[0].read_text())
                self.assertEqual(letter["status"], status)
                self.assertIn("calls/7/", letter["record"])

    def test_anything_but_204_is_no_success(self):
        with Sink(self.directory, status=200) as sink:
            ship = self.start("earshot-ship", "--spool", self.spool, "--to", sink.url)
            wait_until(lambda: "200 instead of 204" in ship.stderr, 20, ship.tail)
            sink.status = 204
            wait_until(lambda: sink.distinct_count() == self.count, 20, ship.tail)
            ship.stop()
            self.expect_all(sink)
