"""Who issues keys: forms that are rarer than those looked for everywhere, and names that announce a key.

Facts from the rules that scanners publish (gitleaks, https://github.com/gitleaks/gitleaks, MIT): how a key
begins and how long it is, and, where it has no form of its own, which word stands before it.
"""

from __future__ import annotations

import re

ISSUERS = (
    *("adafruit", "adobe", "airtable", "algolia", "alibaba", "artifactory", "asana", "atlassian"),
    *("beamer", "bintray", "bitbucket", "bittrex", "cloudflare", "codecov", "cohere", "coinbase"),
    *("confluence", "confluent", "contentful", "curl", "databricks", "datadog", "discord", "dnkey"),
    *("droneci", "dropbox", "duffel", "etsy", "facebook", "fastly", "finicity", "finnhub", "flickr"),
    *("freshbooks", "gitter", "gocardless", "heroku", "hubspot", "intercom", "jfrog", "jira", "kraken"),
    *("kucoin", "launchdarkly", "linear", "linkedin", "linked_in", "linked-in", "lob", "looker"),
    *("mailchimp", "mailgun", "mapbox", "mattermost", "meraki", "messagebird", "message-bird"),
    *("message_bird", "netlify", "new-relic", "new_relic", "newrelic", "new-york-times", "newyorktimes"),
    *("nytimes", "okta", "plaid", "privateai", "private-ai", "private_ai", "rapidapi", "sendbird"),
    *("sentry", "snyk", "sonar", "square", "squarespace", "sumo", "telegr", "travis", "twitch", "twitter"),
    *("typeform", "xray", "yandex", "zendesk", "administrator_login_password", "contribsys"),
)
"""Before a sign of assignment, each of them announces a key."""

_RARE: tuple[tuple[str, str], ...] = (
    ("pat", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("at.", r"[ps]at\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"),
    ("LTAI", r"LTAI[A-Za-z0-9]{20}"),
    ("Q~", r"[A-Za-z0-9_~.]{3}\dQ~[\w~.-]{31,34}"),
    ("v1.0-", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    ("duffel_", r"duffel_(?:test|live)_[\w=-]{40,}+"),
    ("dt0c01.", r"dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}"),
    ("EAA", r"EAA[A-Za-z0-9]{20,}+"),
    ("FLWSECK_TEST", r"FLWSECK_TEST-[A-Za-z0-9]{12,}+"),
    ("fio-u-", r"fio-u-[\w=-]{60,}+"),
    ("glffct-", r"glffct-[\w-]{20,}+"),
    ("GR1348941", r"GR1348941[\w-]{20}"),
    ("_gitlab_session", r"_gitlab_session=[0-9a-z]{32}"),
    ("atlasv1", r"[a-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),
    ("NRJS-", r"NRJS-[a-f0-9]{19}"),
    ("API-", r"API-[A-Z0-9]{26}"),
    ("sha256~", r"sha256~[\w-]{43}"),
    ("rdme_", r"rdme_[a-z0-9]{70}"),
    ("SG.", r"SG\.[\w=.-]{66}"),
    ("sm_", r"sm_[aps]at_[A-Za-z0-9]{16}"),
    (":A", r"\d{5,16}:A[\w-]{34}"),
    ("s-s4t2", r"s-s4t2(?:ud|af)-[a-f0-9]{64}"),
    ("pscale_", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,}+"),
    ("sl.", r"sl\.[\w=-]{135}"),
    ("tfp_", r"tfp_[\w.=-]{50,}+"),
    ("ico-", r"ico-[A-Za-z0-9]{32}"),
    ("s.", r"(?<![\w.])s\.[a-z0-9]{24}"),
    ("xox", r"xoxe?[a-z]?-\d-[A-Z0-9]{100,}+|xox[ar]-[\w-]{8,}+"),
    ("AKCp", r"AKCp[A-Za-z0-9]{69}"),
    ("cmVmd", r"cmVmd[A-Za-z0-9]{59}"),
    ("gloas-", r"gloas-[\w-]{60,}+"),
    ("HRKU-AA", r"HRKU-AA[\w-]{50,}+"),
    ("dnkey-", r"dnkey-[\w=-]{26}-[\w=-]{52}"),
    ("pk.", r"pk\.[a-z0-9]{60}\.[a-z0-9]{22}"),
    ("pubkey-", r"pubkey-[a-f0-9]{32}"),
    ("t_", r"test_(?:pub_)?[a-f0-9]{31,35}"),
    ("live_", r"live_(?:pub_)?[a-f0-9]{31,35}"),
    ("access-", r"access-(?:sandbox|development|production)-[a-f0-9-]{36}"),
    (
        ".acc",
        r"(?:ext|scauth|sc|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,120}+",
    ),
    (".ey", r"(?<![\w-])ey[A-Za-z0-9]{17,}+\.ey[\w/\\-]{17,}+\.(?:[\w/\\-]{10,}+={0,2})?"),
    ("ZXlK", r"ZXlK[\w+/\\=-]{30,}+"),
    ("sq0", r"sq0[a-z]{3}-[\w-]{22,}+"),
    ("p8e-", r"p8e-[a-zA-Z0-9]{32}"),
    ("|", r"\d{15,16}\|[\w-]{27,40}"),
    ("%", r"\d{15,16}%[\w-]{27,40}"),
)
RARE = tuple((needle, re.compile(form)) for needle, form in _RARE)
"""Each with a few characters that stand in every key of its form: where they are not, nobody has to look."""
