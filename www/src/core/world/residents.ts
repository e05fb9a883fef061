/**
 * The worlds of a page share one memory. Those in sight are kept, and of the others the few that
 * were seen last; the rest give their memory back, and are played again when they come into
 * sight, or are asked.
 */

/** This many worlds are kept out of sight. A busy one may take a hundred megabytes with its past. */
export const UNSEEN_MAX = 8;

export interface Resident {
  readonly inSight: boolean;
  /** Whether somebody waits for an answer: such a world is given up last. */
  readonly awaited: boolean;
  /** Gives the memory back. */
  doze(): void;
}

/** The one that was seen last comes last. */
const residents = new Set<Resident>();

/** Its world has begun, or has come into sight or gone out of it. */
export function settle(resident: Resident): void {
  residents.delete(resident);
  residents.add(resident);
  const unseen = [...residents].filter(({ inSight }) => !inSight);
  const inOrder = [
    ...unseen.filter(({ awaited }) => !awaited),
    ...unseen.filter(({ awaited }) => awaited),
  ];
  for (const one of inOrder.slice(0, Math.max(0, unseen.length - UNSEEN_MAX))) {
    residents.delete(one);
    one.doze();
  }
}

/** Its world is gone. */
export function leave(resident: Resident): void {
  residents.delete(resident);
}
