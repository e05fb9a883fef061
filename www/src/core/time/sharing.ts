/**
 * Links and files: a link holds the scenario, the seed, all that was done on every branch, the shown
 * moment, and how the page shows it. A file holds the same without bounds.
 */
import {
  type Address,
  type Recording,
  type Scenario,
  type Shared,
  type SharedHappened,
  type SharedSubject,
  type SharedView,
  Simulation,
} from "../../../pkg/raftarium.js";
import { SORTS, type Sort } from "../../text/events/sorts.js";
import type { Sight, Told } from "../controller.js";
import { FOLLOWING, type LogWindow } from "../log-window.js";
import type { Session } from "../session.js";
import { SPEED_MAX, SPEED_MIN } from "../speed.js";
import type { Subject } from "../subject.js";
import { enterCore, isLink, openLink, plain } from "../world/load.js";
import type { WorldSource } from "../world/running-world.js";
import { download, saveRecording } from "./save.js";
import type { TimeState } from "./travel.js";

const SORT_NAMES = Object.keys(SORTS) as Sort[];

/** What a link tells of how the page shows the world. */
interface Look extends TimeState {
  readonly playing: boolean;
  readonly speed: number;
  readonly tab: string;
  readonly inspected: Subject | undefined;
  readonly logs: LogWindow;
  readonly sight: Sight;
  readonly told: Told | undefined;
}

/** The controller, as this file needs it. */
interface Shown {
  look(): Look;
  /** Shows the link in a field, to be copied by hand. */
  showLink(link: string | undefined): void;
  say(text: string): void;
}

export class Sharing {
  /** The address of a page that opens links; none: there are no links to copy. */
  base: string | undefined;
  readonly #session: Session;
  readonly #shown: Shown;

  constructor(session: Session, shown: Shown) {
    this.#session = session;
    this.#shown = shown;
  }

  /** What the address bar holds of the world as it is now; none without a world. */
  address(): Address | undefined {
    const view = viewOf(this.#shown.look());
    return this.#session.run?.look((world) => world.link(view));
  }

  /** Copies a link to the world as it is now, or shows it where the clipboard is denied. */
  async copyLink(): Promise<void> {
    const address = this.address();
    if (!address || this.base === undefined) {
      return;
    }
    if (address.fragment === undefined) {
      this.#shown.say("This scenario is too large for a link: save it as a file.");
      return;
    }
    const link = `${this.base}#${address.fragment}`;
    const lacks = address.whole ? "" : ` ${LACKS[address.left_out]} Save a file to keep all of it.`;
    try {
      await navigator.clipboard.writeText(link);
      this.#shown.showLink(undefined);
      this.#shown.say(`The link is on the clipboard.${lacks}`);
    } catch {
      this.#shown.showLink(link);
      this.#shown.say(`The clipboard can't be used here: copy the link from the field.${lacks}`);
    }
  }

  closeLink(): void {
    this.#shown.showLink(undefined);
  }

  /**
   * Hands the shown branch to the person as a scenario: its settings, and what was done as timed
   * actions. It is played once to make sure that it comes to the same digest.
   */
  saveScenario(): void {
    const { run } = this.#session;
    const recording = run?.look((world) => world.recording());
    if (!run || !recording) {
      return;
    }
    const scenario = scenarioOf(recording);
    const goal = run.look((world) => ({ events: world.events, digest: world.digest() }));
    const digest = goal && digestOf(scenario, recording.seed, goal.events);
    if (digest === undefined || digest !== goal?.digest) {
      this.#shown.say(
        "What was done to single messages, or in the very moment of an event, can't be told as timed actions: save it as a recording.",
      );
      return;
    }
    download(
      `raftarium-scenario-${recording.seed}.json`,
      "application/json",
      JSON.stringify(scenario, null, 2),
    );
    this.#shown.say("Saved: the scenario comes to the same digest.");
  }

  /** Hands all of the world to the person as a file. */
  save(): void {
    const { run } = this.#session;
    const recording = run?.look(() => run.timeline.tree());
    if (recording) {
      saveRecording(recording);
    }
  }
}

/** The settings of a run, its seed, and what was done to it as timed actions. */
export function scenarioOf({ scenario, seed, interventions }: Recording): Scenario {
  const done = (interventions ?? []).map(({ at_us, action }) => ({ at_us, do: action }));
  const actions = [...(scenario.actions ?? []), ...done].sort((a, b) => a.at_us - b.at_us);
  return { ...scenario, seed, actions };
}

/** Longer runs are not played again just to be compared. */
const PLAYED_MAX = 500_000;
/** The core is asked for so many at a time, and allows no more. */
const PLAYED_AT_ONCE = 100_000;

