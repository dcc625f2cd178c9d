"""The first half of a study guide: before and while reading. Pure data; see methods.py."""

from integrations.providers.offline_text.lessons.methods import Ask, Method

START = Method(
    name="start",
    titles=["What you already know", "Starting from what you know", "Before you look anything up", "A first page"],
    briefs=[
        "Write down what you know, what you believe and what you wonder about, before you read anything.",
        "A first page from memory: it shows where to begin, and at the end how far you have come.",
    ],
    objective="Fill a page with what you already know about {topic}, and mark what is not sure.",
    leads=[
        "This lesson is a study guide to {topic}. No source came with the topic, so it states no facts about it: it "
        "shows how you can find, check and learn them.",
        "You want to learn about {topic}. Nothing but these words was given, so you will find no facts about the topic "
        "here; you will find a plan for getting hold of them and making them your own.",
        "The topic is {topic}. Since no source came with it, this is no explanation but a way of working: which "
        "questions to ask, where to look, how to check and how to practise.",
    ],
    claim="Before you look anything up, write down what you already know, however little it is.",
    heads=["Your first page", "A page from memory", "How to begin"],
    steps=[
        "Take an empty page and write down whatever comes to mind when you read the topic.",
        "Mark each line as sure, not sure, or only heard of.",
        "Turn every line that is not sure into a question.",
        "Note where each line comes from: school, work, a talk, a film, a guess.",
        "Beside each line that you are sure of, write what would show you that it is wrong.",
    ],
    starters=[
        "I know that …, I believe that …, and I have never understood why …",
        "The first thing that comes to my mind is …, and I have it from …",
        "If I had to explain it right now, I would say that …, and I would get stuck at …",
    ],
    tasks=(
        "Write three lines: one thing you know, one you have only heard, and one you would like to know. Keep the "
        "page: you will need it again.",
        "Fill half a page, mark the lines, and choose the two questions that you most want answered. Keep the page: "
        "at the end you will compare.",
        "Fill a page, mark the lines, and put your questions in order: which must be answered first, so that the "
        "others can be answered at all? Keep the page: at the end you will compare.",
    ),
    further="If the page stays nearly empty, that is a result too: then your first source should be an overview. If "
    "it is full, begin with the line whose loss would hurt most.",
    ask=Ask(
        "What does the lesson ask you to do before you look anything up?",
        (
            "Write down what you already know",
            "Copy a definition",
            "Read one source from beginning to end",
            "Draw up a timetable for the week",
        ),
    ),
)

# Instead of the leads above, where a context came that is too little to take a lesson from.
SCANT_LEADS = [
    "This lesson is a study guide to {topic}. The context that came with the topic is too little to take a lesson "
    "from, so it states no facts about the topic: it shows how you can find, check and learn them.",
    "You want to learn about {topic}. In the context that was given, the offline writer found too few sentences or "
    "terms to make a lesson of. What you get is a plan for getting hold of the facts and making them your own.",
]

PARTS = Method(
    name="parts",
    titles=["Taking the topic apart", "The words of the topic", "What the topic is made of", "Word by word"],
    briefs=[
        "Take the words of the topic one by one and ask of each what it means here.",
        "A large topic becomes several small ones once its words are looked at singly.",
    ],
    objective="Take the topic apart, and say what each of its words means here.",
    leads=[
        "A topic is easier to grasp in pieces. Read {topic} slowly: its words raise questions of their own, and the "
        "list below asks some of them.",
        "Look at the wording first. In {topic}, which words do you take for granted, and which could mean more than "
        "one thing?",
        "Before you go looking for answers, look at the words {topic} themselves. Each of them was chosen by "
        "somebody, and another word would have made it another topic.",
    ],
    claim="Take the topic apart word by word, and ask of each word what it means here.",
    heads=["Questions to the words", "Piece by piece", "What to ask of each word"],
    starters=["Here, this word means …; it does not mean …", "Without this word, the topic would be about …"],
    on_quote="See whether the material uses these words, or others in their place:",
    tasks=(
        "Choose the word that is hardest for you. Look it up in a dictionary and write down what it means here, in one "
        "sentence.",
        "Write one sentence about each word: what it means here. Then write one about how they belong together.",
        "Replace one word of the topic by another, and describe in five sentences how the topic changes. What does "
        "that show about the word you took out?",
    ),
    further="Notice which words are technical terms, which are everyday words, and which look like everyday words but "
    "are used as technical terms. The last kind deserves most of your care.",
    ask=Ask(
        "How does the lesson propose to make a large topic smaller?",
        (
            "By taking it apart word by word",
            "By leaving out whatever is difficult",
            "By learning the longest word by heart",
            "By reading only the first page of a source",
        ),
    ),
    in_order=False,
)

