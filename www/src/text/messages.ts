/**
 * One record for each kind of message: its name, what it means, and its shape. And one for
 * each body: what it carries at a glance, and field by field. A new message is a compile
 * error until it has both.
 */
import type {
  BodyView,
  MessageDetail,
  MessageKind,
  Position,
  VotePurpose,
} from "../../pkg/raftarium.js";
import type { InFlight } from "../core/in-flight.js";
import { type Payload, payloadOf, type Tag, tagOf } from "../core/match.js";
import {
  answerText,
  bytesText,
  count,
  endName,
  entryText,
  operationText,
  plural,
  replicaName,
} from "./names.js";

/** The outline tells the kind of question or answer. */
export type Outline =
  | "triangle"
  | "drop"
  | "card"
  | "arrow"
  | "diamond"
  | "pages"
  | "hexagon"
  | "chevron";

/** The sign inside tells how the answer came out. */
export type Sign = "question" | "check" | "cross" | "dot" | "turn" | "lines" | "bang";

export interface MessageShape {
  readonly outline: Outline;
  /** Half the width of other shapes unless given. */
  readonly size?: number;
  /** Hollow is a no. */
  readonly hollow?: true;
  /** Dotted and hollow: something is only tried, or fetched without a leader. */
  readonly dotted?: true;
  readonly sign?: Sign;
  /** Where along its direction the sign is; in the middle unless given. */
  readonly signAt?: number;
  readonly signSize?: number;
}

interface MessageRecord {
  readonly name: string;
  /** For the legend. */
  readonly meaning: string;
  readonly shape: MessageShape;
}

/** In the order of the legend. */
export const MESSAGES: Record<MessageKind, MessageRecord> = {
  request_vote: {
    name: "RequestVote",
    meaning: "RequestVote: a candidate asks for a vote",
    shape: { outline: "triangle", sign: "question", signAt: -0.3, signSize: 0.8 },
  },
  vote_granted: {
    name: "vote granted",
    meaning: "the vote is granted",
    shape: { outline: "drop", sign: "check" },
  },
  vote_denied: {
    name: "vote denied",
    meaning: "the vote is denied",
    shape: { outline: "drop", hollow: true, sign: "cross" },
  },
  heartbeat: {
    name: "heartbeat",
    meaning: "heartbeat: AppendEntries without entries",
    shape: { outline: "drop", size: 0.62, hollow: true },
  },
  append_entries: {
    name: "AppendEntries",
    meaning: "AppendEntries, with how many entries",
    shape: { outline: "card" },
  },
  append_accepted: {
    name: "entries accepted",
    meaning: "the entries are accepted",
    shape: { outline: "arrow", sign: "check", signAt: 0.05, signSize: 0.85 },
  },
  append_rejected: {
    name: "entries rejected",
    meaning: "the entries are rejected",
    shape: { outline: "arrow", hollow: true, sign: "cross", signAt: 0.05, signSize: 0.85 },
  },
  client_request: {
    name: "request",
    meaning: "a client asks",
    shape: { outline: "diamond", sign: "dot", signAt: 0.05, signSize: 0.8 },
  },
  client_answer: {
    name: "answer",
    meaning: "a client is answered",
    shape: { outline: "diamond", sign: "check", signAt: 0.05, signSize: 0.85 },
  },
  client_redirect: {
    name: "redirect",
    meaning: "a client is sent to another replica, or told to wait",
    shape: { outline: "diamond", hollow: true, sign: "turn", signAt: 0.05, signSize: 0.75 },
  },
  request_pre_vote: {
    name: "pre-vote request",
    meaning: "a pre-candidate asks whether it would get a vote",
    shape: { outline: "triangle", dotted: true, sign: "question", signAt: -0.3, signSize: 0.8 },
  },
  pre_vote_granted: {
    name: "pre-vote granted",
    meaning: "it would",
    shape: { outline: "drop", dotted: true, sign: "check" },
  },
  pre_vote_denied: {
    name: "pre-vote denied",
    meaning: "it would not",
    shape: { outline: "drop", dotted: true, sign: "cross" },
  },
  install_snapshot: {
    name: "InstallSnapshot",
    meaning: "InstallSnapshot: a chunk, with how much is there when it arrives",
    shape: { outline: "pages", sign: "lines", signAt: -0.1, signSize: 0.8 },
  },
  snapshot_received: {
    name: "snapshot received",
    meaning: "a part of the snapshot has been received",
    shape: { outline: "arrow", sign: "lines", signAt: 0.1, signSize: 0.6 },
  },
  read_index: {
    name: "read index request",
    meaning: "a follower asks how far a read must see",
    shape: { outline: "hexagon", sign: "question", signAt: 0.05, signSize: 0.8 },
  },
  read_index_answer: {
    name: "read index",
    meaning: "the leader's answer to that: the read index",
    shape: { outline: "hexagon", sign: "check", signAt: 0.05, signSize: 0.85 },
  },
  timeout_now: {
    name: "TimeoutNow",
    meaning: "TimeoutNow: the successor must stand for election at once",
    shape: { outline: "chevron", sign: "bang", signAt: 0.4, signSize: 0.8 },
  },
  fetch_log: {
    name: "FetchLog",
    meaning: "a candidate that is behind asks for what it lacks",
    shape: { outline: "card", dotted: true, sign: "question", signAt: 0.05, signSize: 0.8 },
  },
  fetched_entries: {
    name: "fetched entries",
    meaning: "what it lacks",
    shape: { outline: "card", dotted: true },
  },
  fetched_snapshot: {
    name: "fetched snapshot",
    meaning: "what it lacks, as a part of a snapshot",
    shape: { outline: "pages", dotted: true, sign: "lines", signAt: -0.1, signSize: 0.8 },
  },
};

