"""How English words are said, in the phones of the recogniser: common words from a list, others by its own network.

hama brings a network that reads words in many languages. It takes some 50 ms a word and stumbles over "one" and "I'm":
what makes up half of all running speech is therefore listed here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LONGEST = 40  # letters of a word that is read
_TIES = "\N{COMBINING DOUBLE INVERTED BREVE}"

_SAID = """
a=ə about=əbaʊt after=æftɝ again=əgɛn all=ɔl also=ɔlsoʊ always=ɔlweɪz am=æm an=æn and=ænd any=ɛni are=ɑɹ as=æz ask=æsk
at=æt away=əweɪ back=bæk be=bi because=bɪkəz been=bɪn before=bɪfɔɹ being=biɪŋ best=bɛst better=bɛtɝ both=boʊθ but=bʌt
by=baɪ call=kɔl came=keɪm can=kæn can't=kænt come=kʌm could=kʊd country=kʌntɹi day=deɪ did=dɪd do=du does=dʌz done=dʌn
don't=doʊnt down=daʊn each=it͡ʃ even=ivən ever=ɛvɝ every=ɛvɹi eye=aɪ eyes=aɪz find=faɪnd first=fɝst for=fɔɹ friend=fɹɛnd
from=fɹʌm get=gɛt give=gɪv go=goʊ going=goʊɪŋ gone=gɔn good=gʊd got=gɑt great=gɹeɪt had=hæd has=hæz have=hæv he=hi
heart=hɑɹt her=hɝ here=hiɹ him=hɪm his=hɪz how=haʊ i=aɪ i'm=aɪm if=ɪf in=ɪn into=ɪntu is=ɪz it=ɪt its=ɪts just=d͡ʒʌst
keep=kip kind=kaɪnd know=noʊ last=læst let=lɛt life=laɪf like=laɪk little=lɪtəl live=lɪv long=lɔŋ look=lʊk love=lʌv
made=meɪd make=meɪk man=mæn many=mɛni may=meɪ me=mi men=mɛn might=maɪt more=mɔɹ most=moʊst mr=mɪstɝ mrs=mɪsɪz ms=mɪz
much=mʌt͡ʃ must=mʌst my=maɪ need=nid never=nɛvɝ new=nu next=nɛkst no=noʊ not=nɑt nothing=nʌθɪŋ now=naʊ of=ʌv off=ɔf
oh=oʊ old=oʊld on=ɑn once=wʌns one=wʌn only=oʊnli or=ɔɹ other=ʌðɝ our=aʊɝ out=aʊt over=oʊvɝ own=oʊn people=pipəl
please=pliz put=pʊt really=ɹili right=ɹaɪt said=sɛd same=seɪm saw=sɔ say=seɪ says=sɛz see=si she=ʃi should=ʃʊd so=soʊ
some=sʌm something=sʌmθɪŋ still=stɪl such=sʌt͡ʃ sure=ʃʊɹ take=teɪk tell=tɛl than=ðæn thank=θæŋk that=ðæt the=ðə their=ðɛɹ
them=ðɛm then=ðɛn there=ðɛɹ these=ðiz they=ðeɪ thing=θɪŋ things=θɪŋz think=θɪŋk this=ðɪs those=ðoʊz though=ðoʊ
thought=θɔt through=θɹu time=taɪm to=tu today=tədeɪ too=tu told=toʊld two=tu under=ʌndɝ until=ʌntɪl up=ʌp upon=əpɑn
us=ʌs use=juz very=vɛɹi want=wɑnt was=wʌz way=weɪ we=wi well=wɛl went=wɛnt were=wɝ what=wʌt when=wɛn where=wɛɹ
which=wɪt͡ʃ while=waɪl who=hu why=waɪ will=wɪl with=wɪð without=wɪðaʊt won't=woʊnt word=wɝd words=wɝdz work=wɝk
world=wɝld would=wʊd year=jɪɹ years=jɪɹz yes=jɛs yet=jɛt you=ju young=jʌŋ your=jʊɹ
zero=zɪɹoʊ three=θɹi four=fɔɹ five=faɪv six=sɪks seven=sɛvən eight=eɪt nine=naɪn ten=tɛn eleven=ɪlɛvən twelve=twɛlv
thirteen=θɝtin fourteen=fɔɹtin fifteen=fɪftin sixteen=sɪkstin seventeen=sɛvəntin eighteen=eɪtin nineteen=naɪntin
twenty=twɛnti thirty=θɝti forty=fɔɹti fifty=fɪfti sixty=sɪksti seventy=sɛvənti eighty=eɪti ninety=naɪnti
hundred=hʌndɹəd thousand=θaʊzənd million=mɪljən
"""
_COMMON = dict(entry.split("=") for entry in _SAID.split())
_ENDINGS = {"n't": "ənt", "'s": "z", "'re": "ɹ", "'ve": "v", "'ll": "l", "'d": "d", "'m": "m", "'": ""}


@lru_cache(maxsize=10_000)
def pronounce(word: str) -> tuple[int, ...]:
    """Indices of the recogniser's symbols for a lower-case word; () for what nobody can say. Needs hama."""
    if not word:
        return ()
    if word in _COMMON:
        return _symbols(_COMMON[word])
    for ending, sound in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return pronounce(word[: -len(ending)]) + _symbols(sound)
    index = _indices()
    phones = [one.phoneme for one in _reader().predict(word[:LONGEST]).alignments]
    return tuple(index[phone] for phone in phones if phone in index and phone not in " ‿")


def _symbols(ipa: str) -> tuple[int, ...]:
    """Indices of a listed pronunciation: the longest symbols first, as "oʊ" is one."""
    index = _indices()
    return tuple(index[phone] for phone in re.findall(rf".{_TIES}.|aɪ|aʊ|eɪ|oʊ|ɔɪ|.", ipa))


@lru_cache(maxsize=1)
def _indices() -> dict[str, int]:
    from hama.vocab import Vocabulary

    return {symbol: index for index, symbol in enumerate(Vocabulary.load(None).decoder)}


@lru_cache(maxsize=1)
def _reader() -> Any:
    from hama import G2PModel

    return G2PModel()
