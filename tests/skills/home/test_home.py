"""The home skill in conversation: what is said, what then happens in the home, and what is claimed of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from assistant_skill_home.homeassistant import HomeAssistant
from assistant_skill_home.memory import MemoryHome
from assistant_skill_home.model import Entity, Home

from .conftest import HomeServer, Talk, a_home

pytestmark = pytest.mark.unit


def changed(talk: Talk, *sentences: str, area: str = "") -> dict[str, str]:
    """The states that are different after these sentences."""
    conversation = talk(area=area)
    before = conversation.states()
    conversation.say(*sentences)
    return {key: state for key, state in conversation.states().items() if state != before[key]}


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("turn on the kitchen light", {"light.kitchen": "on"}),
        ("Kitchen lights on, please.", {"light.kitchen": "on"}),
        ("switch off the reading lamp", {"light.lamp": "off"}),
        ("turn off the lights in the lounge", {"light.lamp": "off", "light.ceiling_living": "off"}),
        ("turn off all the lights upstairs", {"light.ceiling_bed": "off"}),
        (
            "turn off all lights except the kitchen",
            {"light.lamp": "off", "light.ceiling_living": "off", "light.ceiling_bed": "off"},
        ),
        (
            "turn off all the lights but not the reading lamp",
            {"light.counter": "off", "light.ceiling_living": "off", "light.ceiling_bed": "off"},
        ),
        ("turn off the bedroom two fan", {"fan.bed": "off"}),
        ("turn off the lamp", {"light.lamp": "off"}),
        (
            "turn off everything in the lounge",
            {"light.lamp": "off", "light.ceiling_living": "off", "media_player.tv": "off"},
        ),
        ("turn the tv off", {"media_player.tv": "off"}),
        ("open the blinds", {"cover.blind": "open"}),
        ("raise the living room blind", {"cover.blind": "open"}),
        ("start the vacuum", {"vacuum.rosie": "cleaning"}),
        ("let rosie clean", {"vacuum.rosie": "cleaning"}),
        ("pause the tv", {"media_player.tv": "paused"}),
        ("put oat milk on my groceries list", {"todo.groceries": "1"}),
        ("activate movie night", {"scene.movie": "on"}),
        ("turn off the reading lamp and turn on the kitchen light", {"light.lamp": "off", "light.kitchen": "on"}),
    ],
)
def test_what_is_said_is_done(talk: Talk, sentence: str, wanted: dict[str, str]) -> None:
    """Exactly the things that are meant change, by name, synonym, kind, area, floor, and with exceptions."""
    assert wanted == changed(talk, sentence)


@pytest.mark.parametrize(
    ("sentence", "entity", "attribute", "value"),
    [
        ("set the reading lamp to 40 percent", "light.lamp", "brightness", 102),
        ("set the reading lamp to half brightness", "light.lamp", "brightness", 128),
        ("make the reading lamp a bit brighter", "light.lamp", "brightness", 151),
        ("dim the reading lamp", "light.lamp", "brightness", 49),
        ("make the reading lamp blue", "light.lamp", "color_name", "blue"),
        ("set the reading lamp to warm white", "light.lamp", "color_temp_kelvin", 2700),
        ("set the bedroom fan to 50 percent", "fan.bed", "percentage", 50),
        ("set the blinds to 30%", "cover.blind", "current_position", 30),
        ("set the radiator to twenty one and a half degrees", "climate.bed", "temperature", 21.5),
        ("make it a bit warmer in bedroom two", "climate.bed", "temperature", 19.0),
        ("turn down the heating by two degrees", "climate.bed", "temperature", 16.0),
        ("the kitchen is too dark", "light.counter", "brightness", 151),
        ("set the volume of the tv to 60 percent", "media_player.tv", "volume_level", 0.6),
        ("turn the tv up by 20 percent", "media_player.tv", "volume_level", 0.6),
        ("skip this song", "media_player.tv", "media_track", 4),
        ("mute the tv", "media_player.tv", "is_volume_muted", True),
    ],
)
def test_levels(talk: Talk, sentence: str, entity: str, attribute: str, value: object) -> None:
    """Levels, colors and temperatures in figures and in words."""
    conversation = talk()
    conversation.say(sentence)
    assert value == conversation.home.entities[entity].attributes[attribute]


def test_a_dark_room(talk: Talk) -> None:
    """ "It's a bit dark in here" is meant for the room where we are; where that is not known it is asked for."""
    here = talk(area="Kitchen")
    assert "The kitchen lights" not in here.say("it's a bit dark in here")
    assert 151 == here.home.entities["light.counter"].attributes["brightness"]
    assert 100 == here.home.entities["light.lamp"].attributes["brightness"]

    unknown = talk()

    async def ask() -> tuple[str, Any]:
        question = await unknown.talk("it's too dark")
        await unknown.talk("in the living room")
        return question, unknown.home.entities["light.lamp"].attributes["brightness"]

    assert ("In which room?", 151) == asyncio.run(ask())


def test_a_word_of_a_name_narrows_a_kind(talk: Talk) -> None:
    """The TV is not every player, nor the air conditioning the radiator, though each is the only one with that word."""
    home = a_home()
    speaker = Entity(id="media_player.box", name="Kitchen Speaker", area="kitchen", state="playing")
    cooler = Entity(id="climate.ac", name="Attic AC", area="bed", state="off", attributes={"temperature": 20.0})
    conversation = talk(replace(home, entities={**home.entities, speaker.id: speaker, cooler.id: cooler}))
    conversation.say("pause the tv")
    assert ("paused", "playing") == tuple(conversation.states()[key] for key in ("media_player.tv", "media_player.box"))
    conversation.say("set the air conditioning to 24 degrees")
    temperatures = [conversation.home.entities[key].attributes["temperature"] for key in ("climate.bed", "climate.ac")]
    assert [18.0, 24] == temperatures


def test_one_name_for_two_things(talk: Talk) -> None:
    """A name that two rooms have is asked about; with the room it is clear, and where we are in one of them."""
    assert {"light.ceiling_bed": "off"} == changed(talk, "turn off the ceiling in bedroom 2")
    assert {"light.ceiling_living": "off"} == changed(talk, "turn off the ceiling", area="Living Room")

    two = talk()

    async def ask() -> tuple[str, str, str]:
        question = await two.talk("turn off the ceiling")
        await two.talk("the one in bedroom 2")
        return question, two.states()["light.ceiling_living"], two.states()["light.ceiling_bed"]

    question, living, bed = asyncio.run(ask())
    assert "Which one" in question
    assert ("on", "off") == (living, bed)


@pytest.mark.parametrize(
    ("sentence", "entity"),
    [
        ("unlock the front door", "lock.front"),
        ("open the front door", "lock.front"),
        ("open the garage door", "cover.garage"),
        ("run arrive", "script.arrive"),
        ("turn on the gate opener", "switch.opener"),
        ("activate the gate opener", "switch.opener"),
    ],
)
def test_c1_c8_what_lets_somebody_in_asks_first(talk: Talk, sentence: str, entity: str) -> None:
    """C1, C8: whatever it is called (lock, garage, script that unlocks, switch of a gate), nothing happens unasked."""
    conversation = talk()
    before = conversation.states()

    async def speak(answer: str) -> tuple[str, dict[str, str]]:
        question = await conversation.talk(sentence)
        assert before == conversation.states()
        await conversation.talk(answer)
        return question, conversation.states()

    question, after = asyncio.run(speak("no"))
    assert question.startswith("Shall I")
    assert before == after
    _, after = asyncio.run(speak("yes"))
    assert after[entity] != before[entity]


def test_c8_no_other_tool_reaches_a_lock(talk: Talk) -> None:
    """Not one tool that runs unasked is offered the lock, the garage or the gate, except to lock or to close them."""
    specs = talk().host.specs
    harmless = {"home.lock", "home.close"}
    for name, spec in specs.items():
        if not name.startswith("home.") or spec.effect != "change" or name in harmless:
            continue
        for schema in spec.parameters["properties"].values():
            offered = [*schema.get("enum", ()), *schema.get("also", ())]
            assert not {"Front Door", "Garage Door", "Gate Opener", "Arrive"} & set(offered), name


def test_what_changes_the_home_goes_out(talk: Talk) -> None:
    """Words of strangers in a conversation hold back whatever would change the home, also once its names are known."""
    specs = talk().host.specs
    assert {True} == {specs[f"home.{name}"].outbound for name in ("turn_on", "unlock", "add_item", "close")}
    assert not specs["home.get_state"].outbound


def test_c8_a_group_does_not_take_a_lock_along(talk: Talk) -> None:
    """ "All the switches" are switched on but for the one that opens the gate; "the doors" are never opened unasked."""
    home = a_home()
    lamp = Entity(id="switch.plug", name="Coffee Plug", area="kitchen", state="off")
    conversation = talk(replace(home, entities={**home.entities, lamp.id: lamp}))
    conversation.say("turn on all the switches")
    assert ("on", "off") == (conversation.states()["switch.plug"], conversation.states()["switch.opener"])
    conversation.say("open all the doors")
    assert ("locked", "closed") == (conversation.states()["lock.front"], conversation.states()["cover.garage"])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("is the front door locked", "Yes, the Front Door is locked."),
        ("is the reading lamp off", "No, the Reading Lamp is on."),
        ("is the kitchen window open", "Yes, the Kitchen Window is open."),
        ("are any windows open", "Yes: the Kitchen Window."),
        ("which lights are off", "The Kitchen Light."),
        ("how many lights are on", "4."),
        ("are all the doors locked", "Yes, all doors are locked."),
        (
            "are all the lights off",
            "No: the Counter is on, the Reading Lamp is on, the Ceiling is on, the Ceiling is on.",
        ),
        ("what's the temperature in bedroom two", "It's 19.5 degrees in the Bedroom 2."),
        ("what is on the groceries list", "There is nothing on the Groceries."),
        ("how is the vacuum doing", "The Rosie is docked."),
    ],
)
def test_questions_change_nothing(talk: Talk, question: str, answer: str) -> None:
    """A question is answered from the states, and no service is called."""
    conversation = talk()
    assert answer == conversation.say(question)
    assert [] == conversation.link.calls


def test_partial_success_is_told_exactly(talk: Talk) -> None:
    """What did not answer is named, and is not said to be done."""
    conversation = talk()
    conversation.link.deaf = {"light.lamp"}
    said = conversation.say("turn off the lights in the living room")
    assert "The Ceiling is off. I've sent it, but got no confirmation from the Reading Lamp." == said
    assert {"done": ["light.ceiling_living"], "failed": ["light.lamp"]} == conversation.turn.results[0].data


@pytest.mark.parametrize("sentence", [
    "turn off the reading lamp", "set the reading lamp to 70 percent", "open the blinds", "turn off the bedroom fan",
    "set the radiator to 25 degrees", "pause the tv", "start the vacuum", "put milk on the groceries list",
    "mute the tv", "close the roller", "set the tv volume to 90 percent", "turn off the kitchen fan",
    "make the reading lamp red", "set the bedroom fan to 20 percent",
])  # fmt: skip
@pytest.mark.parametrize("how", ["deaf", "refusing", "unavailable"])
def test_nothing_is_claimed_that_did_not_happen(talk: Talk, sentence: str, how: str) -> None:
    """A device that takes no notice, that refuses, or that is not there: no result is a success."""
    home = a_home()
    if how == "unavailable":
        gone = {key: replace(one, state="unavailable", attributes={}) for key, one in home.entities.items()}
        home = replace(home, entities=gone)
    elif "close" in sentence:  # it is open, so that closing it would be something
        blind = replace(home.entities["cover.blind"], state="open")
        home = replace(home, entities={**home.entities, blind.id: blind})
    link = MemoryHome(home)
    ids = set(home.entities)
    link.deaf, link.refusing = (ids, set()) if how != "refusing" else (set(), ids)
    conversation = talk(link=link)
    reply = conversation.say(sentence)
    assert [False] == [result.ok for result in conversation.turn.results], reply


def test_a_home_that_is_away(talk: Talk) -> None:
    """While the home cannot be reached its names are still known, so that one hears why nothing happens."""
    conversation = talk()
    conversation.link.home = None
    assert "I can't reach your home right now." == conversation.say("turn on the kitchen light")
    assert not conversation.turn.results[0].ok


def test_a_home_that_was_never_reached(talk: Talk) -> None:
    """Its names are not known yet, but what is surely meant for it gets an honest answer; other sentences are left."""
    link = MemoryHome(a_home())
    link.home = None
    conversation = talk(link=link)
    for sentence in ("turn on the kitchen lights", "open the garage door", "are the bedroom lights on"):
        assert "I can't reach your home right now." == conversation.say(sentence)
        assert not conversation.turn.results[0].ok
    assert not conversation.understanding.knows("turn on the radio")
    link.home = a_home()
    asyncio.run(conversation.host.serve())
    assert "The Kitchen Light is on." == conversation.say("turn on the kitchen light")


def test_no_home_at_all(talk: Talk) -> None:
    """Where none is configured the skill takes no sentence away from others."""
    conversation = talk(link=MemoryHome(Home()))
    for sentence in ("turn on the kitchen light", "it's too dark", "next song", "louder", "pause the music"):
        assert not conversation.understanding.knows(sentence), sentence


def test_what_is_not_there_is_said(talk: Talk) -> None:
    """A kind of thing that a room does not have is no success and no silence."""
    conversation = talk()
    assert "I found no Kitchen fans." == conversation.say("turn on the kitchen fan")
    assert not conversation.turn.results[0].ok


def test_new_names_are_understood_at_once(talk: Talk) -> None:
    """A device that comes has its name in the grammar and among the choices of a model; one that goes is gone."""
    conversation = talk()
    assert not conversation.understanding.knows("turn on the lava tube")
    entity = Entity(id="light.lava", name="Lava Tube", area="bed", state="off")
    before = conversation.home
    conversation.link.home = replace(before, entities={**before.entities, entity.id: entity})
    asyncio.run(conversation.host.serve())
    assert conversation.understanding.knows("turn on the lava tube")
    assert "Lava Tube" in conversation.host.specs["home.turn_on"].parameters["properties"]["what"]["enum"]
    conversation.link.home = before
    asyncio.run(conversation.host.serve())
    assert not conversation.understanding.knows("turn on the lava tube")


def test_through_the_protocol(talk: Talk) -> None:
    """The same conversation with Home Assistant's protocol in between; a state that is not reported is not claimed."""

    async def speak() -> tuple[str, str]:
        async with HomeServer().running() as server:
            link = HomeAssistant(server.url, lambda: server.token, timeout_s=2.0)
            conversation = talk(link=link)
            serving = asyncio.create_task(conversation.host.serve())
            await conversation.host.first_lists(5.0)
            done = await conversation.talk("turn on the kitchen light")
            server.tells = False
            silent = await conversation.talk("turn off the kitchen light")
            serving.cancel()
            await asyncio.wait([serving])
            return done, silent

    silent = "I've sent it, but got no confirmation from the Kitchen Light."
    assert ("The Kitchen Light is on.", silent) == asyncio.run(speak())


