/** The frame page: puts what its address asks for into the element, and has a switch for the theme. */
import { RaftCluster } from "./raft-cluster.js";

RaftCluster.define();

const cluster = document.querySelector("raft-cluster");
const wanted = new URLSearchParams(location.search);
for (const name of ["scenario", "seed"] as const) {
  const value = wanted.get(name);
  if (value !== null) {
    cluster?.setAttribute(name, value);
  }
}

const theme = document.querySelector<HTMLSelectElement>("#theme");
theme?.addEventListener("change", () => {
  const { value } = theme;
  document.documentElement.dataset.theme = value;
  if (value === "system") {
    cluster?.removeAttribute("theme");
  } else {
    cluster?.setAttribute("theme", value);
  }
});
