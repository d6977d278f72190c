// Schemas as zod writes them, by itself or by zod-to-json-schema, and data as it returns it: node zod.mjs 4|3
import assert from "node:assert/strict";
import * as z4 from "zod";
import * as z3 from "zod/v3";
import { zodToJsonSchema } from "zod-to-json-schema";

/** What both versions of zod can say: [name, schema, values, JSON that zod refuses]. The last value has all properties. */
function models(z) {
  const address = z.object({ street: z.string().describe("Street and number"), zip: z.string().regex(/^\d{5}$/) });
  const person = z.object({
    name: z.string().min(1).max(100),
    age: z.number().int().min(0).lt(150).nullish(),
    email: z.string().email(),
    address: address.nullable(),
    home: address.optional(),
    tags: z.array(z.string()).max(5).default([]),
    color: z.enum(["red", "blue"]),
  });
  const formats = z.object({
    id: z.string().uuid(), url: z.string().url(),
    at: z.string().datetime(), local: z.string().datetime({ local: true }), offset: z.string().datetime({ offset: true }),
    day: z.string().date(), clock: z.string().time(), takes: z.string().duration(),
    b64: z.string().base64(), emoji: z.string().emoji(), nano: z.string().nanoid(), cuid: z.string().cuid2(), ulid: z.string().ulid(),
  });
  const format = {
    id: "123e4567-e89b-42d3-a456-426614174000", url: "https://example.com/",
    at: "2026-01-01T10:00:00Z", local: "2026-01-01T10:00:00", offset: "2026-01-01T10:00:00+01:00",
    day: "2026-01-01", clock: "14:30:00", takes: "P1DT2H",
    b64: "aGk=", emoji: "😀", nano: "V1StGXR8_Z5jdHi6B-myT", cuid: "tz4a98xxat96iws9zmbrgj3a", ulid: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  };
  const pet = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("cat"), lives: z.number() }),
    z.object({ kind: z.literal("dog"), barks: z.boolean() }),
  ]);
  const patterns = z.object({
    look: z.string().regex(/^(?=.*\d)(?!.*\s)[\w-]{2,2000}$/), cjk: z.string().regex(/^[\u4e00-\u9fff]+$/),
    name: z.string().regex(/^(?<first>\p{Lu})\k<first>\/$/u), flags: z.string().regex(/^abc$/i),
    starts: z.string().startsWith("a.b"), ends: z.string().endsWith("(c)"), has: z.string().includes("$"),
  });
  const pattern = { look: "a1", cjk: "中", name: "AA/", flags: "abc", starts: "a.b.", ends: "x(c)", has: "a$" };
  const bounds = z.object({
    a: z.number().positive().max(10), b: z.number().int().multipleOf(5), c: z.literal(true), d: z.literal("x").nullable(),
  });
  const tree = z.object({ value: z.number(), children: z.array(z.lazy(() => tree)) });
  const home = { street: "x", zip: "12345" };
  const ada = { name: "Ada", age: null, email: "a@example.com", address: null, tags: [], color: "red" };
  return [
    ["a person", person, [ada, { ...ada, address: home, home, tags: ["a"] }], [{ ...ada, email: "a" }, { ...ada, home: {} }, { ...ada, age: 150 }]],
    ["formats", formats, [format], [{ ...format, id: "1" }, { ...format, day: "2026-02-30" }, { ...format, url: undefined }]],
    ["a discriminated union", z.array(pet), [[{ kind: "cat", lives: 9 }, { kind: "dog", barks: true }]], [[{ kind: "cow" }], [{ kind: "cat" }]]],
    ["a union", z.union([z.string(), z.number(), z.null()]), ["a", 1, null], [true, {}]],
    ["a tuple", z.tuple([z.string(), z.number()]), [["a", 1]], [["a"], ["a", 1, 2]]],
    ["a tuple with a rest", z.tuple([z.string()]).rest(z.boolean()), [["a", true, false]], [["a", {}]]],
    ["a record", z.object({ r: z.record(z.string(), z.number()), k: z.record(z.string().regex(/^x-(?!y)/), z.string()) }),
      [{ r: { a: 1 }, k: { "x-a": "b" } }], [{ r: { a: "1" }, k: {} }]],
    ["an intersection", z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })), [{ a: "x", b: 1 }], [{ a: "x" }, { b: 1 }]],
    ["patterns", patterns, [pattern], [{ ...pattern, look: "a 1" }, { ...pattern, name: "AB/" }, { ...pattern, has: "a" }]],
    ["bounds", bounds, [{ a: 0.5, b: 10, c: true, d: null }], [{ a: 0, b: 10, c: true, d: null }, { a: 1, b: 7, c: true, d: null }]],
    ["nullable enum", z.object({ a: z.enum(["x", "y"]).nullable(), b: z.string().nullish() }),
      [{ a: null }, { a: "x", b: null }], [{ a: "z", b: null }]],
    ["a tree", tree, [{ value: 1, children: [{ value: 2, children: [] }] }], [{ value: 1, children: [{ value: 2 }] }]],
  ];
}