export function messageName(kind: MessageKind): string {
  return MESSAGES[kind].name;
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
  if (message.duplicate) {
    parts.push("second copy");
  }
  if (message.held) {
    parts.push("held");
  }
  return parts.join(", ");
}

/** A field of a message by its name in the paper, and its value. */
export type Field = readonly [name: string, value: string | number];

/** What a message carries beside its fields. */
type Load = Pick<MessageDetail, "entries" | "chunk_bytes">;

interface BodyRecord<Data> {
  /** Its content at a glance. */
  glance?(data: Data, load: Load): string;
  fields(data: Data, load: Load): readonly Field[];
  /** For a kind that carries entries: what it means if there are none. */
  noEntries?: string;
}

/** Of more entries than this only the number is told at a glance. */
const GLANCE_ENTRIES_MAX = 3;

const PURPOSES: Record<VotePurpose, string> = {
  election: "an election",
  pre_vote: "a pre-vote: would it win?",
  transfer: "an election that the leader asked for",
};

const BODIES: { readonly [Kind in Tag<BodyView>]: BodyRecord<Payload<BodyView, Kind>> } = {
  request_vote: {
    glance: ({ last_log: { index, term } }) =>
      index === 0 ? "its log is empty" : `its log ends at index ${index}, term ${term}`,
    fields: ({ last_log, purpose }) => [
      ["for", PURPOSES[purpose]],
      ...position("lastLogIndex", "lastLogTerm", last_log),
    ],
  },
  vote: {
    fields: ({ granted, pre_vote, behind }) => [
      [pre_vote ? "would vote" : "voteGranted", String(granted)],
      ...only(behind, "the candidate's log", "is behind the voter's"),
    ],
  },
  append_entries: {
    glance: ({ leader_commit }, { entries }) => {
      const shown = entries.slice(0, GLANCE_ENTRIES_MAX).map(entryText);
      const more = entries.length - shown.length;
      const rest = more > 0 ? [`${more} more`] : [];
      return [...shown, ...rest, `leaderCommit ${leader_commit}`].join("; ");
    },
    fields: ({ prev_log, leader_commit, round }) => [
      ...position("prevLogIndex", "prevLogTerm", prev_log),
      ["leaderCommit", leader_commit],
      ["round", round],
    ],
    noEntries: "No entries: a heartbeat.",
  },
  append_accepted: {
    glance: ({ match_index }) => `matches up to index ${match_index}`,
    fields: ({ match_index, round, promised_ticks }) => [
      ["success", "true"],
      ["matchIndex", match_index],
      ["round", round],
      ...promise(promised_ticks),
    ],
  },
  append_rejected: {
    glance: ({ conflict_index, conflict_term }) =>
      conflict_term === undefined
        ? `nothing at index ${conflict_index}`
        : `conflict with term ${conflict_term} from index ${conflict_index}`,
    fields: ({ prev_log_index, conflict_term, conflict_index, round, promised_ticks }) => [
      ["success", "false"],
      ["prevLogIndex", prev_log_index],
      ["conflictTerm", conflict_term ?? "none: no entry there"],
      ["conflictIndex", conflict_index],
      ["round", round],
      ...promise(promised_ticks),
    ],
  },
  append_stale: {
    glance: () => "the sender's term is over",
    fields: () => [["success", "false: the sender's term is over"]],
  },
  install_snapshot: {
    fields: ({ last, offset, total }, { chunk_bytes }) => chunk(last, offset, chunk_bytes, total),
  },
  snapshot_received: {
    fields: ({ last, received, promised_ticks }) => [
      ...position("lastIncludedIndex", "lastIncludedTerm", last),
      ["received", bytesText(received)],
      ...promise(promised_ticks),
    ],
  },
  read_index: { fields: ({ read }) => [["read number", read]] },
  read_index_answer: {
    fields: ({ read, index }) => [
      ["read number", read],
      ["readIndex", index],
    ],
  },
  timeout_now: { fields: () => [["means", "stand for election at once"]] },
  fetch_log: {
    fields: ({ after, last_log, received }) => [
      ...position("after index", "of term", after),
      ...position("lastLogIndex", "lastLogTerm", last_log),
      ...only(received > 0, "of the snapshot", bytesText(received)),
    ],
  },
  fetched_entries: {
    fields: ({ prev_log, last_log }) => [
      ...position("prevLogIndex", "prevLogTerm", prev_log),
      ...position("lastLogIndex", "lastLogTerm", last_log),
    ],
    noEntries: "No entries: there is another one at that index.",
  },
  fetched_snapshot: {
    fields: ({ last, offset, total }, { chunk_bytes }) => chunk(last, offset, chunk_bytes, total),
  },
  request: {
    glance: ({ command }) => operationText(command.operation),
    fields: ({ command: { sequence, operation } }) => [
      ["operation", operationText(operation)],
      ["sequence number", sequence],
    ],
  },
  answer: {
    glance: ({ answer }) => answerText(answer),
    fields: ({ sequence, answer }) => [
      ["answer", answerText(answer)],
      ["sequence number", sequence],
    ],
  },
  busy: {
    fields: ({ sequence }) => [
      ["answer", "I lead, but can't take more now"],
      ["sequence number", sequence],
    ],
  },
  redirect: {
    glance: ({ leader }) =>
      leader === undefined ? "no leader known" : `ask ${replicaName(leader)}`,
    fields: ({ sequence, leader }) => [
      ["leader", leader === undefined ? "none known" : replicaName(leader)],
      ["sequence number", sequence],
    ],
  },
};

