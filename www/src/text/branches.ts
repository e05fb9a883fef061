/** Words for the timeline: branches, marks, moments. */
import type { Action, Branches, BranchView, MarkKind, Moment } from "../../pkg/raftarium.js";
import { actionText, isRoutine } from "./actions.js";
import { count, plural, replicaName, seconds } from "./names.js";

/** What a branch is called: its name, or what started it. */
export function branchName({ id, name, first_action: first }: BranchView): string {
  if (name !== "") {
    return name;
  }
  if (id === 0) {
    return "First run";
  }
  return first ? withoutStop(actionText(first)) : `Branch ${id}`;
}

/** The name of a branch by its number. */
export function branchNameOf(branches: Branches | undefined, id: number): string {
  const branch = branches?.branches.find((other) => other.id === id);
  return branch ? branchName(branch) : `Branch ${id}`;
}

/** A branch in a sentence, for those who don't see the tree. */
export function branchLabel(branch: BranchView, { shown, branches }: Branches): string {
  const parent = branches.find(({ id }) => id === branch.parent);
  const parts = [
    branchName(branch),
    parent && `leaves ${branchName(parent)} at ${seconds(branch.left_at.at_us)}`,
    `reaches ${seconds(branch.end.at_us)}`,
    branch.interventions > 0 && `${plural(branch.interventions, "thing")} done by hand`,
    branch.violation && "stopped at a broken property",
    branch.differs_from_us !== undefined && differsText(branch.differs_from_us),
    branch.id === shown && "shown",
  ];
  return parts.filter((part) => typeof part === "string").join(", ");
}

/** For a branch that another version made. */
export function differsText(fromUs: number): string {
  return `made by another version; it goes differently from ${seconds(fromUs)} on`;
}

/** The kinds of marks that one can go to, as in “the next election”. */
export const MARK_KINDS: Record<MarkKind, string> = {
  election: "election",
  commit: "commit",
  fault: "fault",
  violation: "broken property",
  message: "message",
};

/** "3.214 s, event 1,205". */
export function momentText({ at_us, events }: Moment): string {
  return `${seconds(at_us)}, event ${count(events)}`;
}

/** An action in a few words. */
export function actionPhrase(action: Action | undefined): string {
  if (!action) {
    return "nothing more happens";
  }
  if ("deliver" in action) {
    return `message ${action.deliver.message} arrives`;
  }
  if ("tick" in action) {
    return `the clock of ${replicaName(action.tick.replica)} ticks`;
  }
  return isRoutine(action)
    ? "a disk, a client or the network acts"
    : withoutStop(actionText(action));
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
