/** What happens, and what is done, in sentences: for the narration, the story and the status line. */
import type {
  Action,
  Happening,
  LossCause,
  Notice,
  Protocol,
  Target,
  Timers,
  UnfinishedWrite,
  Voided,
} from "../../pkg/raftarium.js";
import { PERSON } from "../core/running-world.js";
import { changeText, keepText, transferText } from "./decisions.js";
import {
  answerText,
  bytesText,
  clientName,
  count,
  duration,
  listed,
  membershipText,
  operationText,
  plural,
  readsText,
  replicaName,
  sentenceCase,
} from "./names.js";
import { violationText } from "./violations.js";

const LOSS_CAUSES: Record<LossCause, string> = {
  chance: "the network lost it",
  hand: "dropped by hand",
  cut: "the link is cut",
  away: "the client is away",
  replaced: "its sender's disk was replaced",
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

/** What a crash makes of the write under way. */
const CRASHES: Record<UnfinishedWrite, string> = {
  lost: "",
  torn: ", in the middle of a write",
  kept: ", right after a write",
};

function targetName(target: Target): string {
  return typeof target === "number" ? replicaName(target) : TARGETS[target];
}

/** What is done from outside, as a sentence. */
export function actionText(action: Action): string {
  return sentenceCase(doneText(action));
}

function doneText(action: Action): string {
  if ("crash" in action) {
    const { replica, write } = action.crash;
    return `${targetName(replica)} crashes${CRASHES[write ?? "lost"]}.`;
  }
  if ("corrupt" in action) return `The disk of ${targetName(action.corrupt.replica)} rots.`;
  if ("format" in action) {
    return `${targetName(action.format.replica)} gets an empty disk, and is somebody new.`;
  }
  if ("jump_clock" in action) {
    const { replica, ticks } = action.jump_clock;
    return `The clock of ${targetName(replica)} jumps ahead by ${plural(ticks, "tick")}.`;
  }
  if ("stall_clock" in action) {
    const { replica, for_us } = action.stall_clock;
    return `The clock of ${targetName(replica)} stands still for ${duration(for_us)}.`;
  }
  if ("leave" in action) return `${goes(action.leave.client)} away.`;
  if ("return" in action) return `${comes(action.return.client)} back.`;
  if ("mislead" in action) {
    const { client, replica } = action.mislead;
    return `${believes(client)} that ${targetName(replica)} leads.`;
  }
  if ("restart" in action) return `${targetName(action.restart.replica)} restarts.`;
  if ("pause" in action) return `${targetName(action.pause.replica)} is paused.`;
  if ("resume" in action) return `${targetName(action.resume.replica)} runs on.`;
  if ("time_out" in action) {
    return `The election timer of ${targetName(action.time_out.replica)} is run out by hand.`;
  }
  if ("change_membership" in action) {
    const { voters, learners } = action.change_membership;
    return `The membership is to be: ${membersText(voters, learners ?? [])}.`;
  }
  if ("transfer_leadership" in action) {
    const { to } = action.transfer_leadership;
    const successor = to === undefined ? "whoever is best prepared" : targetName(to);
    return `The leader is asked to hand over to ${successor}.`;
  }
  if ("take_snapshot" in action) {
    return `${targetName(action.take_snapshot.replica)} is asked for a snapshot.`;
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
  if ("clog" in action) {
    const { from, to, both } = action.clog;
    return `The link from ${targetName(from)} to ${targetName(to)} is clogged${bothWays(both)}.`;
  }
  if ("unclog" in action) {
    const { from, to, both } = action.unclog;
    return `The link from ${targetName(from)} to ${targetName(to)} is free again${bothWays(both)}.`;
  }
  if ("partition" in action) {
    const groups = action.partition.groups.map((group) => listed(group.map(targetName)));
    return `The network is partitioned: ${groups.join(" | ")}${groups.length === 1 ? " | the rest" : ""}.`;
  }
  if ("heal_all" in action) return "All links are healed.";
  if ("request" in action) {
    const { client, operation, reads } = action.request;
    const way = reads === undefined ? "" : `, ${readsText(reads)}`;
    return `${asks(client ?? PERSON)} the cluster to ${operationText(operation)}${way}.`;
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
  if ("set_protocol" in action) {
    const { replica, protocol } = action.set_protocol;
    const whose = replica === undefined ? "The protocol is now" : `${replicaName(replica)} now has`;
    return `${whose}: ${protocolText(protocol)}.`;
  }
  if ("set_timing" in action) {
    const { replica, timing } = action.set_timing;
    const whose =
      replica === undefined ? "The timeouts are now" : `${replicaName(replica)} now has`;
    return `${whose}: ${timersText(timing)}.`;
  }
  if ("set_snapshots" in action) {
    const every = action.set_snapshots.snapshots.every_entries ?? 0;
    return every === 0
      ? "Snapshots are now taken only of large logs, and on demand."
      : `Snapshots are now taken every ${plural(every, "entry", "entries")}.`;
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

function membersText(voters: readonly number[], learners: readonly number[]): string {
  return membershipText({
    index: 0,
    voters: [...voters],
    outgoing: [],
    learners: [...learners],
    wish: undefined,
  });
}

function protocolText({ pre_vote, check_quorum, replication, reads }: Protocol): string {
  const parts = [
    `${pre_vote ? "with" : "without"} pre-vote`,
    `${check_quorum ? "with" : "without"} check quorum`,
    replication === "quorum_first" ? "entries to a quorum first" : "entries to everyone at once",
    `reads ${readsText(reads ?? { log: {} })}`,
  ];
  return parts.join(", ");
}

function timersText(timing: Timers): string {
  const { heartbeat_ticks, election_timeout_ticks_min, election_timeout_ticks_max } = timing;
  return `elections after ${election_timeout_ticks_min} to ${election_timeout_ticks_max} ticks, heartbeats every ${plural(heartbeat_ticks ?? 1, "tick")}`;
}

/** Why a stale read is nobody's fault. */
function voidedText(voided: Voided): string {
  if ("flaw" in voided) {
    return "A rule is broken on purpose.";
  }
  if ("rates_apart" in voided) {
    const { leader, follower } = voided.rates_apart;
    return `The clocks of ${replicaName(leader)} and ${replicaName(follower)} ran further apart than its lease allows for.`;
  }
  if ("clock_jumped" in voided) {
    return `${replicaName(voided.clock_jumped.replica)} had promised its lease, and its clock jumped ahead.`;
  }
  if ("clock_stalled" in voided) {
    return `The clock of ${replicaName(voided.clock_stalled.replica)} stood still while its lease ran.`;
  }
  return `${replicaName(voided.timed_out_by_hand.replica)} had promised its lease, and its timer was run out by hand.`;
}

function bothWays(both: boolean | undefined): string {
  return both ? ", both ways" : "";
}

function whose(client: number): string {
  return client === PERSON ? "your" : `${clientName(client)}'s`;
}

function asks(client: number): string {
  return client === PERSON ? "you ask" : `${clientName(client)} asks`;
}

function goes(client: number): string {
  return client === PERSON ? "you go" : `${clientName(client)} goes`;
}

function comes(client: number): string {
  return client === PERSON ? "you come" : `${clientName(client)} comes`;
}

function believes(client: number): string {
  return client === PERSON ? "you believe" : `${clientName(client)} believes`;
}

function givesUp(client: number): string {
  return client === PERSON ? "you give up" : `${clientName(client)} gives up`;
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
  if ("done" in what) return weightOfDeed(what.done.action);
  if ("log_kept" in what) return 1;
  if ("snapshot_taken" in what || "pre_vote_started" in what || "session_renewed" in what) return 1;
  if ("election_started" in what || "skipped" in what || "message_refused" in what) return 1;
  return 2;
}

/** What the person does matters; that some client asks, and whom, happens all the time. */
function weightOfDeed(action: Action): 0 | 1 | 2 {
  if ("request" in action) return 1;
  if ("mislead" in action) return action.mislead.client === PERSON ? 2 : 0;
  return 2;
}

/** Whether a notice tells of what must never happen, or last: it has to leap to the eye. */
export function alarming({ what }: Notice): boolean {
  return "stale_read" in what || "stuck" in what || "violated" in what;
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
  if ("pre_vote_started" in what) {
    const { replica, term } = what.pre_vote_started;
    return `${replicaName(replica)} asks whether it could win an election, and stays in term ${term} (pre-vote).`;
  }
  if ("quorum_lost" in what) {
    const { replica, term } = what.quorum_lost;
    return `${replicaName(replica)} has not heard from a quorum, and gives up leading term ${term} (check quorum).`;
  }
  if ("membership_asked" in what) {
    const { replica, decision } = what.membership_asked;
    return `${replicaName(replica)} is asked to change the membership. ${changeText(decision)}`;
  }
  if ("membership_appended" in what) {
    const { replica, membership } = what.membership_appended;
    return `${replicaName(replica)} appends a configuration, in force at once: ${membershipText(membership)}.`;
  }
  if ("membership_committed" in what) {
    const { membership } = what.membership_committed;
    return `The configuration is committed: ${membershipText(membership)}.`;
  }
  if ("transfer" in what) {
    const { replica, decision } = what.transfer;
    return `${replicaName(replica)}: ${transferText(decision)}`;
  }
  if ("snapshot_taken" in what) {
    const { replica, index, bytes } = what.snapshot_taken;
    return `${replicaName(replica)} takes a snapshot up to index ${index}, ${bytesText(bytes)}.`;
  }
  if ("snapshot_installed" in what) {
    const { replica, index } = what.snapshot_installed;
    return `${replicaName(replica)} has received a whole snapshot, and starts anew from index ${index}.`;
  }
  if ("log_kept" in what) {
    const { replica, follower, decision } = what.log_kept;
    return `${replicaName(replica)}: ${keepText(replicaName(follower), decision)}`;
  }
  if ("write_interrupted" in what) {
    const { replica, whole, records } = what.write_interrupted;
    return `Of the ${plural(records, "record")} that ${replicaName(replica)} was writing, ${count(whole)} ${whole === 1 ? "is" : "are"} on its disk.`;
  }
  if ("gave_up" in what) {
    const { client, operation, attempts } = what.gave_up;
    return `${givesUp(client)} “${operationText(operation)}” after ${plural(attempts, "attempt")}: what becomes of it is unknown.`;
  }
  if ("stale_read" in what) {
    const { replica, client, committed_index, read_index, voided_by } = what.stale_read;
    return `Stale read! ${replicaName(replica)} answers ${clientName(client)} as of index ${read_index}, though index ${committed_index} had been answered before. ${voidedText(voided_by)}`;
  }
  if ("session_renewed" in what) {
    const { client, session } = what.session_renewed;
    return `${whose(client)} session has expired; number ${session} is opened.`;
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
    return `${whose(client)} “${operationText(operation)}” is answered: ${answerText(answer)}, after ${duration(took_us)}.`;
  }
  if ("stuck" in what) return what.stuck.why;
  if ("done" in what) return actionText(what.done.action);
  if ("skipped" in what) return `Could not be done now: ${actionText(what.skipped.action)}`;
  return violationText(what.violated.violation);
}
