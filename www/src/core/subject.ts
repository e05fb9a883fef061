/** Something on the stage that a pointer or the keyboard can be on, and that has actions. */
export type Subject =
  | { kind: "replica"; id: number }
  | { kind: "message"; id: number }
  | { kind: "client"; id: number }
  /** An entry of a replica's log. */
  | { kind: "entry"; replica: number; index: number }
  /** A pair of replicas, both directions; `from` is the lower number. */
  | { kind: "link"; from: number; to: number };

/** A text that is the same for the same subject, for keys and comparisons. */
export function subjectKey(subject: Subject): string {
  switch (subject.kind) {
    case "link":
      return `link ${subject.from} ${subject.to}`;
    case "entry":
      return `entry ${subject.replica} ${subject.index}`;
    default:
      return `${subject.kind} ${subject.id}`;
  }
}

/** Whether two are the same subject. */
export function sameSubject(a: Subject | undefined, b: Subject | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && subjectKey(a) === subjectKey(b));
}
