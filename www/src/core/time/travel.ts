/**
 * Ways through time, for the scrubber, the tree of branches and the commands: to a moment, to a mark,
 * among branches, and two of them side by side.
 */
import type {
  Branches,
  Comparison,
  MarkKind,
  SeekProgress,
  SeekRequest,
} from "../../../pkg/raftarium.js";
import { momentText } from "../../text/branches.js";
import { type Line, withNotices } from "../../text/events/journal.js";
import type { Session } from "../session.js";
import type { Subject } from "../subject.js";
import type { RunningWorld } from "../world/running-world.js";
import { type Span, wholeRun, zoomed } from "./scale.js";
import { storyNow } from "./story.js";

/** This many of the notices that are kept are told after a jump. */
const JOURNAL_MAX = 300;

/** A way of more events than this is a long one: after it the world stays paused. */
const HEAVY_EVENTS = 2_000_000;

/** Two branches beside one another. */
export interface ComparisonState {
  readonly a: number;
  readonly b: number;
  /** Both are played again to be compared: how many events are done, and how many are left. */
  readonly replayed: number;
  readonly left: number;
  readonly result: Comparison | undefined;
}

/** What is shown of time, as a part of the controller's state. */
export interface TimeState {
  /** The shown moment among the branches; none before a world is there. */
  readonly branches: Branches | undefined;
  /** The way to another moment, while it lasts. */
  readonly seeking: SeekProgress | undefined;
  /** The branch that is chosen in the tree; none: the shown one. */
  readonly picked: number | undefined;
  /** The part of the run that the scrubber shows; none: all of it. */
  readonly span: Span | undefined;
  /** What “next” and “previous” go to. */
  readonly markKind: MarkKind;
  readonly comparison: ComparisonState | undefined;
}

export const NO_TIME: TimeState = {
  branches: undefined,
  seeking: undefined,
  picked: undefined,
  span: undefined,
  markKind: "election",
  comparison: undefined,
};

/** The controller, as this file needs it. */
interface Shown {
  shown(): TimeState & { readonly inspected: Subject | undefined };
  set(change: Partial<TimeState & { journal: readonly Line[] }>): void;
  say(text: string): void;
}

export class TimeTravel {
  readonly #session: Session;
  readonly #shown: Shown;

  constructor(session: Session, shown: Shown) {
    this.#session = session;
    this.#shown = shown;
  }

  // --- moments ---

  /** To another moment, or another branch; what came later is kept. */
  seek(request: SeekRequest): void {
    this.#session.seek(request);
  }

