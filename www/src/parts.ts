/** The parts of the element, by their names in its templates. */
import { RaftActionMenu } from "./action-menu.js";
import { anywhere } from "./anywhere.js";
import { RaftClientForm } from "./client-form.js";
import { RaftFlaw } from "./flaw.js";
import { RaftHelp } from "./help.js";
import { RaftInspector } from "./inspector.js";
import { RaftLegend } from "./legend.js";
import { RaftMembershipPanel } from "./membership-panel.js";
import { RaftMirror } from "./mirror.js";
import { RaftNarration } from "./narration.js";
import { RaftNetworkPanel } from "./network-panel.js";
import { RaftProtocolPanel } from "./protocol-panel.js";
import { RaftScenarioBar } from "./scenario-bar.js";
import { RaftSide } from "./side.js";
import { RaftStage } from "./stage-view.js";
import { RaftStory } from "./story.js";
import { RaftTable } from "./table.js";
import { RaftTransport } from "./transport.js";
import { RaftWorkloadPanel } from "./workload-panel.js";

const PARTS = {
  "raft-action-menu": RaftActionMenu,
  "raft-client-form": RaftClientForm,
  "raft-flaw": RaftFlaw,
  "raft-help": RaftHelp,
  "raft-inspector": RaftInspector,
  "raft-legend": RaftLegend,
  "raft-membership-panel": RaftMembershipPanel,
  "raft-mirror": RaftMirror,
  "raft-narration": RaftNarration,
  "raft-network-panel": RaftNetworkPanel,
  "raft-protocol-panel": RaftProtocolPanel,
  "raft-scenario-bar": RaftScenarioBar,
  "raft-side": RaftSide,
  "raft-stage": RaftStage,
  "raft-story": RaftStory,
  "raft-table": RaftTable,
  "raft-transport": RaftTransport,
  "raft-workload-panel": RaftWorkloadPanel,
};

/** Makes the parts known to the page, once. */
export function defineParts(): void {
  for (const [name, part] of Object.entries(PARTS)) {
    if (!customElements.get(name)) {
      customElements.define(name, anywhere(part));
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "raft-action-menu": RaftActionMenu;
    "raft-client-form": RaftClientForm;
    "raft-flaw": RaftFlaw;
    "raft-help": RaftHelp;
    "raft-inspector": RaftInspector;
    "raft-legend": RaftLegend;
    "raft-mirror": RaftMirror;
    "raft-narration": RaftNarration;
    "raft-network-panel": RaftNetworkPanel;
    "raft-scenario-bar": RaftScenarioBar;
    "raft-side": RaftSide;
    "raft-stage": RaftStage;
    "raft-story": RaftStory;
    "raft-table": RaftTable;
    "raft-transport": RaftTransport;
    "raft-workload-panel": RaftWorkloadPanel;
  }
}
