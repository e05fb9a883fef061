/**
 * The past of a running world, and what else it might have been: moments to go to, branches, how
 * two of them differ. The core does all of it; long work is done in slices, so that a frame is
 * never late for it.
 */
import type {
  Branches,
  CompareProgress,
  Comparison,
  ExportFormat,
  Notice,
  Overview,
  Recording,
  SeekProgress,
  SeekRequest,
  Simulation,
  TraceProgress,
} from "../../../pkg/raftarium.js";
import type { DeepRequired } from "../world/load.js";

/**
 * A slice of work takes this long. Shorter ones would show more of the way, and wait longer for
 * frames than they work; longer ones would be felt by a hand that pulls.
 */
const SLICE_MS = 40;
/** Between two looks at the clock this many events are played: the world keeps the notices of more. */
const EVENTS_BETWEEN_LOOKS = 500;

/** The world that the timeline is of. */
export interface TimelineDoor {
  /** Calls into the core. */
  enter<T>(call: () => T): T;
  /** Calls into the core, and another moment may be shown afterwards. */
  move<T>(call: () => T): T;
  /** The branches are others than before. */
  touched(): void;
  /** What is shown now is what was wanted; perhaps it is on another branch. */
  arrive(elsewhere: boolean): void;
}

export class WorldTimeline {
  readonly #core: Simulation;
  readonly #door: TimelineDoor;
  /** Whether the moment that is sought may be on another branch. */
  #elsewhere = false;

  constructor(core: Simulation, door: TimelineDoor) {
    this.#core = core;
    this.#door = door;
  }

  // --- moments ---

  /** Begins to go there: the nearest kept moment is shown at once. */
  seek(request: SeekRequest): SeekProgress {
    this.#elsewhere = (request.branch ?? undefined) !== undefined;
    return this.#arrived(this.#door.move(() => this.#core.seek(request)));
  }

  /** Goes on for a slice of time. */
  seekOn(): SeekProgress {
    const goOn = () => this.#door.move(() => this.#core.seekOn(EVENTS_BETWEEN_LOOKS));
    return this.#arrived(inSlices(goOn));
  }

  /** Stays where it has come to. */
  cancelSeek(): void {
    this.#door.move(() => this.#core.seekCancel());
    this.#door.arrive(this.#elsewhere);
  }

  #arrived(progress: SeekProgress): SeekProgress {
    if (progress.done) {
      this.#door.arrive(this.#elsewhere);
    }
    return progress;
  }

  // --- branches ---

  branches(): Branches {
    return this.#door.enter(() => this.#core.branches());
  }

  rename(branch: number, name: string): void {
    this.#door.enter(() => this.#core.renameBranch(branch, name));
    this.#door.touched();
  }

  /** If it is the shown one, or the shown one leaves it, its parent is shown. */
  remove(branch: number): void {
    this.#door.move(() => this.#core.deleteBranch(branch));
    this.#door.arrive(true);
  }

  restore(branch: number): void {
    this.#door.enter(() => this.#core.restoreBranch(branch));
    this.#door.touched();
  }

  /** All that is needed to see this world again, with its branches. */
  tree(): DeepRequired<Recording> {
    return this.#door.enter(() => this.#core.tree()) as DeepRequired<Recording>;
  }

  // --- the run at a glance ---

  overview(branch: number, fromUs: number, toUs: number, buckets: number): Overview {
    return this.#door.enter(() => this.#core.overview(branch, fromUs, toUs, buckets));
  }

  /** The rare marks, one by one. */
  marks(branch: number, fromUs: number, toUs: number, limit: number): Notice[] {
    return this.#door.enter(() => this.#core.marks(branch, fromUs, toUs, limit));
  }

  /** What has happened up to the shown moment, of what is kept of it, however one came here. */
  journal(limit: number): Notice[] {
    return this.#door.enter(() => this.#core.journal(limit));
  }

  /** All that has happened since then, as far back as it is kept. */
  recent(fromUs: number): Notice[] {
    return this.#door.enter(() => this.#core.recent(Math.max(0, Math.floor(fromUs))));
  }

  // --- a stretch for other tools ---

  /** Begins to find out what happened between two moments, both in microseconds. */
  export(branch: number, fromUs: number, toUs: number): TraceProgress {
    return this.#door.enter(() => this.#core.export(branch, fromUs, toUs));
  }

  /** Goes on for a slice of time. */
  exportOn(): TraceProgress {
    return this.#door.enter(() => inSlices(() => this.#core.exportOn(EVENTS_BETWEEN_LOOKS)));
  }

  exported(format: ExportFormat): string {
    return this.#door.enter(() => this.#core.exported(format));
  }

  // --- two branches side by side ---

  compare(a: number, b: number): CompareProgress {
    return this.#door.enter(() => this.#core.compare(a, b, undefined));
  }

  /** Goes on for a slice of time. */
  compareOn(): CompareProgress {
    return this.#door.enter(() => inSlices(() => this.#core.compareOn(EVENTS_BETWEEN_LOOKS)));
  }

  comparison(): Comparison | undefined {
    return this.#door.enter(() => this.#core.comparison());
  }
}

function inSlices<Progress extends { done: boolean }>(goOn: () => Progress): Progress {
  const endMs = performance.now() + SLICE_MS;
  for (;;) {
    const progress = goOn();
    if (progress.done || performance.now() >= endMs) {
      return progress;
    }
  }
}
