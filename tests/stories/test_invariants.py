"""Whatever happens, in whatever order, what Tend promises holds: a machine that lives through weeks nobody wrote down.

Eight neighbours come in, write, say stop and start again; people press buttons; senders refuse, put off and fall
silent; the clock crosses nights, Sundays, holidays and changes of clocks. After every step each promise is worked out
anew from what the senders got (`promises`). `TEND_LONG_STORIES=N` tells N stories of two hundred steps.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Awaitable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from agent.flows import controls, pausing, permitting, reconciling
from agent.store.tables import addresses, conversations, leads, touches
from channels.outcomes import Deferred, Refused, Unknown
from tests import cast
from tests.stories import promises
from tests.stories.neighbours import BY_EMAIL, BY_PHONE, NEIGHBOURS, Neighbour, NotedEmails, NotedTexts, Post
from tests.stories.promises import Address, Closed, Known
from tests.stories.world import World, opened

STORIES = int(os.environ.get("TEND_LONG_STORIES", "0"))
T = TypeVar("T")

BEGINNINGS = (
    datetime(2026, 3, 3, 16, tzinfo=UTC),  # a Tuesday morning
    datetime(2026, 3, 6, 23, tzinfo=UTC),  # a Friday evening, two days before clocks go forward
    datetime(2026, 10, 31, 3, tzinfo=UTC),  # a Friday night, two days before they go back
    datetime(2026, 11, 25, 17, tzinfo=UTC),  # the day before Thanksgiving
    datetime(2026, 7, 3, 1, tzinfo=UTC),  # a Thursday night, with a holiday kept on Friday and one on Saturday
)
ORDINARY = (
    "sounds good, thanks",
    "Can I see it on Saturday?",
    "not now, maybe in three months",
    "are you a bot?",
    "what does it cost?",
    "we already work with an agent",
    "please call me",
    "HELP",
    "I'm driving with Do Not Disturb turned on. I'll see your message when I arrive.",
)
DOUBTFUL = "maybe stop the texts for now, email is fine"
FORM_WORDS = ("", "I would like to see the house on Oak Street this week", "just looking around")
STAGES = ("Lead", "Under contract", "Closed", "Somewhere new")
FATES = (
    Refused("invalid_address"),
    Refused("opted_out"),
    Deferred("throttled", 90.0),
    Deferred("throttled"),
    Unknown("reset"),
    "accept_then_unknown",
)
TESS, PERLA, ROY, KIT, ABE, MONA, IDA, OTTO = NEIGHBOURS
CASTS = ((TESS, IDA, OTTO, PERLA), (ROY, PERLA, KIT, TESS), (MONA, IDA, OTTO, ABE), (TESS, ROY, ABE, KIT))
YES_OR_NO = st.booleans()
THEN = {
    "": timedelta(),
    "a minute later": timedelta(minutes=1),
    "and an hour": timedelta(hours=1),
    "a night later": timedelta(hours=14),
    "a day later": timedelta(days=1),
    "days later": timedelta(days=5),
}
WHAT_IS_DUE = "then what is due next"
SPANS = st.sampled_from((*THEN, "", "a minute later", WHAT_IS_DUE, WHAT_IS_DUE))


def happens(**given: Any) -> Any:
    """A rule about one of the cast, after which some time may pass."""

    def told(act: Any) -> Any:
        def step(self: Life, who: int, then: str, **also: Any) -> None:
            act(self, self.cast[who], **also)
            self._then(then)

        step.__name__ = act.__name__
        return rule(who=st.integers(0, 3), then=SPANS, **given)(step)

    return told


class Life(RuleBasedStateMachine):
    """One world and whatever may happen in it. Only the rules of time let Tend work; all others leave it waiting."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="tend-life-"))
        self.known = Known()
        self.order = itertools.count()
        self.in_crm: dict[str, int] = {}
        self.news: list[tuple[str, bool]] = []
        self.checked = 0

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    @initialize(
        at=st.sampled_from(BEGINNINGS),
        cast=st.sampled_from(CASTS),
        agrees=st.sampled_from(((1, 1, 1), (1, 1, 0), (1, 0, 1))),
        nights=YES_OR_NO,
        can_be_asked=YES_OR_NO,
    )
    def begin(
        self,
        at: datetime,
        cast: tuple[Neighbour, ...],
        agrees: tuple[int, ...],
        *,
        nights: bool,
        can_be_asked: bool,
    ) -> None:
        self.cast = cast
        self.post: Post[Any] = Post(lambda: self.world.clock.now(), self.order)
        self.known.nights = nights
        path = self.folder / "tend.db"
        shutil.copyfile(self.template, path)
        self.world: World = self.run(
            self.stack.enter_async_context(
                opened(
                    f"sqlite+aiosqlite:///{path}",
                    self.folder,
                    at=at,
                    email=NotedEmails(self.post, can_be_asked=can_be_asked),
                    sms=NotedTexts(self.post, can_be_asked=can_be_asked),
                    tend_replies_at_night=nights,
                )
            )
        )
        for who, agreed in zip(cast, agrees, strict=False):
            self.run(self._comes_in(who, "", agrees=bool(agreed)))
        self._then("a minute later")

    # ---- people come in

    @happens(agrees=YES_OR_NO, words=st.sampled_from(FORM_WORDS))
    def comes_in(self, who: Neighbour, words: str, *, agrees: bool) -> None:
        self.run(self._comes_in(who, words, agrees=agrees))

    @happens(agrees=YES_OR_NO, words=st.sampled_from(FORM_WORDS))
    def sends_a_form(self, who: Neighbour, words: str, *, agrees: bool) -> None:
        if who.by_form or self.lead_of(who) is not None:
            self.run(self._sends_a_form(who, words, agrees=agrees))

    async def _comes_in(self, who: Neighbour, words: str, *, agrees: bool) -> None:
        if who.by_form:
            await self._sends_a_form(who, words, agrees=agrees)
        elif who.lead.email not in self.in_crm:
            if agrees:
                self.known.agreed.add(who.lead.email)
            consent = "yes" if agrees else None
            person = self.world.add_to_crm(who.lead, text_consent=consent, background=words or None)
            self.in_crm[who.lead.email] = person
            await self.world.push("peopleCreated", [person])

    async def _sends_a_form(self, who: Neighbour, words: str, *, agrees: bool) -> None:
        given = {"email": True, "sms": agrees, "wording": cast.TEXT_WORDING}
        body = cast.form(who.lead, lead_details={"message": words}, form_metadata={"consent_given": given})
        answer = await self.world.post_form(body)
        assert answer.status_code in {201, 409}, answer.text
        if agrees and answer.status_code == 201:
            self.known.agreed.add(who.lead.email)
        for lead_id in await self._sharing({self.address(who, "email")}):
            self.known.snoozed.pop(lead_id, None)

    # ---- they write

    @happens(words=st.sampled_from((*ORDINARY, DOUBTFUL)))
    def texts(self, who: Neighbour, words: str) -> None:
        self.run(self._writes(who, words, "sms"))

    @happens(words=st.sampled_from((*ORDINARY[:-2], DOUBTFUL)))
    def mails(self, who: Neighbour, words: str) -> None:
        self.run(self._writes(who, words, "email"))

    @happens(words=st.sampled_from(("STOP", "please stop texting me")), channel=st.sampled_from(("sms", "email")))
    def says_stop(self, who: Neighbour, words: str, channel: str) -> None:
        self.run(self._writes(who, words, channel))
        self.run(self._close({self.address(who, channel)}, own=True))

    @happens()
    def says_wrong_number(self, who: Neighbour) -> None:
        self.run(self._writes(who, "wrong number", "sms"))
        self.run(self._close({self.address(who, "sms")}, own=True, alone=True))

    @happens()
    def says_start(self, who: Neighbour) -> None:
        self.run(self._writes(who, "START", "sms"))
        closed = self.known.closed.get(self.address(who, "sms"))
        if closed is not None and closed.own:
            del self.known.closed[self.address(who, "sms")]

    @happens()
    def unsubscribes(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            self.run(permitting.unsubscribe(self.world.tend, lead_id))
            self.run(self._close({self.address(who, "email")}, own=True))

    @happens()
    def allows_texts(self, who: Neighbour) -> None:
        lead_id = self.lead_of(who)
        if lead_id and self.run(
            permitting.allow_texts(self.world.tend, lead_id, wording=cast.TEXT_WORDING, ip="192.0.2.1")
        ):
            self.known.agreed.add(who.lead.email)

    async def _writes(self, who: Neighbour, words: str, channel: str) -> None:
        if channel == "sms":
            answer = await self.world.text(who.lead, words)
        else:
            raw = cast.mail(who.lead, words, at=self.world.clock.now(), message_id=f"{uuid4().hex}@example.com")
            answer = await self.world.mail(raw)
        assert answer.status_code == 200, answer.text
        people = await self._sharing({self.address(who, channel)})
        for lead_id in people:
            self.known.snoozed.pop(lead_id, None)
        if words == DOUBTFUL:
            self.known.in_doubt |= await self._not_deleted(people)

    # ---- people on our pages

    @happens(channel=st.sampled_from(("sms", "sms", "email")), times=st.sampled_from((1, 4)))
    def a_person_answers(self, who: Neighbour, channel: str, times: int) -> None:
        for _ in range(times):
            if lead_id := self.lead_of(who):
                self.run(self._answer(lead_id, channel))

    @happens(act=st.sampled_from((controls.pause, controls.call)))
    def a_person_takes_over(self, who: Neighbour, act: Any) -> None:
        if lead_id := self.lead_of(who):
            self.run(act(self.world.tend, lead_id, user_id=None))
            self.known.with_human.add(lead_id)

    @happens()
    def a_person_gives_it_back(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            self.run(controls.resume(self.world.tend, lead_id, user_id=None))
            self.known.with_human.discard(lead_id)
            self.known.snoozed.pop(lead_id, None)
            self.known.in_doubt -= {lead_id, *self.run(self._sharing(self.run(self._addresses({lead_id}))))}

    @happens()
    def a_person_is_done(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            self.run(controls.done(self.world.tend, lead_id, user_id=None))
            self.known.with_human.discard(lead_id)

    @happens(hours=st.sampled_from((5, 30, 200)))
    def a_person_puts_them_aside(self, who: Neighbour, hours: int) -> None:
        if lead_id := self.lead_of(who):
            until = self.world.clock.now() + timedelta(hours=hours)
            self.run(controls.snooze(self.world.tend, lead_id, until=until, user_id=None))
            self.known.snoozed[lead_id] = until

    @happens()
    def a_person_is_told_to_stop(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            self.run(permitting.opt_out(self.world.tend, lead_id, user_id=None))
            self.run(self._close(self.run(self._addresses({lead_id})), own=False))

    @happens()
    def a_person_opens_email(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            answer = self.run(controls.allow_email_again(self.world.tend, lead_id, reason="they called", user_id=None))
            closed = self.known.closed.pop(self.address(who, "email"), None)
            assert (answer is controls.EmailAllowed.YES) == (closed is not None)
            if closed is not None:
                self.known.with_human.add(lead_id)

    @happens()
    def a_person_pauses_everything_or_ends_the_pause(self, who: Neighbour) -> None:
        tend, pause = self.world.tend, not self.known.paused
        self.known.paused = pause
        self.run(pausing.pause_everything(tend, reason="a test") if pause else pausing.resume_everything(tend))  # type: ignore[arg-type]

    @happens(again=YES_OR_NO)
    def a_person_settles_what_is_uncertain(self, who: Neighbour, *, again: bool) -> None:
        self.run(self._settle_uncertain(again=again))

    async def _answer(self, lead_id: UUID, channel: str) -> None:
        (talk,) = await self.world.rows(conversations, lead_id=lead_id)
        planned = await controls.reply(
            self.world.tend,
            lead_id,
            channel=channel,
            subject="",
            body="I will see to it.",
            user_id=None,
            generation=talk.generation,
        )
        if isinstance(planned, controls.ReplyPlanned):
            self.known.with_human.add(lead_id)

    async def _settle_uncertain(self, *, again: bool) -> None:
        arrived = {call.our_id for call in self.post.calls if call.taken}
        someone = self.world.tend.user_ids["dana"]
        for touch in await self.world.rows(touches, state="uncertain", word="asked"):
            decision = "arrived" if touch.message_id.hex in arrived else "again" if again else "drop"
            assert await reconciling.decide(self.world.tend, touch.id, decision, user_id=someone)  # type: ignore[arg-type]

    # ---- other systems

    @happens(stage=st.sampled_from(STAGES))
    def the_crm_moves_them(self, who: Neighbour, stage: str) -> None:
        if person := self.in_crm.get(who.lead.email):
            self.world.account.change_person(person, stage=stage)
            self.run(self.world.push("peopleStageUpdated", [person]))
            self.news.append((who.lead.email, stage == "Lead"))
            if stage == "Lead":
                self.known.silenced -= set(self.run(self.world.lead_ids(who.lead)))

    @happens()
    def the_crm_deletes_them(self, who: Neighbour) -> None:
        if self.lead_of(who) is not None and (person := self.in_crm.pop(who.lead.email, None)):
            self.world.account.delete_person(person)
            self.run(self.world.push("peopleDeleted", [person]))
            self.news.append((who.lead.email, False))

    @happens(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=3))
    def senders_fail(self, who: Neighbour, fates: list[Any]) -> None:
        self.post.fates.extend(fates)

    @happens()
    def somebody_says_stop_while_a_call_to_them_is_under_way(self, who: Neighbour) -> None:
        self.post.meanwhile = self._stop_meanwhile

    async def _stop_meanwhile(self, to: str) -> None:
        who = BY_EMAIL.get(to) or BY_PHONE[to]
        await self._writes(who, "STOP", "sms")
        await self._close({self.address(who, "sms")}, own=True)

    # ---- time

    @rule(days=st.integers(6, 20))
    def weeks_pass(self, days: int) -> None:
        self._live(timedelta(days=days))

    def _then(self, then: str) -> None:
        if not then:
            return
        self.every_promise_holds()
        if then != WHAT_IS_DUE:
            self._live(THEN[then])
            return
        for _ in range(3):
            due = self.run(self.world.settle())
            if due is not None:
                self._live(max(due - self.world.clock.now(), timedelta()))

    def _live(self, span: timedelta) -> None:
        if self.known.paused:  # the gate looks at what waits every quarter of an hour
            span = min(span, timedelta(hours=6))
        self.run(self.world.live(seconds=span.total_seconds()))
        for to in self.post.refused:
            self.run(self._close({self.address(BY_EMAIL.get(to) or BY_PHONE[to], "sms")}, own=False))
        self.post.refused.clear()
        for email, allowed in self.news:
            theirs = set(self.run(self.world.lead_ids(BY_EMAIL[email].lead)))
            self.known.silenced = self.known.silenced - theirs if allowed else self.known.silenced | theirs
        self.news.clear()
        due = self.run(self.world.settle())
        assert due is None or due > self.world.clock.now(), "something is due and nobody works it"

    # ---- what must hold

    @invariant()
    def every_promise_holds(self) -> None:
        """Look at everything, and find nothing wrong."""
        found = self.run(promises.look(self.world))
        wrong = promises.broken(self.world, self.known, self.post.calls, self.checked, found)
        self.checked = len(self.post.calls)
        assert not wrong, "\n".join(wrong)

    # ---- finding people

    def address(self, who: Neighbour, channel: str) -> Address:
        value = who.lead.phone if channel == "sms" else who.lead.email
        return channel, self.world.tend.sealer.hash(channel, value)

    def lead_of(self, who: Neighbour) -> UUID | None:
        """Their lead, unless they never came in or are deleted."""
        ids = self.run(self.world.lead_ids(who.lead))
        return next(iter(self.run(self._not_deleted(ids))), None)

    async def _not_deleted(self, lead_ids: Any) -> set[UUID]:
        return {row.id for row in await self.world.rows(leads) if row.id in set(lead_ids) and row.deleted_at is None}

    async def _addresses(self, lead_ids: set[UUID]) -> set[Address]:
        rows = await self.world.rows(addresses)
        return {(row.channel, bytes(row.value_hash)) for row in rows if row.lead_id in lead_ids}

    async def _sharing(self, asked: set[Address]) -> set[UUID]:
        rows = await self.world.rows(addresses)
        return {row.lead_id for row in rows if (row.channel, bytes(row.value_hash)) in asked}

    async def _close(self, asked: set[Address], *, own: bool, alone: bool = False) -> None:
        """Know that these addresses are closed, with all others of whoever has one, unless it is that one `alone`."""
        people = await self._sharing(asked)
        self.known.in_doubt -= people
        in_flight = frozenset(
            row.message_id.hex for row in await self.world.rows(touches, state="sending") if row.message_id is not None
        )
        for address in asked if alone else asked | await self._addresses(people):
            before = self.known.closed.get(address)
            if before is None:
                self.known.closed[address] = Closed(next(self.order), own, in_flight, self.world.clock.now())
            elif before.own and not own:
                before.own = False


def test_every_promise_holds_after_every_step_of_stories_nobody_wrote(migrated_sqlite: Path) -> None:
    machine = type("Life", (Life,), {"template": migrated_sqlite})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES or 5,
            stateful_step_count=200 if STORIES else 40,
            derandomize=not STORIES,
            deadline=None,
            database=None,
            phases=[Phase.generate] if not STORIES else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
