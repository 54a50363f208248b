"""Pages and answers to apps: each module is loaded with the first request for one of its addresses.

So a node that nobody reads on does without some two hundred modules, and starts sooner. A module answers at its own
name (``web.pages.deals`` at /deals), or where it says below. A test imports all of them and holds their routes against
this.
"""

import pkgutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import aiohttp.web as aioweb
from aiohttp.web_urldispatcher import PrefixResource, UrlDispatcher, UrlMappingMatchInfo

_PACKAGES = {
    "web.api": "/api/v1",
    "web.api.commensal": "/api/commensal/v1",
    "web.oauth": "/oauth",
    "web.pages": "",
}
_AT: dict[str, tuple[str, ...]] = {
    "web.api.bookmarks": ("/api/v1/bookmarks", "/api/v1/statuses"),
    "web.api.distance": (
        "/api/v1/accounts",
        "/api/v1/blocks",
        "/api/v1/domain_blocks",
        "/api/v1/mutes",
        "/api/v1/reports",
        "/api/v1/statuses",
    ),
    "web.api.filters": ("/api/v1/filters", "/api/v2/filters"),
    "web.api.grouped": ("/api/v2/notifications",),
    "web.api.instances": ("/api/v1/instance", "/api/v1/peers", "/api/v2/instance"),
    "web.api.links": ("/api/v1/timelines/link", "/api/v1/trends/links"),
    "web.api.lists": ("/api/v1/accounts", "/api/v1/lists"),
    "web.api.media": ("/api/v1/media", "/api/v2/media"),
    "web.api.notifications": ("/api/v1/notifications", "/api/v2/notifications/policy"),
    "web.api.oembed": ("/api/oembed",),
    "web.api.preferences": (
        "/api/v1/announcements",
        "/api/v1/custom_emojis",
        "/api/v1/endorsements",
        "/api/v1/preferences",
        "/api/v1/scheduled_statuses",
    ),
    "web.api.profile": ("/api/v1/accounts/update_credentials", "/api/v1/profile"),
    "web.api.reactions": ("/api/v1/favourites", "/api/v1/statuses"),
    "web.api.search": ("/api/v1/directory", "/api/v2/search"),
    "web.api.suggestions": ("/api/v1/suggestions", "/api/v2/suggestions"),
    "web.api.tags": (
        "/api/v1/accounts",
        "/api/v1/featured_tags",
        "/api/v1/followed_tags",
        "/api/v1/tags",
        "/api/v1/trends",
    ),
    "web.api.commensal.directory": ("/api/commensal/v1/associations", "/api/commensal/v1/directory"),
    "web.api.commensal.invitations": ("/api/commensal/v1/connections", "/api/commensal/v1/invitations"),
    "web.api.commensal.openapi": ("/api/commensal/openapi.json",),
    "web.oauth.consent": ("/oauth/authorize", "/settings/apps"),
    "web.oauth.tokens": ("/.well-known/oauth-authorization-server", "/oauth/revoke", "/oauth/token", "/oauth/userinfo"),
    "web.pages.deals_by_link": ("/deals/by-link",),
    "web.pages.directed": ("/listings",),
    "web.pages.distance": ("/people", "/posts", "/reports", "/settings/distance"),
    "web.pages.elsewhere": ("/media/elsewhere", "/media/emojis", "/media/faces", "/media/previews"),
    "web.pages.files": ("/accent", "/media", "/static"),
    "web.pages.filters": ("/settings/words",),
    "web.pages.front": ("/", "/about", "/follow", "/language", "/robots.txt"),
    "web.pages.health": ("/healthz", "/metrics", "/readyz"),
    "web.pages.intents": ("/answer", "/authorize_interaction", "/intents"),
    "web.pages.joining": ("/apply", "/join"),
    "web.pages.leaving": ("/office/members", "/settings/leave"),
    "web.pages.letters": ("/digest", "/settings/letters"),
    "web.pages.login": ("/forgot", "/login", "/logout", "/reset"),
    "web.pages.mail": ("/dev/mail",),
    "web.pages.moving": ("/settings/moving",),
    "web.pages.office_applications": ("/office/applications",),
    "web.pages.office_association": ("/office/association",),
    "web.pages.office_hidden": ("/office/hidden",),
    "web.pages.office_import": ("/office/import",),
    "web.pages.office_members": ("/office",),
    "web.pages.office_peers": ("/office/deliveries", "/office/peers"),
    "web.pages.office_programs": ("/office/programs",),
    "web.pages.office_reports": ("/office/people", "/office/reports"),
    "web.pages.office_rules": ("/office/agreements", "/office/peers"),
    "web.pages.own_company": ("/settings/company",),
    "web.pages.own_host_card": ("/settings/host-card",),
    "web.pages.own_profile": ("/settings/profile",),
    "web.pages.papers": ("/papers", "/settings/papers"),
    "web.pages.polls": ("/posts",),
    "web.pages.posts": ("/", "/posts", "/tags"),
    "web.pages.profiles": ("/", "/people"),
    "web.pages.reach": ("/posts",),
    "web.pages.reactions": ("/posts",),
    "web.pages.saved_listings": ("/listings/kept", "/listings/saved"),
    "web.pages.versions": ("/posts",),
    "web.pages.yields": ("/office/yields", "/office/yields.csv", "/yields", "/yields.csv"),
}


