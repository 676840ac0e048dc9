"""Exports of help desks (Zendesk tickets, Intercom conversations): one record a ticket, its messages as turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cxmining.loaders.html import fragment_text
from cxmining.loaders.rows import cell_text, repaired
from cxmining.loaders.source import Input, ReadOptions, Row
from cxmining.records import Block, BlockKind, Origin, Record

_CUSTOMER_ROLES = frozenset({"end-user", "end_user", "user", "lead", "contact", "customer", "visitor"})
_CONTENT = frozenset({"id", "comments", "description", "source", "conversation_parts", "conversation_message"})
_ZENDESK_FIELDS = frozenset({"requester_id", "submitter_id", "assignee_id", "ticket_form_id", "brand_id", "via"})


@dataclass(frozen=True, slots=True)
class _Message:
    """One message of a ticket; ``internal`` ones were never sent to the customer."""

    text: str
    speaker: str
    time: str | None
    internal: bool = False


def is_ticket(value: object) -> bool:
    """Tell whether an object has the shape of a Zendesk ticket or an Intercom conversation.

    Parameters
    ----------
    value : object
        Parsed JSON value.

    Returns
    -------
    bool
        Whether :func:`record` can read it.
    """
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("conversation_parts"), Mapping | list):
        return True
    if value.get("type") == "conversation" and isinstance(value.get("source"), Mapping):
        return True
    comments = value.get("comments")
    if isinstance(comments, list) and comments:
        return all(isinstance(c, Mapping) and ({"body", "html_body", "plain_body"} & c.keys()) for c in comments)
    return isinstance(value.get("description"), str) and len(_ZENDESK_FIELDS & value.keys()) >= 2


def record(file: Input, number: int, ticket: Mapping[str, object], options: ReadOptions) -> Row:
    """Make a record of a ticket.

    Parameters
    ----------
    file : Input
        File at hand.
    number : int
        Number of the ticket in the file.
    ticket : mapping
        An object for which :func:`is_ticket` holds.
    options : ReadOptions
        The user's options.

    Returns
    -------
    Record or Rejected
        A record whose blocks are the messages; internal notes are boilerplate, which is never classified.
    """
    is_intercom = "conversation_parts" in ticket or ticket.get("type") == "conversation"
    try:
        messages = list(_intercom(ticket) if is_intercom else _zendesk(ticket))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        return file.reject(number, f"the ticket's messages cannot be read ({error}); export it anew", str(ticket)[:500])
    text, blocks = "", []
    for message in messages:
        said = repaired(message.text, options).strip()
        if not said:
            continue
        text += "\n" if text else ""
        kind: BlockKind = "boilerplate" if message.internal else "turn"
        blocks.append(Block(len(text), len(text) + len(said), kind, message.speaker, message.time))
        text += said
    columns = {name: value for name, value in ticket.items() if name not in _CONTENT}
    source = ticket.get("source")
    if isinstance(source, Mapping) and source.get("subject"):
        columns.setdefault("subject", fragment_text(str(source["subject"])))
    return Record(
        id=cell_text(ticket.get("id")) or file.row_id(number),
        text=text,
        origin=Origin(file.name, number),
        time=_time(ticket.get("created_at")),
        blocks=tuple(blocks),
        columns=columns,
    )


def _zendesk(ticket: Mapping[str, object]) -> Iterator[_Message]:
    """Yield a Zendesk ticket's comments; the description repeats the first one and counts only without them."""
    comments = ticket.get("comments")
    if not isinstance(comments, list) or not comments:
        yield _Message(str(ticket.get("description") or ""), "customer", _time(ticket.get("created_at")))
        return
    requester = ticket.get("requester_id")
    first_author = comments[0].get("author_id")
    for comment in comments:
        author = comment.get("author")
        role = author.get("role") if isinstance(author, Mapping) else comment.get("author_role")
        if role is not None:
            is_customer = str(role) in _CUSTOMER_ROLES
        else:
            # A ticket without a requester was opened by whoever wrote first.
            is_customer = comment.get("author_id") == (first_author if requester is None else requester)
        body = comment.get("plain_body") or comment.get("body") or ""
        text = fragment_text(str(comment.get("html_body") or "")) if not body else str(body).replace("&nbsp;", " ")
        speaker = "customer" if is_customer else "agent"
        yield _Message(text, speaker, _time(comment.get("created_at")), comment.get("public") is False)


def _intercom(conversation: Mapping[str, object]) -> Iterator[_Message]:
    """Yield an Intercom conversation's first message and its parts; parts without a body are events."""
    first = conversation.get("source") or conversation.get("conversation_message")
    parts: Iterable[object] = [first]
    more = conversation.get("conversation_parts")
    if isinstance(more, Mapping):
        more = more.get("conversation_parts")
    if isinstance(more, list):
        parts = [first, *more]
    for part in parts:
        if not isinstance(part, Mapping) or not part.get("body"):
            continue
        author = part.get("author")
        role = str(author.get("type")) if isinstance(author, Mapping) else ""
        time = part.get("created_at") or (conversation.get("created_at") if part is first else None)
        speaker = "customer" if role in _CUSTOMER_ROLES else "agent"
        yield _Message(fragment_text(str(part["body"])), speaker, _time(time), part.get("part_type") == "note")


def _time(value: object) -> str | None:
    """Write a time; seconds since 1970 become ISO 8601."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return str(value)
