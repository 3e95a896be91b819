"""A gRPC server and its clients, made to be checked: everything follows from a number.

    grpc_calls.py serve HOST PORT
    grpc_calls.py call HOST PORT --count 5000 --channels 4

Call `n` is of the kind `kind(n)`: its messages, its status and whether they are compressed follow
from n alone, which the metadata field `x-call` carries. The client prints one JSON object at its
end.
Serving and calling need Debian's python3-grpcio; what a call must look like does not.
"""

import argparse
import concurrent.futures
import json
import random
import signal
import sys
import threading

SERVICE = "calls.v1.Calls"
# Of each ten calls; one in 200 carries more than a mebibyte each way.
KINDS = ("Unary", "ServerStream", "ClientStream", "Bidi", "Unary", "Refused", "FailsLate",
         "Squeezed", "Unary", "GivenUp")
LARGE = 1_200_000
REFUSED = "no room for « it » \n today"
LATE = "half of it"
UNAVAILABLE, DATA_LOSS = 14, 15


def kind(number):
    """What sort of call it is."""
    return "Large" if number % 200 == 104 else KINDS[number % len(KINDS)]


def message(number, index, role, size):
    """The bytes of a message, no text; those of Squeezed calls can be compressed."""
    if kind(number) == "Squeezed":
        return f"{role} {number} {index} ".encode() * (size // 8 + 20) + b"\xff"
    return b"\xfe" + random.Random(f"{role} {number} {index}").randbytes(size)


def requests(number):
    """The messages of the request."""
    name = kind(number)
    count = number % 5 if name in ("ClientStream", "Bidi") else 1
    size = LARGE if name == "Large" else number * 37 % 700
    return [message(number, index, "request", size) for index in range(count)]


def responses(number):
    """The messages of the response."""
    name = kind(number)
    if name in ("Refused", "GivenUp"):
        return []
    count = {"ServerStream": number % 7, "Bidi": number % 5, "FailsLate": 2}.get(name, 1)
    size = LARGE + number if name == "Large" else number * 53 % 900
    return [message(number, index, "response", size) for index in range(count)]


def outcome(number):
    """grpc-status and grpc-message of the call; None when the client gave it up before."""
    return {"Refused": (UNAVAILABLE, REFUSED), "FailsLate": (DATA_LOSS, LATE),
            "GivenUp": None}.get(kind(number), (0, ""))


class Server:
    """One method per kind; messages pass as bytes."""

    def __init__(self, grpc):
        self.grpc = grpc
        self.over = threading.Event()

    def number(self, context):
        return int(dict(context.invocation_metadata())["x-call"])

    def one(self, request, context):
        number = self.number(context)
        assert request == requests(number)[0]
        return responses(number)[0]

    def squeezed(self, request, context):
        context.set_compression(self.grpc.Compression.Gzip)
        return self.one(request, context)

    def many(self, request, context):
        assert request == requests(self.number(context))[0]
        yield from responses(self.number(context))

    def collect(self, incoming, context):
        assert list(incoming) == requests(self.number(context))
        return responses(self.number(context))[0]

    def both(self, incoming, context):
        answers = responses(self.number(context))
        for index, request in enumerate(incoming):
            assert request == requests(self.number(context))[index]
            yield answers[index]

    def refused(self, request, context):
        del request
        context.abort(self.grpc.StatusCode.UNAVAILABLE, REFUSED)

    def fails_late(self, request, context):
        yield from self.many(request, context)
        context.abort(self.grpc.StatusCode.DATA_LOSS, LATE)

    def given_up(self, request, context):
        del request
        gone = threading.Event()
        context.add_callback(gone.set)
        gone.wait(30)
        return b""

    def handler(self):
        """All methods of the service."""
        unary, stream = (self.grpc.unary_unary_rpc_method_handler,
                         self.grpc.unary_stream_rpc_method_handler)
        return self.grpc.method_handlers_generic_handler(SERVICE, {
            "Unary": unary(self.one), "Large": unary(self.one), "Squeezed": unary(self.squeezed),
            "ServerStream": stream(self.many), "FailsLate": stream(self.fails_late),
            "ClientStream": self.grpc.stream_unary_rpc_method_handler(self.collect),
            "Bidi": self.grpc.stream_stream_rpc_method_handler(self.both),
            "Refused": unary(self.refused), "GivenUp": unary(self.given_up)})


def call(grpc, channel, number):
    """Makes a call; returns whether it went as it must."""
    name = kind(number)
    path = f"/{SERVICE}/{name}"
    options = {"metadata": (("x-call", str(number)),), "timeout": 0.05 if name == "GivenUp" else 60}
    if name == "Squeezed":
        options["compression"] = grpc.Compression.Gzip
    sent = requests(number)
    try:
        if name in ("ServerStream", "FailsLate"):
            got = list(channel.unary_stream(path)(sent[0], **options))
        elif name == "ClientStream":
            got = [channel.stream_unary(path)(iter(sent), **options)]
        elif name == "Bidi":
            got = list(channel.stream_stream(path)(iter(sent), **options))
        else:
            got = [channel.unary_unary(path)(sent[0], **options)]
    except grpc.RpcError as error:
        wanted = outcome(number) or (4, error.details())
        return (error.code().value[0], error.details()) == wanted
    return got == responses(number) and outcome(number) == (0, "")


LIMITS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def serve(grpc, arguments):
    """Serves until SIGTERM."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(64), options=LIMITS)
    server.add_generic_rpc_handlers((Server(grpc).handler(),))
    if not server.add_insecure_port(f"{arguments.host}:{arguments.port}"):
        sys.exit(f"cannot listen on {arguments.host}:{arguments.port}")
    server.start()
    print("ready", flush=True)
    over.wait()
    server.stop(1).wait()


def make_calls(grpc, arguments):
    """Makes the calls, many at a time on few connections, and prints how it went."""
    channels = [
        grpc.insecure_channel(f"{arguments.host}:{arguments.port}",
                              options=[("grpc.use_local_subchannel_pool", 1), *LIMITS])
        for _ in range(arguments.channels)]
    for channel in channels:
        grpc.channel_ready_future(channel).result(20)
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        results = list(pool.map(
            lambda number: call(grpc, channels[number % len(channels)], number),
            range(arguments.count)))
    for channel in channels:
        channel.close()
    wrong = [number for number, is_good in enumerate(results) if not is_good]
    print(json.dumps({"calls": len(results), "good": sum(results), "wrong": wrong[:10]}),
          flush=True)
    return not wrong


def main():
    import grpc  # pylint: disable=import-outside-toplevel

    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("role", choices=("serve", "call"))
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--channels", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.role == "serve":
        serve(grpc, arguments)
    else:
        sys.exit(0 if make_calls(grpc, arguments) else 1)


if __name__ == "__main__":
    main()
