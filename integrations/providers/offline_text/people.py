"""Sections about who made it and who is in it. Pure data; see slots.py."""

from integrations.providers.offline_text.slots import Section

MAKERS = Section(
    "makers",
    ("by", "created_by"),
    ["Who made it", "The makers", "The people behind it", "The creative credits", "Names behind it", "Credited makers"],
    [
        [
            [
                "{by} directed it, and the writing credits go to {writers}.",
                "The directing credit goes to {by}; for the writing, the names are {writers}.",
                "It was directed by {by}, with writing credits for {writers}.",
                "The credits name {by} for the direction and {writers} for the writing.",
                "Under direction stands {by}, under writing {writers}.",
                "The {kind} was directed by {by}; on the writing side stand the names of {writers}.",
                "On the director's side the credits name {by}, on the writing side {writers}.",
            ],
            [
                "{also_wrote} directed it and also has the sole writing credit.",
                "The director is {also_wrote}, who is credited with the writing as well.",
                "Direction and writing are both credited to {also_wrote}.",
                "For the direction as for the writing, the credits give one name: {also_wrote}.",
                "There is no division of labour to report: {also_wrote} is credited as director and as writer.",
                "{also_wrote} holds both credits, for directing and for writing.",
            ],
            [
                "also_wrote_all|{directors} directed it and share the writing credit.",
                "also_wrote_all|Direction and writing are both credited to {directors}.",
                "also_wrote_all|For the direction as for the writing, the credits name {directors}.",
                "also_wrote_all|{directors} appear twice in the credits: as directors and as writers.",
                "also_wrote_all|The directors are {directors}, who are credited with the writing as well.",
                "also_wrote_all|{directors} hold the credits both for directing and for writing.",
            ],
            [
                "The directing credit goes to {by}.",
                "The direction is credited to {by}.",
                "The credits name {by} for the direction.",
                "It was directed by {by}.",
                "{by} directed the {kind}.",
                "As for the direction, the catalog names {by}.",
            ],
            [
                "The series was created by {created_by}.",
                "{created_by} created the series.",
                "The credit for creating the series goes to {created_by}.",
                "The creator on record is {creator}.",
                "The creators on record are {creators}.",
                "It is a creation of {created_by}.",
            ],
            [
                "The writing credits go to {writers}.",
                "For the writing, the catalog names {writers}.",
                "The writing is credited to {writers}.",
                "On the writing side stand the names of {writers}.",
                "Under writing, the credits list {writers}.",
                "The words are credited to {writers}.",
            ],
        ],
        [
            [
                "{director_writer} is credited on both sides, as director and as writer.",
                "One name turns up twice: {director_writer} directed and has a writing credit too.",
                "{director_writer} also had a hand in the writing, the credits say.",
                "That makes {director_writer} director and writer at once.",
                "Note the overlap: {director_writer} stands under direction and under writing.",
                "{director_writer} thus has two credits to one film.",
            ]
        ],
        [
            [
                "The cast list has {director_cast} on it as well.",
                "{director_cast} can be found in the cast, too.",
                "The director's name, {director_cast}, comes up again in the cast list.",
                "And {director_cast} did not stay behind the camera: the cast list has the same name.",
                "Whoever looks closely will find {director_cast} among the cast as well.",
                "In the cast list, {director_cast} appears a second time.",
            ],
            [
                "The cast list has {creators_cast} on it as well.",
                "{creators_cast} can be found in the cast, too.",
                "The creators' side and the cast list share a name or more: {creators_cast}.",
                "Look at the cast list and you will meet {creators_cast} again.",
                "In the cast list, {creators_cast} can be read a second time.",
                "The cast, too, includes {creators_cast}.",
            ],
        ],
    ],
)

CAST = Section(
    "cast",
    ("cast_one", "cast_three"),
    ["The cast", "Who is in it", "Names in the cast", "The players", "Who appears", "The cast list"],
    [
        [
            [
                "The cast list names {cast}.",
                "In the cast are {cast}.",
                "The cast on record: {cast}.",
                "On the cast list stand {cast}.",
                "The credits include {cast}.",
                "The credits list {cast}.",
                "The names to look out for in the credits: {cast}.",
                "few_cast|{cast} make up the whole cast list in the catalog.",
            ],
            [
                "The cast list has a single name: {cast_one}.",
                "One name is on the cast list, that of {cast_one}.",
                "The catalog lists one person in the cast, {cast_one}.",
                "For the cast, the catalog has one entry: {cast_one}.",
                "Only {cast_one} is listed in the cast.",
                "The cast list begins and ends with {cast_one}.",
            ],
        ],
        [
            [
                "The full list in the catalog runs to {cast_total} names, so this is only a selection.",
                "These are some of the {cast_total} names on the list.",
                "In all, {cast_total} people are listed in the cast.",
                "They are a few of {cast_total}, which is how many names are listed.",
                "With {cast_total} names on record, the list could go on for a while.",
                "Altogether, the cast list comes to {cast_total} names.",
            ],
        ],
        [
            [
                "cast|The order says nothing about the size of a part.",
                "cast|Who has the larger part cannot be read from the order of the names.",
                "cast|The catalog does not say who plays whom.",
                "cast|Which parts they play is not recorded.",
                "cast|No ranking is meant by the order.",
                "cast|The list gives names, not parts, so who plays whom stays open here.",
            ]
        ],
    ],
)
