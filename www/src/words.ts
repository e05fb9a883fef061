/**
 * The words for what the core gives as data: names, times, operations, answers and
 * the sentences of the narration. The core itself knows no words.
 */
import type {
  Action,
  Answer,
  BodyView,
  EntryView,
  Happening,
  LossCause,
  MessageKind,
  Notice,
  Operation,
  Target,
  Violation,
} from "../pkg/raftarium.js";
import type { InFlight } from "./messages.js";
import { PERSON } from "./run.js";

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

export function answerText(answer: Answer): string {
  if (answer === "written") {
    return "written";
  }
  if (answer === "swapped") {
    return "set";
  }
  if (answer === "forgotten") {
    return "the answer is no longer kept";
  }
  if ("value" in answer) {
    return answer.value.value ?? "(absent)";
  }
  if ("deleted" in answer) {
    return answer.deleted.existed ? "deleted" : "there was nothing to delete";
  }
  const { found } = answer.not_swapped;
  return found === undefined ? "not set: it is absent" : `not set: it holds ${found}`;
}

export function entryText(entry: EntryView): string {
  return entry.command ? operationText(entry.command.operation) : "no-op";
}

const LOSS_CAUSES: Record<LossCause, string> = {
  chance: "the network lost it",
  hand: "dropped by hand",
  cut: "the link is cut",
  dead: "the receiver is dead",
  crowded: "the network is full",
};

const TARGETS: Record<Exclude<Target, number>, string> = {
  leader: "the leader",
  follower: "a follower",
  candidate: "a candidate",
  crashed: "a crashed replica",
  paused: "a paused replica",
  any: "some replica",
};

function targetName(target: Target): string {
  return typeof target === "number" ? replicaName(target) : TARGETS[target];
}

/** What is done from outside, as a sentence. */
export function actionText(action: Action): string {
  return sentenceCase(doneText(action));
}

function doneText(action: Action): string {
  if ("crash" in action) return `${targetName(action.crash.replica)} crashes.`;
  if ("restart" in action) return `${targetName(action.restart.replica)} restarts.`;
  if ("pause" in action) return `${targetName(action.pause.replica)} is paused.`;
  if ("resume" in action) return `${targetName(action.resume.replica)} runs on.`;
  if ("time_out" in action) {
    return `The election timer of ${targetName(action.time_out.replica)} is run out by hand.`;
  }
  if ("isolate" in action) {
    return `${targetName(action.isolate.replica)} is cut off from the other replicas.`;
  }
  if ("rejoin" in action) {
    return `${targetName(action.rejoin.replica)} is connected to the others again.`;
  }
  if ("cut" in action) {
    const { from, to, both } = action.cut;
    return `The link from ${targetName(from)} to ${targetName(to)} is cut${bothWays(both)}.`;
  }
  if ("heal" in action) {
    const { from, to, both } = action.heal;
    return `The link from ${targetName(from)} to ${targetName(to)} is healed${bothWays(both)}.`;
  }
  if ("partition" in action) {
    const groups = action.partition.groups.map((group) => listed(group.map(targetName)));
    return `The network is partitioned: ${groups.join(" | ")}${groups.length === 1 ? " | the rest" : ""}.`;
  }
  if ("heal_all" in action) return "All links are healed.";
  if ("request" in action) {
    const { client, operation } = action.request;
    return `${asks(client ?? PERSON)} the cluster to ${operationText(operation)}.`;
  }
  if ("drop" in action) return `Message ${count(action.drop.message)} is dropped.`;
  if ("duplicate" in action) return `Message ${count(action.duplicate.message)} is duplicated.`;
  if ("hold" in action) return `Message ${count(action.hold.message)} is held.`;
  if ("release" in action) return `Message ${count(action.release.message)} goes on.`;
  if ("deliver" in action) return `Message ${count(action.deliver.message)} is delivered at once.`;
  if ("set_network" in action) return "The network changes its quality.";
  if ("set_link" in action) {
    const { from, to } = action.set_link;
    return `The link from ${replicaName(from)} to ${replicaName(to)} changes its quality.`;
  }
  if ("set_client_network" in action) return "The way to the clients changes its quality.";
  if ("set_disk" in action) {
    const { replica } = action.set_disk;
    return replica === undefined
      ? "The disks change."
      : `The disk of ${replicaName(replica)} changes.`;
  }
  if ("set_clock" in action) {
    return `The clock of ${replicaName(action.set_clock.replica)} changes its rate.`;
  }
  if ("set_workload" in action) {
    const { operations_per_second } = action.set_workload.workload;
    return `The workload is now ${plural(operations_per_second ?? 0, "operation")} a second.`;
  }
  if ("tick" in action) return `The clock of ${replicaName(action.tick.replica)} ticks once more.`;
  if ("persist" in action) return `The disk of ${replicaName(action.persist.replica)} is done.`;
  if ("wake" in action) return `${clientName(action.wake.client)} wakes up.`;
  return "The workload issues an operation.";
}

