"""How a test says what it is: many cases, errors that belong to it, a limit of its own."""
import contextlib


def each(cases):
    """The test is called once a case; a case is (name, value). Invariants are checked after the last."""

    def mark(test):
        test.cases = list(cases)
        return test

    return mark


def expects_errors(*events):
    """Lines of level `error` with these events are no failure."""

    def mark(test):
        test.expected_errors = events
        return test

    return mark


class Failures:
    """Collects what is wrong in a loop, so that one failure does not hide the others."""

    def __init__(self):
        self.list = []

    @contextlib.contextmanager
    def of(self, name):
        try:
            yield
        except Exception as problem:  # pylint: disable=broad-except
            self.list.append(f"{name}: {type(problem).__name__}: {problem}")

    def check(self, passed, name, what=""):
        if not passed:
            self.list.append(f"{name}: {what}")

    def done(self):
        assert not self.list, f"{len(self.list)} wrong:\n  " + "\n  ".join(str(line)[:600] for line in self.list[:20])
