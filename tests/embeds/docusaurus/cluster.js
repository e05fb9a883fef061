// After React has taken the page over: it wants to find it as it was sent.
export function onRouteDidUpdate() {
  if (document.querySelector('script[src$="/raftarium.js"]')) {
    return;
  }
  const script = document.createElement("script");
  script.src = "/raftarium.js";
  document.head.append(script);
}
