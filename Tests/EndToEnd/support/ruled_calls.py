"""Ten thousand different calls as a capture, and the very lines that records of them must be."""

import gzip
import re
import socket
import urllib.parse

from support.conversation import CaptureFile, Conversation

START = 1_700_000_000_000_000_000
CALLS_PER_CONNECTION = 50
WORDS = ("plain", "häßlich", "two words", "tab\tand \"quote\"", "back\\slash", "😀 smile",
         "line\nfeed", "sep\u2028arator", "del\x7fete", "a&b<c>d", "/slash/", "\u00a0nbsp")
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPED = re.compile("[\"\\\\\0-\x1f\x7f-\x9f\u2000-\u20ff]")


def quoted(text):
    """A JSON string as the Java logger writes it."""
    return '"' + ESCAPED.sub(
        lambda found: SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}", text) + '"'


class Call:
    """Call `number`: everything follows from it."""

    def __init__(self, number):
        self.number = number
        word = WORDS[number % len(WORDS)]
        self.method = ("GET", "POST", "PUT", "DELETE", "PATCH")[number % 5]
        self.path = f"/api/calls/{number}/x%20y"
        self.params = [("n", str(number)), ("Word", word)]
        if number % 4 == 0:
            self.params.append(("auth", f"token-{number}"))
        self.headers = [("Host", f"api{number % 7}.example"), ("User-Agent", f"client/{number % 3}"),
                        ("X-Env", "dev" if number % 31 == 0 else ("prod", "test")[number % 2]),
                        ("X-Tag", ("keep me", "lose me")[number % 2]),
                        ("X-Kind", ("internal", "internally", "public")[number % 3])]
        self.headers += [("Authorization", f"Bearer {number}")] if number % 3 == 0 else []
        self.headers += [("Cookie", f'sid={number}; Sid2="q{number}"; other=1')] if number % 4 else []
        self.headers += [("X-Forwarded-For", "192.0.2.7")] if number % 6 == 0 else []
        self.headers += [("X-Drop", "1")] if number % 41 == 0 else []
        self.headers += [("X-Stop", ("now", "nowhere")[number % 2])] if number % 29 == 0 else []
        if number % 37 == 0:
            self.headers[1] = ("User-Agent", "robot")
        self.body = b""
        if self.method in ("POST", "PUT", "PATCH"):
            secret = "DROP-ME" if number % 43 == 0 else "take me"
            self.body = f'{{"text":"{word}","card":"{4 * 10**15 + number}","{secret}":1}}'.encode()
        self.status = (200, 201, 404, 500, 204)[number % 5 if number % 10 else 4]
        self.reply = f'{{"user":"u{number}@example.org","word":"{word}","id":{number * 10**9}}}'
        self.reply += word * (number % 400)
        self.is_chunked = number % 3 == 1
        self.is_gzipped = number % 8 == 2

    def request(self):
        target = f"{self.path}?{urllib.parse.urlencode(self.params)}"
        headers = list(self.headers)
        if self.body:
            headers.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {target} HTTP/1.1"] + [f"{k}: {v}" for k, v in headers]
        return target, headers, "\r\n".join(lines + ["", ""]).encode() + self.body

    def response(self):
        body = b"" if self.status == 204 else self.reply.encode()
        coded = gzip.compress(body, mtime=0) if self.is_gzipped else body
        headers = [("Server", "test"), ("ETag", f"e{self.number}"),
                   ("X-Cache", ("HIT", "MISS")[self.number % 2])]
        trailers = []
        if self.is_gzipped:
            headers.append(("Content-Encoding", "gzip"))
        if self.status == 204:
            framed = coded = b""
        elif self.is_chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            trailers = [("X-Secret", "hidden"), ("X-Sum", f"sum{self.number}")]
            end = "".join(f"{k}: {v}\r\n" for k, v in trailers)
            framed = b"%x\r\n%b\r\n0\r\n" % (len(coded), coded) + f"{end}\r\n".encode()
        else:
            headers.append(("Content-Length", str(len(coded))))
            framed = coded
        lines = [f"HTTP/1.1 {self.status} Status"] + [f"{k}: {v}" for k, v in headers]
        return headers, trailers, body, len(coded), "\r\n".join(lines + ["", ""]).encode() + framed


