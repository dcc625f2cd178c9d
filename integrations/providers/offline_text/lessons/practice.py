"""The second half of a study guide: after reading. Pure data; see methods.py."""

from integrations.providers.offline_text.lessons.methods import Ask, Method

EXPLAINING = Method(
    name="explaining",
    titles=["Explain it in your own words", "Say it simply", "Say it to somebody", "Say it aloud"],
    briefs=[
        "Explain what you have found to somebody who has never heard of it.",
        "An explanation aloud, and what the places where you get stuck tell you.",
    ],
    objective="Explain {topic} aloud to somebody, without technical terms.",
    leads=[
        "The test of understanding is an explanation. Tell somebody who has never heard of it what you have found out "
        "about {topic}.",
        "You can nod at a sentence about {topic} without being able to say it yourself. So say it yourself.",
        "Imagine a friend asks you about {topic} on a short walk. What do you say first, and what do you leave out?",
    ],
    claim="Where you cannot go on without a technical term, you have found the place to study again.",
    heads=["How to explain", "Aloud, and without notes", "One round of explaining"],
    steps=[
        "Choose a listener, real or imagined, who knows nothing about it.",
        "Explain aloud, in short sentences, with your notes closed.",
        "When you get stuck, make a mark and go on; look up only the marks afterwards.",
        "Explain it again in half the time.",
        "Let the listener explain it back to you, and hear what was lost.",
    ],
    starters=["Put simply, …; it is a little like …, except that …", "What matters most is …, because without it …"],
    on_quote="Try it with this sentence of the material:",
    tasks=(
        "Explain the topic in three sentences that a child would understand. Write them down.",
        "Explain it in ten sentences without a technical term; then bring back the one term that you missed most.",
        "Explain it three times: in one sentence, in a paragraph, and to somebody who knows it well. What could only "
        "the last one hear?",
    ),
    further="A comparison helps until it is taken too far. For every comparison you use, say where it stops being "
    "true.",
    ask=Ask(
        "What have you found where you cannot go on without a technical term?",
        (
            "The place to study again",
            "The end of the explanation",
            "Proof that the topic cannot be explained",
            "A listener who does not pay attention",
        ),
    ),
)

EXAMPLES = Method(
    name="examples",
    titles=[
        "Examples, for and against",
        "One that fits, one that does not",
        "Cases that fit, cases that do not",
        "Case by case",
    ],
    briefs=[
        "Tie general statements to cases, and look for the case that does not fit.",
        "Collect examples, and learn from those that resist.",
    ],
    objective="Give an example and a counter-example for a general statement.",
    leads=[
        "General sentences about {topic} are easily said and easily forgotten. A case ties them down.",
        "When somebody tells you something general about {topic}, ask for a case. Ask yourself, too.",
        "An example shows what a sentence about {topic} means, and a counter-example shows where it ends.",
    ],
    claim="For every rule, collect one example that fits and one that does not.",
    heads=["Collecting cases", "Where examples come from", "From a sentence to a case"],
    steps=[
        "Take a general statement from your notes.",
        "Find a case of it that you could point at, and describe it in two sentences.",
        "Look for a case that seems to fit and does not, and say what is missing.",
        "Change one thing in your example until it is no example any more.",
        "Ask whether the exceptions have something in common.",
    ],
    starters=["An example of this is …; no example is …, because …", "It would still hold if …, but no longer if …"],
    on_quote="Find a case of what this sentence says, and one that it does not cover:",
    tasks=(
        "Write down two examples from your own life or work.",
        "Write down three examples and one counter-example, each with a sentence on why it is one.",
        "Build the hardest case you can: one on which two reasonable people would disagree. Say what each of them "
        "would point at.",
    ),
    further="An example that everybody uses is convenient and may be a special case. Find one that nobody has handed "
    "you.",
    ask=Ask(
        "What does the lesson ask you to collect for every rule?",
        (
            "One example that fits and one that does not",
            "As many examples as possible that fit",
            "A definition from a dictionary",
            "Another rule that is shorter",
        ),
    ),
)

PRACTISING = Method(
    name="practising",
    titles=["Practising from memory", "Closing the notes", "Answering from memory", "Again, without looking"],
    briefs=[
        "Answer from memory first, compare afterwards, and come back in a few days.",
        "Small tests that you set yourself, spread over several days.",
    ],
    objective="Answer your own questions from memory before you compare.",
    leads=[
        "Reading about {topic} once more feels like practice, and it is not quite the same. Practice is answering "
        "without looking.",
        "Once you have notes on {topic}, put them to use as a question paper, with you as the examiner.",
        "Whatever you want to keep of {topic}, you should be able to bring back with the page closed.",
    ],
    claim="Close your notes first, answer from memory, and only then compare.",
    heads=["A round of practice", "How to practise", "Set yourself a test"],
    steps=[
        "Write each question on one side of a card and the answer on the other.",
        "Answer aloud or in writing before you turn the card.",
        "Sort the cards into two piles: known, not yet known.",
        "Come back to the second pile tomorrow, and to both in a week.",
        "Mix the cards, so that the order does not give the answer away.",
    ],
    starters=["Without looking, I would say that …", "I remember …, and I am missing …"],
    on_quote="Read this sentence, cover it, and say it again in your own words:",
    tasks=(
        "Make five cards and go through them twice, today and tomorrow.",
        "Make ten cards. After each round, rewrite the one that you got wrong so that the question is clearer.",
        "Write a short test for somebody else: one question on a fact, one on a reason, one on an unfamiliar case. "
        "Take it yourself in three days.",
    ),
    further="Being wrong from memory and then comparing is part of the method. Note the wrong answers: they are the "
    "best questions you have.",
    ask=Ask(
        "In which order does the lesson ask you to practise?",
        (
            "Close the notes, answer, then compare",
            "Compare, answer, then close the notes",
            "Read everything again, then answer",
            "Answer with the notes open, then read them aloud",
        ),
    ),
)

