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
export interface Deed {
  label: string;
  does: Action | "select" | "deselect";
}

/** A menu for a subject. */
export interface Menu {
  title: string;
  deeds: Deed[];
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
          deeds: forReplica(replica, view, selected),
        }
      );
    }
    case "message": {
      const message = findMessage(messages, subject.id);
      return (
        message && { title: messageText(message), deeds: forMessage(message.id, message.held) }
      );
    }
    case "link":
      return {
        title: `Link between ${replicaName(subject.from)} and ${replicaName(subject.to)}`,
        deeds: forLink(subject.from, subject.to, view),
      };
    case "client":
      return { title: `Client ${clientName(subject.id)}`, deeds: forClient(subject.id, view) };
  }
}

function replicaTitle(replica: ReplicaView, view: View): string {
  const standing = standingIn(configurationOf(view), replica.id);
  return `${replicaName(replica.id)}, ${stateName(replica, standing)}`;
}

function forReplica(replica: ReplicaView, view: View, selected: readonly number[]): Deed[] {
  const { id, status } = replica;
  const deeds: Deed[] = [];
  if (status === "crashed") {
    if (!replica.corrupt) {
      deeds.push({ label: "Restart", does: { restart: { replica: id } } });
      deeds.push({ label: "Let its disk rot", does: { corrupt: { replica: id } } });
    }
    deeds.push({ label: "Give it an empty disk", does: { format: { replica: id } } });
  } else {
    deeds.push({ label: "Crash", does: { crash: { replica: id } } });
    deeds.push(
      status === "paused"
        ? { label: "Resume", does: { resume: { replica: id } } }
        : { label: "Pause", does: { pause: { replica: id } } },
    );
    if (replica.writing) {
      const torn = { crash: { replica: id, write: "torn" } } as const;
      deeds.push({ label: "Power cut, tearing its write", does: torn });
    }
  }
  if (status === "running" && replica.role !== "leader") {
    deeds.push({ label: "Time out now", does: { time_out: { replica: id } } });
  }
  if (status === "running") {
    deeds.push({ label: "Take a snapshot", does: { take_snapshot: { replica: id } } });
    const jump = { jump_clock: { replica: id, ticks: JUMP_TICKS } };
    deeds.push({ label: `Clock jumps by ${JUMP_TICKS} ticks`, does: jump });
    const stall = { stall_clock: { replica: id, for_us: STALL_US } };
    deeds.push({ label: `Clock stalls for ${duration(STALL_US)}`, does: stall });
  }
  deeds.push(...forMember(id, view));
  const cuts = view.cuts.filter(({ from, to }) => from === id || to === id).length;
  if (cuts < 2 * (view.replicas.length - 1)) {
    deeds.push({ label: "Cut off", does: { isolate: { replica: id } } });
  }
  if (cuts > 0) {
    deeds.push({ label: "Rejoin", does: { rejoin: { replica: id } } });
  }
  const chosen = selected.includes(id);
  deeds.push(
    chosen
      ? { label: "Take out of the selection", does: "deselect" }
      : { label: "Select for a partition", does: "select" },
  );
  if (chosen && selected.length < view.replicas.length) {
    deeds.push(partitionDeed(selected));
  }
  return deeds;
}

/** A client can go away and come back, and believe that somebody leads who does not. */
function forClient(id: number, view: View): Deed[] {
  const client = view.clients.find((other) => other.id === id);
  if (!client) {
    return [];
  }
  const deeds: Deed[] = [
    client.away
      ? { label: "Come back", does: { return: { client: id } } }
      : { label: "Go away", does: { leave: { client: id } } },
  ];
  const other = view.replicas.find(
    (replica) => replica.id !== view.leader && replica.id !== client.believed_leader,
  );
  if (other) {
    const does = { mislead: { client: id, replica: other.id } };
    deeds.push({ label: `Believe that ${replicaName(other.id)} leads`, does });
  }
  return deeds;
}

const PLACES: Record<Place, string> = {
  voter: "Make it a voter",
  learner: "Make it a learner",
  outsider: "Remove it from the cluster",
};

/** What the leader can be asked to do with a replica: to hand over, to change its place. */
function forMember(id: number, view: View): Deed[] {
  const membership = configurationOf(view);
  if (view.leader === undefined || !membership) {
    return [];
  }
  const deeds: Deed[] = [];
  if (id === view.leader) {
    const does = { transfer_leadership: { to: undefined } };
    deeds.push({ label: "Hand over to the best prepared", does });
  } else if (membership.voters.includes(id)) {
    deeds.push({ label: "Hand over to it", does: { transfer_leadership: { to: id } } });
  }
  const wish = wishOf(membership);
  for (const place of Object.keys(PLACES) as Place[]) {
    if (place !== placeIn(wish, id)) {
      deeds.push({ label: PLACES[place], does: { change_membership: placed(wish, id, place) } });
    }
  }
  return deeds;
}

/** The selected replicas in one group, the rest in another. */
export function partitionDeed(selected: readonly number[]): Deed {
  return {
    label: `Partition ${replicaNames(selected)} from the rest`,
    does: { partition: { groups: [[...selected]] } },
  };
}

function forMessage(message: number, held: boolean): Deed[] {
  return [
    { label: "Drop", does: { drop: { message } } },
    { label: "Duplicate", does: { duplicate: { message } } },
    { label: "Deliver now", does: { deliver: { message } } },
    held
      ? { label: "Release", does: { release: { message } } }
      : { label: "Hold", does: { hold: { message } } },
  ];
}

function forLink(a: number, b: number, view: View): Deed[] {
  const isCut = (from: number, to: number) =>
    view.cuts.some((cut) => cut.from === from && cut.to === to);
  const deeds: Deed[] = [];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const way = `${replicaName(from)} → ${replicaName(to)}`;
    deeds.push(
      isCut(from, to)
        ? { label: `Heal ${way}`, does: { heal: { from, to, both: false } } }
        : { label: `Cut ${way}`, does: { cut: { from, to, both: false } } },
    );
  }
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const way = `${replicaName(from)} → ${replicaName(to)}`;
    deeds.push(
      view.clogs.some((clog) => clog.from === from && clog.to === to)
        ? { label: `Unclog ${way}`, does: { unclog: { from, to, both: false } } }
        : { label: `Clog ${way}`, does: { clog: { from, to, both: false } } },
    );
  }
  if (!isCut(a, b) || !isCut(b, a)) {
    deeds.push({ label: "Cut both ways", does: { cut: { from: a, to: b, both: true } } });
  }
  if (isCut(a, b) || isCut(b, a)) {
    deeds.push({ label: "Heal both ways", does: { heal: { from: a, to: b, both: true } } });
  }
  return deeds;
}
