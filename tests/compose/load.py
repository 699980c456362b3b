"""People who sign, each once and from a place of their own, until they are told to stop; what they were answered is kept."""
import collections
import random
import threading
import time


class Load:
    def __init__(self, stack, name, threads=3, pause_s=0.05, again=False):
        self.stack, self.name, self.pause_s, self.again = stack, name, pause_s, again
        self.answers = collections.Counter()
        self.acknowledged = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.numbers = iter(range(10**9))
        self.threads = [threading.Thread(target=self.work) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def next_email(self):
        with self.lock:
            return f"{self.name}.{next(self.numbers)}@people.example"

    def work(self):
        while not self.ending.is_set():
            email = self.next_email()
            status = self.send(email)
            # A page waits and sends the same again; that is what makes an outage cost nobody a signature.
            while self.again and status != 202 and not self.ending.is_set():
                time.sleep(0.5)
                status = self.send(email)
            time.sleep(self.pause_s)

    def send(self, email):
        caller = f"198.{random.randint(18, 19)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        try:
            status = self.stack.sign(email, caller=caller)
        except OSError as error:
            status = type(error).__name__
        except Exception as error:  # http.client's: a half answer is a failed request too
            status = type(error).__name__
        with self.lock:
            self.answers[status] += 1
            if status == 202:
                self.acknowledged.append(email)
        return status

    def await_more(self, number, seconds=120):
        """Until so many more were acknowledged."""
        end, target = time.monotonic() + seconds, len(self.acknowledged) + number
        while len(self.acknowledged) < target:
            assert time.monotonic() < end, f"only {dict(self.answers)} in {seconds} s"
            time.sleep(0.1)
