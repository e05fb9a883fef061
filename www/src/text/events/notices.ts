/**
 * One record for each kind of notice: its sentence, how much it matters, and whether it is an
 * alarm. A new notice is a compile error until it has one.
 */
import type { Endpoint, LossCause, Notice, TraceEvent, Voided } from "../../../pkg/raftarium.js";
import { type Cases, match, type Payload, payloadOf, type Tag, tagOf } from "../../core/match.js";
import { PERSON } from "../../core/person.js";
import { actionText, actionWeight, clientDoes, type Weight } from "../actions.js";
import { messageName } from "../messages.js";
import {
  answerText,
  bytesText,
  clientName,
  count,
  duration,
  membershipText,
  operationText,
  plural,
  replicaName,
  sentenceCase,
} from "../names.js";
import { changeText, keepText, transferText } from "./decisions.js";
import { refusalText } from "./refusals.js";
import { violationText } from "./violations.js";

interface NoticeRecord<Data> {
  /** The sentence for it; it may lack its capital. */
  told(data: Data): string;
  /** 2 unless given. */
  weight?(data: Data): Weight;
  /** It must never happen, or never last: the person must not miss it. */
  alarming?: true;
}

export const LOSS_CAUSES: Record<LossCause, string> = {
  chance: "the network lost it",
  hand: "it was dropped by hand",
  cut: "the link is cut",
  away: "the client is away",
  replaced: "its sender's disk was replaced",
  dead: "the receiver is dead",
  crowded: "the network is full",
};

const NOTICES: { readonly [Kind in Tag<TraceEvent>]: NoticeRecord<Payload<TraceEvent, Kind>> } = {
  // --- terms and leaders ---
  election_started: {
    told: ({ replica, term }) => `${replicaName(replica)} stands for election in term ${term}.`,
    weight: () => 1,
  },
  pre_vote_started: {
    told: ({ replica, term }) =>
      `${replicaName(replica)} asks whether it could win an election, and stays in term ${term} (pre-vote).`,
    weight: () => 1,
  },
  leader_elected: {
    told: ({ replica, term }) => `${replicaName(replica)} is elected leader of term ${term}.`,
  },
  stepped_down: {
    told: ({ replica, term }) => `${replicaName(replica)} steps down to follower in term ${term}.`,
  },
  quorum_lost: {
    told: ({ replica, term }) =>
      `${replicaName(replica)} has not heard from a quorum, and gives up leading term ${term} (check quorum).`,
  },
  transfer: {
    told: ({ replica, decision }) => `${replicaName(replica)}: ${transferText(decision)}`,
  },

  // --- the log ---
  committed: {
    told: ({ replica, commit_index }) =>
      `${replicaName(replica)} has committed up to index ${commit_index}.`,
    weight: () => 1,
  },
  log_truncated: {
    told: ({ replica, last_index }) =>
      `${replicaName(replica)} drops the conflicting end of its log after index ${last_index}.`,
  },
  log_kept: {
    told: ({ replica, follower, decision }) =>
      `${replicaName(replica)}: ${keepText(replicaName(follower), decision)}`,
    weight: () => 1,
  },
  snapshot_taken: {
    told: ({ replica, index, bytes }) =>
      `${replicaName(replica)} takes a snapshot up to index ${index}, ${bytesText(bytes)}.`,
    weight: () => 1,
  },
  snapshot_installed: {
    told: ({ replica, index }) =>
      `${replicaName(replica)} has received a whole snapshot, and starts anew from index ${index}.`,
  },
  write_interrupted: {
    told: ({ replica, whole, records }) =>
      `Of the ${plural(records, "record")} that ${replicaName(replica)} was writing, ${count(whole)} ${whole === 1 ? "is" : "are"} on its disk.`,
  },

  // --- the membership ---
  membership_asked: {
    told: ({ replica, decision }) =>
      `${replicaName(replica)} is asked to change the membership. ${changeText(decision)}`,
  },
  membership_appended: {
    told: ({ replica, membership }) =>
      `${replicaName(replica)} appends a configuration, in force at once: ${membershipText(membership)}.`,
  },
  membership_committed: {
    told: ({ membership }) => `The configuration is committed: ${membershipText(membership)}.`,
  },

  // --- messages and clients ---
  message_refused: {
    told: ({ replica, message, refusal }) =>
      `${replicaName(replica)} refuses message ${count(message)}: ${refusalText(refusal)}.`,
    weight: () => 1,
  },
  message_lost: {
    told: ({ from, to, kind, cause }) =>
      `The ${messageName(kind)} from ${placeOf(from)} to ${placeOf(to)} is lost: ${LOSS_CAUSES[cause]}.`,
    weight: ({ cause }) => (cause === "hand" ? 1 : 0),
  },
  answered: {
    told: ({ client, operation, answer, took_us }) =>
      `${ownerName(client)} “${operationText(operation)}” is answered: ${answerText(answer)}, after ${duration(took_us)}.`,
    // The form tells the person's own answers itself.
    weight: ({ client }) => (client === PERSON ? 1 : 0),
  },
  gave_up: {
    told: ({ client, operation, attempts }) =>
      `${clientDoes(client, "give", "gives")} up “${operationText(operation)}” after ${plural(attempts, "attempt")}: what becomes of it is unknown.`,
  },
  session_renewed: {
    told: ({ client, session }) =>
      `${ownerName(client)} session has expired; number ${session} is opened.`,
    weight: () => 1,
  },

  // --- what is done from outside ---
  done: {
    told: ({ action }) => actionText(action),
    weight: ({ action }) => actionWeight(action),
  },
  skipped: {
    told: ({ action }) => `Could not be done now: ${actionText(action)}`,
    weight: () => 1,
  },

  // --- what should not happen ---
  stale_read: {
    told: ({ replica, client, committed_index, read_index, voided_by }) =>
      `Stale read! ${replicaName(replica)} answers ${clientName(client)} as of index ${read_index}, though index ${committed_index} had been answered before. ${match(voided_by, VOIDED)}`,
    alarming: true,
  },
  stuck: { told: ({ why }) => why, alarming: true },
  violated: { told: ({ violation }) => violationText(violation), alarming: true },
};

