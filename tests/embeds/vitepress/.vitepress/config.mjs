export default {
  title: "Distributed systems",
  head: [["script", { src: "/raftarium.js", defer: "" }]],
  vue: {
    template: { compilerOptions: { isCustomElement: (tag) => tag === "raft-cluster" } },
  },
};
