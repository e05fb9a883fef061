/**
 * What one writes into a page to show a moment there, for each system. `docs/src/embedding.md` says
 * where the files go.
 */

/** The systems by their names in the menu. */
export const SYSTEMS = {
  html: "HTML",
  markdown: "Markdown: mdBook, MkDocs, VitePress",
  sphinx: "Sphinx",
  docusaurus: "Docusaurus (MDX)",
  pandoc: "pandoc",
  reveal: "reveal.js",
  jupyter: "Jupyter",
  iframe: "iframe",
  npm: "Vite, webpack",
} as const;

export type System = keyof typeof SYSTEMS;

export interface Moment {
  /** With its `#`. */
  readonly link: string;
  /** An SVG of it. */
  readonly picture: string;
}

export function snippet(system: System, { link, picture }: Moment): string {
  const tag = (inner: string, paused = "paused") =>
    `<raft-cluster link="${link}" controls="steps" ${paused}>\n${inner}\n</raft-cluster>`;
  const element = tag(picture);
  switch (system) {
    case "html":
      return `<script src="raftarium.js"></script>\n${element}\n`;
    case "markdown":
    case "reveal":
      return `${element}\n`;
    case "sphinx":
      return `.. raw:: html\n\n${indented(element)}\n`;
    case "docusaurus":
      // JSX has other names for attributes: the picture stays a file.
      return `${tag('<img src="/moment.svg" alt="A Raft cluster at this moment" />', 'paused=""')}\n`;
    case "pandoc":
      return `\`\`\`{=html}\n<script src="raftarium.js"></script>\n${element}\n\`\`\`\n`;
    case "jupyter":
      return `from IPython.display import IFrame\n\nIFrame("embed.html?controls=steps${link}", width=800, height=560)\n`;
    case "iframe":
      return `<iframe src="embed.html?controls=steps${link}" title="A Raft cluster" width="800" height="560"></iframe>\n`;
    case "npm":
      return `import "raftarium";\n\nconst cluster = document.createElement("raft-cluster");\ncluster.link = "${link}";\ncluster.controls = "steps";\ndocument.body.append(cluster);\n`;
  }
}

function indented(lines: string): string {
  return lines.replaceAll(/^/gm, "   ");
}