class Later(PrefixResource):
    """What is at one address and below it. aiohttp asks the longest address first, then the shorter ones."""

    def __init__(self, address: str, modules: Sequence[str]) -> None:
        super().__init__(address.rstrip("/"))
        self._modules = modules

    @property
    def canonical(self) -> str:
        return super().canonical or "/"

    @cached_property
    def _routes(self) -> UrlDispatcher:
        found = UrlDispatcher()
        for module in self._modules:
            found.add_routes([each for each in routes_of(module) if address_of(module, each.path) == self.canonical])
        return found

    async def resolve(self, request: aioweb.Request) -> tuple[UrlMappingMatchInfo | None, set[str]]:
        found = await self._routes.resolve(request)
        if found.http_exception is None:
            return found, set()
        refused = found.http_exception
        return None, refused.allowed_methods if isinstance(refused, aioweb.HTTPMethodNotAllowed) else set()

    def url_for(self, *_: str, **__: str) -> Any:
        raise RuntimeError("addresses are made by node.uris and in templates, never from routes")

    def get_info(self) -> Any:
        return {"prefix": self.canonical}

    def __len__(self) -> int:
        return len(self._routes.routes())

    def __iter__(self) -> Iterator[aioweb.AbstractRoute]:
        return iter(self._routes.routes())


def mount(app: aioweb.Application) -> None:
    """Make all addresses known to an application, without loading what answers there."""
    modules: dict[str, list[str]] = {}
    for module in modules_that_answer():
        for address in addresses_of(module):
            modules.setdefault(address, []).append(module)
    for address, found in modules.items():
        app.router.register_resource(Later(address, found))


def load(app: aioweb.Application, address: str) -> None:
    """What answers at this address is there, as after the first request for it."""
    for resource in app.router.resources():
        if resource.canonical == address:
            len(resource)


def modules_that_answer() -> Iterator[str]:
    """Their names, and those of their helpers, without loading them."""
    for package in _PACKAGES:
        for entry in pkgutil.iter_modules(import_module(package).__path__):
            if not entry.ispkg:
                yield f"{package}.{entry.name}"


def addresses_of(module: str) -> tuple[str, ...]:
    """Where a module answers, there or below."""
    package, _, name = module.rpartition(".")
    return _AT.get(module, (f"{_PACKAGES[package]}/{name}",))


def address_of(module: str, path: str) -> str:
    """To which address of its module a route belongs. Raises LookupError where nobody would find it."""
    for address in sorted(addresses_of(module), key=len, reverse=True):
        if path == address or path.startswith(f"{address.rstrip('/')}/"):
            return address
    raise LookupError(f"{module} answers at {path}, and web/later.py does not say so")


def routes_of(module: str) -> list[aioweb.RouteDef]:
    """The routes of a module; those for apps also with a slash at their end, as some apps write them."""
    routes = [route for route in getattr(import_module(module), "routes", ()) if isinstance(route, aioweb.RouteDef)]
    if module.startswith("web.pages."):
        return routes
    return routes + [aioweb.RouteDef(each.method, f"{each.path}/", each.handler, each.kwargs) for each in routes]
