"""What stands around the sections: titles, openings, the tone, farewells, headings. Pure data; see slots.py."""

from integrations.providers.offline_text.slots import Slot

POST_TITLES: Slot = [
    [
        "film|{plain} ({year}): a film in facts",
        "series|{plain} ({year}): a series in facts",
        "What the record says about {plain} ({year})",
        "{director}'s {plain}: the key facts",
        "Before you watch {plain} ({year})",
        "A closer look at {plain} ({year})",
        "by cast|{plain}: who made it and who is in it",
        "created_by cast|{plain}: who made it and who is in it",
        "{plain}: {label} of {year}",
        "film|Getting to know {plain}, a film from {year}",
        "series|Getting to know {plain}, a series from {year}",
        "{plain} ({year}) from first credit to last",
        "{plain}: {minutes} from {year}",
        "Notes on {plain} ({year})",
        "{plain}: {many_seasons}, {year} to {last}",
        "{created_by} and {plain}: a portrait in facts",
        "The {decade} on file: {plain}",
        "{plain} ({year}) in names and numbers",
    ],
    ["What the record says about {plain}", "Notes on {plain}", "Getting to know {plain}"],
]

OPENINGS: Slot = [
    [
        "film|{name} is {a_label} from {year}, directed by {by}.",
        "film|The year is {year}, the director is {director}, and the film is {name}.",
        "film|{by} directed {name}, which was released in {year}.",
        "film|Three facts to begin with: {name} was released in {year}, {by} directed it, and it runs for {minutes}.",
        "film|Set aside {minutes} for {name}, the {year} film directed by {by}.",
        "film|Look through the films of the {era} and you will come across {name}, directed by {by}.",
        "film|{cast_three} are all in the cast of {name}, a film from {year}.",
        "film|The catalog dates {name} to {date} and credits {by} with directing it.",
        "film|With a score of {score} out of 10 from {many_reviews}, {name} ({year}) comes with opinions attached.",
        "film|From {countries} comes {name}, a film of {year} directed by {by}.",
        "film|What can be said for certain about {name}? It was released in {year}, and {by} directed it.",
        "film|It takes {clock} to watch {name}, and rather less to read what is known about it.",
        "film|The catalog credits {name} with {oscar_wins}; {by} directed the film, which was released in {year}.",
        "film|Meet {name}, a film that {by} directed and that was released in {year}.",
        "film|One entry among the films of {year} reads {name}, directed by {by}.",
        "series|{name} is {a_label} that first aired in {year}.",
        "series|{created_by} created {name}, which began in {year}.",
        "series|The first year of {name} was {year}, the last was {last}.",
        "series|For {many_seasons}, from {year} to {last}, {name} was on the air.",
        "series|In {year}, {network} began to show {name}.",
        "series|Anyone who wants to see all of {name} has {episodes} to go.",
        "series|The television of the {era} included {name}, a series from {countries}.",
        "series|{cast_three} are all in the cast of {name}, a series that began in {year}.",
        "series|From {countries} comes {name}, a series that first aired in {year}.",
        "series|What can be said for certain about {name}? It first aired in {year}, and {created_by} created it.",
        "series|Meet {name}, a series that {created_by} created and that began in {year}.",
        "series|All of {name} was shown in {only_year}.",
    ],
    ["film|{name} is a film from {year}.", "film|In {year}, {name} was released.", "{by} directed {name}."],
    ["series|{name} is a series that began in {year}.", "{created_by} created {name}."],
    [
        "This post is about {name}.",
        "Here is what the catalog has on {name}.",
        "Here are the facts about {name}, as far as the catalog has them.",
        "The subject of this post is {name}.",
        "What does the catalog know about {name}?",
        "A short look at {name}.",
    ],
]

TONES: dict[str, list[str]] = {
    "friendly": [
        "Here is what you may want to know before you press play.",
        "Make yourself comfortable; the facts will not take long.",
        "If you are wondering whether it is for you, the facts may help.",
        "Let us look at it together, one fact at a time.",
        "You do not need to know anything beforehand; we start from the beginning.",
        "Take a minute with the facts, and then decide for yourself.",
        "Pull up a chair: here is the background.",
    ],
    "neutral": [
        "This post brings together what the catalog records about it.",
        "The following is a summary of its catalog entry.",
        "What follows keeps to recorded facts.",
        "The details given here are those on record.",
        "This is an overview of the names and numbers behind it.",
        "Its entry in the catalog gives the outline that follows.",
        "The main points of its entry are set out here.",
    ],
    "enthusiastic": [
        "Let us dive straight in!",
        "Ready? Here are the facts!",
        "There is always something to discover in the credits, so off we go!",
        "Curious already? Then read on!",
        "Time to meet the names and the numbers behind it!",
        "Here comes the guided tour!",
        "Let us open the file and see what is inside!",
    ],
    "critical": [
        "This post keeps to what can be checked and leaves praise to others.",
        "Reputation is no evidence, so let us look at the record.",
        "Before anyone calls it good or bad, here is what is known.",
        "No verdict is offered here, only the material for one.",
        "Claims need sources; these are the facts that have one.",
        "A sober look at the record comes first; judgement can wait.",
        "What counts here is the record, not the applause.",
    ],
}

FAREWELLS: dict[str, list[str]] = {
    "friendly": [
        "That is the record; whether it is for you, only you can say.",
        "Now you know what you would be sitting down to.",
        "If anything here made you curious, that is reason enough to give it a try.",
        "And if you have seen it already, you may still have found a detail that was new to you.",
        "Watch it alone or in company; the facts stay the same.",
        "Thank you for reading, and enjoy whatever you watch next.",
    ],
    "neutral": [
        "Anything beyond these facts is a matter for viewers and critics.",
        "These are the facts on record; opinions about them are left to the reader.",
        "The record ends here; an assessment is not part of it.",
        "For a judgement, the {kind} itself remains the best source.",
        "With that, the main points of the entry are covered.",
        "How these facts weigh against each other is for each viewer to decide.",
    ],
    "enthusiastic": [
        "So, does it go on your list?",
        "Not bad for a single catalog entry!",
        "Now dim the lights and find out the rest for yourself!",
        "What here would get you to press play?",
        "The facts are in; now it is your turn to watch!",
        "Go and see what the numbers cannot tell!",
    ],
    "critical": [
        "None of this says whether the {kind} is good; it says where a judgement would have to start.",
        "Whether all this adds up to something worth your time, the record cannot say.",
        "A list of credits is not an argument, and this post does not pretend otherwise.",
        "Treat the record as a starting point, and check it against your own viewing.",
        "The facts neither recommend the {kind} nor warn against it.",
        "What a record like this cannot hold is the experience of watching.",
    ],
}

GLANCE_HEADINGS = ["At a glance", "The facts in one place", "Key facts", "In brief", "Quick facts", "The record"]

PEOPLE_HEADINGS = [
    "The people",
    "Makers and cast",
    "Who made it and who is in it",
    "Names to know",
    "The credits",
    "Those involved",
]