class RuledCalls:
    """The capture and the expectations; each turn has times and connections of its own."""

    def __init__(self, count, rules, turn=0):
        self.count = count
        self.turn = turn
        self.rules = rules
        self.expected = {}
        self.capture = CaptureFile()
        self.host = socket.gethostname()
        for first in range(0, count, CALLS_PER_CONNECTION):
            self.connection(first, min(first + CALLS_PER_CONNECTION, count))

    def connection(self, first, end):
        index = first // CALLS_PER_CONNECTION
        client = (f"10.1.{index // 200}.{index % 200 + 1}", 40000 + 1000 * self.turn + index)
        server = ("10.2.0.1", 8000 + index % 3)
        time = START + self.turn * 60_000_000_000 + index * 3_000_000
        conversation = Conversation(self.capture, client, server, time)
        for number in range(first, end):
            time += 5_000_000
            call = Call(number)
            target, headers, request = call.request()
            request_end = conversation.say(0, request, time)
            reply_start = request_end + (number % 90) * 1_000_000 + 1000
            reply_headers, trailers, body, coded, response = call.response()
            reply_end = conversation.say(1, response, reply_start)
            self.expect(call, target, headers, reply_headers, trailers, body, coded,
                        (time, request_end, reply_start, reply_end), client, server)
            time = reply_end
        conversation.close(time + 1_000_000)

    def expect(self, call, target, headers, reply_headers, trailers, body, coded, times, client,
               server):
        """Notes the line of a call, with places for what only Earshot can know."""
        pairs = [("request_method", call.method),
                 ("request_url", f"http://{dict(headers)['Host']}{call.path}"),
                 ("response_code", str(call.status))]
        pairs += [(f"request_header:{key.lower()}", value) for key, value in headers]
        if "X-Forwarded-For" not in dict(headers):
            pairs.append(("request_header:x-forwarded-for", client[0]))
        pairs += [(f"request_param:{key.lower()}", value) for key, value in call.params]
        pairs += [(f"response_header:{key.lower()}", value) for key, value in reply_headers]
        pairs += [("request_body", call.body.decode()), ("response_body", body.decode())]
        pairs = [pair for pair in pairs if pair[1]]
        pairs += self.rules.session_fields(pairs)
        wait = (times[2] - times[0]) // 1_000_000
        pairs += [("now", str(times[2] // 1_000_000)), ("interval", str(max(wait, 1)))]
        left, touched = self.rules.apply(pairs)
        if left is None:
            return
        own = [("host", self.host), ("call:id", "<id>")]
        if not any(key == "request_url" or key.startswith("request_param:") for key in touched):
            own.append(("call:target", target))
        own += [("call:completeness", "full"), ("call:protocol", "HTTP/1.1"),
                ("call:client", f"{client[0]}:{client[1]}"),
                ("call:server", f"{server[0]}:{server[1]}"),
                ("call:lane", "0"), ("call:segment", "<segment>"),
                ("call:request_start", str(times[0])), ("call:request_end", str(times[1])),
                ("call:response_start", str(times[2])), ("call:response_end", str(times[3])),
                ("call:request_body_bytes", str(len(call.body))),
                ("call:response_body_bytes", str(coded))]
        for key, value in trailers:
            header = f"response_header:{key.lower()}"
            if not self.rules.removes(header, value):
                own.append((f"response_trailer:{key.lower()}", value))
        line = "[" + ",".join(f"[{quoted(k)},{quoted(v)}]" for k, v in left + own) + "]"
        self.expected[(client, times[0])] = line


def placed(line, record):
    """An expected line with the id and segment of a record, which only Earshot can know."""
    return line.replace('"<id>"', f'"{record["call:id"]}"').replace(
        '"<segment>"', f'"{record["call:segment"]}"')


def place(record):
    """Which call a record is of: who asked, and when."""
    address, _, port = record["call:client"].rpartition(":")
    return (address, int(port)), int(record["call:request_start"])
