"""Which last labels make a bare word a host name: what Slack and Jira turn into a link unasked.

Source: IANA's root zone database (https://www.iana.org/domains/root/db), every country code, and of the
others those that registries sell to anybody. A label that is missing here still counts in front of a path or
after ``www.``; see :func:`bot.core.outgoing.harmless`.
"""

from __future__ import annotations

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca
cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr
ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm
jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq
mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa
re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn
to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_OTHERS = """
abogado abudhabi academy accountant accountants actor adult aero africa agency alsace amsterdam apartments
app archi army arpa art asia associates attorney auction audio auto autos baby band bar barcelona bargains
basketball bayern bbs beauty beer berlin best bet bible bid bike bingo bio biz black blackfriday blog blue
boats bond boo boston bot boutique box broker brussels build builders business buzz bzh cab cafe cam camera
camp capetown capital car cards care careers cars casa case cash casino cat catering center ceo cfd channel
charity chat cheap christmas church city claims cleaning click clinic clothing cloud club coach codes coffee
college cologne com community company computer condos construction consulting contact contractors cooking
cool coop corsica country coupons courses cpa credit creditcard cricket cruises cymru cyou dad dance date
dating day dealer deals degree delivery democrat dental dentist desi design dev diamonds diet digital direct
directory discount diy doctor dog domains download dubai durban earth eco edu education email energy
engineer engineering enterprises equipment esq estate eus events exchange expert exposed express fail faith
family fan fans farm fashion feedback film finance financial fish fishing fit fitness flights florist
flowers foo food football forex forsale forum foundation frl fun fund furniture futbol fyi gal gallery game
games garden gay gdn gent gift gifts gives giving glass global gmbh gold golf gov graphics gratis green
gripe group guide guitars guru hair hamburg haus health healthcare help helsinki hiphop hiv hockey holdings
holiday homes horse hospital host hosting house how icu immo immobilien inc industries info ing ink
institute insure int international investments irish ist istanbul jetzt jewelry jobs joburg juegos kaufen
kids kim kitchen kiwi koeln krd kred kyoto land lat latino law lawyer lease legal lgbt life lifestyle
lighting limited limo link live living llc llp loan loans locker lol london lotto love ltd ltda luxe luxury
madrid maison makeup management market marketing markets mba med media melbourne meme memorial men menu
miami mil mobi mobile moda moe mom money monster mortgage moscow moto motorcycles mov movie museum music
nagoya name navy net network new news nexus ngo ninja nrw nyc observer okinawa one ong onl online ooo org
organic osaka ovh page paris partners parts party pet pharmacy phd photo photography photos physio pics
pictures pink pizza place plumbing plus poker porn post press pro productions prof promo properties property
protection pub qpon quebec quest racing radio realestate realtor realty recipes red rehab reise reisen ren
rent rentals repair report republican rest restaurant review reviews rich rio rip rocks rodeo rsvp rugby
ruhr run ryukyu saarland sale salon sarl sbs school schule science scot security services sex sexy shiksha
shoes shop shopping show singles site ski skin soccer social software solar solutions soy spa space srl
stockholm storage store stream studio study style sucks supplies supply support surf surgery swiss sydney
systems taipei tatar tattoo tax taxi team tech technology tel tennis theater theatre tickets tienda tips
tires tirol today tokyo tools top tours town toys trade trading training travel trust tube university uno
vacations vegas ventures versicherung vet viajes video villas vin vip vision vlaanderen vodka vote voting
voto voyage wales wang watch watches webcam website wed wedding whoswho wien wiki win wine work works world
wtf xin xxx xyz yachts yoga yokohama zip zone zuerich
"""
LABELS = frozenset(f"{_COUNTRIES} {_OTHERS}".split())
FILE_ENDINGS = frozenset({"md", "py", "sh"})
"""Country codes that a desk reads as the end of a file name far more often: ``README.md``, ``setup.py``."""
