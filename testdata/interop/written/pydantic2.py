"""Schemas as pydantic 2 writes them, and data as it dumps it: python pydantic2.py"""

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypeVar, Union
from uuid import UUID

from pydantic import (UUID4, BaseModel, ConfigDict, EmailStr, Field, HttpUrl, Json, SecretStr, StringConstraints, TypeAdapter,
                      ValidationError, conlist, constr)

from written import Cases


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class One(Enum):
    ONLY = "only"


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(description="Street and number", examples=["Main St 1"])
    zip: Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
    country: Literal["FR", "DE"] = "FR"


class Person(BaseModel):
    model_config = ConfigDict(title="A person", extra="forbid")

    name: constr(min_length=1, max_length=100)
    age: Optional[Annotated[int, Field(ge=0, lt=150)]] = None
    email: EmailStr
    address: Optional[Address] = None
    tags: conlist(str, max_length=5) = Field(default_factory=list)
    color: Color = Color.RED


class Money(BaseModel):
    amount: Decimal
    rate: Decimal = Field(max_digits=6, decimal_places=2)
    free: Optional[Decimal] = None


class Times(BaseModel):
    day: date
    at: datetime
    naive: datetime
    clock: time
    zoned: time
    takes: timedelta


class Ids(BaseModel):
    id: UUID4
    any: UUID
    url: HttpUrl
    ip: IPv4Address
    six: IPv6Address
    path: Path
    secret: SecretStr
    raw: bytes


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool


class Pets(BaseModel):
    pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]
    either: Union[Cat, Dog, None] = None


class Node(BaseModel):
    value: int
    children: list["Node"] = []


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: Optional[T] = None


class Point(NamedTuple):
    x: float
    y: float


class Shapes(BaseModel):
    point: tuple[float, float]
    named: Point
    mixed: tuple[str, int, bool]
    rest: tuple[int, ...] = ()
    counts: dict[str, int]
    by_color: dict[Color, float] = {}
    by_pattern: dict[Annotated[str, StringConstraints(pattern="^x-")], str] = {}
    numbers: set[int]
    anything: Any = None
    json_text: Json[list[int]]
    one: One
    flag: Literal[True] = True
    level: Literal[1, 2, 3]
    mixed_literal: Literal["a", 1, None] = None
    multiple: Annotated[float, Field(gt=0, multiple_of=0.5)] = 1
    password: Annotated[str, Field(pattern=r"^[A-Z][^\s]{7,}$")] = "Passw0rd"
    lookahead: str = Field(default="Passw0rd", json_schema_extra={"pattern": r"^(?=.*\d)(?=.*[A-Z]).{8,}$"})


class Order(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    order_id: int = Field(alias="orderId", gt=0)
    lines: Annotated[list[dict[str, Decimal]], Field(alias="orderLines", min_length=1)]
    ordered_by: Person = Field(serialization_alias="orderedBy", validation_alias="orderedBy")


class Reasoned(BaseModel):
    reasoning: str
    answer: Literal["yes", "no"]


cases = Cases()


def add(name, of, *values, wrong, mode="validation", **dump):
    """Adds the schema of a type with values as they are dumped, and JSON texts that the type refuses."""
    adapter = TypeAdapter(of)

    def refuses(text):
        try:
            adapter.validate_json(text)
        except ValidationError:
            return True
        return False

    valid = [adapter.dump_json(value, by_alias=True, **dump).decode() for value in values]
    cases.add(name, adapter.json_schema(mode=mode), valid, wrong, refuses)


ada = Person(name="Ada", age=3, email="a@example.com", address=Address(street="Main St 1", zip="12345"))
bob = Person(name="Bob", email="b@example.com")
add("a person", Person, ada, wrong=['{"name":"","email":"a@example.com"}', '{"name":"A","email":"a@example.com","more":1}'])
add("a person with nulls", Person, bob, wrong=['{"name":"B"}', '{"name":"B","email":"none"}', '{"name":"B","email":"b@example.com","age":150}'])
add("a person as it is dumped", Person, ada, bob, mode="serialization", wrong=['{"name":"B","email":"b@example.com","address":{"street":"x"}}'])
add("money", Money, Money(amount="1.50", rate="12.25"), Money(amount=-1, rate=0, free="1000"),
    wrong=['{"amount":"1.50"}', '{"amount":true,"rate":1}'])
utc = timezone.utc
add("times", Times,
    Times(day="2026-01-01", at=datetime(2026, 1, 1, 10, tzinfo=utc), naive="2026-01-01T10:00:00.5", clock="14:30", zoned="14:30:00+01:00",
          takes=timedelta(days=1, hours=2)),
    wrong=['{"day":"2026-02-30","at":"2026-01-01T10:00:00Z","naive":"2026-01-01T10:00:00","clock":"14:30:00","zoned":"14:30:00Z","takes":"P1D"}'])
uuid = "123e4567-e89b-42d3-a456-426614174000"
add("ids", Ids, Ids(id=uuid, any=uuid, url="https://example.com", ip="192.0.2.1", six="2001:db8::1", path="/tmp", secret="s", raw=b"r"),
    wrong=['{"id":"123e4567","any":"%s","url":"https://example.com/","ip":"192.0.2.1","six":"::1","path":"/","secret":"s","raw":"r"}' % uuid])
add("pets by discriminator", Pets, Pets(pets=[Cat(kind="cat", lives=9), Dog(kind="dog", barks=True)], either=Dog(kind="dog", barks=False)),
    wrong=['{"pets":[{"kind":"cow","lives":1}]}', '{"pets":[{"kind":"cat","barks":true}]}'])
add("a tree", Node, Node(value=1, children=[Node(value=2)]), wrong=['{"value":1,"children":[{"children":[]}]}'])
add("a generic page", Page[Person], Page[Person](items=[bob]), wrong=['{"items":[{}]}'])
add("shapes", Shapes,
    Shapes(point=(1.5, 2), named=Point(0, 1), mixed=("a", 1, True), rest=(1, 2, 3), counts={"a": 1}, by_color={"red": 0.5},
           by_pattern={"x-a": "b"}, numbers={1, 2}, anything=[None, {}], json_text="[1]", one="only", level=2, mixed_literal="a"),
    round_trip=True, wrong=['{"point":[1],"named":[0,1],"mixed":["a",1,true],"counts":{},"numbers":[],"json_text":"[1]","one":"only","level":2}',
                            '{"point":[1,2],"named":[0,1],"mixed":["a",1,true],"counts":{},"numbers":[],"json_text":"[1]","one":"only","level":4}'])
add("aliases", Order, Order(order_id=7, lines=[{"a": Decimal("1.10")}], orderedBy=bob),
    wrong=['{"orderId":0,"orderLines":[{}],"orderedBy":%s}' % bob.model_dump_json(), '{"orderId":1,"orderLines":[]}'])
add("reasoning first", Reasoned, Reasoned(reasoning="r", answer="no"), wrong=['{"reasoning":"r","answer":"maybe"}'])
add("a list of persons", list[Person], [bob, ada], exclude_unset=True, wrong=['[{}]', '{"name":"A","email":"a@example.com"}'])
add("a union of plain types", Union[int, str, None], 1, "a", None, wrong=['[true]', '{}'])
add("an optional date", Optional[date], date(2026, 1, 1), None, wrong=['"2026-13-01"', '"tomorrow"'])
add("a decimal, as it is dumped", Decimal, Decimal("1.5"), Decimal("-0.00"), mode="serialization", wrong=['[]'])
cases.print()
