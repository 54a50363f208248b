"""The network of a test: made-up host names that lead to ports of this machine, and nothing else."""

from typing import Protocol


class Names(Protocol):
    """What a peer needs of a network."""

    def add(self, host: str, port: int) -> None: ...

    def port(self, host: str) -> int: ...


class Network:
    """Which port answers for which name. Pass ``names`` to a node as its resolver."""

    def __init__(self) -> None:
        self._ports: dict[str, int] = {}
        self.asked: list[str] = []
        """Every name that was looked up, in order."""

    def add(self, host: str, port: int) -> None:
        self._ports[host] = port

    def remove(self, host: str) -> None:
        """From now on nobody knows this name."""
        del self._ports[host]

    def port(self, host: str) -> int:
        return self._ports[host]

    async def names(self, host: str, port: int) -> list[tuple[str, int]]:
        """The address and port to dial. Raises OSError for a name that is not part of the test."""
        self.asked.append(host)
        if host not in self._ports:
            raise OSError(f"there is no host {host} in this test")
        return [("127.0.0.1", self._ports[host])]

    def rules(self) -> str:
        """The same for a Chromium: the value of --host-resolver-rules."""
        return ",".join([*(f"MAP {host} 127.0.0.1:{port}" for host, port in self._ports.items()), "MAP * ~NOTFOUND"])