def test_the_examples_work(talk: Talk) -> None:
    """What the manifest says that one can say is understood, once there is a home."""
    conversation = talk()
    examples = conversation.host.skills["home"].manifest.examples
    assert [] == [text for text in examples if not conversation.understanding.knows(text)]


def test_the_broad_reading(talk: Talk) -> None:
    """What no template of ours covers is read by Home Assistant's own sentences, if the home has such a thing."""
    assert {"light.kitchen": "on"} == changed(talk, "illuminate the kitchen")
    assert not talk(replace(a_home(), entities={})).understanding.knows("illuminate the kitchen")


def test_who_asks_which_hears_names(talk: Talk) -> None:
    """Up to seven names, of more the first ones and how many are left: a number alone answers another question."""
    conversation = talk()
    lamps = {
        f"light.x{number}": Entity(id=f"light.x{number}", name=f"Lamp {number}", area="bed", state="on")
        for number in range(1, 8)
    }
    conversation.link.home = replace(conversation.home, entities=lamps)
    asyncio.run(conversation.host.serve())
    assert "The Lamp 1, the Lamp 2, the Lamp 3, the Lamp 4, the Lamp 5, the Lamp 6 and the Lamp 7." == conversation.say(
        "which lights are on"
    )
    bulbs = {f"light.y{n}": Entity(id=f"light.y{n}", name=f"Bulb {n}", area="bed", state="on") for n in (1, 2)}
    more = {**lamps, **bulbs}
    conversation.link.home = replace(conversation.home, entities=more)
    asyncio.run(conversation.host.serve())
    assert conversation.say("which lights are on").endswith("the Lamp 7 and two more.")


def test_a_name_in_the_plural_is_told_so(talk: Talk) -> None:
    """One thing for the home, several in English; a name that only ends like that stays one."""
    conversation = talk()
    before = conversation.home
    added = [Entity(id=f"light.{key}", name=name, area="bed", state="off") for key, name in NAMES.items()]
    conversation.link.home = replace(before, entities={**before.entities, **{one.id: one for one in added}})
    asyncio.run(conversation.host.serve())
    assert "The Fairy Lights are on." == conversation.say("turn on the fairy lights")
    assert "Yes, the Fairy Lights are on." == conversation.say("are the fairy lights on")
    assert "Chris is off." in conversation.say("turn off chris")


NAMES = {"fairy": "Fairy Lights", "chris": "Chris"}
