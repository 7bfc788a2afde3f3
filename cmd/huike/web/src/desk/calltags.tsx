// The caller's tags beside the call: by name, and put on or taken off by whoever has it.

import { useState } from "preact/hooks";
import type { Lang, Words } from "../words";
import type { Ticket } from "./desk";
import { tagName } from "./terms";
import type { Working } from "./working";

/** CallTags shows the tags of who calls. */
export function CallTags({ ticket, mine, working, words, lang }: { ticket: Ticket; mine: boolean; working: Working; words: Words; lang: Lang }) {
  const [name, setName] = useState("");
  const person = ticket.profile?.id ?? "";
  const tags = ticket.profile !== null && ticket.profile.tags.length > 0 ? ticket.profile.tags : ticket.tags;
  const may = mine && person !== "";
  const put = async (event: Event) => {
    event.preventDefault();
    if (name.trim() !== "" && (await working.tag("PUT", person, name.trim(), ticket.call))) setName("");
  };

  return (
    <div id="tags">
      <h2>{words.tags}</h2>
      {tags.length === 0 ? <p class="quiet">{words.tagsEmpty}</p> : null}
      <ul class="tags">
        {tags.map((tag) => (
          <li key={tag} data-tag={tag}>
            {tagName(tag, lang)}
            {may ? (
              <button type="button" class="off" aria-label={words.tagTake(tagName(tag, lang))} onClick={() => void working.tag("DELETE", person, tag, ticket.call)}>
                ×
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {may ? (
        <form class="tagging" onSubmit={(event) => void put(event)}>
          <label class="field">
            <span>{words.tagPut}</span>
            <input id="call-tag" type="text" autocomplete="off" maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button type="submit" class="small" disabled={name.trim() === ""}>
            +
          </button>
        </form>
      ) : null}
    </div>
  );
}
