"""What a node keeps about people, and what it does not do with it. The association is who answers for it."""

from datetime import date

from node.words import N_

SINCE = date(2026, 11, 22)
"""When these words were last changed."""

PROMISES: tuple[tuple[str, str], ...] = (
    (N_("What is kept"),
     N_("Of members: their page, what they say, whom they follow and meet, their offers, deals and papers, their "
        "mail address, and a password that cannot be read back. Of visitors without an account: what they send us.")),
    (N_("Who sees it"),
     N_("What is marked for everyone, everyone. What is for followers, for a circle or for the people named: these "
        "alone. The office sees who is a member, who applies, and what is reported to it.")),
    (N_("What goes elsewhere"),
     N_("What is said to everyone, or to people at other associations and on other networks, is sent there and "
        "copied there. When it is taken back they are asked to delete it; nobody can make them.")),
    (N_("What is not done"),
     N_("There is no advertising, nobody else measures who comes, and nothing is sold or handed on. Cookies keep you "
        "logged in, guard forms and remember your language, nothing else.")),
    (N_("Where you come from"),
     N_("The address and the kind of device of a log-in are kept while it lasts, so that you can see and end it. "
        "Addresses of visitors are looked at to keep floods out, and are not kept.")),
    (N_("Apps"),
     N_("An app sees and does what you allowed it to, until you end it under Settings.")),
    (N_("Your say"),
     N_("You change or withdraw what you wrote, and close your account under Settings. For everything else write to "
        "the association.")),
)  # fmt: skip
