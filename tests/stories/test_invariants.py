"""Whatever happens, in whatever order, what Tend promises holds: a machine that lives through weeks nobody wrote down.

Neighbours come in, write, say stop and start again; people press buttons; senders refuse, put off and fall silent;
the clock crosses nights, Sundays, holidays and changes of clocks. After every step each promise is worked out anew
from what the senders got (`promises`). `TEND_LONG_STORIES=20` tells twenty long stories, other ones each time.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from agent.flows import controls, joining, pausing, permitting, reactivation, reconciling
from agent.flows.opting_in import EmailAllowed
from agent.store.tables import conversations, merges, touches
from channels.outcomes import Deferred, Refused, Unknown
from tests import cast
from tests.stories.lives import Life, happens
from tests.stories.neighbours import BY_EMAIL, BY_PHONE, NEIGHBOURS, Neighbour

STORIES = int(os.environ.get("TEND_LONG_STORIES", "0"))
YES_OR_NO = st.booleans()
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
CASTS = ((MONA, IDA, OTTO, TESS), (TESS, PERLA, MONA, KIT), (ROY, IDA, OTTO, ABE), (MONA, ROY, PERLA, ABE))


class Weeks(Life):
    """Everything that may happen."""

    @initialize(
        at=st.sampled_from(BEGINNINGS),
        cast=st.sampled_from(CASTS),
        agreed=st.sampled_from(((True, True, True), (True, True, False), (True, False, True))),
        nights=YES_OR_NO,
        can_be_asked=YES_OR_NO,
        whole_person=st.sampled_from((True, True, False)),
    )
    def begin(self, at: datetime, cast: tuple[Neighbour, ...], agreed: tuple[bool, ...], **settings: bool) -> None:
        self.cast = cast
        self.open(at, **settings)
        for who, agrees in zip(cast, agreed, strict=False):
            self.run(self._comes_in(who, "", agrees=agrees))
        self.then("a minute later")

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
        await self._is_heard(who, "email")

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
        self.run(self.close({self.address(who, channel)}, own=True, came_on=channel))

    @happens()
    def says_wrong_number(self, who: Neighbour) -> None:
        self.run(self._writes(who, "wrong number", "sms"))
        self.run(self.close({self.address(who, "sms")}, own=True, alone=True))

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
            self.run(self.close({self.address(who, "email")}, own=True, came_on="email"))

    @happens()
    def allows_texts(self, who: Neighbour) -> None:
        lead_id = self.lead_of(who)
        if lead_id and self.run(
            permitting.allow_texts(
                self.world.tend, lead_id, number=who.lead.phone, wording=cast.TEXT_WORDING, ip="192.0.2.1"
            )
        ):
            self.known.agreed.add(who.lead.email)

    async def _writes(self, who: Neighbour, words: str, channel: str) -> None:
        if channel == "sms":
            answer = await self.world.text(who.lead, words)
        else:
            raw = cast.mail(who.lead, words, at=self.world.clock.now(), message_id=f"{uuid4().hex}@example.com")
            answer = await self.world.mail(raw)
        assert answer.status_code == 200, answer.text
        people = await self._is_heard(who, channel)
        if words == DOUBTFUL:
            self.known.in_doubt |= await self.not_deleted(people)

    async def _is_heard(self, who: Neighbour, channel: str) -> set[UUID]:
        """Whoever may have written is put aside no longer."""
        people = await self.sharing({self.address(who, channel)})
        for lead_id in people:
            self.known.snoozed.pop(lead_id, None)
        return people

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
            self.known.in_doubt -= {lead_id, *self.run(self.sharing(self.run(self.addresses({lead_id}))))}

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
            self.run(self.close(self.run(self.addresses({lead_id})), own=False))

    @happens()
    def a_person_opens_email(self, who: Neighbour) -> None:
        if lead_id := self.lead_of(who):
            answer = self.run(controls.allow_email_again(self.world.tend, lead_id, reason="they called", user_id=None))
            closed = self.known.closed.pop(self.address(who, "email"), None)
            assert (answer is EmailAllowed.YES) == (closed is not None)
            if closed is not None:
                self.known.with_human.add(lead_id)

    @happens()
    def a_person_pauses_everything_or_ends_the_pause(self, _who: Neighbour) -> None:
        tend, pause = self.world.tend, not self.known.paused
        self.known.paused = pause
        self.run(pausing.pause_everything(tend, reason="a test") if pause else pausing.resume_everything(tend))

    @happens()
    def a_person_wakes_the_aged(self, _who: Neighbour) -> None:
        self.run(reactivation.start(self.world.tend, daily_limit=5, user_id=None))
        self.run(self.world.tick("reactivation"))

    @happens(index=st.integers(0, 3))
    def a_person_merges_two_and_takes_it_back(self, who: Neighbour, index: int) -> None:
        one, other = self.lead_of(who), self.lead_of(self.cast[index])
        if one is None or other is None or one == other:
            return
        answer = self.run(joining.merge(self.world.tend, one, other, user_id=None))
        self.every_promise_holds()
        if isinstance(answer, joining.Merged):
            (merge,) = self.run(self.world.rows(merges, undone_at=None))
            assert isinstance(self.run(joining.undo(self.world.tend, merge.id, user_id=None)), joining.Undone)

    @happens(again=YES_OR_NO)
    def a_person_settles_what_is_uncertain(self, _who: Neighbour, *, again: bool) -> None:
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
            self.news.append((who.lead.email, "speak" if stage == "Lead" else "silence"))
            if stage == "Lead":
                self.known.silenced -= set(self.run(self.world.lead_ids(who.lead)))

    @happens()
    def the_crm_deletes_them(self, who: Neighbour) -> None:
        if self.lead_of(who) is not None and (person := self.in_crm.pop(who.lead.email, None)):
            self.world.account.delete_person(person)
            self.run(self.world.push("peopleDeleted", [person]))
            self.news.append((who.lead.email, "silence"))

    @happens(theirs=YES_OR_NO, masked=YES_OR_NO)
    def the_crm_logs_a_text(self, who: Neighbour, *, theirs: bool, masked: bool) -> None:
        if (person := self.in_crm.get(who.lead.email)) and self.lead_of(who) is not None:
            log, phone, ours = self.world.account, who.lead.phone, cast.OUR_NUMBER
            if theirs:
                text = log.add_incoming_text(
                    person, message="how much?", from_number=phone, to_number=ours, masked=masked
                )
                self.run(self._is_heard(who, "sms"))
            else:
                text = log.add_outgoing_text(person, from_number=ours, to_number=phone, user_name="Dana Reyes")
                self.news.append((who.lead.email, "a person texts"))
            self.run(self.world.push("textMessagesCreated", [text]))

    @happens(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=3))
    def senders_fail(self, _who: Neighbour, fates: list[Any]) -> None:
        self.post.fates.extend(fates)

    @happens()
    def somebody_says_stop_while_a_call_to_them_is_under_way(self, _who: Neighbour) -> None:
        self.post.meanwhile = self._stop_meanwhile

    async def _stop_meanwhile(self, to: str) -> None:
        who = BY_EMAIL.get(to) or BY_PHONE[to]
        await self._writes(who, "STOP", "sms")
        await self.close({self.address(who, "sms")}, own=True, came_on="sms")

    @rule(days=st.integers(6, 20))
    def weeks_pass(self, days: int) -> None:
        self.live(timedelta(days=days))


@pytest.mark.timeout(0 if STORIES else 120)
def test_every_promise_holds_after_every_step_of_stories_nobody_wrote(migrated_sqlite: Path) -> None:
    machine = type("Weeks", (Weeks,), {"template": migrated_sqlite})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES or 4,
            stateful_step_count=200 if STORIES else 35,
            derandomize=not STORIES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
