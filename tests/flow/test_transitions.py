"""Every state of a signature, and everything that can be done to it there."""
import random
import threading

from cases import each
from client import wait_until
from stack import API
from test_http import problem

PENDING, CONFIRMED, WITHDRAWN, INVALIDATED = range(4)
NAMES = ("pending", "confirmed", "withdrawn", "invalidated")


class Person:
    """One signature, and its newest token."""

    def __init__(self, stack, slug):
        self.stack, self.slug = stack, slug
        self.address = stack.signed(slug)
        self.token = stack.token(slug, self.address)
        self.id = next(row["id"] for row in stack.export(slug) if row["email"] == self.address)

    @property
    def state(self):
        """In the table; that the export says the same is another test's."""
        return NAMES[self.stack.state_of(self.slug, self.id)]

    def letters(self):
        return [letter["kind"] for letter in self.stack.letters(self.slug, self.address)]

    def invalidate(self, *more):
        words = more or ("--reason", "a test")
        before = self.state
        done = self.stack.cli("invalidate", self.slug, "--ids", "-", *words, input=f"{self.id}\n")
        # 1: it was so already.
        assert done.returncode == (1 if before == "invalidated" and not more else 0), done.stderr

    def bring_to(self, state):
        if state in (CONFIRMED, INVALIDATED):
            assert self.stack.confirm(self.token).status == 200
        if state == WITHDRAWN:
            assert self.stack.withdraw(self.token).status == 200
        if state == INVALIDATED:
            self.invalidate()
        assert self.state == NAMES[state]


# Where each action leads, and what it says: (state afterwards, status, kinds of new letters).
TABLE = {
    (PENDING, "confirm"): (CONFIRMED, 200, []),
    (PENDING, "withdraw"): (WITHDRAWN, 200, []),
    (PENDING, "sign"): (PENDING, 202, [1]),
    (PENDING, "resend"): (PENDING, 202, [1]),
    (PENDING, "invalidate"): (INVALIDATED, None, []),
    (CONFIRMED, "confirm"): (CONFIRMED, 200, []),
    (CONFIRMED, "withdraw"): (WITHDRAWN, 200, []),
    (CONFIRMED, "sign"): (CONFIRMED, 202, [3]),
    (CONFIRMED, "resend"): (CONFIRMED, 202, []),
    (CONFIRMED, "invalidate"): (INVALIDATED, None, []),
    (WITHDRAWN, "confirm"): (WITHDRAWN, 404, []),
    (WITHDRAWN, "withdraw"): (WITHDRAWN, 200, []),
    (WITHDRAWN, "sign"): (PENDING, 202, [1]),
    (WITHDRAWN, "resend"): (WITHDRAWN, 202, []),
    (WITHDRAWN, "invalidate"): (INVALIDATED, None, []),
    (INVALIDATED, "confirm"): (INVALIDATED, 404, []),
    (INVALIDATED, "withdraw"): (INVALIDATED, 404, []),
    (INVALIDATED, "sign"): (INVALIDATED, 202, []),
    (INVALIDATED, "resend"): (INVALIDATED, 202, []),
    (INVALIDATED, "invalidate"): (INVALIDATED, None, []),
}


def act(person, action):
    stack = person.stack
    if action == "confirm":
        return stack.confirm(person.token).status
    if action == "withdraw":
        return stack.withdraw(person.token).status
    if action == "sign":
        return stack.sign(person.slug, email=person.address).status
    if action == "resend":
        return stack.resend(person.slug, person.address).status
    return person.invalidate()


@each([(f"{NAMES[state]}-{action}", (state, action)) for state, action in TABLE])
def test_I19_every_action_in_every_state(stack, case):
    state, action = case
    expected, status, letters = TABLE[case]
    slug = stack.shared("I19")
    person = Person(stack, slug)
    person.bring_to(state)
    before, counted = person.letters(), stack.tally(slug)
    for again in range(2):
        if again and action == "sign" and state == WITHDRAWN:
            break  # signing again is another letter, as from pending
        assert act(person, action) == status
        assert person.state == NAMES[expected]
        assert person.letters() == before + letters * (again + 1)
        change = (expected == CONFIRMED) - (state == CONFIRMED)
        assert stack.tally(slug) == counted + change


def test_I19_invalidated_and_back(stack):
    slug = stack.petition()
    people = {state: Person(stack, slug) for state in (PENDING, CONFIRMED, WITHDRAWN)}
    for state, person in people.items():
        person.bring_to(state)
    assert stack.states(slug) == [1, 1, 1, 0] and stack.tally(slug) == 1
    for person in people.values():
        person.invalidate()
    assert stack.states(slug) == [0, 0, 0, 3] and stack.tally(slug) == 0
    for state, person in people.items():
        person.invalidate("--undo")
        assert person.state == NAMES[state]
    assert stack.tally(slug) == 1


def test_signing_again_after_withdrawing_is_a_new_life(stack):
    slug = stack.petition()
    person = Person(stack, slug)
    old = person.token
    assert stack.confirm(old).status == 200
    assert stack.withdraw(old).status == 200
    assert stack.sign(slug, email=person.address, given_name="Other name").status == 202
    new = stack.token(slug, person.address)
    assert new != old
    for action in (stack.confirm, stack.withdraw):
        problem(action(old), 404, "invalid_token")
    assert stack.states(slug) == [1, 0, 0, 0]
    assert stack.confirm(new).status == 200
    assert [row["given_name"] for row in stack.export(slug)] == ["Other name"]
    assert stack.tally(slug) == 1


