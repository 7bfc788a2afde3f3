// A field for texts of which lines are spoken about: numbers beside them, the bad ones marked.

import { useRef } from "preact/hooks";

interface LinedProps {
  id: string;
  label: string;
  value: string;
  bad: number[];
  disabled?: boolean;
  write: (text: string) => void;
  save: () => void; // Ctrl+S
}

/** Lined is a text area with numbered lines. */
export function Lined({ id, label, value, bad, disabled, write, save }: LinedProps) {
  const numbers = useRef<HTMLDivElement>(null);
  const lines = value.split("\n").length;

  return (
    <div class="lined">
      <div class="numbers" ref={numbers} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <span key={i} class={bad.includes(i + 1) ? "bad" : ""}>
            {i + 1}
          </span>
        ))}
      </div>
      <textarea
        id={id}
        aria-label={label}
        aria-describedby="faults"
        aria-invalid={bad.length > 0}
        spellcheck={false}
        autocomplete="off"
        wrap="off"
        rows={Math.min(28, Math.max(12, lines + 1))}
        value={value}
        disabled={disabled}
        onInput={(event) => write(event.currentTarget.value)}
        onScroll={(event) => numbers.current !== null && (numbers.current.scrollTop = event.currentTarget.scrollTop)}
        onKeyDown={(event) => {
          if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            save();
          }
        }}
      />
    </div>
  );
}