const cases = [];

/** Adds a case. Valid is what zod returns for the values; what is not valid it refuses. */
function add(name, schema, zod, values, wrong) {
  const valid = values.map((value) => zod.parse(value)), invalid = wrong.map((value) => JSON.parse(JSON.stringify(value)));
  for (const value of invalid) assert(!zod.safeParse(value).success, `${name}: zod takes ${JSON.stringify(value)}`);
  cases.push({ name, schema, valid, invalid });
}

function writeZod4() {
  for (const options of [{ target: "draft-2020-12" }, { io: "input" }, { target: "draft-7" }, { target: "draft-4" }, { target: "openapi-3.0" }]) {
    for (const [name, schema, values, wrong] of models(z4)) {
      add(`z.toJSONSchema, ${options.target ?? "io input"}: ${name}`, z4.toJSONSchema(schema, options), schema, values, wrong);
    }
  }
  const part = z4.object({ a: z4.string() }).meta({ id: "P", title: "p" });
  const whole = z4.object({ x: part, y: part.nullable() });
  add("z.toJSONSchema: a registered part", z4.toJSONSchema(whole), whole, [{ x: { a: "b" }, y: null }], [{ x: {}, y: null }]);
}

function writeZod3() {
  for (const target of ["jsonSchema7", "jsonSchema2019-09", "openApi3", "openAi"]) {
    for (const [name, schema, values, wrong] of models(z3)) {
      // For OpenAI all properties are required.
      add(`${target}: ${name}`, zodToJsonSchema(schema, { target }), schema, target === "openAi" ? values.slice(-1) : values, wrong);
    }
  }
  const cat = z3.object({ type: z3.literal("c"), kitten: z3.lazy(() => cat).nullable() });
  const cats = [{ type: "c", kitten: { type: "c", kitten: null } }], dogs = [{ type: "d", kitten: null }];
  add("jsonSchema7: a named schema", zodToJsonSchema(cat, "Cat"), cat, cats, dogs);
  add("openApi3: a recursive schema, nullable", zodToJsonSchema(cat, { target: "openApi3" }), cat, cats, dogs);
  const list = z3.array(cat);
  add("jsonSchema7: definitions", zodToJsonSchema(list, { name: "Cats", definitions: { cat }, definitionPath: "$defs" }), list, [cats], [dogs]);
  // A relative JSON pointer is no reference of JSON Schema: no data, since the schema is refused.
  add("jsonSchema7: relative references", zodToJsonSchema(z3.object({ cat }), { $refStrategy: "relative" }), cat, [], []);
}

const write = { 4: writeZod4, 3: writeZod3 }[process.argv[2]];
write();
console.log(`[\n${cases.map((c) => JSON.stringify(c)).join(",\n")}\n]`);
