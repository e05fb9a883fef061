/**
 * The core's sum types, matched with a case for each. They arrive as Rust's serde writes
 * them: `"granted"`, or an object with one field named like the variant, such as
 * `{ older_term: { current: 3 } }`. A variant that has no case is a compile error.
 */

/** The names of the variants. */
export type Tag<Sum> = Sum extends string ? Sum : Sum extends object ? keyof Sum : never;

/** The data of a variant; `undefined` for one that is only a name. */
export type Payload<Sum, Name> = Sum extends string
  ? Name extends Sum
    ? undefined
    : never
  : Name extends keyof Sum
    ? Sum[Name]
    : never;

/** A function for each variant. */
export type Cases<Sum, Result> = {
  readonly [Name in Tag<Sum>]: (payload: Payload<Sum, Name>) => Result;
};

/** The name of the variant that a value is. */
export function tagOf<Sum extends string | object>(value: Sum): Tag<Sum> {
  return (typeof value === "string" ? value : Object.keys(value)[0]) as Tag<Sum>;
}

/** The data of the variant that a value is. */
export function payloadOf<Sum extends string | object>(value: Sum): Payload<Sum, Tag<Sum>> {
  const payload = typeof value === "string" ? undefined : value[tagOf(value) as keyof Sum];
  return payload as Payload<Sum, Tag<Sum>>;
}

/** Applies the case for a value to its data. */
export function match<Sum extends string | object, Result>(
  value: Sum,
  cases: Cases<Sum, Result>,
): Result {
  return cases[tagOf(value)](payloadOf(value));
}
