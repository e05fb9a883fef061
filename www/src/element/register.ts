/** The parts of the element, by their names in templates. */

import { RaftClientForm } from "../controls/client-form.js";
import { RaftEmbedDialog } from "../controls/embed-dialog.js";
import { RaftExportDialog } from "../controls/export-dialog.js";
import { RaftFlaw } from "../controls/flaw.js";
import { RaftHelp } from "../controls/help.js";
import { RaftNarration } from "../controls/narration.js";
import { RaftScenarioBar } from "../controls/scenario-bar.js";
import { RaftTransport } from "../controls/transport.js";
import { RaftInspector } from "../panels/inspector/inspector.js";
import { RaftWhy } from "../panels/inspector/raft-why.js";
import { RaftLegend } from "../panels/legend.js";
import { RaftNow } from "../panels/now.js";
import { RaftSidePanel } from "../panels/raft-side-panel.js";
import { RaftMembershipPanel } from "../panels/settings/membership-panel.js";
import { RaftNetworkPanel } from "../panels/settings/network-panel.js";
import { RaftProtocolPanel } from "../panels/settings/protocol-panel.js";
import { RaftStartPanel } from "../panels/settings/start-panel.js";
import { RaftWorkloadPanel } from "../panels/settings/workload-panel.js";
import { RaftStory } from "../panels/story.js";
import { RaftTable } from "../panels/table.js";
import { RaftSpacetime } from "../spacetime/raft-spacetime.js";
import { RaftActionMenu } from "../stage/raft-action-menu.js";
import { RaftStage } from "../stage/raft-stage.js";
import { RaftStageA11y } from "../stage/raft-stage-a11y.js";
import { RaftBranches } from "../timeline/raft-branches.js";
import { RaftCompare } from "../timeline/raft-compare.js";
import { RaftScrubber } from "../timeline/raft-scrubber.js";
import { RaftTimeline } from "../timeline/raft-timeline.js";
import { anyDocument } from "../ui/any-document.js";

const PARTS = {
  "raft-action-menu": RaftActionMenu,
  "raft-branches": RaftBranches,
  "raft-client-form": RaftClientForm,
  "raft-compare": RaftCompare,
  "raft-embed-dialog": RaftEmbedDialog,
  "raft-export-dialog": RaftExportDialog,
  "raft-flaw": RaftFlaw,
  "raft-help": RaftHelp,
  "raft-inspector": RaftInspector,
  "raft-legend": RaftLegend,
  "raft-membership-panel": RaftMembershipPanel,
  "raft-stage-a11y": RaftStageA11y,
  "raft-narration": RaftNarration,
  "raft-network-panel": RaftNetworkPanel,
  "raft-protocol-panel": RaftProtocolPanel,
  "raft-scenario-bar": RaftScenarioBar,
  "raft-scrubber": RaftScrubber,
  "raft-side-panel": RaftSidePanel,
  "raft-spacetime": RaftSpacetime,
  "raft-stage": RaftStage,
  "raft-story": RaftStory,
  "raft-table": RaftTable,
  "raft-timeline": RaftTimeline,
  "raft-now": RaftNow,
  "raft-start-panel": RaftStartPanel,
  "raft-transport": RaftTransport,
  "raft-why": RaftWhy,
  "raft-workload-panel": RaftWorkloadPanel,
};

/** Makes the parts known to the page, once. */
export function defineParts(): void {
  for (const [name, part] of Object.entries(PARTS)) {
    if (!customElements.get(name)) {
      customElements.define(name, anyDocument(part));
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "raft-action-menu": RaftActionMenu;
    "raft-branches": RaftBranches;
    "raft-client-form": RaftClientForm;
    "raft-compare": RaftCompare;
    "raft-embed-dialog": RaftEmbedDialog;
    "raft-export-dialog": RaftExportDialog;
    "raft-flaw": RaftFlaw;
    "raft-help": RaftHelp;
    "raft-inspector": RaftInspector;
    "raft-legend": RaftLegend;
    "raft-membership-panel": RaftMembershipPanel;
    "raft-stage-a11y": RaftStageA11y;
    "raft-narration": RaftNarration;
    "raft-network-panel": RaftNetworkPanel;
    "raft-protocol-panel": RaftProtocolPanel;
    "raft-scenario-bar": RaftScenarioBar;
    "raft-scrubber": RaftScrubber;
    "raft-side-panel": RaftSidePanel;
    "raft-spacetime": RaftSpacetime;
    "raft-stage": RaftStage;
    "raft-story": RaftStory;
    "raft-table": RaftTable;
    "raft-timeline": RaftTimeline;
    "raft-now": RaftNow;
    "raft-start-panel": RaftStartPanel;
    "raft-transport": RaftTransport;
    "raft-why": RaftWhy;
    "raft-workload-panel": RaftWorkloadPanel;
  }
}
