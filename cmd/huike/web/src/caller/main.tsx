import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../style/base.css";
import "../style/caller.css";
import { Captions } from "../captions";
import { Brand, FailureBox, LangSwitch, MemberCard, speak } from "../parts";
import { Legend, VoicePicture } from "../picture";
import { useStore } from "../store";
import { chosenLang, wordsOf, type Lang, type Words } from "../words";
import { Calling } from "./calling";
import { Controls, Keypad, Meter, StatusLine } from "./controls";
import { load, type Demo, type Info } from "./info";

const calling = new Calling();

interface Server {
  info: Info;
  demos: Demo[];
}

function App() {
  const state = useStore(calling.store);
  const [lang, setLang] = useState<Lang>(chosenLang);
  const [server, setServer] = useState<Server | null | undefined>(undefined);
  const [who, setWho] = useState(() => new URLSearchParams(location.search).get("as") ?? "");
  useEffect(() => {
    speak(lang, (words) => words.title, setLang);
    let stale = false;
    void load(lang).then((found) => {
      if (!stale) setServer(found);
    });

    return () => {
      stale = true;
    };
  }, [lang]);
  const words = wordsOf(lang);
  const busy = state.phase === "asking" || state.phase === "ringing" || state.phase === "connected";
  const place = (silent: boolean) => void calling.call(lang, who, silent);

  return (
    <>
      <header>
        <Brand note={words.tagline} />
        <nav>
          {server?.info.desk ? <a href="/desk">{words.desk}</a> : null}
          <LangSwitch lang={lang} words={words} disabled={busy} onChange={(next) => speak(next, (w) => w.title, setLang)} />
        </nav>
      </header>
      <main class="caller">
        <div class="side">
          <section class={`card panel ${busy ? "busy" : ""}`}>
            <StatusLine state={state} words={words} />
            <Who words={words} who={who} demos={server?.demos ?? []} disabled={busy} onChange={setWho} />
            <Controls calling={calling} state={state} words={words} onCall={() => place(false)} />
            <Meter calling={calling} words={words} on={busy} />
            {state.failure ? (
              <FailureBox failure={state.failure} words={words}>
                {state.failure.code.startsWith("microphone") ? (
                  <button id="call-typing" type="button" class="plain" onClick={() => place(true)}>
                    {words.callTyping}
                  </button>
                ) : null}
              </FailureBox>
            ) : null}
            {server === null ? <p class="failure" role="alert">{words.offline}</p> : null}
          </section>
          <MemberCard id="member" member={state.member} words={words} none={state.phase === "connected" ? words.memberNone : words.memberIdle} />
          <Keypad calling={calling} state={state} words={words} />
        </div>
        <Conversation words={words} lang={lang} heard={server?.info.asr[lang] ?? true} />
      </main>
    </>
  );
}

function Who({ words, who, demos, disabled, onChange }: { words: Words; who: string; demos: Demo[]; disabled: boolean; onChange: (who: string) => void }) {
  return (
    <label class="field" title={words.whoHint}>
      <span>{words.who}</span>
      <select id="who" data-testid="who" value={who} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{words.unknown}</option>
        {who !== "" && !demos.some((demo) => demo.as === who) ? <option value={who}>{who}</option> : null}
        {demos.map((demo) => (
          <option key={demo.as} value={demo.as}>
            {demo.label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Conversation({ words, lang, heard }: { words: Words; lang: Lang; heard: boolean }) {
  const state = useStore(calling.store);
  const ready = state.phase === "connected";

  return (
    <section class="card conversation">
      <div class="head">
        <h2>{words.timeline}</h2>
        <Legend words={words} gaps={state.gaps.length > 0} />
      </div>
      <VoicePicture id="timeline" words={words} state={() => calling.state} levels={calling.levels} />
      <Captions
        id="captions"
        words={words}
        state={state}
        empty={
          <div class="empty">
            <p>{words.captionsEmpty}</p>
            <p class="label">{words.ask}</p>
            <ul class="chips">
              {words.examples.map((example) => (
                <li key={example}>
                  <button type="button" disabled={!ready} onClick={() => calling.say(example)}>
                    {example}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        }
      />
      {heard ? null : (
        <p id="no-recogniser" class="notice" role="note">
          {lang === "zh" ? words.noRecogniser : words.noRecogniserEnglish}
        </p>
      )}
      <Typing words={words} ready={ready} />
    </section>
  );
}

function Typing({ words, ready }: { words: Words; ready: boolean }) {
  const [text, setText] = useState("");
  const send = (event: Event) => {
    event.preventDefault();
    if (calling.say(text)) setText("");
  };

  return (
    <form class="typing" onSubmit={send}>
      <input id="text" data-testid="text" type="text" autocomplete="off" maxLength={500} aria-label={words.text} placeholder={words.textPlaceholder} value={text} disabled={!ready} onInput={(event) => setText(event.currentTarget.value)} />
      <button id="send" data-testid="send" type="submit" disabled={!ready || text.trim() === ""}>
        {words.send}
      </button>
    </form>
  );
}

// For tests, and for whoever looks into a call from the console.
Object.defineProperty(window, "huike", { value: { calling, get state() { return calling.state; } } });

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
