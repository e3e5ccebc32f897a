"""All of the world on the network, as a browser needs it: the service at its public address, QuickBooks' consent page, and a program
that is told. One virtual clock; a worker works when a test says so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import time_machine
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.quickbooks.app import create_app as books_app
from app.sandbox.quickbooks.grants import Grant
from tests.support.app import BOOKS_HOST, SHOP_HOST, SITE, SITE_TOKEN, Service, VirtualClock, running_service
from tests.support.joint import CERTIFICATE_KEY
from tests.support.listening import a_door, behind, serving
from tests.support.services import DatabaseUrls
from workers.jobs import Sending, deliver, sweeper, wake

TURNS = 60
SHOP_NAME = "Harbour Coffee"
COMPANY = "Harbour Books Pty Ltd"
PEOPLE = (("Ada", "Byron"), ("Grace", "Hopper"), ("Alan", "Turing"), ("Mary", "Somerville"))
SALES = (("1041", "44.00"), ("1042", "110.00"), ("1043", "66.00"), ("1044", "22.00"))
IN_ALL = "242.00"
REMOVED = ("1042", "1043", "1044")
"""Three of the four sales: more than half."""
REMOVED_IN_ALL = "198.00"


class PatientClock(VirtualClock):
    """Whoever sleeps lets others have their turn for a moment: a page that follows a run would have no end of looking otherwise."""

    async def sleep(self, seconds: float) -> None:
        """Hours pass in a moment."""
        await asyncio.sleep(0.05)
        self.advance(seconds=seconds)


@dataclass
class Receiver:
    """A program that is told, at `address`."""

    address: str
    posted: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Take a message."""
        self.posted.append((await request.body(), dict(request.headers)))
        return Response(status_code=204)


