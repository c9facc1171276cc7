/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A path as an address in a page beside it. */
export function addressOf(path: string): string {
  return escapeHtml(path.split("/").map(encodeURIComponent).join("/"));
}

export interface Bar {
  readonly label: string;
  readonly count: number;
}

const chart = { width: 560, height: 150, axis: 18, top: 14 } as const;

/** Bars beside each other, each with its label and count as a tooltip; first and last label below. */
export function barChart(bars: readonly Bar[], title: string): string {
  const highest = Math.max(1, ...bars.map(({ count }) => count));
  const step = chart.width / bars.length;
  const space = chart.height - chart.axis - chart.top;
  const shapes = bars.map(({ label, count }, index) => {
    const height = (count / highest) * space;
    const place = `x="${(index * step + 0.5).toFixed(1)}" y="${(chart.top + space - height).toFixed(1)}"`;
    const size = `width="${Math.max(0.5, step - 1).toFixed(1)}" height="${height.toFixed(1)}"`;
    return `<rect ${place} ${size}><title>${escapeHtml(`${label}: ${count}`)}</title></rect>`;
  });
  const text = (x: number, anchor: string, words: string): string =>
    `<text x="${x}" y="${chart.height - 4}" text-anchor="${anchor}">${escapeHtml(words)}</text>`;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>
<svg viewBox="0 0 ${chart.width} ${chart.height}" role="img" aria-label="${escapeHtml(title)}">
<text x="0" y="10">${highest}</text>
${shapes.join("")}
<line x1="0" x2="${chart.width}" y1="${chart.height - chart.axis}" y2="${chart.height - chart.axis}"/>
${text(0, "start", bars[0]?.label ?? "")}${text(chart.width, "end", bars.at(-1)?.label ?? "")}
</svg></figure>`;
}