/** The content of a message at a glance; empty: nothing worth telling. */
export function bodyText(message: MessageDetail): string {
  return bodyRecord(message).glance?.(payloadOf(message.body), message) ?? "";
}

/** The content of a message, field by field. */
export function bodyFields(message: MessageDetail): readonly Field[] {
  return bodyRecord(message).fields(payloadOf(message.body), message);
}

/** What it means if this message has no entries; `undefined` for a kind that never has any. */
export function noEntries(message: MessageDetail): string | undefined {
  return bodyRecord(message).noEntries;
}

function bodyRecord({ body }: MessageDetail): BodyRecord<unknown> {
  return BODIES[tagOf(body)];
}

function only(condition: boolean, name: string, value: string): Field[] {
  return condition ? [[name, value]] : [];
}

function position(indexName: string, termName: string, { index, term }: Position): Field[] {
  return [
    [indexName, index],
    [termName, term],
  ];
}

/** The promise in an answer, for the leader's lease. */
function promise(ticks: number): Field[] {
  return only(ticks > 0, "keeps to the leader for", plural(ticks, "tick"));
}

function chunk(last: Position, offset: number, bytes: number, total: number): Field[] {
  return [
    ...position("lastIncludedIndex", "lastIncludedTerm", last),
    ["offset", count(offset)],
    ["data", bytesText(bytes)],
    ["of", bytesText(total)],
    ["done", String(offset + bytes >= total)],
  ];
}