@dataclass
class Networked:
    """A shop and a company that nobody has joined yet, and the service between them."""

    service: Service
    receiver: Receiver
    connection_id: str
    realm: str

    @property
    def token(self) -> str:
        """What the shop's connector page shows."""
        return SITE_TOKEN

    @property
    def one(self) -> str:
        """The page of the connection."""
        return f"/connections/{self.connection_id}"

    # people at the shop and at the books

    async def in_shop(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does in the shop's own screens."""
        answer = await self.service.vendors.request(method, f"{SHOP_HOST}/_sandbox/sites/{SITE}/{path}", json=body)
        assert answer.is_success, answer.text
        self.service.clock.advance(seconds=1)
        return answer.json()

    async def consents(self, link: str) -> None:
        """An admin of the company follows a link, and chooses the company at QuickBooks."""
        back = await self.service.consent(await self.service.pressed(link), f"approve={self.realm}")
        assert await self.service.come_back(back) == "connected"

    async def in_books(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does in QuickBooks' own screens."""
        address = f"{BOOKS_HOST}/_sandbox/companies/{self.realm}/{path}"
        answer = await self.service.vendors.request(method, address, json=body)
        assert answer.is_success, answer.text
        self.service.clock.advance(seconds=1)
        return answer.json()

    async def know_a_customer(self) -> str:
        """The bookkeeper has entered the first of the shop's people, too; the customer's id."""
        given, family = PEOPLE[0]
        address = {"Address": f"{given}@example.com".lower()}
        body = {"GivenName": given, "FamilyName": family, "PrimaryEmailAddr": address}
        made = await self.in_books("POST", "customer", body)
        return str(next(value for name, value in made.items() if name != "time")["Id"])

    async def sell(self, number: str, price: str, person: tuple[str, str], day: str = "2026-10-12") -> None:
        """Somebody buys one thing of this price, GST in it; in October unless another day is said."""
        first, last = person
        contact = {
            "type": "individual",
            "first_name": first,
            "last_name": last,
            "email": f"{first}@example.com".lower(),
        }
        line = {"description": "Tea pot", "quantity": "1", "unit_price": price, "tax_code": "GST"}
        body = {"number": number, "date": day, "contact": contact, "lines": [line]}
        sale = await self.in_shop("POST", "sales", body)
        assert sale["total"] == price, sale

    async def change_on_both_sides(self) -> None:
        """The due date of the first sale becomes another one in the shop and yet another one in the books."""
        sale, invoice = await self.sale("1041"), await self.invoice("1041")
        await self.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2026-12-14"})
        await self.in_books("POST", "invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": "2026-12-20"})

    async def change_phones_on_both_sides(self) -> None:
        """So do the phone numbers of three people."""
        for number, (given, _) in enumerate(PEOPLE[1:]):
            contact, customer = await self.contact(given), await self.customer(given)
            await self.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": f"0400 111 00{number}"})
            phone = {"FreeFormNumber": f"0400 222 00{number}"}
            await self.in_books("POST", "customer", {"Id": customer["Id"], "sparse": True, "PrimaryPhone": phone})

    async def phones(self) -> tuple[list[str], list[str]]:
        """The numbers of these three, in the shop and in the books."""
        given = [name for name, _ in PEOPLE[1:]]
        at_the_shop = [(await self.contact(name))["phone"] for name in given]
        return at_the_shop, [(await self.customer(name))["PrimaryPhone"]["FreeFormNumber"] for name in given]

    async def sale(self, number: str) -> dict[str, Any]:
        """A sale as the shop holds it."""
        found = (await self.in_shop("GET", "sales"))["items"]
        return next(each for each in found if each["number"] == number)

    async def invoice(self, number: str) -> dict[str, Any]:
        """An invoice as the books hold it."""
        found = (await self.in_books("GET", "invoice"))["items"]
        return next(each for each in found if each["DocNumber"] == number)

    async def contact(self, given: str) -> dict[str, Any]:
        """A contact as the shop holds it, by the first name."""
        found = (await self.in_shop("GET", "contacts"))["items"]
        return next(each for each in found if each["first_name"] == given)

    async def customer(self, given: str) -> dict[str, Any]:
        """A customer as the books hold it, by the first name."""
        found = (await self.in_books("GET", "customer"))["items"]
        return next(each for each in found if each.get("GivenName") == given)

    def grants(self) -> list[Grant]:
        """The consents for the company that are good."""
        return [each for each in self.service.books.grants.grants if each.realm == self.realm and not each.revoked]

    async def numbers_in_books(self) -> list[str]:
        """The numbers of all invoices in the books."""
        return sorted(each["DocNumber"] for each in (await self.in_books("GET", "invoice"))["items"])

    async def slow_books(self, seconds: float) -> None:
        """Each answer of QuickBooks takes so long from now on."""
        hazard = {"latency": {"on": bool(seconds), "seconds": seconds}}
        answer = await self.service.vendors.put(f"{BOOKS_HOST}/_sandbox/hazards", json=hazard)
        assert answer.is_success, answer.text

    # a worker

    async def turn(self) -> str:
        """One turn of a worker, some time after whatever asked for it; what came of it."""
        self.service.clock.advance(seconds=20)
        return await wake({"runtime": self.service.app.state.runtime}, self.connection_id)

    async def work(self) -> None:
        """A worker works until nothing is due."""
        for _ in range(TURNS):
            if await self.turn() not in ("more", "finished"):
                return
        raise AssertionError("the work does not end")

    async def sweep(self) -> None:
        """The worker's sweep, and what it has to tell is sent."""
        context = {"runtime": self.service.app.state.runtime, "sending": Sending()}
        await sweeper(context)
        await deliver(context)

    def told(self, secret: str) -> list[dict[str, Any]]:
        """What the program was told since it was asked last, each proved by its signature."""
        posted, self.receiver.posted = self.receiver.posted, []
        with time_machine.travel(self.service.clock.now()):
            return [Webhook(secret).verify(body, headers) for body, headers in posted]


@asynccontextmanager
async def networked(urls: DatabaseUrls, *, connected: bool = True) -> AsyncIterator[Networked]:
    """The site is connected by the operator, unless that is said not to be; the company waits to be joined."""
    async with AsyncExitStack() as stack:
        door, books_door, receivers_door = (stack.enter_context(a_door()) for _ in range(3))
        service = await stack.enter_async_context(
            running_service(
                urls,
                clock=PatientClock(),
                public_url=behind(door),
                # Another host than the service's, as Intuit's is: what a browser does not send from there is missing here, too.
                quickbooks_authorize_url=f"{behind(books_door, 'localhost')}/connect/oauth2",
                certificate_key=CERTIFICATE_KEY,
                api_requests_per_minute=0,
                api_failed_keys_per_minute=0,
            )
        )
        receiver = Receiver(f"{behind(receivers_door)}/told")
        taker = Starlette(routes=[Route("/told", receiver.take, methods=["POST"])])
        for app, behind_it in ((service.app, door), (books_app(service.books), books_door), (taker, receivers_door)):
            await stack.enter_async_context(serving(service, app, behind_it))
        realm = service.company(name=COMPANY)
        connection_id = (await service.connect_site(name=SHOP_NAME))["id"] if connected else ""
        yield Networked(service, receiver, connection_id, realm)
