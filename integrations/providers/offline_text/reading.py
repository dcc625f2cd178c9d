"""Sections about what to make of the facts: scores, choices, counts, gaps. Pure data; see slots.py."""

from integrations.providers.offline_text.slots import Section

RECEPTION = Section(
    "reception",
    ("score",),
    ["How it was received", "The score", "Ratings", "What the numbers say", "Opinions in one number", "The reception"],
    [
        [
            [
                "It holds a score of {score} out of 10, based on {reviews}.",
                "The score on record is {score} out of 10, drawn from {reviews}.",
                "Out of {reviews} comes a score of {score} on a scale of 10.",
                "The catalog puts it at {score} out of 10, with {reviews} behind the number.",
                "Its average stands at {score} out of 10, from {reviews}.",
                "many_reviews|Reduced to a number, {reviews} come to {score} out of 10.",
            ],
            [
                "It holds a score of {score} out of 10.",
                "The score on record is {score} out of 10.",
                "The catalog puts it at {score} out of 10.",
                "Its rating is {score} on a scale of 10.",
                "As a rating, the catalog gives {score} out of 10.",
                "Reduced to a number, the reception is {score} out of 10.",
            ],
        ],
        [
            [
                "That is {place}.",
                "This places it {place}.",
                "Seen on a ruler, that lies {place}.",
                "It lands {place}.",
                "That puts the {kind} {place}.",
                "Such a score sits {place}.",
            ]
        ],
        [
            [
                "With {many_reviews} behind it, one opinion more or less hardly moves the number.",
                "A base of {many_reviews} makes for a steady average.",
                "So many voices, {many_reviews} in all, leave little room for chance.",
                "At {many_reviews}, a single dissenter makes no visible difference.",
                "An average over {many_reviews} does not depend on any single one.",
                "A broad base makes a firm figure, and {many_reviews} make a broad base.",
            ],
            [
                "A base of {few_reviews} is narrow, so a few more could move the number.",
                "With {few_reviews}, each single one carries some weight.",
                "An average over {few_reviews} should be read with a little care.",
                "The base, {few_reviews}, is not a broad one.",
                "Since only {few_reviews} went into it, the figure is less firm than it looks.",
                "Keep in mind that {few_reviews} make a small sample.",
            ],
        ],
        [
            [
                "score|A score says how many liked it and how much, but not why.",
                "score|A number like this gives no reasons.",
                "score|What was praised and what was blamed, the number does not show.",
                "score|The arguments behind the score are not part of the record.",
                "score|An average hides the extremes, in both directions.",
                "score|Whether you would agree is another matter.",
            ]
        ],
        [
            [
                "Among the awards, the catalog lists {oscars}.",
                "The catalog's awards entry comes to {oscars}.",
                "Under awards, the entry has {oscars}.",
                "Its awards record, as the catalog keeps it: {oscars}.",
                "As for prizes, the entry shows {oscars}.",
                "The awards line in the catalog adds up to {oscars}.",
            ],
            [
                'The awards line in the catalog reads: "{awards_line}"',
                'Under awards, the catalog says: "{awards_line}"',
                'As for prizes, the entry reads: "{awards_line}"',
                'The catalog\'s awards entry: "{awards_line}"',
                'On awards, the record has this to say: "{awards_line}"',
                'In the catalog\'s words on awards: "{awards_line}"',
            ],
        ],
    ],
)

NUMBERS = Section(
    "numbers",
    (),
    [
        "Counted up",
        "A little arithmetic",
        "The entry in figures",
        "By the figures",
        "A count of credits",
        "How many of what",
    ],
    [
        [
            [
                "Counted up, the entry holds {tally}.",
                "A count of the credits gives {tally}.",
                "In figures, the entry comes to {tally}.",
                "Whoever counts will arrive at {tally}.",
                "The sum of the entry: {tally}.",
                "Add it all up and you get {tally}.",
            ]
        ],
        [
            [
                "As for the decade, it belongs to the {era}.",
                "By decade, it is a {kind} of the {era}.",
                "On a timeline, its place is in the {era}.",
                "Sorted by time, it goes with the {era}.",
                "Its year puts it in the {era}.",
                "For those who think in decades, it belongs to the {era}.",
            ]
        ],
        [
            [
                "On an alphabetical shelf, it stands under {letter}.",
                "Sorted by name, it goes under {letter}.",
                "In an index, look under {letter}.",
                "The letter to look for on the shelf is {letter}.",
                "An alphabetical list has it under {letter}.",
                "Those who keep their shelves in order will find it under {letter}.",
            ]
        ],
    ],
)

