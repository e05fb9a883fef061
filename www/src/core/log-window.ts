/** Which part of the logs is shown, as a person has set it. */

export interface LogWindow {
  /** The index in the first column; none: the columns follow what happens. */
  readonly first: number | undefined;
  /** How wide an entry is, compared with the usual. */
  readonly zoom: number;
}

export const FOLLOWING: LogWindow = { first: undefined, zoom: 1 };
export const ZOOM_MIN = 0.4;
export const ZOOM_MAX = 2.5;
