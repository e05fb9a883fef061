/** What can be done to whatever is on the stage: the contents of the action menus. */
import type { Action, ReplicaView, View } from "../pkg/raftarium.js";
import { findMessage } from "./messages.js";
import type { Subject } from "./subject.js";
import { clientName, messageText, replicaName, replicaNames } from "./words.js";

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
        replica && { title: replicaTitle(replica), deeds: forReplica(replica, view, selected) }
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
      return { title: `Client ${clientName(subject.id)}`, deeds: [] };
  }
}

function replicaTitle(replica: ReplicaView): string {
  const state = replica.status === "running" ? replica.role : replica.status;
  return `${replicaName(replica.id)}, ${state}`;
}

function forReplica(replica: ReplicaView, view: View, selected: readonly number[]): Deed[] {
  const { id, status } = replica;
  const deeds: Deed[] = [];
  if (status === "crashed") {
    deeds.push({ label: "Restart", does: { restart: { replica: id } } });
  } else {
    deeds.push({ label: "Crash", does: { crash: { replica: id } } });
    deeds.push(
      status === "paused"
        ? { label: "Resume", does: { resume: { replica: id } } }
        : { label: "Pause", does: { pause: { replica: id } } },
    );
  }
  if (status === "running" && replica.role !== "leader") {
    deeds.push({ label: "Time out now", does: { time_out: { replica: id } } });
  }
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
  if (!isCut(a, b) || !isCut(b, a)) {
    deeds.push({ label: "Cut both ways", does: { cut: { from: a, to: b, both: true } } });
  }
  if (isCut(a, b) || isCut(b, a)) {
    deeds.push({ label: "Heal both ways", does: { heal: { from: a, to: b, both: true } } });
  }
  return deeds;
}
