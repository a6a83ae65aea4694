"""The small words by which languages in Latin letters are known, written for this project, without accents.

A word that is also English, a name or a place has no place in `WORDS`; one that two languages share stands in both.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COURTESIES = _words(
    """
    hola gracias ola obrigado obrigada bonjour merci salut ciao grazie danke hallo servus buenos buenas dias tardes
    noches adios amigo amiga senor senora senorita favor si ok bueno vale oui ja da tak salamat namaste aloha mahalo
    adieu mazel shalom salaam inshallah por mucho muchas mucha cafe resume fiance fiancee naive deja vu
    guten tag morgen bom boa dia
    """
)
"""They say nothing of the language somebody writes in."""

NAMES_OF_PLACES = _words("el la los las del de du des da dos san santa le il der das casa casas grande rio")
"""Half a word's worth, beside others: they stand in the names of towns and people."""

ENGLISH_WORDS = _words(
    """
    i i'm i've i'd i'll im ive id the this that these those there they them their it it's its is isn't was wasn't are
    aren't were you you're your yours u ur we we're we've our us my mine what what's when where which who whose why
    how and but or if then because of to for from with without about at by into out up over under after before between
    not don't dont doesn't didn't can't cant won't wouldn't couldn't shouldn't have has had having do does did done be
    been being will would could should can may might must get got getting go going gone come coming see saw seen look
    looking want wants wanted need needs needed like likes liked know think thinking just still also too very much
    many more most some any all every other another only really now today tomorrow tonight yesterday morning afternoon
    evening night day days week weeks weekend month months year years time soon later next last first again already
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december yes yeah yep nope sure okay please thanks thank hello hey hi sorry good great nice house
    houses home homes apartment apartments condo property properties listing listings bedroom bedrooms bathroom bath
    bed beds yard garage price prices sell selling sold buy buying bought rent renting rental lease move moving agent
    realtor mortgage loan lender offer showing tour call text email message phone number stop send sent show give tell
    ask asked question questions help find found take make made work works working interested available budget area
    street school schools market worth value closing big small new old live lived let lets let's one two three four
    five six seven eight nine ten here way back down off than as he she him her his hers who'd wrong person remove
    people family kids wife husband am beautiful gorgeous lovely perfect cost costs kitchen pool view sounds cool
    awesome love loved maybe sooner credit score payment deal neighborhood
    """
)
"""Common in English messages; those below that other languages have as well are left out again."""

_SHARED = _words("""as die me no on in an am was so he hat man ten can die to by she a case ha id sea come
    ten bang mo bin war""")
ENGLISH_WORDS -= _SHARED

