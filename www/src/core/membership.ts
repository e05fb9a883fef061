/** The members of the cluster, and whose agreement counts (§6). */
import type { MemberKind, MembershipView, ReplicaView, View } from "../../pkg/raftarium.js";

/** One half of a configuration; one that is not joint has only the first. */
export interface Half {
  readonly name: "new" | "old";
  readonly voters: readonly number[];
  /** How many of them are a majority. */
  readonly needed: number;
}

/** The voters by halves: nothing is decided without a majority of each. */
export function halvesOf({ voters, outgoing }: MembershipView): Half[] {
  const half = (name: Half["name"], voters: readonly number[]) => ({
    name,
    voters,
    needed: Math.floor(voters.length / 2) + 1,
  });
  return isJoint({ outgoing })
    ? [half("old", outgoing), half("new", voters)]
    : [half("new", voters)];
}

/** Whether the cluster is on its way from one configuration to another. */
export function isJoint({ outgoing }: Pick<MembershipView, "outgoing">): boolean {
  return outgoing.length > 0;
}

/**
 * The configuration of the cluster: the leader's, or if none leads, that of the running
 * replica whose log is most up to date (§5.4.1). None if no replica runs.
 */
export function configurationOf({ leader, replicas }: View): MembershipView | undefined {
  const running = replicas.filter(({ status }) => status !== "crashed");
  const knows = running.find(({ id }) => id === leader) ?? running.reduce(moreUpToDate, running[0]);
  return knows?.membership;
}

function moreUpToDate(a: ReplicaView | undefined, b: ReplicaView): ReplicaView {
  if (!a) {
    return b;
  }
  const [ours, theirs] = [lastTerm(a), lastTerm(b)];
  return theirs > ours || (theirs === ours && b.log.last_index > a.log.last_index) ? b : a;
}

/** A log that is all snapshot does not tell its last term: it is at most the replica's own. */
function lastTerm({ log, term }: ReplicaView): number {
  return log.terms.at(-1) ?? (log.last_index > 0 ? term : 0);
}

/** The place of a replica in a configuration; as long as none is known, all vote. */
export function standingIn(membership: MembershipView | undefined, id: number): MemberKind {
  if (!membership || membership.voters.includes(id)) {
    return "voter";
  }
  if (membership.outgoing.includes(id)) {
    return "outgoing";
  }
  return membership.learners.includes(id) ? "learner" : "outsider";
}

/** A replica's place in the cluster. */
export type Place = "voter" | "learner" | "outsider";

export interface Wish {
  voters: number[];
  learners: number[];
}

/** The configuration, or the one that it is already on its way to. */
export function wishOf({ voters, learners, wish }: MembershipView): Wish {
  const wanted = wish ?? voters;
  return { voters: [...wanted], learners: learners.filter((id) => !wanted.includes(id)) };
}

/** The same with one replica in another place. */
export function placed({ voters, learners }: Wish, id: number, place: Place): Wish {
  const without = (ids: readonly number[]) => ids.filter((other) => other !== id);
  return {
    voters: place === "voter" ? [...without(voters), id] : without(voters),
    learners: place === "learner" ? [...without(learners), id] : without(learners),
  };
}

export function placeIn({ voters, learners }: Wish, id: number): Place {
  return voters.includes(id) ? "voter" : learners.includes(id) ? "learner" : "outsider";
}