QUESTIONS = Method(
    name="questions",
    titles=[
        "Questions worth asking",
        "Turning words into questions",
        "What do you want to find out?",
        "Good questions",
    ],
    briefs=[
        "Turn the topic into questions that have an answer.",
        "Collect questions, sort them, and choose the one to begin with.",
    ],
    objective="Ask questions about the topic that can be answered and checked.",
    leads=[
        "A topic only tells you where to look; a question tells you what to look for. Turn {topic} into questions "
        "before you open anything.",
        "With a question in hand you know what you are reading for, and when you may stop. So the next step with "
        "{topic} is to ask.",
        "Curiosity needs a shape. Give yours the shape of questions about {topic}, and write down every one of them.",
    ],
    claim="A good question is one where you would notice if the answer were wrong.",
    heads=["How to find questions", "From words to questions", "Collect, then choose"],
    steps=[
        "Write one question with each of these words: what, who, when, where, how, why.",
        "Where yes or no would be an answer, ask again with how or why.",
        "Mark the question whose answer would help you most.",
        "Write beside each question what kind of answer you expect: a name, a number, a reason, a procedure.",
        "Look for a question that two people who know the topic would answer differently.",
    ],
    starters=["What would be different if …?", "How does it come about that …, and who would know?"],
    on_quote="Put your questions to this sentence of the material:",
    tasks=(
        "Write five questions. Read them aloud and keep the three that you really want answered.",
        "Write eight questions and sort them: easy, hard, impossible to answer. Begin with an easy one that leads to a "
        "hard one.",
        "Write ten questions and draw arrows between them: which answer is needed for which? Begin where most arrows "
        "start.",
    ),
    further="Be wary of questions that hide an assumption. Ask of each one what must be true for it to make sense at "
    "all, and whether you have checked that.",
    ask=Ask(
        "How does the lesson tell a good question?",
        (
            "You would notice if the answer were wrong",
            "It can be answered with yes or no",
            "Many people have asked it before",
            "It uses as many technical terms as possible",
        ),
    ),
)

SOURCES = Method(
    name="sources",
    titles=["Finding sources", "Where to look", "Choosing your sources", "Two sources and more"],
    briefs=[
        "Find sources that are independent of each other, and know what each of them is good for.",
        "A short search plan, from an overview to an original.",
    ],
    objective="Find two sources that do not copy from each other, and say what each is good for.",
    leads=[
        "What you learn about {topic} is only as good as the places it comes from. Choose them before you read, not "
        "afterwards.",
        "You cannot read everything about {topic}, and you need not. A few sources, well chosen, take you further "
        "than a long list.",
        "For {topic}, decide first which kinds of voices you want to hear: a textbook, a reference work, somebody who "
        "deals with it every day.",
    ],
    claim="Use at least two sources that do not copy from each other.",
    heads=["A short search plan", "How to look", "Steps of the search"],
    steps=[
        "Begin with an overview: a reference work, or an introduction written for learners.",
        "Write down who made each source, when, and for whom.",
        "Prefer a source that names its own sources.",
        "Ask a librarian, a teacher or a colleague which single title they would begin with.",
        "Go back to an original at least once: the data, the document, somebody who was there.",
    ],
    starters=[
        "I trust this source on …, because …, but not on …",
        "This source was made by … for …, and it says nothing about …",
    ],
    on_quote="One source says this; find a second one that says the same, or something else:",
    tasks=(
        "Find two sources, write their names on a page, and add a sentence on what each of them is good for.",
        "Find three sources of different kinds. For each, note one thing that it says and the others do not.",
        "Find four sources, one of them an original, and draw which of them takes from which. Keep those that stand on "
        "their own feet.",
    ),
    further="Agreement shows little where all sources go back to the same one. Follow the references until you reach "
    "the first that says it.",
    ask=Ask(
        "Which sources does the lesson ask for, at the least?",
        (
            "Two that do not copy from each other",
            "One, provided that it is long",
            "Several copies of the same text",
            "None, if your memory is good",
        ),
    ),
)

