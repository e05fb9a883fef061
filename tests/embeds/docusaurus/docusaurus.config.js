export default {
  title: "Distributed systems",
  url: "http://127.0.0.1",
  baseUrl: "/",
  scripts: ["/raftarium.js"],
  presets: [["classic", { docs: { routeBasePath: "/" }, blog: false, theme: {} }]],
};
