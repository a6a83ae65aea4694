"""Which language a message is in: own sentences in many languages, and English that only looks like another one."""

from __future__ import annotations

import pytest

from integrations.language_model import ENGLISH, OTHER_LANGUAGE
from integrations.providers.local_language import language

FOREIGN = {
    "Spanish": (
        "Hola, quiero comprar una casa en Kyle para mi familia",
        "cuanto cuesta la casa de la calle 5?",
        "Necesito un agente que hable español por favor",
        "Puedo ver el apartamento mañana por la tarde?",
        "ya no estamos buscando pero gracias",
        "estoy interesada en vender mi casa, cuanto vale",
        "¿Tienen algo más barato?",
        "no hablo ingles",
        "si me interesa, llámeme después de las 5",
        "todavia esta disponible",
        "ya vendimos",
    ),
    "Portuguese": (
        "Olá, estou procurando uma casa com 3 quartos",
        "Quanto custa o apartamento?",
        "não falo inglês, alguém fala português?",
        "gostaria de visitar a casa no sábado",
        "Por favor, pare de me mandar mensagens",
        "me liga amanhã",
    ),
    "French": (
        "Bonjour, je cherche une maison avec trois chambres",
        "Est-ce que la maison est toujours disponible ?",
        "je ne parle pas anglais",
        "Combien coûte cet appartement ?",
        "nous voudrions visiter samedi après-midi",
        "arrêtez de m'écrire",
    ),
    "German": (
        "Guten Tag, ich suche ein Haus mit drei Schlafzimmern",
        "Wann können wir die Wohnung besichtigen?",
        "Ich habe kein Interesse mehr, danke",
        "was kostet das Haus",
    ),
    "Italian": (
        "Buongiorno, vorrei vedere la casa sabato",
        "Quanto costa l'appartamento?",
        "non parlo inglese, mi dispiace",
        "stiamo cercando una casa con giardino",
    ),
    "Polish": (
        "Dzień dobry, szukam domu z trzema sypialniami",
        "Czy mieszkanie jest jeszcze dostępne?",
        "nie mówię po angielsku",
    ),
    "Vietnamese": (
        "Tôi muốn mua nhà ở Houston",
        "Nhà này giá bao nhiêu?",
        "toi khong biet tieng anh, ban co noi tieng viet khong",
    ),
    "Tagalog": (
        "Magkano po ang bahay na ito?",
        "gusto ko pong makita ang bahay bukas",
        "hindi na po kami naghahanap ng bahay",
    ),
    "Haitian Creole": (
        "Bonjou, mwen vle achte yon kay",
        "konbyen kay la koute?",
        "mwen pa pale angle",
    ),
    "Turkish": ("Merhaba, bir ev arıyorum", "Bu ev satılık mı, fiyatı ne kadar?"),
    "Dutch": ("Ik ben op zoek naar een huis met drie slaapkamers", "Wanneer kunnen we het huis bezichtigen?"),
    "Indonesian": ("Saya mau membeli rumah di Seattle", "Berapa harga rumah ini?"),
    "Chinese": ("你好,我想买房子", "这个房子多少钱?", "请不要再发短信给我", "我想周六看房, 123 Elm St"),
    "Japanese": ("この家はまだありますか?", "英語が話せません"),
    "Korean": ("집을 사고 싶어요", "토요일에 볼 수 있나요?"),
    "Russian": ("Здравствуйте, я ищу дом", "Сколько стоит квартира на Elm St?"),
    "Ukrainian": ("Доброго дня, чи ще є ця квартира?",),
    "Arabic": ("أريد شراء منزل", "كم سعر البيت؟"),
    "Hindi": (
        "मुझे घर खरीदना है",
        "इस घर की कीमत क्या है?",
        "Mujhe 3 bedroom ka ghar chahiye",
        "Kya ghar abhi available hai",
    ),
    "Hebrew": ("אני מחפש דירה",),
    "Greek": ("Ψάχνω για σπίτι με δύο δωμάτια",),
    OTHER_LANGUAGE: ("Dobrý den, ještě je ten dům volný? Rád bych si ho prohlédl příští týden.",),
}

