// What stands around every page for those who hold a token: the head, the way in, and who
// looks.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Brand, LangSwitch } from "../parts";
import { chosenLang, keepLang, wordsOf as mainWords, type Lang } from "../words";
import { Client, keepToken, keptAgent, keptToken, problemOf, type Problem } from "./ask";
import { Trouble, Waiting } from "./parts";

// Who looks, and what they may do.
export interface Me {
  name: string;
  role: string;
  can: string[];
}

// The words that the frame says.
export interface FrameWords {
  title: string;
  note: string;
  skip: string;
  token: string;
  tokenHint: string;
  login: string;
  logout: string;
  loading: string;
  noServer: string;
  again: string;
  places: { desk: string; members: string; learn: string };
  roles: Record<string, string>;
}

interface Session {
  client: Client;
  lang: Lang;
  me: Me;
}

/** Frame draws the head and, for who has come in, what they came for. */
export function Frame({ here, wordsOf, call, children }: { here: "members" | "learn"; wordsOf: (lang: Lang) => FrameWords; call: string; children: (session: Session) => ComponentChildren }) {
  const [token, setToken] = useState("");
  const [lang, setLang] = useState<Lang>(chosenLang);
  const [me, setMe] = useState<Me | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const words = wordsOf(lang);
  const speak = (next: Lang) => {
    keepLang(next, () => wordsOf(next).title);
    setLang(next);
  };
  const leave = () => (keepToken(""), setToken(""), setMe(null), setProblem(null));
  useEffect(() => {
    speak(lang);
    setToken(keptToken());
  }, []);
  const client = useMemo(() => new Client(token, keptAgent(), lang, call), [token, lang, call]);
  useEffect(() => {
    if (token === "") return undefined;
    let current = true;
    client.ask<Me>("GET", "/v1/me").then(
      ({ value }) => current && (keepToken(token), setMe(value), setProblem(null)),
      (error) => current && (setMe(null), setProblem(problemOf(error))),
    );

    return () => {
      current = false;
    };
  }, [token, turn]);
  const out = token === "" || problem?.status === 401;

  return (
    <>
      <a class="skip" href="#page" onClick={(event) => (event.preventDefault(), document.getElementById("page")?.focus())}>
        {words.skip}
      </a>
      <header>
        <Brand note={words.note} />
        <nav aria-label={words.places.desk}>
          {me === null ? null : (
            <>
              <span id="me" class="quiet">{`${me.name} · ${words.roles[me.role] ?? me.role}`}</span>
              <button id="logout" type="button" class="small" onClick={leave}>
                {words.logout}
              </button>
            </>
          )}
          <a href="/desk">{words.places.desk}</a>
          {here === "members" ? <a href="/learn">{words.places.learn}</a> : <a href="/members">{words.places.members}</a>}
          <LangSwitch lang={lang} words={mainWords(lang)} onChange={speak} />
        </nav>
      </header>
      {out ? <Login words={words} problem={token === "" ? null : problem} enter={(given) => (setProblem(null), setToken(given), setTurn((n) => n + 1))} /> : null}
      {!out && me === null ? (
        <main id="page" class="login" tabIndex={-1}>
          {problem === null ? <Waiting words={words} /> : <Trouble problem={problem} words={words} again={() => setTurn((n) => n + 1)} />}
        </main>
      ) : null}
      {!out && me !== null ? children({ client, lang, me }) : null}
    </>
  );
}

function Login({ words, problem, enter }: { words: FrameWords; problem: Problem | null; enter: (token: string) => void }) {
  const [token, setToken] = useState("");

  return (
    <main id="page" class="login" tabIndex={-1}>
      <form id="login" class="card" onSubmit={(event) => (event.preventDefault(), enter(token.trim()))}>
        <label class="field">
          <span>{words.token}</span>
          <input id="token" type="password" autocomplete="off" required autofocus value={token} aria-invalid={problem !== null} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <p class="quiet">{words.tokenHint}</p>
        <button type="submit" class="strong">
          {words.login}
        </button>
        <Trouble problem={problem} words={words} />
      </form>
    </main>
  );
}