def test_both_letters_of_who_signed_twice_work(stack):
    for first in (0, 1):
        slug = stack.petition()
        person = Person(stack, slug)
        assert stack.sign(slug, email=person.address).status == 202
        tokens = [letter["token"] for letter in stack.letters(slug, person.address)]
        assert len(tokens) == 2
        assert stack.confirm(tokens[first]).status == 200
        assert stack.confirm(tokens[1 - first]).status == 200
        assert stack.tally(slug) == 1
        assert stack.withdraw(tokens[1 - first]).status == 200
        assert stack.withdraw(tokens[first]).status == 200
        assert stack.tally(slug) == 0


def test_who_signs_again_after_confirming_is_told_by_mail_alone(stack):
    slug = stack.petition()
    person = Person(stack, slug)
    first = stack.sign(slug, email=person.address)
    assert stack.confirm(person.token).status == 200
    again = stack.sign(slug, email=person.address, given_name="Other", comment="Other")
    assert (again.status, again.body) == (first.status, first.body)
    assert person.letters()[-1] == 3
    assert "Other" not in [row["given_name"] for row in stack.export(slug)]
    # That letter can take the name back, and asks for no confirmation.
    assert stack.withdraw(stack.token(slug, person.address)).status == 200
    assert stack.tally(slug) == 0


def test_without_confirmation_a_signature_counts_at_once(stack):
    slug = stack.petition(confirmation="none")
    person = Person(stack, slug)
    assert person.letters() == [2] and stack.tally(slug) == 1
    assert stack.confirm(person.token).status == 200
    assert stack.resend(slug, person.address).status == 202
    assert person.letters() == [2] and stack.tally(slug) == 1
    assert stack.withdraw(person.token).status == 200
    assert stack.tally(slug) == 0
    assert stack.sign(slug, email=person.address).status == 202
    assert stack.tally(slug) == 1 and stack.states(slug) == [0, 1, 0, 0]


def test_petitions_that_are_over(stack):
    slug = stack.petition()
    pending, confirmed = Person(stack, slug), Person(stack, slug)
    confirmed.bring_to(CONFIRMED)
    stack.move(slug, "closed")
    problem(stack.sign(slug), 410, "petition_closed")
    # Who may still confirm may still ask for the letter.
    assert stack.resend(slug, pending.address).status == 202
    assert pending.letters() == [1, 1]
    stack.move(slug, "withdrawn")
    problem(stack.sign(slug), 410, "petition_withdrawn")
    problem(stack.resend(slug, pending.address), 410, "petition_withdrawn")
    problem(stack.confirm(pending.token), 404, "invalid_token")
    # Taking one's name back is always possible.
    for person in (pending, confirmed):
        assert stack.withdraw(person.token).json() == {"status": "withdrawn", "petition": slug}
    assert stack.states(slug) == [0, 0, 2, 0] and stack.tally(slug) == 0


def test_a_closed_petition_can_be_opened_again(stack):
    slug = stack.petition()
    person = Person(stack, slug)
    stack.move(slug, "closed")
    stack.move(slug, "open")
    assert stack.sign(slug).status == 202
    assert stack.confirm(person.token).status == 200
    assert stack.states(slug) == [1, 1, 0, 0]


def test_a_storm_of_everything_at_once_leaves_equal_sums(stack):
    slug = stack.petition()
    people = [Person(stack, slug) for _ in range(12)]
    dice = random.Random(7)
    plans = [[(dice.choice(people), dice.choice(("confirm", "withdraw", "sign", "resend"))) for _ in range(40)] for _ in range(8)]
    wrong = []

    def work(plan):
        for person, action in plan:
            status = act(person, action)
            if status not in ((202,) if action in ("sign", "resend") else (200, 404)):
                wrong.append((action, status))

    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:5]
    assert stack.states(slug)[CONFIRMED] == stack.tally(slug)
    assert stack.stored(slug) == len(people)
    stack.expect_count(slug, stack.tally(slug))


def test_what_was_shown_goes_and_comes_with_the_state(stack):
    slug = stack.petition(comments="shown")
    address = stack.signed(slug, show_name=True, comment="For all to read")
    token = stack.token(slug, address)

    def shown():
        return [person["comment"] for person in stack.get(f"{API}/{slug}/signatures/recent").json()["signatures"]]

    assert shown() == []
    assert stack.confirm(token).status == 200
    wait_until(lambda: shown() == ["For all to read"], 3)
    assert stack.withdraw(token).status == 200
    wait_until(lambda: shown() == [], 3)


def test_a_letter_that_was_asked_for_again_is_within_the_limit(stack):
    slug = stack.petition()
    person = Person(stack, slug)
    for _ in range(10):
        assert stack.resend(slug, person.address).status == 202
    assert person.letters() == [1] * 5
    assert stack.resend(slug, stack.address()).status == 202
    assert stack.stored(slug) == 1


@each([("none", None), ("unknown", "unknown"), ("number", 1), ("list", ["a@example.org"])])
def test_a_letter_again_wants_one_address(stack, case):
    body = {} if case is None else {"email": case}
    problem(stack.post(f"{API}/demo/confirmation-requests", body), 422, "invalid_fields")
    problem(stack.post(f"{API}/demo/confirmation-requests", {"email": stack.address(), "given_name": "X"}), 422, "invalid_fields")
