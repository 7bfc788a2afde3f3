// What whoever has a call can do with the caller's line: pass it on, and press keys on it.

import type { Words } from "../words";
import type { DeskState } from "./desk";
import type { Working } from "./working";

const address = "(sips?:[^\\s]+|\\+?[0-9]{1,20})"; // as the server takes it

/** Outward is the two short forms below the head of the agent's own call. */
export function Outward({ working, state, words }: { working: Working; state: DeskState; words: Words }) {
  const passing = state.watch.transfer;

  return (
    <div class="outward">
      <Wish id="transfer" label={words.transferTo} title={words.transferHint} pattern={address} action={words.transfer} disabled={passing?.state === "asked"} send={(to) => working.transfer(to)} />
      <Wish id="press" label={words.pressKeys} title="0-9 * #" pattern="[0-9*#]{1,32}" action={words.press} send={(keys) => working.press(keys)} />
      <p id="passing" role="status" data-state={passing?.state ?? ""}>
        {passing === null ? "" : [words.transfers[passing.state], passing.state === "refused" ? words.refusal(passing.error) : ""].filter((text) => text !== "").join(words.colon)}
      </p>
    </div>
  );
}

interface WishProps {
  id: string;
  label: string;
  title: string;
  pattern: string;
  action: string;
  disabled?: boolean;
  send: (value: string) => Promise<boolean>;
}

function Wish({ id, label, title, pattern, action, disabled = false, send }: WishProps) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem("value") as HTMLInputElement;
    if (await send(field.value.trim())) field.value = "";
  };

  return (
    <form id={id} onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
      <label class="field" title={title}>
        <span>{label}</span>
        <input name="value" type="text" required pattern={pattern} title={title} autocomplete="off" />
      </label>
      <button type="submit" disabled={disabled}>
        {action}
      </button>
    </form>
  );
}
