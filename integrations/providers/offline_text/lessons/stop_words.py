"""Words that say little by themselves, in the languages that lessons are asked for. Pure data."""

ENGLISH = """
a able about above according across actually after afterwards again against ago ahead all almost alone along already
also although always am among amount an and another any anybody anyone anything are aren't around as aside ask asked
asks at available away back bad based be became because become becomes been before began begin begins behind being
believe believed below beside besides best better between beyond big both bring brings brought but by call called
calls came can can't cannot case cases cause caused causes certain change changed changes close come comes coming
common commonly complete completely consist consists contain contained contains could couldn't day days describe
described despite did didn't different difficult do does doesn't doing don't done down due during each early easily
easy either else end ends enough entire entirely especially etc even ever every everybody everyone everything exactly
example examples except fact fairly far few fewer finally find finds first follow followed following follows for form
formed former forms found four from full fully further gave general generally get gets getting give given gives giving
go goes going gone good got great greater greatest had half happen happened happens hard has have haven't having he
held help helped helps hence her here herself high higher highest him himself his hold holds how however if ignore
important in include included includes including increase increased increases indeed inside instead into is isn't it
it's its itself just keep keeps kept kind kinds knew know known knows large larger largest last late later latter lead
leads least leave leaves led left less let like likely little long longer look looked looking looks lot low lower made
main mainly make makes making many may maybe me mean means meant might more moreover most mostly move moved moves much
must my myself name named namely near nearly need needed needs neither never nevertheless new next nine no nobody none
nor not nothing now number occur occurred occurs of off often old on once one ones only onto open or other others
otherwise our ours out outside over own part particular particularly parts past people per perhaps place placed places
play plays point points possible previous previously probably provide provided provides put puts quite rather reach
reached reaches really receive remain remained remains result results right said same saw say says second see seem
seemed seems seen sees sentence serve set sets several shall she should show showed shown shows side similar simple
simply since single six small smaller so some somebody someone something sometimes somewhat soon stand stands start
started starting starts state stated states stay still stop such sure take taken takes taking tell tells told speak
speaks spoke spoken ten tend tends term terms than that that's the their them themselves then there thereby therefore
these they thing things think third this those though thought three through throughout thus time times to today
together too took toward towards tried try turn turned turns two type types under unless until up upon us use used
useful uses using usual usually various very via want wants was wasn't way ways we well went were weren't what
whatever when whenever where whereas wherever whether which while who whole whom whose why wide will with within
without won't word words work works would wouldn't write written wrote year years yes yet you your yours yourself
"""

GERMAN = """
aber alle allem allen aller alles als also am an ander andere anderen anderer auch auf aus bei beim bereits bevor bin
bis bist bleibt da dabei dadurch dafür dagegen daher damit danach dann daran darauf darf darin darum darüber das dass
davon davor dazu dein deine dem den denen denn dennoch der deren des dessen deshalb die dies diese diesem diesen
dieser dieses doch dort du durch dürfen ein eine einem einen einer eines einfach einige einigen einmal er erst erste
ersten es etwa etwas euch euer eure für ganz gar gegen geht gehört gibt gilt gut habe haben hat hatte hatten heißt her
hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins ist ja jede jedem jeden jeder jedes
jedoch jetzt kann kein keine keinen keiner können könnte lassen liegt macht machen man manche mehr mein meine meist
mich mir mit muss müssen nach nachdem neben nein nicht nichts noch nun nur ob oder ohne schon sehr sei sein seine
seinem seinen seiner seit selbst sich sie sind so sogar solche soll sollen sollte sondern sonst sowie steht über um
und uns unser unsere unter viel viele vielen vom von vor war waren warum was wegen weil weiter weitere wenig wenn wer
werden wie wieder will wir wird wo wohl wollen wurde wurden während zu zum zur zwar zwei zwischen
"""

FRENCH = """
ai ainsi alors après au aucun aussi autre autres aux avant avec avoir avait ayant beaucoup bien car ce ceci cela celle
celles celui ces cet cette ceux chaque chez comme comment dans de depuis des deux dire dit doit donc dont du elle
elles en encore entre est et eux faire fait font fut il ils je jusqu la le les leur leurs lors lorsque lui mais me
même mêmes mes moins mon ne ni non nos notre nous on ont ou où par parce pas pendant peu peut peuvent plus pour
pourquoi près puis qu quand que quel quelle quelles quelques quels qui quoi sa sans se selon sera ses si son sont sous
sur ta tandis te tes toujours tous tout toute toutes très trop tu un une vers vos votre vous était étaient été être
"""

