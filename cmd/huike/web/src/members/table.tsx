// A table that stays fast with ten thousand rows: only those in sight are drawn.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Column<R> {
  name: string;
  figure?: boolean; // right-aligned
  show: (row: R) => ComponentChildren;
}

const high = 40; // px of a row, as members.css has it

/** sight returns which rows are to be drawn, a few more than are in sight. */
export function sight(top: number, height: number, rows: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(rows, Math.floor(top / high) - 5));

  return { from, to: Math.min(rows, Math.ceil((top + height) / high) + 5) };
}

// tall makes a cell as high as the rows that it stands for; the page's policy takes no style attribute.
const tall = (rows: number) => (cell: HTMLTableCellElement | null): void => cell?.style.setProperty("height", `${rows * high}px`);

/** LongTable shows rows by columns; end is told when its end comes into sight. */
export function LongTable<R>({ id, label, rows, columns, keyOf, end }: { id: string; label: string; rows: R[]; columns: Column<R>[]; keyOf: (row: R) => string; end?: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 480 });
  const { from, to } = sight(view.top, view.height, rows.length);
  useEffect(() => {
    if (to >= rows.length - 10 && rows.length > 0) end?.();
  }, [to, rows.length]);
  const moved = () => {
    const at = box.current;
    if (at !== null) setView({ top: at.scrollTop, height: at.clientHeight });
  };
  useEffect(moved, [rows.length]);

  return (
    <div id={id} class="long" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={moved}>
      <table class="list" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={column.figure === true ? "right" : ""}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 ? <tr aria-hidden="true" class="gap"><td colSpan={columns.length} ref={tall(from)} /></tr> : null}
          {rows.slice(from, to).map((row, i) => (
            <tr key={keyOf(row)} aria-rowindex={from + i + 2}>
              {columns.map((column) => (
                <td key={column.name} class={column.figure === true ? "right figure" : ""}>
                  {column.show(row)}
                </td>
              ))}
            </tr>
          ))}
          {to < rows.length ? <tr aria-hidden="true" class="gap"><td colSpan={columns.length} ref={tall(rows.length - to)} /></tr> : null}
        </tbody>
      </table>
    </div>
  );
}
