"""What the instance knows before the first ticket: choices, groups, people, services and a few articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sandbox.servicenow.columns import Kind
from sandbox.servicenow.store import Store, sys_id_of

CATEGORIES: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "inquiry": (
        "Inquiry / Help",
        (("antivirus", "Antivirus"), ("email", "Email"), ("internal application", "Internal Application")),
    ),
    "software": (
        "Software",
        (
            ("email", "Email"),
            ("os", "Operating System"),
            ("office", "Office Suite"),
            ("browser", "Browser"),
            ("erp", "ERP"),
        ),
    ),
    "hardware": (
        "Hardware",
        (
            ("cpu", "CPU"),
            ("disk", "Disk"),
            ("keyboard", "Keyboard"),
            ("memory", "Memory"),
            ("monitor", "Monitor"),
            ("mouse", "Mouse"),
            ("printer", "Printer"),
            ("laptop", "Laptop"),
        ),
    ),
    "network": (
        "Network",
        (
            ("dhcp", "DHCP"),
            ("dns", "DNS"),
            ("ip address", "IP Address"),
            ("vpn", "VPN"),
            ("wireless", "Wireless"),
            ("firewall", "Firewall"),
        ),
    ),
    "database": ("Database", (("db2", "DB2"), ("sql server", "MS SQL Server"), ("oracle", "Oracle"))),
    "access": (
        "Access and Identity",
        (
            ("password", "Password Reset"),
            ("account", "Account"),
            ("permission", "Permission"),
            ("mfa", "Multi-factor Authentication"),
        ),
    ),
    "security": (
        "Security",
        (("phishing", "Phishing"), ("malware", "Malware"), ("lost device", "Lost or Stolen Device")),
    ),
}
"""Value to (label, subcategories); a subcategory may repeat under several categories."""

CHOICES: Final[Mapping[tuple[str, str], Sequence[tuple[str, str]]]] = {
    ("task", "impact"): (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")),
    ("task", "urgency"): (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")),
    ("task", "priority"): (
        ("1", "1 - Critical"),
        ("2", "2 - High"),
        ("3", "3 - Moderate"),
        ("4", "4 - Low"),
        ("5", "5 - Planning"),
    ),
    ("task", "contact_type"): (
        ("email", "Email"),
        ("phone", "Phone"),
        ("self-service", "Self-service"),
        ("chat", "Chat"),
    ),
    ("incident", "state"): (
        ("1", "New"),
        ("2", "In Progress"),
        ("3", "On Hold"),
        ("6", "Resolved"),
        ("7", "Closed"),
        ("8", "Canceled"),
    ),
    ("incident", "hold_reason"): (
        ("1", "Awaiting Caller"),
        ("5", "Awaiting Change"),
        ("3", "Awaiting Problem"),
        ("4", "Awaiting Vendor"),
    ),
    ("incident", "close_code"): tuple(
        (name, name)
        for name in (
            "Duplicate",
            "Known error",
            "No resolution provided",
            "Resolved by caller",
            "Resolved by change",
            "Resolved by problem",
            "Resolved by request",
            "Solution provided",
            "Workaround provided",
            "User error",
        )
    ),
    ("incident", "severity"): (("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")),
    ("change_request", "state"): (
        ("-5", "New"),
        ("-4", "Assess"),
        ("-3", "Authorize"),
        ("-2", "Scheduled"),
        ("-1", "Implement"),
        ("0", "Review"),
        ("3", "Closed"),
        ("4", "Canceled"),
    ),
    ("cmdb_ci", "operational_status"): (("1", "Operational"), ("2", "Non-Operational"), ("6", "Retired")),
    ("cmdb_ci", "install_status"): (("1", "Installed"), ("3", "In Maintenance"), ("7", "Retired")),
    ("change_request", "risk"): (("2", "High"), ("3", "Moderate"), ("4", "Low")),
    ("change_request", "type"): (("normal", "Normal"), ("standard", "Standard"), ("emergency", "Emergency")),
}

GROUPS: Final[Mapping[str, str]] = {
    "Service Desk": "First contact for everything; hands over what it cannot solve",
    "Network": "Wired and wireless network, VPN, firewalls, name and address services",
    "Hardware": "Laptops, screens, printers and other devices",
    "Software": "Desktop applications, mail and the operating system",
    "Database": "Database servers and backups",
    "Identity": "Accounts, passwords, permissions and second factors",
    "ERP Support": "Finance, purchasing and warehouse in the ERP",
    "Security": "Phishing, malware, lost devices",
}

PEOPLE: Final[Sequence[tuple[str, str, str, tuple[str, ...]]]] = (
    ("alice", "Alice Moreau", "Service desk analyst", ("Service Desk", "Identity", "Security")),
    ("bob", "Bob Okafor", "Network engineer", ("Service Desk", "Network", "Hardware")),
    ("carol", "Carol Nguyen", "Application specialist", ("Software", "Database", "ERP Support")),
    ("dan", "Dan Peters", "Accountant", ()),
    ("erin", "Erin Walsh", "Network engineer (left)", ("Network",)),
)
"""user_name, name, title, groups; erin has left: inactive, and still a member of a group."""
LEFT: Final = frozenset({"erin"})

DEPENDENT: Final[Mapping[tuple[str, str], str]] = {
    ("incident", "subcategory"): "category",
    ("task", "assigned_to"): "assignment_group",
}
"""What sys_dictionary calls dependent: which field narrows what a form offers in this one."""

SERVICES: Final[Sequence[tuple[str, str, str]]] = (
    ("Mail", "Exchange cluster and mail gateway", "Software"),
    ("VPN gateway", "Remote access for staff", "Network"),
    ("ERP", "Finance and warehouse", "ERP Support"),
    ("Office Wi-Fi", "Wireless network in all offices", "Network"),
    ("Payroll database", "SQL Server, payroll and HR", "Database"),
    ("Single sign-on", "Identity provider and second factor", "Identity"),
)

DEPENDS: Final = "Depends on::Used by"
RELATIONS: Final[Sequence[tuple[str, str, str]]] = (
    ("Mail", DEPENDS, "Single sign-on"),
    ("VPN gateway", DEPENDS, "Single sign-on"),
    ("ERP", DEPENDS, "Single sign-on"),
    ("ERP", DEPENDS, "Payroll database"),
    ("ERP", "Exchanges data with::Exchanges data with", "Payroll database"),
)
"""Parent, type and child: the type says what the parent is to the child, then the other way round."""

ARTICLES: Final[Sequence[tuple[str, str]]] = (
    (
        "Reset your own password",
        "Open the sign-in page, choose Forgotten password, confirm with your second factor.",
    ),
    (
        "The VPN connects and drops",
        "Update the client to 5.2 or later and switch off IPv6 on the home adapter.",
    ),
    (
        "A printer shows as offline",
        "Restart the print spooler, then remove and add the queue from the print server.",
    ),
    ("Report a suspicious mail", "Use the Report button; do not click, answer or forward the mail."),
    (
        "Move to a new phone for sign-in codes",
        "Register the new phone on the account page before wiping the old one.",
    ),
)


def seed(store: Store, bot_user: str) -> None:
    """Fill ``store``; the same every time."""
    _choices(store)
    for name, purpose in GROUPS.items():
        email = f"{name.lower().replace(' ', '.')}@example.com"
        store.add("sys_user_group", name, name=name, description=purpose, email=email)
    _people(store, bot_user)
    for name, purpose, group in SERVICES:
        owner = sys_id_of("sys_user_group", group)
        store.add("cmdb_ci", name, name=name, short_description=purpose, support_group=owner)
    _relations(store)
    store.add("kb_knowledge_base", "IT", title="IT", description="For staff")
    for number, (title, text) in enumerate(ARTICLES, start=1):
        key = f"KB{number:07d}"
        base = sys_id_of("kb_knowledge_base", "IT")
        store.add("kb_knowledge", key, number=key, short_description=title, text=text, kb_knowledge_base=base)
    store.add("sys_properties", "instance_name", name="instance_name", value="sandbox")
    _dictionary(store)


def _relations(store: Store) -> None:
    for parent, kind, child in RELATIONS:
        first, _, second = kind.partition("::")
        store.add("cmdb_rel_type", kind, name=kind, parent_descriptor=first, child_descriptor=second)
        relate(store, parent, kind, child)


def relate(store: Store, parent: str, kind: str, child: str) -> None:
    """Relate two items by their names."""
    ends = {"parent": sys_id_of("cmdb_ci", parent), "child": sys_id_of("cmdb_ci", child)}
    store.add("cmdb_rel_ci", f"{parent}:{kind}:{child}", **ends, type=sys_id_of("cmdb_rel_type", kind))


def _choices(store: Store) -> None:
    def add(name: str, element: str, value: str, label: str, dependent: str = "") -> None:
        store.add(
            "sys_choice",
            f"{name}:{element}:{dependent}:{value}",
            name=name,
            element=element,
            value=value,
            label=label,
            dependent_value=dependent,
            sequence=str(store.tables["sys_choice"].made),
        )

    for (name, element), choices in CHOICES.items():
        for value, label in choices:
            add(name, element, value, label)
    for category, (label, subcategories) in CATEGORIES.items():
        add("incident", "category", category, label)
        for value, sublabel in subcategories:
            add("incident", "subcategory", value, sublabel, category)


def add_person(store: Store, user_name: str, name: str, **values: str) -> None:
    """Add an account; its address is its user name at example.com, unless ``values`` has another."""
    first, _, last = name.partition(" ")
    given = {"email": f"{user_name}@example.com", "first_name": first, "last_name": last, **values}
    store.add("sys_user", user_name, user_name=user_name, name=name, **given)


def add_member(store: Store, user_name: str, group: str) -> None:
    """Put somebody into a group: one row of sys_user_grmember, made once."""
    ids = {"user": sys_id_of("sys_user", user_name), "group": sys_id_of("sys_user_group", group)}
    store.add("sys_user_grmember", f"{user_name}:{group}", **ids)


def _people(store: Store, bot_user: str) -> None:
    for user_name, name, title, groups in PEOPLE:
        active = "false" if user_name in LEFT else "true"
        add_person(store, user_name, name, title=title, active=active, roles="itil" if groups else "")
        for group in groups:
            add_member(store, user_name, group)
    store.add(
        "sys_user", bot_user, user_name=bot_user, name="Countersign", first_name="Countersign", roles="itil"
    )


def _dictionary(store: Store) -> None:
    """One row a column, under the table that defines it: assignment_group is task's, not incident's."""
    for table in list(store.tables.values()):
        for column in table.columns.values():
            if column.owner != table.name:
                continue
            store.add(
                "sys_dictionary",
                f"{table.name}:{column.name}",
                name=table.name,
                element=column.name,
                column_label=column.label,
                internal_type="string" if column.kind is Kind.CHOICE else column.kind.value,
                reference=column.references,
                default_value=column.default,
                choice="1" if column.kind is Kind.CHOICE else "0",
                read_only="false" if column.writable else "true",
                dependent=DEPENDENT.get((table.name, column.name), ""),
            )
