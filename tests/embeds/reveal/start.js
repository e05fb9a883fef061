Reveal.initialize({ keyboardCondition: (event) => !event.target.closest("raft-cluster") });
