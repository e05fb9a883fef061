/**
 * One record for each kind of action: how it is told, how much it matters, and where it is
 * in a menu. A new action is a compile error until it has one; its place here is its
 * place in the menus.
 */
import type {
  Action,
  ClientView,
  Protocol,
  ReplicaView,
  Target,
  Timers,
  UnfinishedWrite,
  View,
} from "../../pkg/raftarium.js";
import type { InFlight } from "../core/in-flight.js";
import { type Payload, payloadOf, type Tag, tagOf } from "../core/match.js";
import { configurationOf, type Place, placed, placeIn, wishOf } from "../core/membership.js";
import { PERSON } from "../core/person.js";
import {
  clientName,
  count,
  duration,
  listed,
  membershipText,
  operationText,
  plural,
  rateText,
  readsText,
  replicaName,
  replicaNames,
  sentenceCase,
} from "./names.js";

/**
 * How much something matters: 2 is announced at once, 1 is listed, 0 is background noise,
 * listed only for those who ask for everything.
 */
export type Weight = 0 | 1 | 2;

/** A line of a menu that does something to the world. */
export interface ActionItem {
  label: string;
  action: Action;
  group: MenuGroup;
  /** What comes of it, in a sentence. */
  what: string;
}

/** The groups of a menu's lines, by what they are done to; in this order. */
export type MenuGroup = "Machine" | "Clock" | "Network" | "Cluster" | "Log" | "Message" | "Client";
const GROUPS: readonly MenuGroup[] = [
  "Machine",
  "Clock",
  "Network",
  "Cluster",
  "Log",
  "Message",
  "Client",
];

/** A line as its record has it. */
type Line = Pick<ActionItem, "label" | "action">;

/** The subjects of menus, with the data that their lines may depend on. */
interface Subjects {
  replica: { replica: ReplicaView; view: View; selected: readonly number[] };
  message: InFlight;
  /** One link, in both directions; `isCut` and `isClogged` tell the state of one. */
  link: { ways: readonly Way[]; isCut(way: Way): boolean; isClogged(way: Way): boolean };
  client: { client: ClientView; view: View };
}

interface Way {
  from: number;
  to: number;
}

interface ActionRecord<Data> {
  /** The sentence for it; it may lack its capital. */
  told(data: Data): string;
  /** 2 unless given. */
  weight?(data: Data): Weight;
  /** It goes on all the time, and is no part of the plot of a recording. */
  routine?: true;
  /** Its lines in the menu of a subject. */
  menu?: { readonly [Kind in keyof Subjects]?: (on: Subjects[Kind]) => Line[] } & {
    readonly group: MenuGroup;
    readonly what: string;
  };
}

/** How far a clock jumps from the menu, and how long it stalls. */
const JUMP_TICKS = 10;
const STALL_US = 1_000_000;

/** The fate of the write under way. */
const CRASHES: Record<UnfinishedWrite, string> = {
  lost: "",
  torn: " in the middle of a write",
  kept: " right after a write",
};

const PARTITION = "What is sent between the two groups is lost; within each all goes on.";

const TARGETS: Record<Exclude<Target, number>, string> = {
  leader: "the leader",
  follower: "a follower",
  candidate: "a candidate",
  crashed: "a crashed replica",
  paused: "a paused replica",
  any: "some replica",
};

/** The requests to the leader to change the place of a replica. */
const PLACES: Record<Place, string> = {
  voter: "Make it a voter",
  learner: "Make it a learner",
  outsider: "Remove it from the cluster",
};

