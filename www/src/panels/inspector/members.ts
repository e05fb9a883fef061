/** The inspector on the members of the cluster, and on whose agreement counts (§6). */
import { html, nothing } from "lit";
import type {
  MemberKind,
  MembershipView,
  ReplicaDetail,
  ReplicaView,
} from "../../../pkg/raftarium.js";
import { halvesOf, isJoint, standingIn } from "../../core/membership.js";
import {
  membershipText,
  percentText,
  plural,
  replicaName,
  replicaNames,
} from "../../text/names.js";
import { fact } from "./facts.js";

const STANDINGS: Record<MemberKind, string> = {
  voter: "votes",
  outgoing: "votes, in the old half only",
  learner: "learner: receives the log without a vote",
  outsider: "not a member",
};

/** The configuration that a replica goes by: the last one in its own log, committed or not. */
export function membershipFacts(detail: ReplicaDetail) {
  const { view } = detail;
  if (view.status === "crashed") {
    return nothing;
  }
  const { membership } = view;
  return html`
    <h3>Membership, by its own log</h3>
    <dl>
      ${fact("place", STANDINGS[view.standing])}
      ${fact("configuration", membershipText(membership))} ${fact("since", sinceText(view))}
      ${membership.wish ? fact("on the way to", wishText(membership)) : nothing}
    </dl>
    ${agreement(detail)}
  `;
}

function sinceText({ membership: { index }, commit_index, snapshot_index }: ReplicaView): string {
  if (index === 0) {
    return "the start";
  }
  if (index <= snapshot_index) {
    return `an entry in the snapshot up to index ${index}`;
  }
  return `index ${index}, ${index <= commit_index ? "committed" : "not committed yet"}`;
}

function wishText(membership: MembershipView): string {
  const wish = membership.wish ?? [];
  const newcomers = wish.filter((id) => standingIn(membership, id) === "learner");
  const catching = newcomers.length > 0 ? `, once ${replicaNames(newcomers)} caught up` : "";
  return `voters ${replicaNames(wish)}${catching}`;
}

/** The replicas that must agree on the next commit or on an election, and those that have. */
function agreement({ view, followers }: ReplicaDetail) {
  if (view.role === "follower") {
    return nothing;
  }
  if (view.role !== "leader") {
    const what = view.role === "candidate" ? `To win term ${view.term}` : "To stand for election";
    return halves(what, view.membership, (id) => view.votes.includes(id));
  }
  const last = view.log.last_index;
  const index = Math.min(view.commit_index + 1, last);
  if (index === 0) {
    return nothing;
  }
  const held = (id: number) =>
    id === view.id ? last : (followers.find((follower) => follower.id === id)?.match_index ?? 0);
  const what = index > view.commit_index ? `To commit entry ${index}` : `Entry ${index}, committed`;
  return halves(what, view.membership, (id) => held(id) >= index);
}

function halves(what: string, membership: MembershipView, agrees: (id: number) => boolean) {
  return html`
    <h3>${what}</h3>
    <ul class="agreement">
      ${halvesOf(membership).map(({ name, voters, needed }) => {
        const agreeing = voters.filter(agrees).length;
        const half = isJoint(membership) ? `${name} half: ` : "";
        return html`<li>
          ${half}${agreeing} of ${plural(needed, "voter")} needed${agreeing >= needed ? " ✓" : ""}:
          ${voters.map((id) => html`<span>${replicaName(id)} ${agrees(id) ? "✓" : "–"}</span> `)}
        </li>`;
      })}
    </ul>
  `;
}

/** How much of a snapshot a replica has received. */
export function receivingText({ receiving }: ReplicaView): string | undefined {
  return (
    receiving &&
    `${percentText(receiving.received, receiving.total)} of ${plural(receiving.total, "byte")}`
  );
}