  /** To where a step of the story comes: on, or back. */
  toStep(step: number): void {
    const { run } = this.#session;
    const story = run && storyNow(run, this.#shown.shown().branches?.shown);
    const moment = story?.moments[step];
    const { at_us, on } = story?.steps[step] ?? {};
    if (at_us !== undefined && on === undefined) {
      this.seek({ to: { time_us: at_us } });
    } else {
      this.seek({ to: moment ? { events: moment.events } : { story_step: step } });
    }
  }

  /** Stays where the way to another moment has come to. */
  cancel(): void {
    this.#session.cancelSeek();
  }

  /** To the next or the previous mark of the kind that is chosen; of messages, of the inspected replica. */
  toMark(way: "next" | "previous"): void {
    const { markKind, inspected } = this.#shown.shown();
    const replica =
      inspected?.kind === "replica" && markKind === "message" ? inspected.id : undefined;
    this.seek({
      to: way === "next" ? { next: markKind } : { previous: markKind },
      ...(replica === undefined ? {} : { replica }),
    });
  }

  set markKind(markKind: MarkKind) {
    this.#shown.set({ markKind });
  }

  /** The furthest moment of the shown branch, in microseconds. */
  get endUs(): number {
    const { branches } = this.#shown.shown();
    const shown = branches?.branches.find(({ id }) => id === branches.shown);
    return Math.max(shown?.end.at_us ?? 0, this.#session.frame?.nowUs ?? 0);
  }

  /** The whole run, as the scrubber shows it. */
  get whole(): Span {
    return wholeRun(this.endUs);
  }

  /** So many times as near, with the shown moment left where it is. */
  zoom(by: number): void {
    const span = this.#shown.shown().span ?? this.whole;
    this.showSpan(zoomed(span, this.whole, this.#session.frame?.nowUs ?? 0, by));
  }

  /** The scrubber shows this part of the run; none: all of it. */
  showSpan(span: Span | undefined): void {
    this.#shown.set({ span });
  }

  /** The world is on its way to another moment, or is there. */
  moved(progress: SeekProgress): void {
    if (!progress.done) {
      this.#shown.set({ seeking: progress });
      return;
    }
    const told = this.#session.run?.look((world) => world.journal(JOURNAL_MAX)) ?? [];
    this.#shown.set({
      ...this.now(),
      seeking: undefined,
      journal: withNotices([], told),
    });
    this.#shown.say(progress.found ? `At ${momentText(progress.now)}.` : "There is none.");
  }

  /** Whether no time has passed, and no other moment is on the way. Something may have been asked already. */
  get isAtStart(): boolean {
    const { branches, seeking } = this.#shown.shown();
    return seeking === undefined && (branches?.now.at_us ?? 0) === 0;
  }

  /** Whether the way to the shown moment is a long one. */
  get isHeavy(): boolean {
    return (this.#shown.shown().seeking?.left ?? 0) > HEAVY_EVENTS;
  }

  // --- branches ---

  /** The branches as they are now; none without a world. Where another is shown, none is chosen. */
  now(): Pick<TimeState, "branches" | "picked"> {
    const before = this.#shown.shown();
    const branches = this.#session.run?.look((world) => world.branches());
    const same = branches?.shown === before.branches?.shown;
    return { branches, picked: same ? before.picked : undefined };
  }

  pick(picked: number): void {
    this.#shown.set({ picked });
  }

  rename(id: number, name: string): void {
    this.#session.changeBranches((timeline) => timeline.rename(id, name));
    this.#shown.set(this.now());
  }

  remove(id: number): void {
    if (this.#session.changeBranches((timeline) => timeline.remove(id))) {
      this.#shown.set({ ...this.now(), picked: undefined });
    }
  }

  restore(id: number): void {
    if (this.#session.changeBranches((timeline) => timeline.restore(id))) {
      this.#shown.set({ ...this.now(), picked: id });
    }
  }

  // --- two branches side by side ---

  /** Shows how they differ, once both have been played again. */
  async compare(a: number, b: number): Promise<void> {
    const { run } = this.#session;
    const wanted = () => {
      const { comparison } = this.#shown.shown();
      return comparison?.a === a && comparison.b === b && run === this.#session.run;
    };
    let progress = run?.look(() => run.timeline.compare(a, b));
    this.#shown.set({ comparison: progress && { a, b, result: undefined, ...progress } });
    while (run && progress && !progress.done) {
      await new Promise(requestAnimationFrame);
      if (!wanted()) {
        return;
      }
      progress = run.look(() => run.timeline.compareOn());
      this.#shown.set({ comparison: progress && { a, b, result: undefined, ...progress } });
    }
    if (run && progress) {
      const result = compared(run);
      this.#shown.set({ comparison: result && { a, b, result, ...progress } });
    }
  }

  /** The shown branch beside the one at that place; none: nothing beside it. */
  compareWith(place: number | undefined): void {
    const { branches } = this.#shown.shown();
    const other = place === undefined ? undefined : branches?.branches[place];
    if (branches && other && other.id !== branches.shown) {
      void this.compare(branches.shown, other.id);
    }
  }

  closeComparison(): void {
    this.#shown.set({ comparison: undefined });
  }
}

function compared(run: RunningWorld): Comparison | undefined {
  return run.look(() => run.timeline.comparison());
}
