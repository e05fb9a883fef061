/**
 * Keys on our own page: they work wherever no field has the focus, since there is nothing else here
 * that they could be meant for. An element within another page only hears them on its stage.
 */
import { commandOf } from "./core/commands.js";
import type { RaftCluster } from "./element/raft-cluster.js";

/** Text is typed here, or the letters choose something. */
const FIELDS =
  "input:not([type=checkbox], [type=radio], [type=range], [type=file]), select, textarea, [contenteditable]";
/** These have a use of their own for the space bar and Enter. */
const PRESSED = "button, a[href], summary, input, [role=menuitem], [role=tab], [role=treeitem]";
/** And these for the arrows. */
const STEERED =
  "input, [role=menuitem], [role=tab], [role=treeitem], [role=tabpanel], [role=slider], [role=listbox]";

export function listenEverywhere(cluster: RaftCluster): void {
  document.addEventListener("keydown", (event) => {
    const { controller } = cluster;
    const path = event.composedPath();
    const [on] = path;
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      !(on instanceof Element) ||
      // A dialog has its own keys, Escape before all.
      path.some((it) => it instanceof HTMLDialogElement) ||
      controller.state.helpShown ||
      on.matches(FIELDS)
    ) {
      return;
    }
    if ([" ", "Enter"].includes(event.key) && on.matches(PRESSED)) {
      return;
    }
    if (/^(Arrow|Home$|End$|Page)/.test(event.key)) {
      if (event.key.startsWith("Arrow") && !on.matches(STEERED)) {
        event.preventDefault();
        cluster.focusStage();
      }
      return;
    }
    const subject = controller.state.inspected;
    const command = commandOf(event.key, controller.state, subject);
    if (command) {
      event.preventDefault();
      command.run(controller, subject);
    }
  });
}
