/** The next event in a sentence, for a person who steps event by event. */
import { Due, type Simulation } from "../../pkg/raftarium.js";
import { findMessage } from "../core/in-flight.js";
import { messageText } from "./messages.js";
import { replicaName } from "./names.js";

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
    case Due.Other:
      return "A disk, a client, the network or the scenario acts.";
    case Due.None:
      return "The world has stopped.";
  }
}
