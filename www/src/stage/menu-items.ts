/** What can be done to whatever is on the stage: the contents of the action menus. */
import type { Action, ReplicaView, View } from "../../pkg/raftarium.js";
import { findMessage } from "../core/in-flight.js";
import {
  configurationOf,
  type Place,
  placed,
  placeIn,
  standingIn,
  wishOf,
} from "../core/membership.js";
import type { Subject } from "../core/subject.js";
import {
  clientName,
  duration,
  messageText,
  replicaName,
  replicaNames,
  stateName,
} from "../text/names.js";

/** As far as a clock jumps by hand, and as long as it stands still. */
const JUMP_TICKS = 10;
const STALL_US = 1_000_000;

/** One line of a menu: an action on the world, or a change of the selection. */
export interface MenuItem {
  label: string;
  action: Action | "select" | "deselect";
}

/** A menu for a subject. */
export interface Menu {
  title: string;
  items: MenuItem[];
}

/** The menu for a subject; none if it is gone. */
export function menuFor(
  subject: Subject,
  view: View,
  messages: Float64Array,
  selected: readonly number[],
): Menu | undefined {
  switch (subject.kind) {
    case "replica": {
      const replica = view.replicas.find(({ id }) => id === subject.id);
      return (
        replica && {
          title: replicaTitle(replica, view),
          items: forReplica(replica, view, selected),
        }
      );
    }
    case "message": {
      const message = findMessage(messages, subject.id);
      return (
        message && { title: messageText(message), items: forMessage(message.id, message.held) }
      );
    }
    case "link":
      return {
        title: `Link between ${replicaName(subject.from)} and ${replicaName(subject.to)}`,
        items: forLink(subject.from, subject.to, view),
      };
    case "client":
      return { title: `Client ${clientName(subject.id)}`, items: forClient(subject.id, view) };
  }
}

function replicaTitle(replica: ReplicaView, view: View): string {
  const standing = standingIn(configurationOf(view), replica.id);
  return `${replicaName(replica.id)}, ${stateName(replica, standing)}`;
}

function forReplica(replica: ReplicaView, view: View, selected: readonly number[]): MenuItem[] {
  const { id, status } = replica;
  const items: MenuItem[] = [];
  if (status === "crashed") {
    if (!replica.corrupt) {
      items.push({ label: "Restart", action: { restart: { replica: id } } });
      items.push({ label: "Let its disk rot", action: { corrupt: { replica: id } } });
    }
    items.push({ label: "Give it an empty disk", action: { format: { replica: id } } });
  } else {
    items.push({ label: "Crash", action: { crash: { replica: id } } });
    items.push(
      status === "paused"
        ? { label: "Resume", action: { resume: { replica: id } } }
        : { label: "Pause", action: { pause: { replica: id } } },
    );
    if (replica.writing) {
      const torn = { crash: { replica: id, write: "torn" } } as const;
      items.push({ label: "Power cut, tearing its write", action: torn });
    }
  }
  if (status === "running" && replica.role !== "leader") {
    items.push({ label: "Time out now", action: { time_out: { replica: id } } });
  }
  if (status === "running") {
    items.push({ label: "Take a snapshot", action: { take_snapshot: { replica: id } } });
    const jump = { jump_clock: { replica: id, ticks: JUMP_TICKS } };
    items.push({ label: `Clock jumps by ${JUMP_TICKS} ticks`, action: jump });
    const stall = { stall_clock: { replica: id, for_us: STALL_US } };
    items.push({ label: `Clock stalls for ${duration(STALL_US)}`, action: stall });
  }
  items.push(...forMember(id, view));
  const cuts = view.cuts.filter(({ from, to }) => from === id || to === id).length;
  if (cuts < 2 * (view.replicas.length - 1)) {
    items.push({ label: "Cut off", action: { isolate: { replica: id } } });
  }
  if (cuts > 0) {
    items.push({ label: "Rejoin", action: { rejoin: { replica: id } } });
  }
  const chosen = selected.includes(id);
  items.push(
    chosen
      ? { label: "Take out of the selection", action: "deselect" }
      : { label: "Select for a partition", action: "select" },
  );
  if (chosen && selected.length < view.replicas.length) {
    items.push(partitionDeed(selected));
  }
  return items;
}

