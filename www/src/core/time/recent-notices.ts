/**
 * What has happened in the last while: what flashes up on the stage is made from this and the virtual
 * clock alone. In play it grows by what each frame tells; after a jump the core is asked.
 */
import type { Notice } from "../../../pkg/raftarium.js";
import { FREQUENT_US_MAX, isRare, RARE_US_MAX } from "./flash-kinds.js";
import type { WorldTimeline } from "./timeline.js";

/** Of the journal this many notices are searched for rare ones. */
const JOURNAL_MAX = 200;

export class RecentNotices {
  #notices: readonly Notice[] = [];

  clear(): void {
    this.#notices = [];
  }

  /** With what has just happened, and without what is too long ago. The same array if nothing changes. */
  add(notices: readonly Notice[], nowUs: number): readonly Notice[] {
    const isRecent = (notice: Notice) =>
      nowUs - notice.at_us < (isRare(notice) ? RARE_US_MAX : FREQUENT_US_MAX);
    const [oldest] = this.#notices;
    if (notices.length > 0 || (oldest && !isRecent(oldest))) {
      this.#notices = [...this.#notices, ...notices].filter(isRecent);
    }
    return this.#notices;
  }

  /** As of another moment. On the way there (`settled`: there) only what is near at hand is asked for. */
  replace(timeline: WorldTimeline, nowUs: number, settled: boolean): void {
    const fromUs = nowUs - FREQUENT_US_MAX;
    const recent = timeline.recent(fromUs);
    const earlier = settled
      ? timeline
          .journal(JOURNAL_MAX)
          .filter((notice) => isRare(notice) && notice.at_us < (recent[0]?.at_us ?? fromUs))
      : [];
    this.#notices = [...earlier, ...recent];
  }
}
