"""A port for a server of a test. Below those that the kernel gives to connections, which could take it meanwhile."""
import random
import socket

dice = random.SystemRandom()


def free_port():
    while True:
        port = dice.randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
