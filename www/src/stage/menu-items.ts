/** The action menus: what can be done to a subject on the stage. */
import type { ReplicaView, View } from "../../pkg/raftarium.js";
import { COMMANDS, type Command } from "../core/commands.js";
import type { State } from "../core/controller.js";
import { findMessage } from "../core/in-flight.js";
import { configurationOf, standingIn } from "../core/membership.js";
import type { Frame } from "../core/session.js";
import type { Subject } from "../core/subject.js";
import { type ActionItem, actionItems, type MenuGroup } from "../text/actions.js";
import { messageText } from "../text/messages.js";
import { clientName, replicaName, stateName } from "../text/names.js";

/** One line of a menu: an action on the world, or a command. */
export type MenuItem =
  | ActionItem
  | { label: string; command: Command; group: MenuGroup; what: string };

export interface Menu {
  title: string;
  items: MenuItem[];
}

/** The menu for a subject; none if it is gone. */
export function menuFor(
  subject: Subject,
  { view, messages }: Frame,
  state: State,
): Menu | undefined {
  const { selected } = state;
  switch (subject.kind) {
    case "replica": {
      const replica = view.replicas.find(({ id }) => id === subject.id);
      return (
        replica && {
          title: replicaTitle(replica, view),
          items: withSelection(actionItems("replica", { replica, view, selected }), state, subject),
        }
      );
    }
    case "message": {
      const message = findMessage(messages, subject.id);
      return message && { title: messageText(message), items: actionItems("message", message) };
    }
    case "entry":
      return undefined;
    case "link":
      return {
        title: `Link between ${replicaName(subject.from)} and ${replicaName(subject.to)}`,
        items: linkItems(subject, view),
      };
    case "client": {
      const client = view.clients.find(({ id }) => id === subject.id);
      return {
        title: `Client ${clientName(subject.id)}`,
        items: client ? actionItems("client", { client, view }) : [],
      };
    }
  }
}

function replicaTitle(replica: ReplicaView, view: View): string {
  const standing = standingIn(configurationOf(view), replica.id);
  return `${replicaName(replica.id)}, ${stateName(replica, standing)}`;
}

/** With a line to select it, at the end of what concerns the network. */
function withSelection(items: readonly ActionItem[], state: State, on: Subject): MenuItem[] {
  const command: Command = COMMANDS.select;
  const item = {
    label: command.label(state, on),
    command,
    group: "Network",
    what: "Replicas that are selected can be partitioned from the rest.",
  } as const;
  const after = items.findLastIndex(({ group }) => ["Machine", "Clock", "Network"].includes(group));
  return [...items.slice(0, after + 1), item, ...items.slice(after + 1)];
}

function linkItems({ from, to }: Subject & { kind: "link" }, { cuts, clogs }: View): MenuItem[] {
  const ways = [
    { from, to },
    { from: to, to: from },
  ] as const;
  return actionItems("link", {
    ways,
    isCut: (way) => cuts.some((cut) => cut.from === way.from && cut.to === way.to),
    isClogged: (way) => clogs.some((clog) => clog.from === way.from && clog.to === way.to),
  });
}
