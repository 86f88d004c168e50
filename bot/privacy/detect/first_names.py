"""First names that are hardly ever anything else, lower case.

Written by hand from common knowledge. Left out on purpose: names that are also words, months,
places, brands or languages (May, Will, Grace, Mark, Chase, Austin, Florence, Mercedes, Alexa).
"""

_NAMES = """
aaron abdul abdullah abigail adam adele adrian adriana agnes ahmed aisha alan albert alberto
alejandra alejandro alessandra alessandro alexander alexandra alexandre alexis alfonso alfred
alfredo alice alicia alina alison allison alyssa amanda amelia amina amir amit amy ana anastasia
andrea andreas andrei andres andrew angela angelica angelina anita anja anke ann anna anne
annette annika anthony antoine antonella antonia antonio anton arjun arlene arnold arthur arturo
ashley astrid audrey axel barbara bastian beatrice beatriz ben benedict benjamin bernard bernd
bethany betty beverly bianca birgit björn bradley brandon brenda brian bridget bruno bryan
caitlin camila camille carl carla carlos carmen carol carolina caroline caterina catherine cathy
cecilia charles chiara chloe christina christine christoph christopher cindy claire clara
claudia claudio clément colin connor craig cristian cristina cynthia daisuke damien dana daniel
daniela daniele danielle darius darren dave david deborah debra deepak denise dennis derek diana
diane dieter diego dimitri dirk dmitri dominik dominique donald donna dora doris dorothy douglas
dylan edgar eduardo edward edwin eileen elaine elena eleanor elias elif elisa elisabeth elise
elizabeth ella ellen eloise elsa emanuele emil emilia emilie emily emma emmanuel enrico enrique
erica erik erika ernesto esteban esther ethan eugene eva evan evelyn fabian fabio farid fatima
federica federico felipe felix ferdinand fernanda fernando filippo fiona florian francesca
francesco francis francisco franck françois françoise franz frederick fritz gabriel gabriela
gabriella gareth gary geoffrey george georgina gerald gerhard gianluca gianni gilbert giorgio
giovanna giovanni giulia giulio giuseppe gloria gonzalo gordon graham greg gregory greta
guillaume guillermo gustavo hannah hans harold harriet harry hassan heather hector heidi heike
heinrich helen helena helmut henrik henry herbert hiroshi holger howard hugo hussein ibrahim
ignacio ingrid irene irina isaac isabel isabella isabelle ivan jack jacob jacqueline jacques
jake jamal james jamie jana jane janet janice jasmine jason javier jean jeff jeffrey jennifer
jens jeremy jérôme jessica jesús jill joan joana joanna joanne joão joaquín jochen joel johan
johanna johannes john johnny jonas jonathan jordi jorge josé josef joseph josephine joshua juan
juana juanita juha judith julia julian juliana julie julien juliette jürgen justin kai karen
karim karin karl karolina katarina kate katharina katherine kathleen kathryn kathy katie katja
katrin kavita keith kelly ken kenji kenneth kerstin kevin khalid kimberly kirsten klaus kristen
kristin kristina kumar kurt kyle lakshmi lars laura lauren laurence laurent leah leila lena leo
leon leonard leonardo leonie leticia liam lidia lila linda lisa livia logan lorena lorenzo louis
louise lucas lucia lucía lucie lucy luigi luis luisa luiz lukas luke luca lydia magdalena
mahmoud manuel manuela marc marcel marcelo marcia marco marcos marcus margaret margarita margot
maria maría marianne marie mariana marina mario marion marius marlene marta martha martin
martina mary mateo mathieu mathilde matilda matteo matthew matthias matthieu maureen maurice
mauricio maxime megan mehmet mei melanie melissa mia michael michaela michał michel michele
michelle miguel mikhail mila minh miriam mitchell mohamed mohammad mohammed moises monika mónica
muhammad murat mustafa nadia nadine nancy naomi natalia natalie natasha nathan neha neil
nicholas nick nicola nicolas nicole niklas nikolai nils nina noah noémie nora norbert norman
olga oliver olivia olivier omar oscar otto pablo pamela paola paolo patricia patrick paul paula
paulo pedro peter petra philip philipp philippe phillip phyllis pierre pietro priya rachel
rafael rahul rainer raj rajesh ralf ralph ramon raquel raúl rebecca reinhard renate renée
ricardo riccardo richard rita robert roberta roberto rodrigo roger roland rolf ronald rosa
rosemary roxana ruben rudolf russell ruth ryan sabine sabrina salma sam samantha samir samuel
sandra sandro sanjay sara sarah sascha scott sean sebastian sebastián sergei sergio seth shannon
sharon sheila shirley silke silvia simon simona simone sofía sonia sophia sophie stacy stefan
stefania stefano steffen stephan stephanie stephen steve steven stuart sunil susan susana
susanne suzanne svetlana sven sylvia sylvie takeshi tamara tania tanja tara tatiana teresa tessa
theodore theresa thérèse thomas thorsten tiago tiffany tim timothy tina tobias todd tomás
tommaso tony torsten tracy tyler ulrich ulrike ursula uwe valentina valeria valerie vanessa
veronica véronique vicente victor vijay viktor vincent vincenzo virginie vladimir walter wanda
wayne wendy werner wilfried wilhelm william wolfgang xavier yasmin yolanda youssef yuki yusuf
yvonne zachary zoe анна иван мария ольга елена дмитрий сергей алексей андрей наталья татьяна
екатерина александр владимир михаил николай юлия
"""
FIRST_NAMES = frozenset(_NAMES.split())
"""Spelled with and without accents where both are common."""
