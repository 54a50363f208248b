"""A node's pages without worker or neighbours, and members who can log in."""

from dataclasses import dataclass, field

from node.accounts import passwords
from node.accounts import service as accounts
from node.actors import service as actors
from node.actors.keys import make_keys
from node.etiquette.code import VERSION
from support.nodes import RigNode
from support.visitor import Visitor

PASSWORD = "bread and willow baskets"  # what every member here uses


@dataclass
class Site:
    """A node and its pages."""

    node: RigNode
    port: int
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self) -> Visitor:
        visitor = Visitor(self.node.base, self.port)
        self.visitors.append(visitor)
        return visitor

    async def add(self, username: str, *, role: str = "member", etiquette: int = VERSION) -> int:
        """A member with a password; returns the account."""
        keys = await make_keys()
        hashed = await passwords.hash_password(PASSWORD)
        async with self.node.writing() as work:
            actor = await actors.create_local(work, "person", username, username.title(), keys)
            account = await accounts.create(work, actor, f"{username}@mail.test", hashed, role)
            await accounts.accept_etiquette(work, account.id, etiquette)
            return account.id

    async def log_in(self, username: str, **more: object) -> Visitor:
        visitor = self.visitor()
        page = await visitor.log_in(username, PASSWORD)
        assert "/login" not in page.path, page.text
        return visitor