FIT = Section(
    "fit",
    (),
    [
        "Is it for you?",
        "Questions to ask yourself",
        "Before you decide",
        "Making up your mind",
        "For whom?",
        "A few questions",
    ],
    [
        [
            [
                "Whether it suits you comes down to a few plain questions.",
                "A record cannot choose for you, but it can ask the right questions.",
                "Still undecided? Then go through a short list.",
                "Taste is personal; a few practical points are not.",
                "To find out whether this is the right choice, it helps to be practical.",
                "Some things can be settled before you start.",
            ]
        ],
        [
            [
                "Do you have {clock} to spare, and are you in the mood for {any_genre}?",
                "Is {clock} the right length for you, and {any_genre} the right direction?",
                "First, the time: {clock}. Second, the mood: {any_genre}.",
                "Count on {clock}, and on {any_genre} as far as the labels go.",
                "If {any_genre} is what you are after, and {clock} is not too long, it qualifies.",
                "It asks for {clock} and for a liking for {any_genre}.",
            ],
            [
                "Are you in the mood for {any_genre}?",
                "The mood should be right for {any_genre}.",
                "If {any_genre} is what you are after, it qualifies.",
                "It asks for a liking for {any_genre}.",
                "Is {any_genre} the right direction for you?",
                "The first question is whether you like {any_genre}.",
            ],
        ],
        [
            [
                "Those who have liked other work by {by} have one more reason to look at this credit.",
                "Do you follow the work of {by}? Then this belongs on the list for completeness alone.",
                "If you know other work by {by}, you have something to compare it with.",
                "Anyone working through the credits of {by} cannot pass over this one.",
                "And if the name of {by} is new to you, here is one place to begin.",
                "Collectors of everything by {by} will need it in any case.",
            ],
            [
                "Those who have liked other work by {created_by} have one more reason to look at this credit.",
                "Do you follow the work of {created_by}? Then this belongs on the list for completeness alone.",
                "If you know other work by {created_by}, you have something to compare it with.",
                "Anyone interested in {created_by} cannot pass over this one.",
                "And if the name of {created_by} is new to you, here is one place to begin.",
                "Collectors of everything by {created_by} will need it in any case.",
            ],
        ],
        [
            [
                "Some viewers choose by the cast, and for them the names of {cast_pair} may settle the matter.",
                "Two names from the cast list as a hint: {cast_pair}.",
                "With {cast_pair} in the cast, there are familiar or new names to watch for.",
                "It may also help to know that {cast_pair} are in the cast.",
                "If you would watch {cast_pair} in anything, the question answers itself.",
                "A look at the cast list, with {cast_pair} on it, may tip the scales.",
            ]
        ],
        [
            [
                "With {many_seasons} to see, it can fill many evenings or only a few, depending on your pace.",
                "Nobody has to watch all {episodes} in one go.",
                "How fast you get through {episodes} is up to you.",
                "At one episode an evening, {episodes} take as many evenings.",
                "One episode is a small risk; {episodes} are a commitment.",
                "Try the first of its {episodes} before you think about the rest.",
            ]
        ],
    ],
)

GAPS = Section(
    "gaps",
    (),
    [
        "What is not on record",
        "Gaps in the record",
        "What this post leaves out",
        "Left blank",
        "Open points",
        "Not in the catalog",
    ],
    [
        [
            [
                "The catalog has no {missing} for this {kind}.",
                "There is no {missing} in the catalog entry.",
                "You will find no {missing} in the entry.",
                "No {missing} is on record.",
                "The record offers no {missing}.",
                "It has no {missing} in the catalog.",
            ]
        ],
        [
            [
                "missing|Rather than guess, this post leaves that blank.",
                "missing|On that point this post has nothing to say.",
                "missing|Nothing has been invented to fill the gap.",
                "missing|A gap is better than a guess, so it stays open here.",
                "missing|That is why the post is silent there.",
                "missing|Guessing would be easy, and wrong.",
            ]
        ],
    ],
)

METHOD = Section(
    "method",
    (),
    [
        "How to read this",
        "A word on method",
        "About the facts",
        "Where this comes from",
        "How this was written",
        "The source",
    ],
    [
        [
            [
                "Every statement in this post comes from one catalog entry or follows from it.",
                "This post draws on one catalog entry and on nothing else.",
                "All that is said here goes back to a single entry in a catalog.",
                "The source of this post is one catalog entry, read from top to bottom.",
                "One catalog entry is the whole basis of this post.",
                "There is one source behind this post: an entry in a catalog.",
            ]
        ],
        [
            [
                "Where the entry is silent, the post is silent too, so it can be no longer than what is known.",
                "What the entry does not contain, you will not find here, however much one might like to add.",
                "Nothing has been added from memory, hearsay or advertising, which is why the post is brief.",
                "It does not judge and it does not guess, and so it ends where the entry ends.",
                "If the entry grows, a later post can say more; until then, this is the state of things.",
                "That keeps the post short, but it also means that each line of it can be checked.",
            ]
        ],
        [
            [
                "Readers who know more are welcome to compare it with what they know.",
                "Those who want to go further will have to watch, or to look elsewhere.",
                "Take it as a card in an index: little, but in order.",
                "It is meant as a first orientation, not as the last word.",
                "For anything beyond that, other sources have to be asked.",
                "Think of it as a label on a box rather than as a description of what is inside.",
            ]
        ],
        [
            [
                "The wording is chosen by rule, the facts are taken over as they stand.",
                "No statement here rests on taste, and none was written to sell anything.",
                "Mistakes in the entry would be mistakes here, too, so corrections belong there.",
                "Names are spelled as the entry spells them, and numbers are copied, not estimated.",
                "Should something here be wrong, the entry is the place to put it right.",
                "What follows from a fact by simple arithmetic counts as known; opinions do not.",
            ]
        ],
    ],
)