function bothWays(both: boolean | undefined): string {
  return both ? ", both ways" : "";
}

function asks(client: number): string {
  return client === PERSON ? "you ask" : `${clientName(client)} asks`;
}

export function violationText(violation: Violation): string {
  if ("election_safety" in violation) {
    const { term, first, second } = violation.election_safety;
    return `Election Safety is broken: ${replicaName(first)} and ${replicaName(second)} both lead term ${term}.`;
  }
  if ("leader_append_only" in violation) {
    const { leader, term, index } = violation.leader_append_only;
    return `Leader Append-Only is broken: ${replicaName(leader)}, leader of term ${term}, lost its entry ${index}.`;
  }
  if ("log_matching" in violation) {
    const { replica, index, term } = violation.log_matching;
    return `Log Matching is broken: entry ${index} of term ${term} in ${replicaName(replica)} differs from the others'.`;
  }
  if ("leader_completeness" in violation) {
    const { leader, term, index, committed_in } = violation.leader_completeness;
    return `Leader Completeness is broken: ${replicaName(leader)}, leader of term ${term}, lacks entry ${index}, committed in term ${committed_in}.`;
  }
  const { replica, index } = violation.state_machine_safety;
  return `State Machine Safety is broken: ${replicaName(replica)} applied another entry at index ${index}.`;
}

/**
 * How much a notice matters: 2 is told at once, 1 is listed, 0 is the hum of the
 * machine, listed only for those who ask for everything.
 */
export function weight({ what }: Notice): 0 | 1 | 2 {
  if ("committed" in what) return 0;
  if ("message_lost" in what) return what.message_lost.cause === "hand" ? 1 : 0;
  // The form tells the person's own answers itself.
  if ("answered" in what) return what.answered.client === PERSON ? 1 : 0;
  if ("done" in what) return "request" in what.done.action ? 1 : 2;
  if ("election_started" in what || "skipped" in what || "message_refused" in what) return 1;
  return 2;
}

/** A notice as a sentence. */
export function sentence({ what }: Notice): string {
  return sentenceCase(happeningText(what));
}

function happeningText(what: Happening): string {
  if ("election_started" in what) {
    const { replica, term } = what.election_started;
    return `${replicaName(replica)} stands for election in term ${term}.`;
  }
  if ("leader_elected" in what) {
    const { replica, term } = what.leader_elected;
    return `${replicaName(replica)} is elected leader of term ${term}.`;
  }
  if ("stepped_down" in what) {
    const { replica, term } = what.stepped_down;
    return `${replicaName(replica)} steps down to follower in term ${term}.`;
  }
  if ("committed" in what) {
    const { replica, commit_index } = what.committed;
    return `${replicaName(replica)} has committed up to index ${commit_index}.`;
  }
  if ("log_truncated" in what) {
    const { replica, last_index } = what.log_truncated;
    return `${replicaName(replica)} drops the conflicting end of its log after index ${last_index}.`;
  }
  if ("message_refused" in what) {
    const { replica, message } = what.message_refused;
    return `${replicaName(replica)} refuses message ${count(message)} as malformed.`;
  }
  if ("message_lost" in what) {
    const { message, cause } = what.message_lost;
    return `Message ${count(message)} is lost: ${LOSS_CAUSES[cause]}.`;
  }
  if ("answered" in what) {
    const { client, operation, answer, took_us } = what.answered;
    return `${client === PERSON ? "your" : `${clientName(client)}'s`} “${operationText(operation)}” is answered: ${answerText(answer)}, after ${duration(took_us)}.`;
  }
  if ("done" in what) return actionText(what.done.action);
  if ("skipped" in what) return `Could not be done now: ${actionText(what.skipped.action)}`;
  return violationText(what.violated.violation);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function listed(names: readonly string[]): string {
  if (names.length < 2) {
    return names.join();
  }
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
