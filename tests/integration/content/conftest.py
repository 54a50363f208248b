"""People for the tests of posts, listings, follows and invitations: members here, others elsewhere."""

from support.people import member, remote

__all__ = ["member", "remote"]
