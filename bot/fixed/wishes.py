"""The wish for a human, said outright."""

import re

from bot.fixed.phrases import compiled, spoken

_KIND = "(real |live |actual |proper |different |human |customer |bank |support |service |care )*"
_HUMAN = (
    "(human|human being|person|people|agent|representative|rep|operator|advisor|adviser|manager"
    "|supervisor|employee|specialist|colleague|staff|team member|member of staff|associate"
    "|customer service|customer support|customer care)"
)
_NOT = compiled(
    """
    human (error|resources|rights|mistake)|(my|our|your|travel|estate|letting|insurance|ai|
      virtual|booking) (agent|manager|advisor|adviser|operator|rep)
    (do i|must i|did i|does anyone|will i) (have to|need to) (talk|speak|call)
    without (having to )?(talking|speaking|talk|speak)( to| with)?( a| an)?
    (don't|do not|didn't|not|never|rather not|no need to) (want to |need to |have to |wish to |
      like to )?(talk|speak|chat|be connected|be transferred) (to|with) (a|an|any|another|
      some)( \\w+)? (human|person|people|agent|representative|someone|advisor|operator)
    (don't|do not) (want|need) (a|an)( \\w+)? (human|person|agent|representative|operator|advisor)
    (person|agent|people|someone|human|manager) (in|at|from|of|named|who|whose|i (paid|sent|know|
      met)|that i)
    """
)
_ENGLISH = compiled(
    """
    (talk|speak|chat|talking|speaking|chatting|speek|connect|connected|transferred|transfer|
      escalate|escalated|escalating|hand me over|put through)( directly)? (to|
      with) (a |an |the |some |any |your |one of your |another )?KINDHUMAN
    (talk|speak|chat|talking|speaking|chatting) (to|with) (someone|somebody|some one|anyone|
      anybody)( real| human| else)?
    (connect|transfer|put|pass|switch|forward|escalate|hand|route|direct) (me|this|
      us)( \\w+)?( \\w+)? (to|with|on to) (a |an |the |some |your )?KIND(HUMAN|someone|somebody)
    (get|give|find|send|bring|fetch|call) me (a |an |the |some |another )?KINDHUMAN
    (want|need|prefer|demand|require|request|requesting|like) (a |an |the |some |to have a |
      to see a |to get a )(KIND)(human|human being|person|agent|representative|rep|operator|
      advisor|adviser|manager|supervisor)( please| now)?( to (talk|speak|help|call|assist|
      answer)( to| with)?( me)?)? END
    (want|need|prefer|demand|would like|'d like) (real |actual |human )+(help|support|assistance|
      person|human|agent)
    (is|are) there (a |an |any |some )?(real |live |actual )*(human|humans|person|people|agent|
      agents|someone|somebody|anyone)( here| there| available| around| i can| to talk| to speak|
       real)
    (can|could|may|let) (i|me|we) (please )?(have|get|see|reach|contact|message|call) (a |an |
      the |some )?KINDHUMAN
    (no|not|stop) (more )?(ai|a\\.i\\.|bots?|robots?|chatbots?|machines?)( please| thanks)?( END)?
    (don't|do not) (want|wanna|like) (to )?((talk|speak|chat|deal)( to| with)?( a| an| the|
       this)?|a|an|the|this) (ai|bot|robot|chatbot|machine|computer|automated \\w+)
    (real|live|actual) (person|human|agent|people|representative|operator)( please| now|,)?
    human (please|now|pls|help|support|agent)|(agent|representative|operator|person|rep|advisor|
      supervisor|manager),? (please|pls|plz|now)
    (please|pls),? (a |an )?(human|agent|representative|operator|person|live agent)
    """.replace("HUMAN", _HUMAN).replace("KIND", _KIND)
)
_OTHERS = compiled(
    """
    (hablar|comunicarme|contactar|chatear|comunicar|conversar|pásame|pasame|páseme|paseme|ponme|
      póngame|pongame|conéctame|conectame|comuníqueme|comuníquenme|transfiérame|
      transfiéreme)( \\w+)?( \\w+)? (con|a) (un |una |el |la |algún |alguna )?(\\w+ )?(persona|
      humano|humana|agente|asesor|asesora|representante|operador|operadora|alguien|ejecutivo|
      supervisor|encargado|gestor)
    (quiero|necesito|prefiero|quisiera) (a )?(un|una) (persona|humano|agente|asesor|
      representante|operador|ser humano)( real| humano| humana)?
    (agente|humano|persona|operador|asesor|representante)( real| humano| humana)?,? por favor
    persona real
    (parler|discuter|échanger|parlé|communiquer|chatter|joindre|contacter|passez-moi|passe-moi|
      mettez-moi en (relation|contact)|me mettre en (relation|contact)|transférez-moi|
      transférer)( \\w+)? ?(à|avec|un|une|vers|de vive voix à)? ?(un |une |le |la |quelqu'un|
      votre )?(vrai |vraie |être )?(humain|personne|conseiller|conseillère|agent|quelqu'un|
      opérateur|opératrice|responsable|interlocuteur|collaborateur)
    (je veux|je voudrais|je souhaite|j'aimerais|il me faut) (un |une )(vrai |vraie |
      être )?(humain|personne|conseiller|conseillère|agent|opérateur|interlocuteur)
    (conseiller|conseillère|humain|agent|opérateur|une personne),? (svp|s'il vous plaît|
      s'il te plaît|s'il vous plait)|(vraie|véritable) personne
    (mit|zu|an|von) (einem |einer |einen |ihrem |'nem |nem )?(echten |echter |richtigen |realen |
      menschlichen |anderen |lebenden )?(menschen?|person|mitarbeiter|mitarbeiterin|mitarbeitern|
      berater|beraterin|agenten|kollegen|kundenberater|kundenservice|kundendienst|jemandem|
      jemanden|servicemitarbeiter|ansprechpartner|vorgesetzten)( \\w+)?( \\w+)? ?(sprechen|reden|
      chatten|verbinden|verbunden|verbinde|schreiben|weiterleiten|weitergeleitet|telefonieren|
      kommunizieren|weiterverbinden|durchstellen)
    (verbinden|verbinde|leiten|stellen|geben) (sie )?(mich|mir)( \\w+)? ?(mit|an|zu)? ?(einem |
      einer |einen |ihrem )?(echten |richtigen |menschlichen )?(menschen?|person|mitarbeiter|
      mitarbeiterin|berater|beraterin|agenten|kollegen|kundenberater|kundenservice|jemandem)
    (sprechen|spreche|reden) (sie |ich )?(bitte )?mit (einem|einer|jemandem)( echten|
       richtigen)? ?(menschen|mitarbeiter|mitarbeiterin|berater|person)?
    (ich (will|möchte|brauche|hätte gern(e)?)) (einen|eine) (echten |echte |
      richtigen )?(menschen|mitarbeiter|mitarbeiterin|berater|beraterin|person)
    (mensch|mitarbeiter|mitarbeiterin|berater|echter mensch|menschlicher mitarbeiter),? bitte
    echte[rn]? mensch(en)?|kein(e|en)? (bot|roboter|ki|chatbot)
    (parlare|parlo|chattare|passami|passatemi|mi passi|contattare|mettermi in contatto|
      mi metta in contatto|collegami|comunicare|trasferiscimi)( \\w+)? ?(con|a)? ?(un |una |un'|
      qualcuno|il |vostro )?(vera |vero |essere )?(operatore|operatrice|persona|umano|agente|
      essere umano|consulente|qualcuno|assistente|responsabile|addetto)
    (voglio|vorrei|preferisco|mi serve|ho bisogno di) (un |una |un')(vera |vero )?(operatore|
      operatrice|persona|umano|essere umano|agente|consulente)( vera| umano| reale)?
    (operatore|umano|persona|agente|consulente)( vera| umano| reale)?,? (per favore|grazie|subito)
    (falar|conversar|passar|passe-me|transferir|transfira-me|conectar|contactar|me passa|
      me passe|ligar)( \\w+)?( \\w+)? (com|para|a|pra) (um |uma |o |a |algum |
      alguma )?(\\w+ )?(pessoa|humano|humana|atendente|agente|operador|operadora|representante|
      gerente|alguém|assistente|funcionário)
    (quero|preciso de|prefiro|gostaria de) (um|uma) (pessoa|humano|atendente|agente|operador|
      ser humano)( real| humano| humana)?
    (atendente|humano|pessoa|agente|operador)( real| humano)?,? (por favor|pf|já)|pessoa (real|
      de verdade)
    (met|aan) (een |iemand|de |uw )?(echte |echt |levende |menselijke )?(mens|medewerker|
      medewerkster|persoon|iemand|collega|agent|adviseur|klantenservice)( \\w+)? ?(praten|
      spreken|chatten|verbinden|verbonden|doorverbinden|doorverbonden)?
    (verbind|doorverbinden|spreken|praten|spreek|praat)( \\w+)?( \\w+)? (met|naar) (een |iemand|
      de )?(echte |echt )?(mens|medewerker|persoon|iemand|collega|adviseur)
    iemand (spreken|aan de lijn krijgen)|een mens spreken
    (ik wil|ik wil graag|geef me|ik heb) (een) (echte? )?(mens|medewerker|persoon)|(medewerker|
      mens|persoon),? (graag|alstublieft|alsjeblieft|aub)
    """
)
_ALONE = compiled(
    """
    (a |an |to |the )?(human|human being|humans|agent|agents|person|representative|rep|operator|
      live (agent|chat|person|support)|real (person|human|agent)|customer (service|support|care|
      care agent)|supervisor|advisor|adviser|(human|live) (agent|representative|support|help)|
      speak to (agent|human|representative|rep)|talk to (agent|human|rep)|(agent|human|
      representative|operator) (please|now|pls))
    (humano|agente|persona|operador|asesor|representante|agente humano|humain|conseiller|
      agent humain|mensch|mitarbeiter|berater|kundenberater|operatore|umano|operatore umano|
      atendente|pessoa|medewerker|mens)
    """
)
_EDGE = re.compile(r"^\W+|\W+$")


def asks_for_human(text: str) -> bool:
    """Return whether the customer asks outright for a human; a mere mention of one is not that."""
    said = spoken(text)
    if _ALONE.fullmatch(_EDGE.sub("", said)):
        return True
    said = _NOT.sub(" - ", said)
    return bool(_ENGLISH.search(said) or _OTHERS.search(said))