CHECKING = Method(
    name="checking",
    titles=["What counts as checked", "Is it so?", "How sure is it?", "A test for statements"],
    briefs=[
        "Put a statement to the test before you rely on it.",
        "Who says so, how could they know, and who says otherwise?",
    ],
    objective="Check a statement before you rely on it.",
    leads=[
        "Finding a statement about {topic} is easy; finding out whether it holds is the work. This section is about "
        "the second step.",
        "Not everything you will read about {topic} has to be right, and the tone does not tell. A check does.",
        "Before a statement about {topic} goes into your notes as a fact, let it pass a small test.",
    ],
    claim="Count a statement as checked only when a second, independent source says the same.",
    heads=["The test", "How to check", "Step by step"],
    steps=[
        "Write the statement as one plain sentence.",
        "Ask who says so, and how they could know.",
        "Look for the same statement in a source that had no part in the first one.",
        "Note what speaks against it, even if you think that it is right.",
        "Write beside it how sure you are, and what would change your mind.",
    ],
    starters=[
        "I have read that …; so says …, too, and against it speaks …",
        "To be sure that …, I would have to see …",
    ],
    on_quote="Here is a sentence to test:",
    tasks=(
        "Choose one statement and look for it in a second source. Write down: the same, different, or not there.",
        "Choose three statements, look for each in a second source, and rewrite those that turn out to be too simple.",
        "Choose the statement on which most of the others depend. Collect what speaks for it and what against it, and "
        "judge in five sentences.",
    ),
    further="A statement that was shown to be wrong is one thing; a statement that you did not find elsewhere is "
    "another. Write down which of the two you have.",
    ask=Ask(
        "When does the lesson count a statement as checked?",
        (
            "When a second, independent source says the same",
            "When it sounds convincing",
            "When one page says it several times",
            "When it is said in a firm tone",
        ),
    ),
)

NOTES = Method(
    name="notes",
    titles=["Taking notes you can use", "Notes in your own words", "What to write down", "A good note"],
    briefs=[
        "Take notes that you can still read, and trust, in a month.",
        "One thought to a note, its source beside it, copied words marked as copied.",
    ],
    objective="Take notes that keep your own words and copied ones apart.",
    leads=[
        "Whoever reads about {topic} without a pen is left with the feeling of having understood. Notes show whether "
        "it is more than a feeling.",
        "Notes on {topic} are letters to yourself. Write them so that you can still read them in a month.",
        "What you write down about {topic}, and how you do it, decides what you can use later.",
    ],
    claim="Write notes in your own words, and put every copied sentence in quotation marks.",
    heads=["Rules for a note", "How to take notes", "What makes a good note"],
    steps=[
        "Give each note one thought, and a heading of its own.",
        "Write the source beside it at once.",
        "Leave a wide margin for questions and second thoughts.",
        "Draw a small picture or a table where words get long.",
        "When you have ten notes, sort them anew and see which order explains more.",
    ],
    starters=["In short: …; what I do not see yet is how …", "The point is …; an example is …; I have it from …"],
    on_quote="Take a note on this sentence without copying it:",
    tasks=(
        "Write one note: a heading, two sentences of your own, the source.",
        "Write three notes from one source and one from another that says something different about the same thing.",
        "Write six notes from different sources, sort them in two different ways, and say which order you would teach "
        "in.",
    ),
    further="Now and then, put the source away before you write. What you then write is yours, and what you cannot "
    "write is what you have to read again.",
    ask=Ask(
        "What should stand in quotation marks in your notes?",
        (
            "Every copied sentence",
            "Your own questions",
            "The heading of each note",
            "Whatever you are unsure of",
        ),
    ),
    in_order=False,
)
