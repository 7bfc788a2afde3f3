// Bars by uPlot, drawn anew when the room for them or the colours change.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** Chart shows a value for each name; a table for whoever does not see it. A bar that is clicked is opened; links beside the chart do the same by keyboard. */
export function Chart({ id, label, names, values, shown, open }: { id: string; label: string; names: string[]; values: number[]; shown?: (value: number) => string; open?: (bar: number) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const what = JSON.stringify([names, values]);
  useEffect(() => {
    const at = box.current;
    if (at === null || names.length === 0) return undefined;
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      const drawn = new uPlot(options(at, names, values, shown), [names.map((_, i) => i), values], at);
      plot = drawn;
      drawn.over.addEventListener("click", (event) => {
        const bar = Math.round(drawn.posToVal(event.offsetX, "x"));
        if ((values[bar] ?? 0) > 0) open?.(bar);
      });
    };
    draw();
    const room = new ResizeObserver(() => plot !== null && plot.width !== at.clientWidth && draw());
    room.observe(at);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);

    return () => {
      room.disconnect();
      dark.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [what]);

  return (
    <figure class={`chart ${open === undefined ? "" : "opens"}`} aria-label={label}>
      <div id={id} ref={box} aria-hidden="true" />
      <table class="unseen">
        <caption>{label}</caption>
        <tbody>
          {names.map((name, i) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{shown === undefined ? values[i] : shown(values[i] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function options(at: HTMLElement, names: string[], values: number[], shown?: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink-2"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "13px system-ui" };
  const bars = uPlot.paths.bars?.({ size: [0.6, 80], radius: 0.1 });

  return {
    width: Math.max(200, at.clientWidth),
    height: 200,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, range: [-0.6, names.length - 0.4] }, y: { range: [0, Math.max(1, ...values) * 1.1] } },
    axes: [
      { ...axis, size: 30, grid: { show: false }, splits: () => names.map((_, i) => i), values: (_, splits) => splits.map((i) => names[i] ?? "") },
      { ...axis, size: 64, ...(shown === undefined ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6] } : {}), values: (_, splits) => splits.map((n) => (shown === undefined ? String(n) : shown(n))) },
    ],
    series: [{}, { fill: colour("--agent"), stroke: colour("--agent"), width: 0, points: { show: false }, ...(bars === undefined ? {} : { paths: bars }) }],
  };
}
