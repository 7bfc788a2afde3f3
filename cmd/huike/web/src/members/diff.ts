// What two texts have differently, line by line.

export interface Line {
  mark: "+" | "-" | " ";
  text: string;
}

const most = 4_000_000; // cells of the table: two texts of 2,000 lines

/** diff returns the lines of both texts, by their longest common subsequence. */
export function diff(before: string, after: string): Line[] {
  const a = lines(before);
  const b = lines(after);
  if (a.length * b.length > most) return [...a.map(line("-")), ...b.map(line("+"))];
  const wide = b.length + 1;
  const common = new Uint16Array((a.length + 1) * wide);
  const at = (i: number, j: number) => common[i * wide + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) common[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      out.push(line(" ")(a[i] ?? ""));
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) out.push(line("-")(a[i++] ?? ""));
    else out.push(line("+")(b[j++] ?? ""));
  }

  return [...out, ...a.slice(i).map(line("-")), ...b.slice(j).map(line("+"))];
}

const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
const line = (mark: Line["mark"]) => (text: string): Line => ({ mark, text });

/** changed leaves out what is far from any change; null stands for lines left out. */
export function changed(all: readonly Line[], around = 2): (Line | null)[] {
  const near = all.map((_, i) => all.slice(Math.max(0, i - around), i + around + 1).some((one) => one.mark !== " "));
  const out: (Line | null)[] = [];
  all.forEach((one, i) => {
    if (near[i] === true) out.push(one);
    else if (out.length > 0 && out.at(-1) !== null) out.push(null);
  });
  if (out.at(-1) === null) out.pop();

  return out;
}
