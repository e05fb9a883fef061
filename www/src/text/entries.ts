/** A log entry in a few words: what it holds, and who has it. */
import type { EntryView, ReplicaView } from "../../pkg/raftarium.js";
import { clientName, entryText, listed, replicaName } from "./names.js";

/** What the log of a replica has at an index; see `Simulation.logWindow`. */
export type Cell = number;

/** "Index 12, term 3: put x = 1, of C2." */
export function entryLine(entry: EntryView): string {
  const { index, term, command } = entry;
  const whose = command ? `, of ${clientName(command.client)}` : "";
  return `Index ${index}, term ${term}: ${entryText(entry)}${whose}.`;
}

/** Who has that entry, who has another in its place, who has none. One sentence each. */
export function holdersText(
  index: number,
  term: number,
  replicas: readonly ReplicaView[],
  cells: readonly Cell[],
): string {
  const groups = { same: [], other: [], none: [], snapshot: [] } as Record<string, string[]>;
  for (const [at, replica] of replicas.entries()) {
    const cell = cells[at] ?? 0;
    const kind =
      cell < 0
        ? "snapshot"
        : cell === 0
          ? "none"
          : Math.floor(cell / 2) === term
            ? "same"
            : "other";
    groups[kind]?.push(replicaName(replica.id));
  }
  const { same = [], other = [], none = [], snapshot = [] } = groups;
  const knowing = replicas.filter(
    ({ commit_index }, at) => commit_index >= index && Math.floor((cells[at] ?? 0) / 2) === term,
  );
  const tell = (names: string[], one: string, many: string) =>
    names.length === 0 ? [] : [`${listed(names)} ${names.length === 1 ? one : many}`];
  const parts = [
    ...tell(same, "has it", "have it"),
    ...tell(snapshot, "has it in its snapshot", "have it in their snapshots"),
    ...tell(other, "has another there", "have another there"),
    ...tell(none, "has nothing there", "have nothing there"),
  ];
  const committed =
    knowing.length === 0
      ? "Nobody knows it to be committed."
      : `Known to be committed by ${listed(knowing.map(({ id }) => replicaName(id)))}.`;
  return `${parts.join("; ")}. ${committed}`;
}
