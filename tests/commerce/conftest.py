"""People for the tests of offers, deals and what comes of them: members here, others elsewhere."""

from support.people import member, remote

__all__ = ["member", "remote"]
