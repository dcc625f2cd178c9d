"""Sections about the film or series itself: story, genre, origin, length. Pure data; see slots.py."""

from integrations.providers.offline_text.slots import Section

STORY = Section(
    "story",
    (),
    ["What it is about", "The story", "The premise", "The plot in brief", "In outline", "The setup", "Where it begins"],
    [
        [
            [
                "{overview}",
                "{overview}",
                "The entry sums it up like this: {overview}",
                "In outline: {overview}",
                "This much the entry reveals: {overview}",
                "The starting point, briefly told: {overview}",
            ]
        ],
        [
            [
                "overview|That is as far as the summary goes, and this post gives nothing more away.",
                "overview|More than that is not revealed.",
                "overview|How it goes on is left to the {kind} itself.",
                "overview|The rest is for the {kind} to tell.",
                "overview|The summary stops there, and so does this post.",
                "overview|Anything further would give away more than the catalog does.",
            ]
        ],
    ],
)

GENRE = Section(
    "genre",
    ("label", "genres", "genre"),
    ["Which shelf it belongs on", "The genre question", "Where to file it", "Genre", "The labels on it", "By genre"],
    [
        [
            [
                "The catalog files it under {genres}.",
                "Its genre labels are {genres}.",
                "If you sort your shelves by genre, you have a choice of {genres}.",
                "As genres, the entry gives {genres}.",
                "Ask the catalog for {genres}, and this {kind} comes up each time.",
                "The labels on it read {genres}.",
            ],
            [
                "The only genre label on it is {genre}.",
                "The catalog files it under {genre} and nothing else.",
                "As its genre, the catalog gives {genre}.",
                "It carries one genre label: {genre}.",
                "If you sort your shelves by genre, it goes under {genre}.",
                "Genre: {genre}, and that is all the catalog says.",
            ],
        ],
        [
            [
                "That is {genre_count} labels for one {kind}, so none of them tells everything.",
                "With {genre_count} labels, it does not sit in one corner alone.",
                "It takes {genre_count} labels to place it, which leaves room for interpretation.",
                "Such a row of {genre_count} labels suggests that no single one would do.",
                "A viewer who likes only one of the {genre_count} may still want to know about the others.",
                "Those {genre_count} labels are the catalog's; viewers may weigh them differently.",
            ],
            [
                "Put briefly, it is {pair_label}.",
                "In a few words, that makes it {pair_label}.",
                "So {pair_label} is what to expect.",
                "Whoever looks for {pair_label} has found one.",
                "That is {pair_label}, if a short answer is wanted.",
                "The short description would be: {pair_label}.",
            ],
        ],
    ],
)

