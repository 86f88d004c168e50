"""What no model may word the answer to: danger, threats, fraud under way, law, press.

Phrases with person, tense and negation, after the idioms that only look like them were taken out.
A floor with next to no false alarms, not the only layer.
"""

import re
from enum import Enum

from bot.fixed.phrases import compiled, spoken
from bot.fixed.wishes import asks_for_human

__all__ = ["Topic", "asks_for_human", "topic_of"]


class Topic(Enum):
    """Why a turn takes the fixed path; in the order in which they are looked for."""

    SELF_HARM = "self_harm"
    THREAT = "threat"
    FRAUD = "fraud"
    """Going on now: an account taken over, a code given away."""
    LEGAL = "legal"
    PRESS = "press"


_IDIOMS = compiled(
    """
    (is|are|was|app|site|fees?|wait|queue|website) killing me
    kill(ing)? myself (laughing|over|with|trying|to get|working)
    (dying|die|died) (to know|to try|of (embarrassment|laughter|boredom|shame)|laughing)
    cut myself (off|a|some|out|shaving|short|cooking)
    (hurt|harm) myself (financially|by|at (work|the gym))
    kill (for|the|this|that|my|it|time|two|a|an) (coffee|card|subscription|account|session|
      process|time|order|direct debit|app|payment|birds|few|it)
    (someone|named|called|name is|i am|i'm|with|to|from|by|aunt|mrs|ms|miss|hi|hello|dear) sue
    so sue me|can i sue|power of attorney|attorney in fact
    blow(n|ing|s)? up my (phone|inbox|mail)|dead (wrong|right|line|battery|phone|card)
    press (the|on|release|button|conference|enter|ok|any|and hold|pass|1|one|2|two)
    (stop|prevent|keep|stopping|preventing) (someone|anyone|people|anybody|thieves)( else)? from
    (not|n't) (be )?suicidal|suicide (squad|prevention day)
    """
)
_WILL = (
    "(i|we)( \\w+)? (will|shall|am going to|are going to|am gonna|want to|wanna|plan to|intend to"
    "|am about to)|i'll|we'll|i'm (going to|gonna|about to|ready to)|we're (going to|gonna)|imma"
)
_KIN = (
    "son|daughter|husband|wife|brother|sister|mother|father|mom|mum|dad|friend|partner|boyfriend"
    "|girlfriend|child|kid|nephew|niece|roommate|colleague"
)
_SELF_HARM = compiled(
    """
    kill(ing)? (myself|my self|me self)|unaliv(e|ing) (myself|me)|off(ing)? myself
    (end|ending|take|taking) my (own )?life|end(ing)? it all|end(ing)? my own
    (commit|committing|attempt|attempted|attempting|contemplating|considering) suicide
    (thinking|thought|think) (about|of) (suicide|killing|ending (it|everything)|dying)
    (i|i'm|i am|i've been|i feel|feeling|am|been)( \\w+)? suicidal|suicidal (thoughts|feelings)
    (hurt|hurting|harm|harming|cutting|hang|hanging|shoot|shooting|drown|poison) myself
    (i|i've|i keep) (cut|been cutting|slit|slitting) (myself|my wrists?|my arms?)|slit my wrists?
    self-?\\s?harm(ing|ed)?
    i (just |really |only |kinda |honestly )*(want|wanna|wish|hope|deserve|need) (to )?(die|
      be dead|to be dead)
    i( would|'d)( \\w+)? (rather|be better off) (be )?dead|i (wanna|want to) die
    i wish i( \\w+)? (dead|never been born|not alive|could die|would die|gone for good)
    wish i (was|were) dead|wish i wasn't alive|wish i had never been born
    (don't|do not|no longer|not)( \\w+)? (want|wanna|wish)( to)? (live|be alive|exist|
      wake up)( any ?more| any ?longer)? END
    (don't|do not) (want|wanna)( to)? be here any ?more
    (no|any|have no|see no) (reason|point)( \\w+)? (to live|in living|to go on|going on|living)
    nothing( left)? to live for|life (isn't|is not|is no longer) worth living
    (better off|everyone is better) (dead|without me)|world would be better without me
    (can't|cannot) (go on|keep living|go on living|keep going) (any ?more|like this|living)
    (took|swallowed|taken|taken|taking) (a |the )?(bunch|bottle|handful|overdose|whole (bottle|
      box)) of( \\w+)? ?(pills|tablets|medication|medicine|paracetamol)?
    (took|taken|swallowed) (an overdose|too many (pills|tablets|sleeping pills)|
      all (of )?my (pills|tablets|meds|medication))
    i( have|'ve)?( just)? overdosed|overdose on( \\w+)? (pills|meds)
    jump(ing)? off (a|the) (bridge|roof|building|balcony|cliff)|jump(ing)? in front of (a|
      the) (train|car|bus)
    (this is|writing) (my )?(a )?(suicide|goodbye) (note|letter|forever)
    (my|our)( \\w+)? (KIN)( \\w+)? ?( \\w+)? ?(kill|killing|hurt|harm|hurting|harming) (himself|
      herself|themselves)
    ich (will|möchte|werde)( \\w+)? ?(sterben|nicht mehr leben)|mich umbringen|mir das leben nehmen
    nicht mehr leben (will|möchte|kann)|selbstmord(gedanken)?|ich bringe mich um
    mich selbst verletzen
    (quiero|voy a|pienso en) (morir|morirme|matarme|suicidarme)|me (quiero|voy a) (morir|matar|
      suicidar)
    quitarme la vida|no quiero (vivir|seguir viviendo)( más)?
    je (veux|vais|voudrais)( \\w+)? (mourir|me tuer|me suicider|en finir)|me suicider
    en finir avec la vie
    (plus|pas) envie de vivre|je ne veux plus vivre
    voglio (morire|uccidermi|farla finita)|uccidermi|suicidarmi|togliermi la vita
    non voglio più vivere
    quero (morrer|me matar)|vou me (matar|suicidar)|tirar a minha( própria)? vida
    não quero mais viver
    ik wil (dood|sterven|niet meer leven)|zelfmoord( plegen)?|een einde aan mijn leven
    """.replace("KIN", _KIN)
)
_VICTIM = (
    "you|u|your (family|staff|people|employees|colleagues|kids|children|boss)|all of you|everyone"
    "|everybody|someone|somebody|him|her|them|people|(the|that|this|your) (manager|clerk|teller"
    "|guy|woman|idiots?|bastards?)|whoever"
)
_THREAT = compiled(
    """
    (WILL)( \\w+)? (kill|murder|shoot|stab|strangle|hurt|beat|beat up|harm|attack|smash|
      punch) (VICTIM)
    (WILL)( \\w+)? (burn|burn down|blow up|bomb|set fire to|shoot up|torch) (your|the|this|
      that)( \\w+)? (bank|branch|office|building|house|place|hq|home|car)( down)?
    i know where (you|you all|your (family|kids|staff)) (live|lives|work|works)
    you( are|'re| will be|'ll be)( all)? dead( meat| man)? END
    (there's|there is|i put|i placed|i planted|i have|i've put|i've planted) a bomb
    (bring|bringing|come with|coming with|come in with) (a|my) (gun|rifle|knife|shotgun)
    (threatened|threatening|threatens) to (kill|hurt|shoot|beat|harm|stab) (me|us|my|him|her)
    you('ll| will)( all)? (pay|regret)( \\w+)?( \\w+)? with your (life|lives|blood)
    ich bringe (dich|euch|sie)( alle)? um|ich werde (dich|euch|sie)( alle)? (umbringen|töten)
    (te|os|los) voy a matar|voy a (matarte|mataros|matarlos)|je vais (te|vous) tuer
    (ti|vi) ammazzo|vou te matar|vou matar (você|vocês)|ik (maak|vermoord) (je|
      jullie)( \\w+)?( dood| af)?
    """.replace("WILL", _WILL).replace("VICTIM", _VICTIM)
)
_ASSET = "( \\w+)? (card|account|accounts|money|savings|funds|identity|phone number|online banking)"
_GIVEN = "(code|codes|pin|password|passcode|otp|passwords|details|login|card number|cvv|token)"
_WHO = (
    "(someone|somebody|some one|thief|thieves|hackers?|scammers?|fraudsters?|stranger|criminals?)"
)
_CALLER = (
    "(caller|stranger|someone|somebody|scammer|fraudster|phone|man|woman|guy|website|site|link"
    "|him|her|them|who called|person)"
)
_FRAUD = compiled(
    """
    WHO( else)?( \\w+)?( \\w+)? (using|use[ds]?|spending|spent|withdrawing|withdrew|draining|
      drained|emptying|emptied|stealing|stole|taking|transferring|accessed|accessing|hacked|
      hacking|cloned|hijacked|controlling)( \\w+)?( \\w+)? myASSET
    WHO( else)?( \\w+)? (logged|logging|got|gotten|getting|broke|broken|breaking|
      hacked) in(to)?( to)? myASSET
    WHO( has| have)? (taken|took) over myASSET
    (they|he|she) (are|is|keep|keeps) (using|spending|withdrawing|draining|emptying|transferring|
      taking)( \\w+)?( \\w+)? myASSET
    (they're|he's|she's) (using|withdrawing|draining|emptying|transferring)( \\w+)? myASSET
    myASSET( \\w+)?( \\w+)? (hacked|taken over|drained|emptied|cleaned out|cloned|hijacked)
    myASSET (was|were|has been|have been|is|got) compromised
    i( \\w+)?( \\w+)? (gave|given|give|told|read|shared|sent|entered|typed)( out| in)? (my|the|
      a)( \\w+)?( \\w+)? GIVEN( \\w+)? (to|on|over|with|into)( \\w+)?( \\w+)? CALLER
    i( \\w+)?( \\w+)? (gave|given|told|read|sent) (him|her|them|a|the|some|someone|
      somebody)( CALLER)? (my|the)( \\w+)?( \\w+)? GIVEN
    (he|she|they|scammer|caller|hacker|someone|somebody)( \\w+)? (has|have|had|got|
      gained)( \\w+)? access to my (account|computer|phone|card|bank|money|laptop|online banking)
    (asked|told|made|got) me to (install|download) (anydesk|teamviewer|an app)|anydesk|teamviewer
    i( \\w+)?( \\w+)? (been|got|was|were) (scammed|phished|defrauded|conned|sim-? ?swapped)
    sim-? ?swap(ped|ping)?|account takeover|(my )?identity( \\w+)?( \\w+)? stolen|stole my identity
    (caller|man|woman|someone|somebody|guy)( \\w+)?( \\w+)? (claiming|claimed|pretending|
      pretended) to be( \\w+)?( \\w+)? (bank|fraud|police|security)
    (move|moved|transfer|transferred) (my|the|all my)( \\w+)? (money|savings|
      funds) to a safe account
    jemand (benutzt|nutzt|verwendet)( gerade)? meine? (karte|konto)|mein (konto|account) (wurde|
      ist)( \\w+)? (gehackt|leergeräumt|übernommen)
    ich habe( \\w+)?( \\w+)? (code|tan|pin) (am telefon )?(weitergegeben|durchgegeben|verraten)
    alguien está usando mi (tarjeta|cuenta)|me (hackearon|han hackeado)|le di (el|mi) código
    quelqu'un utilise ma carte|mon compte a été (piraté|vidé)|j'ai donné (le|mon) code
    qualcuno sta usando la mia carta|mi hanno (hackerato|clonato)|ho dato il (mio )?codice
    alguém está usando (o )?meu cartão|minha conta foi (hackeada|invadida)|passei o (meu )?código
    iemand gebruikt mijn (kaart|pas|rekening)|mijn rekening is (gehackt|leeggehaald)
    """.replace("WHO", _WHO)
    .replace("ASSET", _ASSET)
    .replace("GIVEN", _GIVEN)
    .replace("CALLER", _CALLER)
)
_BODIES = (
    "(cfpb|fca|ombudsman|ftc|bbb|regulators?|occ|attorney general|bafin|consumer (protection"
    "|affairs|financial protection)|financial (conduct|ombudsman)|banking (authority|commission)"
    "|trading standards|data protection authority)"
)
_LEGAL = compiled(
    """
    (WILL|have to|going to)( \\w+)? sue (you|u|your|this|the bank|aurelis|them|over|for)
    suing (you|your|this|the bank|aurelis)|sue (you|the bank|this bank|aurelis)
    (see|meet) (you|u|each other) in court|(take|taking|drag|dragging) (you|this|the bank|it|
      them|aurelis) to( \\w+)? (court|small claims|tribunal)
    (take|taking|start|starting|begin|pursue|pursuing|initiate|considering|seek|
      seeking) legal (action|proceedings|steps)
    my (lawyer|lawyers|attorney|solicitor)( \\w+)? (will|is going to|has (told|advised)|
      is (preparing|drafting|filing|suing)|contact you|be in touch)
    (hear|hearing) from my (lawyers?|attorneys?|solicitors?)|my lawyers?'ll
    (get|getting|involve|involving|hire|hiring|hired|bring|bringing)( in)? (my|a|an) (lawyer|
      attorney|solicitor)( involved)?
    (call|calling|contact|contacting|speak to|speaking to) (my|a|an) (lawyer|attorney|
      solicitor) (about|if|over|because|unless|now)
    (file|filing|filed|bring|start|join|joining)( \\w+)?( \\w+)? (lawsuit|law suit|class action|
      court case)
    class[- ]action( lawsuit)?|small claims court
    (report|reporting|complain|complaining|complaint|file|filing|escalate|escalating|contacting|
      going|go|write|writing)( \\w+)?( \\w+)?( \\w+)?( \\w+)?( to| with)( the)?( \\w+)? BODIES
    ich (verklage|werde)( \\w+)?( \\w+)? (sie|euch|verklagen|klagen)|rechtliche schritte
    (schalte|nehme mir) (meinen|einen) anwalt|anzeige erstatten gegen sie
    (voy a|vamos a) (demandar|demandarlos|denunciar|denunciarlos)|(acciones|medidas) legales
    mi abogado (se|les|los) (va|pondrá)
    (je vais|nous allons)( \\w+)? (porter plainte|vous poursuivre|saisir la justice)
    porter plainte contre vous|mon avocat va
    (vi denuncio|vi faccio causa)|azioni legali|vie legali|vou processar (vocês|o banco)
    (medidas|ações) legais
    ik (klaag jullie aan|sleep jullie voor de rechter)|juridische stappen|mijn advocaat (zal|neemt)
    """.replace("WILL", _WILL).replace("BODIES", _BODIES)
)
_OUTLETS = "(press|media|news|newspapers?|papers|journalists?|reporters?|tv|television|bbc|cnn)"
_PRESS = compiled(
    """
    (i'm|i am|we are|this is)( \\w+)?( \\w+)?( \\w+)? (journalist|reporter|news editor|
      correspondent)
    (writing|working on|preparing|publishing|researching) (an|a|the|my)( \\w+)? (article|story|
      piece|documentary|feature|segment|exposé|expose) (about|on|for|regarding)
    (go|going|went|take this|taking this|bring this|talk|talking|speak|speaking|leak this|
      leaking) to the( \\w+)? OUTLETS
    (tell|telling|contact|contacting|call|calling|alert|inform|informing) the( \\w+)? OUTLETS
    press (enquiry|inquiry|request|office|officer|contact|spokesperson|spokesman)|media (enquiry|
      inquiry|request|relations)
    request for comment|(comment|statement) for (an|our|my|the) (article|story|paper|newspaper|
      programme|broadcast)
    ich bin( \\w+)? (journalist|journalistin|reporter|reporterin)|an die (presse|zeitung)
    soy periodista|a la prensa
    je suis journaliste|à la presse|aux médias|sono (un |una )?giornalista|alla stampa
    sou jornalista|à imprensa|ik ben journalist|naar de pers
    """.replace("OUTLETS", _OUTLETS)
)
_RULES = (
    (Topic.SELF_HARM, _SELF_HARM),
    (Topic.THREAT, _THREAT),
    (Topic.FRAUD, _FRAUD),
    (Topic.LEGAL, _LEGAL),
    (Topic.PRESS, _PRESS),
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|without|nobody|won't|don't|didn't|isn't|wasn't|hasn't)"
    r"(?: (?!but)\w+){0,3} $"
)
_NEGATED_INSIDE = re.compile(r" (?:not|never) ")
_OWN_NEGATION = re.compile(r"(?:don't|do not|no|not|nothing|can't|cannot|better|wish)\b")


def topic_of(text: str) -> Topic | None:
    """Return the topic that takes a turn off the ordinary path; None for nearly all turns."""
    said = _IDIOMS.sub(" - ", spoken(text))
    for topic, rule in _RULES:
        for match in rule.finditer(said):
            if _OWN_NEGATION.match(match[0]):
                return topic
            before = said[max(0, match.start() - 40) : match.start()]
            if not _NEGATED.search(before) and not _NEGATED_INSIDE.search(match[0]):
                return topic
    return None
