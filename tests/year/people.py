"""Who buys at the shop: guests and regulars, families with one address, offices with one mailbox, people abroad."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
FIRST = [
    "Ada",
    "Ben",
    "Cara",
    "Dan",
    "Ella",
    "Finn",
    "Grace",
    "Hugo",
    "Ivy",
    "Jack",
    "Kara",
    "Liam",
    "Mia",
    "Noah",
    "Olive",
    "Paul",
    "Quinn",
    "Rosa",
    "Sam",
    "Tess",
    "Una",
    "Vera",
    "Will",
    "Xena",
    "Yara",
    "Zoe",
    "Amir",
    "Bella",
    "Cleo",
    "Dora",
    "Ewan",
    "Flora",
    "Gus",
    "Hana",
    "Iris",
    "Joel",
    "Kim",
    "Lara",
    "Max",
    "Nina",
    "Otto",
    "Pia",
]
HEADS = [
    "Bar",
    "Cal",
    "Dun",
    "Ead",
    "Far",
    "Gal",
    "Har",
    "Ing",
    "Jar",
    "Kel",
    "Lam",
    "Mor",
    "Nor",
    "Oak",
    "Pem",
    "Rad",
    "Sel",
    "Tar",
    "Und",
    "Ver",
    "Wal",
    "Yar",
]
TAILS = [
    "berton",
    "cliffe",
    "dale",
    "field",
    "grave",
    "ham",
    "itt",
    "kins",
    "low",
    "mont",
    "ner",
    "oaks",
    "pole",
    "rick",
    "son",
    "thorpe",
    "vale",
    "worth",
]
STREETS = ("High St", "Mill Rd", "Bay Tce", "Ann St", "Park Ave", "Hill Cres")
ABROAD = (("NZ", "Wellington", "6011"), ("GB", "Leeds", "LS1 4DY"), ("US", "Portland", "97201"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who orders, as they type themselves in."""

    card: Body
    abroad: bool = False

    @property
    def address(self) -> Body:
        """Where their goods go."""
        found: Body = self.card["billing_address"]
        return found


def in_america(person: Person) -> Person:
    """The same person in California, or in Canada where they are from abroad."""
    place = person.address
    if not person.abroad:
        place = {**place, "suburb": "Fresno", "state": "CA", "postcode": "93650", "country": "US"}
    elif place["country"] == "US":
        place = {**place, "suburb": "Halifax", "postcode": "B3H 1A1", "country": "CA"}
    return Person({**person.card, "billing_address": place, "shipping_address": place}, person.abroad)


def crowd(chance: random.Random) -> Iterator[Person]:
    """One new person after the other; some are of one household, some write from one mailbox."""
    number = 0
    while True:
        number += 1
        what = chance.random()
        if what < 0.06:
            yield from _family(chance, number)
        elif what < 0.07:
            yield from _office(chance, number)
        else:
            abroad = what > 0.96
            last = _surname(chance)
            yield _person(
                chance, chance.choice(FIRST), last, f"{last.lower()}{number}@mail{number % 9}.example", abroad
            )


def _family(chance: random.Random, number: int) -> Iterator[Person]:
    """Two to four of one name at one address; of every third family two write from the same mailbox."""
    last, home = _surname(chance), _at_home(chance)
    shared = number % 3 == 0
    for which, first in enumerate(chance.sample(FIRST, chance.randrange(2, 5))):
        box = f"{last.lower()}.family{number}" if shared and which < 2 else f"{first.lower()}.{last.lower()}{number}"
        yield Person(_card(first, last, f"{box}@mail.example", home))


def _office(chance: random.Random, number: int) -> Iterator[Person]:
    """Several people of one company who share its mailbox."""
    company, home = f"{_surname(chance)} Supplies {number}", _at_home(chance)
    for first in chance.sample(FIRST, 3):
        card = _card(first, _surname(chance), f"office@supplies{number}.example", home)
        yield Person({**card, "company_name": company})


def _person(chance: random.Random, first: str, last: str, email: str, abroad: bool) -> Person:
    if not abroad:
        return Person(_card(first, last, email, _at_home(chance)))
    country, town, postcode = chance.choice(ABROAD)
    place = {"line1": f"{chance.randrange(1, 400)} {chance.choice(STREETS)}", "suburb": town, "postcode": postcode}
    return Person(_card(first, last, email, {**place, "country": country}), abroad=True)


def _card(first: str, last: str, email: str, address: Body) -> Body:
    card: Body = {"type": "individual", "first_name": first, "last_name": last, "email": email}
    return {**card, "billing_address": address, "shipping_address": address}


def _at_home(chance: random.Random) -> Body:
    place = {"line1": f"{chance.randrange(1, 400)} {chance.choice(STREETS)}", "suburb": "Brisbane", "state": "QLD"}
    return {**place, "postcode": str(chance.randrange(4000, 4900)), "country": "AU"}


def _surname(chance: random.Random) -> str:
    return chance.choice(HEADS) + chance.choice(TAILS)