WORDS = {
    "Spanish": _words(
        """
        que quien como cuando donde cuanto cuanta cuantos cuantas cual cuales porque pero con sin para sobre entre hasta
        desde es son esta estan estoy estamos este esto estos estas ese eso esos esas soy somos era ser estar hay tiene
        tienen tengo tenemos tener tienes quiero quiere queremos quieren quisiera quisieramos puedo puede podemos pueden
        puedes podria podrian necesito necesitamos necesita busco buscando buscamos buscar gusta gustaria interesa
        interesado interesada interesados vender vendo vendiendo comprar compro comprando rentar rento alquilar alquiler
        renta casa casas cuarto cuartos recamara recamaras habitacion habitaciones bano banos precio precios cuesta
        dinero ingles espanol hablo habla hablan hablas hablar llamar llame llamame llameme llamen mensaje mensajes
        informacion ver verla verlo ahora hoy manana semana mes meses ano anos despues antes todavia siempre nunca nada
        algo mas menos muy bien tambien solo ya aqui alli nuestra nuestro nuestros mi mis tu tus su sus yo usted ustedes
        ellos nosotros una uno unos unas un en se le les lo al disculpe perdon equivocado numero nombre vivo vive
        vivimos trabajo familia esposa esposo hijos agente cita visita zona cerca lejos grande pequena sabado domingo
        lunes martes miercoles jueves viernes enero febrero marzo abril mayo junio julio agosto septiembre octubre
        noviembre diciembre alguien otra otro otros otras cosa dia todo todos toda todas fue he ha hemos han sido vamos
        voy va ir mandar mande mandame envie enviame enviar deje dejen puedan quiera sea vendi vendimos vendio compre
        compramos encontre encontramos consegui conseguimos firmamos rentamos llamenme llama escriban escribanme
        molesten fotos disponible venta claro caro barata barato
        """
    ),
    "Portuguese": _words(
        """
        que quem como quando onde quanto quantos quantas qual quais porque mas com sem para sobre entre ate desde sao
        esta estao estou estamos isso isto essa esse este sou somos ser estar tem tenho temos ter quero quer queremos
        querem queria gostaria gostariamos posso pode podemos podem poderia preciso precisamos precisa procuro
        procurando procuramos interessa interessado interessada vender vendo vendendo comprar comprando alugar aluguel
        casa casas quarto quartos banheiro banheiros preco precos custa dinheiro ingles portugues falo fala falam falar
        ligar ligue mensagem mensagens informacao informacoes ver agora hoje amanha semana mes meses ano anos depois
        antes ainda sempre nunca nada algo mais menos muito bem tambem so ja aqui ali nossa nosso minha meu minhas meus
        sua seu voce voces eles nos eu uma um uns umas em na nas ao aos pelo pela nao sim boa bom tarde noite desculpe
        engano numero nome moro mora vivo familia esposa marido filhos corretor visita regiao perto grande pequena
        sabado domingo segunda terca quarta quinta sexta janeiro fevereiro abril maio junho julho alguem outra outro
        outros coisa dia tudo todos foi sido vamos vou vai mandar mande envie enviar pare liga vendi vendemos compramos
        comprei encontrei mandem escrevam venda fotos disponivel obrigados
        """
    ),
    "French": _words(
        """
        je tu il elle nous vous ils elles ce c'est cela ca cette ces qui que quoi quand comment combien pourquoi est
        sont suis sommes etes etait etre avoir ai avez avons ont j'ai j'aimerais veux veut voulons voulez voudrais
        voudrions peux peut pouvons pouvez pourrais pourriez besoin cherche cherchons chercher interesse interessee
        vendre acheter achat louer location maison maisons appartement chambre chambres salle bain prix coute argent
        anglais francais parle parlez parlons parler appeler appelez appelle message voir visiter visite maintenant
        aujourd'hui demain semaine mois annee annees apres avant encore toujours jamais rien plus moins tres bien aussi
        seulement ici mon ma mes ton ta tes son sa notre nos votre vos leur leurs une un et mais avec sans pour dans sur
        sous chez entre pas ne n'est n'ai s'il plait desole erreur numero nom habite famille femme mari enfants samedi
        dimanche lundi mardi mercredi jeudi vendredi janvier fevrier avril juin juillet aout l'adresse d'une d'un qu'il
        qu'elle l'annonce disponible toutes tous tout autre quel quelle quels au aux du en les moi rappelez rappelle
        arretez arreter ecrire m'ecrire vendu achete trouve envoyer envoyez contacter contactez photos
        """
    ),
    "German": _words(
        """
        ich du er sie wir ihr mein meine meinen meiner dein deine unser unsere unseren euer eure der das dem den des ein
        eine einen einem einer und oder aber nicht kein keine keinen ist sind bin bist seid war waren wird werden haben
        habe hat hatte kann konnen konnte mochte mochten wollen suche suchen sucht brauche brauchen interessiert
        interessiere kaufen verkaufen mieten miete haus hauser wohnung zimmer schlafzimmer preis kostet geld englisch
        deutsch spreche sprechen anrufen rufen nachricht sehen ansehen besichtigen besichtigung jetzt heute morgen woche
        monat monate jahr jahre nach vor noch immer nie nichts etwas mehr weniger sehr gut auch nur hier mit ohne fur
        von zu zum zur bei aus auf uber unter zwischen im bitte vielen dank guten tag wann wo wie wer warum welche
        welcher welches falsche falschen nummer familie frau kinder samstag sonntag montag dienstag mittwoch donnerstag
        freitag januar februar marz juni juli oktober dezember wurde wurden ware dass weil wenn verkauft gekauft
        gefunden schreiben aufhoren sagen mir mich dich uns ihnen schon
        """
    ),
    "Italian": _words(
        """
        che chi quando dove quanto quanti quanta quali quale perche ma con senza per su tra fra sono sei siamo siete era
        essere avere ho hai ha abbiamo avete hanno voglio vuole vogliamo vorrei vorremmo posso puo possiamo puoi potrei
        potrebbe bisogno cerco cerchiamo cercando cercare interessa interessato interessata interessati vendere comprare
        acquistare affittare affitto casa case appartamento camera camere bagno bagni prezzo costa soldi inglese
        italiano parlo parla parlate parlare chiamare chiami chiamami messaggio messaggi informazioni vedere visitare
        adesso oggi domani settimana mese mesi anno anni dopo prima ancora sempre mai niente nulla piu meno molto bene
        anche solo qui mio mia miei mie tuo tua suo sua nostro nostra vostro vostra questo questa questi queste quello
        quella io tu lui lei noi voi loro un uno una gli le nel nella nei delle della dello degli dei dal dalla alla al
        non numero sbagliato nome abito famiglia moglie marito figli sabato domenica lunedi martedi mercoledi giovedi
        venerdi gennaio febbraio aprile maggio giugno luglio buongiorno buonasera salve vicino grande piccola zona
        venduto comprato trovato chiamatemi scrivetemi smettete mandate vendita disponibile
        """
    ),
    "Polish": _words(
        """
        jest sa jestem jestesmy nie tak czy jak kiedy gdzie ile ktory ktora ktore dlaczego ale lub oraz ze na do od dla
        przez po przed bez moj moja moje nasz nasza twoj pan pani panstwo chce chcemy chcialbym chcialabym mozna moge
        mozemy potrzebuje potrzebujemy szukam szukamy kupic sprzedac wynajac mieszkanie mieszkania dom domu domy pokoj
        pokoje lazienka cena kosztuje pieniadze angielsku polsku mowie mowi zadzwonic zadzwon wiadomosc zobaczyc
        obejrzec teraz dzisiaj jutro tydzien miesiac miesiecy rok lat jeszcze zawsze nigdy nic cos wiecej bardzo dobrze
        tez tylko tutaj prosze dzien dobry dziekuje interesuje zainteresowany zainteresowana rodzina zona maz dzieci
        sobote niedziele poniedzialek wtorek sie juz mam mamy ten ta
        """
    ),
    "Dutch": _words(
        """
        ik jij je wij zij jullie mijn jouw onze ons het een en of maar niet geen zijn ben bent heeft hebben heb kan
        kunnen wil willen zou graag zoek zoeken nodig geinteresseerd kopen verkopen huren huis huizen woning appartement
        kamer slaapkamers prijs kost geld engels nederlands spreek bellen bericht zien bezichtigen nu vandaag morgen
        maand maanden jaar nog altijd nooit niets iets meer minder erg goed ook alleen hier met zonder voor van naar bij
        uit op tussen alstublieft bedankt wanneer waar hoe waarom wie welke verkeerde nummer gezin zaterdag zondag
        maandag dinsdag deze dit
        """
    ),
    "Vietnamese": _words(
        """
        toi ban la khong co muon mua nha thue phong gia bao nhieu tieng anh viet cam on xin chao duoc va nay cho cua voi
        nhung cac mot hai ba nguoi dau khi nao lam gi sao vui long dien thoai gap ngay mai tuan thang nam dang tim can
        chung ngu tam chi em minh hoi biet them thong tin con xem
        """
    ),
    "Tagalog": _words(
        """
        ang ng mga sa po opo ako ko kami namin tayo natin ikaw ka mo siya niya sila nila kayo ninyo ito iyan iyon gusto
        kailangan naghahanap hanap hanapin bumili bili bibili magbenta ibenta benta umupa upa bahay kwarto magkano
        presyo pera ingles tagalog marunong tawag tawagan mensahe makita tingnan ngayon bukas linggo buwan taon pa rin
        lang naman din hindi wala meron mayroon pwede puwede paano saan kailan bakit sino ano anong salamat maganda
        magandang umaga hapon gabi kasi pero dahil kung nang pong kaya yung bang
        """
    ),
    "Haitian Creole": _words(
        """
        mwen li nou yo se pa gen te ap pral vle bezwen chache achte vann lwe kay chanm konbyen lajan angle kreyol pale
        rele mesaj we kounye jodi demen semenn mwa ane anko toujou janm anyen plis mwens anpil byen tou selman isit ki
        kisa kile kote kijan poukisa men ak san pou nan sou ant sa tanpri mesi bonswa fanmi madanm pitit samdi dimanch
        lendi m'ap m'pa kapab ka gade enterese
        """
    ),
    "Hindi": _words(
        """
        kya hai hain nahi nahin mujhe humein chahiye ghar makaan kitna kitne kitni aap aapka mera meri mere hoon raha
        rahe rahi abhi kab kahan kaise haan karna karo dekhna dekh keemat kimat paise bechna kharidna kiraya chahte yeh
        aur agar lekin milega jaldi baad bhai mein kal
        """
    ),
    "Turkish": _words(
        """
        bir ve ile icin bu ben sen biz siz onlar benim senin bizim sizin var yok degil mi mu ne nasil nerede kac kim
        neden ama veya istiyorum istiyoruz ariyorum ariyoruz almak satmak satin kiralamak kiralik satilik ev evi daire
        oda fiyat fiyati para ingilizce turkce konusuyorum konusmuyorum aramak arayin mesaj gormek simdi bugun yarin
        hafta ay yil daha cok az iyi da lutfen tesekkurler tesekkur ederim merhaba aile cumartesi pazar ilgileniyorum
        """
    ),
    "Indonesian": _words(
        """
        saya anda kami kita mereka yang dan atau tetapi dengan tanpa untuk dari ke di ini itu adalah ada tidak bukan
        bisa mau ingin perlu mencari cari beli membeli jual menjual sewa rumah kamar berapa harga uang bahasa inggris
        bicara telepon pesan lihat melihat sekarang hari besok minggu bulan tahun masih selalu lagi lebih sangat juga
        hanya sini terima kasih tolong kapan dimana bagaimana kenapa siapa apa keluarga apakah
        """
    ),
}
"""By language, the words that speak for it."""

WORDS = {name: known - ENGLISH_WORDS - COURTESIES - NAMES_OF_PLACES - _SHARED for name, known in WORDS.items()}