ENGLISH_ALL_THE_SAME = (
    "ok",
    "si",
    "Si",
    "no",
    "ok gracias",
    "si gracias",
    "Gracias!",
    "Hola",
    "hola!!",
    "buenos dias",
    "adios amigo",
    "no bueno",
    "muchas gracias",
    "merci",
    "danke",
    "ciao",
    "aloha",
    "Namaste",
    "oui",
    "da",
    "ya",
    "Ja",
    "por favor",
    "ole!",
    "Hola! Is the casa on Elm still available?",
    "Hola, I'm looking for a casa with 3 bedrooms por favor",
    "mi casa es su casa lol, can we see it Saturday",
    "gracias amigo, I'll call you manana",
    "que pasa, any news on the condo?",
    "no problemo, see you at 5",
    "Como estas? Still want to sell my house",
    "yes señor, 3 beds 2 baths",
    "We'd like to see 1200 Via De La Valle, Del Mar",
    "looking in San Jose, Los Gatos or La Jolla",
    "123 Calle de la Rosa",
    "El Paso",
    "Las Vegas or Los Angeles",
    "Boca Raton, Palm Beach, Coral Gables",
    "Rancho Santa Fe",
    "Playa del Rey",
    "Puerto Rico",
    "Casa Grande AZ",
    "Maria de la Cruz",
    "Juan Carlos Hernandez Lopez",
    "Nguyen Thi Lan",
    "Pho Ha Noi",
    "Jean-Luc Picard",
    "Ludwig van der Berg",
    "Wolfgang Müller",
    "José and María Peña",
    "Beyoncé",
    "Das Haus on Main St",
    "Des Moines, Du Page County, Baton Rouge",
    "Terre Haute",
    "Fond du Lac",
    "Prince de Leon Ave",
    "château style please",
    "We had crème brûlée at the café, what a day",
    "My fiancé and I want a tour, à la carte",
    "deja vu, you asked me that already",
    "carpe diem",
    "in 2 mos",
    "3/2 w 2 car gar",
    "sfh 3br 2ba 450k",
    "idk tbh lol",
    "k thx",
    "ttyl",
    "wyd",
    "HOA fees??",
    "yall still got da house on elm",
    "dis house still 4 sale",
    "whats da price",
    "me and mi wife wanna see it",
    "do u have es listing",
    "pls snd me the infos",
    "is de house still availabel",
    "i no speak good english but i want buy house",
    "can you send someone who speaks Spanish",
    "Do you speak Portuguese? My mother does not speak English",
    "in French, how do I say house",
    "un-furnished",
    "via email",
    "per the listing, sans garage",
    "ad hoc, pro rata, et al",
    "What is the MLS #?",
    "UA 7 APR LAX DEN",
    "ha ha ha ha",
    "la la la la la",
    "https://example.com/casas-en-venta-con-piscina-para-la-familia see this one",
    "maria.de.los.angeles@example.com",
    "👍👍",
    "??",
    "",
    "12 Elm",
    "Zillow",
    "Sí",
    "Sí, Saturday works",
    "Montréal",
    "ŧħïş ḧöüşē looks nice but what is the price",
    "𝐈𝐬 𝐢𝐭 𝐬𝐭𝐢𝐥𝐥 𝐚𝐯𝐚𝐢𝐥𝐚𝐛𝐥𝐞?",
    "Ηello, is this still available?",
    "µ-home",
    "90º in here",
)


@pytest.mark.parametrize("name, text", [(name, text) for name, texts in FOREIGN.items() for text in texts])
def test_a_foreign_message_is_known_for_what_it_is(name: str, text: str) -> None:
    assert language(text) == name


@pytest.mark.parametrize("text", ENGLISH_ALL_THE_SAME)
def test_english_with_foreign_words_names_and_short_forms_is_taken_for_no_other_language(text: str) -> None:
    assert language(text) in {ENGLISH, ""}


@pytest.mark.parametrize("text", ["", "👍", "12", "ok", "Maria", "si", "a" * 5000, "\0\ud800", "é" * 900])
def test_too_little_says_nothing(text: str) -> None:
    assert language(text) == ""


def test_a_long_message_is_judged_in_bounded_time() -> None:
    assert language("please send me the price of the house " * 20_000) == ENGLISH
