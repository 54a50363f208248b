"""From a thought to a first sale: the stages of an idea, and what each should have shown before the next. Pure."""

from node.errors import Conflict, Invalid
from node.words import N_, Message

STAGES: dict[str, str] = {
    "idea": N_("Idea"),
    "research": N_("Research"),
    "test": N_("Test"),
    "pilot": N_("Pilot"),
    "sale": N_("First sale"),
}
DONE = "done"
NEEDED = {"idea": 0, "research": 1, "test": 1, "pilot": 1, "sale": 1}
"""How much evidence a stage wants: answers, people who tried or reserved, deals agreed, a customer who paid."""
WHY_LIMIT = 500


def after(stage: str) -> str:
    """The next stage, or "done" after the last."""
    names = list(STAGES)
    place = names.index(stage) + 1
    return names[place] if place < len(names) else DONE


def close(stage: str, evidence: int, why: str) -> str:
    """The stage that comes next. Raises Conflict when all are closed, Invalid (``why``) without evidence or reason."""
    if stage not in STAGES:
        raise Conflict(N_("This idea has come to its end already."))
    why = why.strip()
    if len(why) > WHY_LIMIT:
        raise Invalid({"why": Message(N_("Please keep it below %(limit)d characters."), {"limit": WHY_LIMIT})})
    if evidence < NEEDED[stage] and not why:
        raise Invalid({"why": _MISSING[stage]})
    return after(stage)


_MISSING = {
    "research": N_("Nobody has answered yet. Ask somebody, or say why you go on all the same."),
    "test": N_("Nobody has tried it yet. Find somebody, or say why you go on all the same."),
    "pilot": N_("Nobody has agreed to take it yet. Find somebody, or say why you go on all the same."),
    "sale": N_("Nobody has paid for it yet. Say why you close this stage all the same."),
}
