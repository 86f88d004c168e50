"""First names that are hardly ever anything else, lower case.

Written by hand from common knowledge. Left out on purpose: names that are also words, months,
places, brands or languages (May, Will, Grace, Mark, Chase, Austin, Florence, Mercedes, Alexa).
"""

_NAMES = """
aarav aaron abby abdul abdullah abel abigail abigaïl abraham adaeze adam adebayo adelaide adele
adeline aditi aditya adolfo adrian adriana adriano adrienne adwoa agatha agnes agnieszka ahmad
ahmed aidan aileen aimee aino aisha aisling ajay akash akiko akira akosua akshay alan alastair
albert alberto albrecht alec alejandra alejandro aleksander aleksandr aleksandra alena alessandra
alessandro alessia alessio alexander alexandra alexandre alexis alfie alfonsina alfonso alfred
alfredo algernon alhassan alice alicia alija alina alireza alison alistair allan allen allison
alois alok alphonse althea alva alvaro alvin alyssa amadi amaka amalia amanda amar ambrose ameer
amelia amelie amina aminata amir amit amos amy amélie ana anais anand ananya anastasia anastasios
anatoly anaïs anders andrea andreas andreea andrei andres andrew andrii andrzej andré andrés angela
angelica angelika angelina angus anika anil anish anisha anita anja anjali anke ann anna anne
anneke annelies anneliese annemarie annette annie annika anouk ansel anselm anthony antje antoine
anton antonella antoni antonia antonina antonio antony anuj anushka aparna apolline arash archana
archibald ariana arianna ariel arif arjun arlene arlo armand armando armin arnaud arne arnold
arnulfo aroha arron arthur arturo arun arvid arvind asha ashley ashok ashwin asif asim asma astrid
athena aubrey audrey augustin augustine augusto aurelia aurelien aurore aurélie avinash axel ayaka
aylin ayman ayodele ayse ayumi ayush ayşe azra babajide babette bahar balthazar baptiste barbara
barnaby barry bart bartholomew bartosz bashir basilio bastian beata beate beatrice beatriz becky
bellamy ben benedict benita benito benjamin benjamín benny benoit benoît berenice bernadette
bernard bernardo bernd berta bertha berthold bertram beth bethany betsy bettina betty beverly
bhavesh bhavna bianca bilal birgit birgitta birte björg björn blaise blanca blanche blas bobby
bohdan bojan bonita bonnie boris boubacar bozena bożena bradford bradley brandon branislav branko
brenda brendan brenna brent brett brian brianna bridget bridgette brigitta brigitte briony britta
brittany brittney bronagh brooke bruce brunhilde bruno bryan bryce bryn byron caitlin caleb callum
calvin cameron camila camilla camille candace candice caoimhe carina carl carla carlo carlos
carlota carlotta carlton carmela carmelo carmen caro carol carole carolina caroline carsten casimir
caspar cassandra cassie catalina catarina caterina cath cathal catherina catherine cathleen cathrin
cathrine cathy catriona cecile cecilia cecilie cedric celeste celia celine celso cesar chantal
charlene charles charlie chen-wei cheryl chetan chiamaka chiara chidi chidinma chinedu chinonso
chinwe chioma chloe chris christa christel christelle christiane christina christine christoph
christophe christopher christos chukwuemeka cian ciara cillian cindy claire clara clarence clarissa
claude claudette claudia claudine claudio clayton clemens clementine clifford clifton clint clive
clémence clément cody colette colin colleen concepción conchita connie connor conor conrad
constance constantin consuelo cora coralie cordelia corey corinna corinne cornelia cornelius cosmin
costas courtney craig cristian cristina cristóbal curtis cynthia cyril cyrus cécile cédric céline
césar daan dagmar dagny daisuke dalal dalia dalila damian damiano damien damon dana dani danica
daniel daniela daniele danielle danilo danièle danny daphne daria darin dario darius darlene
darnell darren darryl darshan daryl darío dave david davide davina dawid dayna dayo deandre deanna
debbie deborah debra declan deepa deepak deepika deirdre delia delphine demetrius denis denisa
denise dennis derek derya deshawn desiree desmond detlef devin devra dewi dhruv diana diane dianne
diarmuid didier diederik diego dieter diether dietmar dietrich dilan dilara dimitra dimitri
dimitrios dina dinesh dino diogo dionne dirk divya djamel dmitri dmitrii dmitriy dolores domenico
domingo dominic dominik dominique domnall donald donna donovan dora doreen dorian doris dorota
dorothea dorothy dorte dotty doug douglas dragan duarte duncan dusan dustin dwayne dwight dylan
désirée eamon ebere eddie edgar edith edmond edmund edna edoardo edouard eduard eduardo edvard
edward edwige edwin efosa efraim egon eike eileen eilidh einar eirik ejike ekaterina elaina elaine
elba eldon elea eleanor elena eleni eleonora eleonore elfriede elias elif elijah elin elina elio
elis elisa elisabeth elise eliseo eliza elizabeth elke elkin ella ellen ellie elliott elmer elodie
eloise elouise eloísa elsa elspeth elton elvira elvis elwood emad emanuel emanuele emeka emil emile
emilia emiliano emilie emily emine emir emma emmanuel emmett enid enoch enrico enrique enzo ephraim
eric erica erich ericka erik erika erin erkan erling erna ernest ernesto ernst errol erwin esme
esmeralda esmé esteban estefanía estelle esther ethan etienne euan eudora eugene eugenia eugenie
eugenio eulalia eunice eusebio eva evan evangeline evelina evelyn evelyne everett ewa ewan eyal
ezekiel ezequiel ezra fabian fabien fabienne fabio fabiola fabricio fabrizio fadel fadi faisal
fanny farah farhan farid farouk fatemeh fatih fatima fatma fatou faustino fausto faye federica
federico felicia felicitas felicity felipe felix femi ferdinand fergus fernand fernanda fernando
ferran fidel filippo fiona fiorella flavia flavio floortje florentina florian florin floris floyd
flynn folake fran frances francesca francesco francis francisco franciszek franck frank frankie
franz françois françoise fred freda freddie frederic frederick frederik frederike freya frida
frieda friedrich fritz frédéric fumiko funmi fátima félix gabor gabriel gabriela gabriele gabriella
gail galina gareth garry gary gaspard gaston gaurav gavin gayatri gaël gearóid geert gemma
genevieve geneviève geoff geoffrey george georgina geraint gerald geraldine gerard gerda gerhard
gerrit gertrude ghada giacomo gianluca gianni gilbert gilberto gilda gilles gillian gina ginevra
gino giorgio giovanna giovanni girish gisela gisele gisèle gita giulia giulio giuseppe gladys
glenda glenn gloria glynn godfrey gonzalo gopal goran gordana gordon gosia gottfried graham grazyna
grażyna greg gregor gregorio gregory greta gretchen grete grigory grzegorz guadalupe gudrun guido
guilherme guillaume guillermo gunnar gunter gunther gustavo gwen gwendolyn gwyneth gyula gábor
gérard günter günther habib habiba hadi hadiza haim haitham hakan hakim halima halina hamad hamid
hamish hamza hana hani hanna hannah hanne hanneke hannelore hans hans-peter harald hari harish
harold harpreet harriet harry harsha haruka haruki haruto hasan hassan hatem hattie hayden hayley
heather hector hedwig heidi heike heikki heiko heinrich heinz helen helena helene helga hellen
helmut helmuth hemant hendrik hendrika henrietta henriette henrik henrique henry herbert heribert
herman hermann hermine hernan hernán herschel hilary hilda hilde hildegard hina hiroko hiroshi
hiroyuki holger horacio horst hortense hossein houda howard howie hubert huda hugh hugo humberto
huseyin hussain hussam hussein hyacinth hyun-woo hélène hüseyin iain ian ibrahim ibrahima idris
ieuan ifeanyi ifeoma ignace ignacio ignatius igor ihor ikenna ikram ilaria ilda ildikó ilias ilka
ilona ilse ilya iman imelda immanuel imogen imran indira ines inga inge ingeborg inger ingo ingrid
ingvar inigo inès inés inês ioana ioannis irena irene irina irma irmgard irving irwin isaac isabel
isabella isabelle isadora isaiah isha ishaan ishita isidore isidro isla ismael ismail isolde istvan
istván itzel ivan ivana ivar ivo ivonne iwona izabela iñaki jaap jabari jaber jacinta jacinto jack
jackie jaclyn jacob jacobo jacopo jacqueline jacques jacqui jada jagdish jaime jake jakob jakub
jalal jamal james jamie jamil jamila jana jane janek janelle janet janette janez janice janina
janine janis janna janne jannik jared jarek jaroslav jarosław jarrod jarvis jasmin jasmine jason
jaspreet jatin javier jawad jayden jaylen jayne jazmín jean jean-claude jean-luc jean-marc
jean-paul jean-pierre jeanette jeanine jeanne jeannette jeff jeffery jeffrey jelena jemima jen
jenna jennie jennifer jenny jens jeremy jerome jerry jess jesse jessica jessie jesús jethro jette
ji-hoon jiho jihoon jill jillian jim jimena jimmy jin-ho jiwoo joachim joan joana joann joanna
joanne joaquim joaquin joaquina joaquín jocelyn jochen jodie joe joel joelle joerg johan johann
johanna johannes john john-paul johnny jolanda jolene jolie jonah jonas jonatan jonathan
jonathon jonna joop jordi jorge joris josef josefa josefina joselyn joseph josephina josephine josh
joshua josiah josie josip josé joyce jozef joão joëlle juan juan-carlos juana juanita judi judith
judy juha jules julia julian juliana juliane julie julien juliet julieta juliette julio julius
jumoke junko jussi justin justina justine justyna jutta jyoti jérôme józef jörg jürg jürgen kabir
kacper kai kaitlin kaitlyn kajsa kamal kamala kamil kamila kamlesh kamran kanchan kaori kapil karan
kareem karel karen karim karima karin karina karl karla karlheinz karolina karsten karthik kartik
kasia kasper katalin katarina katarzyna kate katelyn katerina katharina katherine kathi kathleen
kathrin kathrine kathryn kathy kati katie katinka katja katriina katrin katrina kaushik kavita kaya
kaylee kaylin kazimierz kazuki kazuo keanu keegan keiko keiran keisha keith kelechi kelechukwu
kelley kellie kelly kelsey kemal ken kendra kendrick kenji kenneth kenny kenta kerry kerstin ketan
kevin khadija khadijah khaled khalid khalil kian kiara kieran kiki kim kimberley kimberly kiran
kirill kirk kirsten kirsty kishore kiyoshi kjell klaas klara klaudia klaus knut koen kofi komal
konrad konstantin kornelia kristen kristian kristie kristiina kristijan kristin kristina kristine
kristofer kristoffer kristopher kristy krystal krystyna krzysztof kumar kunal kurt kwabena kwame
kwesi kyla kyle kylie kyra lachlan ladislav laila laith lakisha lakshmi lalit lamar lambert lamont
lara larissa larry lars lasse laszlo latasha latifa latisha latonya latoya laura laureen lauren
laurence laurens laurent lauri laurie lauro lauryn lavinia lawrence layla leah leander leandro
leanne lech leela leif leigh leila leilani lena lenka lenny lenora leo leocadia leon leona leonard
leonardo leonid leonie leonor leonora leopold leoš lerato leroy lesley leslie lester leszek leticia
letizia levi lewis lexi lia liam lidia lidija lieke liesbeth lieselotte lila lilian liliana lilith
lillian lillie lilly lina linda lindsay lindsey linh linus lionel lior lisa lise liselotte lisette
livia livio liz liza lizzie ljiljana lloyd lluís logan lois lola lolita lonnie lore loreen lorena
lorenzo loretta loris lorna lorraine lothar lotte louella louis louisa louise lourdes luana luann
luba lubna lubomir luc luca lucas lucia lucian luciana luciano lucie lucien lucille lucinda lucy
lucía ludger ludivine ludmila ludovic ludovica ludwig luigi luis luisa luiz luiza lukas lukasz luke
lutz luísa lydia lyle lynda lyndon lynette lynn lynne lyudmila lászló lázaro maaike mabel maciej
mackenzie maddalena maddie madeleine madeline madelyn madhav madhuri mads maeve mafalda magali
magda magdalena magdalene magnus maha mahdi mahendra mahesh mahmoud mahmud maia maja majid makoto
maksim malcolm malgorzata malik malika mallory malte mamadou mandy manfred manish manisha manjula
manoj manolo manon manpreet mansour manuel manuela maran marc marcel marcela marcelle marcellus
marcelo marcia marcin marco marcos marcus marcy marek margaret margaretha margarethe margarita
marge margery margit margo margot margret margrethe marguerite mari maria mariah mariam mariama
marian mariana marianne mariano maribel maricela marie marieke mariella marietta marijke marika
mariko marilou marilyn marina mario mariola marion maris marisa marisol marissa marit marita
maritza marius mariusz marjan marjolein marjorie markus marla marleen marlene marlon marnie marsha
marta martha martijn martin martina martine martino martyn marvin marwan mary mary-ann mary-jane
maryam maryann maría masaki masako masashi massimo mateo mathias mathieu mathilde mathis matias
matilda matilde mats matt matteo matthew matthias matthieu mattia mattias matty matías maud maura
maureen maurice mauricio maurizio mauro maxime maximilian maximiliano maxine maya mayra mayumi
małgorzata mbali meenakshi meera meg megan meghan megumi mehdi mehmet mehran mei mei-ling melanie
melba melina melinda melisa melissa melvin meredith merete meryem meta mette mia micaela micah
michael michaela michal michalina michaël michał micheal michel michele michelle michiel michiko
michèle miguel miguel-ángel mihaela mihai mikael mike mikel mikhail mikkel mikko mikołaj mila
milagros mildred milena milica milos miloš milton min-jun mina mindy minh minho minji minna miranda
mireille miriam mirjam miroslav mitch mitchell mitsuki miyuki modesto mohamed mohammad
mohammad-reza mohammed mohan mohit mohsen moira moises mollie molly mona monika monique montserrat
morgane moritz morten moses moshe mounir muhammad muhammed mukesh mukta muna munir murat muriel
murray mustafa mustapha myra myrna myrtle mónica nabil nada nadezhda nadia nadim nadine nadja
nadège naia naima najib najwa nanami nancy nandini nando naoki naoko naomi narendra naresh narges
nasir nasrin nasser nastasia natalia natalie natasha natasza nate nathalie nathan nathaniel natsuki
naveen navid nawal nayeli nazanin ndidi neelam neha neil nell nellie nelly nelson nenad nerea
nestor neville ngozi nguyet niall nicholas nichole nick nicola nicolai nicolas nicole nicoletta
nicolás nicolò niels nieves nigel nikhil nikita nikki niklas niklaus niko nikola nikolai nikolaos
nikolaus nikolina nikos nilda nilesh nils nilüfer nimra nina nirmala nisha nishant nitin nizar
njeri nkechi nnamdi noah noam noelia nolan nomsa noor nora norbert noreen norma norman noémie
noëlle nuno nuria nuru nwachukwu néstor núria obinna odalys odette odile ogechi oisín okafor oksana
olaf olamide olav ole oleg oleksandr oleksii olena olesya olga oliver olivia olivier oliwia olof
olufemi oluwaseun oluwatobi omar omari omid omkar ondřej onur onyeka ophelia orla ortrud orville
osama oscar osvaldo oswald otis ottavia ottilie otto oumar ovidiu owen oğuz pablo paddy padma
pallavi paloma pamela panagiotis pankaj paola paolina paolo paras parisa parth pascal pascale
pascual pasquale patrice patricia patricio patrick patrik patrizia patrycja patsy patti patty paul
paula paulette paulina pauline paulo pavan pavel pawel paweł pedro peggy pekka penelope percy perla
pernille petar pete peter peterson petr petra petri petronella petros phil philip philipp philippa
philippe philippine phillip philomena phoebe phuong phyllis pierre pierre-yves piers pieter pietro
pilar piotr pippa polly pooja poonam porfirio prachi pradeep prakash pramod pranav prasad prashant
prateek pratik praveen preeti priscilla pritam priya priyanka przemysław puja puneet quang quentin
quinten rachael rachel radek radhika radosław radu raelene rafael rafał rafe raffaele raffaella
rafi raghav ragnar rahul raimund raina rainer raj rajan rajendra rajesh rajiv rajni raju rakesh
ralf ralph raluca ramesh rami ramiro ramon ramona rana randal randall randy rani rania ranjana
ranjit ranveer raouf raphael raphaël raquel rasheed rashid rashmi rasmus raul ravi raymond raymundo
raúl reba rebecca rebekah reece reem reena reese reginald regis reiko reilly reinaldo reiner
reinhard reinhold remco remi renata renate renato rene rené renée reto reuben reynaldo reza rhea
rhiannon rhoda rhonda rhys ricarda ricardo riccardo richard rick ricky rieke rikke rima ringo rishi
rita ritesh ritika ritu ritva riyad robbie robby robert roberta roberto robyn rochelle rocio rocío
roderick rodger rodney rodrigo rogelio roger rogério rohan rohini rohit roisin roland rolande
rolando rolf romain romy ron ronald ronaldo ronan ronja ronnie ronny rory rosa rosalia rosalie
rosalind rosalinda rosana rosanna roscoe roseanne rosemarie rosemary roshan rosie rosina rosita
ross roswitha rowena roxana roxanne roy roya ruben rubén rudi rudolf rudy rukia rupa rupert russell
ruth ruthie ruud ryan ryo ryota ryszard régine rémi rémy róisín saba sabine sabrina sachiko sachin
sadie saeed safiya sahar saif sakiko sakshi sakura salah saleh salim sally salma salome salvatore
sam samantha sameer samina samir samira sammy samuel sana sandeep sandhya sandi sandra sandrine
sandro sangeeta sanja sanjana sanjay sanjeev sanna sanne santino santosh saoirse sara sara-jane
sarah sarai saraswati sari sarina sarita sascha sasha satish satomi satoshi saul savita saúl scott
seamus sean sebastiaan sebastian sebastiano sebastien sebastián seema sefa selena selim selina
selma seojun serafina serena serge sergei sergey sergio serhii seth seun severin shaan shahid
shailesh shaina shalini shamika shana shane shanice shanika shankar shanna shannon shanta shantel
shari sharon sharonda shashi shaun shauna shawn shawna shea sheena sheila sheldon shelley sherri
sherrie sherry sherwin sheryl shigeru shilpa shinji shinobu shira shirin shirley shivani shlomo
shota shraddha shreya shruti shubham shyam siavash sibusiso sibylle siddharth siddhi sidney
siegfried sigmund signe sigrid sigrun silas silke silvana silvano silvester silvia silvio simen
simeon simon simona simone simran sina sinan sindre sinead sinéad siobhan siobhán sipho sissel siv
sizwe siân slavica slobodan smita sneha snezana sofie sofija sofía solange solveig solène
sonal sonia sonja soo-jin sophia sophie sophus soraya soren sorin soumya sourav soyeon spencer
spyros srinivas srinivasan sriram stacey stacie stacy stanislas stanislav stanisław stavros
stefan stefania stefanie stefano stefanos steffen stefka sten steph stephan stephane stephanie
stephanus stephen steve steven stig stijn stu stuart stéphane stéphanie subhash subramaniam sudhir
sujata suleiman suman sumit sung-min sunil sunita supriya surendra suresh surya susan susana susann
susanna susanne sushma susi susie suvi suzan suzanna suzanne suzette suzie svein sven svenja
svetlana swapnil swati sybil sylvain sylvester sylvia sylvie szymon séamus sébastien søren süleyman
sławomir taavi tabea tabitha tadashi tadeusz tadhg tahir taiwo takashi takeru takeshi takumi talal
tamara tamas tamer tamika tammy tamsin tamás tania tanisha tanja tanmay tanvi tanya tara tarek
tarini tariq tarun tasha tatiana tatjana tatsuya tatyana ted teddy tegan tejas temitope tendai
terence teresa teresita teri terrance terrell terri terrie terry tess tessa thabo thaddeus thandiwe
thanh thao thaís thea thelma themba theo theodor theodora theodore theresa thiago thibaud thibault
thies thijs thomas thomasina thora thorben thore thorsten thulani thuy théo thérèse tiago tiana
tiarnan tibor tiffani tiffany tilda tillie tilly tim timo timothy timothée timur tina tirza tobiah
tobias toby tod todd togrul tom tomas tomasina tomasz tomek tomi tommaso tommy tomohiro tomoko
tomás tomáš toni tonia tony tonya torben tord torsten tracey traci tracy travis trent trevor tricia
trina trinh trish trisha tristan trudy trupti trygve tuan tunde tuomas tuula tyler tyrell tyrone
uchenna uday ugo ulf ulla ulrich ulrika ulrike uma umar umberto umesh ursel ursula urvashi usha
usman uta ute uwe vaclav vaibhav valentin valentina valentino valeria valerie valeriya valery
valère valérie vandana vanessa vanja varsha varun vasco vasile vasiliki vasily vasudha velma venkat
vera verena verna vernon veronica vesna vicente vicki vickie vicky victor vidar vidya vijay vijaya
vikas vikram viktor viktoria viktoriia vilma vimal vinay vince vincent vincenza vincenzo vineet
vinh vinnie vinod violeta violetta vipul virgil virginie vishal vishnu vito vittoria vittorio
viveca vivek vivian viviana vivien vivienne vlad vladimir vladislav volker volodymyr václav
véronique wael walaa waldemar waleed walid wallace walt walter waltraud wambui wanda wanjiru waqar
wassim wayne wei wendy werner weronika wes wesley wiebke wieland wiesław wiktor wiktoria wilbur
wilfred wilfredo wilfried wilhelm wilhelmina willem willemijn william willie wilma winfried
winifred wissam wojciech wolfgang woodrow wouter wyatt władysław xander xaver xavier xenia xiaoming
ximena xin-yi xiomara yaa yadira yael yahya yamileth yana yanick yann yannick yannis yaroslav yaser
yash yashoda yasin yasir yasmin yasmina yasmine yassine yasuo yelena yesenia yetunde yeşim yogesh
yoko yolanda yolande yoon-ah yosef yoshi yoshiko yosuke youngho youssef youssouf ysabel yui yuka
yuki yukiko yulia yuliya yumi yuri yusra yusuf yusuke yuto yves yvette yvonne zac zach zachariah
zachary zack zahra zaid zainab zainabu zaki zane zanele zara zbigniew zdeněk zeb zehra zeina zeinab
zelda zelma zena zenobia zeynep zhen-wei ziad zita zlatko zoe zofia zoltan zoltán zora zoran zoë
zsolt zsófia zubair zuzana zygmunt álvaro édouard élise élodie émile étienne íñigo özge özlem
łukasz александр алексей андрей андрій анна артем артём вера виктор виктория владимир володимир
вячеслав галина геннадий георгий григорий даниил денис дмитрий евгений евгения екатерина елена иван
игорь илья ирина кирилл константин ксения лариса людмила максим марина мария микола михаил надежда
наталья наталія никита николай оксана олег олександр ольга павел пётр роман светлана сергей сергій
станислав степан тамара татьяна тетяна тимур фёдор эдуард юлия юрий яна ярослав ірина
"""
FIRST_NAMES = frozenset(set(_NAMES.split()))
"""Spelled with and without accents where both are common."""
del _NAMES
