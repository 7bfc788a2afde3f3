import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import "../style/base.css";
import "../style/members.css";
import { Brand, LangSwitch } from "../parts";
import { chosenLang, keepLang, wordsOf as mainWords, type Lang } from "../words";
import { Client, keepToken, keptAgent, keptToken, problemOf, type Problem } from "./ask";
import { Audit } from "./audit";
import { Figures } from "./figures";
import { Imports } from "./imports";
import { Merges } from "./merges";
import { Trouble, type Props } from "./parts";
import { Person } from "./person";
import { addressOf, routeOf, type Page, type Route } from "./route";
import { Search } from "./search";
import { Segments } from "./segments";
import { wordsOf, type Words } from "./words";

const menu: readonly Page[] = ["search", "segments", "figures", "merges", "imports", "audit"];

function App() {
  const [token, setToken] = useState("");
  const [lang, setLang] = useState<Lang>(chosenLang);
  const [route, setRoute] = useState<Route>(() => routeOf(location.hash));
  const words = wordsOf(lang);
  const speak = (next: Lang) => {
    keepLang(next, () => wordsOf(next).title);
    setLang(next);
  };
  useEffect(() => {
    const given = keptToken();
    speak(lang);
    setRoute(routeOf(location.hash));
    setToken(given);
    const moved = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", moved);

    return () => removeEventListener("hashchange", moved);
  }, []);
  const client = useMemo(() => new Client(token, keptAgent(), lang, route.query["call"] ?? ""), [token, lang, route.query["call"]]);

  return (
    <>
      <a class="skip" href="#page" onClick={(event) => (event.preventDefault(), document.getElementById("page")?.focus())}>
        {words.skip}
      </a>
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
      {token === "" ? <Login words={words} lang={lang} enter={setToken} /> : <Pages client={client} words={words} lang={lang} route={route} />}
    </>
  );
}

function Pages({ client, words, lang, route }: Props & { route: Route }) {
  const props = { client, words, lang };

  return (
    <div class="members">
      <nav class="menu" aria-label={words.sections}>
        {menu.map((page) => (
          <a key={page} href={addressOf(page)} aria-current={route.page === page ? "page" : undefined}>
            {words.pages[page]}
          </a>
        ))}
      </nav>
      <main id="page" tabIndex={-1} data-page={route.page}>
        <Shown {...props} route={route} />
      </main>
    </div>
  );
}

function Shown({ route, ...props }: Props & { route: Route }) {
  switch (route.page) {
    case "person":
      return <Person key={route.id} {...props} id={route.id} />;
    case "segments":
      return <Segments {...props} given={route.query["segment"] ?? ""} />;
    case "figures":
      return <Figures {...props} />;
    case "merges":
      return <Merges {...props} />;
    case "imports":
      return <Imports {...props} />;
    case "audit":
      return <Audit {...props} query={route.query} />;
    default:
      return <Search {...props} />;
  }
}

function Login({ words, lang, enter }: { words: Words; lang: Lang; enter: (token: string) => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const open = async (event: Event) => {
    event.preventDefault();
    try {
      await new Client(token.trim(), keptAgent(), lang, "").ask("GET", "/v1/me");
    } catch (error) {
      return setProblem(problemOf(error));
    }
    keepToken(token.trim());
    enter(token.trim());

    return undefined;
  };

  return (
    <main id="page" class="login" tabIndex={-1}>
      <form id="login" class="card" onSubmit={(event) => void open(event)}>
        <label class="field">
          <span>{words.token}</span>
          <input id="token" type="password" autocomplete="off" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
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

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