ORIGIN = Section(
    "origin",
    ("countries", "date"),
    [
        "Where it comes from",
        "Origins",
        "Place and date",
        "On the map and the calendar",
        "Country and language",
        "Beginnings",
    ],
    [
        [
            [
                "film|It comes from {countries}, and the release date on record is {date}.",
                "film|The catalog dates its release to {date} and its origin to {countries}.",
                "film|It comes from {countries} and was released on {date}, if the record is right.",
                "film|The basics first: it comes from {countries} and was released on {date}.",
                "film|The day of release on record is {date}; the {kind} comes from {countries}.",
                "film|As its origin the catalog gives {countries}, as its release date {date}.",
            ],
            [
                "film|It comes from {countries} and was released in {year}.",
                "film|Released in {year}, it comes from {countries}.",
                "film|The catalog gives {countries} as its origin and {year} as its year.",
                "film|Its origin on file is {countries}, its year {year}.",
                "film|It is a {decade} production from {countries}.",
                "film|On the map it belongs to {countries}, on the calendar to {year}.",
            ],
            [
                "The {kind} comes from {countries}.",
                "The catalog gives {countries} as its origin.",
                "Its origin on record is {countries}.",
                "It is a production from {countries}, the catalog says.",
                "On the map it belongs to {countries}.",
                "As its origin, the record has {countries}.",
            ],
            [
                "film|It was released in {year}.",
                "film|The year on record is {year}.",
                "film|Its year of release is {year}.",
                "film|On the calendar it belongs to {year}.",
                "film|It is a film of the {decade}.",
                "film|The catalog dates it to {year}.",
            ],
        ],
        [
            [
                "The language is {foreign}, so viewers without it will want subtitles.",
                "Its language is {foreign}; for everybody else there are subtitles to look for.",
                "Those who do not follow {foreign} should look for a version with subtitles.",
                "What you hear is {foreign}, unless you choose a dubbed version.",
                "The language on record is {foreign}, which may call for subtitles.",
                "It is in {foreign}, a point to check before an evening without subtitles.",
            ],
            [
                "The language is {language}.",
                "Its language is {language}.",
                "The language on record is {language}.",
                "{language} is its language.",
                "It is in {language}.",
                "The catalog lists one language, {language}.",
            ],
            [
                "The languages on record are {languages}.",
                "Its languages are {languages}.",
                "More than one language is listed: {languages}.",
                "Its list of languages reads {languages}.",
                "It can be heard in {languages}, going by the catalog.",
                "The catalog lists {languages} as its languages.",
            ],
        ],
        [
            [
                "The production company on record is {company}.",
                "The production credit goes to {company}.",
                "It was produced by {company}.",
                "Behind it stands one company, {company}.",
                "As its producer, the credits name {company}.",
                "It is listed as a production of {company}.",
            ],
            [
                "The production companies on record are {companies}.",
                "The production credits go to {companies}.",
                "It was produced by {companies}.",
                "Several companies stand behind it: {companies}.",
                "As its producers, the credits name {companies}.",
                "It is listed as a production of {companies}.",
            ],
        ],
        [
            [
                "The release date was a {weekday}.",
                "The day of release fell on a {weekday}.",
                "For the record, the release date was a {weekday}.",
                "Whoever was there on the day of release went on a {weekday}.",
                "The calendar shows a {weekday} for the day of release.",
                "It was a {weekday} when the film came out.",
            ]
        ],
        [
            [
                "That makes {country_count} countries that share the credit.",
                "With {country_count} countries involved, it is an international production.",
                "So {country_count} countries had a part in it.",
                "In other words, {country_count} countries worked on it together.",
                "It counts as a production of {country_count} countries.",
                "The credit is shared by {country_count} countries.",
            ]
        ],
    ],
)

HOME = Section(
    "home",
    ("countries", "on_network"),
    [
        "Where it comes from",
        "Origins",
        "Country, language, network",
        "On the map and on the air",
        "Where it was shown",
        "Home and language",
    ],
    [
        [
            [
                "It comes from {countries} and is in {language}.",
                "It is a production from {countries}, in {language}.",
                "Made in {language}, it comes from {countries}.",
                "Its origin on record is {countries}, its language {language}.",
                "The entry gives {countries} as its origin and {language} as its language.",
                "On the map it belongs to {countries}; the language is {language}.",
                "From {countries} it comes, and {language} is its language.",
            ],
            [
                "It comes from {countries} and is in {languages}.",
                "It is a production from {countries}, in {languages}.",
                "Made in {languages}, it comes from {countries}.",
                "The entry gives {countries} as its origin and {languages} as its languages.",
                "On the map it belongs to {countries}; the languages are {languages}.",
                "Its languages are {languages}, and it comes from {countries}.",
            ],
            [
                "It comes from {countries}.",
                "The entry gives {countries} as its origin.",
                "It is from {countries}.",
                "Its origin on record is {countries}.",
                "On the map it belongs to {countries}.",
                "It is a production from {countries}.",
            ],
        ],
        [
            [
                "It was shown on {on_network}.",
                "Viewers found it on {on_network}.",
                "The catalog places it on {on_network}.",
                "Its home was {network}.",
                "Its homes were {networks}.",
                "It reached its viewers through {on_network}.",
            ]
        ],
        [
            [
                "Viewers without {foreign} will want subtitles.",
                "Those who do not follow {foreign} should look for a version with subtitles.",
                "For everybody who does not speak {foreign}, there are subtitles to look for.",
                "The language, {foreign}, is a point to check before an evening without subtitles.",
                "Unless you speak {foreign}, a version with subtitles is the one to look for.",
                "With {foreign} as its language, it may call for subtitles.",
            ]
        ],
        [
            [
                "That makes {country_count} countries that share the credit.",
                "With {country_count} countries involved, it is an international production.",
                "So {country_count} countries had a part in it.",
                "It counts as a production of {country_count} countries.",
                "The credit is shared by {country_count} countries.",
                "In other words, {country_count} countries worked on it together.",
            ]
        ],
    ],
)

