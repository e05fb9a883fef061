/** Subjects on the stage in a few words each, for screen readers and under the pointer. */
import type { ClientView, LinkView, ReplicaView, View } from "../../pkg/raftarium.js";
import { configurationOf, halvesOf, isJoint, standingIn } from "../core/membership.js";
import {
  clientName,
  operationText,
  percentText,
  plural,
  rateText,
  replicaName,
  stateName,
} from "./names.js";

/** "R3, leader, term 4, log 7 entries, committed 7", and what else there is to see of it. */
export function replicaLabel(replica: ReplicaView, view: View): string {
  const membership = configurationOf(view);
  const standing = standingIn(membership, replica.id);
  const parts = [
    replicaName(replica.id),
    stateName(replica, standing),
    `term ${replica.term}`,
    `log ${plural(replica.log.last_index, "entry", "entries")}`,
    `committed ${replica.commit_index}`,
    plural(replica.keys, "key"),
  ];
  if (replica.stalled_until_us !== undefined) {
    parts.push("its clock is stalled");
  }
  if (replica.clock_rate_ppm !== 1_000_000) {
    parts.push(`its clock runs ${rateText(replica.clock_rate_ppm)}`);
  }
  if (replica.snapshot_index > 0) {
    parts.push(`snapshot up to ${replica.snapshot_index}`);
  }
  if (membership && isJoint(membership) && (standing === "voter" || standing === "outgoing")) {
    const halves = halvesOf(membership).filter(({ voters }) => voters.includes(replica.id));
    parts.push(`votes in the ${halves.map(({ name }) => name).join(" and the ")} half`);
  }
  if (replica.receiving) {
    const { received, total } = replica.receiving;
    parts.push(`receives a snapshot, ${percentText(received, total)}`);
  }
  if (replica.lease_until_us !== undefined) {
    parts.push("holds a lease");
  }
  if (replica.handing_over_to !== undefined) {
    parts.push(`hands over to ${replicaName(replica.handing_over_to)}`);
  }
  const waiting = replica.waiting_reads + replica.waiting_requests;
  if (waiting > 0) {
    parts.push(`${plural(waiting, "request")} waiting`);
  }
  return parts.join(", ");
}

/** The bad states of a link, to be added to its name; empty: it works. */
export function linkState(from: number, to: number, { cuts, clogs }: View): string {
  return waysOf(from, to, cuts, "cut") + waysOf(from, to, clogs, "clogged");
}

function waysOf(from: number, to: number, links: readonly LinkView[], what: string): string {
  const there = links.some((link) => link.from === from && link.to === to);
  const back = links.some((link) => link.from === to && link.to === from);
  if (there && back) {
    return `, ${what} both ways`;
  }
  if (there) {
    return `, ${what} to ${replicaName(to)}`;
  }
  return back ? `, ${what} to ${replicaName(from)}` : "";
}

/** "Client 2, C2: put x = 1, away". */
export function clientLabel({ id, current, away }: ClientView): string {
  const doing = (current ? operationText(current.operation) : "idle") + (away ? ", away" : "");
  return `Client ${id}, ${clientName(id)}: ${doing}`;
}

/** "C2: put x = 1, 3 operations waiting". */
export function clientText({ id, current, queued }: ClientView): string {
  const doing = current ? operationText(current.operation) : "idle";
  const behind = queued > 0 ? `, ${plural(queued, "operation")} waiting` : "";
  return `${clientName(id)}: ${doing}${behind}`;
}
