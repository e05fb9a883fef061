/** The happenings of the event graph in words: what happened, to whom, and why. */
import type { Happening, Letter, LossCause, Outcome, Place, What } from "../../../pkg/raftarium.js";
import { type Cases, match } from "../../core/match.js";
import { actionText } from "../actions.js";
import { messageName } from "../messages.js";
import {
  answerText,
  clientName,
  count,
  operationText,
  replicaName,
  roleName,
  sentenceCase,
} from "../names.js";
import { decisionText } from "./decisions.js";
import { LOSS_CAUSES, noticeText } from "./notices.js";
import { refusalText } from "./refusals.js";

/** What happened, as a sentence that names the place. */
export function happeningText({ place, what, at_us, event }: Happening): string {
  const who = placeName(place);
  const told = match<What, string>(what, SENTENCES(who, { at_us, event }));
  return sentenceCase(told);
}

/** Where it happened. */
export function placeName(place: Place): string {
  return typeof place === "string"
    ? place === "network"
      ? "the network"
      : "outside"
    : "replica" in place
      ? replicaName(place.replica)
      : clientName(place.client);
}

type Told = Cases<What, string>;

const SENTENCES = (who: string, when: { at_us: number; event: number }): Told => ({
  // --- messages ---
  sent: (letter) => `${who} ${does(who, "send")} ${letterText(letter)} to ${endOf(letter.to)}.`,
  received: ({ letter, outcome }) =>
    `${who} ${does(who, "receive")} ${letterText(letter)} from ${endOf(letter.from)}${match(outcome, OUTCOMES)}`,
  lost: ({ letter, cause }) =>
    `The ${letterText(letter)} from ${endOf(letter.from)} to ${endOf(letter.to)} is lost: ${lossText(cause)}.`,

  // --- a replica ---
  started: () => `${who} starts, with what its disk holds.`,
  crashed: () => `${who} crashes: all that was not on its disk is gone.`,
  paused: () => `${who} is paused.`,
  resumed: () => `${who} runs on.`,
  timed_out: ({ role }) =>
    role === "leader" ? `${who}'s heartbeat is due.` : `${who}'s election timer runs out.`,
  decided: (decision) => `${who}: ${decisionText(decision)}`,
  became: ({ role, term, before }) =>
    `${who} is ${role === "leader" ? "the leader" : `a ${roleName(role)}`} ${term === before ? "in" : "now, in"} term ${term}.`,
  appended: ({ first, last, term }) =>
    `${who} appends ${range(first, last)}, of term ${term}, to its log.`,
  truncated: ({ last_index }) =>
    `${who} drops what conflicts after entry ${count(last_index)} of its log (§5.3).`,
  committed: ({ first, last }) =>
    `${who} knows that ${range(first, last)} ${first === last ? "is" : "are"} committed.`,
  wrote: ({ last_index, term, vote }) =>
    `${who}'s disk has written${vote ? ` term ${term} and its vote` : ""}: its log is on the disk up to entry ${count(last_index)}.`,
  applied: ({ index }) => `${who} applies entry ${count(index)} to its store.`,
  restored: ({ index }) => `${who} starts anew from a snapshot up to entry ${count(index)} (§7).`,
  snapshot_taken: ({ index }) => `${who} takes a snapshot up to entry ${count(index)} (§7).`,
  read_served: ({ client, sequence, index }) =>
    `${who} serves ${ownersOf(client)} read #${sequence}, as its store is at entry ${count(index)}.`,

  // --- a client ---
  asked: ({ sequence, operation }) =>
    `${who} ${who === "you" ? "are" : "is"} asked for “${operationText(operation)}” (#${sequence}).`,
  told: ({ sequence, operation, answer }) =>
    `${who} ${who === "you" ? "are" : "is"} answered on “${operationText(operation)}” (#${sequence}): ${answerText(answer)}.`,
  gave_up: ({ operation }) =>
    `${who} ${does(who, "give")} up “${operationText(operation)}”: what becomes of it is unknown.`,
  session_renewed: ({ session }) =>
    `${who} ${does(who, "open")} session ${session}: the one before has expired.`,

  // --- outside ---
  done: (action) => actionText(action),
  noted: (event) => noticeText({ ...when, what: event }),
});

/** "AppendEntries (2 entries up to 7, term 3)". */
export function letterText({ kind, term, number, entries, duplicate }: Letter): string {
  const parts: string[] = [];
  if (entries > 0) {
    parts.push(
      entries === 1
        ? `entry ${count(number)}`
        : `entries ${count(number - entries + 1)} to ${count(number)}`,
    );
  } else if (number > 0 && ABOUT[kind] !== undefined) {
    parts.push(ABOUT[kind] === "#" ? `#${number}` : `${ABOUT[kind]} ${count(number)}`);
  }
  if (term > 0) {
    parts.push(`term ${term}`);
  }
  if (duplicate) {
    parts.push("second copy");
  }
  return `${messageName(kind)}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
}

/** What the number of a message without entries means. */
const ABOUT: { readonly [Kind in Letter["kind"]]?: string } = {
  request_vote: "log up to",
  request_pre_vote: "log up to",
  heartbeat: "log up to",
  append_accepted: "up to",
  append_rejected: "at",
  client_request: "#",
  client_answer: "#",
  client_redirect: "#",
  read_index_answer: "up to",
  install_snapshot: "snapshot up to",
  snapshot_received: "snapshot up to",
};

const OUTCOMES: Cases<Outcome, string> = {
  taken: () => ".",
  refused: (refusal) => `, and refuses it: ${refusalText(refusal)}.`,
  older_term: ({ current }) => `: its term is over, the receiver is in term ${current} (§5.1).`,
  not_asked: ({ role }) => `: it means nothing to a ${roleName(role)}, who did not ask for it.`,
  nothing_new: () => ": it tells nothing new.",
};

function lossText(cause: LossCause): string {
  return LOSS_CAUSES[cause];
}

function endOf(end: Letter["from"]): string {
  return "replica" in end ? replicaName(end.replica) : clientName(end.client);
}

function does(who: string, verb: string): string {
  return who === "you" ? verb : `${verb}s`;
}

function ownersOf(client: number): string {
  const name = clientName(client);
  return name === "you" ? "your" : `${name}'s`;
}

function range(first: number, last: number): string {
  return first === last ? `entry ${count(last)}` : `entries ${count(first)} to ${count(last)}`;
}
