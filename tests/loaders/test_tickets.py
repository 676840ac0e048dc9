import json

from cxmining.loaders.tickets import is_ticket

ZENDESK = {
    "id": 35,
    "subject": "Kasni dostava",
    "description": "Paket nije stigao.",
    "requester_id": 1,
    "assignee_id": 2,
    "created_at": "2024-03-01T10:00:00Z",
    "tags": ["dostava"],
    "comments": [
        {"author_id": 1, "body": "Paket nije stigao.", "created_at": "2024-03-01T10:00:00Z", "public": True},
        {"author_id": 2, "html_body": "<p>Žao nam je.</p><p>Provjerit ćemo.</p>", "created_at": "2024-03-01T11:00:00Z"},
        {"author_id": 2, "body": "kupac zove treći put", "public": False},
    ],
}
INTERCOM = {
    "type": "conversation",
    "id": "99",
    "created_at": 1709287200,
    "state": "open",
    "source": {"subject": "<b>返品</b>", "body": "<p>返金してください。</p>", "author": {"type": "user"}},
    "conversation_parts": {
        "conversation_parts": [
            {"part_type": "assignment", "body": None, "author": {"type": "admin"}},
            {
                "part_type": "comment",
                "body": "<p>確認します。</p>",
                "author": {"type": "admin"},
                "created_at": 1709290800,
            },
            {"part_type": "note", "body": "<p>三回目</p>", "author": {"type": "admin"}, "created_at": 1709290900},
        ]
    },
}


def turns(record):
    return [(record.text[b.start : b.end], b.kind, b.speaker, b.time) for b in record.blocks]


def test_zendesk(load):
    got = load("a.json", json.dumps({"tickets": [ZENDESK], "count": 1}))
    (record,) = got.records
    assert record.id == "35"
    assert turns(record) == [
        ("Paket nije stigao.", "turn", "customer", "2024-03-01T10:00:00Z"),
        ("Žao nam je.\n\nProvjerit ćemo.", "turn", "agent", "2024-03-01T11:00:00Z"),
        ("kupac zove treći put", "boilerplate", "agent", None),
    ]
    assert record.columns["subject"] == "Kasni dostava"
    assert record.columns["tags"] == ["dostava"]
    assert "comments" not in record.columns
    assert "tickets" in got.sources[0].format


def test_zendesk_without_comments(load):
    ticket = {key: value for key, value in ZENDESK.items() if key != "comments"}
    (record,) = load("a.ndjson", json.dumps(ticket) + "\n").records
    assert turns(record) == [("Paket nije stigao.", "turn", "customer", "2024-03-01T10:00:00Z")]


def test_intercom(load):
    (record,) = load("a.jsonl", json.dumps(INTERCOM) + "\n").records
    assert turns(record) == [
        ("返金してください。", "turn", "customer", "2024-03-01T10:00:00+00:00"),
        ("確認します。", "turn", "agent", "2024-03-01T11:00:00+00:00"),
        ("三回目", "boilerplate", "agent", "2024-03-01T11:01:40+00:00"),
    ]
    assert record.columns == {"type": "conversation", "created_at": 1709287200, "state": "open", "subject": "返品"}


def test_one_ticket_in_a_document(load):
    assert load("a.json", json.dumps(INTERCOM, indent=2)).records[0].id == "99"


def test_damage_among_tickets(load):
    bad = ZENDESK | {"id": 36, "comments": [{"body": "x", "created_at": 1e300}]}
    lines = [json.dumps(ZENDESK), "{oops", json.dumps({"a": 1}), json.dumps(bad), json.dumps(ZENDESK)]
    got = load("a.jsonl", "\n".join(lines))
    assert (len(got.records), [r.origin.row for r in got.rejected]) == (2, [2, 3, 4])


def test_reviews_with_comments_are_no_tickets():
    assert not is_ticket({"text": "a", "comments": 3})
    assert not is_ticket({"text": "a", "comments": ["b"]})
    assert not is_ticket({"description": "a"})
    assert not is_ticket([])
