"""Last names that are common somewhere, lower case.

Written by hand from common knowledge. A last name alone is no evidence, since many are words, firms
or places as well: it only makes a name of the word before it.
"""

_NAMES = """
abbott acosta adams adeyemi afolabi agarwal agrawal aguilar aguirre ahmad ahmadi ahmed akhtar
akinyemi albrecht alexander ali allison almeida alonso alvarado alvarez andersen anderson andersson
andrade andrews ansari aoki appiah aquino araujo araújo arias armstrong arora arroyo asante atkins
atkinson avila ayala aydin azevedo bach bachmann bailey bakker balogh banerjee barbosa barnett
barrera barrett barros bartlett barton basu bauer baumann baxter beck becker bell beltrán benedetti
benitez bennett benson benítez berg berger bergmann bernard bertrand bhatt bhattacharya bianchi
blair blanc blanchard blanco bläser boateng bonnet borges bose bouchard boucher bowen bowman boyd
boyer braun bravo brennan briggs brock brooks brouwer browning bruno bryant buchanan bukowski
burgess burke burnett burns burton busch byrne böhm cabrera calderon calderón caldwell callahan
cameron campbell campos cano cardoso carlson carpenter carr carrillo carroll carson carter carvalho
castaneda castañeda castillo castro ceballos chakraborty chambers chandler chang chapman charles
chatterjee chaudhary chaudhry chavez chen cheng cheung chopra choudhury chowdhury christensen
christiansen chung chávez clark clarke clemens clements coleman collins colombo conti contreras
conway cooper copeland corbett cordero correia cortes cortez cortés costa coulibaly crawford cruz
cunningham curtis dahl dalton danso davidson davies davis dawson dejesus delgado deluca demir
demirci desai devi diallo diaz dickson dietrich dijkstra dixon dlamini dominguez domínguez
donaldson donnelly doyle drummond dubois duffy dufour dumont duncan dunn duong dupont duran durand
durán dutta dyer díaz eaton edwards ekström elliott ellison eriksson escobar espinosa espinoza
esposito estrada evans everett eze fabre farrell faulkner fausto feng fernandes fernandez fernández
ferrara ferrari ferreira ferrer figueroa fischer fisher fitzgerald fitzpatrick fleming fletcher
flores fofana fonseca fontaine forbes fournier fowler franke franklin fraser freeman freitas
friedman friedrich fuchs fuentes fujita fuller gagnon galindo gallagher gallego gallo galvan garcia
garcía gardner garnier garrett garza gauthier geiger gentile george gerber ghosh gibbs gibson
giordano girard giuliani goldberg goldstein gomes gomez goncalves gonzales gonzalez gonzález
gonçalves goodman goodwin gordon graf graham granados graves greco greene greenwood griffin
griffith griffiths guerin guerra guerrero gupta gustafsson gustavsson gutierrez gutiérrez guzman
guzmán gómez haas hagen hahn hamilton hammond hansen hanson harper harris harrison hartley hartmann
harvey hasan hassan hawkins hayashi hayes henderson hendricks henriksen henry heredia hernandez
hernández herrera herrmann hicks higgins hines hoang hodges hofer hoffman hoffmann hofmann holm
holmberg holmes holt hopkins horvat horváth hossain howard howell huang huber hubert hudson huerta
hughes hussain hussein huynh ibrahim ibáñez iglesias ingram isaac islam ito itō ivanov ivanova iyer
jackson jacobs jacobsen jacobson jain jakobsen james jansen jansens janssen jansson jenkins
jennings jensen jha jimenez jiménez johansen johansson johnson johnston jones jonsson joseph joshi
juarez jung juárez jäger kaiser kamara kang kapoor karlsson katz kaufman kaufmann kaur kavanagh
kaya keller kelley kelly kennedy kenyatta khan khanna khatun kim kimura kirchner klein knight
knudsen kobayashi koch koenig kovac kovacs kovač kovács kowalczyk kowalska kowalski kozłowski kraft
krause krishnan krueger kruger krämer krüger kuhn kulkarni kumar kuznetsov kuznetsova kwon köhler
kühn k\u0131l\u0131ç lachance lacroix lambert lang lange langley lara larsen larson larsson
lavoie lawson
leblanc leclerc lefebvre lehmann leitner lemaire leonard lewandowski lewis lin lindberg lindqvist
lindström liu lloyd lombardi lombardo lopes lopez lorenz lowe lozano lucero ludwig lund lundgren
lynch lópez macdonald machado macias macías madsen maes magnusson mahajan mahmood maier maldonado
malik mancini mann manning marchand marchetti mariani marin marino marques marquez marshall martel
martinelli martinez martini martins martínez marx marín massey mathews matos matsumoto matthews
maurer maxwell mayer mazur mbeki mccarthy mccormick mccoy mcdonald mcdowell mcgee mcgrath mcguire
mcintyre mckenzie mckinney mclaughlin mclean mcmahon mcmillan mcnamara medeiros mehta meier meijer
melo mendes mendez mendoza menon mensah mercier merino meyer michaud michel miller miranda mishra
mitchell mitra mohammed molina monroe montgomery montoya moore mora moraes morales moreau moreira
morel moreno moretti mori morin morris morrison morrow mortensen moser moss moyo mueller mukherjee
mulder muller munoz murphy murray muñoz márquez méndez möller müller naidoo nair nakamura nash
naumann navarro ndiaye neal nelson neumann newman newton nguyen nguyễn nichols nicholson nielsen
nieto nilsson nkosi noel nolan novak novotný novák nowak nunes nunez nyström núñez o'brien o'connor
o'donnell o'neill obrien ochoa oconnor odonnell oduya ogawa ogden okafor okeke okonkwo okoye
oliveira oliver olsen olson olsson oneal oneil oneill orozco ortega ortiz ortíz osborne osorio
otero otieno owens owusu ozturk pacheco padilla palmer papadopoulos parker parra parsons patel
paterson pathak patil patterson paul pauli pavlov payne pearson pedersen pena pereira perera perez
perkins perrin perrot peters petersen peterson petit petrov petrova petrovic petrović pettersson
peña pfeiffer pham phan phillips pichler pillai pinto piras pohl ponce poole popescu popov popova
porter posada poulsen powell prasad pratt preston prieto pritchard pérez quinn quintana quintero
qureshi rahman raman ramirez ramos ramsey ramírez randall rao rasmussen reddy redmond reid reilly
reinhardt renard reyes reynolds rhodes ribeiro ricci richards richardson richter riggs rinaldi rios
rivas rivera robbins roberts robertson robinson robles rocha rodgers rodrigues rodriguez rodríguez
roger rogers rojas romano romero rosario rosas rosen rosenberg rossi rousseau roussel roux rowe
ruiz russell russo ryan ríos saha sahin saito saitō salazar salgado salinas salvatore samson samuel
sanchez sandberg sanders sandhu sandoval santos sanz saunders sawyer schaefer scherer schmid
schmidt schmitt schmitz schneider scholz schreiber schroeder schröder schubert schultz schulz
schulze schumacher schuster schwab schwartz schwarz schäfer scott seidel serrano seth sethi shah
shaikh sharma shaw sheikh shelton shepherd sheridan shimizu shrestha siddiqui silva simmons simon
simpson sims sinclair singh sinha skinner smirnov smirnova smit smith snyder soares solis solomon
solís soto sousa souza spencer stafford stein steiner stephens stephenson stevens stevenson stewart
stokes strickland suarez sullivan sutherland sutton suzuki suárez svensson svoboda swanson sweeney
szabo szabó szczepański szymański sánchez takahashi tamura tanaka tapia taylor teixeira terrell
thapa thiel thomas thompson thomsen thomson thornton tiwari todd torres toth townsend tran traore
traoré tremblay trujillo trần tucker turner tyler tóth ueda upadhyay valdez valdés valentine vance
vargas vasquez vaughan vaughn vazquez vega velasco velasquez velásquez venter vera verma vidal
vieira villanueva villegas vincent virtanen visser vogel vogt volkov vásquez vázquez wagner walker
wallace walsh walter walters walton wang warner warren watanabe watkins watson watts weaver webb
weber webster wei weiss welch wenger werner westerberg westergaard wheeler whitaker whitehead
whitfield whitney wiggins wilcox wilkerson wilkins wilkinson williams williamson willis wilson
winkler wiśniewska wiśniewski wolf wolff wong woodard woodward wright wu wójcik xu yadav yamada
yamaguchi yamamoto yamashita yang yates yeung yildirim yilmaz yoder yoon yoshida yousef
y\u0131ld\u0131r\u0131m
y\u0131lmaz zamora zapata zavala zhang zhao zheng zhou zhu ziegler zimmerman zimmermann álvarez
ávila
özdemir öztürk şahin бондаренко волков волкова иванов иванова коваленко кузнецов кузнецова морозов
морозова новиков новикова петров петрова попов попова смирнов смирнова соколов соколова шевченко
"""
SURNAMES = frozenset(set(_NAMES.split()))
del _NAMES
