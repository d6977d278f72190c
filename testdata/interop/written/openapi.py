"""The schemas of an OpenAPI document as FastAPI writes it, and data as pydantic dumps it: python openapi.py

FastAPI 0.98 with pydantic 1 writes OpenAPI 3.0, a newer one with pydantic 2 writes 3.1.
"""

import warnings
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Dict, List, Literal, Optional, Tuple, Union
from uuid import UUID

import pydantic
from fastapi import FastAPI
from pydantic import BaseModel, EmailStr, Field, ValidationError

from written import Cases

warnings.simplefilter("ignore")  # the names of pydantic 1 are deprecated in pydantic 2
pattern = "regex" if pydantic.VERSION.startswith("1.") else "pattern"


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str = Field(example="Main St 1")
    zip: str = Field(**{pattern: r"^\d{5}$"})


class Person(BaseModel):
    """A person."""

    name: str = Field(min_length=1)
    age: Optional[int] = Field(default=30, gt=0, lt=150)
    home: Address
    color: Color = Color.RED
    tags: List[str] = []
    pair: Tuple[str, int] = ("a", 1)
    amount: Decimal = Decimal(1)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool


class Pets(BaseModel):
    pets: List[Union[Cat, Dog]]
    either: Union[Cat, Dog] = Field(discriminator="kind")


class Order(BaseModel):
    id: UUID = Field(alias="orderId")
    email: EmailStr
    day: date
    at: datetime
    lines: Dict[str, int]
    parts: List["Order"] = []


Order.update_forward_refs()
app = FastAPI(title="Written", version="1")


@app.post("/")
def post(person: Person, pets: Pets, order: Order):
    return person, pets, order


cases, document = Cases(), app.openapi()


def add(value, *wrong):
    """Adds the schema of a value out of the document, and what pydantic 1 writes for it alone."""
    model = type(value)

    def refuses(text):
        try:
            model.parse_raw(text)
        except ValidationError:
            return True
        return False

    name, valid = model.__name__, [value.json(by_alias=True)]
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    cases.add(f"OpenAPI {document['openapi']}: {name}", schema, valid, wrong, refuses)
    if pattern == "regex":
        cases.add(f"pydantic 1: {name}", model.schema(), valid, wrong, refuses)


add(Person(name="A", home=Address(street="x", zip="12345")), '{"name":"A"}', '{"name":"A","home":{"street":"x","zip":"1"}}',
    '{"name":"A","home":{"street":"x","zip":"12345"},"age":150}')
add(Pets(pets=[Cat(kind="cat", lives=9), Dog(kind="dog", barks=True)], either=Dog(kind="dog", barks=False)),
    '{"pets":[],"either":{"kind":"cow"}}', '{"pets":[{"kind":"cat"}],"either":{"kind":"cat","lives":1}}')
uuid = "123e4567-e89b-42d3-a456-426614174000"
order = {"orderId": uuid, "email": "a@example.com", "day": "2026-01-01", "at": "2026-01-01T10:00:00Z", "lines": {"a": 1}}
add(Order(**order, parts=[order]), '{"orderId":"%s"}' % uuid)
cases.print()