/** A client can go away and come back, and believe that somebody leads who does not. */
function forClient(id: number, view: View): MenuItem[] {
  const client = view.clients.find((other) => other.id === id);
  if (!client) {
    return [];
  }
  const items: MenuItem[] = [
    client.away
      ? { label: "Come back", action: { return: { client: id } } }
      : { label: "Go away", action: { leave: { client: id } } },
  ];
  const other = view.replicas.find(
    (replica) => replica.id !== view.leader && replica.id !== client.believed_leader,
  );
  if (other) {
    const action = { mislead: { client: id, replica: other.id } };
    items.push({ label: `Believe that ${replicaName(other.id)} leads`, action });
  }
  return items;
}

const PLACES: Record<Place, string> = {
  voter: "Make it a voter",
  learner: "Make it a learner",
  outsider: "Remove it from the cluster",
};

/** What the leader can be asked to do with a replica: to hand over, to change its place. */
function forMember(id: number, view: View): MenuItem[] {
  const membership = configurationOf(view);
  if (view.leader === undefined || !membership) {
    return [];
  }
  const items: MenuItem[] = [];
  if (id === view.leader) {
    const action = { transfer_leadership: { to: undefined } };
    items.push({ label: "Hand over to the best prepared", action });
  } else if (membership.voters.includes(id)) {
    items.push({ label: "Hand over to it", action: { transfer_leadership: { to: id } } });
  }
  const wish = wishOf(membership);
  for (const place of Object.keys(PLACES) as Place[]) {
    if (place !== placeIn(wish, id)) {
      items.push({ label: PLACES[place], action: { change_membership: placed(wish, id, place) } });
    }
  }
  return items;
}

/** The selected replicas in one group, the rest in another. */
export function partitionDeed(selected: readonly number[]): MenuItem {
  return {
    label: `Partition ${replicaNames(selected)} from the rest`,
    action: { partition: { groups: [[...selected]] } },
  };
}

function forMessage(message: number, held: boolean): MenuItem[] {
  return [
    { label: "Drop", action: { drop: { message } } },
    { label: "Duplicate", action: { duplicate: { message } } },
    { label: "Deliver now", action: { deliver: { message } } },
    held
      ? { label: "Release", action: { release: { message } } }
      : { label: "Hold", action: { hold: { message } } },
  ];
}

function forLink(a: number, b: number, view: View): MenuItem[] {
  const isCut = (from: number, to: number) =>
    view.cuts.some((cut) => cut.from === from && cut.to === to);
  const items: MenuItem[] = [];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const way = `${replicaName(from)} → ${replicaName(to)}`;
    items.push(
      isCut(from, to)
        ? { label: `Heal ${way}`, action: { heal: { from, to, both: false } } }
        : { label: `Cut ${way}`, action: { cut: { from, to, both: false } } },
    );
  }
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const way = `${replicaName(from)} → ${replicaName(to)}`;
    items.push(
      view.clogs.some((clog) => clog.from === from && clog.to === to)
        ? { label: `Unclog ${way}`, action: { unclog: { from, to, both: false } } }
        : { label: `Clog ${way}`, action: { clog: { from, to, both: false } } },
    );
  }
  if (!isCut(a, b) || !isCut(b, a)) {
    items.push({ label: "Cut both ways", action: { cut: { from: a, to: b, both: true } } });
  }
  if (isCut(a, b) || isCut(b, a)) {
    items.push({ label: "Heal both ways", action: { heal: { from: a, to: b, both: true } } });
  }
  return items;
}