LENGTH = Section(
    "length",
    ("minutes", "clock"),
    ["The running time", "How long it takes", "Planning the evening", "Time needed", "Minutes and hours", "The length"],
    [
        [
            [
                "It runs for {minutes}, or {clock}.",
                "The running time is {minutes}; in other words, {clock}.",
                "Keep {clock} free: the running time on record is {minutes}.",
                "From beginning to end it takes {minutes}, which comes to {clock}.",
                "At {minutes}, it asks for {clock} of your time.",
                "Its length is {minutes}, that is to say {clock}.",
            ],
            [
                "It runs for {minutes}.",
                "The running time is {minutes}.",
                "From beginning to end it takes {minutes}.",
                "Its length is {minutes}.",
                "It is over after {minutes}.",
                "The length on record is {minutes}.",
            ],
        ],
        [
            [
                "That is {under_two}.",
                "That makes it {under_two}.",
                "Put differently, that is {under_two}.",
                "For comparison, this is {under_two}.",
                "It stays {under_two}.",
                "In round figures: {under_two}.",
            ]
        ],
        [
            [
                "Start it at eight in the evening, take no break, and it ends at {end}.",
                "Begin at eight in the evening and you are done at {end}, breaks not included.",
                "With a start at eight in the evening, the end comes at {end}.",
                "An evening that begins with it at eight has the rest of the night free from {end} on.",
                "If the first minute falls at eight in the evening, the last one falls at {end}.",
                "Those who press play at eight in the evening will reach the end at {end}.",
            ]
        ],
    ],
)

RUN = Section(
    "run",
    ("year", "last", "episodes"),
    ["The run", "Seasons and years", "From first to last", "How much there is", "Years on air", "The count"],
    [
        [
            [
                "It ran from {year} to {last}.",
                "The first episode aired in {year}, the last in {last}.",
                "Its run began in {year} and ended in {last}.",
                "The years to remember are {year}, when it began, and {last}, when it ended.",
                "It was on the air from {year} until {last}.",
                "Its dates are {year} to {last}.",
            ],
            [
                "It began and ended in {only_year}.",
                "All of it was shown in {only_year}.",
                "Its whole run fell in {only_year}.",
                "The run stayed within one year, {only_year}.",
                "It belongs to {only_year} from the first episode to the last.",
                "The first and the last episode both aired in {only_year}.",
            ],
            [
                "It first aired in {year}.",
                "The first episode aired in {year}.",
                "Its run began in {year}.",
                "It has been on record since {year}.",
                "The series started in {year}.",
                "Its first year is {year}.",
            ],
        ],
        [
            [
                "There are {episodes} in {seasons}.",
                "The run comes to {seasons} and {episodes}.",
                "In that time it came to {seasons} with {episodes}.",
                "The count is {seasons} and {episodes}.",
                "It filled {seasons}, with {episodes} in all.",
                "many_seasons|Altogether that is {episodes}, spread over {seasons}.",
            ],
            [
                "It came to {seasons}.",
                "The count is {seasons}.",
                "The run comes to {seasons}.",
                "It lasted for {seasons}.",
                "It filled {seasons}.",
                "many_seasons|On record are {seasons}.",
            ],
        ],
        [
            [
                "That works out at {average} a season.",
                "On average, a season has {average}.",
                "Divided evenly, that would be {average} a season.",
                "A typical season, by that count, has {average}.",
                "Spread evenly, each season would have {average}.",
                "The average is {average} a season.",
            ]
        ],
        [
            [
                "It began in the {decade} and ended in the {last_decade}.",
                "The run reaches from the {decade} into the {last_decade}.",
                "It connects the {decade} with the {last_decade}.",
                "It belongs to the {decade} and the {last_decade} alike.",
                "What started in the {decade} was finished in the {last_decade}.",
                "Both the {decade} and the {last_decade} can claim it.",
            ],
            [
                "The run touches {span} calendar years.",
                "Counting the first year and the last, the run covers {span} calendar years.",
                "It spans {span} years on the calendar.",
                "It was present in {span} calendar years.",
                "From the first to the last, {span} calendar years are involved.",
                "In calendar terms, the run comes to {span} years.",
            ],
        ],
        [
            [
                "An episode runs for about {episode_minutes}.",
                "The length of an episode is about {episode_minutes}.",
                "Each episode takes about {episode_minutes}.",
                "Count on about {episode_minutes} for an episode.",
                "One episode fills about {episode_minutes}.",
                "Episodes last for about {episode_minutes} each.",
            ]
        ],
    ],
)
