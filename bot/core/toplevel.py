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
com org net edu gov mil int info biz name pro mobi asia jobs tel travel cat museum post aero coop arpa
academy agency app art band bar best bet bid blog boutique business buzz cam capital careers casa cash
casino center chat church city click clinic cloud club coach codes coffee community company computer
consulting cool credit cyou dance date deals delivery design dev digital direct directory discount doctor
dog domains download education email energy engineer enterprises equipment estate events exchange expert
express family fans farm fashion finance financial fit fitness foundation fun fund games garden gift gifts
gives global gold golf group guide guru healthcare help homes host hosting house icu inc ink institute
insure international investments kim land law legal life limited link live loan loans lol love ltd
management market marketing media men moe mom money monster mov network news ninja one online ooo page
partners parts party pet photo photography photos pics pizza place plus press promo properties quest racing
realty red rent rentals repair report rest review reviews rip rocks run sale sbs school science security
services sex shop shopping show site skin software solar solutions space store stream studio style support
surf systems team tech technology tips tires today tools top town toys trade trading training tube
university uno vacations vip vision vote watch webcam website wedding wiki win work works world wtf xin xxx
xyz yoga zip zone
"""
LABELS = frozenset(f"{_COUNTRIES} {_OTHERS}".split())
FILE_ENDINGS = frozenset({"md", "py", "sh"})
"""Country codes that a desk reads as the end of a file name far more often: ``README.md``, ``setup.py``."""
