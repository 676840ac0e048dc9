import pytest

from cxmining.text.roles import parties, role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Agent", "agent"), ("AGENT 2", "agent"), ("Agent Ana", "agent"), ("Ana (operaterka)", "agent"),
        ("Korisnik", "customer"),
        ("Korisnička služba", "agent"), ("оператор 1", "agent"), ("Клиент", "customer"), ("чат-бот", "agent"),
        ("お客様", "customer"), ("オペレーター1", "agent"), ("end-user", "customer"), ("Ana", None),
        ("", None), ("00:12", None),
    ],
)  # fmt: skip
def test_role_of(name, role):
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        (["Agent", "Marko"], {"Agent": "agent", "Marko": "customer"}),
        (["Korisnik", "Ana", None], {"Korisnik": "customer", "Ana": "agent"}),
        (["Ana", "Marko"], {"Ana": "customer", "Marko": "customer"}),
        (["Agent", "Kupac", "Ana"], {"Agent": "agent", "Kupac": "customer", "Ana": "customer"}),
        ([None], {}),
    ],
)
def test_parties(speakers, expected):
    assert parties(speakers) == expected
