/**
 * Words for the core's data: names, times, states, operations, answers. Whole sentences are
 * in the files beside this one, one for actions, notices, decisions, violations, messages.
 */
import type {
  Answer,
  EntryView,
  MemberKind,
  MembershipView,
  Operation,
  ReadMode,
  ReplicaView,
  RoleKind,
} from "../../pkg/raftarium.js";
import { type Cases, match } from "../core/match.js";
import { isJoint } from "../core/membership.js";
import { PERSON } from "../core/person.js";

const number = new Intl.NumberFormat("en");

/** 12,345. */
export function count(value: number): string {
  return number.format(value);
}

/** "1 entry", "12 entries". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Virtual time as seconds to the millisecond. */
export function seconds(us: number): string {
  return `${(us / 1e6).toFixed(3)} s`;
}

/** A duration in the unit that suits it. */
export function duration(us: number): string {
  return us < 1e6 ? `${Number((us / 1e3).toPrecision(3))} ms` : `${(us / 1e6).toFixed(2)} s`;
}

/** "1/10×" or "2×". */
export function speedText(speed: number): string {
  if (speed >= 1) {
    return `${Number(speed.toPrecision(3))}×`;
  }
  const parts = 1 / speed;
  const whole = Math.round(parts);
  return Math.abs(parts - whole) < 0.01 ? `1/${whole}×` : `${Number(speed.toPrecision(2))}×`;
}

export function replicaName(id: number): string {
  return `R${id}`;
}

/** "R1", "R1 and R2", "R1, R2 and R3". */
export function replicaNames(ids: readonly number[]): string {
  return listed(ids.map(replicaName));
}

export function clientName(id: number): string {
  return id === PERSON ? "you" : `C${id}`;
}

/** One end of a message: a replica's number, or minus a client's. */
export function endName(end: number): string {
  return end < 0 ? clientName(-end) : replicaName(end);
}

/** 12,345 bytes. */
export function bytesText(bytes: number): string {
  return plural(bytes, "byte");
}

/** "37 %". */
export function percentText(part: number, whole: number): string {
  return `${whole > 0 ? Math.floor((100 * part) / whole) : 100} %`;
}

const ROLE_NAMES: Record<RoleKind, string> = {
  leader: "leader",
  candidate: "candidate",
  pre_candidate: "pre-candidate",
  follower: "follower",
};

/** Names for a follower by its place in the cluster. */
const FOLLOWER_NAMES: Record<MemberKind, string> = {
  voter: "follower",
  outgoing: "follower",
  learner: "learner",
  outsider: "not a member",
};

export function roleName(role: RoleKind): string {
  return ROLE_NAMES[role];
}

/** The state of a replica if it does not run, else its role or its place in the cluster. */
export function stateName({ status, role, corrupt }: ReplicaView, standing: MemberKind): string {
  if (corrupt) {
    return `${status}, its disk corrupt`;
  }
  if (status !== "running") {
    return status;
  }
  return role === "follower" ? FOLLOWER_NAMES[standing] : ROLE_NAMES[role];
}

/** "voters R1, R2 and R3, learner R4". */
export function membershipText(membership: MembershipView): string {
  const { voters, outgoing, learners } = membership;
  const parts = isJoint(membership)
    ? [`joint: old ${replicaNames(outgoing)}`, `new ${replicaNames(voters)}`]
    : [`${voters.length === 1 ? "voter" : "voters"} ${replicaNames(voters)}`];
  if (learners.length > 0) {
    parts.push(`${learners.length === 1 ? "learner" : "learners"} ${replicaNames(learners)}`);
  }
  return parts.join(", ");
}

/** How a read is served. */
export function readsText(reads: ReadMode): string {
  return match(reads, READS);
}

const READS: Cases<ReadMode, string> = {
  log: () => "through the log",
  read_index: ({ followers }) => (followers ? "by read index, at any replica" : "by read index"),
  lease: ({ drift_ppm }) => `by lease, for clocks that differ by ${drift_ppm / 10_000} % at most`,
};

export function operationText(operation: Operation): string {
  return match(operation, OPERATIONS);
}

const OPERATIONS: Cases<Operation, string> = {
  put: ({ key, value }) => `put ${datum(key)} = ${datum(value)}`,
  get: ({ key }) => `get ${datum(key)}`,
  delete: ({ key }) => `delete ${datum(key)}`,
  compare_and_set: ({ key, expected, value }) =>
    `set ${datum(key)} to ${datum(value)} if it ${expected === undefined ? "is absent" : `holds ${datum(expected)}`}`,
};

/**
 * A key or a value within a sentence, whose direction it must not turn: characters that do just that
 * are shown by their numbers, and text that runs from right to left is set apart.
 */
export function datum(text: string): string {
  const plain = text.replace(
    /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (turn) => `⟨U+${(turn.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(plain) ? `\u2068${plain}\u2069` : plain;
}

export function answerText(answer: Answer): string {
  return match(answer, ANSWERS);
}

const ANSWERS: Cases<Answer, string> = {
  written: () => "written",
  value: ({ value }) => (value === undefined ? "(absent)" : datum(value)),
  deleted: ({ existed }) => (existed ? "deleted" : "there was nothing to delete"),
  swapped: () => "set",
  not_swapped: ({ found }) =>
    found === undefined ? "not set: it is absent" : `not set: it holds ${datum(found)}`,
  forgotten: () => "the answer is no longer kept",
  expired: () => "refused: the session has expired",
  too_many_sessions: () => "refused: there are too many sessions",
  store_full: () => "refused: the store is full",
  too_large: ({ bytes, bytes_max }) =>
    `refused: ${bytesText(bytes)}, but ${count(bytes_max)} is the most`,
};

export function entryText(entry: EntryView): string {
  if (entry.command) {
    return operationText(entry.command.operation);
  }
  return entry.membership ? `configuration: ${membershipText(entry.membership)}` : "no-op";
}

/** With a capital at the beginning. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  if (names.length < 2) {
    return names.join();
  }
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** How fast a clock runs: "50 % too fast". */
export function rateText(rate_ppm: number): string {
  const ppm = rate_ppm - 1_000_000;
  const percent = Math.abs(ppm) / 10_000;
  return ppm === 0 ? "at the right rate" : `${percent} % too ${ppm > 0 ? "fast" : "slowly"}`;
}
