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
from node.circles.model import Circle, CircleMember
from node.companies.model import Company, CompanyPerson
from node.db import Base
from node.deals.model import Deal, DealLink, DealStep
from node.directed.model import DirectedOffer, OfferMute
from node.emojis.model import Emoji
from node.errands.model import Errand
from node.filters.model import Filter, FilterPost, FilterWord
from node.follows.model import Follow
from node.ideas.model import Idea, IdeaStage
from node.inbox.model import Received, ReceivedBody
from node.invitations.model import Connection, JoinInvitation
from node.listings.model import Listing, ListingVariant, SavedSearch, SavedSearchHit
from node.lists.model import ListedPerson, PeopleList
from node.mail.model import Letter
from node.matching.model import ListingReading, ListingWord, Match
from node.media.model import Media
from node.members.model import HostCard, Member, MemberImport, MembershipApplication, ProfileField
from node.moderation.model import Block, BlockedHost, Mute, PersonNote, Report, ThreadMute
from node.notifications.model import Notification, PutAway
from node.outbox.model import Activity, Delivery, Fanout
from node.papers.model import Letterhead, Paper, PaperLink, PaperParty, PaperSeries
from node.peers.model import Peer
from node.pins.model import Pin
from node.polls.model import Poll, PollOption, PollVote
from node.posts.model import Post, PostMention, PostTag, PostVersion, Quote, Tombstone
from node.previews.model import Preview
from node.push.model import PushSubscription
from node.reactions.model import Reaction
from node.settings.model import Setting
from node.studies.model import Study, StudyAnswer, StudyLink
from node.tags.model import FeaturedTag, FollowedTag
from node.testimonials.model import Testimonial
from node.trials.model import Trial, TrialVisit
from node.webhooks.model import Webhook, WebhookMessage

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
    "Block",
    "BlockedHost",
    "Bookmark",
    "Circle",
    "CircleMember",
    "Company",
    "CompanyPerson",
    "Connection",
    "Deal",
    "DealLink",
    "DealStep",
    "Delivery",
    "DirectedOffer",
    "Emoji",
    "Errand",
    "Fanout",
    "FeaturedTag",
    "Filter",
    "FilterPost",
    "FilterWord",
    "Follow",
    "FollowedTag",
    "HostCard",
    "Idea",
    "IdeaStage",
    "JoinInvitation",
    "Letter",
    "Letterhead",
    "ListedPerson",
    "Listing",
    "ListingReading",
    "ListingVariant",
    "ListingWord",
    "LoginSession",
    "Marker",
    "Match",
    "Media",
    "Member",
    "MemberImport",
    "MembershipApplication",
    "Mute",
    "Notification",
    "OfferMute",
    "OneTimeKey",
    "Paper",
    "PaperLink",
    "PaperParty",
    "PaperSeries",
    "Passkey",
    "Peer",
    "PeopleList",
    "PersonNote",
    "Pin",
    "Poll",
    "PollOption",
    "PollVote",
    "Post",
    "PostMention",
    "PostTag",
    "PostVersion",
    "Preview",
    "ProfileField",
    "PushSubscription",
    "PutAway",
    "Quote",
    "Reaction",
    "Received",
    "ReceivedBody",
    "Report",
    "SavedSearch",
    "SavedSearchHit",
    "Setting",
    "Study",
    "StudyAnswer",
    "StudyLink",
    "Testimonial",
    "ThreadMute",
    "Tombstone",
    "Trial",
    "TrialVisit",
    "Vouch",
    "Webhook",
    "WebhookMessage",
    "metadata",
]
