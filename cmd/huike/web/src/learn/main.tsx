import { render } from "preact";
import "../style/base.css";
import "../style/members.css";
import "../style/rules.css";
import { Frame } from "../members/frame";
import type { Client } from "../members/ask";
import type { Lang } from "../words";
import { Quality } from "./quality";
import { Unanswered } from "./unanswered";
import { wordsOf, type Words } from "./words";

// What each part of the page is given.
export interface Props {
  client: Client;
  words: Words;
  lang: Lang;
  may: (op: string) => boolean; // whether whoever works here may do something at all
}

function App() {
  return (
    <Frame here="learn" wordsOf={wordsOf} call="">
      {({ client, lang, me }) => {
        const props = { client, words: wordsOf(lang), lang, may: (op: string) => me.can.includes(op) };

        return (
          <div class="members">
            <main id="page" tabIndex={-1}>
              {props.may("calls") ? (
                <>
                  <Unanswered {...props} />
                  <Quality {...props} />
                </>
              ) : (
                <p class="notice" role="alert">
                  {props.words.notYours}
                </p>
              )}
            </main>
          </div>
        );
      }}
    </Frame>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
