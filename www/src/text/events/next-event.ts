/** The next event in a sentence, for a person who steps event by event. */
import { type Action, Due, type Simulation } from "../../../pkg/raftarium.js";
import { findMessage } from "../../core/in-flight.js";
import { actionText } from "../actions.js";
import { messageText } from "../messages.js";
import { replicaName } from "../names.js";

export function nextEventText(simulation: Simulation): string {
  const dueUs = simulation.dueAt();
  if (dueUs === undefined) {
    return "Nothing is due any more.";
  }
  const subject = simulation.dueSubject() ?? 0;
  switch (simulation.nextDue(dueUs)) {
    case Due.Tick:
      return `The clock of ${replicaName(subject)} ticks.`;
    case Due.Delivery: {
      const message = findMessage(simulation.messages(), subject);
      return message ? `Arrives: ${messageText(message)}.` : "A message arrives.";
    }
    case Due.Other: {
      const action = simulation.dueAction();
      return action ? dueText(action, simulation) : "Nothing is due any more.";
    }
    case Due.None:
      return "The world has stopped.";
  }
}

/** What comes by itself, or from the scenario. */
function dueText(action: Action, simulation: Simulation): string {
  if (typeof action === "object" && "drop" in action) {
    const message = findMessage(simulation.messages(), action.drop.message);
    return message ? `Is lost: ${messageText(message)}.` : "A message is lost.";
  }
  return actionText(action);
}