const ACTIONS: { readonly [Kind in Tag<Action>]: ActionRecord<Payload<Action, Kind>> } = {
  // --- to a replica ---
  restart: {
    told: ({ replica }) => `${targetName(replica)} restarts.`,
    menu: {
      group: "Machine",
      what: "It starts with what is on its disk, as a follower.",
      replica: ({ replica: { id, status, corrupt } }) =>
        only(status === "crashed" && !corrupt, "Restart", { restart: { replica: id } }),
    },
  },
  corrupt: {
    told: ({ replica }) => `${ownerName(replica)} disk becomes corrupt.`,
    menu: {
      group: "Machine",
      what: "What it had written is damaged: it can't start with it.",
      replica: ({ replica: { id, status, corrupt } }) =>
        only(status === "crashed" && !corrupt, "Corrupt its disk", { corrupt: { replica: id } }),
    },
  },
  format: {
    told: ({ replica }) => `${targetName(replica)} gets an empty disk: it is a new replica now.`,
    menu: {
      group: "Machine",
      what: "It forgets all it promised, and can break what rests on that.",
      replica: ({ replica: { id, status } }) =>
        only(status === "crashed", "Give it an empty disk", { format: { replica: id } }),
    },
  },
  crash: {
    told: ({ replica, write }) => `${targetName(replica)} crashes${CRASHES[write ?? "lost"]}.`,
    menu: {
      group: "Machine",
      what: "Its memory is gone; what its disk has written stays.",
      replica: ({ replica: { id, status, writing } }) => [
        ...only(status !== "crashed", "Crash", { crash: { replica: id } }),
        ...only(status !== "crashed" && writing, "Power cut, tearing its write", {
          crash: { replica: id, write: "torn" },
        }),
      ],
    },
  },
  pause: {
    told: ({ replica }) => `${targetName(replica)} is paused.`,
    menu: {
      group: "Machine",
      what: "It does nothing, and keeps its memory; messages wait at its door.",
      replica: ({ replica: { id, status } }) =>
        only(status === "running", "Pause", { pause: { replica: id } }),
    },
  },
  resume: {
    told: ({ replica }) => `${targetName(replica)} runs on.`,
    menu: {
      group: "Machine",
      what: "It goes on where it was, and does not know that time has passed.",
      replica: ({ replica: { id, status } }) =>
        only(status === "paused", "Resume", { resume: { replica: id } }),
    },
  },
  time_out: {
    told: ({ replica }) => `${ownerName(replica)} election timer runs out before its time.`,
    menu: {
      group: "Clock",
      what: "It stands for election at once.",
      replica: ({ replica: { id, status, role } }) =>
        only(status === "running" && role !== "leader", "Time out now", {
          time_out: { replica: id },
        }),
    },
  },
  take_snapshot: {
    told: ({ replica }) => `${targetName(replica)} is asked to take a snapshot.`,
    menu: {
      group: "Log",
      what: "Its store goes to disk, and the log before that can go.",
      replica: ({ replica: { id, status } }) =>
        only(status === "running", "Take a snapshot", { take_snapshot: { replica: id } }),
    },
  },
  jump_clock: {
    told: ({ replica, ticks }) =>
      `${ownerName(replica)} clock jumps ahead by ${plural(ticks, "tick")}.`,
    menu: {
      group: "Clock",
      what: "All its timers run that much shorter.",
      replica: ({ replica: { id, status } }) =>
        only(status === "running", `Jump by ${JUMP_TICKS} ticks`, {
          jump_clock: { replica: id, ticks: JUMP_TICKS },
        }),
    },
  },
  stall_clock: {
    told: ({ replica, for_us }) => `${ownerName(replica)} clock stalls for ${duration(for_us)}.`,
    menu: {
      group: "Clock",
      what: "No timer of its own runs out in that time; it still answers.",
      replica: ({ replica: { id, status } }) =>
        only(status === "running", `Stall for ${duration(STALL_US)}`, {
          stall_clock: { replica: id, for_us: STALL_US },
        }),
    },
  },
  set_clock: {
    told: ({ replica, rate_ppm }) => `${ownerName(replica)} clock now runs ${rateText(rate_ppm)}.`,
  },
  tick: { told: ({ replica }) => `${ownerName(replica)} clock ticks once more.` },
  persist: { told: ({ replica }) => `${ownerName(replica)} disk finishes its write.` },

  // --- to the membership and the leadership ---
  transfer_leadership: {
    told: ({ to }) =>
      `The leader is asked to hand over to ${to === undefined ? "the best prepared replica" : targetName(to)}.`,
    menu: {
      group: "Cluster",
      what: "The leader brings it up to date, then lets it stand at once.",
      replica: ({ replica: { id }, view }) => {
        if (id === view.leader) {
          const action = { transfer_leadership: { to: undefined } };
          return [{ label: "Hand over to the best prepared", action }];
        }
        const votes = configurationOf(view)?.voters.includes(id) ?? false;
        return only(view.leader !== undefined && votes, "Hand over to it", {
          transfer_leadership: { to: id },
        });
      },
    },
  },
  change_membership: {
    told: ({ voters, learners }) =>
      `The leader is asked to change the membership to ${membersText(voters, learners ?? [])}.`,
    menu: {
      group: "Cluster",
      what: "The leader appends a configuration, in force from then on.",
      replica: ({ replica: { id }, view }) => {
        const membership = configurationOf(view);
        if (view.leader === undefined || !membership) {
          return [];
        }
        const wish = wishOf(membership);
        return (Object.keys(PLACES) as Place[])
          .filter((place) => place !== placeIn(wish, id))
          .map((place) => ({
            label: PLACES[place],
            action: { change_membership: placed(wish, id, place) },
          }));
      },
    },
  },

  // --- to the network ---
  isolate: {
    told: ({ replica }) => `${targetName(replica)} is cut off from the other replicas.`,
    menu: {
      group: "Network",
      what: "Nothing reaches it from the other replicas, and nothing of its reaches them.",
      replica: ({ replica: { id }, view }) =>
        only(cutsOf(id, view) < 2 * (view.replicas.length - 1), "Cut off", {
          isolate: { replica: id },
        }),
    },
  },
  rejoin: {
    told: ({ replica }) => `${targetName(replica)} is connected to the others again.`,
    menu: {
      group: "Network",
      what: "All its links work again.",
      replica: ({ replica: { id }, view }) =>
        only(cutsOf(id, view) > 0, "Rejoin", { rejoin: { replica: id } }),
    },
  },
  partition: {
    told: ({ groups }) => {
      const names = groups.map((group) => listed(group.map(targetName)));
      return `The network is partitioned: ${names.join(" | ")}${groups.length === 1 ? " | the rest" : ""}.`;
    },
    menu: {
      group: "Network",
      what: PARTITION,
      replica: ({ replica: { id }, view, selected }) =>
        selected.includes(id) && selected.length < view.replicas.length
          ? [partitionItem(selected)]
          : [],
    },
  },
  cut: {
    told: ({ from, to, both }) => `The link from ${wayText(from, to)} is cut${bothWays(both)}.`,
    menu: {
      group: "Network",
      what: "What is sent that way is lost.",
      link: ({ ways, isCut }) => [
        ...ways
          .filter((way) => !isCut(way))
          .map((way) => ({ label: `Cut ${arrow(way)}`, action: { cut: { ...way, both: false } } })),
        ...bothItem("Cut both ways", ways, !ways.every(isCut), (way) => ({
          cut: { ...way, both: true },
        })),
      ],
    },
  },
  heal: {
    told: ({ from, to, both }) => `The link from ${wayText(from, to)} is healed${bothWays(both)}.`,
    menu: {
      group: "Network",
      what: "What is sent that way arrives again.",
      link: ({ ways, isCut }) => [
        ...ways.filter(isCut).map((way) => ({
          label: `Heal ${arrow(way)}`,
          action: { heal: { ...way, both: false } },
        })),
        ...bothItem("Heal both ways", ways, ways.some(isCut), (way) => ({
          heal: { ...way, both: true },
        })),
      ],
    },
  },
  heal_all: { told: () => "All links are healed." },
  clog: {
    told: ({ from, to, both }) => `The link from ${wayText(from, to)} is clogged${bothWays(both)}.`,
    menu: {
      group: "Network",
      what: "What is sent that way waits, until the link is free.",
      link: ({ ways, isClogged }) =>
        ways
          .filter((way) => !isClogged(way))
          .map((way) => ({
            label: `Clog ${arrow(way)}`,
            action: { clog: { ...way, both: false } },
          })),
    },
  },
  unclog: {
    told: ({ from, to, both }) =>
      `The link from ${wayText(from, to)} is free again${bothWays(both)}.`,
    menu: {
      group: "Network",
      what: "What waited there goes on its way.",
      link: ({ ways, isClogged }) =>
        ways.filter(isClogged).map((way) => ({
          label: `Unclog ${arrow(way)}`,
          action: { unclog: { ...way, both: false } },
        })),
    },
  },
  set_network: { told: () => "The network between the replicas changes." },
  set_link: {
    told: ({ from, to }) => `The link from ${wayText(from, to)} changes.`,
  },
  set_client_network: { told: () => "The network between replicas and clients changes." },

  // --- to a message ---
  drop: {
    told: ({ message }) => `Message ${count(message)} is dropped.`,
    menu: {
      group: "Message",
      what: "It is lost.",
      message: ({ id }) => [{ label: "Drop", action: { drop: { message: id } } }],
    },
  },
  duplicate: {
    told: ({ message }) => `Message ${count(message)} is duplicated.`,
    menu: {
      group: "Message",
      what: "A second copy sets out, with a delay of its own.",
      message: ({ id }) => [{ label: "Duplicate", action: { duplicate: { message: id } } }],
    },
  },
  deliver: {
    told: ({ message }) => `Message ${count(message)} is delivered at once.`,
    menu: {
      group: "Message",
      what: "It arrives now.",
      message: ({ id }) => [{ label: "Deliver now", action: { deliver: { message: id } } }],
    },
  },
  hold: {
    told: ({ message }) => `Message ${count(message)} is held.`,
    menu: {
      group: "Message",
      what: "It stays where it is until it is released.",
      message: ({ id, held }) => only(!held, "Hold", { hold: { message: id } }),
    },
  },
  release: {
    told: ({ message }) => `Message ${count(message)} goes on.`,
    menu: {
      group: "Message",
      what: "It goes on its way.",
      message: ({ id, held }) => only(held, "Release", { release: { message: id } }),
    },
  },

  // --- to a client ---
  request: {
    told: ({ client = PERSON, operation, reads }) => {
      const way = reads === undefined ? "" : `, ${readsText(reads)}`;
      return `${clientDoes(client, "ask", "asks")} the cluster to ${operationText(operation)}${way}.`;
    },
    weight: () => 1,
    routine: true,
  },
  leave: {
    told: ({ client }) => `${clientDoes(client, "go", "goes")} away.`,
    menu: {
      group: "Client",
      what: "It hears no answers, and asks for nothing.",
      client: ({ client: { id, away } }) => only(!away, "Go away", { leave: { client: id } }),
    },
  },
  return: {
    told: ({ client }) => `${clientDoes(client, "come", "comes")} back.`,
    menu: {
      group: "Client",
      what: "It asks again for what it has no answer to.",
      client: ({ client: { id, away } }) => only(away, "Come back", { return: { client: id } }),
    },
  },
  mislead: {
    told: ({ client, replica }) =>
      `${clientDoes(client, "now think", "now thinks")} that ${targetName(replica)} is the leader.`,
    weight: ({ client }) => (client === PERSON ? 2 : 0),
    routine: true,
    menu: {
      group: "Client",
      what: "It asks that one next.",
      client: ({ client: { id, believed_leader }, view }) => {
        const other = view.replicas.find(
          (replica) => replica.id !== view.leader && replica.id !== believed_leader,
        );
        return other
          ? [
              {
                label: `Take ${replicaName(other.id)} for the leader`,
                action: { mislead: { client: id, replica: other.id } },
              },
            ]
          : [];
      },
    },
  },
  wake: { told: ({ client }) => `${clientDoes(client, "wake", "wakes")} up.` },
  offer: { told: () => "The workload issues an operation." },

  // --- to the settings ---
  set_disk: {
    told: ({ replica }) =>
      replica === undefined ? "The disks change." : `${ownerName(replica)} disk changes.`,
  },
  set_protocol: {
    told: ({ replica, protocol }) =>
      `${replica === undefined ? "The protocol is now" : `${replicaName(replica)} now has`}: ${protocolText(protocol)}.`,
  },
  set_timing: {
    told: ({ replica, timing }) =>
      `${replica === undefined ? "The timeouts are now" : `${replicaName(replica)} now has`}: ${timersText(timing)}.`,
  },
  set_snapshots: {
    told: ({ snapshots: { every_entries = 0 } }) =>
      every_entries === 0
        ? "Snapshots are now taken only of large logs, and on demand."
        : `Snapshots are now taken every ${plural(every_entries, "entry", "entries")}.`,
  },
  set_workload: {
    told: ({ workload: { operations_per_second } }) =>
      `The workload is now ${plural(operations_per_second ?? 0, "operation")} a second.`,
    routine: true,
  },
};

