"""Imports every model, so that the metadata is complete wherever it is used."""

from node.accounts.model import (
    AccessToken,
    Account,
    App,
    AppRequest,
    AuthorizationCode,
    LoginSession,
    Marker,
    OneTimeKey,
    Passkey,
)
from node.actors.model import Actor, ActorKey
from node.associations.model import Association, Vouch
from node.bookmarks.model import Bookmark
from node.companies.model import Company, CompanyPerson
from node.db import Base
from node.follows.model import Follow
from node.inbox.model import Received
from node.invitations.model import Connection, JoinInvitation
from node.listings.model import Listing
from node.mail.model import Letter
from node.media.model import Media
from node.members.model import HostCard, Member, MemberImport, MembershipApplication, ProfileField
from node.notifications.model import Notification
from node.outbox.model import Activity, Delivery
from node.peers.model import Peer
from node.posts.model import Post, PostMention, PostTag, Tombstone
from node.settings.model import Setting

metadata = Base.metadata

__all__ = [
    "AccessToken",
    "Account",
    "Activity",
    "Actor",
    "ActorKey",
    "App",
    "AppRequest",
    "Association",
    "AuthorizationCode",
    "Base",
    "Bookmark",
    "Company",
    "CompanyPerson",
    "Connection",
    "Delivery",
    "Follow",
    "HostCard",
    "JoinInvitation",
    "Letter",
    "Listing",
    "LoginSession",
    "Marker",
    "Media",
    "Member",
    "MemberImport",
    "MembershipApplication",
    "Notification",
    "OneTimeKey",
    "Passkey",
    "Peer",
    "Post",
    "PostMention",
    "PostTag",
    "ProfileField",
    "Received",
    "Setting",
    "Tombstone",
    "Vouch",
    "metadata",
]