/** Why a stale read breaks no promise. */
const VOIDED: Cases<Voided, string> = {
  flaw: () => "A rule is broken on purpose.",
  rates_apart: ({ leader, follower }) =>
    `The clocks of ${replicaName(leader)} and ${replicaName(follower)} ran further apart than its lease allows for.`,
  clock_jumped: ({ replica }) =>
    `${replicaName(replica)} had promised its lease, and its clock jumped ahead.`,
  clock_stalled: ({ replica }) => `${replicaName(replica)}'s clock stalled while its lease ran.`,
  timed_out_by_hand: ({ replica }) =>
    `${replicaName(replica)} had promised its lease, and its timer was made to run out.`,
};

/** A notice as a sentence. */
export function noticeText({ what }: Notice): string {
  return sentenceCase(recordOf(what).told(payloadOf(what)));
}

/** How much a notice matters. */
export function noticeWeight({ what }: Notice): Weight {
  return recordOf(what).weight?.(payloadOf(what)) ?? 2;
}

/** Whether a notice tells of something that must never happen, or never last. */
export function isAlarming({ what }: Notice): boolean {
  return recordOf(what).alarming ?? false;
}

function recordOf(what: TraceEvent): NoticeRecord<unknown> {
  return NOTICES[tagOf(what)];
}

function ownerName(client: number): string {
  return client === PERSON ? "your" : `${clientName(client)}'s`;
}

function placeOf(end: Endpoint): string {
  return "replica" in end ? replicaName(end.replica) : clientName(end.client);
}
