"""A structured answer that is fenced, talked around, cut or wrong: valid, or a named error, and never asked twice."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from ai import reading
from ai.models import Call
from ai.prompting import Prompt
from integrations.errors import BadOutput
from integrations.providers.base import Completion, Usage
from integrations.providers.offline import Offline


class Question(BaseModel):
    text: str
    answers: list[str] = Field(min_length=2)


class Quiz(BaseModel):
    title: str = ""
    questions: list[Question] = Field(default_factory=list)


QUIZ = Quiz(title='A "quiz" {with} [brackets], é', questions=[Question(text="Who?", answers=["I", "you, or }"])])
ANSWER = json.dumps(QUIZ.model_dump(), ensure_ascii=False)
TALK = f"Here is your quiz:\n\n```json\n{ANSWER}\n```\nI hope it helps! {{smile}}"


@pytest.mark.parametrize(
    ("answer", "repairs"),
    [
        (ANSWER, []),
        (f"\ufeff {ANSWER}\n", []),
        (f"```json\n{ANSWER}\n```", ["code fence"]),
        (f"{ANSWER}\nThat is all.", ["words around the JSON"]),
        (TALK, ["code fence", "words around the JSON"]),
        (f"As asked [1]: {ANSWER}", ["words around the JSON"]),
        (ANSWER.replace("]}]", ",],},]").replace("}]}", "}],}"), ["trailing commas"]),
    ],
)
def test_what_changes_no_meaning_is_mended_and_told(answer, repairs):
    assert reading.read(answer, Quiz) == (QUIZ, repairs)


@pytest.mark.parametrize("whole", [ANSWER, TALK])
def test_an_answer_cut_at_every_byte_is_whole_or_a_named_error(whole):
    raw = whole.encode()
    ends = raw.index(ANSWER.encode()) + len(ANSWER.encode())
    for length in range(len(raw)):
        cut = raw[:length].decode(errors="ignore")
        if length >= ends:
            assert reading.read(cut, Quiz)[0] == QUIZ
        else:
            with pytest.raises(BadOutput, match=r"breaks off|does not have the form"):
                reading.read(cut, Quiz)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "not JSON"),
        ("I cannot do that.", "not JSON"),
        ('{"title": 5, "questions": [{"text": "x", "answers": ["only one"]}]}', "title.*answers"),
        ("[1, 2]", "form"),
        ("null", "form"),
        ("[" * 100_000, "not JSON"),
        ('{"a":' * 100_000, "not JSON"),
        ("[" * 5000 + "]" * 5000, "not JSON|form"),
        ('{"title": "\\ud800"}' * 3 + "{", "form|JSON"),
    ],
)
def test_what_cannot_be_read_says_what_is_wrong_and_what_to_do(answer, words):
    with pytest.raises(BadOutput, match=rf"(?s){words}.*Resume asks again"):
        reading.read(answer, Quiz if answer != '{"title": "\\ud800"}' * 3 + "{" else Question)


@given(st.text(alphabet='{}[]",:\\ ab\n`', max_size=80))
def test_no_answer_is_a_traceback(answer):
    with suppress(BadOutput):
        reading.read(answer, Quiz)


# -- through the ledger -----------------------------------------------------------------------------------------------

PROMPT = Prompt("test.quiz", 1, "system", "text", max_output_tokens=500)


@pytest.fixture
def asked(monkeypatch):
    """What was asked; the provider answers with `answers` in turn."""
    seen, answers = [], []

    def complete(self, request):
        seen.append(request)
        text, finish = answers[len(seen) - 1]
        return Completion(text, request.model, request.model, finish, Usage(10, 10))

    monkeypatch.setattr(Offline, "complete", complete)
    return seen, answers


@pytest.mark.django_db
def test_a_structured_answer_is_asked_for_by_schema_and_its_repairs_are_noted(writer, asked):
    seen, answers = asked
    answers.append((TALK, "stop"))
    call, quiz = writer.structured(PROMPT, "one", Quiz)
    assert quiz == QUIZ
    assert seen[0].schema == Quiz.model_json_schema()
    assert Call.objects.get().repairs == "code fence, words around the JSON"
    assert writer.structured(PROMPT, "one", Quiz) == (call, QUIZ)
    assert len(seen) == 1


@pytest.mark.django_db
def test_the_stop_reason_is_read_first_and_a_cut_answer_gets_more_room_once(writer, asked):
    seen, answers = asked
    answers += [(ANSWER[:-5], "length"), (ANSWER, "stop")]
    assert writer.structured(PROMPT, "one", Quiz)[1] == QUIZ
    assert [request.max_output_tokens for request in seen] == [500, 1500]


@pytest.mark.django_db
def test_an_unreadable_answer_is_kept_and_not_asked_for_again_unchanged(writer, asked):
    seen, answers = asked
    answers.append(("Sorry.", "stop"))
    with pytest.raises(BadOutput):
        writer.structured(PROMPT, "one", Quiz)
    call = Call.objects.get()
    assert (call.raw_answer, call.state) == ("Sorry.", "answered")
    assert call.rejected.startswith("The answer is not JSON")
    assert len(seen) == 1


@pytest.mark.django_db
def test_a_name_that_no_database_takes_is_told_without_it(writer, asked):
    class Closed(BaseModel, extra="forbid"):
        title: str = ""

    asked[1].append((r'{"a\u0000b": 1}', "stop"))
    with pytest.raises(BadOutput, match=r"\(ab: Extra inputs"):
        writer.structured(PROMPT, "one", Closed)
    assert "(ab: Extra inputs" in Call.objects.get().rejected


def test_the_hash_of_a_prompt_without_a_schema_is_what_it_always_was():
    plain = Prompt("a", 1, "s", "t", {"x": 1}, 10)
    assert plain.content_hash("m").startswith("5b94d1e4699ab151")
    assert plain.content_hash("m") != replace(plain, schema={}).content_hash("m")
    assert plain.content_hash("m") == replace(plain, edition=3, values={"a": "b"}).content_hash("m")
