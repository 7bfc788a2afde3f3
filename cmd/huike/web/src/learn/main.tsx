import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../style/base.css";
import "../style/members.css";
import { keepToken, keptAgent, keptToken } from "../members/ask";
import { Brand, LangSwitch } from "../parts";
import { chosenLang, keepLang, wordsOf as mainWords, type Lang } from "../words";
import { Quality } from "./quality";
import { Unanswered } from "./unanswered";
import { wordsOf, type Words } from "./words";

// What each part of the page is given.
export interface Props {
  ask: Ask;
  words: Words;
  lang: Lang;
}

/** Ask sends a request in the name of whoever works here. It throws the server's own words for what is wrong. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

function asker(token: string, words: Words): Ask {
  return async (method, path, body) => {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, "X-Agent": keptAgent() };
    let response: Response;
    try {
      response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    } catch {
      throw new Error(words.noServer);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const detail = (answer as { detail?: string } | null)?.detail;
    throw new Error(detail ?? `${response.status}`);
  };
}

function App() {
  const [token, setToken] = useState("");
  const [lang, setLang] = useState<Lang>(chosenLang);
  const words = wordsOf(lang);
  const speak = (next: Lang) => {
    keepLang(next, () => wordsOf(next).title);
    setLang(next);
  };
  useEffect(() => {
    setToken(keptToken());
    speak(lang);
  }, []);
  const props = { ask: asker(token, words), words, lang };

  return (
    <>
      <header>
        <Brand note={words.note} />
        <nav aria-label={words.desk}>
          <a href="/desk">{words.desk}</a>
          {token === "" ? null : (
            <button id="logout" type="button" class="small" onClick={() => (keepToken(""), setToken(""))}>
              {words.logout}
            </button>
          )}
          <LangSwitch lang={lang} words={mainWords(lang)} onChange={speak} />
        </nav>
      </header>
      {token === "" ? (
        <Login words={words} enter={(given) => (keepToken(given), setToken(given))} />
      ) : (
        <div class="members">
          <main id="page">
            <Unanswered {...props} />
            <Quality {...props} />
          </main>
        </div>
      )}
    </>
  );
}

function Login({ words, enter }: { words: Words; enter: (token: string) => void }) {
  const [token, setToken] = useState("");

  return (
    <main class="login">
      <form id="login" class="card" onSubmit={(event) => (event.preventDefault(), enter(token))}>
        <label class="field">
          <span>{words.token}</span>
          <input id="token" type="password" autocomplete="off" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <button type="submit" class="strong">
          {words.login}
        </button>
      </form>
    </main>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
