/** How fast virtual time runs: virtual time per wall time. */

export const SPEED_MIN = 1 / 100;
export const SPEED_MAX = 100;
export const FIRST_SPEED = 1 / 10;

/** The speeds that the slider stops at: even steps of a logarithm, in round numbers. */
export const STOPS = [
  1 / 100,
  1 / 50,
  1 / 20,
  1 / 10,
  1 / 5,
  1 / 2,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
] as const;

/** Whether virtual time runs slowly enough for a person to follow single events. */
export function isSlowMotion(speed: number): boolean {
  return speed < 1;
}

/** The stop nearest to a speed. */
export function stopOf(speed: number): number {
  const distances = STOPS.map((stop) => Math.abs(Math.log(stop / speed)));
  return distances.indexOf(Math.min(...distances));
}

/** The next faster (+1) or slower (−1) stop. */
export function nextSpeed(speed: number, by: 1 | -1): number {
  const next = STOPS[stopOf(speed) + by];
  return next ?? (by > 0 ? SPEED_MAX : SPEED_MIN);
}
