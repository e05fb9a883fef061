/**
 * The words for what the core gives as data: names, times, states, operations, answers.
 * The sentences are in `notices.ts`, the reasons in `decisions.ts`. The core itself
 * knows no words.
 */
import type {
  Answer,
  BodyView,
  EntryView,
  MemberKind,
  MembershipView,
  MessageKind,
  Operation,
  ReadMode,
  ReplicaView,
  RoleKind,
} from "../../pkg/raftarium.js";
import type { InFlight } from "../core/in-flight.js";
import { isJoint } from "../core/membership.js";
import { PERSON } from "../core/running-world.js";

/** Of more entries than this only the number is told. */
const ENTRIES_TOLD = 3;

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

/** What a follower is called by its place in the cluster. */
const FOLLOWER_NAMES: Record<MemberKind, string> = {
  voter: "follower",
  outgoing: "follower",
  learner: "learner",
  outsider: "not a member",
};

export function roleName(role: RoleKind): string {
  return ROLE_NAMES[role];
}

/** What a replica is: its state if it does not run, else its role or its place in the cluster. */
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
  if ("log" in reads) {
    return "through the log";
  }
  if ("read_index" in reads) {
    return reads.read_index.followers ? "by read index, at any replica" : "by read index";
  }
  return `by lease, for clocks that differ by ${reads.lease.drift_ppm / 10_000} % at most`;
}

const MESSAGE_NAMES: Record<MessageKind, string> = {
  request_vote: "RequestVote",
  vote_granted: "vote granted",
  vote_denied: "vote denied",
  heartbeat: "heartbeat",
  append_entries: "AppendEntries",
  append_accepted: "entries accepted",
  append_rejected: "entries rejected",
  client_request: "request",
  client_answer: "answer",
  client_redirect: "redirect",
  request_pre_vote: "pre-vote request",
  pre_vote_granted: "pre-vote granted",
  pre_vote_denied: "pre-vote denied",
  install_snapshot: "InstallSnapshot",
  snapshot_received: "snapshot received",
  read_index: "read index request",
  read_index_answer: "read index",
  timeout_now: "TimeoutNow",
  fetch_log: "FetchLog",
  fetched_entries: "fetched entries",
  fetched_snapshot: "fetched snapshot",
};

export function messageName(kind: MessageKind): string {
  return MESSAGE_NAMES[kind];
}

/** "AppendEntries from R1 to R2, term 3, 2 entries, held". */
export function messageText(message: InFlight): string {
  const parts = [
    `${messageName(message.kind)} from ${endName(message.from)} to ${endName(message.to)}`,
  ];
  if (message.term > 0) {
    parts.push(`term ${message.term}`);
  }
  if (message.entries > 0) {
    parts.push(plural(message.entries, "entry", "entries"));
  }
  if (message.held) {
    parts.push("held");
  }
  return parts.join(", ");
}

/** What a message carries, at a glance. */
export function bodyText(body: BodyView): string {
  if ("request_vote" in body) {
    const { index, term } = body.request_vote.last_log;
    return index === 0 ? "its log is empty" : `its log ends at index ${index}, term ${term}`;
  }
  if ("append_entries" in body) {
    const { entries, leader_commit } = body.append_entries;
    const shown = entries.slice(0, ENTRIES_TOLD).map(entryText);
    const more = entries.length - shown.length;
    return [...shown, ...(more > 0 ? [`${more} more`] : []), `leaderCommit ${leader_commit}`].join(
      "; ",
    );
  }
  if ("append_accepted" in body) return `matches up to index ${body.append_accepted.match_index}`;
  if ("append_rejected" in body) {
    const { conflict_index, conflict_term } = body.append_rejected;
    return conflict_term === undefined
      ? `nothing at index ${conflict_index}`
      : `conflict with term ${conflict_term} from index ${conflict_index}`;
  }
  if ("append_stale" in body) return "the sender's term is over";
  if ("request" in body) return operationText(body.request.command.operation);
  if ("answer" in body) return answerText(body.answer.answer);
  if ("redirect" in body) {
    const { leader } = body.redirect;
    return leader === undefined ? "no leader known" : `ask ${replicaName(leader)}`;
  }
  return "";
}

export function operationText(operation: Operation): string {
  if ("put" in operation) {
    return `put ${operation.put.key} = ${operation.put.value}`;
  }
  if ("get" in operation) {
    return `get ${operation.get.key}`;
  }
  if ("delete" in operation) {
    return `delete ${operation.delete.key}`;
  }
  const { key, expected, value } = operation.compare_and_set;
  return `set ${key} to ${value} if it ${holds(expected)}`;
}

function holds(expected: string | undefined): string {
  return expected === undefined ? "is absent" : `holds ${expected}`;
}

const PLAIN_ANSWERS: Record<Extract<Answer, string>, string> = {
  written: "written",
  swapped: "set",
  forgotten: "the answer is no longer kept",
  expired: "refused: the session has expired",
  too_many_sessions: "refused: there are too many sessions",
  store_full: "refused: the store is full",
};

export function answerText(answer: Answer): string {
  if (typeof answer === "string") {
    return PLAIN_ANSWERS[answer];
  }
  if ("value" in answer) {
    return answer.value.value ?? "(absent)";
  }
  if ("deleted" in answer) {
    return answer.deleted.existed ? "deleted" : "there was nothing to delete";
  }
  if ("too_large" in answer) {
    const { bytes, bytes_max } = answer.too_large;
    return `refused: ${bytesText(bytes)}, but ${count(bytes_max)} is the most`;
  }
  const { found } = answer.not_swapped;
  return found === undefined ? "not set: it is absent" : `not set: it holds ${found}`;
}

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
