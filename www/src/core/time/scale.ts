/** Which part of a run the scrubber shows, and where a moment is in it. */

/** A part of a run, in microseconds of virtual time. */
export interface Span {
  readonly from_us: number;
  readonly to_us: number;
}

/** A part shorter than this would show nothing more. */
const SPAN_MIN_US = 1000;
/** How much one step of zooming changes. */
export const ZOOM_STEP = 1.5;
/** A run that has only begun is shown on a line of this length. */
const WHOLE_MIN_US = 1_000_000;

/** All of a run that has reached `end_us`, with some room for what is to come. */
export function wholeRun(endUs: number): Span {
  return { from_us: 0, to_us: Math.max(WHOLE_MIN_US, roundUp(endUs)) };
}

/** The share of the span, 0 to 1, at which a moment is; beyond that it is outside. */
export function shareOf(span: Span, us: number): number {
  return (us - span.from_us) / (span.to_us - span.from_us);
}

/** The moment at a share of the span. */
export function momentAt(span: Span, share: number): number {
  return Math.round(span.from_us + share * (span.to_us - span.from_us));
}

/** `by` times as near, with the moment `us` left where it is; none: the whole run. */
export function zoomed(span: Span, whole: Span, us: number, by: number): Span | undefined {
  const length = (span.to_us - span.from_us) / by;
  if (length >= whole.to_us - whole.from_us) {
    return undefined;
  }
  const shorter = Math.max(SPAN_MIN_US, length);
  const share = Math.min(1, Math.max(0, shareOf(span, us)));
  return within({ from_us: us - share * shorter, to_us: us + (1 - share) * shorter }, whole);
}

/** Moved by a share of its length, but not out of the run. */
export function moved(span: Span, whole: Span, share: number): Span {
  const by = share * (span.to_us - span.from_us);
  return within({ from_us: span.from_us + by, to_us: span.to_us + by }, whole);
}

/** Moved only if the moment is not in it. */
export function showing(span: Span, whole: Span, us: number): Span {
  const share = shareOf(span, us);
  return share >= 0 && share <= 1 ? span : moved(span, whole, share - (share < 0 ? 0.1 : 0.9));
}

/** Times for the axis: round numbers, no more than that many. */
export function ticks(span: Span, most: number): number[] {
  const rough = (span.to_us - span.from_us) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => by >= rough) ?? 10 * power;
  const first = Math.ceil(span.from_us / step);
  const last = Math.floor(span.to_us / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step);
}

function within(span: Span, whole: Span): Span {
  const length = span.to_us - span.from_us;
  const from = Math.round(Math.min(Math.max(span.from_us, whole.from_us), whole.to_us - length));
  return { from_us: from, to_us: Math.round(from + length) };
}

/** The end of the line moves on in leaps, so that it does not crawl while the world runs. */
function roundUp(us: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, us)));
  const leap = [1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((by) => by * power > us * 1.02);
  return Math.round((leap ?? 12) * power);
}
