project = "Distributed systems"
html_static_path = ["_static"]
html_js_files = ["raftarium.js"]