SPANISH = """
al algo algunas algunos ante antes así aunque cada casi como con contra cual cuales cuando cuanto de del desde donde
dos durante el ella ellas ellos en entonces entre era eran es esa esas ese eso esos esta estaba estado están estar
estas este esto estos fue fueron ha hace hacen hacer hacia han hasta hay la las le les lo los luego mas me mientras
mucho muchos muy más ni no nos nosotros nuestra nuestro o otra otras otro otros para pero poco por porque pues puede
pueden que quien quienes qué se sea según ser si sido siempre sin sino sobre solo son su sus también tan tanto te
tiene tienen toda todas todo todos tras tu un una unas uno unos y ya
"""

ITALIAN = """
agli ai al alcune alcuni alla alle allo altra altre altri altro anche ancora avere aveva c'è che chi ci ciò col come
con contro cosa così cui da dagli dai dal dalla dalle degli dei del della delle dello di dopo dove due e essere fa
fare fino fra già gli ha hanno i il in io la le lei lo loro lui ma mentre mi molti molto ne negli nei nel nella nelle
no noi non nostro o ogni oltre per perché però più poco poi prima può qual quale quali quando quanto quella quelle
quelli quello questa queste questi questo qui se sempre senza si sia sono sopra sotto stata stato su sua sue sugli sui
sul sulla suo suoi tra tutta tutte tutti tutto un una uno vi è
"""

PORTUGUESE = """
ainda algumas alguns ante antes ao aos apenas as assim até cada com como contra da das de depois desde deve do dois
dos durante e ela elas ele eles em entre era eram essa essas esse esses esta estas este estes está estão eu foi foram
fora há isso isto já lhe lo mais mas me mesmo muito muitos na nas nem no nos nossa nosso não nós num numa o onde os ou
outra outras outro outros para pela pelas pelo pelos pode podem por porque pouco quais qual quando quanto que quem se
seja sem sempre ser seu seus sido sobre sua suas são só também tem tendo ter teve toda todas todo todos três tão um
uma umas uns você à às é
"""

DUTCH = """
aan achter al alle alleen als alles andere ander ben bij binnen daar daarom dan dat de der deze die dit doch doen dood
door dus een eens en er ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun ik in is ja je kan kon
kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat ook onder ons op over reeds te tegen
toch toen tot tussen u uit uw van veel voor want waren was wat we wel werd werden wezen wie wij wil worden wordt zal
ze zelf zeer zich zij zijn zo zonder zou
"""

CALENDAR = """
january february april june july august september october november december monday tuesday wednesday thursday friday
saturday sunday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag
sonntag
"""

# Small words of another language that are more in English ("war", "sea"): they count as small where no English stands.
_NOT_IN_ENGLISH = """
bin car comment die dies door due era fare font gut hat man men met nun par plus pour sea solo son van war
"""
NOT_IN_ENGLISH = frozenset(_NOT_IN_ENGLISH.split())
_OTHERS = (CALENDAR, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH)
STOP_WORDS = frozenset(ENGLISH.split()) | (
    frozenset(word for text in _OTHERS for word in text.split()) - NOT_IN_ENGLISH
)
ENGLISH_SIGNS = frozenset(("the", "of", "and", "is", "are", "to", "with"))

# After these a noun is likely.
_DETERMINERS = """
a an the this these that those its their his her our your each every some any no of in into by from with called der
die das den dem des ein eine einen einem einer eines im am zum zur vom beim kein keine le la les un une des du au aux
ce cette ces el los las una del al il lo gli i uno della dello dei degli delle nel o os as um uma do da dos das no na
nos nas de het een
"""
DETERMINERS = frozenset(_DETERMINERS.split())
# Small words that may stand within a name: "Bank of England", "Ludwig van Beethoven".
LINKS = frozenset(("of", "de", "der", "des", "di", "da", "do", "du", "van", "von", "la", "le", "el", "y", "bin", "ibn"))
# A full stop after these ends no sentence; after the second ones it ends none where a number follows.
_ABBREVIATIONS = """
e.g i.e cf vs mr mrs ms dr prof approx ca gen col sgt rev z.b d.h u.a bzw usw evtl ggf vgl bspw sog hr mme mlle ej sra
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
_BEFORE_NUMBERS = """
no nr vol fig art abs bd p pp pág núm st jan feb mar apr jun jul aug sep sept oct okt nov dec dez januar februar märz
april mai juni juli august september oktober november dezember
"""
BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS.split())
