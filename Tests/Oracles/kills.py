"""What the tests that kill a program at random moments share."""

import random
import sys
import threading


def begin(arguments):
    """KILLS [SEED] of a command line: how many, and the dice. Prints the seed first."""
    kills = int(arguments[0])
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    return kills, random.Random(seed)


class Crew:
    """Threads that write for as long as a test wants. The first one that finds something wrong
    ends it: `check` raises what it found."""

    def __init__(self):
        self.isOver = threading.Event()
        self.found = []
        self.threads = []

    def send(self, deed, *arguments):
        def work():
            try:
                deed(*arguments)
            except BaseException as trouble:  # also sys.exit of a helper
                self.found.append(trouble)
                self.isOver.set()

        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()

    def is_busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def check(self):
        if self.found:
            raise self.found[0]

    def end(self, patience=120):
        """Lets everybody finish what they have begun."""
        self.isOver.set()
        for thread in self.threads:
            thread.join(patience)
        self.check()
        if self.is_busy():
            sys.exit("a client waits in vain for an answer")


class Signature:
    """Whoever is signed in at a box. A restart asks everybody anew; several clients share one."""

    def __init__(self, box, person):
        self.box, self.person = box, person
        self.lock = threading.Lock()
        self.token = None

    def current(self):
        with self.lock:
            if self.token is None:
                self.token = self.box.sign_in(self.person)
            return self.token

    def forget(self, token):
        with self.lock:
            if self.token == token:
                self.token = None


def insist(box, signature, crew, method, path, body, key):
    """Sends one wish under one key again and again until it is answered, whatever is killed
    meanwhile; gives status and answer."""
    while True:
        token = None
        try:
            token = signature.current()
            status, answer = box.send(
                method, path, body, token, {"idempotency-key": key}, patience=20)
        except OSError:
            # Refused, or cut: the same key is the way to find out.
            if crew.isOver.wait(0.02) and crew.found:
                sys.exit("somebody else found something wrong")
            continue
        if status == 401:
            signature.forget(token)
        elif status != 503:
            return status, answer