GAPS = Method(
    name="gaps",
    titles=["Finding the gaps", "What is not there yet", "A list of gaps", "What you cannot answer yet"],
    briefs=[
        "Find out what you cannot answer yet, and close one gap at a time.",
        "An honest list of what is missing, from the largest gap to the smallest.",
    ],
    objective="Name what you cannot answer yet, and decide which gap to close next.",
    leads=[
        "By now you know more about {topic} than at the beginning, and that makes it easier to see what is missing.",
        "A gap that you have named is half closed. So take stock of {topic}: what could you not answer if somebody "
        "asked?",
        "There will be things about {topic} that you skipped because they were hard. This section goes back to them.",
    ],
    claim="Keep a list of gaps, and strike out a line only when you can answer it aloud.",
    heads=["Taking stock", "How to find gaps", "From gap to answer"],
    steps=[
        "Go through your questions and mark those without an answer.",
        "Look for words in your notes that you use but could not explain.",
        "Put the gaps in order: which one stands in the way of the others?",
        "Write for each gap who or what could close it.",
        "Decide which gaps you will leave open, and say why.",
    ],
    starters=["I still cannot say why …", "I use the word … without being sure what it means"],
    on_quote="What would you still have to know to be sure of this sentence?",
    tasks=(
        "Write down the two things that you understand least, and ask somebody about one of them.",
        "List five gaps, close the one that stands in the way of most others, and see which of the rest go with it.",
        "List your gaps and those of your sources: what do they leave out as well? Write a paragraph on the gap that "
        "you find most telling.",
    ),
    further="Some gaps are yours and some belong to the subject: nobody may have an answer yet. Find out which kind "
    "yours is before you spend a week on it.",
    ask=Ask(
        "When may you strike out a line on your list of gaps?",
        (
            "When you can answer it aloud",
            "When it has been there for a week",
            "When you have read something about it",
            "When it no longer interests you",
        ),
    ),
)

USING = Method(
    name="using",
    titles=["Using what you know", "A small task", "Put it to work", "Make something of it"],
    briefs=[
        "Do something with what you have learnt: small, real, and finished.",
        "A piece of work that shows whether your knowledge carries weight.",
    ],
    objective="Use what you have learnt in a small piece of work of your own.",
    leads=[
        "Knowing about {topic} and being able to do something with it are two things. A small project brings them "
        "together.",
        "Give what you have learnt about {topic} something to do. It need not be large; it should be finished.",
        "Somebody could be helped by what you now know about {topic}. Find out who, and make something for them.",
    ],
    claim="Choose a task that is small enough to finish and real enough to go wrong.",
    heads=["From idea to piece of work", "How to go about it", "The project"],
    steps=[
        "Choose what to make: a page, a drawing, a talk, a plan, a thing that works.",
        "Say who it is for, and how you will notice that it helps.",
        "Make a rough version in one sitting.",
        "Show it to somebody and listen without defending it.",
        "Improve one thing, then stop, and write down what you would do differently.",
    ],
    starters=["I will make … for …, and it is done when …", "It would have failed if …"],
    on_quote="Decide what follows from this sentence for your piece of work:",
    tasks=(
        "Make one page about the topic for somebody you know, and give it to them.",
        "Make a poster, a short talk or a set of instructions, and try it on two people.",
        "Solve a problem that somebody really has, and write a page on where your knowledge was enough and where it "
        "was not.",
    ),
    further="Keep the rough version. Comparing it with the last one shows what you learnt by making it, which no "
    "reading would have told you.",
    ask=Ask(
        "Which task does the lesson ask you to choose?",
        (
            "One that is small enough to finish and real enough to go wrong",
            "One that cannot go wrong",
            "One that takes as long as possible",
            "One that somebody else has already solved",
        ),
    ),
)

RECAP = Method(
    name="recap",
    titles=["A look back", "Back to the first page", "What has changed", "Where you stand now"],
    briefs=[
        "Compare what you can say now with your first page, and plan the next step.",
        "A look back at the first page, and a date for the next look.",
    ],
    objective="Say what has changed since your first page, and plan the next step.",
    leads=[
        "This lesson stated no facts about {topic}; what you know now, you found, checked and practised yourself. Time "
        "to look at it.",
        "You began with {topic} and a page from memory. Now see what has become of both.",
        "The lesson gave you ways of working at {topic}, not answers. See how far they took you.",
    ],
    claim="Go back to your first page and compare it with what you can say now.",
    heads=["In a few lines", "The way once more", "To finish"],
    steps=[
        "Write down the main points from memory, without notes.",
        "Look up your open questions in two sources that do not copy from each other.",
        "Explain the answers aloud, and mark where you get stuck.",
        "Correct the lines of your first page that turned out to be wrong.",
        "Choose a day next week for going through it again.",
    ],
    starters=[
        "At first I thought that …; now I would say that …",
        "The most useful source was …, and my next question is …",
    ],
    tasks=(
        "Write three sentences about the topic that you could not have written before. For each, name where you have "
        "it from.",
        "Write half a page on the topic from memory, compare it with your notes, and mark every correction.",
        "Write a page on the topic for somebody who begins where you began: what to read first, what to doubt, what to "
        "practise.",
    ),
    further="Look at the way, too: which step helped most, and which did you skip? The next topic will be easier for "
    "it.",
    ask=Ask(
        "With what should you compare what you can say now?",
        (
            "With your first page",
            "With somebody else's notes",
            "With the table of contents of a book",
            "With the title of the lesson",
        ),
    ),
)