/** An action as a sentence. */
export function actionText(action: Action): string {
  return sentenceCase(recordOf(action).told(payloadOf(action)));
}

/** How much it matters that an action is done. */
export function actionWeight(action: Action): Weight {
  return recordOf(action).weight?.(payloadOf(action)) ?? 2;
}

/** Whether an action goes on all the time, and is no part of the plot of a recording. */
export function isRoutine(action: Action): boolean {
  return recordOf(action).routine ?? false;
}

/** All that can be done to a subject, as the lines of its menu. */
export function actionItems<Kind extends keyof Subjects>(
  kind: Kind,
  on: Subjects[Kind],
): ActionItem[] {
  const records: readonly ActionRecord<unknown>[] = Object.values(ACTIONS);
  return records
    .flatMap(({ menu }) =>
      ((menu?.[kind] as ((on: Subjects[Kind]) => Line[]) | undefined)?.(on) ?? []).map((line) => ({
        ...line,
        group: menu?.group ?? "Machine",
        what: menu?.what ?? "",
      })),
    )
    .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

/** The selected replicas in one group, the rest in another. */
export function partitionItem(selected: readonly number[]): ActionItem {
  return {
    label: `Partition ${replicaNames(selected)} from the rest`,
    action: { partition: { groups: [[...selected]] } },
    group: "Network",
    what: PARTITION,
  };
}

function recordOf(action: Action): ActionRecord<unknown> {
  return ACTIONS[tagOf(action)];
}

/** A line of a menu under a condition. */
function only(condition: boolean, label: string, action: Action): Line[] {
  return condition ? [{ label, action }] : [];
}

/** A line about both directions of a link under a condition. */
function bothItem(
  label: string,
  [way]: readonly Way[],
  condition: boolean,
  action: (way: Way) => Action,
): Line[] {
  return way ? only(condition, label, action(way)) : [];
}

/** How many ways to and from a replica are cut. */
function cutsOf(id: number, { cuts }: View): number {
  return cuts.filter(({ from, to }) => from === id || to === id).length;
}

function targetName(target: Target): string {
  return typeof target === "number" ? replicaName(target) : TARGETS[target];
}

function ownerName(target: Target): string {
  return `${targetName(target)}'s`;
}

function wayText(from: Target, to: Target): string {
  return `${targetName(from)} to ${targetName(to)}`;
}

function arrow({ from, to }: Way): string {
  return `${replicaName(from)} → ${replicaName(to)}`;
}

function bothWays(both: boolean | undefined): string {
  return both ? ", both ways" : "";
}

/** "you ask", "C2 asks". */
export function clientDoes(client: number, yours: string, theirs: string): string {
  return client === PERSON ? `you ${yours}` : `${clientName(client)} ${theirs}`;
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
