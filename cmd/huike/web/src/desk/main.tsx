import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../style/base.css";
import "../style/desk.css";
import { Brand, FailureBox, LangSwitch, speak } from "../parts";
import { useStore } from "../store";
import { chosenLang, wordsOf, type Lang, type Words } from "../words";
import { Brief } from "./brief";
import { KeptCalls } from "./kept";
import { CallBacks, Queue } from "./queue";
import { Working } from "./working";

const working = new Working();

function App() {
  const state = useStore(working.store);
  const [lang, setLang] = useState<Lang>(chosenLang);
  const title = (words: Words) => words.deskTitle;
  useEffect(() => {
    speak(lang, title, setLang);
    working.resume();
  }, []);
  const words = wordsOf(lang);

  return (
    <>
      <header>
        <Brand note={words.desk} />
        <nav>
          {state.auth === "in" ? (
            <>
              <span id="live" class={`live ${state.live ? "on" : ""}`} role="status">
                {state.live ? `${words.liveOn} · ${state.agent}` : words.liveOff}
              </span>
              <button id="logout" type="button" class="small" onClick={() => void working.logout()}>
                {words.logout}
              </button>
            </>
          ) : null}
          <a href="/learn">{words.learnPage}</a>
          <a id="members" href="/members" target="huike-members" rel="opener">
            {words.membersPage}
          </a>
          <a href="/">{words.callerPage}</a>
          <LangSwitch lang={lang} words={words} onChange={(next) => speak(next, title, setLang)} />
        </nav>
      </header>
      {state.auth === "in" ? <Desk words={words} lang={lang} /> : <Login words={words} />}
    </>
  );
}

function Desk({ words, lang }: { words: Words; lang: Lang }) {
  const state = useStore(working.store);
  const waiting = state.queue.filter((ticket) => ticket.state === "waiting").length;
  useEffect(() => {
    document.title = (waiting > 0 ? `(${waiting}) ` : "") + words.deskTitle; // seen from another tab
  }, [waiting, words]);

  return (
    <main class="desk">
      <div class="side">
        <Queue working={working} state={state} words={words} lang={lang} />
        <CallBacks state={state} words={words} />
      </div>
      <div class="work">
        {state.failure ? (
          <FailureBox failure={state.failure} words={words}>
            <button type="button" onClick={() => working.dispatch({ do: "failed", failure: null })}>
              {words.dismiss}
            </button>
          </FailureBox>
        ) : null}
        <Brief working={working} state={state} words={words} lang={lang} />
      </div>
      <KeptCalls working={working} state={state} words={words} lang={lang} />
    </main>
  );
}

function Login({ words }: { words: Words }) {
  const state = useStore(working.store);
  const [token, setToken] = useState("");
  const enter = (event: Event) => {
    event.preventDefault();
    void working.login(token);
  };

  return (
    <main class="login">
      <form id="login" class="card" onSubmit={enter}>
        <label class="field">
          <span>{words.token}</span>
          <input id="token" data-testid="token" type="password" autocomplete="off" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <p class="quiet">{words.tokenHint}</p>
        <button type="submit" class="strong" disabled={state.auth === "checking"}>
          {state.auth === "checking" ? words.checking : words.login}
        </button>
        {state.failure ? <FailureBox failure={state.failure} words={words} /> : null}
      </form>
    </main>
  );
}

// For tests, and for whoever looks into the desk from the console.
Object.defineProperty(window, "huike", { value: { working, get state() { return working.state; } } });

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
