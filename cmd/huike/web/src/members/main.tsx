import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../style/base.css";
import "../style/members.css";
import "../style/rules.css";
import { Audit } from "./audit";
import { Figures } from "./figures";
import { Frame } from "./frame";
import { Imports } from "./imports";
import { Merges } from "./merges";
import type { Props } from "./parts";
import { Person } from "./person";
import { addressOf, routeOf, type Page, type Route } from "./route";
import { Rules } from "./rules";
import { Search } from "./search";
import { Segments } from "./segments";
import { wordsOf } from "./words";

// The pages, each with what one must be allowed to have a use for it.
const menu: readonly [Page, string][] = [
  ["search", "find"],
  ["segments", "count"],
  ["rules", "rules"],
  ["figures", "report"],
  ["merges", "merge"],
  ["imports", "import"],
  ["audit", "trail"],
];

function App() {
  const [route, setRoute] = useState<Route>(() => routeOf(location.hash));
  useEffect(() => {
    const moved = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", moved);
    moved(); // the token was taken out of the address

    return () => removeEventListener("hashchange", moved);
  }, []);

  return (
    <Frame here="members" wordsOf={wordsOf} call={route.query["call"] ?? ""}>
      {({ client, lang, me }) => <Pages client={client} words={wordsOf(lang)} lang={lang} may={(op) => me.can.includes(op)} route={route} />}
    </Frame>
  );
}

function Pages({ route, ...props }: Props & { route: Route }) {
  const { words, may } = props;
  const open = menu.filter(([, op]) => may(op)).map(([page]) => page);
  const page = route.page === "search" && !open.includes("search") ? (open[0] ?? "search") : route.page;

  return (
    <div class="members">
      <nav class="menu" aria-label={words.sections}>
        {open.map((one) => (
          <a key={one} href={addressOf(one)} aria-current={page === one ? "page" : undefined}>
            {words.pages[one]}
          </a>
        ))}
      </nav>
      <main id="page" tabIndex={-1} data-page={page}>
        <Shown {...props} route={{ ...route, page }} />
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
    case "rules":
      return <Rules {...props} />;
    case "figures":
      return <Figures {...props} />;
    case "merges":
      return <Merges {...props} />;
    case "imports":
      return <Imports {...props} />;
    case "audit":
      return <Audit {...props} query={route.query} />;
    default:
      return <Search {...props} asked={route.query} />;
  }
}

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