/** What a scenario comes to after that many events; none: it can't be run, or not in time. */
function digestOf(scenario: Scenario, seed: number, events: number): string | undefined {
  if (events > PLAYED_MAX) {
    return undefined;
  }
  let world: Simulation | undefined;
  try {
    return enterCore(() => {
      world = new Simulation(plain(scenario) as Scenario, seed);
      let progress = world.seek({ to: { events } });
      while (!progress.done) {
        progress = world.seekOn(PLAYED_AT_ONCE);
      }
      return world.digest();
    });
  } catch {
    return undefined;
  } finally {
    world?.free();
  }
}

const LACKS: Record<Address["left_out"], string> = {
  nothing: "",
  other_branches: "It is too much for a link: the other branches are not in it.",
  interventions: "It is too much for a link: what was done is not in it.",
  everything: "",
};

/** What a link holds; none: it is no link, or a faulty one. */
export function sharedIn(
  source: WorldSource,
): (Shared & { view: SharedView; viewed: boolean }) | undefined {
  if (typeof source !== "string" || !isLink(source)) {
    return undefined;
  }
  try {
    const shared = openLink(source);
    const viewed = shared.view !== undefined && shared.view !== null;
    return { ...shared, view: shared.view ?? { paused: false }, viewed };
  } catch {
    // Whoever opens it says what is wrong with it.
    return undefined;
  }
}

/** The speed that a link asks for. */
export function speedIn({ speed_ppm: ppm }: SharedView): number | undefined {
  return ppm === undefined || ppm === null
    ? undefined
    : Math.min(SPEED_MAX, Math.max(SPEED_MIN, ppm / 1e6));
}

/** What a link has selected. */
export function subjectIn({ selection }: SharedView): Subject | undefined {
  if (selection === undefined || selection === null) {
    return undefined;
  }
  if ("replica" in selection) {
    return { kind: "replica", id: selection.replica.id };
  }
  if ("message" in selection) {
    return { kind: "message", id: selection.message.id };
  }
  if ("client" in selection) {
    return { kind: "client", id: selection.client.id };
  }
  if ("entry" in selection) {
    return { kind: "entry", ...selection.entry };
  }
  return { kind: "link", ...selection.link };
}

/** Which part of the logs a link shows. */
export function logsIn({ logs }: SharedView): LogWindow {
  return logs ? { first: logs.first ?? undefined, zoom: logs.zoom_percent / 100 } : FOLLOWING;
}

/** Which part of everything that happened a link tells; none: what matters. */
export function toldIn({ happened }: SharedView): Told | undefined {
  if (!happened) {
    return undefined;
  }
  const { at, with: sought = "", sort } = happened;
  const replica = at && "replica" in at ? at.replica.id : undefined;
  const client = at && "client" in at ? -at.client.id : undefined;
  // A sort that only a later version knows is none.
  const known = SORT_NAMES.find((name) => name === sort);
  return { at: replica ?? client, sought, sort: known };
}

function happenedOf({ at, sought, sort }: Told): SharedHappened {
  return {
    ...(at === undefined ? {} : { at: at > 0 ? { replica: { id: at } } : { client: { id: -at } } }),
    ...(sought === "" ? {} : { with: sought }),
    ...(sort === undefined ? {} : { sort }),
  };
}

function viewOf(look: Look): SharedView {
  const { playing, speed, tab, inspected, span, comparison, branches, logs, sight, told } = look;
  const compared = branches?.branches.findIndex(({ id }) => id === comparison?.b) ?? -1;
  return {
    paused: !playing,
    speed_ppm: Math.round(speed * 1e6),
    tab,
    ...(inspected ? { selection: selectionOf(inspected) } : {}),
    ...(span ? { span: { from_us: span.from_us, to_us: span.to_us } } : {}),
    ...(compared >= 0 ? { compared } : {}),
    ...(sight === "ring" ? {} : { sight }),
    ...(told ? { happened: happenedOf(told) } : {}),
    ...(logs === FOLLOWING
      ? {}
      : {
          logs: {
            zoom_percent: Math.round(logs.zoom * 100),
            ...(logs.first === undefined ? {} : { first: logs.first }),
          },
        }),
  };
}

function selectionOf(subject: Subject): SharedSubject {
  switch (subject.kind) {
    case "replica":
      return { replica: { id: subject.id } };
    case "message":
      return { message: { id: subject.id } };
    case "client":
      return { client: { id: subject.id } };
    case "entry":
      return { entry: { replica: subject.replica, index: subject.index } };
    case "link":
      return { link: { from: subject.from, to: subject.to } };
  }
}
